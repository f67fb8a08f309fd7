#include "workflow/claim.h"

#include <algorithm>
#include <set>

namespace klotterkoll {

std::vector<CaseRow> cases_of_claim(Transaction& transaction, const Settings& settings, const std::string& police_reference) {
  std::set<CaseId> ids;
  std::vector<CaseRow> cases;
  for (const CaseId id : transaction.reports().cases_of_police_reference(settings.municipality.id, police_reference)) {
    for (CaseId next = id; next && ids.insert(next).second;) {
      cases.push_back(transaction.cases().find(next).value());
      next = cases.back().merged_into;
    }
  }
  std::ranges::sort(cases, {}, [](const CaseRow& row) { return std::pair{row.first_reported_at, row.id}; });
  return cases;
}

ClaimTotal total_of(const std::vector<CaseRow>& cases) {
  ClaimTotal total;
  std::set<CaseId> costed;
  for (const CaseRow& row : cases) {
    if (!row.merged_into) {
      ++total.cases;
      total.removed += row.removed_at.has_value();
    }
    if (!row.cost_sek) continue;
    // What it was merged into may tell the cost of the same work.
    CaseId end = row.id;
    bool told_further_on = false;
    for (auto next = &row; next && next->merged_into && !told_further_on;) {
      end = next->merged_into;
      const auto at = std::ranges::find(cases, end, &CaseRow::id);
      next = at == cases.end() ? nullptr : &*at;
      told_further_on = next && next->cost_sek;
    }
    if (told_further_on) continue;
    costed.insert(end);
    total.cost_sek += *row.cost_sek;
  }
  total.costed = std::ssize(costed);
  return total;
}

}  // namespace klotterkoll
