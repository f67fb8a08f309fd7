#include "store/reader_pool.h"

#include <algorithm>

#include "base/error.h"

namespace klotterkoll {
namespace {

/// After a vain try to connect nobody tries again for so long, so that many who ask do not all wait.
constexpr std::chrono::milliseconds kPause{500};

}  // namespace

ReaderPool::ReaderPool(const std::function<std::unique_ptr<Connection>()>& open, std::size_t size, SettingsCache& cache,
                       std::optional<std::chrono::milliseconds> most_wait)
    : most_wait_(most_wait) {
  for (std::size_t i = 0; i < std::max<std::size_t>(size, 1); ++i) readers_.push_back(std::make_unique<Reader>(open(), cache));
  for (auto& reader : readers_) {
    if (most_wait_) reader->connection->limit_reads(*most_wait_);
    idle_.push_back(reader.get());
  }
}

ReaderPool::Return::~Return() {
  {
    const std::lock_guard lock{pool.mutex_};
    pool.idle_.push_back(reader);
  }
  pool.returned_.notify_one();
}

ReaderPool::Reader* ReaderPool::take() {
  std::unique_lock lock{mutex_};
  const auto one_is_idle = [this] { return !idle_.empty(); };
  if (!most_wait_)
    returned_.wait(lock, one_is_idle);
  else if (!returned_.wait_for(lock, *most_wait_, one_is_idle))
    throw Error{ErrorCode::unavailable, "Others are searching at this moment; try again shortly."};
  Reader* const reader = idle_.back();
  idle_.pop_back();
  return reader;
}

void ReaderPool::begin(Connection& connection) {
  try {
    return connection.begin_read();
  } catch (const ConnectionLost&) {
    const std::lock_guard lock{mutex_};
    if (std::chrono::steady_clock::now() < away_until_) throw;
  }
  try {
    connection.reconnect();
  } catch (const Error&) {
    const std::lock_guard lock{mutex_};
    away_until_ = std::chrono::steady_clock::now() + kPause;
    throw;
  }
  connection.begin_read();
}

void ReaderPool::read(const std::function<void(Transaction&)>& work) {
  Reader* const reader = take();
  const Return give_back{*this, reader};
  begin(*reader->connection);
  try {
    work(reader->transaction);
    reader->connection->commit();
    reader->transaction.forget();
  } catch (...) {
    reader->connection->roll_back();
    reader->transaction.forget();
    throw;
  }
}

}  // namespace klotterkoll
