#pragma once

#include "base/network.h"

namespace klotterkoll {

/// An address of the internet at large: what a stranger may have us call. All others are somebody's inside: loopback,
/// private (RFC 1918, fc00::/7), link-local (there the clouds keep their machines' credentials), a provider's (100.64/10),
/// multicast, documentation, reserved; and IPv6 forms that carry such an IPv4 address within (mapped, NAT64, 6to4).
/// Source: IANA's special-purpose address registries.
bool is_public(const Address& address);

}  // namespace klotterkoll
