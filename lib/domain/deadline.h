#pragma once

#include <optional>
#include <span>
#include <vector>

#include "domain/policy.h"

namespace klotterkoll {

/// A time in which the owner could not act, as the reckoning sees it: [from, to), `to` being the required end while
/// the hold runs and the true end afterwards.
struct HeldTime {
  Instant from;
  Instant to;
  HoldReason reason = HoldReason::weather;
  bool operator==(const HeldTime&) const = default;
};

/// One line of the reckoning in a day mode.
struct ReckonedDay {
  LocalDate date;
  bool counted = false;
  /// Day 0, the local day of the start, is never counted.
  bool start_day = false;
  /// Why the day is a day off, whether or not the mode cares; `extra_day` is one of the policy's own.
  DayOff off = DayOff::none;
  bool extra_day = false;
  /// Set when the day is not counted because the case is held when it ends.
  std::optional<HoldReason> held;
  /// Appended after the last counted day because that one is a day off (mode calendar_days_next_weekday).
  bool rolled = false;
  bool operator==(const ReckonedDay&) const = default;
};

/// A limit reckoned: the last whole second at which removal is on time, and how it came about.
struct Deadline {
  Instant due_at;
  Limit limit;
  Instant started_at;
  /// Day 0 to the due day, every local day once; empty in mode `hours`.
  std::vector<ReckonedDay> days;
  /// Held time added, in mode `hours`; zero in day modes.
  std::chrono::seconds held{0};
};

/// The last instant at which removal still counts as on time.
///
/// `started_at` UTC instant the clock starts; its local day is day 0.
/// `holds`      times in which the owner could not act; may overlap, in any order. In day modes a day is not counted
///              when the case is held at its last second, 23:59:59 local; in `hours` the union of the held time between
///              the start and the deadline is added.
/// Returns      in day modes 23:59:59 local of the last counted day (rolled to the next working day in
///              calendar_days_next_weekday: a held day is rolled past as well); in `hours` start + limit + held time.
/// Throws       Error{refused} when the limit is not positive.
/// Source       medborgarlöften Höör 2019, "inom tre dagar"; Lag (1930:173) 2 § for days that do not count.
Instant deadline_for(const Policy& policy, const Limit& limit, Instant started_at, std::span<const HeldTime> holds = {});

/// The same with its reckoning, day by day.
Deadline reckon_deadline(const Policy& policy, const Limit& limit, Instant started_at,
                         std::span<const HeldTime> holds = {});

/// The moments at which a case due at `due_at` is warned of, earliest first, each one before `due_at`. Index is the
/// position in `policy.warnings`; warnings of the kind that does not suit the mode are left out.
struct WarningMoment {
  int index = 0;
  Instant at;
  bool operator==(const WarningMoment&) const = default;
};
std::vector<WarningMoment> warning_moments(const Policy& policy, const Limit& limit, Instant due_at);

}  // namespace klotterkoll
