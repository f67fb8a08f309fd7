#include "workflow/casework_actions.h"

#include <algorithm>

#include "base/error.h"
#include "workflow/intake.h"
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

}  // namespace

CaseRow assign_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const std::string& owner_id) {
  require_known(transaction, settings, owner_id, "/owner_id");
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    require(work.row().state, Action::assign);
    if (work.row().owner_id != owner_id) work.record(assign(work.now(), owner_id, "officer", action.actor, action.now), action.note);
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
    details.place_changed = wanted.place && *wanted.place != work.row().place;
    const auto event = change_details(work.now(), details, action.actor, action.now);
    if (!event) return;
    work.record(*event, action.note);
    if (!details.place_changed) return;
    work.set_place(*wanted.place);
    const Routing found = route(transaction, settings, *wanted.place, "");
    work.set_routing_trace(found.trace);
    const Actor router{Role::system, 0, ""};
    if (!found.owner_id.empty() && found.owner_id != work.row().owner_id)
      work.record(assign(work.now(), found.owner_id, found.rule, router, action.now));
    else if (found.owner_id.empty() && !work.row().owner_id.empty() && work.row().routing_rule != "officer" &&
             work.row().routing_rule != "owner_given")
      work.record(unassign(work.now(), router, action.now));  // found by a place that it is not at
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

CaseRow record_removal_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const Removal& removal) {
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    // Whoever enters it, the one who removes is the owner; where there is none, the municipality has done it.
    const std::string& owner_id = work.row().owner_id;
    const std::string remover = party_of(transaction, settings.municipality.id, owner_id.empty() ? Role::municipality : Role::owner, owner_id);
    if (const auto event = record_removal(work.now(), removal, remover, action.actor, action.now)) work.record(*event, action.note);
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
    if (work.row().dismissal != reason) work.record(dismiss(work.now(), reason, action.actor, action.now), action.note);
  });
}

CaseRow give_up_case(Transaction& transaction, const Settings& settings, const CaseAction& action, NonRemovalReason reason) {
  return change_case(transaction, settings, action.id, action.version, [&](Casework& work) {
    if (work.row().non_removal != reason) work.record(give_up(work.now(), reason, action.actor, action.now), action.note);
  });
}

CaseRow undo_decision_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, CaseState from) {
  return record(transaction, settings, action, [&](const Case& current) {
    require(current.row.state, from == CaseState::dismissed ? Action::undo_dismissal : Action::undo_giving_up);
    return undo_decision(current, action.actor, action.now);
  });
}

CaseRow comment_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, Visibility visibility) {
  return record(transaction, settings, action, [&](const Case& current) {
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
