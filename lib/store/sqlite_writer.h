#pragma once

#include <semaphore.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <thread>

#include "store/sql_transaction.h"
#include "store/sqlite_connection.h"

namespace klotterkoll {

/// The one writing thread of a SQLite database. It takes what writes are waiting, runs each in a savepoint of its own,
/// commits up to `batch` of them with one fsync, and only then answers: durable, and far faster than a commit each.
/// A second thread moves the log into the file, so that a write never waits for that.
class SqliteWriter {
 public:
  /// From so many pages of 4 kB on, about 80 MB, the log is moved into the file.
  static constexpr int kCheckpointPages = 20'000;

  SqliteWriter(const std::string& path, std::size_t batch, SettingsCache& settings, int checkpoint_pages = kCheckpointPages);
  /// Finishes what was accepted.
  ~SqliteWriter();
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;

  /// Returns when the work is durable; see Store::write. Error{unavailable} when too much is waiting.
  void write(const std::function<void(Transaction&)>& work);
  StoreMetrics metrics() const;

 private:
  /// Said once, heard once. The standard library's semaphores ask the scheduler again and again before they sleep: a
  /// twelfth of all processor time with 64 writers waiting.
  class Signal {
   public:
    Signal() { sem_init(&semaphore_, 0, 0); }
    ~Signal() { sem_destroy(&semaphore_); }
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;
    void give() { sem_post(&semaphore_); }
    void wait() {
      while (sem_wait(&semaphore_) != 0) {
        // A signal handler ran.
      }
    }

   private:
    sem_t semaphore_;
  };
  struct Job {
    const std::function<void(Transaction&)>* work;
    std::exception_ptr failure;
    Signal done;
  };
  void run();
  void run_batch(std::span<Job* const> jobs);
  bool attempt(std::span<Job* const> jobs);
  void run_job(Job& job);
  void ask_for_checkpoint();
  void checkpoint_when_due(std::stop_token stop);

  SqliteConnection connection_;
  SqlTransaction transaction_;
  SqliteConnection checkpointer_;
  const std::size_t batch_;
  const int checkpoint_pages_;

  mutable std::mutex mutex_;
  std::condition_variable work_waits_;
  std::deque<Job*> waiting_;
  bool stopping_ = false;
  StoreMetrics metrics_;
  int log_pages_ = 0;
  int log_pages_at_checkpoint_ = 0;

  std::mutex checkpoint_mutex_;
  std::condition_variable_any checkpoint_waits_;
  bool checkpoint_due_ = false;
  std::atomic<bool> checkpoint_to_finish_ = false;
  std::thread thread_;
  std::jthread checkpoint_thread_;
};

}  // namespace klotterkoll
