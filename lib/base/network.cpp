#include "base/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace klotterkoll {
namespace {

constexpr Address kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text);
  Address address = kMapped;
  if (inet_pton(AF_INET, copy.c_str(), address.data() + 12) == 1) return address;
  if (inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

std::string format_address(const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (is_ipv4(address)) {
    inet_ntop(AF_INET, address.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, address.data(), text, sizeof text);
  }
  return text;
}

bool is_ipv4(const Address& address) { return std::equal(kMapped.begin(), kMapped.begin() + 12, address.begin()); }

Address network_of(Address address) {
  if (!is_ipv4(address)) std::fill(address.begin() + 8, address.end(), static_cast<unsigned char>(0));
  return address;
}

Network::Network(std::string_view text) {
  const auto slash = text.find('/');
  const auto host = text.substr(0, slash);
  const auto address = parse_address(host);
  const bool short_form = host.find(':') == std::string_view::npos;
  int bits = short_form ? 32 : 128;
  bool valid = address.has_value();
  if (valid && slash != std::string_view::npos) {
    const auto length = text.substr(slash + 1);
    const int most = bits;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
    valid = error == std::errc{} && end == length.data() + length.size() && bits >= 0 && bits <= most;
  }
  if (!valid) {
    throw Error(ErrorCode::refused, "\"" + std::string(text) + "\" is no network; write it as 10.0.0.0/8 or 2001:db8::/32.");
  }
  address_ = *address;
  bits_ = short_form ? bits + 96 : bits;
}

bool Network::contains(const Address& address) const {
  for (int bit = 0; bit < bits_; bit += 8) {
    const int mask = bits_ - bit >= 8 ? 0xff : 0xff << (8 - (bits_ - bit)) & 0xff;
    const auto index = static_cast<std::size_t>(bit / 8);
    if ((address[index] & mask) != (address_[index] & mask)) return false;
  }
  return true;
}

}  // namespace klotterkoll
