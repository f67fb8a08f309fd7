#include "base/time.h"

#include <date/date.h>
#include <date/tz.h>

#include <array>
#include <charconv>

#include "base/error.h"

namespace klotterkoll {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

/// Reads exactly `count` digits at `at`; -1 when one of them is none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

void append_padded(std::string& out, long long value, int width) {
  char buffer[20];
  for (int i = width - 1; i >= 0; --i, value /= 10) buffer[i] = static_cast<char>('0' + value % 10);
  out.append(buffer, static_cast<std::size_t>(width));
}

std::string format_civil(LocalTime local) {
  const auto day = std::chrono::floor<days>(local);
  const std::chrono::hh_mm_ss time{local - day};
  std::string out = format_date(day) + 'T';
  append_padded(out, time.hours().count(), 2);
  out += ':';
  append_padded(out, time.minutes().count(), 2);
  out += ':';
  append_padded(out, time.seconds().count(), 2);
  return out;
}

/// Minutes east of UTC from "Z", "+01:00", "-05:30".
std::optional<minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return minutes{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const int hour = digits(text, 1, 2), minute = digits(text, 4, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  const minutes offset{hour * 60 + minute};
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

TimeZone::TimeZone(std::string_view name) {
  try {
    zone_ = date::locate_zone(name);
  } catch (const std::exception&) {
    throw Error{ErrorCode::refused,
                "The time zone \"" + std::string{name} + "\" is not known; write an IANA name such as Europe/Stockholm.",
                "/time_zone"};
  }
}

const std::string& TimeZone::name() const { return zone_->name(); }

LocalTime TimeZone::to_local(Instant instant) const {
  return LocalTime{instant.time_since_epoch() + zone_->get_info(instant).offset};
}

Instant TimeZone::to_instant(LocalTime local) const {
  // `first` is the offset before a gap, which shifts the reading forward, and the earlier of two in an overlap.
  const auto info = zone_->get_info(date::local_seconds{local.time_since_epoch()});
  return Instant{local.time_since_epoch() - info.first.offset};
}

std::optional<Instant> parse_instant(std::string_view text) {
  // Fixed positions: date libraries accept "2026-3-9" and offsets such as +25:99.
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') return std::nullopt;
  const auto day = parse_date(text.substr(0, 10));
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!day || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  std::size_t zone_at = 19;
  if (text[zone_at] == '.') {
    const std::size_t fraction = ++zone_at;
    while (zone_at < text.size() && text[zone_at] >= '0' && text[zone_at] <= '9') ++zone_at;
    if (zone_at == fraction || zone_at > fraction + 9) return std::nullopt;
  }
  const auto offset = parse_offset(text.substr(zone_at));
  if (!offset) return std::nullopt;
  return Instant{day->time_since_epoch() + std::chrono::hours{hour} + minutes{minute} + seconds{second} - *offset};
}

std::string format_instant(Instant instant) { return format_civil(LocalTime{instant.time_since_epoch()}) + 'Z'; }

std::string format_local(Instant instant, const TimeZone& zone) {
  const LocalTime local = zone.to_local(instant);
  const auto offset = std::chrono::floor<minutes>(local.time_since_epoch() - instant.time_since_epoch());
  const auto size = offset < minutes{0} ? -offset : offset;
  return format_civil(local) + (offset < minutes{0} ? '-' : '+') + format_time_of_day(size);
}

std::optional<LocalDate> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (year < 1 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return LocalDate{date};
}

std::string format_date(LocalDate day) {
  const std::chrono::year_month_day date{day};
  std::string out;
  append_padded(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  return out;
}

std::optional<minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hour = digits(text, 0, 2), minute = digits(text, 3, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  return minutes{hour * 60 + minute};
}

std::string format_time_of_day(minutes time) {
  std::string out;
  append_padded(out, time.count() / 60, 2);
  out += ':';
  append_padded(out, time.count() % 60, 2);
  return out;
}

}  // namespace klotterkoll
