#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace klotterkoll::test {

/// The moment or day that a test spells out. A text that is neither ends the test with
/// std::bad_optional_access.
inline Instant at(std::string_view text) { return parse_instant(text).value(); }
inline LocalDate on(std::string_view text) { return parse_date(text).value(); }

/// An instant as a test compares it: the wall clock in Stockholm unless told otherwise.
inline std::string local(Instant instant, std::string_view zone = "Europe/Stockholm") {
  return format_local(instant, TimeZone{zone});
}

}  // namespace klotterkoll::test
