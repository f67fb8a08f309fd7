#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "store/sql_transaction.h"

namespace klotterkoll {

/// Connections that read, lent to one caller at a time. One that was lost is opened anew when it is asked for again.
class ReaderPool {
 public:
  /// `most_wait` for a connection, and for an answer; none: as long as it takes.
  ReaderPool(const std::function<std::unique_ptr<Connection>()>& open, std::size_t size, SettingsCache& cache,
             std::optional<std::chrono::milliseconds> most_wait = {});

  /// Runs `work` on one snapshot. Throws Error{unavailable} while there is no database; at once, for a moment after a try.
  void read(const std::function<void(Transaction&)>& work);

 private:
  struct Reader {
    Reader(std::unique_ptr<Connection> opened, SettingsCache& cache) : connection(std::move(opened)), transaction(*connection, cache) {}
    std::unique_ptr<Connection> connection;
    SqlTransaction transaction;
  };
  struct Return {
    ReaderPool& pool;
    Reader* reader;
    ~Return();
  };
  Reader* take();
  void begin(Connection& connection);

  const std::optional<std::chrono::milliseconds> most_wait_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Reader*> idle_;
  std::chrono::steady_clock::time_point away_until_;
};

}  // namespace klotterkoll
