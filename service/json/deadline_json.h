#pragma once

#include <string>

#include "domain/case.h"

namespace klotterkoll {

/// As JSON: a deadline with its reckoning day by day, and the same start under the other modes (3 days, or 72 hours, where the
/// policy itself counts otherwise). `policy_version` 0: of no version.
std::string deadline_json(const Deadline& deadline, const Policy& policy, int policy_version);

/// A case's deadline: the reckoning with its holds, which holds had no effect, and the deadline without holds. Who may not see
/// the reasons, `reasons_told` false, sees which days were held, and nothing of a pause for evidence.
std::string case_deadline_json(const Case& whole, const Settings& settings, const ReferenceCipher& references, bool reasons_told);

}  // namespace klotterkoll
