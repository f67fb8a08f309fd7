#include "base/time.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>
#include <string_view>

#include "base/error.h"
#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

TEST_CASE("time: an instant is read from RFC 3339 with any offset") {
  struct Row {
    std::string_view text, utc;
  };
  for (const auto& [text, utc] : std::array<Row, 11>{{
           {"2026-11-20T21:10:00+01:00", "2026-11-20T20:10:00Z"},
           {"2026-11-20T20:10:00Z", "2026-11-20T20:10:00Z"},
           {"2026-11-20t20:10:00z", "2026-11-20T20:10:00Z"},
           {"2026-11-20T20:10:00.9Z", "2026-11-20T20:10:00Z"},
           {"2026-11-20T20:10:00.123456789-05:30", "2026-11-21T01:40:00Z"},
           {"2026-01-01T00:00:00+23:59", "2025-12-31T00:01:00Z"},
           {"2024-02-29T00:00:00-00:00", "2024-02-29T00:00:00Z"},
           {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
           {"1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
           {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
           {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
       }}) {
    CAPTURE(text);
    const auto instant = parse_instant(text);
    REQUIRE(instant.has_value());
    CHECK(format_instant(*instant) == utc);
  }
}

TEST_CASE("time: what is not an instant is refused rather than guessed") {
  for (const std::string_view text : {
           "",
           "2026-11-20",
           "2026-11-20T21:10:00",              // no zone: whose wall clock?
           "2026-11-20 21:10:00Z",             // a space for the T
           "2026-11-20T21:10Z",                // no seconds
           "2026-3-9T01:00:00Z",               // one-digit month and day
           "2026-02-29T00:00:00Z",             // 2026 is no leap year
           "2026-13-01T00:00:00Z",             // month 13
           "2026-00-01T00:00:00Z",             // month 0
           "2026-04-31T00:00:00Z",             // April has 30 days
           "0000-01-01T00:00:00Z",             // year 0
           "2026-11-20T24:00:00Z",             // hour 24
           "2026-11-20T21:60:00Z",             // minute 60
           "2026-11-20T21:10:60Z",             // leap seconds are no instants here
           "2026-11-20T21:10:00.Z",            // a point without digits
           "2026-11-20T21:10:00.1234567890Z",  // ten digits of fraction
           "2026-11-20T21:10:00+24:00",        // offset too large
           "2026-11-20T21:10:00+01:60",        // offset's minutes too large
           "2026-11-20T21:10:00+0100",         // offset without its colon
           "2026-11-20T21:10:00Z ",            // something after it
           "-026-11-20T21:10:00Z",
           "2026-11-20T+1:10:00Z",
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_instant(text).has_value());
  }
}

TEST_CASE("time: a date is four, two and two digits and a day that exists") {
  CHECK(format_date(on("2024-02-29")) == "2024-02-29");
  CHECK(format_date(on("0001-01-01")) == "0001-01-01");
  for (const std::string_view text :
       {"2026-02-29", "2026-1-1", "20260101", "2026-01-01T", "2026/01/01", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_date(text).has_value());
  }
}

TEST_CASE("time: a time of day runs from 00:00 to 23:59") {
  using std::chrono::minutes;
  CHECK(parse_time_of_day("00:00") == minutes{0});
  CHECK(parse_time_of_day("07:30") == minutes{450});
  CHECK(parse_time_of_day("23:59") == minutes{1439});
  CHECK(format_time_of_day(minutes{450}) == "07:30");
  for (const std::string_view text : {"24:00", "12:60", "7:30", "0730", "07:30:00", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_of_day(text).has_value());
  }
}

TEST_CASE("time: writing and reading an instant gives it back") {
  CHECK(rc::check("parse_instant(format_instant(t)) == t", [] {
    const auto instant = from_unix(*rc::gen::inRange<long long>(-62135596800, 253402300800));
    RC_ASSERT(parse_instant(format_instant(instant)) == instant);
  }));
  CHECK(rc::check("parse_instant(format_local(t)) == t", [] {
    const auto instant = from_unix(*rc::gen::inRange<long long>(0, 2145916800));
    const TimeZone zone{
        *rc::gen::element<std::string>("Europe/Stockholm", "America/St_Johns", "Pacific/Chatham")};
    RC_ASSERT(parse_instant(format_local(instant, zone)) == instant);
  }));
}

TEST_CASE("time: an unknown zone is refused at /time_zone") {
  try {
    TimeZone{"Europe/Hoor"};
    FAIL("the zone was taken");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::refused);
    CHECK(error.faults().at(0).pointer == "/time_zone");
    CHECK(std::string_view{error.what()}.find("Europe/Hoor") != std::string_view::npos);
  }
}

TEST_CASE("time: in the spring gap the clock is read an hour later") {
  const TimeZone zone{"Europe/Stockholm"};
  const auto reading = [&](int hour, int minute) {
    return local(zone.to_instant(LocalTime{on("2026-03-29")} + std::chrono::hours{hour} +
                                 std::chrono::minutes{minute}));
  };
  CHECK(reading(1, 59) == "2026-03-29T01:59:00+01:00");
  CHECK(reading(2, 0) == "2026-03-29T03:00:00+02:00");
  CHECK(reading(2, 30) == "2026-03-29T03:30:00+02:00");
  CHECK(reading(3, 0) == "2026-03-29T03:00:00+02:00");
}

TEST_CASE("time: of two autumn readings the first is meant") {
  const TimeZone zone{"Europe/Stockholm"};
  const auto reading = [&](int hour, int minute) {
    return local(zone.to_instant(LocalTime{on("2026-10-25")} + std::chrono::hours{hour} +
                                 std::chrono::minutes{minute}));
  };
  CHECK(reading(1, 59) == "2026-10-25T01:59:00+02:00");
  CHECK(reading(2, 0) == "2026-10-25T02:00:00+02:00");
  CHECK(reading(2, 59) == "2026-10-25T02:59:00+02:00");
  CHECK(reading(3, 0) == "2026-10-25T03:00:00+01:00");
}

TEST_CASE("time: a local day begins at 00:00:00 and its last second is 23:59:59") {
  const TimeZone zone{"Europe/Stockholm"};
  CHECK(format_date(zone.date_of(at("2026-11-20T22:59:59Z"))) == "2026-11-20");
  CHECK(format_date(zone.date_of(at("2026-11-20T23:00:00Z"))) == "2026-11-21");
  for (const std::string_view day : {"2026-03-29", "2026-10-25", "2026-12-31"}) {
    CAPTURE(day);
    CHECK(local(zone.start_of(on(day))).substr(0, 19) == std::string{day} + "T00:00:00");
    CHECK(local(zone.last_second_of(on(day))).substr(0, 19) == std::string{day} + "T23:59:59");
  }
  CHECK(zone.last_second_of(on("2026-03-29")) - zone.start_of(on("2026-03-29")) ==
        std::chrono::seconds{23 * 3600 - 1});
  CHECK(zone.last_second_of(on("2026-10-25")) - zone.start_of(on("2026-10-25")) ==
        std::chrono::seconds{25 * 3600 - 1});
}

TEST_CASE("time: a day whose midnight falls into a gap begins when the gap ends") {
  // Egypt moves its clocks forward at midnight: 24 April 2026 begins at 01:00.
  const TimeZone cairo{"Africa/Cairo"};
  CHECK(format_local(cairo.start_of(on("2026-04-24")), cairo) == "2026-04-24T01:00:00+03:00");
  CHECK(format_local(cairo.last_second_of(on("2026-04-23")), cairo) == "2026-04-23T23:59:59+02:00");
}
