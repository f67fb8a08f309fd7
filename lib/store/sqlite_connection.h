#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "store/connection.h"

namespace klotterkoll {

/// A connection to a SQLite file: WAL, synchronous=FULL, foreign keys on, 5 s of patience for other writers.
class SqliteConnection final : public Connection {
 public:
  enum class Use {
    writer,       ///< may create the file; its log is checkpointed by another thread
    reader,       ///< sees consistent snapshots while the writer writes
    checkpointer  ///< only moves the log into the file
  };
  /// Throws Error{unavailable} with a sentence when the file cannot be opened.
  SqliteConnection(const std::string& path, Use use);

  std::int64_t run(std::string_view sql, std::span<const Value> values, const RowVisitor& visit) override;
  void run_script(std::string_view sql) override;
  void begin_read() override;
  void limit_reads(std::chrono::milliseconds most) override { most_ = most; }
  void begin_write() override;
  void commit() override;
  void roll_back() noexcept override;
  void set_savepoint() override;
  void release_savepoint() override;
  void roll_back_to_savepoint() override;
  void hold(const std::string&, Hold) override {}
  void lock_schema() override {}
  void tables_made() override;
  bool in_transaction() const override;

  /// Pages in the write-ahead log after the last commit of this connection.
  int log_pages() const { return log_pages_; }
  /// Moves what it can of the log into the file without waiting for readers.
  void checkpoint();
  /// Moves all of the log and waits, but not for longer, until no reader uses it, so that the next write starts it anew.
  void restart_log(std::chrono::milliseconds patience);
  /// Copies the whole database into another file while it is in use. Throws Error{unavailable}.
  void backup_to(const std::string& path);

 private:
  struct Prepared {
    SQLite::Statement statement;
    std::vector<int> index;  ///< of $1, $2, ...: SQLite numbers names in the order in which they appear first
    std::vector<std::string> texts;  ///< what is bound, by parameter: SQLite reads it here instead of copying it
  };
  Prepared& prepared(std::string_view sql);

  struct TextHash {
    using is_transparent = void;
    /// Statements differ at their ends and in their lengths; to read a kilobyte for each would cost more than finding it.
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text.substr(text.size() - std::min<std::size_t>(text.size(), 32))) + text.size();
    }
  };
  std::unique_ptr<SQLite::Database> database_;
  std::unordered_map<std::string, Prepared, TextHash, std::equal_to<>> statements_;
  int log_pages_ = 0;
  std::optional<std::chrono::milliseconds> most_;  ///< that a read may take
  std::chrono::steady_clock::time_point read_ends_;
  int running_ = 0;  ///< statements that are showing their rows
};

}  // namespace klotterkoll
