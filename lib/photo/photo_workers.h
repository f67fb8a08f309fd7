#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "domain/photo_decoder.h"

namespace klotterkoll {

struct PhotoWorkerOptions {
  /// The child process: this program with the subcommand that reads a picture.
  std::vector<std::string> command{"/proc/self/exe", "photo-worker"};
  std::size_t most_running = 2;  ///< at least 2, of which strangers have one less; each takes up to kWorkerMemory
  std::size_t most_waiting = 4;  ///< strangers, and as many others
  std::chrono::milliseconds most_wait{15'000};  ///< for one's turn
  std::chrono::milliseconds most_time{30'000};  ///< of one turn, by the clock on the wall
  /// What a client need not know: why a picture could not be read, and what became of a child.
  std::function<void(const std::string&)> on_fault = [](const std::string&) {};
};

/// Decodes each picture in a child process of its own (photo/worker.h), a few requests at a time.
class PhotoWorkers final : public PhotoDecoder {
 public:
  explicit PhotoWorkers(PhotoWorkerOptions options = {}) : options_(std::move(options)) {}

  std::vector<DecodedPhoto> decode(const std::vector<std::string_view>& pictures, Sender sender) override;

  /// The most memory that any child that answered has had so far, in bytes.
  std::int64_t peak_memory() const;

 private:
  class Turn;
  using Time = std::chrono::steady_clock::time_point;
  DecodedPhoto decode_one(std::string_view bytes, Time until);
  std::string run_child(std::string_view bytes, Time until);
  [[noreturn]] void refuse(const std::string& sentence, const std::string& cause);

  const PhotoWorkerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable turn_;
  struct Counts {
    std::size_t running = 0, waiting = 0;
  };
  std::array<Counts, 2> counts_;  ///< by Sender
  std::int64_t peak_memory_ = 0;
};

}  // namespace klotterkoll
