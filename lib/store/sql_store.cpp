#include "store/sql_store.h"

#include <filesystem>

#include "base/error.h"
#include "store/photo_store.h"
#include "store/migrations.h"
#include "store/postgres_connection.h"
#include "store/postgres_writer.h"
#include "store/reader_pool.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_writer.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kSqlitePrefix = "sqlite:";
constexpr std::chrono::milliseconds kMostSearch{3000};
constexpr std::size_t kSqliteReaders = 2, kPostgresReaders = 6;

bool is_postgres(const std::string& url) { return url.starts_with("postgresql://") || url.starts_with("postgres://"); }

std::string sqlite_path(const std::string& url) {
  if (!url.starts_with(kSqlitePrefix) || url.size() == kSqlitePrefix.size())
    // Only what stands before a colon is repeated: the rest of a URL may hold a password.
    throw Error{ErrorCode::unavailable, "The database \"" + url.substr(0, url.find(':')) + (url.find(':') == std::string::npos ? "" : ":...") +
                                            "\" is of a kind that is not known; write sqlite:FILE or postgresql://USER@HOST/DATABASE."};
  return url.substr(kSqlitePrefix.size());
}

/// A connection to a file that must be there.
std::string existing(const std::string& path) {
  if (!std::filesystem::exists(path))
    throw Error{ErrorCode::unavailable, "There is no database at " + path + "; make one with: klotterkoll migrate --database sqlite:" + path};
  return path;
}

std::unique_ptr<Connection> open_reader(const std::string& url) {
  if (is_postgres(url)) return std::make_unique<PostgresConnection>(url, PostgresConnection::Use::reader);
  return std::make_unique<SqliteConnection>(existing(sqlite_path(url)), SqliteConnection::Use::reader);
}

std::unique_ptr<BatchingWriter> open_writer(const StoreOptions& options, SettingsCache& cache) {
  if (is_postgres(options.url)) return std::make_unique<PostgresWriter>(options.url, options.writers, options.commit_batch, cache);
  return std::make_unique<SqliteWriter>(sqlite_path(options.url), options.commit_batch, cache);
}

std::size_t readers_of(const StoreOptions& options) {
  if (options.readers) return options.readers;
  return is_postgres(options.url) ? kPostgresReaders : kSqliteReaders;
}

class SqlStore final : public Store {
 public:
  explicit SqlStore(const StoreOptions& options)
      : cache_(options.spots),
        references_(open_checked(options.url)),
        writer_(open_writer(options, cache_)),
        readers_([&] { return open_reader(options.url); }, readers_of(options), cache_),
        searchers_([&] { return open_reader(options.url); }, 1, cache_, kMostSearch) {}

  void read(const std::function<void(Transaction&)>& work) override { readers_.read(work); }
  void search(const std::function<void(Transaction&)>& work) override { searchers_.read(work); }
  void write(const std::function<void(Transaction&)>& work) override { writer_->write(work); }
  const ReferenceCipher& references() const override { return references_; }
  StoreMetrics metrics() const override { return writer_->metrics(); }
  void check() override {
    readers_.read([](Transaction& transaction) { transaction.keys().version(); });
  }

 private:
  static ReferenceCipher open_checked(const std::string& url) {
    const auto connection = open_reader(url);
    require_current_schema(*connection);
    return ReferenceCipher{read_reference_secret(*connection)};
  }

  SettingsCache cache_;
  ReferenceCipher references_;
  std::unique_ptr<BatchingWriter> writer_;
  ReaderPool readers_;
  ReaderPool searchers_;
};

}  // namespace

std::unique_ptr<Store> open_store(const StoreOptions& options) { return std::make_unique<SqlStore>(options); }

std::unique_ptr<Connection> connect(const std::string& url) {
  if (is_postgres(url)) return std::make_unique<PostgresConnection>(url, PostgresConnection::Use::maintenance);
  return std::make_unique<SqliteConnection>(existing(sqlite_path(url)), SqliteConnection::Use::checkpointer);
}

std::vector<std::string> migrate(const std::string& url, IdSource& ids, Instant now) {
  if (is_postgres(url)) return apply_migrations(*connect(url), ids, now);
  SqliteConnection connection{sqlite_path(url), SqliteConnection::Use::writer};
  return apply_migrations(connection, ids, now);
}

std::unique_ptr<PhotoStore> open_photo_store(const std::string& url) {
  if (is_postgres(url)) return open_photo_rows(url);
  return open_photo_files(photo_folder_of(sqlite_path(url)));
}

CopiedPhotos copy_photos(Connection& named_by, PhotoStore& from, PhotoStore& to, Instant now) {
  CopiedPhotos copied;
  const auto named = named_by.all("SELECT DISTINCT municipality_id, digest FROM photo_renditions",
                                  [](const Row& row) { return std::pair{row.integer(0), row.text(1)}; });
  for (const auto& [municipality, photo_digest] : named) {
    const auto bytes = from.get(municipality, photo_digest);
    if (!bytes) {
      ++copied.missing;
      continue;
    }
    to.put(municipality, {{photo_digest, *bytes}}, now, [] {});
    ++copied.files;
    copied.bytes += std::ssize(*bytes);
  }
  return copied;
}

CopiedPhotos backup(const std::string& url, const std::string& file, Instant now) {
  if (is_postgres(url))
    throw Error{ErrorCode::refused, "A PostgreSQL database is backed up with its own tools, such as pg_dump and pg_basebackup."};
  const std::string path = existing(sqlite_path(url));
  for (const std::string& made : {file, photo_folder_of(file)})
    if (std::filesystem::exists(made)) throw Error{ErrorCode::refused, made + " exists; name a file that does not."};
  SqliteConnection{path, SqliteConnection::Use::reader}.backup_to(file);
  // Photos are there before the rows that name them, so the copy of the rows tells which are wanted.
  SqliteConnection copy{file, SqliteConnection::Use::checkpointer};
  return copy_photos(copy, *open_photo_files(photo_folder_of(path)), *open_photo_files(photo_folder_of(file)), now);
}

}  // namespace klotterkoll
