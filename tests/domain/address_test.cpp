#include "domain/address.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace klotterkoll;

TEST_CASE("address: spellings of one address have one key") {
  for (const char* text : {"storgatan 12 a", "Storgatan 12A", "STORGATAN 12 A, 243 30 Höör",
                           "Storgatan 12 A,24330 HÖÖR", " Storgatan  12a. ", "Storgatan 12\u00A0A",
                           "Storgatan 12 A, SE-243 30 Höör", "Storgatan, 12A, 24330"}) {
    CAPTURE(text);
    CHECK(address_key(text) == "storgatan 12a");
  }
  CHECK(address_key("Carl-Johans gata 12–14") == address_key("CARL JOHANS GATA 12 - 14"));
  CHECK(address_key("S:t Olofsg. 3") == "s t olofsg 3");
  CHECK(address_key("A\u030Asgatan 1") == "åsgatan 1");
  CHECK(address_key("") == "");
  CHECK(address_key(" ,.- ") == "");
}

TEST_CASE("address: only a postcode after a comma is dropped") {
  CHECK(address_key("Storgatan 12, uppgång B") == "storgatan 12 uppgång b");
  CHECK(address_key("Storgatan 12, Höör") == "storgatan 12 höör");
  CHECK(address_key("Storgatan 12, lgh 1101") == "storgatan 12 lgh 1101");
  CHECK(address_key("Storgatan 12, uppgång B, 243 30 Höör") == "storgatan 12 uppgång b");
  CHECK(address_key("Torget, 123456") == "torget 123456");
  CHECK(address_key("Torget, 12") == "torget 12");
}

TEST_CASE("address: a prefix ends at the end of a word or number") {
  struct Case {
    const char *address, *prefix;
    bool expected;
  };
  for (const auto& [address, prefix, expected] : {
           Case{"Storgatan 12", "Storgatan", true},
           Case{"Storgatan 12", "STORGATAN ", true},
           Case{"Storgatan 12", "storgatan 12", true},
           Case{"Storgatanvägen 3", "Storgatan", false},
           Case{"Storgatan 1", "Storgatan 1", true},
           Case{"Storgatan 1A", "Storgatan 1", true},
           Case{"Storgatan 1 A, 243 30 Höör", "Storgatan 1", true},
           Case{"Storgatan 12", "Storgatan 1", false},
           Case{"Storgatan 1B", "Storgatan 1 A", false},
           Case{"Storgatan 1", "Storgatan 1A", false},
           Case{"Storgatan 12", "Stor", false},
           Case{"Storgatan 12", "gatan", false},
           Case{"Väg 13å", "Väg 13", true},
           Case{"Storgatan 12", "", false},
           Case{"Storgatan 12", ",", false},
           Case{"", "Storgatan", false},
       }) {
    CAPTURE(address);
    CAPTURE(prefix);
    const auto prefixes = address_prefixes(address);
    CHECK((std::ranges::find(prefixes, address_key(prefix)) != prefixes.end()) == expected);
    CHECK(address_prefixes(address_key(address)) == prefixes);
  }
}

TEST_CASE("address: the key of a key is itself") {
  CHECK(rc::check("for any pieces of addresses", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "Storgatan", "1", "12", "A", "b", "å", " ", ",", ".", "-", "243 30", "Höör", "SE-", "\u2013", "/"));
    std::string text;
    for (const auto& piece : pieces) text += piece;
    RC_ASSERT(address_key(address_key(text)) == address_key(text));
  }));
}
