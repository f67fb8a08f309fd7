#include "store/batching_writer.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"

namespace klotterkoll {
namespace {

/// Beyond so many waiting writes a caller is told to come back: waiting longer would only use up memory and patience.
constexpr std::size_t kMostWaiting = 4096;
/// A batch that is not half full waits this long for company: measured, longer does not pay.
constexpr std::chrono::microseconds kFillTime{300};
/// How often a batch runs on one connection after another, and a write again that met other writers.
constexpr int kMostRuns = 4;
/// Between two tries to connect.
constexpr std::chrono::milliseconds kPause{250};

Error away() { return {ErrorCode::unavailable, "The database is not there now; try again shortly."}; }

}  // namespace

BatchEngine::Outcome BatchEngine::recover(bool) { return Outcome::undone; }

BatchingWriter::BatchingWriter(std::vector<std::unique_ptr<BatchEngine>> engines, std::size_t batch, SettingsCache& settings)
    : batch_(std::max<std::size_t>(batch, 1)) {
  for (auto& engine : engines) lanes_.push_back(std::make_unique<Lane>(std::move(engine), settings));
  for (auto& lane : lanes_) lane->thread = std::thread{[this, &used = *lane] { run(used); }};
}

BatchingWriter::~BatchingWriter() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  work_waits_.notify_all();
  stop_waits_.notify_all();
  for (auto& lane : lanes_) lane->thread.join();
}

void BatchingWriter::write(const std::function<void(Transaction&)>& work) {
  Job job{&work, nullptr, false, {}};
  {
    const std::lock_guard lock{mutex_};
    if (all_away()) throw away();
    if (waiting_.size() >= kMostWaiting)
      throw Error{ErrorCode::unavailable, "Too many writes are waiting; try again shortly."};
    waiting_.push_back(&job);
    work_waits_.notify_one();  // under the lock: once the job is done, this writer may be gone
  }
  job.done.wait();
  if (job.failure) std::rethrow_exception(job.failure);
}

void BatchingWriter::run(Lane& lane) {
  std::unique_lock lock{mutex_};
  std::vector<Job*> jobs;
  std::size_t last = 0;  // how many the last batch held: a lonely writer need not wait for company
  for (;;) {
    if (lane.away) come_back(lane, lock);
    work_waits_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::size_t wanted = std::min(batch_ / 2, last);
    if (waiting_.size() < wanted)
      work_waits_.wait_for(lock, kFillTime, [&] { return stopping_ || waiting_.size() >= wanted; });
    const auto count = static_cast<std::ptrdiff_t>(std::min(batch_, waiting_.size()));
    jobs.assign(waiting_.begin(), waiting_.begin() + count);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    last = jobs.size();
    if (jobs.empty()) continue;  // another thread was faster
    lock.unlock();
    run_batch(lane, jobs);
    lock.lock();
  }
}

void BatchingWriter::come_back(Lane& lane, std::unique_lock<std::mutex>& lock) {
  ++away_;
  for (;;) {
    // While one of the threads has a connection, it does the work; when none has, nobody is kept waiting.
    if (all_away())
      for (; !waiting_.empty(); waiting_.pop_front()) {
        waiting_.front()->failure = std::make_exception_ptr(away());
        waiting_.front()->done.give();
      }
    if (stopping_ && waiting_.empty()) break;
    lock.unlock();
    const bool back = lane.engine->reconnect();
    lock.lock();
    if (back) break;
    stop_waits_.wait_for(lock, kPause, [this] { return stopping_; });
  }
  --away_;
  lane.away = false;
}

void BatchingWriter::run_batch(Lane& lane, std::span<Job* const> jobs) {
  run_to_end(lane, jobs);
  std::vector<Job*> again;
  std::ranges::copy_if(jobs, std::back_inserter(again), &Job::again);
  {
    const std::lock_guard lock{mutex_};
    ++metrics_.commits;
    metrics_.writes += std::ssize(jobs);
    metrics_.log_bytes += lane.engine->log_bytes();
  }
  for (Job* job : jobs)
    if (!job->again) job->done.give();  // the job is its caller's again
  for (Job* const& job : again) {
    for (int runs = 1; job->again && runs < kMostRuns && !lane.away; ++runs) run_to_end(lane, {&job, 1});
    job->done.give();
  }
  if (!lane.away) lane.engine->after_batch();
}

void BatchingWriter::run_to_end(Lane& lane, std::span<Job* const> jobs) {
  bool committing = false;
  const auto fail = [&] {
    for (Job* job : jobs)
      if (!job->failure) job->failure = std::current_exception();
  };
  for (Job* job : jobs) {
    if (job->again) job->failure = nullptr;
    job->again = false;
  }
  for (int runs = 1;; ++runs) {
    try {
      committing = false;
      // A failure that undid the whole transaction leaves its own job failed; the others run again without it.
      while (!attempt(lane, jobs)) {
      }
      committing = true;
      lane.engine->commit();
      return;
    } catch (const ConnectionLost&) {
      lane.transaction.forget();
      const auto outcome = lane.engine->recover(committing);
      lane.away = outcome == BatchEngine::Outcome::unknown;
      if (outcome == BatchEngine::Outcome::applied) return;
      if (lane.away || runs == kMostRuns) return fail();
    } catch (const RunAgain& met) {
      // Not in a job but in what all of them share.
      lane.engine->connection().roll_back();
      lane.transaction.forget();
      if (runs < kMostRuns) continue;
      try {
        throw met.reason;
      } catch (...) {
        return fail();
      }
    } catch (...) {
      lane.engine->connection().roll_back();
      lane.transaction.forget();
      return fail();
    }
  }
}

bool BatchingWriter::attempt(Lane& lane, std::span<Job* const> jobs) {
  Connection& connection = lane.engine->connection();
  lane.transaction.use_slot(lane.engine->slot());
  lane.engine->begin(jobs.size() == 1);
  for (Job* job : jobs) {
    if (job->failure && !job->again) continue;
    run_job(lane, *job);
    if (!connection.in_transaction()) {
      lane.transaction.forget();
      return false;
    }
  }
  lane.transaction.flush();
  return true;
}

void BatchingWriter::run_job(Lane& lane, Job& job) {
  Connection& connection = lane.engine->connection();
  job.failure = nullptr;
  job.again = false;
  connection.set_savepoint();
  lane.transaction.begin_unit();
  try {
    try {
      (*job.work)(lane.transaction);
      connection.release_savepoint();
      lane.transaction.keep_unit();
      return;
    } catch (const ConnectionLost&) {
      throw;  // all of the batch is gone
    } catch (const RunAgain& met) {
      job.again = true;
      throw met.reason;
    }
  } catch (const ConnectionLost&) {
    throw;
  } catch (...) {
    job.failure = std::current_exception();
  }
  lane.transaction.discard_unit();
  if (connection.in_transaction()) connection.roll_back_to_savepoint();
}

StoreMetrics BatchingWriter::metrics() const {
  const std::lock_guard lock{mutex_};
  StoreMetrics copy = metrics_;
  copy.waiting_writes = static_cast<std::int64_t>(waiting_.size());
  return copy;
}

}  // namespace klotterkoll
