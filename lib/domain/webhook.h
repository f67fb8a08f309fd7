#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"

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
  Instant created_at;
  std::optional<Instant> disabled_at;
  std::string disabled_reason;  ///< coded: gone (it answered 410), by_hand
  std::int64_t version = 1;
  bool operator==(const Webhook&) const = default;
};

class WebhookTable {
 public:
  virtual ~WebhookTable() = default;
};

}  // namespace klotterkoll
