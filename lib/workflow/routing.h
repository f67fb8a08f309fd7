#pragma once

#include <string>
#include <vector>

#include "domain/store.h"
#include "workflow/casework.h"

namespace klotterkoll {

/// Who must remove, and how that was found.
struct Routing {
  std::string owner_id;  ///< empty: nobody was found
  std::string rule;      ///< owner_given, designation, address_prefix or none
  std::string trace;     ///< see CaseRow::routing_trace
};

/// Looks for the owner of a place: the one given, else by designation, else by address, the longest prefix first.
/// Error{refused} at /owner_id when the given owner is not known.
Routing route(Transaction& transaction, const Settings& settings, const Place& place, const std::string& given_owner_id);

/// Gives a case that was just opened the owner that was found, if any, and keeps the trace. An owner given is assigned by
/// `by`, who gave it.
void assign_found(Casework& work, const Routing& found, const Actor& by, Instant now);

/// A line of a trace, taken apart.
struct TraceStep {
  std::string step, looked_at, result;
};
std::vector<TraceStep> read_trace(const std::string& trace);

}  // namespace klotterkoll
