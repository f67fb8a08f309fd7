#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "domain/policy.h"

namespace klotterkoll {

/// The policy as JSON, in the API and in the database alike: {mode, limit, limits, starts_from, warnings,
/// record_within_hours, time_zone, calendar, extra_days, hold_cap_days}; version and day are beside it.
nlohmann::json policy_to_json(const Policy& policy);
/// Members that are missing keep their defaults. Throws Error{refused} naming a warning or date that cannot be read; the
/// shape is the caller's to check.
Policy policy_from_json(const nlohmann::json& json);

/// The whole number of that name, none when there is none. One that no int holds is given as the nearest, which is beyond
/// every bound there is, instead of being cut to one that is not.
std::optional<int> whole_in(const nlohmann::json& from, const char* name);

}  // namespace klotterkoll
