// How a case follows from its history; what may be done to one is in case.cpp.

#include "domain/case.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "domain/address.h"
#include "domain/compliance.h"
#include "domain/designation.h"

namespace klotterkoll {
namespace {

/// The state follows from the facts, the last decision first.
CaseState state_of(const CaseRow& row) {
  if (row.merged_into) return CaseState::merged;
  if (row.dismissal) return CaseState::dismissed;
  if (row.non_removal) return CaseState::not_removed;
  if (row.removed_at) return CaseState::removed;
  return row.owner_id.empty() ? CaseState::unassigned : CaseState::assigned;
}

/// Who answers for the outcome: the owner at the deciding moment. What is on time was decided by who removed it; a miss
/// was decided when the deadline passed (or when it was given up before that), whoever got the case afterwards. A removal
/// that counts as late because it was entered too late is a miss as well. Null when nobody had the case then.
const Case::Tenure* deciding_tenure(const Case& folded, const Policy& policy) {
  const CaseRow& row = folded.row;
  const Outcome outcome = judge(row, policy).outcome;
  const bool by_remover = outcome == Outcome::on_time || outcome == Outcome::proactive;
  const Instant moment = row.decided_at ? std::min(row.due_at, *row.decided_at) : row.due_at;
  const Case::Tenure* deciding = nullptr;
  for (const auto& tenure : folded.tenures)
    if (by_remover || tenure.from <= moment) deciding = &tenure;
  return deciding;
}

void derive_start(Case& folded, const Policy& policy) {
  CaseRow& row = folded.row;
  row.first_reported_at = folded.reports.front().reported_at;
  row.first_received_at = folded.reports.front().received_at;
  const auto consider = [&](const auto& times) {
    row.first_reported_at = std::min(row.first_reported_at, times.reported_at);
    row.first_received_at = std::min(row.first_received_at, times.received_at);
  };
  std::ranges::for_each(folded.reports, consider);
  std::ranges::for_each(folded.merged_in, consider);
  row.clock_started_at = policy.starts_from == StartsFrom::reported ? row.first_reported_at : row.first_received_at;
  if (!folded.imported) folded.flags_from = row.clock_started_at;
}

void derive_deadline(Case& folded, const Policy& policy) {
  CaseRow& row = folded.row;
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  const HoldReckoning reckoned = reckon_holds(policy, limit, row.clock_started_at, folded.holds, folded.former_limits);
  if (reckoned.due_at != row.due_at) {  // A moved deadline warns anew; one that is back where it was has warned already.
    const auto flagged = folded.flagged.find(reckoned.due_at);
    row.checked_until = flagged == folded.flagged.end() ? folded.flags_from : std::max(folded.flags_from, flagged->second);
  }
  row.due_at = reckoned.due_at;
  row.due_at_without_holds = reckoned.due_at_without_holds;
  // A warning that lay before the start was never one: a case is not nearly due before it exists.
  row.warn_at.reset();
  for (const WarningMoment& moment : warning_moments(policy, limit, row.due_at))
    if (!row.warn_at && moment.at > row.clock_started_at) row.warn_at = moment.at;
}

/// Who is judged, and by which deadline of its own. The state and the deadline must have been derived.
void derive_deciding_owner(Case& folded, const Policy& policy) {
  CaseRow& row = folded.row;
  row.deciding_owner_id.clear();
  row.own_due_at.reset();
  const Case::Tenure* const deciding = deciding_tenure(folded, policy);
  if (!deciding) return;
  row.deciding_owner_id = deciding->owner_id;
  if (!deciding->told_at) return;
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  const HoldReckoning reckoned = reckon_holds(policy, limit, row.clock_started_at, folded.holds, folded.former_limits);
  row.own_due_at = deadline_for(policy, limit, *deciding->told_at, reckoned.held, folded.former_limits);
}

/// The hold that runs or comes next: what has not ended by itself or by decision.
void derive_held(Case& folded) {
  CaseRow& row = folded.row;
  row.has_holds = !folded.holds.empty();
  row.hold_requested_at.reset();
  row.held_from.reset();
  row.held_until.reset();
  for (const Hold& hold : folded.holds) {
    if (hold.status == HoldStatus::requested && row.open() && (!row.hold_requested_at || hold.requested_at < *row.hold_requested_at))
      row.hold_requested_at = hold.requested_at;
    if (hold.status != HoldStatus::granted || hold.ended_at) continue;
    if (!row.held_from || hold.starts_at < *row.held_from) {
      row.held_from = hold.starts_at;
      row.held_until = hold.until;
    }
  }
}

void derive(Case& folded, const Policy& policy) {
  CaseRow& row = folded.row;
  derive_start(folded, policy);
  derive_deadline(folded, policy);
  row.state = state_of(row);
  derive_held(folded);
  row.proactive = row.state == CaseState::removed && all_reports_by(folded, folded.remover);
  derive_deciding_owner(folded, policy);
  row.report_count = static_cast<int>(folded.reports.size());
  row.merged_count = static_cast<int>(folded.merged_in.size());
}

void add_report(Case& folded, const Event& event) {
  const EventData& data = event.data;
  const Instant reported_at = *data.reported_at;
  folded.reports.push_back({*data.report, reported_at, *data.received_at,
                            std::min(data.observed_at.value_or(reported_at), reported_at), data.reporter.value_or(""),
                            event.by});
}

void set_owner(Case& folded, const Event& event, const std::string& owner_id) {
  CaseRow& row = folded.row;
  if (row.owner_id != owner_id) row.former_owner_id = row.owner_id;
  row.owner_id = owner_id;
  row.assigned_at = owner_id.empty() ? std::nullopt : std::optional{event.recorded_at};
  row.told_at.reset();
  row.attention.reset();
  row.routing_rule = event.data.rule.value_or("none");
  folded.tenures.push_back({event.recorded_at, owner_id, {}, {}});
}

/// The present tenure; before anybody had the case, nobody's, from its beginning.
Case::Tenure& present_tenure(Case& folded) {
  if (folded.tenures.empty()) folded.tenures.push_back({folded.row.opened_at, "", {}, {}});
  return folded.tenures.back();
}

/// The owner knows, by that way and since then. Told twice, by mail and by telephone, it knows since the first time.
void set_told(Case& folded, const Event& event) {
  Case::Tenure& tenure = present_tenure(folded);
  folded.row.attention.reset();
  if (tenure.told_at && *tenure.told_at <= event.at) return;
  tenure.told_at = folded.row.told_at = event.at;
  tenure.told_by = event.data.channel ? code_from<Channel>(*event.data.channel) : std::nullopt;
}

/// True when the owner, told by mail, turns out not to have been; the list that officers see is no change of the case.
bool set_unattended(Case& folded, const Event& event) {
  Case::Tenure& tenure = present_tenure(folded);
  folded.row.attention = code_from<Attention>(*event.data.reason);
  if (folded.row.attention == Attention::unassigned || folded.row.attention == Attention::silent) tenure.unattended = true;
  if (folded.row.attention != Attention::bounced || tenure.told_by != Channel::mail) return false;
  tenure.told_at.reset();
  tenure.told_by.reset();
  folded.row.told_at.reset();
  return true;
}

/// Whatever an owner does with its own case, even a word, is a sign that it has seen it.
void note_sign(Case& folded, const Event& event) {
  using enum EventType;
  constexpr std::array signs{comment_added, hold_requested, hold_ended, removal_recorded, removal_corrected, removal_withdrawn,
                             external_reference_set};
  if (event.by.role != Role::owner || folded.tenures.empty() || std::ranges::find(signs, event.type) == signs.end()) return;
  folded.tenures.back().gave_sign = true;
  if (folded.row.attention == Attention::silent) folded.row.attention.reset();
}

/// When officers are to be told that nobody acts; never of what was past when history was imported.
void derive_attention(Case& folded, const Policy& policy) {
  CaseRow& row = folded.row;
  row.unattended_at.reset();
  if (!row.open()) {
    row.attention.reset();
    return;
  }
  const Case::Tenure none{row.opened_at, "", {}, {}};
  const Case::Tenure& tenure = folded.tenures.empty() ? none : folded.tenures.back();
  const Escalation& escalation = policy.escalation;
  if (tenure.unattended || tenure.gave_sign) return;
  if (row.owner_id.empty()) {
    if (escalation.unassigned_after.count() > 0) row.unattended_at = tenure.from + escalation.unassigned_after;
  } else if (escalation.silent_after_percent > 0 && row.due_at > tenure.from) {
    row.unattended_at = tenure.from + (row.due_at - tenure.from) * escalation.silent_after_percent / 100;
  }
  if (row.unattended_at && folded.imported && *row.unattended_at <= folded.flags_from) row.unattended_at.reset();
}

Hold* find_hold(Case& folded, HoldId id) {
  const auto at = std::ranges::find(folded.holds, id, &Hold::id);
  return at == folded.holds.end() ? nullptr : &*at;
}

void apply_hold(Case& folded, const Event& event) {
  const EventData& data = event.data;
  Hold* hold = find_hold(folded, *data.hold);
  if (hold && event.type != EventType::hold_ended) hold->decided_at = event.recorded_at;
  if (!hold) {
    folded.holds.push_back({});
    hold = &folded.holds.back();
    hold->id = *data.hold;
    hold->requested_at = event.at;
    hold->starts_at = data.starts_at.value_or(event.at);
    hold->by = event.by.role;
    if (data.reason) hold->reason = code_from<HoldReason>(*data.reason).value_or(hold->reason);
    if (data.until) hold->until = *data.until;
  }
  switch (event.type) {
    case EventType::hold_requested: hold->status = HoldStatus::requested; break;
    case EventType::hold_started: hold->status = HoldStatus::granted; break;
    case EventType::hold_refused: hold->status = HoldStatus::refused; break;
    default: hold->ended_at = event.at; break;
  }
}

void apply_details(Case& folded, const Event& event, const TimeZone& zone, const Policy& policy) {
  CaseRow& row = folded.row;
  const EventData& data = event.data;
  const Limit before = policy.limit_for(row.category, row.category_confirmed);
  if (data.category) row.category = *data.category;
  if (data.category_confirmed) row.category_confirmed = *data.category_confirmed;
  if (data.surface) row.surface = data.surface;
  if (data.object_type) row.object_type = data.object_type;
  if (data.place_changed.value_or(false)) row.district_id = data.district_id.value_or("");
  if (policy.limit_for(row.category, row.category_confirmed) != before)
    folded.former_limits.push_back({before, zone.date_of(event.recorded_at)});
}

void clear_removal(CaseRow& row) {
  row.removed_at.reset();
  row.recorded_at.reset();
  row.removal_entered_at.reset();
  row.method.reset();
  row.cost_sek.reset();
  row.evidence_confirmed = false;
}

void open_from(Case& folded, const Event& event) {
  const EventData& data = event.data;
  CaseRow& row = folded.row;
  row.id = event.case_id;
  row.version = 0;  // the step below makes it 1
  row.source = *data.source;
  row.category = *data.category;
  row.category_confirmed = data.category_confirmed.value_or(false);
  row.surface = data.surface;
  row.object_type = data.object_type;
  row.policy_version = *data.policy_version;
  row.opened_at = event.at;
  row.previous_case = data.previous_case.value_or(CaseId{});
  row.split_from = data.from.value_or(CaseId{});
  row.district_id = data.district_id.value_or("");
  row.routing_rule = "none";
  folded.imported = data.imported.value_or(false);
  if (folded.imported) folded.flags_from = event.recorded_at;
  add_report(folded, event);
}

/// Applies the fact itself; false when it changes nothing of the case.
bool apply_fact(Case& folded, const Event& event, const Policy& policy, const TimeZone& zone) {
  CaseRow& row = folded.row;
  const EventData& data = event.data;
  switch (event.type) {
    case EventType::case_opened: open_from(folded, event); return true;
    case EventType::report_linked: add_report(folded, event); return true;
    case EventType::case_assigned: set_owner(folded, event, *data.owner_id); return true;
    case EventType::case_unassigned:
    case EventType::case_rejected: set_owner(folded, event, ""); return true;
    case EventType::owner_told:
      set_told(folded, event);
      return true;
    case EventType::case_unattended:
      return set_unattended(folded, event);
    case EventType::details_changed: apply_details(folded, event, zone, policy); return true;
    case EventType::hold_requested:
    case EventType::hold_started:
    case EventType::hold_ended:
    case EventType::hold_refused: apply_hold(folded, event); return true;
    case EventType::case_due_soon:
    case EventType::case_overdue:
      folded.flagged[*data.due_at] = std::max(folded.flagged[*data.due_at], event.at);
      if (*data.due_at == row.due_at) row.checked_until = std::max(row.checked_until, event.at);
      return false;
    case EventType::removal_recorded:
    case EventType::removal_corrected:
      row.removed_at = data.removed_at;
      if (event.type == EventType::removal_recorded) row.removal_entered_at = event.recorded_at;
      // The first entry is when it was recorded: correcting a note later does not make an honest date a late one.
      if (event.type == EventType::removal_recorded || !row.recorded_at) row.recorded_at = event.recorded_at;
      if (event.type == EventType::removal_corrected && data.redated.value_or(false)) row.recorded_at = event.recorded_at;
      row.method = data.method;
      row.cost_sek = data.cost_sek;
      row.evidence_confirmed = data.evidence_confirmed.value_or(false);
      folded.remover = data.remover.value_or("");
      return true;
    case EventType::removal_withdrawn:
    case EventType::case_reopened: clear_removal(row); return true;
    case EventType::case_dismissed:
      row.dismissal = code_from<DismissalReason>(*data.reason);
      row.decided_at = event.recorded_at;
      return true;
    case EventType::case_not_removed:
      row.non_removal = code_from<NonRemovalReason>(*data.reason);
      row.decided_at = event.recorded_at;
      return true;
    case EventType::decision_undone:
      row.dismissal.reset();
      row.non_removal.reset();
      row.decided_at.reset();
      return true;
    case EventType::case_merged:
      if (data.target) {
        row.merged_into = *data.target;
        row.decided_at = event.recorded_at;
      } else {
        std::erase_if(folded.merged_in, [&](const auto& link) { return link.from == *data.from; });
        folded.merged_in.push_back({*data.from, *data.reported_at, *data.received_at, data.observed_at.value_or(*data.reported_at),
                                    data.reporter.value_or("")});
      }
      return true;
    case EventType::merge_undone:
      if (data.target) {
        row.merged_into = {};
        row.decided_at.reset();
      } else {
        std::erase_if(folded.merged_in, [&](const auto& link) { return link.from == *data.from; });
      }
      return true;
    case EventType::photo_added: ++row.photo_count; return true;
    case EventType::photo_released: return true;  // what is seen of the case is another
    case EventType::redacted:
      if (!data.photo) return false;
      --row.photo_count;
      return true;
    case EventType::police_reference_added:
    case EventType::external_reference_set: return true;  // the number itself is the row's own, like the place
    default: return false;
  }
}

}  // namespace

Instant earliest_seen(const Case& told) {
  Instant earliest = told.reports.front().earliest_seen_at;
  const auto consider = [&](const auto& times) { earliest = std::min(earliest, times.earliest_seen_at); };
  std::ranges::for_each(told.reports, consider);
  std::ranges::for_each(told.merged_in, consider);
  return earliest;
}

bool all_reports_by(const Case& told, const std::string& party) {
  const auto same = [&](const auto& one) { return one.reporter == party; };
  return !party.empty() && std::ranges::all_of(told.reports, same) && std::ranges::all_of(told.merged_in, same);
}

void set_place(CaseRow& row, Place place, const std::string& municipality_name) {
  row.address_key = address_key(place.address);
  row.designation_key = place.designation.empty() ? "" : designation_key(place.designation, municipality_name);
  row.place = std::move(place);
  row.point_derived = false;
}

Place told_place(const CaseRow& row) {
  Place place = row.place;
  if (row.point_derived) place.point.reset();
  return place;
}

void apply(Case& folded, const Event& event, const Policy& policy, const TimeZone& zone) {
  const bool changes = apply_fact(folded, event, policy, zone);
  note_sign(folded, event);
  if (changes) {
    ++folded.row.version;
    derive(folded, policy);
  }
  derive_attention(folded, policy);
  folded.row.next_check_at = next_check(folded.row, policy);
}

Case replay(std::span<const Event> events, const Policies& policies, const TimeZone& zone) {
  if (events.empty() || events.front().type != EventType::case_opened)
    throw Error{ErrorCode::internal, "a case's history does not begin with case_opened"};
  const Policy& policy = policy_of_version(policies, *events.front().data.policy_version);
  Case folded;
  for (const Event& event : events) apply(folded, event, policy, zone);
  return folded;
}

}  // namespace klotterkoll
