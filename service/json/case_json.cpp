#include "json/case_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "json/event_json.h"
#include "json/values.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

bool owner_is_public(const CaseRow& row, const Settings& settings) {
  const auto at = settings.owners.find(row.owner_id);
  return at != settings.owners.end() && is_public_body(at->second.kind);
}

/// Private persons and companies are not named in public, and their place is not told to the door.
bool owner_is_private(const CaseRow& row, const Settings& settings) {
  const auto at = settings.owners.find(row.owner_id);
  return at != settings.owners.end() && at->second.kind == OwnerKind::private_owner;
}

/// "Storgatan 12 A" is on "Storgatan".
std::string street_of(const std::string& address) {
  std::string street = address.substr(0, address.find_first_of("0123456789"));
  street.resize(street.find_last_not_of(" ,\t") + 1);
  return street;
}

double to_thousandths(double degrees) { return std::round(degrees * 1000) / 1000; }

json owner_to_json(const CaseRow& row, const Settings& settings, const CaseView& view) {
  if (row.owner_id.empty()) return {};
  if (!view.owner_name && !owner_is_public(row, settings)) return {};
  const auto at = settings.owners.find(row.owner_id);
  return {{"id", row.owner_id}, {"name", at == settings.owners.end() ? json{} : json(at->second.name)}};
}

json routing_to_json(const CaseRow& row) {
  json trace = json::array();
  for (const auto& [step, looked_at, result] : read_trace(row.routing_trace))
    trace.push_back({{"step", step}, {"looked_at", looked_at}, {"result", result}});
  return {{"rule", row.routing_rule}, {"uncertain", row.routing_uncertain}, {"trace", trace}};
}

json decision_to_json(const CaseRow& row) {
  if (!row.decided_at) return {};
  const bool merged = row.state == CaseState::merged;
  return {{"kind", to_code(row.state)},
          {"reason", merged ? json{} : row.dismissal ? shown(row.dismissal) : shown(row.non_removal)},
          {"at", shown(row.decided_at)}};
}

json holds_to_json(const std::vector<Hold>& holds, const ReferenceCipher& references) {
  json out = json::array();
  for (const Hold& hold : holds) out.push_back(hold_to_json(hold, references));
  return out;
}

/// The noun under the case that takes an action, and how.
struct ActionNoun {
  Action action;
  const char* name;
  const char* noun;
  const char* method;
};
constexpr ActionNoun kNouns[] = {{Action::assign, "assign", "assignment", "PUT"},
                                 {Action::unassign, "unassign", "assignment", "DELETE"},
                                 {Action::reject, "reject", "rejections", "POST"},
                                 {Action::change_details, "change_details", "details", "PUT"},
                                 {Action::add_police_reference, "add_police_reference", "police-references", "POST"},
                                 {Action::record_removal, "record_removal", "removal", "PUT"},
                                 {Action::correct_removal, "correct_removal", "removal", "PUT"},
                                 {Action::withdraw_removal, "withdraw_removal", "removal", "DELETE"},
                                 {Action::reopen, "reopen", "removal", "DELETE"},
                                 {Action::request_reopening, "request_reopening", "reopen-requests", "POST"},
                                 {Action::dismiss, "dismiss", "dismissal", "PUT"},
                                 {Action::undo_dismissal, "undo_dismissal", "dismissal", "DELETE"},
                                 {Action::give_up, "give_up", "non-removal", "PUT"},
                                 {Action::undo_giving_up, "undo_giving_up", "non-removal", "DELETE"}};

json links_to_json(const CaseRow& row, const Actor& actor, Instant now, const std::string& self) {
  json links = {{"self", {{"href", self}}}, {"events", {{"href", self + "/events"}}}, {"deadline", {{"href", self + "/deadline"}}}};
  for (const Action action : allowed_actions(row, actor, now))
    for (const auto& noun : kNouns)
      if (noun.action == action) links[noun.name] = {{"href", self + '/' + noun.noun}, {"method", noun.method}};
  return links;
}

}  // namespace

json hold_to_json(const Hold& hold, const ReferenceCipher& references) {
  return {{"id", references.encode(hold.id)}, {"reason", to_code(hold.reason)}, {"status", to_code(hold.status)},
          {"starts_at", shown(hold.starts_at)}, {"until", shown(hold.until)}, {"ended_at", shown(hold.ended_at)}};
}

CaseView view_for(const Actor& actor, const CaseRow& row) {
  CaseView view;
  switch (actor.role) {
    case Role::municipality:
    case Role::police:
      view.exact_place = view.owner_name = view.police_references = view.routing = view.report_ids = true;
      view.internal_events = view.notes = true;
      break;
    case Role::owner:
      if (row.owner_id.empty() || row.owner_id != actor.owner_id) break;
      view.exact_place = view.owner_name = view.police_references = view.notes = true;
      break;
    default: break;
  }
  return view;
}

ShownPlace shown_place(const CaseRow& row, const Settings& settings, const CaseView& view) {
  const bool sensitive = row.category == Category::hate || row.category == Category::obscene || owner_is_private(row, settings);
  if (view.exact_place || !sensitive) return {row.place, false};
  Place rounded;
  if (row.place.point) rounded.point = Point{to_thousandths(row.place.point->lat), to_thousandths(row.place.point->lon)};
  rounded.address = street_of(row.place.address);
  return {rounded, true};
}

CaseExtras load_extras(Transaction& transaction, const Settings& settings, const CaseRow& row, const CaseView& view) {
  CaseExtras extras;
  if (view.report_ids) extras.report_ids = transaction.reports().ids_of_case(row.id);
  if (view.police_references) extras.police_references = transaction.reports().police_references(row.id);
  if (row.has_holds) extras.holds = replay(transaction.events().of_case(row.id), settings.policies, settings.zone).holds;
  return extras;
}

json case_to_json(const CaseRow& row, const CaseExtras& extras, const Settings& settings, const ReferenceCipher& references,
                  const Actor& actor, Instant now, const std::string& url) {
  const CaseView view = view_for(actor, row);
  const ShownPlace place = shown_place(row, settings, view);
  const std::string reference = references.encode(row.id);
  json location = place_to_json(place.place);
  location["rounded"] = place.rounded;
  json reports = {{"count", row.report_count}};
  if (view.report_ids) {
    json& ids = reports["ids"] = json::array();
    for (const ReportId id : extras.report_ids) ids.push_back(references.encode(id));
  }
  const bool removed = row.removed_at.has_value();
  json out = {{"reference", reference},
              {"state", to_code(row.state)},
              {"clock", shown(clock_of(row, now))},
              {"category", to_code(row.category)},
              {"category_confirmed", row.category_confirmed},
              {"surface", shown(row.surface)},
              {"object_type", shown(row.object_type)},
              {"location", std::move(location)},
              {"property", place.place.designation.empty() ? json{} : json{{"designation", place.place.designation}}},
              {"owner", owner_to_json(row, settings, view)},
              {"opened_at", shown(row.opened_at)},
              {"clock_started_at", shown(row.clock_started_at)},
              {"due_at", shown(row.due_at)},
              {"due_at_without_holds", shown(row.due_at_without_holds)},
              {"hours_left", shown(hours_left(row, now))},
              {"policy_version", row.policy_version},
              {"assigned_at", shown(row.assigned_at)},
              {"told_at", shown(row.told_at)},
              {"removed_at", shown(row.removed_at)},
              {"recorded_at", shown(row.recorded_at)},
              {"removal", removed ? json{{"method", shown(row.method)},
                                         {"cost_sek", view.notes ? shown(row.cost_sek) : json{}},
                                         {"evidence_confirmed", row.evidence_confirmed}}
                                  : json{}},
              {"decision", decision_to_json(row)},
              {"merged_into", row.merged_into ? json(references.encode(row.merged_into)) : json{}},
              {"holds", holds_to_json(extras.holds, references)},
              {"reports", std::move(reports)},
              {"photos", json::array()},
              // It lies within metres of this one, and may be one whose place is shown rounded.
              {"previous_case", row.previous_case && view.exact_place ? json(references.encode(row.previous_case)) : json{}},
              {"version", row.version},
              {"_links", links_to_json(row, actor, now, url + "/cases/" + reference)}};
  if (view.police_references) out["police_references"] = extras.police_references;
  if (view.routing) out["routing"] = routing_to_json(row);
  return out;
}

std::string case_etag(const CaseRow& row, const Actor& actor, Instant now) {
  const auto clock = clock_of(row, now);
  const auto hours = hours_left(row, now);
  return '"' + std::to_string(row.version) + '.' + std::string{to_code(actor.role)} + '.' +
         std::string{clock ? to_code(*clock) : to_code(row.state)} + '.' + (hours ? std::to_string(*hours) : "-") + '"';
}

const std::string& KeyNames::of(const Actor& actor) {
  const auto at = names_.find(actor.key_id);
  if (at != names_.end()) return at->second;
  const auto key = transaction_.keys().find(actor.key_id);
  return names_[actor.key_id] = key ? key->name : "";
}

bool shows(const CaseView& view, const Event& event) { return view.internal_events || event.visibility == Visibility::public_; }

json event_to_json(const EventTable::Noted& noted, const Settings& settings, const ReferenceCipher& references, const CaseView& view,
                   const std::string& by_name) {
  const Event& event = noted.event;
  EventData data = event.data;
  const auto hide_private = [&](std::optional<std::string>& owner_id) {
    if (!owner_id || view.owner_name) return;
    const auto at = settings.owners.find(*owner_id);
    if (at == settings.owners.end() || !is_public_body(at->second.kind)) owner_id.reset();
  };
  hide_private(data.owner_id);
  hide_private(data.former_owner_id);
  hide_private(data.suggested_owner_id);
  if (!view.internal_events) {
    // Who reported, and what it cost, is not for everybody.
    data.reporter.reset();
    data.remover.reset();
    data.report.reset();
    if (!view.exact_place) data.previous_case.reset();
    data.suggested_owner_id.reset();
    if (!view.notes) data.cost_sek.reset();
  }
  const bool public_comment = event.type == EventType::comment_added && event.visibility == Visibility::public_;
  return {{"id", references.encode(event.id)},
          {"type", to_code(event.type)},
          {"at", shown(event.at)},
          {"recorded_at", shown(event.recorded_at)},
          {"by", {{"role", to_code(event.by.role)}, {"name", view.notes ? shown(by_name) : json{}}}},
          {"visibility", to_code(event.visibility)},
          {"data", event_data_for_api(data, references)},
          {"note", view.notes || public_comment ? shown(noted.note) : json{}}};
}

}  // namespace klotterkoll
