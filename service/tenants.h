#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "domain/store.h"

namespace klotterkoll {

/// Knows the municipalities of the installation, for finding whose page is asked for. What was read is kept for a second.
/// Safe to call from several threads.
class Tenants {
 public:
  explicit Tenants(Store& store) : store_(store) {}

  std::shared_ptr<const std::vector<Municipality>> all();

 private:
  Store& store_;
  std::mutex mutex_;
  std::shared_ptr<const std::vector<Municipality>> kept_;
  std::chrono::steady_clock::time_point until_;
};

/// The municipality of a page: that of the code in the path; where the path has none, the one whose host name was asked for,
/// else the only one. Null when there is none. `host` may carry a port.
const Municipality* tenant_of(const std::vector<Municipality>& all, std::string_view code, std::string_view host);

}  // namespace klotterkoll
