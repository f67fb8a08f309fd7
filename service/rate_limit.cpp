#include "rate_limit.h"

#include <algorithm>

namespace klotterkoll {
namespace {

constexpr std::size_t kMostHolders = 100'000;

}  // namespace

RateLimiter::Verdict RateLimiter::count(const std::string& holder, const Rate& rate, Time now, std::int64_t weight) {
  const std::lock_guard lock{mutex_};
  if (windows_.size() >= kMostHolders && !windows_.contains(holder)) {
    std::erase_if(windows_, [&](const auto& entry) { return entry.second.ends <= now; });
    // All of them in use: whoever floods with addresses must not use up memory. Everybody starts anew.
    if (windows_.size() >= kMostHolders) windows_.clear();
  }
  Window& window = windows_[holder];
  if (window.ends <= now) window = {now + rate.window, 0};
  Verdict verdict;
  verdict.resets_in = std::chrono::ceil<std::chrono::seconds>(window.ends - now);
  verdict.admitted = window.used + weight <= rate.requests;
  if (verdict.admitted) window.used += weight;
  verdict.remaining = rate.requests - window.used;
  return verdict;
}

}  // namespace klotterkoll
