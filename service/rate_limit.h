#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace klotterkoll {

/// So many requests in so long a window. 0 requests: no limit.
struct Rate {
  std::int64_t requests = 0;
  std::chrono::seconds window{60};
};

/// Counts the requests of each holder (a key, or a citizen's address) in windows. Safe to call from several threads; the
/// memory is bounded: when too many holders are known, those whose window is over are forgotten, else all.
class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Verdict {
    bool admitted = true;
    std::int64_t remaining = 0;
    std::chrono::seconds resets_in{0};
  };
  /// `weight`: how many requests this one counts for.
  Verdict count(const std::string& holder, const Rate& rate, Time now, std::int64_t weight = 1);

 private:
  struct Window {
    Time ends;
    std::int64_t used = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Window> windows_;
};

}  // namespace klotterkoll
