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

/// Queues a message that tells of no event. Error{conflict} when the webhook is disabled.
MessageId queue_test(Transaction& transaction, const Webhook& webhook, Instant now);

/// The newest messages to it, at most 100.
std::vector<Message> deliveries_of(Transaction& transaction, WebhookId id);

}  // namespace klotterkoll
