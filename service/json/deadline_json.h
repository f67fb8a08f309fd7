#pragma once

#include <nlohmann/json_fwd.hpp>

#include "domain/case.h"

namespace klotterkoll {

/// A deadline with its reckoning day by day, and the same start under the other modes (3 days, or 72 hours, where the
/// policy itself counts otherwise). `policy_version` 0: of no version.
nlohmann::json deadline_to_json(const Deadline& deadline, const Policy& policy, int policy_version);

/// A case's deadline: the reckoning with its holds, which holds had no effect, and the deadline without holds.
nlohmann::json case_deadline_to_json(const Case& whole, const Settings& settings, const ReferenceCipher& references);

}  // namespace klotterkoll
