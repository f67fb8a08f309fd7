#include "store/copying.h"

#include <memory>
#include <numeric>

#include "base/error.h"
#include "schemas.h"
#include "store/migrations.h"
#include "store/sql_store.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

/// So many values go in one statement: more do not make it faster, and SQLite takes 32,766.
constexpr std::size_t kValuesAtOnce = 2000;

/// The tables that the migrations make, those that others refer to before those; without what is a database's own.
std::vector<std::string> tables() {
  std::vector<std::string> names;
  constexpr std::string_view create = "CREATE TABLE ";
  for (const Migration& migration : migrations())
    for (auto at = migration.sql.find(create); at != std::string_view::npos; at = migration.sql.find(create, at)) {
      at += create.size();
      const std::string name{migration.sql.substr(at, migration.sql.find(' ', at) - at)};
      if (name != "writers" && name != "photo_bytes") names.push_back(name);
    }
  return names;
}

std::int64_t count(Connection& connection, const std::string& table) {
  return connection.find("SELECT COUNT(*) FROM " + table, [](const Row& row) { return row.integer(0); }).value();
}

/// Rows on their way into one table, so many to a statement.
class Inserts {
 public:
  Inserts(Connection& target, std::string table) : target_(target), table_(std::move(table)) {}

  void add(const Row& row) {
    if (columns_ == 0) {
      columns_ = static_cast<std::size_t>(row.columns());
      for (int i = 0; i < row.columns(); ++i) names_ += (i ? ", " : "") + row.name(i);
    }
    for (int i = 0; i < row.columns(); ++i) {
      const Value value = row.value(i);
      // A text is the row's, which is gone with the next one.
      if (const auto* text = std::get_if<std::string_view>(&value)) texts_.push_back(std::make_unique<std::string>(*text));
      values_.push_back(std::holds_alternative<std::string_view>(value) ? to_value(*texts_.back()) : value);
    }
    if (values_.size() + columns_ > kValuesAtOnce) flush();
  }

  void flush() {
    if (values_.empty()) return;
    std::string sql = "INSERT INTO " + table_ + " (" + names_ + ") VALUES ";
    for (std::size_t i = 0; i < values_.size(); ++i)
      sql += (i == 0 ? "($" : i % columns_ == 0 ? "), ($" : ", $") + std::to_string(i + 1);
    target_.run(sql + ")", values_, [](const Row&) {});
    values_.clear();
    texts_.clear();
  }

 private:
  Connection& target_;
  const std::string table_;
  std::size_t columns_ = 0;
  std::string names_;
  std::vector<Value> values_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

void require_empty(Connection& target, const std::vector<std::string>& names) {
  for (const std::string& table : names)
    if (table != "installation" && target.find("SELECT 1 FROM " + table + " LIMIT 1", [](const Row&) { return true; }))
      throw Error{ErrorCode::refused, "The target holds data already (" + table + "); copy into a database that is new."};
}

void require_same_statistics(Connection& source, Connection& target) {
  SettingsCache source_cache, target_cache;
  SqlTransaction from{source, source_cache}, to{target, target_cache};
  for (const Municipality& municipality : from.municipalities().list())
    if (from.tallies().all(municipality.id) != to.tallies().all(municipality.id))
      throw Error{ErrorCode::internal, "The statistics of " + municipality.name + " differ after copying; nothing was kept."};
}

}  // namespace

std::int64_t Copied::total() const {
  return std::accumulate(rows.begin(), rows.end(), std::int64_t{0}, [](std::int64_t sum, const auto& table) { return sum + table.second; });
}

Copied copy_installation(const std::string& from, const std::string& to, IdSource& ids, Instant now) {
  const auto source = connect(from);
  require_current_schema(*source);
  migrate(to, ids, now);
  const auto target = connect(to);
  const std::vector<std::string> names = tables();
  Copied copied;
  source->begin_read();
  target->begin_write();
  try {
    require_empty(*target, names);
    target->execute("DELETE FROM installation");  // its secret is another
    for (const std::string& table : names) {
      Inserts inserts{*target, table};
      source->query("SELECT * FROM " + table, [&](const Row& row) { inserts.add(row); });
      inserts.flush();
      copied.rows.emplace_back(table, count(*source, table));
      if (count(*target, table) != copied.rows.back().second)
        throw Error{ErrorCode::internal, "The table " + table + " differs after copying; nothing was kept."};
    }
    require_same_statistics(*source, *target);
    // Before the rows that name them are there for others. What is left of an attempt that fails is found and used by the next.
    copied.photos = copy_photos(*source, *open_photo_store(from), *open_photo_store(to), now);
    target->commit();
  } catch (...) {
    target->roll_back();
    source->roll_back();
    throw;
  }
  source->roll_back();
  target->tables_made();
  return copied;
}

}  // namespace klotterkoll
