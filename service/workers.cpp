#include "workers.h"

namespace klotterkoll {

Workers::Workers(std::size_t core, std::size_t most, std::atomic<bool>& crowded, std::function<void()> before_shutdown)
    : most_(most), crowded_(crowded), before_shutdown_(std::move(before_shutdown)) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < core; ++i) spawn();
}

Workers::Taken Workers::enqueue(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (jobs_.size() > free_ && threads_.size() < most_) spawn();
    crowded_ = jobs_.size() > free_;
  }
  wake_.notify_one();
  return static_cast<Taken>(true);
}

void Workers::shutdown() {
  before_shutdown_();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Workers::spawn() {
  // Counted as free from now on, so that a burst starts one thread for each job and not one for each enqueue.
  ++free_;
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::exception&) {
    // The system gives no more threads now. Those that are there go on, and the next job asks again.
    --free_;
    if (threads_.empty()) throw;
  }
}

void Workers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    --free_;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    crowded_ = jobs_.size() > free_;
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    ++free_;
  }
}

}  // namespace klotterkoll
