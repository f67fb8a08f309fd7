#include "domain/case.h"

#include <algorithm>
#include <cassert>

#include "base/error.h"
#include "domain/address.h"
#include "domain/compliance.h"
#include "domain/designation.h"

namespace klotterkoll {
namespace {

using std::chrono::seconds;

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

bool all_reports_by(const Case& folded, const std::string& party) {
  const auto same = [&](const auto& one) { return one.reporter == party; };
  return !party.empty() && std::ranges::all_of(folded.reports, same) && std::ranges::all_of(folded.merged_in, same);
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
  const HoldReckoning reckoned = reckon_holds(policy, limit, row.clock_started_at, folded.holds);
  const auto not_before = [&](Instant due) { return folded.due_not_before ? std::max(due, *folded.due_not_before) : due; };
  const Instant due_at = not_before(reckoned.due_at);
  if (due_at != row.due_at) {  // A moved deadline warns anew; one that is back where it was has warned already.
    const auto flagged = folded.flagged.find(due_at);
    row.checked_until = flagged == folded.flagged.end() ? folded.flags_from : std::max(folded.flags_from, flagged->second);
  }
  row.due_at = due_at;
  row.due_at_without_holds = not_before(reckoned.due_at_without_holds);
  const auto moments = warning_moments(policy, limit, row.due_at);
  row.warn_at = moments.empty() ? std::nullopt : std::optional{moments.front().at};
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
  row.own_due_at = deadline_for(policy, limit, *deciding->told_at, reckon_holds(policy, limit, row.clock_started_at, folded.holds).held);
}

/// The hold that runs or comes next: what has not ended by itself or by decision.
void derive_held(Case& folded) {
  CaseRow& row = folded.row;
  row.has_holds = !folded.holds.empty();
  row.held_from.reset();
  row.held_until.reset();
  for (const Hold& hold : folded.holds) {
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
  derive_held(folded);
  row.state = state_of(row);
  row.proactive = row.state == CaseState::removed && all_reports_by(folded, folded.remover);
  derive_deciding_owner(folded, policy);
  row.report_count = static_cast<int>(folded.reports.size());
  row.next_check_at = next_check(row, policy);
}

void add_report(Case& folded, const Event& event) {
  const EventData& data = event.data;
  const Instant reported_at = *data.reported_at;
  folded.reports.push_back({*data.report, reported_at, *data.received_at,
                            std::min(data.observed_at.value_or(reported_at), reported_at), data.reporter.value_or("")});
}

void set_owner(Case& folded, const Event& event, const std::string& owner_id) {
  CaseRow& row = folded.row;
  row.owner_id = owner_id;
  row.assigned_at = owner_id.empty() ? std::nullopt : std::optional{event.recorded_at};
  row.told_at.reset();
  row.routing_rule = event.data.rule.value_or("none");
  folded.tenures.push_back({event.recorded_at, owner_id, {}});
}

Hold* find_hold(Case& folded, HoldId id) {
  const auto at = std::ranges::find(folded.holds, id, &Hold::id);
  return at == folded.holds.end() ? nullptr : &*at;
}

void apply_hold(Case& folded, const Event& event) {
  const EventData& data = event.data;
  Hold* hold = find_hold(folded, *data.hold);
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
  const Instant due_before = row.due_at;
  if (data.category) row.category = *data.category;
  if (data.category_confirmed) row.category_confirmed = *data.category_confirmed;
  if (data.surface) row.surface = data.surface;
  if (data.object_type) row.object_type = data.object_type;
  if (!data.category && !data.category_confirmed) return;
  // A deadline that the category shortens is never before the end of the day of the change: nobody misses in retrospect.
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  if (reckon_holds(policy, limit, row.clock_started_at, folded.holds).due_at < due_before)
    folded.due_not_before = std::min(due_before, zone.last_second_of(zone.date_of(event.recorded_at)));
}

void clear_removal(CaseRow& row) {
  row.removed_at.reset();
  row.recorded_at.reset();
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
      // Told twice, by mail and by telephone, an owner knows since the first time.
      row.told_at = row.told_at ? std::min(*row.told_at, event.at) : event.at;
      if (!folded.tenures.empty()) folded.tenures.back().told_at = row.told_at;
      return true;
    case EventType::details_changed: apply_details(folded, event, zone, policy); return true;
    case EventType::hold_requested:
    case EventType::hold_started:
    case EventType::hold_ended:
    case EventType::hold_refused: apply_hold(folded, event); return true;
    case EventType::case_due_soon:
    case EventType::case_overdue:
      folded.flagged[*data.due_at] = std::max(folded.flagged[*data.due_at], event.at);
      if (*data.due_at == row.due_at) row.checked_until = std::max(row.checked_until, event.at);
      row.next_check_at = next_check(row, policy);
      return false;
    case EventType::removal_recorded:
    case EventType::removal_corrected:
      row.removed_at = data.removed_at;
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
    case EventType::police_reference_added: return true;  // the number itself is the row's own, like the place
    default: return false;
  }
}

Event make_event(const Case& current, EventType type, const Actor& by, Instant now, EventData data = {}) {
  Event event;
  event.case_id = current.row.id;
  event.type = type;
  event.at = now;
  event.recorded_at = now;
  event.by = by;
  event.data = std::move(data);
  return event;
}

void require_own(const CaseRow& row, const Actor& by) {
  if (by.role == Role::owner && (row.owner_id.empty() || row.owner_id != by.owner_id))
    throw Error{ErrorCode::forbidden, "This case belongs to another owner; ask the municipality if it should be yours."};
}

bool within_owners_time(const CaseRow& row, Instant now) {
  return row.recorded_at && now <= *row.recorded_at + kOwnerCorrects;
}

void require_owners_time(const CaseRow& row, const Actor& by, Instant now) {
  if (by.role == Role::owner && !within_owners_time(row, now))
    throw Error{ErrorCode::forbidden,
                "An owner corrects or withdraws a removal within 24 hours of recording it; after that the municipality does."};
}

Instant earliest_seen(const Case& current) {
  Instant earliest = current.reports.front().earliest_seen_at;
  const auto consider = [&](const auto& times) { earliest = std::min(earliest, times.earliest_seen_at); };
  std::ranges::for_each(current.reports, consider);
  std::ranges::for_each(current.merged_in, consider);
  return earliest;
}

}  // namespace

void set_place(CaseRow& row, Place place, const std::string& municipality_name) {
  row.address_key = address_key(place.address);
  row.designation_key = place.designation.empty() ? "" : designation_key(place.designation, municipality_name);
  row.place = std::move(place);
}

void apply(Case& folded, const Event& event, const Policy& policy, const TimeZone& zone) {
  if (!apply_fact(folded, event, policy, zone)) return;
  ++folded.row.version;
  derive(folded, policy);
}

Case replay(std::span<const Event> events, const Policies& policies, const TimeZone& zone) {
  if (events.empty() || events.front().type != EventType::case_opened)
    throw Error{ErrorCode::internal, "a case's history does not begin with case_opened"};
  const Policy& policy = policy_of_version(policies, *events.front().data.policy_version);
  Case folded;
  for (const Event& event : events) apply(folded, event, policy, zone);
  return folded;
}

bool allows(CaseState state, Action action) {
  const bool open = state == CaseState::unassigned || state == CaseState::assigned;
  switch (action) {
    case Action::assign:
    case Action::hold:
    case Action::change_details:
    case Action::add_police_reference:
    case Action::record_removal:
    case Action::dismiss:
    case Action::give_up:
    case Action::split: return open;
    case Action::unassign:
    case Action::reject: return state == CaseState::assigned;
    case Action::correct_removal:
    case Action::withdraw_removal:
    case Action::reopen:
    case Action::request_reopening: return state == CaseState::removed;
    case Action::undo_dismissal: return state == CaseState::dismissed;
    case Action::undo_giving_up: return state == CaseState::not_removed;
    case Action::merge: return open || state == CaseState::removed;
    case Action::undo_merge: return state == CaseState::merged;
  }
  return false;
}

void require(CaseState state, Action action) {
  if (allows(state, action)) return;
  std::string possible;
  for (std::size_t i = 0; i < names_of(Action{}).size(); ++i) {
    const auto other = static_cast<Action>(i);
    if (allows(state, other)) possible += (possible.empty() ? "" : ", ") + std::string{to_code(other)};
  }
  throw Error{ErrorCode::conflict, "The case is " + std::string{to_code(state)} + ", so \"" + std::string{to_code(action)} +
                                       "\" is not possible; possible now: " + possible + "."};
}

std::vector<Action> allowed_actions(const CaseRow& row, const Actor& actor, Instant now) {
  const auto may = [&](Action action) {
    switch (actor.role) {
      case Role::municipality: return action != Action::reject && action != Action::withdraw_removal;
      case Role::police: return action == Action::add_police_reference || action == Action::request_reopening;
      case Role::owner:
        if (row.owner_id.empty() || row.owner_id != actor.owner_id) return action == Action::request_reopening;
        if (action == Action::correct_removal || action == Action::withdraw_removal) return within_owners_time(row, now);
        return action == Action::reject || action == Action::record_removal || action == Action::request_reopening;
      default: return action == Action::request_reopening;
    }
  };
  std::vector<Action> actions;
  for (std::size_t i = 0; i < names_of(Action{}).size(); ++i) {
    const auto action = static_cast<Action>(i);
    const bool in_time = action != Action::request_reopening || (row.removed_at && now <= *row.removed_at + kReopenRequests);
    if (allows(row.state, action) && may(action) && in_time) actions.push_back(action);
  }
  return actions;
}

std::optional<ClockState> clock_of(const CaseRow& row, Instant now) {
  if (!row.open()) return std::nullopt;
  if (now > row.due_at) return ClockState::overdue;
  if (row.held_from && *row.held_from <= now && now < *row.held_until) return ClockState::held;
  if (row.warn_at && *row.warn_at <= now) return ClockState::due_soon;
  return ClockState::on_track;
}

std::optional<std::int64_t> hours_left(const CaseRow& row, Instant now) {
  if (!row.open()) return std::nullopt;
  return std::chrono::floor<std::chrono::hours>(row.due_at - now).count();
}

Event open_case(CaseId id, const Report& report, const Policy& policy, CaseId previous, const Actor& by) {
  Event event;
  event.case_id = id;
  event.type = EventType::case_opened;
  event.at = report.recorded_at;
  event.recorded_at = report.recorded_at;
  event.by = by;
  EventData& data = event.data;
  data.report = report.id;
  data.source = report.source;
  data.observed_at = report.observed_at;
  data.reported_at = report.reported_at;
  data.received_at = report.received_at;
  if (!report.reporter.empty()) data.reporter = report.reporter;
  data.policy_version = policy.version;
  data.category = report.category;
  // What a citizen chose is a proposal until an officer confirms it.
  data.category_confirmed = report.source != Source::citizen;
  data.surface = report.surface;
  data.object_type = report.object_type;
  if (previous) data.previous_case = previous;
  if (report.intake == Intake::import) {
    data.imported = true;
    event.at = report.received_at;
  }
  return event;
}

Event link_report(const Case& joined, const Report& report, const Actor& by) {
  if (!joined.row.open())
    throw Error{ErrorCode::conflict, "The case is " + std::string{to_code(joined.row.state)} +
                                         "; a report joins an open case. Send it without \"joins\" and it opens a new one."};
  Event event = make_event(joined, EventType::report_linked, by, report.recorded_at);
  event.visibility = Visibility::internal;
  event.data.report = report.id;
  event.data.source = report.source;
  event.data.observed_at = report.observed_at;
  event.data.reported_at = report.reported_at;
  event.data.received_at = report.received_at;
  if (!report.reporter.empty()) event.data.reporter = report.reporter;
  return event;
}

Event assign(const Case& current, const std::string& owner_id, const std::string& rule, const Actor& by, Instant now) {
  require(current.row.state, Action::assign);
  Event event = make_event(current, EventType::case_assigned, by, now);
  event.data.owner_id = owner_id;
  event.data.rule = rule;
  if (!current.row.owner_id.empty()) event.data.former_owner_id = current.row.owner_id;
  return event;
}

Event unassign(const Case& current, const Actor& by, Instant now) {
  require(current.row.state, Action::unassign);
  Event event = make_event(current, EventType::case_unassigned, by, now);
  event.data.former_owner_id = current.row.owner_id;
  return event;
}

Event reject(const Case& current, const std::string& reason, const std::string& suggested_owner_id, const Actor& by,
             Instant now) {
  require_own(current.row, by);
  require(current.row.state, Action::reject);
  Event event = make_event(current, EventType::case_rejected, by, now);
  event.data.former_owner_id = current.row.owner_id;
  event.data.reason = reason;
  if (!suggested_owner_id.empty()) event.data.suggested_owner_id = suggested_owner_id;
  return event;
}

std::optional<Event> record_removal(const Case& current, const Removal& given, const std::string& remover,
                                    const Actor& by, Instant now) {
  const CaseRow& row = current.row;
  require_own(row, by);
  const bool correcting = row.state == CaseState::removed;
  Removal removal = given;
  if (by.role != Role::municipality && by.role != Role::system) {
    if (removal.evidence_confirmed)
      throw Error{ErrorCode::forbidden, "Only the municipality confirms that there is evidence for a removal's date; leave it out."};
    removal.evidence_confirmed = correcting && row.evidence_confirmed && row.removed_at == removal.removed_at;
  }
  if (correcting && row.removed_at == removal.removed_at && row.method == removal.method && row.cost_sek == removal.cost_sek &&
      row.evidence_confirmed == removal.evidence_confirmed)
    return std::nullopt;
  require(row.state, correcting ? Action::correct_removal : Action::record_removal);
  if (correcting) require_owners_time(row, by, now);
  if (removal.removed_at > now)
    throw Error{ErrorCode::refused,
                "removed_at " + format_instant(removal.removed_at) + " lies in the future (it is now " + format_instant(now) +
                    "); record a removal when it is done.",
                "/removed_at"};
  const Instant earliest = earliest_seen(current) - kRemovalBeforeReport;
  if (removal.removed_at < earliest)
    throw Error{ErrorCode::refused,
                "removed_at " + format_instant(removal.removed_at) + " lies more than 30 days before the graffiti was first "
                    "seen or reported; the earliest possible is " + format_instant(earliest) + ". Check the year and month.",
                "/removed_at"};
  Event event = make_event(current, correcting ? EventType::removal_corrected : EventType::removal_recorded, by, now);
  event.at = removal.removed_at;
  event.data.removed_at = removal.removed_at;
  // A new date counts as entered now, so that a correction cannot smuggle a date past the rule against backdating.
  if (correcting && row.removed_at != removal.removed_at) event.data.redated = true;
  event.data.method = removal.method;
  event.data.cost_sek = removal.cost_sek;
  if (removal.evidence_confirmed) event.data.evidence_confirmed = true;
  if (!remover.empty()) event.data.remover = remover;
  return event;
}

Event undo_removal(const Case& current, const Actor& by, Instant now) {
  require_own(current.row, by);
  const bool owner = by.role == Role::owner;
  require(current.row.state, owner ? Action::withdraw_removal : Action::reopen);
  require_owners_time(current.row, by, now);
  return make_event(current, owner ? EventType::removal_withdrawn : EventType::case_reopened, by, now);
}

Event request_reopening(const Case& current, const Actor& by, Instant now) {
  require(current.row.state, Action::request_reopening);
  if (now > *current.row.removed_at + kReopenRequests)
    throw Error{ErrorCode::refused,
                "The graffiti was removed more than 14 days ago; report it anew, as new graffiti or graffiti that is still there."};
  Event event = make_event(current, EventType::reopen_requested, by, now);
  event.visibility = Visibility::internal;
  return event;
}

Event dismiss(const Case& current, DismissalReason reason, const Actor& by, Instant now) {
  require(current.row.state, Action::dismiss);
  Event event = make_event(current, EventType::case_dismissed, by, now);
  event.data.reason = std::string{to_code(reason)};
  return event;
}

Event give_up(const Case& current, NonRemovalReason reason, const Actor& by, Instant now) {
  require(current.row.state, Action::give_up);
  Event event = make_event(current, EventType::case_not_removed, by, now);
  event.data.reason = std::string{to_code(reason)};
  return event;
}

Event undo_decision(const Case& current, const Actor& by, Instant now) {
  if (current.row.state != CaseState::not_removed) require(current.row.state, Action::undo_dismissal);
  return make_event(current, EventType::decision_undone, by, now);
}

std::optional<Event> change_details(const Case& current, const Details& details, const Actor& by, Instant now) {
  const CaseRow& row = current.row;
  require(row.state, Action::change_details);
  Event event = make_event(current, EventType::details_changed, by, now);
  bool changed = details.place_changed;
  if (details.place_changed) event.data.place_changed = true;
  const auto note = [&](const auto& wanted, const auto& present, auto& member) {
    if (wanted && wanted != present) member = wanted, changed = true;
  };
  note(details.category, std::optional{row.category}, event.data.category);
  note(details.surface, row.surface, event.data.surface);
  note(details.object_type, row.object_type, event.data.object_type);
  if (details.category && !row.category_confirmed) event.data.category_confirmed = true, changed = true;
  if (!changed) return std::nullopt;
  return event;
}

Event add_police_reference(const Case& current, const Actor& by, Instant now) {
  require(current.row.state, Action::add_police_reference);
  Event event = make_event(current, EventType::police_reference_added, by, now);
  event.visibility = Visibility::internal;
  return event;
}

MergeEvents merge(const Case& current, const Case& target, const Actor& by, Instant now) {
  require(current.row.state, Action::merge);
  if (current.row.id == target.row.id) throw Error{ErrorCode::refused, "A case cannot be merged into itself.", "/into"};
  if (current.row.id.municipality() != target.row.id.municipality())
    throw Error{ErrorCode::not_found, "There is no such case to merge into.", "/into"};
  if (!allows(target.row.state, Action::merge))
    throw Error{ErrorCode::refused, "The case to merge into is " + std::string{to_code(target.row.state)} +
                                        "; merge into an open or a removed one.", "/into"};
  MergeEvents events{make_event(current, EventType::case_merged, by, now), renew_merge(current, target, by, now)};
  events.on_case.data.target = target.row.id;
  return events;
}

Event renew_merge(const Case& merged, const Case& target, const Actor& by, Instant now) {
  Event event = make_event(target, EventType::case_merged, by, now);
  EventData& brought = event.data;
  brought.from = merged.row.id;
  brought.reported_at = merged.row.first_reported_at;
  brought.received_at = merged.row.first_received_at;
  brought.observed_at = earliest_seen(merged);
  const std::string& party = merged.reports.front().reporter;
  if (all_reports_by(merged, party)) brought.reporter = party;
  return event;
}

MergeEvents undo_merge(const Case& current, const Case& target, const Actor& by, Instant now) {
  require(current.row.state, Action::undo_merge);
  assert(current.row.merged_into == target.row.id && "the caller loads the case it was merged into");
  MergeEvents events{make_event(current, EventType::merge_undone, by, now), make_event(target, EventType::merge_undone, by, now)};
  events.on_case.data.target = target.row.id;
  events.on_target.data.from = current.row.id;
  return events;
}

namespace {

Event make_hold_event(const Case& current, EventType type, HoldId id, const Actor& by, Instant now) {
  require(current.row.state, Action::hold);
  Event event = make_event(current, type, by, now);
  event.data.hold = id;
  return event;
}

Event new_hold_event(const Case& current, EventType type, HoldId id, HoldReason reason, Instant until, const Actor& by,
                     Instant now) {
  Event event = make_hold_event(current, type, id, by, now);
  event.data.reason = std::string{to_code(reason)};
  event.data.starts_at = now;
  event.data.until = until;
  return event;
}

}  // namespace

Event request_hold(const Case& current, HoldId id, HoldReason reason, Instant until, const Actor& by, Instant now) {
  require_own(current.row, by);
  return new_hold_event(current, EventType::hold_requested, id, reason, until, by, now);
}

Event start_hold(const Case& current, HoldId id, HoldReason reason, Instant until, const Actor& by, Instant now) {
  return new_hold_event(current, EventType::hold_started, id, reason, until, by, now);
}

Event decide_hold(const Case& current, HoldId id, bool granted, const Actor& by, Instant now) {
  const auto hold = std::ranges::find(current.holds, id, &Hold::id);
  if (hold == current.holds.end() || hold->status != HoldStatus::requested)
    throw Error{ErrorCode::conflict, "There is no request for this pause that waits for a decision."};
  return make_hold_event(current, granted ? EventType::hold_started : EventType::hold_refused, id, by, now);
}

Event end_hold(const Case& current, HoldId id, const Actor& by, Instant now) {
  const auto hold = std::ranges::find(current.holds, id, &Hold::id);
  if (hold == current.holds.end() || hold->status != HoldStatus::granted || hold->ended_at)
    throw Error{ErrorCode::conflict, "There is no running pause to end."};
  Event event = make_hold_event(current, EventType::hold_ended, id, by, now);
  event.at = std::min(now, hold->until);
  return event;
}

std::optional<Flag> flag_due(const CaseRow& row, const Policy& policy, Instant as_of) {
  if (!row.open()) return std::nullopt;
  const Instant breach = row.due_at + seconds{1};
  if (breach <= as_of)
    return breach > row.checked_until ? std::optional{Flag{EventType::case_overdue, -1, breach}} : std::nullopt;
  std::optional<Flag> last;
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  for (const auto& moment : warning_moments(policy, limit, row.due_at))
    if (moment.at > row.checked_until && moment.at <= as_of) last = Flag{EventType::case_due_soon, moment.index, moment.at};
  return last;
}

std::optional<Instant> next_check(const CaseRow& row, const Policy& policy) {
  if (!row.open()) return std::nullopt;
  std::optional<Instant> next;
  const auto consider = [&](Instant moment) {
    if (!next || moment < *next) next = moment;
  };
  const Instant breach = row.due_at + seconds{1};
  if (breach > row.checked_until) {
    consider(breach);
    const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
    for (const auto& moment : warning_moments(policy, limit, row.due_at))
      if (moment.at > row.checked_until) consider(moment.at);
  }
  if (row.held_until) consider(*row.held_until);
  return next;
}

}  // namespace klotterkoll
