#include "store/postgres_connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <thread>
#include <vector>

#include "store/dialect.h"

namespace klotterkoll {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMostStatements = 256;
constexpr const char* kAway = "The database is not there now; try again shortly.";
constexpr int kOldestServer = 130000;
constexpr std::chrono::seconds kPatience{30}, kMaintenance = std::chrono::days{1}, kDiagnosis{5};
constexpr std::int64_t kSchemaLock = 0x6b6c6f74746572;  // "klotter": the number of an advisory lock

// Types of columns as PostgreSQL numbers them (pg_type.h, which clients do not have).
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat8 = 701;

/// What libpq is told beyond the URL; the URL wins.
constexpr std::array<std::pair<const char*, const char*>, 8> kDefaults{{
    {"connect_timeout", "3"},
    {"fallback_application_name", "klotterkoll"},
    {"client_encoding", "UTF8"},
    {"target_session_attrs", "read-write"},
    // A server that has lost its power says nothing: ten seconds without an answer are enough.
    {"tcp_user_timeout", "10000"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "3"},
    {"keepalives_count", "3"},
}};

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// The URL taken apart, with the defaults; libpq wants two lists.
struct Parameters {
  explicit Parameters(const std::string& url) {
    char* fault = nullptr;
    options.reset(PQconninfoParse(url.c_str(), &fault));
    PQfreemem(fault);  // it quotes the URL, and with it the password
    if (!options)
      throw Error{ErrorCode::unavailable,
                  "The database URL cannot be read; write postgresql://USER@HOST:PORT/DATABASE, and letters such as @ or / in "
                  "a password as %40 or %2F."};
    for (const PQconninfoOption* option = options.get(); option->keyword; ++option)
      if (option->val) add(option->keyword, option->val);
    for (const auto& [name, value] : kDefaults)
      if (!get(name)) add(name, value);
    names.push_back(nullptr);
    values.push_back(nullptr);
  }
  const char* get(std::string_view name) const {
    for (std::size_t i = 0; i < names.size() && names[i]; ++i)
      if (name == names[i]) return values[i];
    return nullptr;
  }

  std::vector<const char*> names, values;
  std::unique_ptr<PQconninfoOption, FreeOptions> options;

 private:
  void add(const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  }
};

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};

/// Waits until the socket can be read or written, or `until`. False when the time is up.
bool wait_on(int socket, short events, steady_clock::time_point until) {
  pollfd watched{socket, events, 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
  return poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) > 0;
}

/// The five characters by which the server says why it refuses, or "". Its words may be in any language, so it is asked
/// once more and told to leave them out.
std::string state_of_refusal(const Parameters& parameters) {
  const std::unique_ptr<PGconn, Finish> connection{PQconnectStartParams(parameters.names.data(), parameters.values.data(), 0)};
  if (!connection || PQsocket(connection.get()) < 0) return "";
  PQsetErrorVerbosity(connection.get(), PQERRORS_SQLSTATE);
  const auto until = steady_clock::now() + kDiagnosis;
  for (auto status = PGRES_POLLING_WRITING; status == PGRES_POLLING_WRITING || status == PGRES_POLLING_READING;) {
    if (!wait_on(PQsocket(connection.get()), status == PGRES_POLLING_READING ? POLLIN : POLLOUT, until)) return "";
    status = PQconnectPoll(connection.get());
  }
  std::string_view said = PQerrorMessage(connection.get());
  std::string state;
  while (!said.empty()) {
    const auto end = std::min(said.find('\n'), said.size());
    const std::string_view line = said.substr(0, end);
    said.remove_prefix(std::min(end + 1, said.size()));
    const bool has_state = line.size() > 7 && line[line.size() - 6] == ' ' &&
                           std::ranges::all_of(line.substr(line.size() - 5), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
    if (has_state) state = line.substr(line.size() - 5);
  }
  return state;
}

std::string quoted(const char* text, const char* otherwise) { return text && *text ? "\"" + std::string{text} + "\"" : otherwise; }

/// Why there is no connection, in one sentence without the password.
std::string sentence_of_refusal(const Parameters& parameters, bool takes_no_writes) {
  const std::string host = parameters.get("host") ? parameters.get("host") : parameters.get("hostaddr") ? parameters.get("hostaddr") : "";
  const std::string server = "The database server" + (host.empty() ? "" : " at " + host);
  if (takes_no_writes) return server + " takes no writes: it is a standby, or set to read only.";
  const std::string state = state_of_refusal(parameters);
  const std::string user = quoted(parameters.get("user"), "of this account");
  if (state == "28P01" || state == "28000") return server + " does not let the user " + user + " in; check user and password.";
  if (state == "3D000")
    return server + " has no database " + quoted(parameters.get("dbname"), "of this name") + "; make it with: createdb";
  if (state == "53300") return server + " has no connection left; raise its max_connections, or use fewer readers and writers.";
  if (state == "57P03") return server + " is starting up or shutting down; try again shortly.";
  if (state == "42501") return server + " does not let the user " + user + " use that database.";
  return server + " cannot be reached" + (state.empty() ? "" : " (" + state + ")") + ".";
}

/// The one place where PostgreSQL's failures become ours. Its words stay in the log, not with the client.
[[noreturn]] void translate(std::string_view state, const std::string& message, bool writing) {
  const auto of_class = [&](std::string_view name) { return state.starts_with(name); };
  const auto again = [&](Error reason) {
    if (writing) throw RunAgain{std::move(reason)};
    throw reason;
  };
  if (state == "23505") again(Error{ErrorCode::conflict, "It is there already."}.because(message));
  if (state == "40001" || state == "40P01" || state == "55P03")
    again({ErrorCode::unavailable, "The database is busy with another writer; try again shortly."});
  if (of_class("08") || of_class("57P")) throw ConnectionLost{kAway};
  if (state == "25006") {
    // A writer has been led to a standby, or its primary has become one.
    if (writing) throw ConnectionLost{"The database takes no writes now; nothing was written."};
    throw Error{ErrorCode::unavailable, "What is only read cannot be written."};
  }
  if (state == "53100") throw Error{ErrorCode::unavailable, "The disk is full; nothing was written."};
  if (state == "57014") throw Error{ErrorCode::unavailable, kTooLong};
  if (state == "42501") throw Error{ErrorCode::unavailable, "The database user lacks a right that klotterkoll needs; it should own the database."};
  if (of_class("53") || of_class("58")) throw Error{ErrorCode::unavailable, "The database cannot serve now; try again shortly."};
  if (state == "22021" || state == "22P05") throw Error{ErrorCode::malformed, "A text holds bytes that are no text."};
  throw std::runtime_error("PostgreSQL " + std::string{state} + ": " + message);
}

std::string field(const PGresult* result, int code) {
  const char* const text = PQresultErrorField(result, code);
  return text ? text : "";
}

}  // namespace

class PostgresConnection::PostgresRow final : public Row {
 public:
  explicit PostgresRow(const PGresult* result) : result_(result) {}
  void move_to(int row) { row_ = row; }

  bool is_null(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
  std::int64_t integer(int column) const override {
    const std::string_view written = view(column);
    if (written == "t") return 1;
    std::int64_t number = 0;  // as SQLite: no number is 0
    std::from_chars(written.data(), written.data() + written.size(), number);
    return number;
  }
  double real(int column) const override {
    const std::string_view written = view(column);
    double number = 0;
    std::from_chars(written.data(), written.data() + written.size(), number);
    return number;
  }
  std::string text(int column) const override {
    return PQftype(result_, column) == kBytea ? bytes(view(column)) : std::string{view(column)};
  }
  Value value(int column) const override {
    if (is_null(column)) return {};
    switch (PQftype(result_, column)) {
      case kBool:
      case kInt2:
      case kInt4:
      case kInt8: return integer(column);
      case kFloat8: return real(column);
      default: return view(column);
    }
  }
  int columns() const override { return PQnfields(result_); }
  std::string name(int column) const override { return PQfname(result_, column); }

 private:
  std::string_view view(int column) const {
    return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
  }
  /// Answers come as text, and bytes in it as \x and hexadecimal digits.
  static std::string bytes(std::string_view written) {
    const auto digit = [&](std::size_t at) { return written[at] <= '9' ? written[at] - '0' : written[at] - 'a' + 10; };
    std::string read(written.size() / 2 - 1, '\0');
    for (std::size_t i = 0; i < read.size(); ++i) read[i] = static_cast<char>(digit(2 * i + 2) << 4 | digit(2 * i + 3));
    return read;
  }
  const PGresult* result_;
  int row_ = 0;
};

PostgresConnection::PostgresConnection(std::string url, Use use) : url_(std::move(url)), use_(use) { connect(true); }

void PostgresConnection::reconnect() { connect(false); }

void PostgresConnection::connect(bool say_why_not) {
  connection_.reset();  // the server ends what the old one had begun
  statements_.clear();
  held_.clear();
  const Parameters parameters{url_};
  connection_.reset(PQconnectdbParams(parameters.names.data(), parameters.values.data(), 0));
  if (!connection_) throw std::bad_alloc{};
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    // libpq's own words for target_session_attrs=read-write; they are in English unless the program sets a locale.
    const bool takes_no_writes = std::string_view{PQerrorMessage(connection_.get())}.find("read-only") != std::string_view::npos;
    connection_.reset();
    throw ConnectionLost{say_why_not ? sentence_of_refusal(parameters, takes_no_writes) : kAway};
  }
  PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
  if (const int version = PQserverVersion(connection_.get()); version < kOldestServer) {
    connection_.reset();
    throw Error{ErrorCode::unavailable, "The database server is PostgreSQL " + std::to_string(version / 10000) + "." +
                                            std::to_string(version % 10000) + "; klotterkoll needs 13 or later."};
  }
  // What is answered is durable, whatever the database's own setting. And nobody waits for one who is gone: a node whose
  // machine has died is not there after twenty seconds, nor is one that stands still with rows in its hands after ten.
  execute_text("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'; "
               "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3; "
               "SET tcp_user_timeout = 10000; SET bytea_output = 'hex'");
  if (use_ != Use::maintenance) execute_text("SET idle_in_transaction_session_timeout = '10s'");
}

void PostgresConnection::lose(const std::string& why) {
  connection_.reset();
  throw ConnectionLost{why};
}

void PostgresConnection::fail(const PGresult* result) {
  const std::string state = result ? field(result, PG_DIAG_SQLSTATE) : "";
  if (state.empty() || PQstatus(connection_.get()) != CONNECTION_OK) lose(kAway);
  translate(state, field(result, PG_DIAG_MESSAGE_PRIMARY), writing_);
}

void PostgresConnection::wait_for_answer() {
  const auto until = steady_clock::now() + (use_ == Use::maintenance ? kMaintenance : kPatience);
  while (PQisBusy(connection_.get())) {
    if (!wait_on(PQsocket(connection_.get()), POLLIN, until)) {
      if (steady_clock::now() >= until) lose("The database does not answer; try again shortly.");
    } else if (!PQconsumeInput(connection_.get())) {
      lose(kAway);
    }
  }
}

PostgresConnection::Result PostgresConnection::finish(int sent, const RowVisitor* visit) {
  if (!sent) lose(kAway);
  Result first_failure, last;
  std::exception_ptr stopped;
  for (;;) {
    wait_for_answer();
    Result result{PQgetResult(connection_.get())};
    if (!result) break;
    const auto status = PQresultStatus(result.get());
    if (visit && !stopped) stopped = show(result.get(), *visit);
    const bool failed = status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY && status != PGRES_SINGLE_TUPLE;
    if (failed && !first_failure) first_failure = std::move(result);
    else last = std::move(result);
  }
  if (stopped) std::rethrow_exception(stopped);
  if (first_failure || !last) fail(first_failure.get());
  return last;
}

std::exception_ptr PostgresConnection::show(const PGresult* result, const RowVisitor& visit) {
  try {
    PostgresRow row{result};
    for (int i = 0; i < PQntuples(result); ++i) {
      row.move_to(i);
      visit(row);
    }
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

PostgresConnection::Result PostgresConnection::execute_text(const std::string& sql) {
  if (!connection_) throw ConnectionLost{kAway};
  return finish(PQsendQuery(connection_.get(), sql.c_str()));
}

const std::string& PostgresConnection::prepared(std::string_view sql) {
  if (const auto at = statements_.find(sql); at != statements_.end()) return at->second;
  // Lists are asked with any choice of filters; without a bound whoever invents new ones would fill the server's memory.
  if (statements_.size() >= kMostStatements) {
    execute_text("DEALLOCATE ALL");
    statements_.clear();
  }
  const bool holds = use_ != Use::reader;
  const std::string text = in_dialect(sql, {{"{{for_update}}", holds ? "FOR UPDATE" : ""},
                                            {"{{skip_locked}}", holds ? "FOR UPDATE SKIP LOCKED" : ""}});
  const std::string name = "s" + std::to_string(next_name_++);
  finish(PQsendPrepare(connection_.get(), name.c_str(), text.c_str(), 0, nullptr));
  return statements_.emplace(std::string{sql}, name).first->second;
}

std::int64_t PostgresConnection::run(std::string_view sql, std::span<const Value> values, const RowVisitor& visit) {
  if (!connection_) throw ConnectionLost{kAway};
  const std::string& name = prepared(sql);
  // Texts go as they are, with their length, so that a zero byte is refused instead of cutting them; numbers are written,
  // so that the server reads them as whatever type it takes the parameter for.
  std::vector<const char*> texts(values.size());
  std::vector<int> lengths(values.size()), formats(values.size());
  std::vector<std::array<char, 32>> numbers(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto write = [&](auto number) {
      auto& buffer = numbers[i];
      *std::to_chars(buffer.data(), buffer.data() + buffer.size() - 1, number).ptr = '\0';
      texts[i] = buffer.data();
    };
    if (const auto* whole = std::get_if<std::int64_t>(&values[i])) write(*whole);
    else if (const auto* real = std::get_if<double>(&values[i])) write(*real);
    else if (const auto* text = std::get_if<std::string_view>(&values[i])) {
      texts[i] = text->empty() ? "" : text->data();
      lengths[i] = static_cast<int>(text->size());
      formats[i] = 1;
    }
  }
  const int sent = PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()), texts.data(),
                                       lengths.data(), formats.data(), 0);
  // Copies read whole tables, so their rows are shown as they come; others may ask something else while they look at one.
  const bool as_they_come = use_ == Use::maintenance && sent && PQsetSingleRowMode(connection_.get());
  const Result result = finish(sent, as_they_come ? &visit : nullptr);
  if (!as_they_come)
    if (const auto stopped = show(result.get(), visit)) std::rethrow_exception(stopped);
  std::int64_t changed = 0;
  const std::string_view count = PQcmdTuples(result.get());
  std::from_chars(count.data(), count.data() + count.size(), changed);
  return changed;
}

void PostgresConnection::run_script(std::string_view sql) {
  // Text is ordered by its bytes whatever the database's language, as in SQLite, and indexes outlive a new C library.
  execute_text(in_dialect(sql, {{"{{clustered}}", ""}, {"{{text}}", "TEXT COLLATE \"C\""}, {"{{bytes}}", "BYTEA"}}));
}

void PostgresConnection::begin_read() {
  writing_ = false;
  const std::string limit = most_ ? "; SET LOCAL statement_timeout = " + std::to_string(most_->count()) : "";
  execute_text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" + limit);
}

void PostgresConnection::begin_write_with(const std::string& statements) {
  writing_ = use_ == Use::writer;
  held_.clear();
  execute_text("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; " + statements);
}

void PostgresConnection::commit() {
  const Result result = execute_text("COMMIT");
  // A transaction that has failed is rolled back by COMMIT, and the server thinks nothing of it.
  if (std::string_view{PQcmdStatus(result.get())} != "COMMIT") throw std::runtime_error("PostgreSQL rolled back what was to be committed");
}

void PostgresConnection::roll_back() noexcept {
  try {
    if (in_transaction()) execute_text("ROLLBACK");
  } catch (const std::exception&) {
    connection_.reset();
  }
}

void PostgresConnection::set_savepoint() { execute_text("SAVEPOINT unit"); }
void PostgresConnection::release_savepoint() { execute_text("RELEASE SAVEPOINT unit"); }
void PostgresConnection::roll_back_to_savepoint() {
  held_.clear();
  execute_text("ROLLBACK TO SAVEPOINT unit; RELEASE SAVEPOINT unit");
}

bool PostgresConnection::in_transaction() const {
  return connection_ && PQtransactionStatus(connection_.get()) != PQTRANS_IDLE && PQtransactionStatus(connection_.get()) != PQTRANS_UNKNOWN;
}

void PostgresConnection::hold(const std::string& name, Hold how) {
  if (!writing_ || (how == Hold::shared && !held_.insert(name).second)) return;
  execute(how == Hold::shared ? "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))"
                              : "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name);
}

void PostgresConnection::lock_schema() { execute("SELECT pg_advisory_lock($1)", kSchemaLock); }

void PostgresConnection::tables_made() { execute_text("ANALYZE"); }

}  // namespace klotterkoll
