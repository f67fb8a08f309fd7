// What PostgreSQL alone can do to us: its types, its refusals, its server that goes away.

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <thread>

#include "store/postgres_connection.h"
#include "support/clocks.h"
#include "support/postgres_cluster.h"
#include "support/process.h"
#include "support/refusal.h"
#include "support/store_fixture.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

/// A database of the shared cluster, gone with the test.
struct Database {
  explicit Database(bool with_schema = true) : name(PostgresCluster::shared().create_database(with_schema)) {}
  ~Database() { PostgresCluster::shared().drop_database(name); }
  std::string url() const { return PostgresCluster::shared().url(name); }
  std::string name;
};

std::string sentence(const std::string& url) {
  const Error error = refusal([&] { open_store({.url = url}); });
  CHECK(error.code() == ErrorCode::unavailable);
  const std::string said = error.what();
  CHECK(said.find("geheim") == std::string::npos);
  CHECK(said.find('\n') == std::string::npos);
  return said;
}

/// A server that is older than any that is supported: it lets everybody in and says its version.
class OldServer {
 public:
  OldServer() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 4) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    thread_ = std::jthread{[this] {
      const int client = accept(listener_, nullptr, nullptr);
      char greeting[1024];
      if (recv(client, greeting, sizeof greeting, 0) > 0) {
        using namespace std::string_literals;
        const std::string answer = "R\0\0\0\x08\0\0\0\0"s + "S\0\0\0\x18server_version\00012.3\0"s + "Z\0\0\0\x05I"s;
        send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        while (recv(client, greeting, sizeof greeting, 0) > 0) {
        }
      }
      close(client);
    }};
  }
  ~OldServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  int port = 0;

 private:
  int listener_;
  std::jthread thread_;
};

}  // namespace

TEST_CASE("postgresql: values come back as they went in, whatever their size, and nothing is not empty") {
  const Database database;
  PostgresConnection connection{database.url(), PostgresConnection::Use::writer};
  connection.run_script("CREATE TABLE kept (id BIGINT, real DOUBLE PRECISION, word {{text}})");
  const std::int64_t least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  const double odd[] = {0.1, -55.936212345678, 1e300, 5e-324, -0.0};
  for (const auto id : {least, most})
    for (const double real : odd) {
      connection.begin_write();
      connection.execute("DELETE FROM kept");
      connection.execute("INSERT INTO kept (id, real, word) VALUES ($1, $2, $3)", id, real, kOdd);
      connection.commit();
      connection.query("SELECT id, real, word, NULL FROM kept", [&](const Row& row) {
        CHECK(row.integer(0) == id);
        CHECK(row.real(1) == real);
        CHECK(row.text(2) == kOdd);
        CHECK(row.is_null(3));
        CHECK(std::get<std::int64_t>(row.value(0)) == id);
        CHECK(std::get<double>(row.value(1)) == real);
        CHECK(std::get<std::string_view>(row.value(2)) == kOdd);
        CHECK(row.columns() == 4);
        CHECK(row.name(2) == "word");
      });
    }
  connection.execute("INSERT INTO kept (id, real, word) VALUES (NULL, NULL, $1)", "");
  CHECK(connection.find("SELECT word FROM kept WHERE id IS NULL", [](const Row& row) { return row.is_null(0); }) == false);
}

TEST_CASE("postgresql: text with a zero byte is refused and not cut, and the transaction goes on from its savepoint") {
  const Database database;
  PostgresConnection connection{database.url(), PostgresConnection::Use::writer};
  connection.run_script("CREATE TABLE kept (word {{text}})");
  connection.begin_write();
  connection.execute("INSERT INTO kept (word) VALUES ($1)", "before");
  connection.set_savepoint();
  const std::string cut{"a\0b", 3};
  CHECK(refusal([&] { connection.execute("INSERT INTO kept (word) VALUES ($1)", cut); }).code() == ErrorCode::malformed);
  CHECK_THROWS(connection.execute("INSERT INTO kept (word) VALUES ($1)", "in vain"));  // until the savepoint
  connection.roll_back_to_savepoint();
  connection.execute("INSERT INTO kept (word) VALUES ($1)", "after");
  connection.commit();
  CHECK(connection.find("SELECT string_agg(word, ' ' ORDER BY word) FROM kept", [](const Row& row) { return row.text(0); }) ==
        "after before");
}

TEST_CASE("postgresql: a failed transaction is not taken for a committed one") {
  const Database database;
  PostgresConnection connection{database.url(), PostgresConnection::Use::writer};
  connection.run_script("CREATE TABLE kept (id BIGINT)");
  connection.begin_write();
  connection.execute("INSERT INTO kept (id) VALUES (1)");
  CHECK_THROWS(connection.execute("INSERT INTO nowhere (id) VALUES (1)"));
  CHECK_THROWS(connection.commit());
  CHECK(connection.find("SELECT COUNT(*) FROM kept", [](const Row& row) { return row.integer(0); }) == 0);
}

TEST_CASE("postgresql: however many statements there are, the server keeps a bounded number of them") {
  const Database database;
  PostgresConnection connection{database.url(), PostgresConnection::Use::reader};
  for (int i = 0; i < 600; ++i) connection.execute("SELECT " + std::to_string(i));
  CHECK(connection.find("SELECT COUNT(*) FROM pg_prepared_statements", [](const Row& row) { return row.integer(0); }).value() <= 256);
}

TEST_CASE("postgresql: text is ordered by its bytes in every column, as SQLite orders it") {
  const Database database;
  PostgresConnection connection{database.url(), PostgresConnection::Use::reader};
  std::vector<std::string> others;
  connection.query("SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' "
                   "AND data_type = 'text' AND COALESCE(collation_name, '') <> 'C'",
                   [&](const Row& row) { others.push_back(row.text(0)); });
  CHECK(others == std::vector<std::string>{});
}

TEST_CASE("postgresql: whatever keeps it from opening is told in one sentence without the password") {
  const Database database, empty{false};
  const PostgresCluster& cluster = PostgresCluster::shared();
  cluster.run("DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN PASSWORD 'geheim'");
  CHECK(sentence("postgresql://app:geheim@127.0.0.1:1/klotter").find("at 127.0.0.1 cannot be reached") != std::string::npos);
  cluster.run("DROP DATABASE IF EXISTS guarded");
  cluster.run("CREATE DATABASE guarded");
  CHECK(sentence(cluster.url_as("guarded:geheim-nicht", "guarded")).find("does not let the user \"guarded\" in") != std::string::npos);
  CHECK(sentence(cluster.url_as("nobody-known:geheim", database.name)).find("does not let the user \"nobody-known\" in") != std::string::npos);
  CHECK(sentence(cluster.url("no_such_one")).find("has no database \"no_such_one\"") != std::string::npos);
  CHECK(sentence("postgresql://app:geheim@[::1/x").find("The database URL cannot be read") == 0);
  CHECK(sentence(empty.url()).find("run: klotterkoll migrate") != std::string::npos);
  {
    const OldServer old;
    CHECK(sentence("postgresql://app:geheim@127.0.0.1:" + std::to_string(old.port) + "/x?sslmode=disable&gssencmode=disable&target_session_attrs=any")
              .find("PostgreSQL 12.3; klotterkoll needs 13 or later") != std::string::npos);
  }
  cluster.run("ALTER DATABASE " + database.name + " SET default_transaction_read_only = on");
  CHECK(sentence(database.url()).find("takes no writes") != std::string::npos);
  cluster.run("ALTER DATABASE " + database.name + " RESET default_transaction_read_only");
  cluster.run("INSERT INTO migrations (number, name, applied_at) VALUES (9999, 'from_the_future', 0)", database.name);
  CHECK(sentence(database.url()).find("schema 9999, newer than this binary's") != std::string::npos);
}

TEST_CASE("command: a PostgreSQL database that cannot be opened is one sentence and exit code 2") {
  const Ran ran = run_command({"verify", "--database", PostgresCluster::shared().url_as("app:geheim", "no_such_one")});
  CHECK(ran.status == 2);
  CHECK(ran.err.starts_with("klotterkoll: The database server at "));
  CHECK(ran.err.find("geheim") == std::string::npos);
  CHECK(std::ranges::count(ran.err, '\n') == 1);
  const Ran refused = run_command({"backup", "copy.db", "--database", PostgresCluster::shared().url("postgres")});
  CHECK(refused.status == 2);
  CHECK(refused.err.find("pg_dump") != std::string::npos);
}

TEST_CASE("postgresql: several processes that migrate at once migrate once") {
  const Database database{false};
  std::vector<std::vector<std::string>> ran(6);
  {
    std::vector<std::jthread> threads;
    for (auto& names : ran)
      threads.emplace_back([&] {
        SequenceIds ids;
        names = migrate(database.url(), ids, nov(1));
      });
  }
  CHECK(std::ranges::count_if(ran, [](const auto& names) { return !names.empty(); }) == 1);
  CHECK_NOTHROW(open_store({.url = database.url()}));
}

TEST_CASE("postgresql: when the server goes away it is unavailable at once, and all goes on by itself when it is back") {
  PostgresCluster cluster;
  const std::string name = cluster.create_database();
  const auto store = open_store({.url = cluster.url(name), .readers = 3, .writers = 2});
  const auto add = [&](const std::string& code) {
    store->write([&](Transaction& transaction) { transaction.municipalities().add({.code = code, .name = "Höör"}, Policy{}); });
  };
  const auto count = [&] {
    return read(*store, [](Transaction& transaction) { return transaction.municipalities().list().size(); });
  };
  add("first");
  cluster.stop();
  CHECK(refusal([&] { store->check(); }).code() == ErrorCode::unavailable);
  CHECK(refusal([&] { count(); }).code() == ErrorCode::unavailable);
  // The first writes wait a few seconds for a connection, as after a short break; then nobody waits any more.
  for (int i = 0; i < 2; ++i) CHECK(refusal([&] { add("lost"); }).code() == ErrorCode::unavailable);
  std::this_thread::sleep_for(500ms);
  const auto asked = steady_clock::now();
  CHECK(refusal([&] { add("lost"); }).code() == ErrorCode::unavailable);
  CHECK(refusal([&] { store->check(); }).code() == ErrorCode::unavailable);
  CHECK(steady_clock::now() - asked < 2s);
  cluster.start();
  const auto until = steady_clock::now() + 10s;
  for (bool back = false; !back && steady_clock::now() < until;) {
    try {
      store->check();
      add("second");
      back = true;
    } catch (const Error&) {
      std::this_thread::sleep_for(50ms);
    }
  }
  CHECK(count() == 2);
  // A break while nobody asks is not noticed by anybody.
  cluster.stop();
  cluster.start();
  CHECK(count() == 2);
  CHECK_NOTHROW(add("third"));
}
