#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/store.h"
#include "workflow/statistics.h"

namespace klotterkoll {

/// The case that hit the report's surface before this one: of the removed ones within 15 m the one removed last, whose surface
/// and object type are the same when both say; where the report has no point, also of the same address, or of the same property
/// when it has no address either. Not one removed after `until`. No key when there is none.
/// `spots` what is near the report's point, or near that of its address (spots_near).
CaseId former_case(Transaction& transaction, const Settings& settings, const Report& report,
                   const std::vector<CaseTable::Spot>& spots, Instant until);

/// A surface that was hit more than once: the cases that follow each other there.
struct HotSpot {
  std::vector<CaseId> cases;     ///< opened in the period, the last one first
  CaseRow last;                  ///< of all its cases the one opened last, in the period or before
  std::int64_t hits = 0;         ///< how many `cases` there are
  std::int64_t all_hits = 0;     ///< with those before the period that they followed
  std::int64_t cost_sek = 0;     ///< of `cases`
  std::int64_t costed = 0;       ///< how many of them have a cost
  /// Whole hours from a removal to the next report, of the hits in the period that followed one.
  std::optional<std::int64_t> median_hours_to_next, shortest_hours_to_next;
};

inline constexpr std::size_t kMostHotSpots = 100;
/// So many of a surface's cases are read for its cost and intervals; what lies beyond is counted only.
inline constexpr std::size_t kMostOfHotSpot = 500;

/// The surfaces that were hit at least twice in the period, most often first, `most` at most. What is merged into another case
/// or dismissed is no hit. Looks at every case of the period, in an index, and at what came before those that followed another:
/// for the search lane.
/// Error{refused} when the period is empty or longer than 20 years.
std::vector<HotSpot> hot_spots(Transaction& transaction, const Settings& settings, Period period, std::size_t most);

}  // namespace klotterkoll
