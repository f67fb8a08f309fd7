#include "store/migrations.h"

#include "base/error.h"
#include "schemas.h"
#include "store/upgrades.h"

namespace klotterkoll {
namespace {

int newest_known() { return migrations().back().number; }

/// 0 when nothing has run, or when the table that tells is not there yet.
int newest_applied(Connection& connection) {
  return static_cast<int>(connection.find("SELECT COALESCE(MAX(number), 0) FROM migrations",
                                          [](const Row& row) { return row.integer(0); }).value());
}

[[noreturn]] void refuse_newer(int applied) {
  throw Error{ErrorCode::unavailable, "The database has schema " + std::to_string(applied) + ", newer than this binary's " +
                                          std::to_string(newest_known()) + "; use the klotterkoll that made it, or a later one."};
}

std::string to_hex(const ReferenceCipher::Secret& secret) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : secret) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace

std::vector<std::string> apply_migrations(Connection& connection, IdSource& ids, Instant now) {
  connection.lock_schema();
  connection.run_script("CREATE TABLE IF NOT EXISTS migrations (number BIGINT NOT NULL PRIMARY KEY, name {{text}} NOT NULL, "
                        "applied_at BIGINT NOT NULL)");
  std::vector<std::string> applied;
  connection.begin_write();
  try {
    const int before = newest_applied(connection);
    if (before > newest_known()) refuse_newer(before);
    for (const Migration& migration : migrations()) {
      if (migration.number <= before) continue;
      connection.run_script(migration.sql);
      connection.execute("INSERT INTO migrations (number, name, applied_at) VALUES ($1, $2, $3)", migration.number,
                         migration.name, now);
      applied.emplace_back(migration.name);
    }
    if (before == 0) {
      ReferenceCipher::Secret secret;
      ids.fill(secret);
      connection.execute("INSERT INTO installation (id, reference_secret, keys_version, created_at) VALUES (1, $1, 1, $2)",
                         to_hex(secret), now);
    } else {
      complete_upgrade(connection, before);
    }
    connection.commit();
  } catch (...) {
    connection.roll_back();
    throw;
  }
  connection.tables_made();  // each time: whoever was stopped after the commit comes here again
  return applied;
}

void require_current_schema(Connection& connection) {
  int applied = 0;
  try {
    applied = newest_applied(connection);
  } catch (const Error&) {
    throw;  // a file that is no database, or that cannot be read
  } catch (const std::runtime_error&) {
    // No such table: an empty database, or one that is not ours.
  }
  if (applied > newest_known()) refuse_newer(applied);
  if (applied < newest_known())
    throw Error{ErrorCode::unavailable, "The database is not set up or has an older schema; run: klotterkoll migrate"};
}

ReferenceCipher::Secret read_reference_secret(Connection& connection) {
  const std::string text = connection.find("SELECT reference_secret FROM installation WHERE id = 1",
                                           [](const Row& row) { return row.text(0); }).value();
  ReferenceCipher::Secret secret;
  for (std::size_t i = 0; i < secret.size(); ++i)
    secret[i] = static_cast<unsigned char>(std::stoi(text.substr(2 * i, 2), nullptr, 16));
  return secret;
}

}  // namespace klotterkoll
