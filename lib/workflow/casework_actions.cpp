#include "workflow/casework_actions.h"

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "domain/link.h"
#include "workflow/intake.h"
#include "workflow/photos.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

void require_known(Transaction& transaction, const Settings& settings, const std::string& owner_id, const char* pointer) {
  if (!transaction.owners().find(settings.municipality.id, owner_id))
    throw Error{ErrorCode::refused, "There is no owner \"" + owner_id + "\" in " + settings.municipality.name + ".", pointer};
}

/// Loads the case and records what `decide` gives.
template <typename Decide>
CaseRow record(Transaction& transaction, const Settings& settings, const CaseAction& action, Decide&& decide) {
  return change_case(transaction, settings, action.id, action.version,
                     [&](Casework& work) { work.record(decide(work.now()), action.note); });
}

/// What was decided stands already: only a note that did not go with it, nor came after it, is new.
void keep_note(Casework& work, Transaction& transaction, const CaseAction& action, std::initializer_list<EventType> decisions) {
  if (action.note.empty()) return;
  bool known = false;
  for (const auto& [event, note] : transaction.events().noted_of_case(action.id)) {
    const bool decision = std::ranges::find(decisions, event.type) != decisions.end();
    if (decision) known = false;
    if (decision || event.type == EventType::comment_added) known = known || note == action.note;
  }
  if (known) return;
  Event event;
  event.case_id = action.id;
  event.type = EventType::comment_added;
  event.at = event.recorded_at = action.now;
  event.by = action.actor;
  event.visibility = Visibility::internal;
  work.record(event, action.note);
}

/// The police may have reported a case by a report that came with another one: merged into it, or split.
bool reported_with_another(Transaction& transaction, const CaseRow& row, const Actor& actor) {
  if (actor.role != Role::police || (!row.merged_count && !row.split_from)) return false;
  const auto key_ids = numbers_of(transaction, row).key_ids;
  return std::ranges::find(key_ids, actor.key_id) != key_ids.end();
}

/// What told of both works is the other's too, with every K-number.
void share_reports(Transaction& transaction, const CaseRow& origin, Casework& split_off, const CaseAction& action) {
  const CaseId id = split_off.row().id;
  auto numbers = numbers_of(transaction, origin).police_references;
  const ReportId first = split_off.now().reports.front().report;
  for (const Report& report : reports_of(transaction, origin)) {
    transaction.reports().share(report.id, id);
    if (report.id != first) split_off.record(share_report(split_off.now(), report, action.actor, action.now));
    std::erase(numbers, report.police_reference);
  }
  for (const std::string& number : numbers) {
    const EventId event = split_off.record(add_police_reference(split_off.now(), action.actor, action.now));
    transaction.reports().add_police_reference(id, event, number);
  }
}

const Hold& find_hold(const Case& current, HoldId id) {
  const auto hold = std::ranges::find(current.holds, id, &Hold::id);
  if (hold == current.holds.end()) throw Error{ErrorCode::not_found, "The case has no such pause."};
  return *hold;
}

/// Every case further down a chain of merges hears anew what the one before it brings.
void renew_chain(Transaction& transaction, const Settings& settings, const CaseAction& action, std::unique_ptr<Casework> changed) {
  while (changed->row().merged_into) {
    auto next = std::make_unique<Casework>(transaction, settings, changed->row().merged_into);
    next->record(renew_merge(changed->now(), next->now(), action.actor, action.now));
    next->save();
    changed = std::move(next);
  }
}

/// The note that went with the removal as it is recorded; empty for none.
std::string note_of_removal(Transaction& transaction, CaseId id) {
  std::string note;
  for (const auto& [event, text] : transaction.events().noted_of_case(id))
    if (event.type == EventType::removal_recorded || event.type == EventType::removal_corrected) note = text;
  return note;
}

}  // namespace

CaseRow assign_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const std::string& owner_id) {
  require_known(transaction, settings, owner_id, "/owner_id");
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    require(work.row().state, Action::assign);
    if (work.row().owner_id == owner_id) {
      // That it is certain now is the row's own, like its place: no event tells of it.
      if (work.row().routing_uncertain && action.actor.role == Role::municipality) {
        work.set_certain();
        work.set_place(work.row().place);
      }
      return keep_note(work, transaction, action, {EventType::case_assigned});
    }
    learn_from_officer(transaction, settings, work.row(), owner_id, action.now);
    work.record(assign(work.now(), owner_id, "officer", action.actor, action.now), action.note);
    work.set_certain();
  });
}

CaseRow unassign_case(Transaction& transaction, const Settings& settings, const CaseAction& action) {
  return record(transaction, settings, action, [&](const Case& current) { return unassign(current, action.actor, action.now); });
}

CaseRow reject_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const std::string& reason,
                    const std::string& suggested_owner_id) {
  if (!suggested_owner_id.empty()) require_known(transaction, settings, suggested_owner_id, "/suggested_owner_id");
  return record(transaction, settings, action, [&](const Case& current) {
    return reject(current, reason, suggested_owner_id, action.actor, action.now);
  });
}

CaseRow change_details_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const NewDetails& wanted) {
  if (wanted.place) {
    std::vector<Fault> faults;
    check_place(*wanted.place, settings.municipality, faults);
    if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
  }
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    Details details = wanted.details;
    // What the register added to the place may come back with it.
    details.place_changed = wanted.place && *wanted.place != work.row().place && *wanted.place != told_place(work.row());
    Routing found;
    if (details.place_changed) {
      const LocalDate received_on = settings.zone.date_of(work.row().first_received_at);
      const auto object_type = details.object_type ? details.object_type : work.row().object_type;
      found = route(transaction, settings, {*wanted.place, object_type, received_on, ""});
      details.district_id = found.district_id;
    }
    const auto event = change_details(work.now(), details, action.actor, action.now);
    if (!event) return;
    work.record(*event, action.note);
    if (!details.place_changed) return;
    work.set_place(*wanted.place);
    route_anew(transaction, work, found, action.now);
  });
}

CaseRow add_police_reference_to_case(Transaction& transaction, const Settings& settings, const CaseAction& action,
                                     const std::string& police_reference) {
  const auto known = transaction.reports().numbers_of_case(action.id).police_references;
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    require(work.row().state, Action::add_police_reference);
    if (std::ranges::find(known, police_reference) != known.end()) return;
    const EventId event = work.record(add_police_reference(work.now(), action.actor, action.now));
    transaction.reports().add_police_reference(action.id, event, police_reference);
  });
}

CaseRow record_removal_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const Removal& removal,
                               const std::vector<PhotoId>& photo_ids) {
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    // Whoever enters it, the one who removes is the owner; where there is none, the municipality has done it.
    const std::string& owner_id = work.row().owner_id;
    const std::string remover = party_of(transaction, settings.municipality.id, owner_id.empty() ? Role::municipality : Role::owner, owner_id);
    Removal given = removal;
    given.other_note = work.row().removed_at && action.note != note_of_removal(transaction, action.id);
    const auto event = record_removal(work.now(), given, remover, action.actor, action.now);
    std::vector<Photo> photos = find_photos(transaction, settings, photo_ids, action.id, action.actor, action.now);
    require_room(work.row(), photos);
    if (event) work.record(*event, action.note);
    attach_photos(transaction, work, photos, PhotoRole::after, {}, action.actor, action.now);
  });
}

CaseRow undo_removal_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action) {
  return record(transaction, settings, action, [&](const Case& current) { return undo_removal(current, action.actor, action.now); });
}

CaseRow request_reopening_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action) {
  return record(transaction, settings, action, [&](const Case& current) { return request_reopening(current, action.actor, action.now); });
}

CaseRow dismiss_case(Transaction& transaction, const Settings& settings, const CaseAction& action, DismissalReason reason) {
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    if (work.row().dismissal != reason)
      work.record(dismiss(work.now(), reason, action.actor, action.now), action.note);
    else
      keep_note(work, transaction, action, {EventType::case_dismissed});
  });
}

CaseRow give_up_case(Transaction& transaction, const Settings& settings, const CaseAction& action, NonRemovalReason reason) {
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    if (work.row().non_removal != reason)
      work.record(give_up(work.now(), reason, action.actor, action.now), action.note);
    else
      keep_note(work, transaction, action, {EventType::case_not_removed});
  });
}

CaseRow undo_decision_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, CaseState from) {
  return record(transaction, settings, action, [&](const Case& current) {
    require(current.row.state, from == CaseState::dismissed ? Action::undo_dismissal : Action::undo_giving_up);
    return undo_decision(current, action.actor, action.now);
  });
}

CaseRow hold_case(Transaction& transaction, const Settings& settings, const CaseAction& action, HoldReason reason, std::optional<Instant> until,
                  const std::vector<PhotoId>& photo_ids) {
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    const Policy& policy = policy_of_version(settings.policies, work.row().policy_version);
    const HoldId id = transaction.next_hold_id(settings.municipality.id);
    if (action.actor.role == Role::owner)
      work.record(request_hold(work.now(), policy, id, reason, until, action.actor, action.now), action.note);
    else
      work.record(start_hold(work.now(), policy, id, reason, until, action.actor, action.now,
                             reported_with_another(transaction, work.row(), action.actor)), action.note);
    std::vector<Photo> photos = find_photos(transaction, settings, photo_ids, action.id, action.actor, action.now);
    require_room(work.row(), photos);
    attach_photos(transaction, work, photos, PhotoRole::evidence, {}, action.actor, action.now, id);
  });
}

CaseRow decide_hold_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, HoldId id, bool granted) {
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    const Hold& hold = find_hold(work.now(), id);
    const bool said = hold.decided_at && hold.status == (granted ? HoldStatus::granted : HoldStatus::refused);
    if (said)
      keep_note(work, transaction, action, {EventType::hold_started, EventType::hold_refused});
    else
      work.record(decide_hold(work.now(), id, granted, action.actor, action.now), action.note);
  });
}

CaseRow end_hold_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, HoldId id) {
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    find_hold(work.now(), id);
    work.record(end_hold(work.now(), id, action.actor, action.now, reported_with_another(transaction, work.row(), action.actor)), action.note);
  });
}

CaseRow merge_case(Transaction& transaction, const Settings& settings, const CaseAction& action, CaseId into) {
  Casework goes{transaction, settings, action.id, action.version};
  if (goes.row().merged_into == into) {
    keep_note(goes, transaction, action, {EventType::case_merged});
    goes.save();
    return goes.row();
  }
  require(goes.row().state, Action::merge);
  if (into == action.id) throw Error{ErrorCode::refused, "A case cannot be merged into itself.", "/into"};
  if (into.municipality() != settings.municipality.id || !transaction.cases().find(into))
    throw Error{ErrorCode::not_found, "There is no such case to merge into.", "/into"};
  Casework target{transaction, settings, into};
  MergeEvents both = merge(goes.now(), target.now(), action.actor, action.now);
  goes.record(std::move(both.on_case), action.note);
  target.record(std::move(both.on_target));
  goes.save();
  target.save();
  return goes.row();
}

CaseRow undo_merge_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action) {
  Casework goes{transaction, settings, action.id, action.version};
  require(goes.row().state, Action::undo_merge);
  auto target = std::make_unique<Casework>(transaction, settings, goes.row().merged_into);
  MergeEvents both = undo_merge(goes.now(), target->now(), action.actor, action.now);
  goes.record(std::move(both.on_case), action.note);
  target->record(std::move(both.on_target));
  goes.save();
  target->save();
  renew_chain(transaction, settings, action, std::move(target));
  return goes.row();
}

CaseRow split_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const Details& other,
                   const std::string& owner_id) {
  std::optional<Event> opened;
  Routing found;
  const CaseRow split_off = change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    const CaseRow& row = work.row();
    require(row.state, Action::split);
    const auto object_type = other.object_type ? other.object_type : row.object_type;
    found = route(transaction, settings, {told_place(row), object_type, settings.zone.date_of(row.first_received_at), owner_id});
    SplitEvents events = split(work.now(), transaction.next_case_id(settings.municipality.id), found.district_id, action.actor, action.now);
    work.record(std::move(events.on_case), action.note);
    opened = std::move(events.opened);
  });
  const Place place = told_place(split_off);
  Casework work{transaction, settings, *opened, place};
  share_reports(transaction, split_off, work, action);
  if (auto changed = change_details(work.now(), other, action.actor, action.now)) work.record(*changed);
  assign_found(transaction, work, found, action.actor, action.now);
  work.save();
  return work.row();
}

CaseRow tell_owner_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action, Channel channel, Instant told_at) {
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    if (const auto event = tell_owner(work.now(), channel, told_at, action.actor, action.now))
      work.record(*event, action.note);
    else
      keep_note(work, transaction, action, {EventType::owner_told});
  });
}

CaseRow set_external_reference_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action,
                                       const std::string& external_reference) {
  const auto length = std::ranges::count_if(external_reference, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (!is_clean_text(external_reference) || std::ranges::any_of(external_reference, is_control) || length > static_cast<std::ptrdiff_t>(kLongestExternalReference))
    throw Error{ErrorCode::refused, "A number of your own has at most " + std::to_string(kLongestExternalReference) + " characters, on one line.", "/external_reference"};
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    const Event event = set_external_reference(work.now(), action.actor, action.now);
    const std::string& owner_id = work.row().owner_id;
    if (transaction.links().external_reference(action.id, owner_id) == external_reference) return;
    work.record(event);
    transaction.links().set_external_reference(action.id, owner_id, external_reference);
  });
}

CaseRow comment_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, Visibility visibility) {
  return record(transaction, settings, action, [&](const Case& current) {
    require_own(current.row, action.actor);
    Event event;
    event.case_id = current.row.id;
    event.type = EventType::comment_added;
    event.at = event.recorded_at = action.now;
    event.by = action.actor;
    event.visibility = visibility;
    return event;
  });
}

}  // namespace klotterkoll
