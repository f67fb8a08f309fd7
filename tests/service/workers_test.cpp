#include "workers.h"

#include <doctest/doctest.h>
#include <pthread.h>

#include <future>
#include <system_error>

using namespace klotterkoll;
using namespace std::chrono_literals;

namespace {

/// While it lives the system gives this process no thread: each would need a stack larger than all addresses.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_getattr_default_np(&huge);
    pthread_attr_setstacksize(&huge, std::size_t{1} << 47);
    pthread_setattr_default_np(&huge);
    pthread_attr_destroy(&huge);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_;
};

}  // namespace

TEST_CASE("workers: when the system gives no more threads, those that are there do all the work") {
  std::atomic<bool> crowded{false};
  std::atomic<int> done = 0;
  std::promise<void> go_on;
  Workers workers(1, 8, crowded, [] {});
  {
    const NoThreads none;
    workers.enqueue([held = go_on.get_future().share()] { held.wait(); });
    for (int i = 0; i < 5; ++i) workers.enqueue([&] { ++done; });
    CHECK(crowded);
    CHECK(done == 0);
  }
  // It is asked again with the next job, and got.
  workers.enqueue([&] { ++done; });
  for (int i = 0; i < 500 && done < 6; ++i) std::this_thread::sleep_for(10ms);
  CHECK(done == 6);
  go_on.set_value();
  workers.shutdown();
  CHECK_FALSE(crowded);
}

TEST_CASE("workers: without a single thread there is no service") {
  std::atomic<bool> crowded{false};
  const NoThreads none;
  CHECK_THROWS_AS(Workers(8, 8, crowded, [] {}), std::system_error);
}
