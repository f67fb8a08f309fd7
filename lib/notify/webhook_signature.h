#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace klotterkoll {

/// The header `webhook-signature` of Standard Webhooks 1: for each secret "v1," and the HMAC-SHA256 of
/// "id.timestamp.body" in base64, separated by a space.
/// `secrets` "whsec_" and base64 of 24 to 64 bytes.
/// Throws   Error{refused} when there is none, or one is not such.
std::string webhook_signature(const std::vector<std::string>& secrets, const std::string& id, Instant at, const std::string& body);

}  // namespace klotterkoll
