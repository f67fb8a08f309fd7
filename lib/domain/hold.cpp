#include "domain/hold.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/error.h"

namespace klotterkoll {

HoldReckoning reckon_holds(const Policy& policy, const Limit& limit, Instant started_at,
                           std::span<const Hold> holds, std::span<const FormerLimit> former) {
  HoldReckoning reckoning;
  reckoning.due_at = reckoning.due_at_without_holds = deadline_for(policy, limit, started_at, {}, former);
  std::vector<Hold> granted;
  std::ranges::copy_if(holds, std::back_inserter(granted),
                       [](const Hold& hold) { return hold.status == HoldStatus::granted; });
  std::ranges::sort(granted, {}, [](const Hold& hold) { return std::pair{hold.starts_at, hold.id}; });
  for (const auto& hold : granted) {
    if (hold.starts_at > reckoning.due_at) {
      reckoning.too_late.push_back(hold.id);
      continue;
    }
    if (hold.decided_at && *hold.decided_at > reckoning.due_at) reckoning.granted_late.push_back(hold.id);
    reckoning.held.push_back({hold.starts_at, hold.ends_at(), hold.reason});
    reckoning.due_at = deadline_for(policy, limit, started_at, reckoning.held, former);
  }
  return reckoning;
}

void validate_hold(const Policy& policy, Role by, HoldReason reason, Instant starts_at,
                   std::optional<Instant> until) {
  const bool by_police = by == Role::police;
  const std::chrono::hours cap = std::chrono::days{policy.hold_cap_days};
  const auto longest = by_police ? std::min(cap, kMaxPoliceHold) : cap;
  const auto local = [&](Instant at) { return format_local(at, TimeZone{policy.time_zone}); };

  std::vector<Fault> faults;
  if (by_police && reason != HoldReason::evidence)
    faults.push_back(
        {"/reason", "The police may hold a case only to secure evidence; the reason must be \"evidence\"."});
  if (!until)
    faults.push_back({"/until", "A hold needs an end; say until when the owner cannot act."});
  else if (*until <= starts_at)
    faults.push_back({"/until", "A hold must end after it begins, which is " + local(starts_at) + "."});
  else if (cap == cap.zero())
    faults.push_back({"/until", "The municipality's policy allows no holds."});
  else if (*until > starts_at + longest)
    faults.push_back({"/until", std::string{by_police ? "A hold by the police" : "A hold"} +
                                    " may last at most " + std::to_string(longest / std::chrono::days{1}) +
                                    " days, here until " + local(starts_at + longest) + "."});
  if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
}

}  // namespace klotterkoll
