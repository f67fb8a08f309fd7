#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/network.h"

namespace klotterkoll {

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
