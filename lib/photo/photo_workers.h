#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "domain/photo.h"

namespace klotterkoll {

struct PhotoWorkerOptions {
  /// The child process: this program with the subcommand that reads a picture.
  std::vector<std::string> command{"/proc/self/exe", "photo-worker"};
  std::size_t most_running = 2;  ///< each takes up to kWorkerMemory
  std::size_t most_waiting = 4;
  std::chrono::milliseconds most_wait{15'000};  ///< for one's turn
  std::chrono::milliseconds most_time{30'000};  ///< of one child, by the clock on the wall
  /// What a client need not know: why a picture could not be read, and what became of a child.
  std::function<void(const std::string&)> on_fault = [](const std::string&) {};
};

/// Decodes what strangers send in child processes of their own (photo/worker.h), a few at a time. Safe to call from
/// several threads.
class PhotoWorkers {
 public:
  explicit PhotoWorkers(PhotoWorkerOptions options = {}) : options_(std::move(options)) {}

  /// Waits for its turn and for the child. Throws Error{refused} with a sentence about the picture, Error{unavailable}
  /// when too many wait already or no child can be had.
  DecodedPhoto decode(std::string_view bytes);

  /// The most memory that any child that answered has had so far, in bytes.
  std::int64_t peak_memory() const;

 private:
  class Turn;
  std::string run_child(std::string_view bytes);
  [[noreturn]] void refuse(const std::string& sentence, const std::string& cause);

  const PhotoWorkerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable turn_;
  std::size_t running_ = 0, waiting_ = 0;
  std::int64_t peak_memory_ = 0;
};

}  // namespace klotterkoll
