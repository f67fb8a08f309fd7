#include "workflow/webhooks.h"

#include "base/error.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kDeliveriesShown = 100;
constexpr std::chrono::seconds kMinute{60};

}  // namespace

std::vector<WebhookId> webhooks_for(Transaction& transaction, const Settings& settings, const Event& event) {
  std::vector<WebhookId> called;
  for (const Webhook& webhook : transaction.webhooks().list(settings.municipality.id))
    if (wants(webhook, event)) called.push_back(webhook.id);
  return called;
}

std::string webhook_ref(WebhookId id) { return std::to_string(id.value); }
WebhookId webhook_of(const Destination& destination) { return WebhookId{std::stoll(destination.ref)}; }

void disable_webhook(Transaction& transaction, WebhookId id, const std::string& reason, Instant now) {
  auto webhook = transaction.webhooks().find_to_change(id);
  if (!webhook || webhook->disabled_at) return;
  disable(*webhook, reason, now);
  transaction.webhooks().update(*webhook);
}

std::chrono::seconds next_test_in(Transaction& transaction, WebhookId id, Instant now) {
  using std::chrono::seconds;
  const auto to = transaction.notices().find_destination(id.municipality(), Destination::Kind::webhook, webhook_ref(id));
  if (!to) return seconds{0};
  auto tests = transaction.notices().made_since(to->id, kWebhookTest, now - kMinute);
  std::erase_if(tests, [&](Instant at) { return at > now; });  // the clock was set back since
  if (std::ssize(tests) < kTestsAMinute) return seconds{0};
  return tests[tests.size() - kTestsAMinute] + kMinute - now;
}

bool is_test(const Message& message) { return message.type == kWebhookTest; }

MessageId queue_test(Transaction& transaction, const Webhook& webhook, Instant now) {
  if (webhook.disabled_at) throw Error{ErrorCode::conflict, "This webhook is disabled; enable it with PUT first."};
  if (const auto wait = next_test_in(transaction, webhook.id, now); wait.count() > 0)
    throw Error{ErrorCode::busy, "This webhook has been tested " + std::to_string(kTestsAMinute) + " times in the last minute; try again in " +
                                     std::to_string(wait.count()) + " seconds."};
  const MunicipalityId municipality = webhook.id.municipality();
  Message test;
  test.id = transaction.next_message_id(municipality);
  test.destination = transaction.notices().destination(municipality, Destination::Kind::webhook, webhook_ref(webhook.id));
  test.position = transaction.notices().next_position(test.destination);
  test.type = kWebhookTest;
  test.created_at = test.next_at = now;
  transaction.notices().add(test);
  transaction.notices().wake(test.destination, now);
  return test.id;
}

std::vector<Message> deliveries_of(Transaction& transaction, WebhookId id) {
  const auto destination = transaction.notices().find_destination(id.municipality(), Destination::Kind::webhook, webhook_ref(id));
  return destination ? transaction.notices().of_destination(destination->id, kDeliveriesShown) : std::vector<Message>{};
}

}  // namespace klotterkoll
