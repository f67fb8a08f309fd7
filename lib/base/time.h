#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace klotterkoll {

/// A moment: UTC, whole seconds.
using Instant = std::chrono::sys_seconds;
/// A calendar day somewhere; where is told by the TimeZone beside it.
using LocalDate = std::chrono::local_days;
/// A wall-clock reading without its zone.
using LocalTime = std::chrono::local_seconds;

/// The civil time of a municipality, from the system's tz database. A cheap value, safe to copy and share; to make one
/// looks the name up (some 100 ns, no allocation). Right through 2037, where the database's table ends: the library
/// does not read the rule that follows it, so later summers are an hour off.
class TimeZone {
 public:
  /// `name` an IANA name such as "Europe/Stockholm".
  /// Throws Error{refused} naming the zone when the system does not know it.
  explicit TimeZone(std::string_view name);

  const std::string& name() const;
  LocalTime to_local(Instant instant) const;
  /// Total: a reading in the spring gap is shifted forward by the gap, of two autumn ones the first is meant.
  Instant to_instant(LocalTime local) const;
  LocalDate date_of(Instant instant) const { return std::chrono::floor<std::chrono::days>(to_local(instant)); }
  /// 00:00:00 local of the day, the first instant that belongs to it.
  Instant start_of(LocalDate day) const { return to_instant(LocalTime{day}); }
  /// 23:59:59 local of the day, the last whole second on which a removal that day is on time.
  Instant last_second_of(LocalDate day) const {
    return start_of(day + std::chrono::days{1}) - std::chrono::seconds{1};
  }
  bool operator==(const TimeZone& other) const { return zone_ == other.zone_; }

 private:
  const date::time_zone* zone_;
};

/// RFC 3339 with a zone ("2026-11-20T21:10:00+01:00", "...Z", fractions dropped); nothing else is an instant.
std::optional<Instant> parse_instant(std::string_view text);
/// "2026-11-20T20:10:00Z".
std::string format_instant(Instant instant);
/// The wall clock with its offset at that moment: "2026-11-20T21:10:00+01:00".
std::string format_local(Instant instant, const TimeZone& zone);

/// "2026-11-20", years 0001 to 9999; nothing else is a date.
std::optional<LocalDate> parse_date(std::string_view text);
std::string format_date(LocalDate day);

/// "07:30" as minutes after midnight.
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);
std::string format_time_of_day(std::chrono::minutes time);

inline long long to_unix(Instant instant) { return instant.time_since_epoch().count(); }
inline Instant from_unix(long long seconds) { return Instant{std::chrono::seconds{seconds}}; }

}  // namespace klotterkoll
