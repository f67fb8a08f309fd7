#include "domain/personal_number.h"

#include <doctest/doctest.h>

using namespace klotterkoll;

TEST_CASE("personal number: what looks like one is found, however it is written") {
  // 811218-9876 is the tax agency's own example of a number with its check digit.
  for (const char* text : {"811218-9876", "8112189876", "19811218-9876", "198112189876", "811218+9876", "811218 9876", "Det var Kalle, 811218-9876, tror jag",
                           "(811218-9876)", "nr:8112189876.", "811278-9873"}) {
    CAPTURE(text);
    CHECK(mentions_personal_number(text));
  }
}

TEST_CASE("personal number: other numbers are none") {
  for (const char* text : {"", "811218-9875", "0413-280 00", "070-123 45 67", "5000-K123456-26", "2026-11-20", "8112189876123", "1238112189876", "811318-9876",
                           "811200-9876", "17811218-9876", "55.93620, 13.54050", "811218--9876", "KB 1142"}) {
    CAPTURE(text);
    CHECK_FALSE(mentions_personal_number(text));
  }
}
