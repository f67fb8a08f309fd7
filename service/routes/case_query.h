#pragma once

#include "call.h"

namespace klotterkoll {

/// The filters that lists and streams of cases share.
inline constexpr std::initializer_list<std::string_view> kCaseFilters = {
    "state", "clock", "owner_id", "category", "due_before", "reported_from", "reported_to", "bbox", "near", "q"};

/// Reads the filters, with an owner kept to its own cases. Error{malformed} names the parameter.
CaseQuery read_case_query(const Call& call, Transaction& transaction, const Settings& settings, const Actor& actor);

}  // namespace klotterkoll
