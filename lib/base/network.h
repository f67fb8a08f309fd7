#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace klotterkoll {

/// An IPv6 address; IPv4 ones in their mapped form, so that one address has one value.
using Address = std::array<unsigned char, 16>;

std::optional<Address> parse_address(std::string_view text);
std::string format_address(const Address& address);
bool is_ipv4(const Address& address);

/// Who is counted as one: of IPv6 the /64, since a household has the whole of it; of IPv4 the address.
Address network_of(Address address);

/// A range of addresses such as 127.0.0.1/32 or 2001:db8::/32; without a slash, one address.
class Network {
 public:
  /// Throws Error{refused} naming the text when it is none.
  explicit Network(std::string_view text);
  bool contains(const Address& address) const;

 private:
  Address address_{};
  int bits_ = 0;
};

}  // namespace klotterkoll
