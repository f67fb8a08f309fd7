#include "base/local_time.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace klotterkoll {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// What is still to be read.
struct Reader {
  std::string_view rest;

  bool take(char expected) {
    if (rest.empty() || rest.front() != expected) return false;
    rest.remove_prefix(1);
    return true;
  }

  bool take_spaces() {
    const bool some = !rest.empty() && is_space(rest.front());
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    return some;
  }

  /// Between `least` and `most` digits, as many as there are; nothing, and nothing taken, when there are
  /// fewer.
  std::optional<int> number(std::size_t least, std::size_t most) {
    int value = 0;
    std::size_t count = 0;
    for (; count < most && count < rest.size() && is_digit(rest[count]); ++count)
      value = value * 10 + (rest[count] - '0');
    if (count < least) return std::nullopt;
    rest.remove_prefix(count);
    return value;
  }

  std::string_view letters() {
    std::size_t count = 0;
    while (count < rest.size() && is_letter(rest[count])) ++count;
    const auto word = rest.substr(0, count);
    rest.remove_prefix(count);
    return word;
  }

  /// "Z", "+01:00", "+0100" or "+01" as minutes east of UTC.
  std::optional<minutes> offset() {
    if (take('Z') || take('z')) return minutes{0};
    const bool west = take('-');
    if (!west && !take('+')) return std::nullopt;
    const auto hour = number(2, 2);
    const bool more = take(':');
    const auto minute = number(2, 2);
    if (!hour || *hour > 23 || (more && !minute) || minute.value_or(0) > 59) return std::nullopt;
    const minutes size = hours{*hour} + minutes{minute.value_or(0)};
    return west ? -size : size;
  }
};

struct Fields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::optional<bool> afternoon = {};  // set for a twelve-hour clock
  std::optional<minutes> offset = {};
};

std::optional<ReadTime> combined(const Fields& fields, bool has_time) {
  const std::chrono::year_month_day date{std::chrono::year{fields.year},
                                         std::chrono::month{static_cast<unsigned>(fields.month)},
                                         std::chrono::day{static_cast<unsigned>(fields.day)}};
  if (fields.year < 1 || !date.ok()) return std::nullopt;
  int hour = fields.hour;
  if (fields.afternoon) {
    if (hour < 1 || hour > 12) return std::nullopt;
    hour = hour % 12 + (*fields.afternoon ? 12 : 0);  // 12 AM is midnight, 12 PM is noon
  }
  // A leap second is refused, as parse_instant does.
  if (hour > 23 || fields.minute > 59 || fields.second > 59) return std::nullopt;
  const LocalTime local = LocalDate{date} + hours{hour} + minutes{fields.minute} + seconds{fields.second};
  ReadTime read{.local = local, .instant = std::nullopt, .date_only = !has_time};
  if (fields.offset) read.instant = Instant{local.time_since_epoch() - *fields.offset};
  return read;
}

/// 1 to 12 for a month's name or at least three letters of it: "nov", "Nov.", "november", "okt", "October";
/// else 0.
int take_month(Reader& in) {
  constexpr std::array<std::string_view, 24> names = {
      "january",   "february", "march",    "april",    "may",       "june",     "july",     "august",
      "september", "october",  "november", "december", "januari",   "februari", "mars",     "april",
      "maj",       "juni",     "juli",     "augusti",  "september", "oktober",  "november", "december"};
  const std::string word = fold(in.letters());
  if (word.size() < 3) return 0;
  in.take('.');
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].starts_with(word)) return static_cast<int>(i % 12) + 1;
  return 0;
}

std::optional<bool> take_afternoon(Reader& in) {
  const std::string word = fold(in.letters());
  if (word != "am" && word != "pm") return std::nullopt;
  return word == "pm";
}

/// Reads one conversion. `glued`: a neighbour without a separator, so that a number must have all its digits.
bool take_field(Reader& in, char conversion, bool glued, Fields& fields) {
  const auto put = [](auto& field, auto read) {
    if (read) field = *read;
    return read.has_value();
  };
  const std::size_t least = glued ? 2 : 1;
  switch (conversion) {
    case 'Y':
      return put(fields.year, in.number(4, 4));
    case 'y':
      if (!put(fields.year, in.number(2, 2))) return false;
      fields.year += fields.year >= 69 ? 1900 : 2000;
      return true;
    case 'm':
      return put(fields.month, in.number(least, 2));
    case 'b':
      return (fields.month = take_month(in)) != 0;
    case 'e':
      in.take_spaces();
      [[fallthrough]];
    case 'd':
      return put(fields.day, in.number(least, 2));
    case 'H':
    case 'I':
      return put(fields.hour, in.number(least, 2));
    case 'M':
      return put(fields.minute, in.number(least, 2));
    case 'S':
      return put(fields.second, in.number(least, 2));
    case 'f':
      return in.number(1, 9).has_value();
    case 'p':
      return put(fields.afternoon, take_afternoon(in));
    case 'z':
      return put(fields.offset, in.offset());
    default:
      return in.take('%');
  }
}

[[noreturn]] void refuse_format(std::string_view format, const std::string& why) {
  throw Error{ErrorCode::malformed,
              "The time format \"" + std::string{format} + "\" cannot be used: " + why +
                  " A format looks like \"%Y-%m-%d %H:%M\" or \"%m/%d/%Y %I:%M:%S %p\"."};
}

std::optional<ReadTime> read_usual(std::string_view text) {
  if (text.size() == 8) {
    Reader in{text};
    const auto year = in.number(4, 4), month = in.number(2, 2), day = in.number(2, 2);
    if (!year || !month || !day) return std::nullopt;
    return combined({.year = *year, .month = *month, .day = *day}, false);
  }
  const auto date = parse_date(text.substr(0, 10));
  if (!date) return std::nullopt;
  if (text.size() == 10)
    return ReadTime{.local = LocalTime{*date}, .instant = std::nullopt, .date_only = true};
  const std::chrono::year_month_day day{*date};
  Fields fields{.year = static_cast<int>(day.year()),
                .month = static_cast<int>(static_cast<unsigned>(day.month())),
                .day = static_cast<int>(static_cast<unsigned>(day.day()))};

  Reader in{text.substr(10)};
  if (!in.take('T') && !in.take('t')) {
    if (!in.take_spaces()) return std::nullopt;
    const auto word = in.letters();
    if (!word.empty() && fold(word) != "kl") return std::nullopt;
    if (!word.empty()) in.take('.');
    in.take_spaces();
  }
  const auto hour = in.number(1, 2);
  const char separator = in.rest.starts_with('.') ? '.' : ':';
  if (!hour || !in.take(separator)) return std::nullopt;
  const auto minute = in.number(2, 2);
  if (!minute) return std::nullopt;
  fields.hour = *hour;
  fields.minute = *minute;
  if (in.take(separator)) {
    const auto second = in.number(2, 2);
    if (!second || ((in.take('.') || in.take(',')) && !in.number(1, 9))) return std::nullopt;
    fields.second = *second;
  }
  in.take_spaces();
  if (!in.rest.empty() && !(fields.offset = in.offset())) return std::nullopt;
  return in.rest.empty() ? combined(fields, true) : std::nullopt;
}

}  // namespace

TimeFormat::TimeFormat(std::string_view format) {
  std::string seen;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      format_ += format[i];
      continue;
    }
    if (++i == format.size()) refuse_format(format, "it ends in the middle of a conversion.");
    switch (format[i]) {
      case 'F':
        format_ += "%Y-%m-%d", seen += "Ymd";
        break;
      case 'D':
        format_ += "%m/%d/%y", seen += "mdy";
        break;
      case 'T':
        format_ += "%H:%M:%S", seen += "HMS";
        break;
      case 'R':
        format_ += "%H:%M", seen += "HM";
        break;
      case 'B':
      case 'h':
        format_ += "%b", seen += 'b';
        break;
      case 'n':
      case 't':
        format_ += ' ';
        break;
      case '%':
        format_ += "%%";
        break;
      default:
        if (std::string_view{"YymbdeHIMSfpz"}.find(format[i]) == std::string_view::npos)
          refuse_format(format, std::string{"the conversion %"} + format[i] + " is not known.");
        format_ += {'%', format[i]};
        seen += format[i];
    }
  }
  const auto count = [&](std::string_view conversions) {
    return std::count_if(seen.begin(), seen.end(),
                         [&](char c) { return conversions.find(c) != conversions.npos; });
  };
  if (count("Yy") != 1 || count("mb") != 1 || count("de") != 1)
    refuse_format(format, "it must have a year, a month and a day, each once.");
  if (count("HI") > 1 || count("M") > 1 || count("S") > 1 || count("f") > 1 || count("z") > 1)
    refuse_format(format, "it has a part of the time twice.");
  if (count("I") != count("p")) refuse_format(format, "%I and %p (AM or PM) go together.");
  has_time_ = count("HI") == 1;
  if (!has_time_ && count("MSfz") > 0) refuse_format(format, "it has parts of a time but no hour.");
}

std::optional<ReadTime> parse_local_time(std::string_view text, const TimeFormat& format) {
  const std::string value = trimmed(text);
  Reader in{value};
  Fields fields;
  const std::string& pattern = format.text();
  bool after_conversion = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%') {
      ++i;
      const bool glued = after_conversion || (i + 1 < pattern.size() && pattern[i + 1] == '%');
      if (!take_field(in, pattern[i], glued, fields)) return std::nullopt;
      after_conversion = true;
      continue;
    }
    after_conversion = false;
    if (is_space(pattern[i])) {
      while (i + 1 < pattern.size() && is_space(pattern[i + 1])) ++i;
      if (!in.take_spaces()) return std::nullopt;
    } else if (!in.take(pattern[i])) {
      return std::nullopt;
    }
  }
  return in.rest.empty() ? combined(fields, format.has_time()) : std::nullopt;
}

ReadTime guess_time(std::string_view text) {
  const std::string value = trimmed(text);
  if (const auto read = read_usual(value)) return *read;
  const std::string shown = shortened(value, 40);
  if (value.find('/') != std::string::npos || std::count(value.begin(), value.end(), '.') == 2)
    throw Error{ErrorCode::malformed,
                "\"" + shown +
                    "\" does not tell day and month apart; give the file's notation as the time "
                    "format (--time-format), such as \"%d/%m/%Y\" or \"%m/%d/%Y\"."};
  throw Error{ErrorCode::malformed, "\"" + shown +
                                        "\" is not a time that can be read; write it as 2026-11-20 21:10, or "
                                        "give the file's notation as the "
                                        "time format (--time-format), such as \"%d %b %Y %H:%M\"."};
}

}  // namespace klotterkoll
