#include "domain/police_reference.h"

#include <doctest/doctest.h>

#include <string>

using namespace klotterkoll;

TEST_CASE("police reference: every usual spelling gives the same number") {
  for (const char* text : {"5000-K123456-26", "5000-k123456-26", "5000 k123456 26", "5000K123456-26",
                           " 5000 - K 123456 - 26 ", "5000\u2013K123456\u201326", "5000\u2014K123456\u221226",
                           "5000\u00A0K123456\u00A026", "5000--K123456--26"}) {
    CAPTURE(text);
    CHECK(parse_police_reference(text) == "5000-K123456-26");
    CHECK(police_reference_fault(text) == "");
  }
  CHECK(parse_police_reference("2200-K1-14") == "2200-K1-14");
  CHECK(parse_police_reference("0000-K1234567-00") == "0000-K1234567-00");
}

TEST_CASE("police reference: a wrong one is told what is wrong") {
  struct Case {
    const char *text, *fault;
  };
  for (const auto& [text, fault] : {
           Case{"", "four digits of the police unit"},
           Case{"K123456-26", "four digits of the police unit"},
           Case{"500-K123456-26", "four digits of the police unit"},
           Case{"50000-K123456-26", "four digits of the police unit"},
           Case{"5000-123456-26", "letter K is missing"},
           Case{"5000-B123456-26", "letter K is missing"},
           Case{"5000-K-26", "year is missing"},
           Case{"5000-K", "digits after K are missing"},
           Case{"5000-Kx-26", "digits after K are missing"},
           Case{"5000-K123456", "year is missing"},
           Case{"5000-K123456-", "year is missing"},
           Case{"5000-K12345678-26", "more than seven digits"},
           Case{"5000-K123456-2026", "write its last two, 26"},
           Case{"5000-K123456-6", "only a dash and two digits"},
           Case{"5000-K123456/26", "only a dash and two digits"},
           Case{"5000-K123456-26x", "only a dash and two digits"},
           Case{"5000-K123456-26-1", "only a dash and two digits"},
           Case{"5000-K123456-26\n5000-K1-26", "only a dash and two digits"},
           Case{"5000-K12\u0663-26", "only a dash and two digits"},
           Case{"5000-K12\xE5", "only a dash and two digits"},
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_police_reference(text));
    CAPTURE(police_reference_fault(text));
    CHECK(police_reference_fault(text).find(fault) != std::string::npos);
    CHECK(police_reference_fault(text).find("5000-K123456-26") != std::string::npos);
  }
}

TEST_CASE("police reference: a number cut short is never read as another one") {
  const std::string whole = "5000-K123456-26";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_police_reference(whole.substr(0, size)));
  }
}
