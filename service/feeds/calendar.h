#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace klotterkoll {

/// One deadline of a calendar. Texts are UTF-8, with line feeds.
struct CalendarEntry {
  std::string uid;  ///< the same for ever
  Instant due_at;   ///< the last second
  Instant changed_at;
  std::int64_t sequence = 0;  ///< grows with every change
  std::string summary, location, description, url;
  struct Position {
    double lat = 0, lon = 0;
  };
  std::optional<Position> position;
  std::vector<Instant> alarms;
};

/// A calendar of deadlines, to be subscribed to: RFC 5545, each an hour that ends with the deadline, in UTC, which
/// calendars show in their reader's own time. What is no deadline any more is left out, and calendars then drop it.
///
/// Own code: writing the format is two rules, escaping and folding, and a parser of it would come with every library.
std::string calendar_text(const std::string& name, const std::vector<CalendarEntry>& entries);

/// A content line, folded: no line of it has more than 75 bytes, and no character is cut. RFC 5545, 3.1.
std::string folded_line(std::string_view line);
/// Text as a property's value: RFC 5545, 3.3.11. Control characters other than the line feed are left out.
std::string escaped_text(std::string_view text);

}  // namespace klotterkoll
