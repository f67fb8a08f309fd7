#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "store/connection.h"

namespace klotterkoll {

/// A connection to PostgreSQL 13 or later, over libpq. `url` is libpq's own: postgresql://USER@HOST:PORT,HOST:PORT/NAME,
/// with several hosts the first that takes writes; passwords may come from PGPASSWORD or a password file.
///
/// Writes are READ COMMITTED, so that each statement sees what others have committed, and hold the rows that they change
/// ({{for_update}}); reads are one snapshot (REPEATABLE READ, READ ONLY).
class PostgresConnection final : public Connection {
 public:
  enum class Use {
    writer,      ///< gives up on a server that is silent for half a minute
    reader,      ///< the same; the marks that hold rows are empty
    maintenance  ///< migrations and copies, which may take their time
  };
  /// Connects. Throws Error{unavailable} with one sentence that never holds the password: no server, refused, no such
  /// database, too old, takes no writes.
  PostgresConnection(std::string url, Use use);

  std::int64_t run(std::string_view sql, std::span<const Value> values, const RowVisitor& visit) override;
  void run_script(std::string_view sql) override;
  void begin_read() override;
  void limit_reads(std::chrono::milliseconds most) override { most_ = most; }
  void begin_write() override { begin_write_with(""); }
  /// Begins and runs `statements` in the same round trip.
  void begin_write_with(const std::string& statements);
  void commit() override;
  void roll_back() noexcept override;
  void set_savepoint() override;
  void release_savepoint() override;
  void roll_back_to_savepoint() override;
  bool in_transaction() const override;
  void reconnect() override;
  void hold(const std::string& name, Hold how) override;
  void lock_schema() override;
  void tables_made() override;

 private:
  struct Free {
    void operator()(PGconn* connection) const { PQfinish(connection); }
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Result = std::unique_ptr<PGresult, Free>;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  class PostgresRow;

  void connect(bool say_why_not);
  const std::string& prepared(std::string_view sql);
  Result execute_text(const std::string& sql);
  /// The outcome of what was sent. Throws as `translate` does. `visit`, if any, is shown the rows as they come.
  Result finish(int sent, const RowVisitor* visit = nullptr);
  /// What the visitor threw, if anything.
  static std::exception_ptr show(const PGresult* result, const RowVisitor& visit);
  void wait_for_answer();
  [[noreturn]] void fail(const PGresult* result);
  [[noreturn]] void lose(const std::string& why);

  const std::string url_;
  const Use use_;
  std::unique_ptr<PGconn, Free> connection_;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> statements_;  ///< their names, by their text
  int next_name_ = 0;
  bool writing_ = false;
  std::optional<std::chrono::milliseconds> most_;  ///< that a read may take
  std::set<std::string> held_;  ///< shared, in this transaction
};

}  // namespace klotterkoll
