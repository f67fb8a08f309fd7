#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pages/visit.h"
#include "workflow/figure_cases.h"

namespace klotterkoll {

// The kommun's figures: how the promise is kept, where the time goes, what it costs. Every number that counts cases opens their list.

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// Which days are asked for, and counted by which: `from`, and `to` (the day after the last one) or `last`. The present year when the
/// address has none; so too where it has none that can be read, with `fault` as the name of the sentence that says so.
struct FigurePeriod {
  Period period;
  Cohort cohort = Cohort::due;
  std::string fault;

  /// For links: from, to, and cohort where it is not the promise's.
  QueryParameters parameters() const;
};
FigurePeriod figure_period(const Visit& visit, const Settings& settings);

/// The form's fields and what stands above each of these pages: {from, last, cohorts, shortcuts, period_words, preliminary, tabs}.
/// `path` of the page, to which the form leads; `tab` its name among the tabs.
void fill_period(TemplateData& values, const Visit& visit, const Settings& settings, const FigurePeriod& wanted, const std::string& path);

/// "83,3 %", by the language; "" for none.
std::string per_cent(const Words& words, const std::optional<std::int64_t>& per_mille);
/// "1 234": in threes, with spaces that do not break.
std::string number_in_words(std::int64_t number);
/// "n ärenden", "1 ärende".
std::string cases_in_words(const Words& words, std::int64_t number);

/// A number that leads to the list of its cases: {number, href}; without href when there is none.
TemplateData number_part(const Visit& visit, std::int64_t number, const FigurePeriod& of, Figure figure, const std::string& by = "",
                         const std::string& value = "");

/// The name of a group: of an owner, a category, a month; `key` as ComplianceGroup has it. `districts` the names that there are.
std::string group_name(const Words& words, const Settings& settings, GroupBy by, const std::string& key,
                       const std::vector<std::pair<std::string, std::string>>& districts);
std::vector<std::pair<std::string, std::string>> district_names(Transaction& transaction, MunicipalityId municipality);

/// Why a case is counted as it is, in one line: what started the clock, when it was due and by which rule, what came.
std::string reckoning_in_words(const Words& words, const Settings& settings, const CaseRow& row, Instant now);

}  // namespace klotterkoll
