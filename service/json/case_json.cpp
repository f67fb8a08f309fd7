#include "json/case_json.h"

#include <algorithm>

#include "domain/session.h"
#include "domain/link.h"
#include "json/event_json.h"
#include "json/values.h"
#include "workflow/casework.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

void write_owner(JsonWriter& out, const CaseRow& row, const Settings& settings, const CaseView& view) {
  out.key("owner");
  if (!shows_owner(row, settings, view)) return out.write(nullptr);
  const auto at = settings.owners.find(row.owner_id);
  out.object([&] {
    out.member("id", row.owner_id);
    out.member("name", at == settings.owners.end() ? std::nullopt : std::optional{at->second.name});
  });
}

void write_routing(JsonWriter& out, const CaseRow& row) {
  out.object("routing", [&] {
    out.member("rule", row.routing_rule);
    out.member("uncertain", row.routing_uncertain && !row.owner_id.empty());
    out.array("trace", [&] {
      for (const auto& [step, looked_at, result] : read_trace(row.routing_trace))
        out.object([&] {
          out.member("step", step);
          out.member("looked_at", looked_at);
          out.member("result", result);
        });
    });
  });
}

void write_decision(JsonWriter& out, const CaseRow& row) {
  out.key("decision");
  if (!row.decided_at) return out.write(nullptr);
  out.object([&] {
    out.member("kind", row.state);
    out.key("reason");
    if (row.state == CaseState::merged)
      out.write(nullptr);
    else if (row.dismissal)
      out.write(row.dismissal);
    else
      out.write(row.non_removal);
    out.member("at", row.decided_at);
  });
}

void write_removal(JsonWriter& out, const CaseRow& row, const CaseView& view) {
  out.key("removal");
  if (!row.removed_at) return out.write(nullptr);
  out.object([&] {
    out.member("method", row.method);
    out.member("cost_sek", view.notes ? row.cost_sek : std::nullopt);
    out.member("evidence_confirmed", row.evidence_confirmed);
  });
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
                                 {Action::undo_giving_up, "undo_giving_up", "non-removal", "DELETE"},
                                 {Action::hold, "hold", "holds", "POST"},
                                 {Action::merge, "merge", "merge", "PUT"},
                                 {Action::undo_merge, "undo_merge", "merge", "DELETE"},
                                 {Action::split, "split", "splits", "POST"}};

/// `reported`: the actor's key reported the case, which lets the police hold it.
void write_links(JsonWriter& out, const CaseRow& row, const Actor& actor, bool reported, Instant now, const std::string& self) {
  const auto link = [&](const char* name, const std::string& href, const char* method = nullptr) {
    out.object(name, [&] {
      out.member("href", href);
      if (method) out.member("method", method);
    });
  };
  out.object("_links", [&] {
    link("self", self);
    link("events", self + "/events");
    link("deadline", self + "/deadline");
    auto actions = allowed_actions(row, actor, now);
    if (actor.role == Role::police && reported && allows(row.state, Action::hold)) actions.push_back(Action::hold);
    for (const Action action : actions)
      for (const auto& noun : kNouns)
        if (noun.action == action) link(noun.name, self + '/' + noun.noun, noun.method);
  });
}

}  // namespace

CaseExtras load_extras(Transaction& transaction, const Settings& settings, const CaseRow& row, const CaseView& view) {
  CaseExtras extras;
  // How many reports there are is told to everyone, and with what is merged into the case their count is not its row's.
  if (view.report_ids || view.police_references || row.merged_count) extras.reports = numbers_of(transaction, row);
  if (row.merged_count && (view.internal_events || !view.owner.empty()))
    for (const auto& [id, into] : transaction.cases().merged_into(row.id))
      if (into == row.id) extras.merged.push_back(id);
  if (row.has_holds) extras.holds = told_holds(transaction.events().noted_of_case(row.id), settings);
  extras.photos = photos_shown(transaction, row, view.viewer);
  if (view.external_reference && !row.owner_id.empty()) extras.external_reference = transaction.links().external_reference(row.id, row.owner_id);
  return extras;
}

void write_case(JsonWriter& out, const CaseRow& row, const CaseExtras& extras, const Settings& settings,
                const ReferenceCipher& references, const Actor& actor, Instant now, const std::string& url) {
  const CaseView view = view_for(actor, row);
  const ShownPlace shown = shown_place(row, settings, view);
  const std::string reference = references.encode(row.id), self = url + "/cases/" + reference;
  const auto& senders = extras.reports.key_ids;
  const bool reported = actor.key_id != 0 && std::ranges::find(senders, actor.key_id) != senders.end();
  out.object([&] {
    out.member("reference", reference);
    out.member("state", row.state);
    out.member("clock", clock_of(row, now));
    out.member("category", row.category);
    out.member("category_confirmed", row.category_confirmed);
    out.member("surface", row.surface);
    out.member("object_type", row.object_type);
    out.object("location", [&] {
      write_place_members(out, shown.place);
      out.member("nearest_address", or_null(shown.nearest_address));
      out.member("point_derived", row.point_derived && shown.place.point);
      out.member("rounded", shown.rounded);
    });
    out.key("property");
    const std::string& designation = row.property_designation.empty() ? shown.place.designation : row.property_designation;
    if (shown.rounded || designation.empty())
      out.write(nullptr);
    else
      out.object([&] { out.member("designation", designation); });
    out.member("district", or_null(row.district_id));
    write_owner(out, row, settings, view);
    out.member("opened_at", row.opened_at);
    out.member("clock_started_at", row.clock_started_at);
    out.member("due_at", row.due_at);
    out.member("due_at_without_holds", row.due_at_without_holds);
    out.member("hours_left", hours_left(row, now));
    out.member("policy_version", row.policy_version);
    out.member("assigned_at", row.assigned_at);
    out.member("told_at", row.told_at);
    out.member("removed_at", row.removed_at);
    out.member("recorded_at", row.recorded_at);
    write_removal(out, row, view);
    write_decision(out, row);
    out.member("merged_into", row.merged_into && view.exact_place ? std::optional{references.encode(row.merged_into)} : std::nullopt);
    out.array("holds", [&] {
      HoldViewer viewer{actor, row.open(), reported, self, {}};
      for (const ShownPhoto& photo : extras.photos) viewer.photos.push_back(photo.photo.id);
      for (const ToldHold& told : extras.holds)
        if (!is_outsider(view) || told.hold.reason != HoldReason::evidence) write_hold(out, told, references, viewer);
    });
    out.object("reports", [&] {
      out.member("count", row.merged_count ? static_cast<int>(extras.reports.ids.size()) : row.report_count);
      if (!view.report_ids) return;
      out.array("ids", [&] {
        for (const ReportId id : extras.reports.ids) out.write(references.encode(id));
      });
    });
    if (view.police_references)
      out.array("police_references", [&] {
        for (const std::string& number : extras.reports.police_references) out.write(number);
      });
    out.array("photos", [&] {
      for (const ShownPhoto& photo : extras.photos) write_case_photo(out, photo, references, actor, url);
    });
    // It lies within metres of this one, and may be one whose place is shown rounded.
    const bool tell_previous = row.previous_case && view.exact_place;
    out.member("previous_case", tell_previous ? std::optional{references.encode(row.previous_case)} : std::nullopt);
    const bool tell_split = row.split_from && view.exact_place;
    out.member("split_from", tell_split ? std::optional{references.encode(row.split_from)} : std::nullopt);
    if (view.exact_place)
      out.array("merged_cases", [&] {
        for (const CaseId id : extras.merged) out.write(references.encode(id));
      });
    if (view.routing) write_routing(out, row);
    if (view.external_reference) out.member("external_reference", or_null(extras.external_reference));
    if (actor.role == Role::municipality) out.member("attention", row.attention);
    out.member("version", row.version);
    write_links(out, row, actor, reported, now, self);
  });
}

std::string case_etag(const CaseRow& row, const Actor& actor, Instant now) {
  const auto clock = clock_of(row, now);
  const auto hours = hours_left(row, now);
  // That it is on the officers' list is no change of the case, but they see it.
  const bool listed = actor.role == Role::municipality && row.attention;
  return '"' + std::to_string(row.version) + '.' + std::string{to_code(actor.role)} + '.' +
         std::string{clock ? to_code(*clock) : to_code(row.state)} + (listed ? "+" + std::string{to_code(*row.attention)} : "") + '.' + (hours ? std::to_string(*hours) : "-") + '"';
}

const std::string& KeyNames::of(const Actor& actor) {
  const auto at = names_.find(actor.key_id);
  if (at != names_.end()) return at->second;
  if (const auto user_id = user_of_actor_key(actor.key_id)) {
    const auto user = transaction_.users().find(*user_id);
    return names_[actor.key_id] = user ? user->name : "";
  }
  const auto key = transaction_.keys().find(actor.key_id);
  return names_[actor.key_id] = key ? key->name : "";
}

bool shows(const CaseView& view, const Event& event) { return view.internal_events || event.visibility == Visibility::public_; }

EventData shown_data(const Event& event, const CaseView& view, const std::function<bool(const std::string& owner_id)>& named) {
  EventData data = event.data;
  const auto hide_private = [&](std::optional<std::string>& owner_id) {
    if (!owner_id || (view.owner_name && (view.owner.empty() || *owner_id == view.owner))) return;
    if (!named(*owner_id)) owner_id.reset();
  };
  hide_private(data.owner_id);
  hide_private(data.former_owner_id);
  hide_private(data.suggested_owner_id);
  if (!view.internal_events) {
    // Who reported, and what it cost, is not for everybody.
    data.reporter.reset();
    data.remover.reset();
    data.report.reset();
    if (!view.exact_place) {
      // A case of the same spot may show where that is.
      data.previous_case.reset();
      if (event.type == EventType::case_opened) data.from.reset();
      if (event.type == EventType::case_split) data.target.reset();
      if (event.type == EventType::case_merged || event.type == EventType::merge_undone) data.target.reset();
    }
    // What was merged into a case may be one whose place is shown rounded.
    if (event.type == EventType::case_merged || event.type == EventType::merge_undone) data.from.reset();
    data.suggested_owner_id.reset();
    if (!view.notes) data.cost_sek.reset();
  }
  return data;
}

void write_event_members(JsonWriter& out, const EventTable::Noted& noted, const Settings& settings, const ReferenceCipher& references,
                         const CaseView& view, const std::string& by_name) {
  const Event& event = noted.event;
  const EventData data = shown_data(event, view, [&](const std::string& owner_id) {
    const auto at = settings.owners.find(owner_id);
    return at != settings.owners.end() && is_public_body(at->second.kind);
  });
  // What officers write to each other is not for owners.
  const bool notes = view.notes && (view.owner.empty() || event.by.role == Role::owner);
  const bool public_comment = event.type == EventType::comment_added && event.visibility == Visibility::public_;
  out.member("id", references.encode(event.id));
  out.member("type", event.type);
  out.member("at", event.at);
  out.member("recorded_at", event.recorded_at);
  out.object("by", [&] {
    out.member("role", event.by.role);
    out.member("name", notes ? or_null(by_name) : std::nullopt);
  });
  out.member("visibility", event.visibility);
  out.key("data");
  write_event_data(out, data, references);
  out.member("note", notes || public_comment ? or_null(noted.note) : std::nullopt);
}

}  // namespace klotterkoll
