#include "store/sql_store.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "store/migrations.h"
#include "store/sql_transaction.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_writer.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kSqlitePrefix = "sqlite:";

std::string sqlite_path(const std::string& url) {
  if (!url.starts_with(kSqlitePrefix) || url.size() == kSqlitePrefix.size())
    throw Error{ErrorCode::unavailable, "The database \"" + url.substr(0, url.find(':')) +
                                            ":...\" is of a kind that is not known; write sqlite:FILE."};
  return url.substr(kSqlitePrefix.size());
}

/// A connection to a file that must be there.
std::string existing(const std::string& path) {
  if (!std::filesystem::exists(path))
    throw Error{ErrorCode::unavailable, "There is no database at " + path + "; make one with: klotterkoll migrate --database sqlite:" + path};
  return path;
}

/// Connections that read, lent to one caller at a time.
class ReaderPool {
 public:
  ReaderPool(const std::string& path, std::size_t size, SettingsCache& cache) {
    for (std::size_t i = 0; i < std::max<std::size_t>(size, 1); ++i) readers_.push_back(std::make_unique<Reader>(path, cache));
    for (auto& reader : readers_) idle_.push_back(reader.get());
  }

  void read(const std::function<void(Transaction&)>& work) {
    Reader* const reader = take();
    const Return give_back{*this, reader};
    reader->connection.begin_read();
    try {
      work(reader->transaction);
      reader->connection.commit();
    } catch (...) {
      reader->connection.roll_back();
      reader->transaction.forget();
      throw;
    }
  }

 private:
  struct Reader {
    Reader(const std::string& path, SettingsCache& cache)
        : connection(path, SqliteConnection::Use::reader), transaction(connection, cache) {}
    SqliteConnection connection;
    SqlTransaction transaction;
  };
  struct Return {
    ReaderPool& pool;
    Reader* reader;
    ~Return() {
      {
        const std::lock_guard lock{pool.mutex_};
        pool.idle_.push_back(reader);
      }
      pool.returned_.notify_one();
    }
  };
  Reader* take() {
    std::unique_lock lock{mutex_};
    returned_.wait(lock, [this] { return !idle_.empty(); });
    Reader* const reader = idle_.back();
    idle_.pop_back();
    return reader;
  }

  std::vector<std::unique_ptr<Reader>> readers_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Reader*> idle_;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::string& path, const StoreOptions& options)
      : references_(open_checked(path)), writer_(path, options.commit_batch, cache_), readers_(path, options.readers, cache_) {}

  void read(const std::function<void(Transaction&)>& work) override { readers_.read(work); }
  void write(const std::function<void(Transaction&)>& work) override { writer_.write(work); }
  const ReferenceCipher& references() const override { return references_; }
  StoreMetrics metrics() const override { return writer_.metrics(); }
  void check() override {
    readers_.read([](Transaction& transaction) { transaction.keys().version(); });
  }

 private:
  static ReferenceCipher open_checked(const std::string& path) {
    SqliteConnection connection{existing(path), SqliteConnection::Use::reader};
    require_current_schema(connection);
    return ReferenceCipher{read_reference_secret(connection)};
  }

  SettingsCache cache_;
  ReferenceCipher references_;
  SqliteWriter writer_;
  ReaderPool readers_;
};

}  // namespace

std::unique_ptr<Store> open_store(const StoreOptions& options) {
  return std::make_unique<SqliteStore>(sqlite_path(options.url), options);
}

std::vector<std::string> migrate(const std::string& url, IdSource& ids, Instant now) {
  SqliteConnection connection{sqlite_path(url), SqliteConnection::Use::writer};
  return apply_migrations(connection, ids, now);
}

void backup(const std::string& url, const std::string& file) {
  const std::string path = existing(sqlite_path(url));
  if (std::filesystem::exists(file)) throw Error{ErrorCode::refused, file + " exists; name a file that does not."};
  SqliteConnection{path, SqliteConnection::Use::reader}.backup_to(file);
}

}  // namespace klotterkoll
