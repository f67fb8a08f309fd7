#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>

namespace klotterkoll {

/// A bar on a terminal, redrawn at most ten times a second; elsewhere nothing.
class Progress {
 public:
  explicit Progress(std::size_t total) : total_(std::max<std::size_t>(total, 1)), shown_(isatty(STDERR_FILENO) == 1) {}
  ~Progress() { clear(); }
  void advance(std::size_t at, std::int64_t rows) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now < next_) return;
    next_ = now + std::chrono::milliseconds{100};
    const std::size_t percent = std::min<std::size_t>(100, at * 100 / total_);
    std::cerr << "\r[" << std::string(percent / 4, '#') << std::string(25 - percent / 4, '.') << "] " << percent << " %, " << rows
              << " rows\x1b[K" << std::flush;
    drawn_ = true;
  }
  void clear() {
    if (std::exchange(drawn_, false)) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  std::size_t total_;
  bool shown_, drawn_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace klotterkoll
