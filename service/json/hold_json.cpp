#include "json/hold_json.h"

#include <algorithm>

#include "json/case_json.h"

namespace klotterkoll {
namespace {

template <typename Id>
bool among(const std::vector<Id>& ids, Id id) {
  return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

std::vector<ToldHold> told_holds(const std::vector<EventTable::Noted>& history, const Settings& settings) {
  std::vector<Event> events;
  for (const auto& noted : history) events.push_back(noted.event);
  const Case whole = replay(events, settings.policies, settings.zone);
  const CaseRow& row = whole.row;
  const Policy& policy = policy_of_version(settings.policies, row.policy_version);
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  const HoldReckoning reckoned = reckon_holds(policy, limit, row.clock_started_at, whole.holds, whole.former_limits);
  std::vector<ToldHold> all;
  for (const Hold& hold : whole.holds) {
    ToldHold told{hold, among(reckoned.too_late, hold.id), among(reckoned.granted_late, hold.id), {}, "", "", {}};
    bool first = true;
    for (const auto& [event, note] : history) {
      if (event.data.hold != hold.id || event.type == EventType::hold_ended) continue;
      if (event.type == EventType::photo_added) {
        told.photos.push_back(*event.data.photo);
        continue;
      }
      if (first) told.asked = event;
      (first ? told.note : told.decision_note) = note;
      first = false;
    }
    all.push_back(std::move(told));
  }
  return all;
}

void write_hold(JsonWriter& out, const ToldHold& told, const ReferenceCipher& references, const HoldViewer& viewer) {
  const Hold& hold = told.hold;
  const std::string id = references.encode(hold.id);
  const CaseView view = view_for(viewer.actor, told.asked);
  // An owner reads what owners asked for, and what it was answered; not what officers and police write to each other.
  const bool note_shown = view.notes && (view.owner.empty() || told.asked.by.role == Role::owner);
  out.object([&] {
    out.member("id", id);
    out.member("reason", hold.reason);
    out.member("status", hold.status);
    out.member("by", hold.by);
    out.member("requested_at", hold.requested_at);
    out.member("decided_at", hold.decided_at);
    out.member("starts_at", hold.starts_at);
    out.member("until", hold.until);
    out.member("ended_at", hold.ended_at);
    out.member("too_late", told.too_late);
    out.member("granted_late", told.granted_late);
    out.member("note", note_shown ? or_null(told.note) : std::nullopt);
    out.member("decision_note", view.notes ? or_null(told.decision_note) : std::nullopt);
    out.array("photo_ids", [&] {
      for (const PhotoId photo : told.photos)
        if (among(viewer.photos, photo)) out.write(references.encode(photo));
    });
    if (viewer.url.empty()) return;
    const bool officer = viewer.actor.role == Role::municipality;
    const bool own_case = !view.owner.empty() && view.owner == viewer.actor.owner_id;
    const bool own = hold.by == viewer.actor.role && (hold.by == Role::owner ? own_case : hold.by == Role::police && viewer.reported);
    const auto link = [&](const char* name, const char* noun, const char* method) {
      out.object(name, [&] {
        out.member("href", viewer.url + "/holds/" + id + noun);
        out.member("method", method);
      });
    };
    out.object("_links", [&] {
      if (viewer.open && officer && hold.status == HoldStatus::requested) link("decide", "/decision", "PUT");
      if (viewer.open && (officer || own) && hold.status == HoldStatus::granted && !hold.ended_at) link("end", "/end", "POST");
    });
  });
}

}  // namespace klotterkoll
