#include "domain/session.h"

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

class SqlSessions final : public SessionTable {
 public:
  explicit SqlSessions(SqlContext& context) : connection_(context.connection) {}

  void add(const Session& session) override {
    connection_.execute("INSERT INTO sessions (session_digest, user_id, created_at, seen_at) VALUES ($1, $2, $3, $4)",
                        session.session_digest, session.user_id, session.created_at, session.seen_at);
  }

  std::optional<Session> find(const std::string& session_digest) override {
    return connection_.find("SELECT user_id, created_at, seen_at FROM sessions WHERE session_digest = $1",
                            [&](const Row& row) { return Session{session_digest, row.integer(0), row.instant(1), row.instant(2)}; }, session_digest);
  }

  void set_seen(const std::string& session_digest, Instant at) override {
    connection_.execute("UPDATE sessions SET seen_at = $2 WHERE session_digest = $1 AND seen_at < $2", session_digest, at);
  }

  void remove(const std::string& session_digest) override {
    connection_.execute("DELETE FROM sessions WHERE session_digest = $1", session_digest);
  }

  void remove_of_user(std::int64_t user_id) override { connection_.execute("DELETE FROM sessions WHERE user_id = $1", user_id); }

  std::int64_t remove_old(Instant seen_before, Instant created_before, std::int64_t most) override {
    return connection_.execute("DELETE FROM sessions WHERE session_digest IN (SELECT session_digest FROM sessions "
                               "WHERE seen_at < $1 OR created_at < $2 LIMIT $3)",
                               seen_before, created_before, most);
  }

 private:
  Connection& connection_;
};

}  // namespace

std::unique_ptr<SessionTable> make_session_table(SqlContext& context) { return std::make_unique<SqlSessions>(context); }

}  // namespace klotterkoll
