#include "domain/webhook.h"

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

class SqlWebhooks final : public WebhookTable {
 public:
  explicit SqlWebhooks(SqlContext& context) : context_(context), connection_(context.connection) {}

 private:
  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

std::unique_ptr<WebhookTable> make_webhook_table(SqlContext& context) { return std::make_unique<SqlWebhooks>(context); }

}  // namespace klotterkoll
