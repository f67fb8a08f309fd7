#include "domain/link.h"

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

class SqlLinks final : public LinkTable {
 public:
  explicit SqlLinks(SqlContext& context) : context_(context), connection_(context.connection) {}

 private:
  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

std::unique_ptr<LinkTable> make_link_table(SqlContext& context) { return std::make_unique<SqlLinks>(context); }

}  // namespace klotterkoll
