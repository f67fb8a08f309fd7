#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace klotterkoll {

/// An IPv6 address; IPv4 ones in their mapped form, so that one address has one value.
using Address = std::array<unsigned char, 16>;

std::optional<Address> parse_address(std::string_view text);
std::string format_address(const Address& address);

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

/// Where a request comes from and what its sender sees of us. `scheme`, `host` and `prefix` (the public path under
/// which we are mounted, without a slash at its end) are empty unless a trusted proxy told them.
struct Origin {
  std::string address;
  std::string scheme;
  std::string host;
  std::string prefix;
};

/// Believes proxies only as far as they are trusted: walks from the peer towards the client, and whatever stands
/// before the first address that is not trusted was written by a stranger.
///
/// `peer`           address of the other end of the connection.
/// `forwarded`      values of Forwarded (RFC 7239), in order; `prefix` is our extension parameter.
/// `forwarded_for`  values of X-Forwarded-For, in order; read only when there is no Forwarded.
Origin origin_of(std::string_view peer, std::span<const std::string> forwarded,
                 std::span<const std::string> forwarded_for, std::span<const Network> trusted);

}  // namespace klotterkoll
