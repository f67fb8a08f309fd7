#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/queue.h"
#include "domain/store.h"

namespace klotterkoll {

/// Local days, [from, to).
struct Period {
  LocalDate from, to;
};

/// Error{refused} when it is empty or longer than 20 years.
void check_period(Period period);

enum class GroupBy { none, month, week, owner, category, source, district };
constexpr auto names_of(GroupBy) {
  return std::array<Names, 7>{"none", "month", "week", "owner", "category", "source", "district"};
}

struct ComplianceGroup {
  std::string key;  ///< "2026-04", "2026-W15", an owner's id, a code; "none" for no owner or no district
  std::optional<Period> period;  ///< of a month or week, within the period asked for
  Compliance figures;
};

struct ComplianceReport {
  Period period;
  bool preliminary = false;  ///< the period is not over
  Instant as_of;
  Cohort cohort = Cohort::due;
  std::vector<std::pair<int, std::int64_t>> policies;  ///< version and how many of the population were opened under it
  Compliance total;
  /// What would be of the population's days, but waits for an officer's word, and so is in no figure.
  WaitingCount waiting;
  std::vector<ComplianceGroup> groups;  ///< months and weeks in order, empty ones too; others by key
};

/// How well the promise was kept, from the tallies, as of an instant. Cost grows with days and values, not with cases.
/// Error{refused} when the period is empty or longer than 20 years.
ComplianceReport compliance(Transaction& transaction, const Settings& settings, Period period, GroupBy by, Cohort cohort, Instant as_of);

/// Where the time of removed cases went: a histogram for each Stage.
std::array<Histogram, 5> stages(Transaction& transaction, const Settings& settings, Period period);

struct Backlog {
  struct Bucket {
    std::optional<std::int64_t> from_hours, to_hours;  ///< hours left, [from, to); none: without end
    std::int64_t count = 0;
  };
  struct OfOwner {
    std::string owner_id;
    std::int64_t open = 0, due_soon = 0, overdue = 0;
  };
  std::int64_t open = 0, unassigned = 0, held = 0;
  std::map<Attention, std::int64_t> attention;  ///< cases on the officers' list, by why
  std::int64_t waiting = 0;  ///< reports that are no cases yet: an officer has to say of what they are
  std::optional<Instant> waiting_since;
  std::vector<Bucket> buckets;
  std::vector<OfOwner> by_owner;  ///< by id; the empty one is no owner
};
/// What removing has cost, by owner and method, of what was removed in the period. The work of a merged case is its target's.
/// Error{refused} as for compliance.
std::vector<CaseTable::Cost> costs(Transaction& transaction, const Settings& settings, Period period);

/// The open cases by hours left and by owner.
Backlog backlog(Transaction& transaction, MunicipalityId municipality, Instant as_of);

}  // namespace klotterkoll
