#include "domain/webhook.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "support/times.h"

using namespace klotterkoll;

namespace {

const Instant kNow = parse_instant("2026-11-16T10:00:00Z").value();

Event event_of(const std::string& owner_id, EventType type = EventType::case_due_soon) {
  Event event;
  event.type = type;
  event.owner_id = owner_id;
  return event;
}

Webhook webhook_of(const std::string& owner_id, std::vector<std::string> types = {}) {
  Webhook webhook;
  webhook.owner_id = owner_id;
  webhook.types = std::move(types);
  webhook.secret = "whsec_one";
  return webhook;
}

}  // namespace

TEST_CASE("webhook: a type is an event's with a dot for its first underscore") {
  CHECK(webhook_type(EventType::case_due_soon) == "case.due_soon");
  CHECK(webhook_type(EventType::police_reference_added) == "police.reference_added");
  CHECK(webhook_type(EventType::redacted) == "redacted");
  CHECK_NOTHROW(validate_types({}));
  for (std::size_t i = 0; i < names_of(EventType{}).size(); ++i) CHECK_NOTHROW(validate_types({webhook_type(static_cast<EventType>(i))}));
}

TEST_CASE("webhook: unknown types and repeated ones are all named") {
  try {
    validate_types({"case.due_soon", "case_due_soon", "case.overdue", "case.due_soon", "webhook.test", ""});
    FAIL("they were taken");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::refused);
    std::string pointers;
    for (const Fault& fault : error.faults()) pointers += fault.pointer + " ";
    CHECK(pointers == "/types/1 /types/3 /types/4 /types/5 ");
  }
}

TEST_CASE("webhook: a former secret signs for a day, and only the last one") {
  Webhook webhook = webhook_of("");
  CHECK(secrets_of(webhook, kNow) == std::vector<std::string>{"whsec_one"});
  change_secret(webhook, "whsec_two", kNow);
  CHECK(secrets_of(webhook, kNow) == std::vector<std::string>{"whsec_two", "whsec_one"});
  CHECK(secrets_of(webhook, kNow + kFormerSecretSigns - std::chrono::seconds{1}).size() == 2);
  CHECK(secrets_of(webhook, kNow + kFormerSecretSigns) == std::vector<std::string>{"whsec_two"});
  change_secret(webhook, "whsec_three", kNow + std::chrono::hours{1});
  CHECK(secrets_of(webhook, kNow + std::chrono::hours{2}) == std::vector<std::string>{"whsec_three", "whsec_two"});
}

TEST_CASE("webhook: the kommun hears all, an owner of its own cases and that one left it") {
  CHECK(wants(webhook_of(""), event_of("hfab")));
  CHECK(wants(webhook_of(""), event_of("")));
  CHECK(wants(webhook_of("hfab"), event_of("hfab")));
  CHECK_FALSE(wants(webhook_of("hfab"), event_of("eon")));
  CHECK_FALSE(wants(webhook_of("hfab"), event_of("")));
  Event left = event_of("eon", EventType::case_assigned);
  left.data.former_owner_id = "hfab";
  CHECK(wants(webhook_of("hfab"), left));
  CHECK(wants(webhook_of("eon"), left));
  CHECK_FALSE(wants(webhook_of("ann"), left));
}

TEST_CASE("webhook: internal events are for the kommun") {
  Event event = event_of("hfab", EventType::comment_added);
  event.visibility = Visibility::internal;
  CHECK(wants(webhook_of(""), event));
  CHECK_FALSE(wants(webhook_of("hfab"), event));
}

TEST_CASE("webhook: only the types that were asked for, not while it is disabled, and no imported history") {
  CHECK(wants(webhook_of("", {"case.due_soon"}), event_of("hfab")));
  CHECK_FALSE(wants(webhook_of("", {"case.overdue"}), event_of("hfab")));
  Webhook webhook = webhook_of("");
  disable(webhook, kGone, kNow);
  CHECK_FALSE(wants(webhook, event_of("hfab")));
  disable(webhook, kByHand, kNow + std::chrono::hours{1});  // it is already
  CHECK(webhook.disabled_at == kNow);
  CHECK(webhook.disabled_reason == kGone);
  enable(webhook);
  CHECK(webhook.disabled_reason.empty());
  CHECK(wants(webhook, event_of("hfab")));
  Event imported = event_of("hfab");
  imported.data.imported = true;
  CHECK_FALSE(wants(webhook, imported));
}
