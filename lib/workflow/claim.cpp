#include "workflow/claim.h"

#include <algorithm>
#include <set>

#include "workflow/casework.h"

namespace klotterkoll {

std::vector<CaseRow> cases_of_claim(Transaction& transaction, const Settings& settings, const std::string& police_reference) {
  std::set<CaseId> ids;
  for (const CaseId id : transaction.reports().cases_of_police_reference(settings.municipality.id, police_reference)) {
    ids.insert(id);
    ids.insert(current_case(transaction, id));
  }
  std::vector<CaseRow> cases;
  for (const CaseId id : ids) cases.push_back(transaction.cases().find(id).value());
  std::ranges::sort(cases, {}, [](const CaseRow& row) { return std::pair{row.first_reported_at, row.id}; });
  return cases;
}

ClaimTotal total_of(const std::vector<CaseRow>& cases) {
  ClaimTotal total;
  for (const CaseRow& row : cases) {
    if (row.merged_into) continue;
    ++total.cases;
    total.removed += row.removed_at.has_value();
    total.costed += row.cost_sek.has_value();
    total.cost_sek += row.cost_sek.value_or(0);
  }
  return total;
}

}  // namespace klotterkoll
