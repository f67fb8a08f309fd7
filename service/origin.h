#pragma once

#include <array>
#include <functional>
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

/// Where a request comes from and what its sender sees of us. `scheme`, `host` and `prefix` (the public path under
/// which we are mounted, without a slash at its end) are empty unless a trusted proxy told them.
struct Origin {
  std::string address;
  std::string scheme;
  std::string host;
  std::string prefix;
};

/// Which headers the trusted proxies write. The other ones are not looked at: a proxy passes them on as the client sent
/// them.
enum class ProxyHeaders {
  x_forwarded,  ///< X-Forwarded-For, and from the nearest proxy X-Forwarded-Proto and X-Forwarded-Host
  forwarded     ///< Forwarded (RFC 7239), with our extension parameter `prefix`
};

/// All values of the header of that name, in order.
using HeaderValues = std::function<std::vector<std::string>(const char* name)>;

/// Believes proxies only as far as they are trusted: walks from the peer towards the client, and whatever stands
/// before the first address that is not trusted was written by a stranger. `peer` is the other end of the connection.
Origin origin_of(std::string_view peer, ProxyHeaders written, const HeaderValues& values_of, std::span<const Network> trusted);

}  // namespace klotterkoll
