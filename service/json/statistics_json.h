#pragma once

#include <nlohmann/json_fwd.hpp>

#include "workflow/repeat_hits.h"
#include "workflow/statistics.h"

namespace klotterkoll {

/// Compliance as the API and the command line print it; rates in per cent with one decimal. `by` says whether the groups
/// are owners, which have their own rate beside them.
nlohmann::json compliance_to_json(const ComplianceReport& report, const std::string& municipality_code, GroupBy by);
/// What to bear in mind about the figures, a sentence each.
std::vector<std::string> compliance_notes(const ComplianceReport& report);
nlohmann::json stages_to_json(const std::array<Histogram, 5>& stages, Period period, bool preliminary, const std::string& municipality_code);
/// What removing has cost, by owner and method; `owner_id` none: of all owners.
nlohmann::json costs_to_json(const std::vector<CaseTable::Cost>& costs, Period period, const Settings& settings, Instant as_of,
                             const std::optional<std::string>& owner_id);
nlohmann::json hot_spots_to_json(const std::vector<HotSpot>& spots, Period period, const Settings& settings,
                                 const ReferenceCipher& references, Instant as_of);
nlohmann::json backlog_to_json(const Backlog& backlog, const Settings& settings, Instant as_of);

}  // namespace klotterkoll
