#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "domain/notice.h"
#include "domain/outgoing.h"
#include "domain/store.h"
#include "domain/webhook.h"

namespace klotterkoll {

/// A webhook as the API shows it, without its secrets.
nlohmann::json webhook_to_json(const Webhook& webhook, const ReferenceCipher& references);

/// One message to a webhook and what became of it; its id is the webhook-id that the receiver sees.
nlohmann::json delivery_to_json(const Message& message, const ReferenceCipher& references);

/// The call that a message to a webhook is: the event's codes, times and keys as the subscriber may see them, and where to
/// read the case. Nothing of it changes from one attempt to the next but the secrets that sign. Nothing when the message
/// is to be dropped: the webhook is gone or disabled.
std::optional<OutgoingCall> compose_call(Transaction& transaction, const Settings& settings, const ReferenceCipher& references,
                                         const std::string& public_url, WebhookId id, const Message& message, Instant now);

}  // namespace klotterkoll
