#include "notify/webhook_url.h"

#include <algorithm>

#include "base/text.h"
#include "notify/curl_url.h"
#include "notify/public_address.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMaxUrlBytes = 2000;

/// The host as an address; of IPv6 without its brackets.
std::optional<Address> literal(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return parse_address(host);
}

}  // namespace

std::optional<std::string> fault_in_webhook_url(const std::string& url, std::span<const Network> allowed) {
  if (url.size() > kMaxUrlBytes) return "A webhook's address has at most 2000 characters.";
  if (!is_utf8(url) || std::ranges::any_of(url, [](char c) { return is_control(c) || c == ' ' || c == '\\'; }))
    return "A webhook's address has no spaces, backslashes or control characters; write them as %20 and so on.";
  const CurlUrl parts{url};
  const std::string scheme = parts.valid() ? parts.part(CURLUPART_SCHEME) : "";
  if (scheme != "https" && scheme != "http")
    return "A webhook's address is a URL that begins with https:// (or http://) and a host, such as https://drift.example.se/klotter.";
  if (!parts.part(CURLUPART_USER).empty() || !parts.part(CURLUPART_PASSWORD).empty() ||
      url.substr(0, url.find_first_of("/?#", scheme.size() + 3)).find('@') != std::string::npos)
    return "A webhook's address has no user and password in it; each call is signed instead.";
  if (url.find('#') != std::string::npos) return "A webhook's address has no fragment (the part from # on).";
  const std::string host = parts.part(CURLUPART_HOST);
  if (host.empty() || host.size() > 253 || !parts.part(CURLUPART_ZONEID).empty())
    return "A webhook's address names a host by its name or its address.";
  if (const auto address = literal(host); address && !may_be_called(*address, allowed))
    return "A webhook's address is not a private, local or reserved one.";
  return std::nullopt;
}

bool may_be_called(const Address& address, std::span<const Network> allowed) {
  return is_public(address) || std::ranges::any_of(allowed, [&](const Network& network) { return network.contains(address); });
}

std::string receiver_of(const std::string& url) {
  const CurlUrl parts{url};
  return parts.part(CURLUPART_SCHEME) + "://" + fold(parts.part(CURLUPART_HOST)) + ":" + parts.part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

}  // namespace klotterkoll
