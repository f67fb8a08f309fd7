#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/policy.h"

namespace klotterkoll {

/// A time in which the owner could not act, as the reckoning sees it: [from, to), `to` being the required end
/// while the hold runs and the true end afterwards.
struct HeldTime {
  Instant from;
  Instant to;
  HoldReason reason = HoldReason::weather;
  bool operator==(const HeldTime&) const = default;
};

/// A limit that a case had before its category changed, and the local day of the change. Whatever the next limit is, the
/// deadline is not before the end of that day (or, where the case is held then, of the next day at whose end it is not),
/// nor before the former limit's own deadline if that is earlier: nobody misses in retrospect, and no missed case gets
/// new time.
struct FormerLimit {
  Limit limit;
  LocalDate changed_on;
  bool operator==(const FormerLimit&) const = default;
};

/// One line of the reckoning in a day mode.
struct ReckonedDay {
  LocalDate date;
  bool counted = false;
  /// Which of the limit's days it is, from 1; 0 when it is not counted.
  int number = 0;
  /// Day 0, the local day of the start, is never counted.
  bool start_day = false;
  /// Why the day is a day off, whether or not the mode cares; `extra_day` is one of the policy's own.
  DayOff off = DayOff::none;
  bool extra_day = false;
  /// Set when the day is not counted because the case is held when it ends; empty on days that are passed
  /// over anyway.
  std::optional<HoldReason> held = {};
  bool reason_told = true;  ///< false: it is described as held, and not why
  /// The case is held when the day ends, but the policy's hold_cap_days are used up, so that changes nothing.
  bool held_beyond_cap = false;
  /// Appended after the last counted day because that one is a day off (mode calendar_days_next_weekday). The
  /// last such day is the due day.
  bool rolled = false;
  /// Appended because a category shortened the limit, which does not reach back: see FormerLimit.
  bool not_shortened = false;
  bool operator==(const ReckonedDay&) const = default;
};

/// A limit reckoned: the last whole second at which removal is on time, and how it came about.
struct Deadline {
  Instant due_at;
  Limit limit;
  Instant started_at;
  /// Day 0 to the due day, every local day once; empty in mode `hours`.
  std::vector<ReckonedDay> days = {};
  /// Held time added, in mode `hours`; zero in day modes.
  std::chrono::seconds held{0};
  /// What the limit alone would give, when a former limit gives a later `due_at`.
  std::optional<Instant> shortened_to = {};
};

/// The last instant at which removal still counts as on time.
///
/// `started_at` UTC instant the clock starts; its local day is day 0.
/// `holds`      times in which the owner could not act; may overlap, in any order. In day modes a day is not
///              counted when the case is held at its last second, 23:59:59 local; in `hours` the union of the
///              held time between the start and the deadline is added. At most policy.hold_cap_days of either
///              move the deadline, so a hold without a sensible end moves it no further; one that begins
///              after the deadline moves nothing.
/// `former`     limits that a changed category has replaced, in order.
/// Returns      in day modes 23:59:59 local of the last counted day (rolled to the next working day in
///              calendar_days_next_weekday: a held day is rolled past as well); in `hours` start + limit +
///              held time; later where a former limit forbids so early a deadline.
/// Throws       Error{refused} when the limit is out of its bounds or the policy's time zone is not known.
/// Cost         no allocation without holds: it is called for every report, on the thread that writes.
/// Source       medborgarlöften Höör 2019, "inom tre dagar"; Lag (1930:173) 2 § for days that do not count.
Instant deadline_for(const Policy& policy, const Limit& limit, Instant started_at,
                     std::span<const HeldTime> holds = {}, std::span<const FormerLimit> former = {});

/// The same with its reckoning, day by day.
Deadline reckon_deadline(const Policy& policy, const Limit& limit, Instant started_at,
                         std::span<const HeldTime> holds = {}, std::span<const FormerLimit> former = {});

/// The day as a line of the reckoning: "fre 3 apr: långfredagen, räknas inte", "lör 4 apr: dag 2",
/// "sön 5 apr: dag 3, påskdagen", "tis 7 apr: pausad (väder), räknas inte".
std::string describe_sv(const ReckonedDay& day);
/// The same in English: "Fri 3 Apr: Good Friday, not counted".
std::string describe_en(const ReckonedDay& day);

/// When a case is warned of, and which of `policy.warnings` it is.
struct WarningMoment {
  int index = 0;
  Instant at;
  bool operator==(const WarningMoment&) const = default;
};

/// The moments at which a case due at `due_at` is warned of, earliest first, each one before `due_at`.
/// Warnings of the kind that does not suit the mode are left out; of several at the same moment the one with
/// the highest index stays.
std::vector<WarningMoment> warning_moments(const Policy& policy, const Limit& limit, Instant due_at);

}  // namespace klotterkoll
