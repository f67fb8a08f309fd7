#include <algorithm>

#include "pages/closing_form.h"
#include "pages/kommun_case.h"

namespace klotterkoll {
namespace {

using std::chrono::seconds;

/// What a coded reason is called; the code itself where the list of reasons has grown.
std::string reason_in_words(const Event& event, const Words& words) {
  if (!event.data.reason) return "";
  const std::string& code = *event.data.reason;
  const auto among = [&](const auto& codes, const char* kind) {
    return std::ranges::find(codes, std::string_view{code}) == codes.end() ? code : words(kind + code);
  };
  switch (event.type) {
    case EventType::case_rejected: return among(kRejectionReasons, "rejection_");
    case EventType::case_dismissed: return among(names_of(DismissalReason{}), "kommun_dismissal_");
    case EventType::case_not_removed: return among(names_of(NonRemovalReason{}), "kommun_non_removal_");
    case EventType::case_unattended: return among(names_of(Attention{}), "kommun_attention_");
    default: return among(names_of(HoldReason{}), "hold_");
  }
}

/// What of an event stands beside its sentence, a part each.
std::vector<std::string> details_of(const Event& event, const Visit& visit, const Settings& settings) {
  const EventData& data = event.data;
  const Words& words = visit.words;
  const ReferenceCipher& references = visit.call.app.store.references();
  std::vector<std::string> parts;
  const auto word = [&](const char* kind, const auto& code) {
    if (code) parts.push_back(words(std::string{kind} + "_" + std::string{to_code(*code)}));
  };
  const bool new_owner = event.type == EventType::case_assigned;
  if (new_owner && data.owner_id) parts.push_back(owner_name(settings, *data.owner_id));
  if (!new_owner && data.former_owner_id) parts.push_back(owner_name(settings, *data.former_owner_id));
  if (new_owner && data.rule) parts.push_back(words("kommun_step_" + *data.rule));
  if (data.suggested_owner_id) parts.push_back(words("kommun_event_suggests", {{"{owner}", owner_name(settings, *data.suggested_owner_id)}}));
  if (std::string reason = reason_in_words(event, words); !reason.empty()) parts.push_back(std::move(reason));
  if (data.source) parts.push_back(words("kommun_source_" + std::string{to_code(*data.source)}));
  word("category", data.category);
  if (data.category_confirmed == true && event.type == EventType::details_changed) parts.push_back(words("kommun_event_confirmed"));
  word("surface", data.surface);
  word("object", data.object_type);
  if (data.place_changed == true) parts.push_back(words("kommun_event_place"));
  if (const auto channel = data.channel ? code_from<Channel>(*data.channel) : std::nullopt) parts.push_back(words("kommun_channel_" + std::string{to_code(*channel)}));
  if (data.removed_at) parts.push_back(words.when(*data.removed_at, settings.zone));
  word("method", data.method);
  if (data.cost_sek) parts.push_back(words("kommun_kronor", {{"{n}", std::to_string(*data.cost_sek)}}));
  if (data.evidence_confirmed == true) parts.push_back(words("kommun_event_evidence"));
  if (data.until) parts.push_back(words("kommun_event_until", {{"{when}", words.when(*data.until - seconds{1}, settings.zone)}}));
  if (data.due_at) parts.push_back(words.when(*data.due_at, settings.zone));
  if (data.target) parts.push_back(references.encode(*data.target));
  if (data.from) parts.push_back(references.encode(*data.from));
  if (data.photo_role) parts.push_back(words("kommun_photo_" + *data.photo_role));
  return parts;
}

/// The sentence of an event.
std::string sentence(const Event& event, const Words& words) {
  std::string name{to_code(event.type)};
  if (event.type == EventType::photo_released && event.data.released == false) name = "photo_withdrawn";
  // A merge is told on both cases.
  if (event.type == EventType::case_merged && event.data.from) name = "case_merged_here";
  if (event.type == EventType::comment_added && event.visibility == Visibility::internal) name = "comment_internal";
  return words("kommun_event_" + name);
}

}  // namespace

TemplateData history_part(Transaction& transaction, const Visit& visit, const KommunCase& shown) {
  KeyNames names{transaction};
  TemplateData list{TemplateData::type::list};
  for (const auto& [event, note] : shown.history) {
    TemplateData line;
    line.set("when", visit.words.when(event.at, shown.settings->zone));
    line.set("text", sentence(event, visit.words));
    std::string details;
    for (const std::string& part : details_of(event, visit, *shown.settings)) details += (details.empty() ? "" : ", ") + part;
    const std::string name = names.of(event.by), role = visit.words("kommun_role_" + std::string{to_code(event.by.role)});
    line.set("who", name.empty() ? role : name + " (" + role + ")");
    line.set("internal", event.visibility == Visibility::internal);
    line.set("details", details.empty() ? TemplateData{false} : TemplateData{details});
    line.set("event_note", note.empty() ? TemplateData{false} : TemplateData{note});
    list.push_back(line);
  }
  return list;
}

}  // namespace klotterkoll
