#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/figure.h"
#include "workflow/statistics.h"

namespace klotterkoll {

/// One published number: of which days, by which of them, what is counted, and of whom.
struct FigureQuestion {
  Period period;
  Cohort cohort = Cohort::due;
  Figure figure = Figure::population;
  Dimension dimension = Dimension::all;
  std::string value;  ///< as ComplianceGroup::key has it ("none" for no owner or no district), or a policy's version
};

/// The cases that a published number counts, a page of them.
struct CountedCases {
  std::int64_t number = 0;      ///< as it is published, from the tallies
  std::vector<CaseRow> cases;   ///< in order of due_at; by day received in order of opened_at
  /// How many there are, when the walk came to the end; it differs from `number` only when the tallies are wrong (`verify`).
  std::optional<std::int64_t> listed;
};

/// The published number alone. By policy only the population is published.
std::int64_t published_number(Transaction& transaction, const Settings& settings, const FigureQuestion& question, Instant as_of);

/// Walks the cases of the period's days by index, 500 at a time, and takes each that figures_of() counts, until the page is full.
/// Both answers are of one transaction. May take long: search. Error{refused} as for compliance.
CountedCases cases_of_figure(Transaction& transaction, const Settings& settings, const FigureQuestion& question, const Page& page, Instant as_of);

/// The cases whose cost costs() adds up: of an owner ("" for none) and one way of removing; nothing: of all.
struct CostQuestion {
  Period period;
  std::optional<std::string> owner_id;
  std::optional<RemovalMethod> method;
  bool without_method = false;  ///< those that tell none
};
CountedCases cases_with_cost(Transaction& transaction, const Settings& settings, const CostQuestion& question, const Page& page);

}  // namespace klotterkoll
