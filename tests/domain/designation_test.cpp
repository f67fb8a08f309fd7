#include "domain/designation.h"

#include <doctest/doctest.h>

#include <string>

using namespace klotterkoll;

TEST_CASE("designation: with and without the municipality, in any spelling, it is the same property") {
  for (const char* text :
       {"HÖÖR KVARNBÄCK 1:23", "Höör Kvarnbäck 1:23", "kvarnbäck 1:23", "  KVARNBÄCK   1 : 23 ",
        "ho\u0308o\u0308r kvarnba\u0308ck 1:23", "Höör\u00A0Kvarnbäck 1:23"}) {
    CAPTURE(text);
    const auto read = parse_designation(text, "Höör");
    REQUIRE(read);
    CHECK(*read == Designation{"HÖÖR", "KVARNBÄCK", "1:23", ""});
    CHECK(read->display() == "HÖÖR KVARNBÄCK 1:23");
    CHECK(designation_key(text, "HÖÖR") == "höör kvarnbäck 1:23");
  }
}

TEST_CASE("designation: quarters, areas, several words and joint property are read") {
  struct Case {
    const char* text;
    Designation expected;
  };
  for (const auto& [text, expected] : {
           Case{"Eldaren 5", {"HÖÖR", "ELDAREN", "5", ""}},
           Case{"Höör Norra Rörum 12:3", {"HÖÖR", "NORRA RÖRUM", "12:3", ""}},
           Case{"Väg 13 Nord 2:1", {"HÖÖR", "VÄG 13 NORD", "2:1", ""}},
           Case{"S:t Anna 1:2", {"HÖÖR", "S:T ANNA", "1:2", ""}},
           Case{"Kvarnbäck 1:23>2", {"HÖÖR", "KVARNBÄCK", "1:23", "2"}},
           Case{"Kvarnbäck 1:23 > 2", {"HÖÖR", "KVARNBÄCK", "1:23", "2"}},
           Case{"Kvarnbäck s:4", {"HÖÖR", "KVARNBÄCK", "S:4", ""}},
           Case{"Kvarnbäck GA:1", {"HÖÖR", "KVARNBÄCK", "GA:1", ""}},
           Case{"Höör 1:5", {"HÖÖR", "HÖÖR", "1:5", ""}},
           Case{"Höör Höör 1:5", {"HÖÖR", "HÖÖR", "1:5", ""}},
           Case{"Höörsby 1:5", {"HÖÖR", "HÖÖRSBY", "1:5", ""}},
       }) {
    CAPTURE(text);
    const auto read = parse_designation(text, "Höör");
    REQUIRE(read);
    CHECK(read->display() == expected.display());
    CHECK(*read == expected);
    CHECK(parse_designation(read->display(), "Höör") == read);
  }
}

TEST_CASE("designation: the areas of a property are told apart but belong to it") {
  CHECK(designation_key("Kvarnbäck 1:23>2", "Höör") == "höör kvarnbäck 1:23>2");
  CHECK(designation_key("Kvarnbäck 1:23>2", "Höör") != designation_key("Kvarnbäck 1:23", "Höör"));
  CHECK(parse_designation("Kvarnbäck 1:23>2", "Höör")->property_key() == "höör kvarnbäck 1:23");
}

TEST_CASE("designation: what has no district or no unit is none") {
  for (const char* text : {"", " ", "1:23", "Kvarnbäck", "Kvarnbäck 1:", "Kvarnbäck :23", "Kvarnbäck 1:23:4",
                           "Kvarnbäck 1:23>", "Kvarnbäck 1:23>x", "Kvarnbäck >2", "Kvarnbäck 1:2x",
                           "Kvarnbäck -1:23", "12 1:23", "Storgatan 12, 243 30", "<b> 1:2", "Kvarn\x01 1:2",
                           "Kvarnb\xE4"
                           "ck 1:23",
                           "Kvarnbäck X:2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_designation(text, "Höör"));
  }
  CHECK_FALSE(parse_designation(std::string(200, 'A') + " 1:2", "Höör"));
  CHECK(designation_key("Inte  EN beteckning", "Höör") == "inte en beteckning");
}

TEST_CASE("designation: another municipality's property is another one") {
  CHECK(designation_key("HÖRBY KVARNBÄCK 1:23", "Höör") != designation_key("HÖÖR KVARNBÄCK 1:23", "Höör"));
  CHECK(designation_key("HÖRBY KVARNBÄCK 1:23", "Hörby") == "hörby kvarnbäck 1:23");
}
