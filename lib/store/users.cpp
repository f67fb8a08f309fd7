#include "domain/user.h"

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

class SqlUsers final : public UserTable {
 public:
  explicit SqlUsers(SqlContext& context) : context_(context), connection_(context.connection) {}

 private:
  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

std::unique_ptr<UserTable> make_user_table(SqlContext& context) { return std::make_unique<SqlUsers>(context); }

}  // namespace klotterkoll
