#include "workflow/figure_cases.h"

#include <algorithm>

namespace klotterkoll {
namespace {

constexpr std::int64_t kAtOnce = 500;

GroupBy group_by(Dimension dimension) {
  switch (dimension) {
    case Dimension::owner: return GroupBy::owner;
    case Dimension::category: return GroupBy::category;
    case Dimension::source: return GroupBy::source;
    case Dimension::district: return GroupBy::district;
    default: return GroupBy::none;
  }
}

/// Groups are published under "none" where the tallies have nothing.
std::string tallied_value(const FigureQuestion& question) {
  const bool may_be_none = question.dimension == Dimension::owner || question.dimension == Dimension::district;
  return may_be_none && question.value == "none" ? "" : question.value;
}

/// Takes the page of those that `counts` wants, and stops when it is full and there is one more: only a walk to the end tells how many.
template <typename Counts>
void walk(Transaction& transaction, MunicipalityId municipality, CaseTable::OfDays days, const Page& page, const Counts& counts, CountedCases& found) {
  std::int64_t met = 0;
  for (;;) {
    auto rows = transaction.cases().of_days(municipality, days, kAtOnce);
    for (CaseRow& row : rows) {
      if (!counts(row)) continue;
      if (met >= page.offset + page.limit) return;
      if (met++ >= page.offset) found.cases.push_back(std::move(row));
    }
    if (std::ssize(rows) < kAtOnce) break;
  }
  found.listed = met;
}

CaseTable::OfDays days_of(const Settings& settings, Period period) {
  CaseTable::OfDays days;
  days.from = settings.zone.start_of(period.from);
  days.to = settings.zone.start_of(period.to);
  return days;
}

}  // namespace

std::int64_t published_number(Transaction& transaction, const Settings& settings, const FigureQuestion& question, Instant as_of) {
  const auto report = compliance(transaction, settings, question.period, group_by(question.dimension), question.cohort, as_of);
  if (question.dimension == Dimension::policy) {
    const auto at = std::ranges::find(report.policies, question.value, [](const auto& entry) { return std::to_string(entry.first); });
    return at == report.policies.end() ? 0 : at->second;
  }
  if (question.dimension == Dimension::all) return number_of(report.total, question.figure);
  const auto at = std::ranges::find(report.groups, question.value, &ComplianceGroup::key);
  return at == report.groups.end() ? 0 : number_of(at->figures, question.figure);
}

CountedCases cases_of_figure(Transaction& transaction, const Settings& settings, const FigureQuestion& question, const Page& page, Instant as_of) {
  CountedCases found;
  found.number = published_number(transaction, settings, question, as_of);
  CaseTable::OfDays days = days_of(settings, question.period);
  const std::string value = tallied_value(question);
  const MayCount may = may_count(question.figure);
  days.by = question.cohort == Cohort::due ? CaseTable::OfDays::By::due : CaseTable::OfDays::By::received;
  days.open = may.open;
  days.closed = may.closed;
  days.dimension = question.dimension;
  days.value = value;
  const auto counts = [&](const CaseRow& row) {
    const LocalDate day = tally_day(row, question.cohort, settings.zone);
    return day >= question.period.from && day < question.period.to && tally_value(row, question.dimension) == value &&
           number_of(figures_of(row, policy_of_version(settings.policies, row.policy_version), as_of), question.figure) > 0;
  };
  walk(transaction, settings.municipality.id, days, page, counts, found);
  return found;
}

CountedCases cases_with_cost(Transaction& transaction, const Settings& settings, const CostQuestion& question, const Page& page) {
  CountedCases found;
  for (const auto& cost : costs(transaction, settings, question.period)) {
    const bool of_method = question.without_method ? !cost.method : !question.method || cost.method == question.method;
    if (of_method && (!question.owner_id || cost.owner_id == *question.owner_id)) found.number += cost.cases;
  }
  CaseTable::OfDays days = days_of(settings, question.period);
  days.by = CaseTable::OfDays::By::cost;
  days.method = question.method;
  days.without_method = question.without_method;
  if (question.owner_id) days.dimension = Dimension::owner, days.value = *question.owner_id;
  walk(transaction, settings.municipality.id, days, page, [](const CaseRow&) { return true; }, found);
  return found;
}

}  // namespace klotterkoll
