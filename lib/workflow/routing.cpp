#include "workflow/routing.h"

#include <algorithm>

#include "base/error.h"
#include "domain/address.h"
#include "domain/designation.h"

namespace klotterkoll {
namespace {

void add_step(std::string& trace, const char* step, std::string looked_at, const std::string& result) {
  std::ranges::replace_if(looked_at, [](char c) { return c == '\t' || c == '\n'; }, ' ');
  trace += std::string{step} + '\t' + looked_at + '\t' + result + '\n';
}

}  // namespace

Routing route(Transaction& transaction, const Settings& settings, const Place& place, const std::string& given_owner_id) {
  const MunicipalityId municipality = settings.municipality.id;
  Routing found{"", "none", ""};
  if (!given_owner_id.empty()) {
    if (!transaction.owners().find(municipality, given_owner_id))
      throw Error{ErrorCode::refused, "There is no owner \"" + given_owner_id + "\" in " + settings.municipality.name + ".", "/owner_id"};
    add_step(found.trace, "owner_given", given_owner_id, given_owner_id);
    return {given_owner_id, "owner_given", found.trace};
  }
  const auto try_rule = [&](const char* rule, const std::string& looked_at, const auto& look_up) {
    if (!found.owner_id.empty() || looked_at.empty()) return;
    const std::optional<std::string> owner = look_up();
    add_step(found.trace, rule, looked_at, owner ? *owner : "no owner");
    if (owner) found.owner_id = *owner, found.rule = rule;
  };
  try_rule("designation", place.designation, [&] {
    return transaction.owners().by_designation(municipality, property_key(place.designation, settings.municipality.name));
  });
  try_rule("address_prefix", place.address, [&] { return transaction.owners().by_address(municipality, address_key(place.address)); });
  return found;
}

void assign_found(Casework& work, const Routing& found, const Actor& by, Instant now) {
  work.set_routing_trace(found.trace);
  if (found.owner_id.empty()) return;
  const Actor router{Role::system, 0, ""};
  work.record(assign(work.now(), found.owner_id, found.rule, found.rule == "owner_given" ? by : router, now));
}

std::vector<TraceStep> read_trace(const std::string& trace) {
  std::vector<TraceStep> steps;
  for (std::size_t at = 0; at < trace.size();) {
    const auto end = trace.find('\n', at), first = trace.find('\t', at), second = trace.find('\t', first + 1);
    steps.push_back({trace.substr(at, first - at), trace.substr(first + 1, second - first - 1), trace.substr(second + 1, end - second - 1)});
    at = end + 1;
  }
  return steps;
}

}  // namespace klotterkoll
