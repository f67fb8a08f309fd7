#pragma once

#include "base/time.h"

namespace klotterkoll {

/// Where "now" comes from. It is read once per request and once per sweep; below that, time is an argument.
class Clock {
 public:
  virtual ~Clock() = default;
  /// UTC in whole seconds; may step backwards with the host's clock.
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }
};

}  // namespace klotterkoll
