#include "json/event_json.h"

#include <nlohmann/json.hpp>

namespace klotterkoll {
namespace {

using nlohmann::json;

/// Visits every member with its name, so that reading, writing and showing cannot come apart.
template <typename Data, typename Visit>
void each_member(Data& data, Visit&& visit) {
  visit("report", data.report);
  visit("source", data.source);
  visit("observed_at", data.observed_at);
  visit("reported_at", data.reported_at);
  visit("received_at", data.received_at);
  visit("reporter", data.reporter);
  visit("policy_version", data.policy_version);
  visit("previous_case", data.previous_case);
  visit("imported", data.imported);
  visit("category", data.category);
  visit("category_confirmed", data.category_confirmed);
  visit("surface", data.surface);
  visit("object_type", data.object_type);
  visit("place_changed", data.place_changed);
  visit("district_id", data.district_id);
  visit("owner_id", data.owner_id);
  visit("former_owner_id", data.former_owner_id);
  visit("rule", data.rule);
  visit("suggested_owner_id", data.suggested_owner_id);
  visit("reason", data.reason);
  visit("channel", data.channel);
  visit("removed_at", data.removed_at);
  visit("method", data.method);
  visit("cost_sek", data.cost_sek);
  visit("evidence_confirmed", data.evidence_confirmed);
  visit("redated", data.redated);
  visit("remover", data.remover);
  visit("hold", data.hold);
  visit("starts_at", data.starts_at);
  visit("until", data.until);
  visit("warning", data.warning);
  visit("last_warning", data.last_warning);
  visit("due_at", data.due_at);
  visit("target", data.target);
  visit("from", data.from);
  visit("text_added", data.text_added);
  visit("photo", data.photo);
  visit("photo_role", data.photo_role);
  visit("released", data.released);
}

template <typename T>
auto stored(const T& value) {
  if constexpr (std::is_same_v<T, Instant>) return static_cast<std::int64_t>(to_unix(value));
  else if constexpr (requires { value.municipality(); }) return value.value;
  else return value;
}

template <typename T>
void restore(const json& from, std::optional<T>& to) {
  if constexpr (std::is_enum_v<T>) to = code_from<T>(from.get_ref<const std::string&>());
  else to = from.get<T>();
}
void restore(const json& from, std::optional<Instant>& to) { to = from_unix(from.get<long long>()); }
template <typename Tag>
void restore(const json& from, std::optional<Key<Tag>>& to) { to = Key<Tag>{from.get<std::int64_t>()}; }

}  // namespace

std::string event_data_to_text(const EventData& data) {
  return json_text([&](JsonWriter& out) {
    out.object([&] {
      each_member(data, [&](const char* name, const auto& member) { if (member) out.member(name, stored(*member)); });
    });
  });
}

EventData event_data_from_json(const json& from) {
  EventData data;
  each_member(data, [&](const char* name, auto& member) {
    if (const auto at = from.find(name); at != from.end()) restore(*at, member);
  });
  return data;
}

void write_event_data(JsonWriter& out, const EventData& data, const ReferenceCipher& references) {
  out.object([&] {
    each_member(data, [&](const char* name, const auto& member) {
      if (!member) return;
      if constexpr (requires { references.encode(*member); }) out.member(name, references.encode(*member));
      else out.member(name, *member);
    });
  });
}

}  // namespace klotterkoll
