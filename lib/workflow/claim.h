#pragma once

#include <string>
#include <vector>

#include "domain/store.h"

namespace klotterkoll {

/// What belongs to one police report (K-number): every case that it tells of, and where those were merged into, by when they
/// were first reported. `police_reference` in its normal form.
std::vector<CaseRow> cases_of_claim(Transaction& transaction, const Settings& settings, const std::string& police_reference);

/// What removing them has cost. The work of a merged case is its target's, so that its own cost counts when none of those that
/// it was merged into, to the end of the chain, has one.
struct ClaimTotal {
  std::int64_t cases = 0;    ///< that are not merged
  std::int64_t removed = 0;  ///< of these
  std::int64_t costed = 0;   ///< works with a cost, their own or that of what was merged into them
  std::int64_t cost_sek = 0;
};
ClaimTotal total_of(const std::vector<CaseRow>& cases);

}  // namespace klotterkoll
