#pragma once

#include "domain/compliance.h"

namespace klotterkoll {

// A published number and the cases that it counts. Both follow from what one case adds to the sums (tally_of): a number is the sum
// over its days, and counts exactly the cases of which it is one alone.

/// What one case adds to the sums of its day.
Tally tally_of(const CaseRow& row, const Policy& policy);
/// The value under which it is tallied along a dimension; empty for `all`, and where it has none.
std::string tally_value(const CaseRow& row, Dimension dimension);
/// The local day of which it is counted.
LocalDate tally_day(const CaseRow& row, Cohort cohort, const TimeZone& zone);

/// Each published number that counts cases.
enum class Figure {
  population, on_time, late, not_removed, overdue, open_in_time, on_time_by_hold, on_time_recorded_after_due, already_gone, split,
  not_graffiti, not_found, legal_wall, outside_area, merged, proactive, excluded_after_due, own_n, told_late
};
constexpr auto names_of(Figure) {
  return std::array<Names, 19>{"population", "on_time", "late", "not_removed", "overdue", "open_in_time", "on_time_by_hold",
      "on_time_recorded_after_due", "already_gone", "split", "not_graffiti", "not_found", "legal_wall", "outside_area", "merged",
      "proactive", "excluded_after_due", "own_n", "told_late"};
}
std::int64_t number_of(const Compliance& figures, Figure figure);

/// The figures of this one case alone, made as those of any sum are.
Compliance figures_of(const CaseRow& row, const Policy& policy, Instant as_of);

/// Can an open case be among what the figure counts, and one that is not open? For looking at no more than is needed.
struct MayCount {
  bool open = true, closed = true;
};
MayCount may_count(Figure figure);

}  // namespace klotterkoll
