#include "base/local_time.h"

#include <doctest/doctest.h>

#include <string>

#include "base/error.h"

using namespace klotterkoll;

namespace {

/// "2026-11-20 21:10:00", "... (date)" for a date alone, "... = 2026-11-20T20:10:00Z" when a zone was in the
/// text.
std::string shown(const std::optional<ReadTime>& read) {
  if (!read) return "nothing";
  std::string text = format_instant(Instant{read->local.time_since_epoch()});
  text[10] = ' ';
  text.pop_back();
  if (read->date_only) text += " (date)";
  if (read->instant) text += " = " + format_instant(*read->instant);
  return text;
}

std::string read(const char* text, const char* format) { return shown(parse_local_time(text, format)); }

std::string guess(const char* text) {
  try {
    return shown(guess_time(text));
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    return error.what();
  }
}

std::string format_fault(const char* format) {
  try {
    TimeFormat{format};
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    return error.what();
  }
}

}  // namespace

TEST_CASE("local time: a format reads what strptime's notation says") {
  struct Case {
    const char *text, *format, *expected;
  };
  for (const auto& [text, format, expected] : {
           Case{"2026-11-20 21:10", "%Y-%m-%d %H:%M", "2026-11-20 21:10:00"},
           Case{" 2026-11-20  21:10\t", "%Y-%m-%d %H:%M", "2026-11-20 21:10:00"},
           Case{"01/02/2015 02:05:11 PM", "%m/%d/%Y %I:%M:%S %p", "2015-01-02 14:05:11"},
           Case{"1/2/2015 2:05:11 pm", "%m/%d/%Y %I:%M:%S %p", "2015-01-02 14:05:11"},
           Case{"01/02/2015 12:00:00 AM", "%m/%d/%Y %I:%M:%S %p", "2015-01-02 00:00:00"},
           Case{"01/02/2015 12:59:59 PM", "%m/%d/%Y %I:%M:%S %p", "2015-01-02 12:59:59"},
           Case{"01/02/2015 11:59:59 PM", "%m/%d/%Y %I:%M:%S %p", "2015-01-02 23:59:59"},
           Case{"PM 2:05 01/02/2015", "%p %I:%M %m/%d/%Y", "2015-01-02 14:05:00"},
           Case{"20.11.2026", "%d.%m.%Y", "2026-11-20 00:00:00 (date)"},
           Case{"20261120", "%Y%m%d", "2026-11-20 00:00:00 (date)"},
           Case{"2026-02-28", "%F", "2026-02-28 00:00:00 (date)"},
           Case{"2024-02-29", "%F", "2024-02-29 00:00:00 (date)"},
           Case{"11/20/26 21:10", "%D %R", "2026-11-20 21:10:00"},
           Case{"11/20/69 21:10:30", "%D %T", "1969-11-20 21:10:30"},
           Case{"20 nov 2026", "%d %b %Y", "2026-11-20 00:00:00 (date)"},
           Case{"20 NOV. 2026", "%d %b %Y", "2026-11-20 00:00:00 (date)"},
           Case{"6 maj 2026", "%d %B %Y", "2026-05-06 00:00:00 (date)"},
           Case{"6 oktober 2026", "%d %B %Y", "2026-10-06 00:00:00 (date)"},
           Case{"October  6, 2026", "%B %e, %Y", "2026-10-06 00:00:00 (date)"},
           Case{"2026-11-20T21:10:00.125", "%Y-%m-%dT%H:%M:%S.%f", "2026-11-20 21:10:00"},
           Case{"2026-11-20 21:10 +0100", "%Y-%m-%d %H:%M %z", "2026-11-20 21:10:00 = 2026-11-20T20:10:00Z"},
           Case{"2026-11-20 21:10-05:30", "%Y-%m-%d %H:%M%z", "2026-11-20 21:10:00 = 2026-11-21T02:40:00Z"},
           Case{"2026-11-20 21:10Z", "%Y-%m-%d %H:%M%z", "2026-11-20 21:10:00 = 2026-11-20T21:10:00Z"},
           Case{"100% 2026-11-20", "100%% %F", "2026-11-20 00:00:00 (date)"},
       }) {
    CAPTURE(text);
    CAPTURE(format);
    CHECK(read(text, format) == expected);
  }
}

TEST_CASE("local time: what does not fit the format, or does not exist, is no time") {
  struct Case {
    const char *text, *format;
  };
  for (const auto& [text, format] : {
           Case{"2015-02-30", "%F"},
           Case{"2015-02-29", "%F"},
           Case{"2015-13-01", "%F"},
           Case{"2015-00-10", "%F"},
           Case{"2015-01-00", "%F"},
           Case{"0000-01-01", "%F"},
           Case{"15-01-02", "%F"},
           Case{"02015-01-02", "%F"},
           Case{"-2015-01-02", "%F"},
           Case{"2015- 1- 2", "%F"},
           Case{"2015-001-02", "%F"},
           Case{"2015-01-02 ", "%F %R"},
           Case{"2015-01-02x", "%F"},
           Case{"2015-01-02 10:00", "%F"},
           Case{"201511", "%Y%m%d"},
           Case{"2015111", "%Y%m%d"},
           Case{"201511021", "%Y%m%d"},
           Case{"01/02/2015 13:00:00 PM", "%m/%d/%Y %I:%M:%S %p"},
           Case{"01/02/2015 00:00:00 AM", "%m/%d/%Y %I:%M:%S %p"},
           Case{"01/02/2015 01:00:00", "%m/%d/%Y %I:%M:%S %p"},
           Case{"01/02/2015 01:00:00 XM", "%m/%d/%Y %I:%M:%S %p"},
           Case{"20/01/2015 01:00:00 AM", "%m/%d/%Y %I:%M:%S %p"},
           Case{"2015-01-02 24:00", "%F %R"},
           Case{"2015-01-02 23:60", "%F %R"},
           Case{"2015-06-30 23:59:60", "%F %T"},
           Case{"2015-01-02 10:00 +2500", "%F %R %z"},
           Case{"2015-01-02 10:00 +01:", "%F %R %z"},
           Case{"2015-01-02 10:00 CET", "%F %R %z"},
           Case{"20 ma 2026", "%d %b %Y"},
           Case{"20 nox 2026", "%d %b %Y"},
           Case{"", "%F"},
           Case{"2015-01-0\u0662", "%F"},
       }) {
    CAPTURE(text);
    CAPTURE(format);
    CHECK(read(text, format) == "nothing");
  }
  CHECK_FALSE(parse_local_time(std::string_view{"2015-01-02\0", 11}, "%F"));
}

TEST_CASE("local time: a format that cannot work is refused, and says why") {
  struct Case {
    const char *format, *why;
  };
  for (const auto& [format, why] : {
           Case{"%Y-%q-%d", "%q is not known"},
           Case{"%Y-%m-%d %Z", "%Z is not known"},
           Case{"%s", "%s is not known"},
           Case{"%Y-%m-%d %", "ends in the middle"},
           Case{"", "a year, a month and a day"},
           Case{"%H:%M", "a year, a month and a day"},
           Case{"%Y-%m", "a year, a month and a day"},
           Case{"%F %Y", "a year, a month and a day"},
           Case{"%F %I:%M", "%I and %p"},
           Case{"%F %H:%M %p", "%I and %p"},
           Case{"%F %M", "no hour"},
           Case{"%F %H:%M:%M", "twice"},
       }) {
    CAPTURE(format);
    CHECK(format_fault(format).find(why) != std::string::npos);
  }
}

TEST_CASE("local time: without a format what Swedish offices write is read") {
  struct Case {
    const char *text, *expected;
  };
  for (const auto& [text, expected] : {
           Case{"2026-11-20", "2026-11-20 00:00:00 (date)"},
           Case{"20261120", "2026-11-20 00:00:00 (date)"},
           Case{"2026-11-20 21:10", "2026-11-20 21:10:00"},
           Case{"2026-11-20 9:05", "2026-11-20 09:05:00"},
           Case{" 2026-11-20  21:10:30 ", "2026-11-20 21:10:30"},
           Case{"2026-11-20T21:10", "2026-11-20 21:10:00"},
           Case{"2026-11-20 kl. 21.10", "2026-11-20 21:10:00"},
           Case{"2026-11-20 kl 21.10", "2026-11-20 21:10:00"},
           Case{"2026-11-20 Kl.21:10", "2026-11-20 21:10:00"},
           Case{"2026-11-20 21.10.30", "2026-11-20 21:10:30"},
           Case{"2026-11-20\u00A0", "2026-11-20 00:00:00 (date)"},
           Case{"2026-11-20 21:10:30,5", "2026-11-20 21:10:30"},
           Case{"2026-11-20T21:10:00+01:00", "2026-11-20 21:10:00 = 2026-11-20T20:10:00Z"},
           Case{"2026-11-20t21:10:00.123456z", "2026-11-20 21:10:00 = 2026-11-20T21:10:00Z"},
           Case{"2026-11-20 21:10:00+01", "2026-11-20 21:10:00 = 2026-11-20T20:10:00Z"},
           Case{"2026-11-20 21:10 +0100", "2026-11-20 21:10:00 = 2026-11-20T20:10:00Z"},
       }) {
    CAPTURE(text);
    CHECK(guess(text) == expected);
  }
}

TEST_CASE("local time: where day and month cannot be told apart the format is asked for") {
  for (const char* text :
       {"20/11/2026", "11/20/2026", "01/02/2015 10:37:47 AM", "20.11.2026", "20/11 2026"}) {
    CAPTURE(text);
    CHECK(guess(text).find("does not tell day and month apart") != std::string::npos);
    CHECK(guess(text).find("--time-format") != std::string::npos);
  }
}

TEST_CASE("local time: what is no time is refused with a sentence") {
  for (const char* text :
       {"", "igår", "2026-02-30", "20260230", "2026-11-20 25:00", "2026-11-20 21", "2026-11-20 21:1",
        "2026-11-20T", "2026-11-20 21:10.30", "2026-11-20 21:10:30.", "2026-11-20 21:10:60",
        "2026-11-20 klockan 21.10", "2026-11-20 21:10 CET", "2026-11-20x21:10", "2026-11-2021:10",
        "2026-11-20 21:10 +01:00 x", "46346,88", "26-11-20"}) {
    CAPTURE(text);
    CHECK(guess(text).find("is not a time that can be read; write it as 2026-11-20 21:10") !=
          std::string::npos);
  }
}
