#include "notify/public_address.h"

#include <algorithm>
#include <array>

namespace klotterkoll {
namespace {

/// The IPv4 address that stands in `address` from byte `at` on.
Address embedded(const Address& address, std::size_t at) {
  Address inner = *parse_address("0.0.0.0");
  std::copy_n(address.begin() + static_cast<std::ptrdiff_t>(at), 4, inner.begin() + 12);
  return inner;
}

bool is_public_ipv4(const Address& address) {
  static const std::array kInside = {
      Network("0.0.0.0/8"),        // "this network": Linux takes 0.0.0.0 for itself
      Network("10.0.0.0/8"),       // private
      Network("100.64.0.0/10"),    // a provider's own (CGNAT)
      Network("127.0.0.0/8"),      // loopback
      Network("169.254.0.0/16"),   // link-local, metadata of clouds
      Network("172.16.0.0/12"),    // private
      Network("192.0.0.0/24"),     // protocol assignments
      Network("192.0.2.0/24"),     // documentation
      Network("192.88.99.0/24"),   // relays of 6to4, given up
      Network("192.168.0.0/16"),   // private
      Network("198.18.0.0/15"),    // benchmarking
      Network("198.51.100.0/24"),  // documentation
      Network("203.0.113.0/24"),   // documentation
      Network("224.0.0.0/3"),      // multicast, reserved, broadcast
  };
  return std::ranges::none_of(kInside, [&](const Network& network) { return network.contains(address); });
}

}  // namespace

bool is_public(const Address& address) {
  if (is_ipv4(address)) return is_public_ipv4(address);
  static const Network kNat64("64:ff9b::/96"), kSixToFour("2002::/16"), kUnicast("2000::/3");
  static const std::array kInside = {
      Network("2001::/23"),      // protocol assignments: Teredo, benchmarking, ORCHID
      Network("2001:db8::/32"),  // documentation
      Network("3fff::/20"),      // documentation
  };
  if (kNat64.contains(address)) return is_public_ipv4(embedded(address, 12));
  if (kSixToFour.contains(address)) return is_public_ipv4(embedded(address, 2));
  return kUnicast.contains(address) &&
         std::ranges::none_of(kInside, [&](const Network& network) { return network.contains(address); });
}

}  // namespace klotterkoll
