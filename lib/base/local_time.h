#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace klotterkoll {

/// A time as a file gives it. The caller resolves `local` in the municipality's TimeZone when there is no
/// `instant`.
struct ReadTime {
  LocalTime local;                 ///< the wall clock as written; 00:00:00 when only a date was
  std::optional<Instant> instant;  ///< set when the text named its own zone
  bool date_only = false;
  bool operator==(const ReadTime&) const = default;
};

/// A checked format in strptime's notation, such as "%m/%d/%Y %I:%M:%S %p".
///
/// Conversions: %Y %y (69-99 are 19xx) %m %b %B %h (month names, English or Swedish) %d %e %H %I %p %M %S
/// %f (a fraction, dropped) %z ("+01:00", "+0100", "+01", "Z") %F %D %T %R %n %t %%. White space stands for
/// any amount of it, but some. It does not depend on the process's locale or time zone, unlike strptime(3),
/// which moreover takes "30 February" and the cut "201511" for %Y%m%d.
class TimeFormat {
 public:
  /// Not explicit, so that a literal can be given where a format is asked for.
  /// Throws Error{malformed} naming what is wrong: an unknown conversion, no whole date, %I without %p.
  TimeFormat(std::string_view format);
  TimeFormat(const char* format) : TimeFormat(std::string_view{format}) {}

  const std::string& text() const { return format_; }
  bool has_time() const { return has_time_; }

 private:
  std::string format_;  // with %F, %T and their like written out
  bool has_time_ = false;
};

/// Reads the whole of `text`, but for white space around it. Two-digit fields may lack their leading zero
/// where the format separates them from other digits. Nothing when the text does not fit or no such day or
/// time exists.
std::optional<ReadTime> parse_local_time(std::string_view text, const TimeFormat& format);

/// Reads what Swedish offices write, all of it year first: "2026-11-20", "20261120", "2026-11-20 21:10",
/// "2026-11-20T21:10:30", "2026-11-20 kl. 21.10", and RFC 3339, also with a space and without seconds.
/// Throws Error{malformed} for anything else, with a sentence that tells how to give the format: 11/12/2026
/// is another day in Boston than in Höör.
ReadTime guess_time(std::string_view text);

}  // namespace klotterkoll
