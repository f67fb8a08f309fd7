#include "base/number.h"

#include <doctest/doctest.h>

#include <string>

using namespace klotterkoll;

TEST_CASE("number: a decimal has a point or a comma") {
  CHECK(parse_decimal("55.9362") == 55.9362);
  CHECK(parse_decimal("55,9362") == 55.9362);
  CHECK(parse_decimal(" -13,5\u00A0") == -13.5);
  CHECK(parse_decimal("\u221213,5") == -13.5);
  CHECK(parse_decimal("+7") == 7);
  CHECK(parse_decimal("0") == 0);
  CHECK(parse_decimal("1.234") == 1.234);
}

TEST_CASE("number: what is not plainly a decimal is none") {
  for (const char* text : {"",         " ",
                           ".",        ",5",
                           "5,",       "1.234,5",
                           "1,234.5",  "1 234",
                           "1'234",    "1e5",
                           "nan",      "inf",
                           "-inf",     "0x10",
                           "--1",      "+-1",
                           "-+1",      "++1",
                           "\u2212-1", "1-",
                           "12a",      "55.9362 13.5405",
                           "٣"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text));
  }
  CHECK_FALSE(parse_decimal(std::string(400, '9')));
}
