#include "origin.h"

#include <algorithm>
#include <cctype>

#include "head.h"

namespace klotterkoll {
namespace {

/// One hop as a proxy described it.
struct Hop {
  std::string address, scheme, host, prefix;
};

/// The node of RFC 7239, 6: an address, in brackets when IPv6, with or without a port.
std::optional<Address> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    return parse_address(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return parse_address(text);
}

/// Splits at `separator` outside quoted strings.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == separator && !quoted) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(text.substr(std::min(start, text.size())));
  return parts;
}

std::string unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string plain;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

bool is_prefix(std::string_view text) {
  return text.starts_with('/') && text.find("//") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '/' || c == '-' || c == '_' || c == '.';
         });
}

bool is_scheme(std::string_view text) { return text == "http" || text == "https"; }

Hop read_hop(std::string_view element) {
  Hop hop;
  for (const auto pair : split(element, ';')) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    std::string name(trim(pair.substr(0, equals)));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    const std::string value = unquote(trim(pair.substr(equals + 1)));
    // The first of several wins, so that nothing can be slipped in behind what the proxy wrote.
    if (name == "for" && hop.address.empty()) hop.address = value;
    if (name == "proto" && hop.scheme.empty() && is_scheme(value)) hop.scheme = value;
    if (name == "host" && hop.host.empty() && is_host(value)) hop.host = value;
    if (name == "prefix" && hop.prefix.empty() && is_prefix(value)) hop.prefix = value;
  }
  while (hop.prefix.ends_with('/')) hop.prefix.pop_back();
  return hop;
}

/// The elements of all values of a header, in order.
std::vector<std::string> elements_of(const HeaderValues& values_of, const char* name) {
  std::vector<std::string> elements;
  for (const auto& value : values_of(name))
    for (const auto element : split(value, ',')) elements.emplace_back(trim(element));
  return elements;
}

/// From the client's side to ours.
std::vector<Hop> hops_of(ProxyHeaders written, const HeaderValues& values_of) {
  std::vector<Hop> hops;
  if (written == ProxyHeaders::forwarded) {
    for (const auto& element : elements_of(values_of, "Forwarded")) hops.push_back(read_hop(element));
    return hops;
  }
  for (auto& address : elements_of(values_of, "X-Forwarded-For")) hops.push_back({std::move(address), "", "", ""});
  if (hops.empty()) return hops;
  if (const auto schemes = elements_of(values_of, "X-Forwarded-Proto"); !schemes.empty() && is_scheme(schemes.back()))
    hops.back().scheme = schemes.back();
  if (const auto hosts = elements_of(values_of, "X-Forwarded-Host"); !hosts.empty() && is_host(hosts.back()))
    hops.back().host = hosts.back();
  return hops;
}

}  // namespace

Origin origin_of(std::string_view peer, ProxyHeaders written, const HeaderValues& values_of, std::span<const Network> trusted) {
  Origin origin;
  auto current = parse_address(peer);
  origin.address = current ? format_address(*current) : std::string(peer);

  auto hops = hops_of(written, values_of);
  const auto is_trusted = [&](const Address& address) {
    return std::any_of(trusted.begin(), trusted.end(), [&](const Network& n) { return n.contains(address); });
  };
  while (current && is_trusted(*current) && !hops.empty()) {
    const Hop hop = std::move(hops.back());
    hops.pop_back();
    if (!hop.scheme.empty()) origin.scheme = hop.scheme;
    if (!hop.host.empty()) origin.host = hop.host;
    if (!hop.prefix.empty()) origin.prefix = hop.prefix;
    // "unknown" and made-up names end the chain: the last address known stands.
    current = parse_node(hop.address);
    if (current) origin.address = format_address(*current);
  }
  return origin;
}

}  // namespace klotterkoll
