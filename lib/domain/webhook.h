#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "domain/event.h"

namespace klotterkoll {

/// A subscription to what happens to cases (Standard Webhooks): the kommun's to all of them, an owner's to its own.
struct Webhook {
  WebhookId id;
  std::string owner_id;  ///< empty: the kommun's
  std::string url;
  std::vector<std::string> types;  ///< "case.due_soon"; empty: all
  std::string secret;              ///< "whsec_" and base64 of 32 random bytes
  std::string former_secret;       ///< signs too until `former_until`
  std::optional<Instant> former_until;
  Instant created_at;  ///< it hears of nothing that was recorded before
  std::optional<Instant> disabled_at;
  std::string disabled_reason;  ///< coded: gone (it answered 410), by_hand
  std::int64_t version = 1;
  bool operator==(const Webhook&) const = default;
};

inline constexpr const char* kGone = "gone";
inline constexpr const char* kByHand = "by_hand";

/// An owner has at most so many, the kommun itself so many.
inline constexpr std::int64_t kOwnersWebhooks = 10, kMunicipalitysWebhooks = 20;
/// After a new secret was made the former one signs too for so long.
inline constexpr std::chrono::hours kFormerSecretSigns{24};

/// The type of a webhook's message: the event's, with a dot for the first underscore ("case.due_soon").
std::string webhook_type(EventType type);
/// A message that tells of no event: somebody tries whether the receiver answers.
inline constexpr const char* kWebhookTest = "webhook.test";

/// Throws Error{refused} with every type that no event has, and those named twice (/types/1).
void validate_types(const std::vector<std::string>& types);

/// The secrets that sign at `now`, the present one first.
std::vector<std::string> secrets_of(const Webhook& webhook, Instant now);
/// Puts another secret in the place of the present one, which signs too for a day; one that still did so does not any more.
void change_secret(Webhook& webhook, std::string secret, Instant now);
/// Stops and starts it; nothing when it is so already.
void disable(Webhook& webhook, const std::string& reason, Instant now);
void enable(Webhook& webhook);

/// For whom it asks: the kommun, or an owner.
Actor subscriber_of(const Webhook& webhook);
/// Is the event told to it? To the kommun all of them, to an owner those of its own cases and that one left it; not when it
/// is disabled or wants other types, and never what was imported as history.
bool wants(const Webhook& webhook, const Event& event);

class WebhookTable {
 public:
  virtual ~WebhookTable() = default;
  virtual void add(const Webhook& webhook) = 0;
  virtual std::optional<Webhook> find(WebhookId id) = 0;
  /// The same in a write, and nobody else changes it until the transaction ends.
  virtual std::optional<Webhook> find_to_change(WebhookId id) = 0;
  /// The oldest first.
  virtual std::vector<Webhook> list(MunicipalityId municipality) = 0;
  /// How many an owner has, the kommun itself with an empty one; in a write, and nobody else adds one until it ends.
  virtual std::int64_t count_to_add(MunicipalityId municipality, const std::string& owner_id) = 0;
  /// Saves all but whose it is and when it was made; counts its version up.
  virtual void update(const Webhook& webhook) = 0;
  virtual void remove(WebhookId id) = 0;
};

}  // namespace klotterkoll
