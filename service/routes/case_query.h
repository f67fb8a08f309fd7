#pragma once

#include "call.h"

namespace klotterkoll {

/// Refuses parameters other than the filters that lists and streams of cases share, and, for lists, their paging.
void allow_case_filters(const Call& call, bool list);

/// Reads the filters, with an owner kept to its own cases. Error{malformed} names the parameter.
CaseQuery read_case_query(const Call& call, Transaction& transaction, const Settings& settings, const Actor& actor);

}  // namespace klotterkoll
