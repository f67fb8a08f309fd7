#pragma once

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace klotterkoll {

/// Threads that answer requests: `core` at the start, one more whenever a job finds nobody free, `most` in all, or as
/// many as the system gives.
/// A job that is dropped would leak its connection, so none is.
class Workers final : public httplib::TaskQueue {
 public:
  /// `crowded` tells whether jobs wait although all threads that may be are there. Throws std::system_error when not even
  /// one can be made.
  /// `before_shutdown` is called when no new connection comes in and the threads still work.
  Workers(std::size_t core, std::size_t most, std::atomic<bool>& crowded, std::function<void()> before_shutdown);

  /// The library's newer versions want to hear that a job was taken.
  using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));
  Taken enqueue(std::function<void()> job) override;
  /// Finishes what is queued and joins the threads.
  void shutdown() override;

 private:
  void spawn();
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  const std::size_t most_;
  std::size_t free_ = 0;
  bool stopping_ = false;
  std::atomic<bool>& crowded_;
  const std::function<void()> before_shutdown_;
};

}  // namespace klotterkoll
