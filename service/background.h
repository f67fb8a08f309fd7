#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace klotterkoll {

/// Calls some work again and again, beginning at once, with a pause between; the only code that sleeps. What the work
/// throws is logged, and it is tried again after the next pause.
class Repeating {
 public:
  Repeating(std::string name, std::chrono::seconds pause, std::function<void()> work);
  /// Waits for a run in progress.
  ~Repeating();
  Repeating(const Repeating&) = delete;
  Repeating& operator=(const Repeating&) = delete;

 private:
  void run(std::stop_token stop);

  const std::string name_;
  const std::chrono::seconds pause_;
  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace klotterkoll
