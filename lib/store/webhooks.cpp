#include "domain/webhook.h"

#include <sstream>

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, owner_id, url, types, secret, former_secret, former_until, created_at, disabled_at, disabled_reason, version "
    "FROM webhooks WHERE municipality_id = $1 ";

/// Types hold no spaces.
std::string joined(const std::vector<std::string>& types) {
  std::string text;
  for (const std::string& type : types) text += (text.empty() ? "" : " ") + type;
  return text;
}

std::vector<std::string> parted(const std::string& text) {
  std::istringstream words{text};
  std::vector<std::string> types;
  for (std::string type; words >> type;) types.push_back(type);
  return types;
}

Webhook read_webhook(const Row& row) {
  Webhook webhook;
  webhook.id = row.key<WebhookId>(0);
  webhook.owner_id = row.text(1);
  webhook.url = row.text(2);
  webhook.types = parted(row.text(3));
  webhook.secret = row.text(4);
  webhook.former_secret = row.text(5);
  webhook.former_until = row.instant_or_none(6);
  webhook.created_at = row.instant(7);
  webhook.disabled_at = row.instant_or_none(8);
  webhook.disabled_reason = row.text(9);
  webhook.version = row.integer(10);
  return webhook;
}

class SqlWebhooks final : public WebhookTable {
 public:
  explicit SqlWebhooks(SqlContext& context) : connection_(context.connection) {}

  void add(const Webhook& webhook) override {
    connection_.execute("INSERT INTO webhooks (municipality_id, id, owner_id, url, types, secret, former_secret, former_until, created_at, "
                        "disabled_at, disabled_reason, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                        webhook.id.municipality(), webhook.id, webhook.owner_id, webhook.url, joined(webhook.types), webhook.secret,
                        webhook.former_secret, webhook.former_until, webhook.created_at, webhook.disabled_at, webhook.disabled_reason,
                        webhook.version);
  }

  std::optional<Webhook> find(WebhookId id) override {
    static const std::string sql = std::string{kColumns} + "AND id = $2";
    return connection_.find(sql, read_webhook, id.municipality(), id);
  }

  std::optional<Webhook> find_to_change(WebhookId id) override {
    static const std::string sql = std::string{kColumns} + "AND id = $2 {{for_update}}";
    return connection_.find(sql, read_webhook, id.municipality(), id);
  }

  std::vector<Webhook> list(MunicipalityId municipality) override {
    static const std::string sql = std::string{kColumns} + "ORDER BY created_at, id";
    return connection_.all(sql, read_webhook, municipality);
  }

  std::int64_t count_to_add(MunicipalityId municipality, const std::string& owner_id) override {
    connection_.hold("webhooks " + std::to_string(municipality), Connection::Hold::exclusive);
    return connection_.find("SELECT COUNT(*) FROM webhooks WHERE municipality_id = $1 AND owner_id = $2",
                            [](const Row& row) { return row.integer(0); }, municipality, owner_id).value();
  }

  void update(const Webhook& webhook) override {
    connection_.execute("UPDATE webhooks SET url = $3, types = $4, secret = $5, former_secret = $6, former_until = $7, disabled_at = $8, "
                        "disabled_reason = $9, version = version + 1 WHERE municipality_id = $1 AND id = $2",
                        webhook.id.municipality(), webhook.id, webhook.url, joined(webhook.types), webhook.secret, webhook.former_secret,
                        webhook.former_until, webhook.disabled_at, webhook.disabled_reason);
  }

  void remove(WebhookId id) override {
    connection_.execute("DELETE FROM webhooks WHERE municipality_id = $1 AND id = $2", id.municipality(), id);
  }

 private:
  Connection& connection_;
};

}  // namespace

std::unique_ptr<WebhookTable> make_webhook_table(SqlContext& context) { return std::make_unique<SqlWebhooks>(context); }

}  // namespace klotterkoll
