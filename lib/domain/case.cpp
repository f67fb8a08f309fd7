#include "domain/case.h"

#include <algorithm>
#include <cassert>

#include "base/error.h"

namespace klotterkoll {
namespace {

using std::chrono::seconds;

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

/// What all reports of a case together bring to another: the earliest times, and the party when all are by one.
void bring_start(const Case& current, EventData& brought) {
  brought.from = current.row.id;
  brought.reported_at = current.row.first_reported_at;
  brought.received_at = current.row.first_received_at;
  brought.observed_at = earliest_seen(current);
  const std::string& party = current.reports.front().reporter;
  if (all_reports_by(current, party)) brought.reporter = party;
}

bool within_owners_time(const CaseRow& row, Instant now) {
  return row.removal_entered_at && now <= *row.removal_entered_at + kOwnerCorrects;
}

void require_owners_time(const CaseRow& row, const Actor& by, Instant now) {
  if (by.role == Role::owner && !within_owners_time(row, now))
    throw Error{ErrorCode::forbidden,
                "An owner corrects or withdraws a removal within 24 hours of recording it; after that the municipality does."};
}

}  // namespace

void require_own(const CaseRow& row, const Actor& by) {
  if (by.role == Role::owner && (row.owner_id.empty() || row.owner_id != by.owner_id))
    throw Error{ErrorCode::forbidden, "This case belongs to another owner; ask the municipality if it should be yours."};
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
        return action == Action::reject || action == Action::hold || action == Action::record_removal ||
               action == Action::request_reopening;
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

Event open_case(CaseId id, const Report& report, const Policy& policy, CaseId previous, const std::string& district_id, const Actor& by) {
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
  if (!district_id.empty()) data.district_id = district_id;
  if (report.intake == Intake::import) {
    data.imported = true;
    event.at = report.received_at;
  }
  return event;
}

Event link_report(const Case& joined, const Report& report, const Actor& by, bool to_removed) {
  if (!joined.row.open() && !(to_removed && joined.row.state == CaseState::removed))
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
      row.evidence_confirmed == removal.evidence_confirmed && !removal.other_note)
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
  if (details.place_changed) {
    event.data.place_changed = true;
    if (!details.district_id.empty()) event.data.district_id = details.district_id;
  }
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
  if (target.row.removed_at && earliest_seen(current) > *target.row.removed_at)
    throw Error{ErrorCode::refused, "The case to merge into was removed before this graffiti was first seen or reported, so it is another; "
                                    "they are linked as hits of one surface.", "/into"};
  MergeEvents events{make_event(current, EventType::case_merged, by, now), renew_merge(current, target, by, now)};
  events.on_case.data.target = target.row.id;
  return events;
}

Event renew_merge(const Case& merged, const Case& target, const Actor& by, Instant now) {
  Event event = make_event(target, EventType::case_merged, by, now);
  bring_start(merged, event.data);
  return event;
}

SplitEvents split(const Case& current, CaseId id, const std::string& district_id, const Actor& by, Instant now) {
  require(current.row.state, Action::split);
  SplitEvents events{make_event(current, EventType::case_split, by, now), make_event(current, EventType::case_opened, by, now)};
  events.on_case.data.target = id;
  events.opened.case_id = id;
  EventData& data = events.opened.data;
  bring_start(current, data);
  data.report = current.reports.front().report;
  data.source = current.row.source;
  data.policy_version = current.row.policy_version;
  data.category = current.row.category;
  data.category_confirmed = current.row.category_confirmed;
  data.surface = current.row.surface;
  data.object_type = current.row.object_type;
  if (!district_id.empty()) data.district_id = district_id;
  return events;
}

Event share_report(const Case& split_off, const Report& report, const Actor& by, Instant now) {
  assert(split_off.row.split_from && "only what was split off shares the reports of another case");
  Event event = link_report(split_off, report, by);
  event.at = event.recorded_at = now;
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

/// Each reckoning of the deadline goes through all of them.
constexpr std::size_t kMostHolds = 20;

Event make_hold_event(const Case& current, EventType type, HoldId id, HoldReason reason, const Actor& by, Instant now) {
  require(current.row.state, Action::hold);
  Event event = make_event(current, type, by, now);
  event.data.hold = id;
  // Whoever painted it need not learn that the police secure traces, nor when they have.
  if (reason == HoldReason::evidence) event.visibility = Visibility::internal;
  return event;
}

Event new_hold_event(const Case& current, const Policy& policy, EventType type, HoldId id, HoldReason reason,
                     std::optional<Instant> until, const Actor& by, Instant now) {
  Event event = make_hold_event(current, type, id, reason, by, now);
  if (current.holds.size() >= kMostHolds)
    throw Error{ErrorCode::refused, "A case has at most " + std::to_string(kMostHolds) + " pauses and requests for one.", "/until"};
  validate_hold(policy, by.role, reason, now, until);
  event.data.reason = std::string{to_code(reason)};
  event.data.starts_at = now;
  event.data.until = until;
  return event;
}

bool is_municipality(const Actor& by) { return by.role == Role::municipality || by.role == Role::system; }

bool reported(const Case& current, const Actor& by) {
  return std::ranges::any_of(current.reports, [&](const auto& report) { return report.by == by; });
}

}  // namespace

Event request_hold(const Case& current, const Policy& policy, HoldId id, HoldReason reason, std::optional<Instant> until,
                   const Actor& by, Instant now) {
  require_own(current.row, by);
  if (by.role != Role::owner) throw Error{ErrorCode::forbidden, "Only the owner of a case asks for a pause of it."};
  return new_hold_event(current, policy, EventType::hold_requested, id, reason, until, by, now);
}

Event start_hold(const Case& current, const Policy& policy, HoldId id, HoldReason reason, std::optional<Instant> until,
                 const Actor& by, Instant now, bool reported_it) {
  if (by.role == Role::police && !reported_it && !reported(current, by))
    throw Error{ErrorCode::forbidden, "The police pause a case that they reported themselves; ask the municipality."};
  if (by.role != Role::police && !is_municipality(by))
    throw Error{ErrorCode::forbidden, "Only the municipality pauses a case, and the police one that they reported; ask for the pause."};
  Event event = new_hold_event(current, policy, EventType::hold_started, id, reason, until, by, now);
  if (by.role == Role::police) {
    std::chrono::seconds held{0};
    for (const Hold& hold : current.holds)
      if (hold.by == Role::police && hold.status == HoldStatus::granted) held += hold.ends_at() - hold.starts_at;
    if (held + (*until - now) > kMaxPoliceHold)
      throw Error{ErrorCode::refused, "The police may hold a case for at most 48 hours in all; " +
                                          std::to_string(std::max<std::int64_t>(0, std::chrono::floor<std::chrono::hours>(kMaxPoliceHold - held).count())) +
                                          " are left. Ask the municipality for more.", "/until"};
  }
  return event;
}

Event decide_hold(const Case& current, HoldId id, bool granted, const Actor& by, Instant now) {
  if (!is_municipality(by)) throw Error{ErrorCode::forbidden, "Only the municipality decides on a pause."};
  const auto hold = std::ranges::find(current.holds, id, &Hold::id);
  if (hold == current.holds.end() || hold->status != HoldStatus::requested)
    throw Error{ErrorCode::conflict, "There is no request for this pause that waits for a decision."};
  return make_hold_event(current, granted ? EventType::hold_started : EventType::hold_refused, id, hold->reason, by, now);
}

Event end_hold(const Case& current, HoldId id, const Actor& by, Instant now, bool reported_it) {
  require_own(current.row, by);
  const auto hold = std::ranges::find(current.holds, id, &Hold::id);
  if (hold == current.holds.end() || hold->status != HoldStatus::granted || hold->ended_at)
    throw Error{ErrorCode::conflict, "There is no running pause to end."};
  if (!is_municipality(by) && (hold->by != by.role || (by.role == Role::police && !reported_it && !reported(current, by))))
    throw Error{ErrorCode::forbidden, "A pause is ended by who asked for it or made it, or by the municipality."};
  Event event = make_hold_event(current, EventType::hold_ended, id, hold->reason, by, now);
  event.at = std::min(now, hold->until);
  return event;
}

std::optional<Event> tell_owner(const Case& current, Channel channel, Instant told_at, const Actor& by, Instant now) {
  const CaseRow& row = current.row;
  if (row.state != CaseState::assigned)
    throw Error{ErrorCode::conflict, "The case is " + std::string{to_code(row.state)} + ": there is no owner to be told of it."};
  if (told_at > now) throw Error{ErrorCode::refused, "An owner cannot have been told in the future.", "/told_at"};
  if (told_at < *row.assigned_at)
    throw Error{ErrorCode::refused, "The case was given to its owner at " + format_instant(*row.assigned_at) + "; it cannot have been told before.", "/told_at"};
  if (row.told_at && *row.told_at <= told_at) return std::nullopt;
  EventData data;
  data.owner_id = row.owner_id;
  data.channel = to_code(channel);
  Event event = make_event(current, EventType::owner_told, by, now, std::move(data));
  event.at = told_at;
  return event;
}

Event set_external_reference(const Case& current, const Actor& by, Instant now) {
  require_own(current.row, by);
  if (current.row.owner_id.empty())
    throw Error{ErrorCode::conflict, "Nobody has the case, so there is no owner whose number it could have; assign it first."};
  Event event = make_event(current, EventType::external_reference_set, by, now);
  event.data.owner_id = current.row.owner_id;
  event.visibility = Visibility::internal;
  return event;
}

Event mark_unattended(const Case& current, Attention why, Instant at, Instant now) {
  EventData data;
  data.reason = to_code(why);
  if (why == Attention::bounced) data.channel = to_code(Channel::mail);
  Event event = make_event(current, EventType::case_unattended, Actor{}, now, std::move(data));
  event.at = at;
  event.visibility = Visibility::internal;
  return event;
}

std::optional<Flag> flag_due(const CaseRow& row, const Policy& policy, Instant as_of) {
  if (!row.open()) return std::nullopt;
  const Instant breach = row.due_at + seconds{1};
  if (breach <= as_of)
    return breach > row.checked_until ? std::optional{Flag{EventType::case_overdue, -1, breach, false}} : std::nullopt;
  std::optional<Flag> last;
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  const auto moments = warning_moments(policy, limit, row.due_at);
  for (const auto& moment : moments)
    if (moment.at > row.checked_until && moment.at <= as_of)
      last = Flag{EventType::case_due_soon, moment.index, moment.at, moment == moments.back()};
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
  if (row.unattended_at) consider(*row.unattended_at);
  return next;
}

}  // namespace klotterkoll
