#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "base/time.h"
#include "domain/codes.h"

namespace klotterkoll {

/// What is bound to $1..$n: nothing, a whole number, a number, or text that outlives the call.
using Value = std::variant<std::monostate, std::int64_t, double, std::string_view>;

/// One spelling of every domain type in SQL: instants as Unix seconds, days since 1970, keys and flags as numbers, codes as words.
inline Value to_value(std::int64_t value) { return value; }
inline Value to_value(int value) { return std::int64_t{value}; }
inline Value to_value(bool value) { return std::int64_t{value}; }
inline Value to_value(double value) { return value; }
inline Value to_value(std::string_view value) { return value; }
inline Value to_value(const std::string& value) { return std::string_view{value}; }
inline Value to_value(const char* value) { return std::string_view{value}; }
inline Value to_value(Instant value) { return std::int64_t{to_unix(value)}; }
inline Value to_value(LocalDate value) { return std::int64_t{value.time_since_epoch().count()}; }
inline Value to_value(std::nullopt_t) { return std::monostate{}; }
inline Value to_value(Value value) { return value; }
template <typename Tag>
Value to_value(Key<Tag> key) {
  return key.value;
}
template <typename Enum>
  requires std::is_enum_v<Enum>
Value to_value(Enum value) {
  return to_code(value);
}
template <typename T>
Value to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : Value{};
}

/// A row of an answer, valid until the next one. Columns count from 0.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string text(int column) const = 0;

  /// The value as it is stored, text as a view into the row; and how many columns there are, by what names: for whoever
  /// copies rows without knowing them.
  virtual Value value(int column) const = 0;
  virtual int columns() const = 0;
  virtual std::string name(int column) const = 0;

  bool flag(int column) const { return integer(column) != 0; }
  Instant instant(int column) const { return from_unix(integer(column)); }
  std::optional<Instant> instant_or_none(int column) const {
    return is_null(column) ? std::nullopt : std::optional{instant(column)};
  }
  std::optional<std::int64_t> integer_or_none(int column) const {
    return is_null(column) ? std::nullopt : std::optional{integer(column)};
  }
  LocalDate day(int column) const { return LocalDate{std::chrono::days{integer(column)}}; }
  template <typename KeyType>
  KeyType key(int column) const {
    return KeyType{is_null(column) ? 0 : integer(column)};
  }
  /// The code in the column; nothing when it is null or none of the enum's.
  template <typename Enum>
  std::optional<Enum> code_or_none(int column) const {
    return is_null(column) ? std::nullopt : code_from<Enum>(text(column));
  }
  template <typename Enum>
  Enum code(int column) const {
    return code_or_none<Enum>(column).value();
  }
};

/// Another writer was in the way: a row or key that it holds, a key that it has just taken, a version that it has moved.
/// The same work may go well when it is run again, and then sees what the other has written. It is no Error, so that
/// nobody takes it for a refusal; the writer throws `reason` when running again has not helped.
struct RunAgain : std::runtime_error {
  explicit RunAgain(Error why) : std::runtime_error(why.what()), reason(std::move(why)) {}
  Error reason;
};

/// The connection is gone, and with it the transaction. `reconnect` may bring another.
struct ConnectionLost : Error {
  explicit ConnectionLost(const std::string& message) : Error(ErrorCode::unavailable, message) {}
};

/// "$1, $2, ...", so many of them.
inline std::string marks(std::size_t count) {
  std::string all;
  for (std::size_t i = 1; i <= count; ++i) all += (i > 1 ? ", $" : "$") + std::to_string(i);
  return all;
}

inline constexpr const char* kTooLong = "To find that takes too long; ask for less, by another filter or a narrower one.";

/// One connection to a database, for one thread at a time. SQL is written once for both engines: $1..$n, ON CONFLICT,
/// RETURNING; where they differ these marks stand and the connection fills them in:
///   {{clustered}}   after a table: it is kept in the order of its primary key
///   {{text}}        a column's type: text, compared and ordered by its bytes
///   {{bytes}}       a column's type: bytes, given and read as texts are
///   {{for_update}}  after a SELECT: its rows are held until the transaction ends; nothing in reads
///   {{skip_locked}} the same, but rows that another writer holds are passed over
/// Throws Error{unavailable} when the database cannot serve now, Error{conflict} when a unique key is taken; where there
/// are several writers, RunAgain{conflict}.
class Connection {
 public:
  using RowVisitor = std::function<void(const Row&)>;
  virtual ~Connection() = default;

  /// Runs one statement, kept prepared, and shows its rows in order. Returns how many rows it changed.
  virtual std::int64_t run(std::string_view sql, std::span<const Value> values, const RowVisitor& visit) = 0;
  /// Runs several statements separated by semicolons, without values: migrations.
  virtual void run_script(std::string_view sql) = 0;

  virtual void begin_read() = 0;
  /// From now on a read that takes longer fails with Error{unavailable}.
  virtual void limit_reads(std::chrono::milliseconds most) = 0;
  virtual void begin_write() = 0;
  virtual void commit() = 0;
  /// Never throws: a transaction that is gone already is what is wanted.
  virtual void roll_back() noexcept = 0;
  /// A unit within a write transaction that can be undone by itself.
  virtual void set_savepoint() = 0;
  virtual void release_savepoint() = 0;
  virtual void roll_back_to_savepoint() = 0;
  /// False when a failure has undone the whole transaction, not only the savepoint.
  virtual bool in_transaction() const = 0;
  /// Opens it anew after ConnectionLost. Throws Error{unavailable}.
  virtual void reconnect() {}

  /// In a write: nobody else passes at the same name until the transaction ends, or, when both hold it shared, they
  /// pass together. For what no row stands for yet: "a report with this K-number". In reads, and where there is one
  /// writer at a time, it does nothing.
  enum class Hold { shared, exclusive };
  virtual void hold(const std::string& name, Hold how) = 0;

  /// One migration at a time, however many processes begin at once; from before the first statement of a migration to
  /// the end of the connection.
  virtual void lock_schema() = 0;
  /// Tells the engine what it should know of the tables once they are made; after migrations, outside a transaction.
  virtual void tables_made() = 0;

  template <typename... Values>
  std::int64_t execute(std::string_view sql, const Values&... values) {
    const std::array<Value, sizeof...(Values)> bound{to_value(values)...};
    return run(sql, bound, [](const Row&) {});
  }
  template <typename Visit, typename... Values>
  void query(std::string_view sql, Visit&& visit, const Values&... values) {
    const std::array<Value, sizeof...(Values)> bound{to_value(values)...};
    run(sql, bound, std::ref(visit));
  }
  /// The first row, turned into a value by `read`, or nothing.
  template <typename Read, typename... Values>
  auto find(std::string_view sql, Read&& read, const Values&... values)
      -> std::optional<std::invoke_result_t<Read, const Row&>> {
    std::optional<std::invoke_result_t<Read, const Row&>> found;
    query(sql, [&](const Row& row) { if (!found) found = read(row); }, values...);
    return found;
  }
  /// Every row, turned into a value by `read`.
  template <typename Read, typename... Values>
  auto all(std::string_view sql, Read&& read, const Values&... values)
      -> std::vector<std::invoke_result_t<Read, const Row&>> {
    std::vector<std::invoke_result_t<Read, const Row&>> found;
    query(sql, [&](const Row& row) { found.push_back(read(row)); }, values...);
    return found;
  }
};

}  // namespace klotterkoll
