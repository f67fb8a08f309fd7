#include "json/webhook_json.h"

#include <algorithm>

#include "json/case_json.h"
#include "json/event_json.h"
#include "json/values.h"

namespace klotterkoll {
namespace {

/// What does not follow from the event itself may be another at the next attempt, so it is not here: names, and whether an
/// owner may be named in public.
void write_event(JsonWriter& out, const Event& event, const Webhook& webhook, const ReferenceCipher& references) {
  const CaseView view = view_for(subscriber_of(webhook), event);
  out.member("id", references.encode(event.id));
  out.member("type", event.type);
  out.member("at", event.at);
  out.member("recorded_at", event.recorded_at);
  out.object("by", [&] { out.member("role", event.by.role); });
  out.member("visibility", event.visibility);
  out.key("data");
  write_event_data(out, shown_data(event, view, [&](const std::string& owner_id) { return owner_id == webhook.owner_id; }), references);
}

std::string body_of(const Message& message, const Event& event, const Webhook& webhook, const Settings& settings,
                    const ReferenceCipher& references, const std::string& public_url) {
  const std::string& code = settings.municipality.code;
  const std::string reference = references.encode(event.case_id);
  const bool own = webhook.owner_id.empty() || event.owner_id == webhook.owner_id;
  return json_text([&](JsonWriter& out) {
    out.object([&] {
      out.member("type", message.type);
      out.member("timestamp", event.recorded_at);
      out.object("data", [&] {
        out.member("municipality", code);
        out.member("reference", reference);
        out.member("owner_id", own ? or_null(event.owner_id) : std::nullopt);
        out.object("event", [&] { write_event(out, event, webhook, references); });
        out.member("case_url", public_url + "/api/v1/municipalities/" + code + "/cases/" + reference);
        out.member("events_url", public_url + "/api/v1/municipalities/" + code + "/cases/" + reference + "/events");
      });
    });
  });
}

std::string test_body(const Message& message, const Webhook& webhook, const Settings& settings, const ReferenceCipher& references) {
  return json_text([&](JsonWriter& out) {
    out.object([&] {
      out.member("type", message.type);
      out.member("timestamp", message.created_at);
      out.object("data", [&] {
        out.member("municipality", settings.municipality.code);
        out.member("webhook_id", references.encode(webhook.id));
      });
    });
  });
}

}  // namespace

nlohmann::json webhook_to_json(const Webhook& webhook, const ReferenceCipher& references) {
  return {{"webhook_id", references.encode(webhook.id)},
          {"owner_id", shown(webhook.owner_id)},
          {"url", webhook.url},
          {"types", webhook.types},
          {"enabled", !webhook.disabled_at},
          {"disabled_at", shown(webhook.disabled_at)},
          {"disabled_reason", shown(webhook.disabled_reason)},
          {"former_secret_until", shown(webhook.former_until)},
          {"created_at", shown(webhook.created_at)},
          {"version", webhook.version}};
}

nlohmann::json delivery_to_json(const Message& message, const ReferenceCipher& references) {
  const bool waits = message.state == MessageState::waiting;
  nlohmann::json reference, event, status, next;
  if (message.case_id) reference = references.encode(message.case_id);
  if (message.event) event = references.encode(message.event);
  if (message.status) status = message.status;
  if (waits) next = shown(message.next_at);
  return {{"delivery_id", references.encode(message.id)},
          {"type", message.type},
          {"case", reference},
          {"event", event},
          {"state", to_code(message.state)},
          {"attempts", message.attempts},
          {"status", status},
          {"detail", shown(message.detail)},
          {"created_at", shown(message.created_at)},
          {"first_tried_at", shown(message.first_tried_at)},
          {"next_at", next},
          {"done_at", shown(message.done_at)}};
}

std::optional<OutgoingCall> compose_call(Transaction& transaction, const Settings& settings, const ReferenceCipher& references,
                                         const std::string& public_url, WebhookId id, const Message& message, Instant now) {
  const auto webhook = transaction.webhooks().find(id);
  if (!webhook || webhook->disabled_at) return std::nullopt;
  OutgoingCall call{references.encode(message.id), webhook->url, secrets_of(*webhook, now), "", now};
  if (!message.event) {
    call.body = test_body(message, *webhook, settings, references);
    return call;
  }
  const auto events = transaction.events().of_case(message.case_id);
  const auto event = std::ranges::find(events, message.event, &Event::id);
  if (event == events.end()) return std::nullopt;
  call.body = body_of(message, *event, *webhook, settings, references, public_url);
  return call;
}

}  // namespace klotterkoll
