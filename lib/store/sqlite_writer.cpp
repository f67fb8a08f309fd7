#include "store/sqlite_writer.h"

#include "base/error.h"

namespace klotterkoll {
namespace {

/// Beyond so many waiting writes a caller is told to come back: waiting longer would only use up memory and patience.
constexpr std::size_t kMostWaiting = 4096;
/// A batch that is not half full waits this long for company: measured, longer does not pay.
constexpr std::chrono::microseconds kFillTime{300};
/// How long writes may stand still for readers to leave the log, once for each time it has filled up.
constexpr std::chrono::milliseconds kPatience{100};

}  // namespace

SqliteWriter::SqliteWriter(const std::string& path, std::size_t batch, SettingsCache& settings, int checkpoint_pages)
    : connection_(path, SqliteConnection::Use::writer),
      transaction_(connection_, settings),
      checkpointer_(path, SqliteConnection::Use::checkpointer),
      batch_(std::max<std::size_t>(batch, 1)),
      checkpoint_pages_(checkpoint_pages),
      thread_([this] { run(); }),
      checkpoint_thread_([this](std::stop_token stop) { checkpoint_when_due(stop); }) {}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  work_waits_.notify_all();
  thread_.join();
}

void SqliteWriter::write(const std::function<void(Transaction&)>& work) {
  Job job{&work, nullptr};
  {
    const std::lock_guard lock{mutex_};
    if (waiting_.size() >= kMostWaiting)
      throw Error{ErrorCode::unavailable, "Too many writes are waiting; try again shortly."};
    waiting_.push_back(&job);
  }
  work_waits_.notify_one();
  job.done.acquire();
  if (job.failure) std::rethrow_exception(job.failure);
}

void SqliteWriter::run() {
  std::unique_lock lock{mutex_};
  std::vector<Job*> jobs;
  std::size_t last = 0;  // how many the last batch held: a lonely writer need not wait for company
  for (;;) {
    work_waits_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::size_t wanted = std::min(batch_ / 2, last);
    if (waiting_.size() < wanted)
      work_waits_.wait_for(lock, kFillTime, [&] { return stopping_ || waiting_.size() >= wanted; });
    const auto count = static_cast<std::ptrdiff_t>(std::min(batch_, waiting_.size()));
    jobs.assign(waiting_.begin(), waiting_.begin() + count);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    last = jobs.size();
    lock.unlock();
    run_batch(jobs);
    lock.lock();
  }
}

void SqliteWriter::run_batch(std::span<Job* const> jobs) {
  try {
    // A failure that undid the whole transaction leaves its own job failed; the others run again without it.
    while (!attempt(jobs)) {
    }
  } catch (...) {
    connection_.roll_back();
    transaction_.forget();
    for (Job* job : jobs)
      if (!job->failure) job->failure = std::current_exception();
  }
  const int before = log_pages_;
  log_pages_ = connection_.log_pages();
  {
    const std::lock_guard lock{mutex_};
    ++metrics_.commits;
    metrics_.writes += static_cast<std::int64_t>(jobs.size());
    metrics_.log_bytes += 4096ll * (log_pages_ >= before ? log_pages_ - before : log_pages_);
  }
  for (Job* job : jobs) job->done.release();  // the job is its caller's again
  ask_for_checkpoint();
}

void SqliteWriter::ask_for_checkpoint() {
  // The other thread moves nearly all of the log while writes go on; what came meanwhile is little, and moving that
  // between two batches is what lets the log begin anew. Among steady readers there is hardly a moment in which none
  // uses it, so they are waited for; one that reads for longer is not, and all is tried again when the log has grown.
  if (checkpoint_to_finish_.exchange(false)) {
    connection_.restart_log(kPatience);
    log_pages_at_checkpoint_ = log_pages_;
  }
  if (log_pages_ < log_pages_at_checkpoint_) log_pages_at_checkpoint_ = 0;  // it began anew
  if (log_pages_ - log_pages_at_checkpoint_ < checkpoint_pages_) return;
  log_pages_at_checkpoint_ = log_pages_;
  const std::lock_guard lock{checkpoint_mutex_};
  checkpoint_due_ = true;
  checkpoint_waits_.notify_one();
}

bool SqliteWriter::attempt(std::span<Job* const> jobs) {
  connection_.begin_write();
  for (Job* job : jobs) {
    if (job->failure) continue;
    run_job(*job);
    if (!connection_.in_transaction()) {
      transaction_.forget();
      return false;
    }
  }
  transaction_.flush();
  connection_.commit();
  return true;
}

void SqliteWriter::run_job(Job& job) {
  connection_.set_savepoint();
  transaction_.begin_unit();
  try {
    (*job.work)(transaction_);
    connection_.release_savepoint();
    transaction_.keep_unit();
  } catch (...) {
    job.failure = std::current_exception();
    transaction_.discard_unit();
    if (connection_.in_transaction()) connection_.roll_back_to_savepoint();
  }
}

void SqliteWriter::checkpoint_when_due(std::stop_token stop) {
  std::unique_lock lock{checkpoint_mutex_};
  while (checkpoint_waits_.wait(lock, stop, [this] { return checkpoint_due_; })) {
    checkpoint_due_ = false;
    lock.unlock();
    checkpointer_.checkpoint();  // fails on a full disk: the log then grows and is tried again, no write is lost by it
    checkpoint_to_finish_ = true;
    lock.lock();
  }
}

StoreMetrics SqliteWriter::metrics() const {
  const std::lock_guard lock{mutex_};
  StoreMetrics copy = metrics_;
  copy.waiting_writes = static_cast<std::int64_t>(waiting_.size());
  return copy;
}

}  // namespace klotterkoll
