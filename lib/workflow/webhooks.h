#pragma once

#include <vector>

#include "domain/notice.h"
#include "domain/store.h"
#include "domain/webhook.h"

namespace klotterkoll {

/// Who is to be called for an event, the oldest subscription first (`wants`).
std::vector<WebhookId> webhooks_for(Transaction& transaction, const Settings& settings, const Event& event);

/// Where the messages of a webhook go.
std::string webhook_ref(WebhookId id);
/// The webhook of such a destination.
WebhookId webhook_of(const Destination& destination);

/// Stops it: it has answered that it wants no more. What waits for it is dropped when its turn comes. Nothing when it is
/// not there any more, or disabled already.
void disable_webhook(Transaction& transaction, WebhookId id, const std::string& reason, Instant now);

/// So many tests of a webhook are queued in a minute: each is a call to an address that somebody typed.
inline constexpr std::int64_t kTestsAMinute = 5;
/// How long until another test may be queued; 0: now.
std::chrono::seconds next_test_in(Transaction& transaction, WebhookId id, Instant now);
/// Is it a test? It is tried once, and a failed one is nobody's matter but of who asked for it.
bool is_test(const Message& message);
/// Queues a message that tells of no event, in a write in which nobody else changes the webhook. Error{conflict} when the
/// webhook is disabled, Error{busy} when there were too many in the last minute.
MessageId queue_test(Transaction& transaction, const Webhook& webhook, Instant now);

/// The newest messages to it, at most 100.
std::vector<Message> deliveries_of(Transaction& transaction, WebhookId id);

}  // namespace klotterkoll
