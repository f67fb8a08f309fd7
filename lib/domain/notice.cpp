#include "domain/notice.h"

#include <algorithm>

namespace klotterkoll {

std::vector<Concerned> concerned_by(const Event& event, const Escalation& escalation) {
  if (event.data.imported) return {};
  std::vector<Concerned> concerned;
  const auto tell_owner = [&](const std::string& owner_id) {
    if (owner_id.empty() || (event.by.role == Role::owner && event.owner_id == owner_id)) return;  // its own doing
    concerned.push_back({Audience::owner, owner_id});
  };
  const auto tell = [&](Audience audience) {
    if (audience == Audience::owner) return tell_owner(event.owner_id);
    if (audience != Audience::second_contact) concerned.push_back({audience, ""});
    else if (!event.owner_id.empty()) concerned.push_back({audience, event.owner_id});
  };
  switch (event.type) {
    case EventType::case_opened:
    case EventType::report_linked: tell(Audience::reporters); break;
    case EventType::case_assigned:
    case EventType::case_unassigned:
      tell_owner(event.data.former_owner_id.value_or(""));
      tell_owner(event.owner_id);
      break;
    case EventType::case_due_soon:
      std::ranges::for_each(event.data.last_warning ? escalation.last_warning : escalation.warning, tell);
      break;
    case EventType::case_overdue: std::ranges::for_each(escalation.overdue, tell); break;
    case EventType::case_merged:
    case EventType::merge_undone:
      if (event.data.target) tell_owner(event.owner_id);  // whose case goes, or comes back
      break;
    case EventType::case_rejected:
    case EventType::case_unattended:
    case EventType::hold_requested:
    case EventType::reopen_requested: tell(Audience::officers); break;
    case EventType::hold_started:
    case EventType::hold_refused:
    case EventType::hold_ended: tell_owner(event.owner_id); break;
    case EventType::removal_recorded:
    case EventType::case_dismissed:
    case EventType::case_not_removed:
    case EventType::removal_withdrawn:
    case EventType::case_reopened:
    case EventType::decision_undone:
      tell_owner(event.owner_id);
      tell(Audience::reporters);
      break;
    default: break;
  }
  return concerned;
}

std::chrono::seconds pause_after(int attempts, double chance, const DeliveryPace& pace) {
  std::chrono::seconds pause = pace.first_pause;
  for (int i = 1; i < attempts && pause < pace.longest_pause; ++i) pause *= 4;
  const auto whole = static_cast<double>(std::min(pause, pace.longest_pause).count());
  return std::max(std::chrono::seconds{1}, std::chrono::seconds{static_cast<std::int64_t>(whole * (0.8 + 0.4 * chance))});
}

std::chrono::seconds closed_for(int failures, const DeliveryPace& pace) {
  std::chrono::seconds closed = pace.first_closed;
  for (int i = kFailuresToClose; i < failures && closed < pace.longest_closed; ++i) closed *= 2;
  return std::min(closed, pace.longest_closed);
}

}  // namespace klotterkoll
