#include "store/sqlite_writer.h"

#include <atomic>

#include "store/sqlite_connection.h"

namespace klotterkoll {
namespace {

/// How long writes may stand still for readers to leave the log, once for each time it has filled up.
constexpr std::chrono::milliseconds kPatience{100};

class SqliteEngine final : public BatchEngine {
 public:
  SqliteEngine(const std::string& path, int checkpoint_pages)
      : connection_(path, SqliteConnection::Use::writer),
        checkpointer_(path, SqliteConnection::Use::checkpointer),
        checkpoint_pages_(checkpoint_pages),
        checkpoint_thread_([this](std::stop_token stop) { checkpoint_when_due(stop); }) {}

  Connection& connection() override { return connection_; }
  void begin(bool) override { connection_.begin_write(); }
  std::int64_t log_bytes() override {
    const int before = log_pages_;
    log_pages_ = connection_.log_pages();
    return 4096ll * (log_pages_ >= before ? log_pages_ - before : log_pages_);
  }

  void after_batch() override {
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

 private:
  void checkpoint_when_due(std::stop_token stop) {
    std::unique_lock lock{checkpoint_mutex_};
    while (checkpoint_waits_.wait(lock, stop, [this] { return checkpoint_due_; })) {
      checkpoint_due_ = false;
      lock.unlock();
      checkpointer_.checkpoint();  // fails on a full disk: the log then grows and is tried again, no write is lost by it
      checkpoint_to_finish_ = true;
      lock.lock();
    }
  }

  SqliteConnection connection_, checkpointer_;
  const int checkpoint_pages_;
  int log_pages_ = 0;
  int log_pages_at_checkpoint_ = 0;
  std::mutex checkpoint_mutex_;
  std::condition_variable_any checkpoint_waits_;
  bool checkpoint_due_ = false;
  std::atomic<bool> checkpoint_to_finish_ = false;
  std::jthread checkpoint_thread_;
};

std::vector<std::unique_ptr<BatchEngine>> one_engine(const std::string& path, int checkpoint_pages) {
  std::vector<std::unique_ptr<BatchEngine>> engines;
  engines.push_back(std::make_unique<SqliteEngine>(path, checkpoint_pages));
  return engines;
}

}  // namespace

SqliteWriter::SqliteWriter(const std::string& path, std::size_t batch, SettingsCache& settings, int checkpoint_pages)
    : BatchingWriter(one_engine(path, checkpoint_pages), batch, settings) {}

}  // namespace klotterkoll
