#include "base/error.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kColumns = "SELECT id, digest, role, name, created_at, revoked_at FROM api_keys ";

ApiKey read_key(const Row& row) {
  ApiKey key;
  key.id = row.integer(0);
  key.key_digest = row.text(1);
  key.role = row.code<Role>(2);
  key.name = row.text(3);
  key.created_at = row.instant(4);
  key.revoked_at = row.instant_or_none(5);
  return key;
}

class SqlKeys final : public KeyTable {
 public:
  explicit SqlKeys(SqlContext& context) : connection_(context.connection) {}

  std::int64_t add(const ApiKey& key) override {
    const auto id = connection_.find("SELECT COALESCE(MAX(id), 0) + 1 FROM api_keys",
                                     [](const Row& row) { return row.integer(0); }).value();
    connection_.execute("INSERT INTO api_keys (id, digest, role, name, created_at) VALUES ($1, $2, $3, $4, $5)", id,
                        key.key_digest, key.role, key.name, key.created_at);
    for (const auto& scope : key.scopes)
      connection_.execute("INSERT INTO key_municipalities (municipality_id, key_id, owner_id) VALUES ($1, $2, $3)",
                          scope.municipality, id, scope.owner_id);
    count_change();
    return id;
  }

  std::optional<ApiKey> find(std::int64_t id) override {
    static const std::string sql = std::string{kColumns} + "WHERE id = $1";
    return with_scopes(connection_.find(sql, read_key, id));
  }

  std::optional<ApiKey> find_by_digest(const std::string& key_digest) override {
    static const std::string sql = std::string{kColumns} + "WHERE digest = $1";
    return with_scopes(connection_.find(sql, read_key, key_digest));
  }

  std::vector<ApiKey> list(std::optional<MunicipalityId> municipality) override {
    static const std::string every = std::string{kColumns} + "ORDER BY id";
    static const std::string of_one =
        std::string{kColumns} + "WHERE id IN (SELECT key_id FROM key_municipalities WHERE municipality_id = $1) ORDER BY id";
    auto keys = municipality ? connection_.all(of_one, read_key, *municipality) : connection_.all(every, read_key);
    for (ApiKey& key : keys) add_scopes(key);
    return keys;
  }

  void revoke(std::int64_t id, Instant at) override {
    connection_.execute("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", id, at);
    count_change();
  }

  std::int64_t version() override {
    return connection_.find("SELECT keys_version FROM installation WHERE id = 1", [](const Row& row) { return row.integer(0); })
        .value();
  }

 private:
  void count_change() { connection_.execute("UPDATE installation SET keys_version = keys_version + 1 WHERE id = 1"); }

  void add_scopes(ApiKey& key) {
    connection_.query("SELECT municipality_id, owner_id FROM key_municipalities WHERE key_id = $1 ORDER BY municipality_id",
                      [&](const Row& row) { key.scopes.push_back({row.integer(0), row.text(1)}); }, key.id);
  }

  std::optional<ApiKey> with_scopes(std::optional<ApiKey> key) {
    if (key) add_scopes(*key);
    return key;
  }

  Connection& connection_;
};

}  // namespace

std::unique_ptr<KeyTable> make_key_table(SqlContext& context) { return std::make_unique<SqlKeys>(context); }

}  // namespace klotterkoll
