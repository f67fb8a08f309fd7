#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/network.h"

namespace klotterkoll {

/// What is wrong with the address of a webhook, as a sentence for who registers it; nothing when it may be called as far as
/// can be told without asking a name server. What its name leads to is looked at in every call, when it connects.
/// `allowed` networks that may be called although they are not public.
std::optional<std::string> fault_in_webhook_url(const std::string& url, std::span<const Network> allowed = {});

/// May a webhook's call go to this address?
bool may_be_called(const Address& address, std::span<const Network> allowed);

/// Scheme, host and port of a URL without fault: the receiver that its calls share.
std::string receiver_of(const std::string& url);

}  // namespace klotterkoll
