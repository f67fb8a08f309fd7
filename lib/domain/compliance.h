#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/case.h"

namespace klotterkoll {

/// By which day a case is counted: its deadline's (the promise), or the day it was received.
enum class Cohort { due, received };
constexpr auto names_of(Cohort) { return std::array<Names, 2>{"due", "received"}; }

/// Along what the tallies are kept, one dimension a row.
enum class Dimension { all, owner, category, source, policy, district };
constexpr auto names_of(Dimension) { return std::array<Names, 6>{"all", "owner", "category", "source", "policy", "district"}; }

/// What became of a case, decided by the rules of design.md, Compliance.
enum class Outcome { open, on_time, late, not_removed, dismissed, merged, proactive };

/// How one case is judged, and why: every published figure is a sum of these.
struct Judgement {
  Outcome outcome = Outcome::open;
  bool on_time_by_hold = false;      ///< on time only thanks to its holds
  bool recorded_after_due = false;   ///< on time, though entered after the deadline
  bool already_gone = false;         ///< gone before the clock started
  bool excluded_after_due = false;   ///< dismissed or merged after the deadline had passed
  std::optional<bool> own_on_time;   ///< by the deadline reckoned from when the owner was told
  bool told_late = false;            ///< told so late that the owner's own deadline lies after the case's
};
Judgement judge(const CaseRow& row, const Policy& policy);

/// A count of durations by whole hours, rounded down: to the hour up to 14 days, to whole days beyond, up to 10 years.
class Histogram {
 public:
  void add(std::chrono::seconds duration, std::int64_t times = 1);
  void add(const Histogram& other, int sign = 1);
  std::int64_t count() const;
  /// The nearest-rank quantile in hours: the smallest bucket that at least `percent` per cent of the durations lie in or
  /// below. Nothing when empty.
  std::optional<std::int64_t> quantile(int percent) const;

  /// "3:1 27:4": hours and count; zero counts are left out. The empty text is the empty histogram.
  std::string to_text() const;
  static Histogram from_text(std::string_view text);
  bool operator==(const Histogram&) const = default;

 private:
  struct Bucket {
    std::int64_t hours = 0, count = 0;
    bool operator==(const Bucket&) const = default;
  };
  std::vector<Bucket> buckets_;  ///< in the order of hours, none with the count 0
};

/// Where the time of a removed case went.
enum class Stage { total, reported_to_received, received_to_told, told_to_removed, removed_to_recorded };
constexpr auto names_of(Stage) {
  return std::array<Names, 5>{"total", "reported_to_received", "received_to_told", "told_to_removed",
                              "removed_to_recorded"};
}

/// The sums kept for a day: counts, and how long things took. `open` are the undecided; which of them are overdue follows
/// from the day. `split` are those of on_time and late that were split off another case, `open_split` those of the open.
struct Tally {
  enum Count {
    open, on_time, late, not_removed, on_time_by_hold, on_time_recorded_after_due, already_gone, not_graffiti, not_found,
    legal_wall, outside_area, merged, proactive, excluded_after_due, own_n, own_on_time, told_late, split, open_split, kCounts
  };
  std::array<std::int64_t, kCounts> counts{};
  std::array<Histogram, 5> stages;  ///< by Stage

  Tally& add(const Tally& other, int sign = 1);
  bool empty() const;
  bool operator==(const Tally&) const = default;
};
constexpr auto names_of(Tally::Count) {
  return std::array<Names, Tally::kCounts>{"open", "on_time", "late", "not_removed", "on_time_by_hold",
      "on_time_recorded_after_due", "already_gone", "not_graffiti", "not_found", "legal_wall", "outside_area", "merged",
      "proactive", "excluded_after_due", "own_n", "own_on_time", "told_late", "split", "open_split"};
}

struct TallyKey {
  Cohort cohort = Cohort::due;
  Dimension dimension = Dimension::all;
  std::string value;  ///< owner, category, source, policy version or district; empty for `all` and for no owner
  LocalDate day;
  auto operator<=>(const TallyKey&) const = default;
};
using Tallies = std::map<TallyKey, Tally>;

/// Adds what a case contributes to the tallies, in both cohorts and every dimension; `sign` -1 takes it away. A case without
/// a district adds nothing to that dimension, so that a municipality without districts pays nothing for them.
void contribute(const CaseRow& row, const Policy& policy, const TimeZone& zone, int sign, Tallies& tallies);

/// Compliance as it is published, of one group of cases.
struct Compliance {
  std::int64_t population = 0;  ///< n of the rate: on_time + late + overdue
  std::int64_t on_time = 0, late = 0, not_removed = 0, overdue = 0, open_in_time = 0;  ///< late includes not_removed
  std::optional<std::int64_t> rate_per_mille, rate_without_holds_per_mille;  ///< none when fewer than five
  std::int64_t on_time_by_hold = 0, on_time_recorded_after_due = 0, already_gone = 0;
  std::optional<std::int64_t> median_hours, p90_hours;
  std::array<std::int64_t, 4> dismissed{};  ///< by DismissalReason
  std::int64_t merged = 0, proactive = 0, excluded_after_due = 0;
  std::int64_t split = 0;  ///< of the population: those that were split off another case, so that one report counts twice
  std::optional<std::int64_t> rate_with_excluded_after_due_per_mille;
  std::int64_t own_n = 0, told_late = 0;
  std::optional<std::int64_t> own_rate_per_mille;
};

/// Fewer cases than this give counts only, no rate.
inline constexpr std::int64_t kSmallestRatedNumber = 5;

/// `part` of `whole` in per mille, half up, in integers; nothing when `whole` is below kSmallestRatedNumber.
std::optional<std::int64_t> per_mille(std::int64_t part, std::int64_t whole);

/// `overdue` of the open cases in `tally` have passed their deadline, `overdue_split` of these were split off another.
Compliance compliance_of(const Tally& tally, std::int64_t overdue, std::int64_t overdue_split = 0);

}  // namespace klotterkoll
