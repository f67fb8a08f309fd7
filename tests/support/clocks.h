#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"
#include "support/times.h"

namespace klotterkoll::test {

/// A moment of November 2026 in Höör, where the 16th is a Monday and no day is a holiday: nov(19,
/// "23:59:59").
inline Instant nov(int day, std::string_view time = "10:00") {
  const std::string seconds = time.size() == 5 ? ":00" : "";
  return at("2026-11-" + std::string{day < 10 ? "0" : ""} + std::to_string(day) + "T" + std::string{time} +
            seconds + "+01:00");
}

/// A clock that stands until the test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = nov(16)) : now_(start) {}
  Instant now() const override { return now_; }
  void set(Instant now) { now_ = now; }
  void pass(std::chrono::seconds time) { now_ += time; }

 private:
  Instant now_;
};

/// "Random" bytes that count up, so that what is made from them is the same in every run.
class SequenceIds final : public IdSource {
 public:
  void fill(std::span<unsigned char> bytes) override {
    for (auto& byte : bytes) byte = next_++;
  }

 private:
  unsigned char next_ = 1;
};

}  // namespace klotterkoll::test
