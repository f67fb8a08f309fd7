#pragma once

#include <semaphore.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "store/sql_transaction.h"

namespace klotterkoll {

/// What one writing thread asks of its engine: a connection of its own, and how a batch begins, commits and is found again.
class BatchEngine {
 public:
  virtual ~BatchEngine() = default;
  virtual Connection& connection() = 0;
  /// The writer's slot in counters and tallies; another after a `recover`.
  virtual int slot() const { return 0; }

  /// `alone`: the batch is one write, which holds nothing yet that others may wait for, and so may wait for them.
  virtual void begin(bool alone) = 0;
  virtual void commit() { connection().commit(); }

  enum class Outcome {
    applied,   ///< the connection is back, and the batch is in the database
    undone,    ///< the connection is back, and nothing of the batch is
    unknown    ///< there is no connection, as far as could be waited for
  };
  /// After ConnectionLost, while the batch committed or before that.
  virtual Outcome recover(bool committing);
  /// After `unknown`: true when the connection is back.
  virtual bool reconnect() { return true; }

  /// Between a batch, when its callers have been answered, and the next.
  virtual void after_batch() {}
  /// Bytes that the last batch has added to the engine's log, where the engine can tell.
  virtual std::int64_t log_bytes() { return 0; }
};

/// Takes what writes are waiting, runs each in a savepoint of its own, commits up to `batch` of them with one fsync, and
/// only then answers: durable, and far faster than a commit each. One thread for each engine.
///
/// A write that another writer is in the way of runs again when its batch is done, alone. When a connection is lost the
/// batch runs again on the next, unless it is found to have been committed.
class BatchingWriter {
 public:
  BatchingWriter(std::vector<std::unique_ptr<BatchEngine>> engines, std::size_t batch, SettingsCache& settings);
  /// Finishes what was accepted.
  ~BatchingWriter();
  BatchingWriter(const BatchingWriter&) = delete;
  BatchingWriter& operator=(const BatchingWriter&) = delete;

  /// Returns when the work is durable; see Store::write. Error{unavailable} when too much is waiting, and while there is
  /// no connection.
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
    bool again = false;  ///< `failure` says that another writer was in the way
    Signal done;
  };
  struct Lane {
    Lane(std::unique_ptr<BatchEngine> used, SettingsCache& settings)
        : engine(std::move(used)), transaction(engine->connection(), settings) {}
    std::unique_ptr<BatchEngine> engine;
    SqlTransaction transaction;
    bool away = false;  ///< without connection
    std::thread thread;
  };
  void run(Lane& lane);
  void run_batch(Lane& lane, std::span<Job* const> jobs);
  void run_to_end(Lane& lane, std::span<Job* const> jobs);
  bool attempt(Lane& lane, std::span<Job* const> jobs);
  void run_job(Lane& lane, Job& job);
  void come_back(Lane& lane, std::unique_lock<std::mutex>& lock);
  bool all_away() const { return away_ == lanes_.size(); }

  const std::size_t batch_;
  mutable std::mutex mutex_;
  std::condition_variable work_waits_, stop_waits_;
  std::deque<Job*> waiting_;
  std::size_t away_ = 0;  ///< lanes without connection
  bool stopping_ = false;
  StoreMetrics metrics_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace klotterkoll
