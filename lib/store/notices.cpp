#include "domain/notice.h"

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

class SqlNotices final : public NoticeTable {
 public:
  explicit SqlNotices(SqlContext& context) : context_(context), connection_(context.connection) {}

 private:
  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

std::unique_ptr<NoticeTable> make_notice_table(SqlContext& context) { return std::make_unique<SqlNotices>(context); }

}  // namespace klotterkoll
