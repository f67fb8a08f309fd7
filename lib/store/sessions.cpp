#include "domain/session.h"

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kRequest =
    "SELECT window_digest, user_id, municipality_id, message_id, token_digest, code_digest, wrong_codes, asked_at, ended_at FROM sign_ins ";

SignInRequest read_request(const Row& row) {
  return {row.text(0), row.integer(1), row.integer(2), row.key<MessageId>(3), row.text(4), row.text(5), static_cast<int>(row.integer(6)), row.instant(7),
          row.instant_or_none(8)};
}

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

  std::vector<Session> of_user(std::int64_t user_id) override {
    return connection_.all("SELECT session_digest, created_at, seen_at FROM sessions WHERE user_id = $1 ORDER BY created_at, session_digest",
                           [&](const Row& row) { return Session{row.text(0), user_id, row.instant(1), row.instant(2)}; }, user_id);
  }

  void add(const SignInRequest& request) override {
    connection_.execute("INSERT INTO sign_ins (window_digest, user_id, municipality_id, message_id, token_digest, code_digest, wrong_codes, asked_at, "
                        "ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                        request.window_digest, request.user_id, request.municipality, request.message, request.token_digest, request.code_digest,
                        std::int64_t{request.wrong_codes}, request.asked_at, request.ended_at);
  }

  std::optional<SignInRequest> find_request(const std::string& window_digest) override {
    static const std::string sql = std::string{kRequest} + "WHERE window_digest = $1 {{for_update}}";
    return connection_.find(sql, read_request, window_digest);
  }

  std::optional<SignInRequest> find_request_of_token(const std::string& token_digest) override {
    static const std::string sql = std::string{kRequest} + "WHERE token_digest = $1 AND token_digest <> '' {{for_update}}";
    return connection_.find(sql, read_request, token_digest);
  }

  std::optional<SignInRequest> find_request_of_message(MessageId message) override {
    static const std::string sql = std::string{kRequest} + "WHERE message_id = $1 AND message_id <> 0 {{for_update}}";
    return connection_.find(sql, read_request, message);
  }

  void update(const SignInRequest& request) override {
    connection_.execute("UPDATE sign_ins SET token_digest = $2, code_digest = $3, wrong_codes = $4, ended_at = $5 WHERE window_digest = $1",
                        request.window_digest, request.token_digest, request.code_digest, std::int64_t{request.wrong_codes}, request.ended_at);
  }

  std::int64_t count_mails(std::int64_t user_id, Instant since) override {
    connection_.hold("sign in " + std::to_string(user_id), Connection::Hold::exclusive);
    return connection_.find("SELECT COUNT(*) FROM sign_ins WHERE user_id = $1 AND asked_at > $2 AND message_id <> 0",
                            [](const Row& row) { return row.integer(0); }, user_id, since).value();
  }

  std::vector<SignInRequest> waiting_since_before(Instant asked_before, std::int64_t most) override {
    static const std::string sql = std::string{kRequest} + "WHERE asked_at < $1 AND ended_at IS NULL ORDER BY asked_at, window_digest LIMIT $2";
    return connection_.all(sql, read_request, asked_before, most);
  }

  std::int64_t remove_requests(Instant asked_before, std::int64_t most) override {
    return connection_.execute("DELETE FROM sign_ins WHERE window_digest IN (SELECT window_digest FROM sign_ins WHERE asked_at < $1 LIMIT $2)",
                               asked_before, most);
  }

 private:
  Connection& connection_;
};

}  // namespace

std::unique_ptr<SessionTable> make_session_table(SqlContext& context) { return std::make_unique<SqlSessions>(context); }

}  // namespace klotterkoll
