#include "store/migrations.h"

#include <doctest/doctest.h>

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
