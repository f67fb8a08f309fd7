#include "pages/case_history.h"

#include <utility>

namespace klotterkoll {
namespace {

bool is_public_owner(const Settings& settings, const std::string& owner_id) {
  const auto at = settings.owners.find(owner_id);
  return at != settings.owners.end() && is_public_body(at->second.kind);
}

std::string text_of(const Event& event, const EventData& shown, const Settings& settings, const Words& words) {
  const std::string name = "citizen_event_" + std::string{to_code(event.type)};
  switch (event.type) {
    case EventType::case_opened:
      return words(name + "_" + std::string{to_code(event.data.source.value_or(Source::citizen))});
    case EventType::case_assigned: {
      const auto owner = shown.owner_id ? settings.owners.find(*shown.owner_id) : settings.owners.end();
      return owner == settings.owners.end() ? words(name) : words(name + "_to", {{"{owner}", owner->second.name}});
    }
    case EventType::case_dismissed:
    case EventType::case_not_removed:
      return shown.reason ? words(name) + ": " + words("citizen_reason_" + *shown.reason) : words(name);
    case EventType::case_merged: return words(event.data.target ? name : name + "_into");
    case EventType::photo_released: return words(event.data.released.value_or(true) ? name : name + "_not");
    default: return words(name);
  }
}

}  // namespace

TemplateData history_part(const std::vector<EventTable::Noted>& events, const Actor& actor, const Settings& settings, const Words& words) {
  TemplateData history{TemplateData::type::list};
  std::size_t count = 0;
  for (auto noted = events.rbegin(); noted != events.rend() && count < kEventsOfPage; ++noted) {
    const Event& event = noted->event;
    const CaseView view = view_for(actor, event);
    if (!shows(view, event)) continue;
    ++count;
    const EventData shown = shown_data(event, view, [&](const std::string& owner_id) { return is_public_owner(settings, owner_id); });
    TemplateData line;
    line.set("at", format_instant(event.at));
    line.set("when", words.when(event.at, settings.zone));
    line.set("text", text_of(event, shown, settings, words));
    // As the API tells notes: what officers write to each other is not for owners.
    const bool notes = view.notes && (view.owner.empty() || event.by.role == Role::owner);
    const bool public_comment = event.type == EventType::comment_added && event.visibility == Visibility::public_;
    if (notes || public_comment) set_text(line, "note", noted->note);
    history.push_back(std::move(line));
  }
  return history;
}

}  // namespace klotterkoll
