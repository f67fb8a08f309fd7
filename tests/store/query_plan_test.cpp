#include <doctest/doctest.h>

#include "store/sql_store.h"
#include "store/sqlite_connection.h"
#include "support/times.h"
#include "support/workshop.h"

using namespace klotterkoll;

namespace {

/// The index by which SQLite would answer, with the conditions it uses of it.
std::string plan_of(SqliteConnection& connection, const std::string& sql) {
  std::string plan;
  connection.query("EXPLAIN QUERY PLAN " + sql, [&](const Row& row) { plan += row.text(3) + "\n"; });
  return plan;
}

}  // namespace

TEST_CASE("store: a look-up uses the index that has the answer, and walks through no municipality") {
  const test::Workshop shop;
  RandomIdSource ids;
  migrate("sqlite:" + shop.path("a.db"), ids, test::at("2026-01-01T00:00:00Z"));
  SqliteConnection connection{shop.path("a.db"), SqliteConnection::Use::reader};
  struct Row {
    const char* sql;
    const char* index;
  };
  const Row table[] = {
      {"SELECT * FROM reports WHERE municipality_id = 1 AND key_id = 2 AND external_id = 'a' AND external_id "
       "<> '' ORDER BY id",
       "reports_by_external_id"},
      {"SELECT * FROM reports WHERE municipality_id = 1 AND police_reference = 'a' AND police_reference <> "
       "'' ORDER BY id",
       "reports_by_police_reference"},
      {"SELECT * FROM reports WHERE municipality_id = 1 AND case_id = 2 ORDER BY id", "reports_by_case"},
      {"SELECT * FROM events WHERE municipality_id = 1 AND case_id = 2 ORDER BY id", "events_by_case"},
      {"SELECT * FROM events WHERE municipality_id = 1 AND id > 2 ORDER BY id LIMIT 9",
       "PRIMARY KEY (municipality_id=? AND id>?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND id = 2",
       "PRIMARY KEY (municipality_id=? AND id=?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND next_check_at <= 2 ORDER BY next_check_at, id "
       "LIMIT 9",
       "cases_to_check"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND is_open = 1 AND due_at >= 2 AND due_at < 3",
       "cases_open_by_due"},
      {"SELECT id FROM cases WHERE municipality_id = 1 AND cell BETWEEN 2 AND 3 AND (removed_at IS NULL OR "
       "removed_at >= 4)",
       "COVERING INDEX cases_near (municipality_id=? AND cell>? AND cell<?)"},
  };
  for (const Row& row : table) {
    const std::string plan = plan_of(connection, row.sql);
    CAPTURE(row.sql);
    CAPTURE(plan);
    CHECK(plan.find(row.index) != std::string::npos);
  }
}
