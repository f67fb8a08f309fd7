#include "store/sqlite_connection.h"

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>

#include <filesystem>

#include "base/error.h"
#include "store/dialect.h"

namespace klotterkoll {
namespace {

constexpr int kBusyTimeout_ms = 5000;
constexpr int kStepsBetweenLooks = 10'000;  ///< of SQLite's machine, less than a millisecond
constexpr std::size_t kMostStatements = 256;

/// The one place where SQLite's failures become ours. The driver's words stay in the log, not with the client.
[[noreturn]] void rethrow(const SQLite::Exception& cause) {
  switch (cause.getErrorCode()) {
    case SQLITE_CONSTRAINT:
      if (cause.getExtendedErrorCode() == SQLITE_CONSTRAINT_PRIMARYKEY || cause.getExtendedErrorCode() == SQLITE_CONSTRAINT_UNIQUE)
        throw Error{ErrorCode::conflict, "It is there already."}.because(cause.what());
      break;  // a row that does not fit its table is a fault of ours
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL:
    case SQLITE_LOCKED: throw Error{ErrorCode::unavailable, "The database is busy with another writer; try again shortly."};
    case SQLITE_INTERRUPT: throw Error{ErrorCode::unavailable, kTooLong};
    case SQLITE_FULL: throw Error{ErrorCode::unavailable, "The disk is full; nothing was written."};
    case SQLITE_READONLY: throw Error{ErrorCode::unavailable, "The database cannot be written to; nothing was written."};
    case SQLITE_CANTOPEN:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PERM: throw Error{ErrorCode::unavailable, "The database cannot be used now."}.because(cause.what());
    default: break;
  }
  throw std::runtime_error(std::string{"SQLite: "} + cause.what());
}

std::unique_ptr<SQLite::Database> open(const std::string& path, int flags) {
  try {
    return std::make_unique<SQLite::Database>(path, flags, kBusyTimeout_ms);
  } catch (const SQLite::Exception& cause) {
    if (cause.getErrorCode() != SQLITE_CANTOPEN) throw;
    const auto folder = std::filesystem::absolute(path).parent_path();
    std::error_code unknown;
    throw Error{ErrorCode::unavailable, "The database cannot be opened."}.because(
        path + ": " + (std::filesystem::is_directory(folder, unknown) ? cause.what() : "there is no folder " + folder.string()));
  }
}

template <typename Work>
auto translated(Work&& work) {
  try {
    return work();
  } catch (const SQLite::Exception& cause) {
    rethrow(cause);
  }
}

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(SQLite::Statement& statement) : statement_(statement) {}
  bool is_null(int column) const override { return statement_.isColumnNull(column); }
  std::int64_t integer(int column) const override { return statement_.getColumn(column).getInt64(); }
  double real(int column) const override { return statement_.getColumn(column).getDouble(); }
  std::string text(int column) const override { return statement_.getColumn(column).getString(); }
  Value value(int column) const override {
    const SQLite::Column stored = statement_.getColumn(column);
    if (stored.isNull()) return {};
    if (stored.isInteger()) return stored.getInt64();
    if (stored.isFloat()) return stored.getDouble();
    // The text first: asking for it may change how it is stored, and with that its length.
    const auto* const text = static_cast<const char*>(static_cast<const void*>(stored.getText()));
    return std::string_view{text, static_cast<std::size_t>(stored.getBytes())};
  }
  int columns() const override { return statement_.getColumnCount(); }
  std::string name(int column) const override { return statement_.getColumnName(column); }

 private:
  SQLite::Statement& statement_;
};

void bind(SQLite::Statement& statement, int index, const Value& value, std::string& kept) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return statement.bind(index, *number);
  if (const auto* real = std::get_if<double>(&value)) return statement.bind(index, *real);
  if (const auto* text = std::get_if<std::string_view>(&value)) return statement.bindNoCopy(index, kept.assign(*text));
  statement.bind(index);
}

std::string in_sqlite_dialect(std::string_view sql) {
  // There is one writer at a time, so it holds every row.
  return in_dialect(sql, {{"{{clustered}}", "WITHOUT ROWID"}, {"{{text}}", "TEXT"}, {"{{bytes}}", "BLOB"}, {"{{for_update}}", ""}, {"{{skip_locked}}", ""}});
}

/// Counts the statements that are showing their rows: a visitor may ask something else meanwhile.
struct Running {
  int& count;
  explicit Running(int& running) : count(running) { ++count; }
  ~Running() { --count; }
};

/// Statements are reset whatever happens, else they would hold the snapshot open.
struct Reset {
  SQLite::Statement& statement;
  ~Reset() { statement.tryReset(); }
};

}  // namespace

SqliteConnection::SqliteConnection(const std::string& path, Use use) {
  // SQLite counts its memory under one lock for all threads, which nobody reads here.
  [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  translated([&] {
    int flags = SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX;
    if (use == Use::writer) flags |= SQLite::OPEN_CREATE;
    database_ = open(path, flags);
    if (use == Use::writer) database_->exec("PRAGMA journal_mode=WAL");
    database_->exec("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;");
    // 64 MB for the writer, whose working set is the right edges of all indexes; a quarter of it for each reader.
    database_->exec(use == Use::writer ? "PRAGMA cache_size=-65536" : "PRAGMA cache_size=-16384");
    database_->exec("PRAGMA wal_autocheckpoint=0");
    // What is written while reading would reach the file without its tallies, so it is refused.
    if (use == Use::reader) database_->exec("PRAGMA query_only=ON");
  });
  sqlite3_wal_hook(
      database_->getHandle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteConnection*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

SqliteConnection::Prepared& SqliteConnection::prepared(std::string_view sql) {
  if (const auto at = statements_.find(sql); at != statements_.end()) return at->second;
  // Lists are asked with any choice of filters; without a bound whoever invents new ones would fill the memory. A
  // statement that is showing its rows must stay.
  if (statements_.size() >= kMostStatements && running_ == 0) statements_.clear();
  Prepared fresh{SQLite::Statement{*database_, in_sqlite_dialect(sql)}, {}, {}};
  for (int n = 1; n <= fresh.statement.getBindParameterCount(); ++n)
    fresh.index.push_back(fresh.statement.getIndex(("$" + std::to_string(n)).c_str()));
  fresh.texts.resize(fresh.index.size());
  return statements_.emplace(std::string{sql}, std::move(fresh)).first->second;
}

std::int64_t SqliteConnection::run(std::string_view sql, std::span<const Value> values, const RowVisitor& visit) {
  return translated([&]() -> std::int64_t {
    auto& [statement, index, texts] = prepared(sql);
    const Running running{running_};
    const Reset reset{statement};
    for (std::size_t i = 0; i < values.size(); ++i) bind(statement, index.at(i), values[i], texts[i]);
    const SqliteRow row{statement};
    while (statement.executeStep()) visit(row);
    return database_->getChanges();
  });
}

void SqliteConnection::run_script(std::string_view sql) {
  translated([&] { database_->exec(in_sqlite_dialect(sql)); });
}

void SqliteConnection::begin_read() {
  execute("BEGIN DEFERRED");
  if (!most_) return;
  read_ends_ = std::chrono::steady_clock::now() + *most_;
  sqlite3_progress_handler(
      database_->getHandle(), kStepsBetweenLooks,
      [](void* self) { return static_cast<int>(std::chrono::steady_clock::now() > static_cast<SqliteConnection*>(self)->read_ends_); }, this);
}
// A deferred transaction that writes after it has read fails at once when another has written in between.
void SqliteConnection::begin_write() { execute("BEGIN IMMEDIATE"); }
void SqliteConnection::commit() { execute("COMMIT"); }
void SqliteConnection::roll_back() noexcept {
  if (in_transaction()) database_->tryExec("ROLLBACK");
}
void SqliteConnection::set_savepoint() { execute("SAVEPOINT unit"); }
void SqliteConnection::release_savepoint() { execute("RELEASE unit"); }
void SqliteConnection::roll_back_to_savepoint() {
  execute("ROLLBACK TO unit");
  execute("RELEASE unit");
}
void SqliteConnection::tables_made() {
  // Without statistics SQLite takes it that a municipality has ten rows, and walks through all of them by the primary key
  // instead of using the index that has the answer. So it is told: a municipality has a million, each column after it
  // leaves a thousandth, and the last of a unique index one.
  run_script("ANALYZE; DELETE FROM sqlite_stat1;");
  run_script(
      "INSERT INTO sqlite_stat1 (tbl, idx, stat) "
      "SELECT tbl, idx, '1000000 ' || group_concat(CASE WHEN seqno = 0 THEN 1000000 WHEN seqno = last AND is_unique THEN 1 "
      "WHEN seqno = 1 THEN 1000 ELSE 1 END, ' ') "
      "FROM (SELECT t.name AS tbl, CASE l.origin WHEN 'pk' THEN t.name ELSE l.name END AS idx, l.\"unique\" AS is_unique, "
      "i.seqno AS seqno, (SELECT MAX(seqno) FROM pragma_index_info(l.name)) AS last, "
      "(SELECT name FROM pragma_index_info(l.name) WHERE seqno = 0) AS leading "
      "FROM sqlite_schema t JOIN pragma_index_list(t.name) l JOIN pragma_index_info(l.name) i "
      "WHERE t.type = 'table' ORDER BY tbl, idx, seqno) "
      "WHERE leading = 'municipality_id' GROUP BY tbl, idx");
  run_script("ANALYZE sqlite_schema");  // this connection reads them anew; others do when they open
}
bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(database_->getHandle()) == 0; }

void SqliteConnection::checkpoint() {
  sqlite3_wal_checkpoint_v2(database_->getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

void SqliteConnection::restart_log(std::chrono::milliseconds patience) {
  // Readers that come while it waits find all of the log in the file and do not use it, so that those who use it only
  // become fewer.
  sqlite3_busy_timeout(database_->getHandle(), static_cast<int>(patience.count()));
  sqlite3_wal_checkpoint_v2(database_->getHandle(), nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  sqlite3_busy_timeout(database_->getHandle(), kBusyTimeout_ms);
}

void SqliteConnection::backup_to(const std::string& path) {
  translated([&] {
    const auto target = open(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup backup{*target, *database_};
    if (backup.executeStep(-1) != SQLITE_DONE)
      throw Error{ErrorCode::unavailable, "The database is busy with another writer, so it was not copied; try again shortly."};
  });
}

}  // namespace klotterkoll
