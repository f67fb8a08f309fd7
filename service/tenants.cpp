#include "tenants.h"

#include <algorithm>

namespace klotterkoll {
namespace {

constexpr std::chrono::seconds kKeptFor{1};

}  // namespace

std::shared_ptr<const std::vector<Municipality>> Tenants::all() {
  const std::lock_guard lock{mutex_};
  const auto now = std::chrono::steady_clock::now();
  if (!kept_ || now >= until_) {
    std::vector<Municipality> read;
    store_.read([&](Transaction& transaction) { read = transaction.municipalities().list(); });
    kept_ = std::make_shared<const std::vector<Municipality>>(std::move(read));
    until_ = now + kKeptFor;
  }
  return kept_;
}

const Municipality* tenant_of(const std::vector<Municipality>& all, std::string_view code, std::string_view host) {
  const auto found = [&](auto&& fits) -> const Municipality* {
    const auto at = std::ranges::find_if(all, fits);
    return at == all.end() ? nullptr : &*at;
  };
  if (!code.empty()) return found([&](const Municipality& one) { return one.code == code; });
  if (const auto port = host.rfind(':'); port != host.npos && host.find(']', port) == host.npos) host = host.substr(0, port);
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == (b >= 'A' && b <= 'Z' ? b | 0x20 : b); };
  if (const auto* by_host = found([&](const Municipality& one) { return !one.host.empty() && std::ranges::equal(one.host, host, same); })) return by_host;
  return all.size() == 1 ? &all.front() : nullptr;
}

}  // namespace klotterkoll
