#include "store/migrations.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "schemas.h"
#include "store/sqlite_connection.h"
#include "support/clocks.h"
#include "support/refusal.h"
#include "support/test_store.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

struct Fresh {
  TemporaryFolder folder;
  SequenceIds ids;
  std::string url = "sqlite:" + folder.file("fresh.db");
  SqliteConnection connection() { return {folder.file("fresh.db"), SqliteConnection::Use::writer}; }
};

}  // namespace

TEST_CASE(
    "migrations: a fresh database gets all of them in order, and the second time there is nothing to do") {
  Fresh fresh;
  const auto names = migrate(fresh.url, fresh.ids, nov(1));
  REQUIRE(names.size() == migrations().size());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(names[i] == migrations()[i].name);
  CHECK(migrate(fresh.url, fresh.ids, nov(2)).empty());
  auto connection = fresh.connection();
  const auto applied =
      connection.all("SELECT number, applied_at FROM migrations ORDER BY number", [](const Row& row) {
        return std::pair{row.integer(0), row.instant(1)};
      });
  REQUIRE(applied.size() == migrations().size());
  CHECK(applied.front() == std::pair{std::int64_t{1}, nov(1)});
  CHECK_NOTHROW(open_store({.url = fresh.url}));
}

TEST_CASE("migrations: every table of a municipality's data leads with it in every key, so that it can be sharded by it") {
  // The few rows of the installation itself, which a distributed database keeps on every node (schemas/README.md).
  const std::set<std::string> reference_tables{"installation", "writers", "municipalities", "api_keys", "users", "sessions", "sign_ins", "migrations"};
  Fresh fresh;
  migrate(fresh.url, fresh.ids, nov(1));
  auto connection = fresh.connection();
  std::map<std::string, int> keys;
  connection.query(
      "SELECT t.name, l.name, l.\"unique\", (SELECT name FROM pragma_index_info(l.name) WHERE seqno = 0) "
      "FROM sqlite_schema t LEFT JOIN pragma_index_list(t.name) l WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
      [&](const Row& row) {
        const std::string table = row.text(0);
        if (reference_tables.contains(table)) return;
        CAPTURE(table);
        CAPTURE(row.text(1));
        CHECK(row.text(3) == "municipality_id");
        keys[table] += row.integer(2) == 1;
      });
  CHECK(keys.size() > 10);
  for (const auto& [table, unique] : keys) {
    CAPTURE(table);
    CHECK(unique >= 1);
  }
}

TEST_CASE("migrations: the secret of the references is made once and stays") {
  Fresh fresh;
  migrate(fresh.url, fresh.ids, nov(1));
  const std::string before = open_store({.url = fresh.url})->references().encode(CaseId{1, 1});
  migrate(fresh.url, fresh.ids, nov(2));
  CHECK(open_store({.url = fresh.url})->references().encode(CaseId{1, 1}) == before);
  auto connection = fresh.connection();
  CHECK(read_reference_secret(connection) ==
        ReferenceCipher::Secret{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  Fresh other;
  std::array<unsigned char, 5> skipped;
  other.ids.fill(skipped);
  migrate(other.url, other.ids, nov(1));
  CHECK(open_store({.url = other.url})->references().encode(CaseId{1, 1}) != before);
}

TEST_CASE("migrations: a schema newer than the binary is left alone") {
  Fresh fresh;
  migrate(fresh.url, fresh.ids, nov(1));
  fresh.connection().execute(
      "INSERT INTO migrations (number, name, applied_at) VALUES (9999, 'from_the_future', 0)");
  const auto sentence = [&](const auto& work) {
    const Error error = refusal(work);
    CHECK(error.code() == ErrorCode::unavailable);
    return std::string{error.what()};
  };
  CHECK(sentence([&] {
          migrate(fresh.url, fresh.ids, nov(2));
        }).find("schema 9999, newer than this binary's") != std::string::npos);
  CHECK(sentence([&] { open_store({.url = fresh.url}); }).find("use the klotterkoll that made it") !=
        std::string::npos);
}

TEST_CASE("migrations: one that fails half-way leaves nothing behind") {
  Fresh fresh;
  fresh.connection().run_script("CREATE TABLE tallies (in_the_way BIGINT)");
  CHECK_THROWS(migrate(fresh.url, fresh.ids, nov(1)));
  auto connection = fresh.connection();
  CHECK(connection.find("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'cases'",
                        [](const Row& row) { return row.integer(0); }) == 0);
  CHECK(connection.find("SELECT COUNT(*) FROM migrations", [](const Row& row) { return row.integer(0); }) ==
        0);
  connection.run_script("DROP TABLE tallies");
  CHECK(migrate(fresh.url, fresh.ids, nov(1)).size() == migrations().size());
}
