#include "domain/user.h"

#include <charconv>

#include "base/error.h"
#include "domain/mail_address.h"
#include "store/mail_columns.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

std::string columns() {
  return std::string{"SELECT id, email, name, home_municipality, created_at, deactivated_at, version, "} + kMailColumns + " FROM users ";
}

User read_user(const Row& row) {
  User user;
  user.id = row.integer(0);
  user.email = row.text(1);
  user.name = row.text(2);
  user.home = row.integer(3);
  user.created_at = row.instant(4);
  user.deactivated_at = row.instant_or_none(5);
  user.version = row.integer(6);
  user.mail = read_mail(row, 7);
  return user;
}

/// A user's number as a destination names it; 0 when it is none.
std::int64_t number_of(const std::string& ref) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(ref.data(), ref.data() + ref.size(), number);
  return error == std::errc{} && end == ref.data() + ref.size() ? number : 0;
}

class SqlUsers final : public UserTable {
 public:
  explicit SqlUsers(SqlContext& context) : connection_(context.connection) {}

  std::int64_t add(const User& user) override {
    if (find_by_email(user.email)) throw Error{ErrorCode::conflict, "There is a user of this address already.", "/email"};
    const auto id = connection_.find("SELECT COALESCE(MAX(id), 0) + 1 FROM users", [](const Row& row) { return row.integer(0); }).value();
    connection_.execute(
        "INSERT INTO users (id, email, email_key, name, home_municipality, language, digest_at, quiet_from, quiet_to, weekend_digest, created_at, "
        "deactivated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
        id, user.email, mail_address_key(user.email), user.name, user.home, user.mail.language, digest_text(user.mail),
        minutes_or_none(user.mail.quiet_from), minutes_or_none(user.mail.quiet_to), user.mail.weekend_digest, user.created_at, user.deactivated_at);
    add_scopes(id, user);
    return id;
  }

  std::optional<User> find(std::int64_t id) override {
    static const std::string sql = columns() + "WHERE id = $1";
    return with_scopes(connection_.find(sql, read_user, id));
  }

  std::optional<User> find_by_email(const std::string& email) override {
    static const std::string sql = columns() + "WHERE email_key = $1";
    return with_scopes(connection_.find(sql, read_user, mail_address_key(email)));
  }

  std::vector<User> list(MunicipalityId municipality) override {
    static const std::string sql = columns() + "WHERE id IN (SELECT user_id FROM user_municipalities WHERE municipality_id = $1) ORDER BY id";
    auto users = connection_.all(sql, read_user, municipality);
    for (User& user : users) read_scopes(user);
    return users;
  }

  void update(const User& user) override {
    const auto updated = connection_.execute(
        "UPDATE users SET email = $3, email_key = $4, name = $5, language = $6, digest_at = $7, quiet_from = $8, quiet_to = $9, "
        "weekend_digest = $10, deactivated_at = $11, version = version + 1 WHERE id = $1 AND version = $2",
        user.id, user.version, user.email, mail_address_key(user.email), user.name, user.mail.language, digest_text(user.mail),
        minutes_or_none(user.mail.quiet_from), minutes_or_none(user.mail.quiet_to), user.mail.weekend_digest, user.deactivated_at);
    if (updated == 0) throw Error{ErrorCode::stale, "The user has changed meanwhile; read it again and decide anew."};
    connection_.execute("DELETE FROM user_municipalities WHERE user_id = $1", user.id);
    add_scopes(user.id, user);
  }

  std::vector<std::int64_t> officers(MunicipalityId municipality) override {
    return connection_.all(
        "SELECT u.id FROM user_municipalities m JOIN users u ON u.id = m.user_id WHERE m.municipality_id = $1 AND m.role = 'municipality' "
        "AND m.notices = 1 AND u.deactivated_at IS NULL ORDER BY u.id",
        [](const Row& row) { return row.integer(0); }, municipality);
  }

  std::optional<Mailbox> mailbox(MunicipalityId municipality, Destination::Kind kind, const std::string& ref) override {
    const auto read = [](const Row& row) { return Mailbox{row.text(0), row.text(1), read_mail(row, 2)}; };
    static const std::string tail = std::string{", name, "} + kMailColumns;
    static const std::string owners = tail + " FROM owners WHERE municipality_id = $1 AND owner_id = $2";
    static const std::string first = "SELECT email" + owners, second = "SELECT second_email" + owners;
    static const std::string officer = "SELECT email" + tail + " FROM users WHERE id = $2 AND deactivated_at IS NULL AND id IN "
                                       "(SELECT user_id FROM user_municipalities WHERE municipality_id = $1 AND role = 'municipality' AND notices = 1)";
    static const std::string user = "SELECT email" + tail + " FROM users WHERE id = $2 AND deactivated_at IS NULL AND id IN "
                                    "(SELECT user_id FROM user_municipalities WHERE municipality_id = $1)";
    switch (kind) {
      case Destination::Kind::owner: return connection_.find(first, read, municipality, ref);
      case Destination::Kind::second_contact: return connection_.find(second, read, municipality, ref);
      case Destination::Kind::officer: return connection_.find(officer, read, municipality, number_of(ref));
      case Destination::Kind::user: return connection_.find(user, read, municipality, number_of(ref));
      default: return std::nullopt;
    }
  }

  std::vector<TimedMailbox> timed_mailboxes(MunicipalityId municipality) override {
    std::vector<TimedMailbox> all;
    static const std::string owners = std::string{"SELECT owner_id, "} + kMailColumns +
                                      " FROM owners WHERE municipality_id = $1 AND (quiet_from IS NOT NULL OR weekend_digest = 1) ORDER BY owner_id";
    connection_.query(owners, [&](const Row& row) { all.push_back({Destination::Kind::owner, row.text(0), read_mail(row, 1)}); }, municipality);
    static const std::string officers = std::string{"SELECT id, "} + kMailColumns +
                                        " FROM users WHERE deactivated_at IS NULL AND (quiet_from IS NOT NULL OR weekend_digest = 1) AND id IN "
                                        "(SELECT user_id FROM user_municipalities WHERE municipality_id = $1 AND role = 'municipality' AND notices = 1) ORDER BY id";
    connection_.query(officers, [&](const Row& row) { all.push_back({Destination::Kind::officer, std::to_string(row.integer(0)), read_mail(row, 1)}); }, municipality);
    return all;
  }

  std::optional<ReporterAddress> find_address(MunicipalityId municipality, const std::string& address_digest) override {
    return connection_.find(
        "SELECT address_digest, first_mail_at, confirmed_at, stopped_at, first_message_id FROM reporter_addresses WHERE municipality_id = $1 AND address_digest = $2",
        [](const Row& row) { return ReporterAddress{row.text(0), row.instant_or_none(1), row.instant_or_none(2), row.instant_or_none(3), row.key<MessageId>(4)}; },
        municipality, address_digest);
  }

  void save_address(MunicipalityId municipality, const ReporterAddress& address) override {
    connection_.execute(
        "INSERT INTO reporter_addresses (municipality_id, address_digest, first_mail_at, confirmed_at, stopped_at, first_message_id) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (municipality_id, address_digest) DO UPDATE SET first_mail_at = excluded.first_mail_at, "
        "confirmed_at = excluded.confirmed_at, stopped_at = excluded.stopped_at, first_message_id = excluded.first_message_id",
        municipality, address.address_digest, address.first_mail_at, address.confirmed_at, address.stopped_at, address.first_message);
  }

  void forget_address(MunicipalityId municipality, const std::string& address_digest) override {
    connection_.execute("DELETE FROM reporter_tokens WHERE municipality_id = $1 AND address_digest = $2", municipality, address_digest);
    connection_.execute("DELETE FROM reporter_addresses WHERE municipality_id = $1 AND address_digest = $2 AND stopped_at IS NULL", municipality, address_digest);
  }

  void add_token(MunicipalityId municipality, const std::string& token_digest, const std::string& address_digest, Instant now) override {
    connection_.execute("INSERT INTO reporter_tokens (municipality_id, token_digest, address_digest, created_at) VALUES ($1, $2, $3, $4)",
                        municipality, token_digest, address_digest, now);
  }

  std::optional<std::string> address_of_token(MunicipalityId municipality, const std::string& token_digest) override {
    return connection_.find("SELECT address_digest FROM reporter_tokens WHERE municipality_id = $1 AND token_digest = $2",
                            [](const Row& row) { return row.text(0); }, municipality, token_digest);
  }

  void remove_token(MunicipalityId municipality, const std::string& token_digest) override {
    connection_.execute("DELETE FROM reporter_tokens WHERE municipality_id = $1 AND token_digest = $2", municipality, token_digest);
  }

  std::int64_t remove_tokens(MunicipalityId municipality, Instant before, std::int64_t most) override {
    return connection_.execute("DELETE FROM reporter_tokens WHERE municipality_id = $1 AND token_digest IN (SELECT token_digest FROM reporter_tokens "
                               "WHERE municipality_id = $1 AND created_at < $2 ORDER BY created_at LIMIT $3)",
                               municipality, before, most);
  }

  std::vector<Instant> first_mails_of(MunicipalityId municipality, Instant after, std::int64_t most) override {
    return connection_.all("SELECT first_mail_at FROM reporter_addresses WHERE municipality_id = $1 AND first_message_id <> 0 AND first_mail_at > $2 "
                           "ORDER BY first_mail_at DESC LIMIT $3",
                           [](const Row& row) { return row.instant(0); }, municipality, after, most);
  }

  std::vector<Instant> first_mails_to(const std::string& address_digest, Instant after, std::int64_t most) override {
    return connection_.all("SELECT a.first_mail_at FROM municipalities m JOIN reporter_addresses a ON a.municipality_id = m.id AND a.address_digest = $1 "
                           "WHERE a.first_message_id <> 0 AND a.first_mail_at > $2 ORDER BY a.first_mail_at DESC LIMIT $3",
                           [](const Row& row) { return row.instant(0); }, address_digest, after, most);
  }

  bool is_address_of_report(MunicipalityId municipality, const std::string& address_digest, ReportId except) override {
    return connection_.find("SELECT 1 FROM report_texts WHERE municipality_id = $1 AND address_digest = $2 AND address_digest <> '' AND report_id <> $3 LIMIT 1",
                            [](const Row&) { return true; }, municipality, address_digest, except).has_value();
  }

  bool note_told_ahead(const ToldAhead& told, MunicipalityId municipality) override {
    return connection_.execute("INSERT INTO told_ahead (municipality_id, due_at, case_id, warning, kind, ref) VALUES ($1, $2, $3, $4, $5, $6) "
                               "ON CONFLICT (municipality_id, due_at, case_id, warning, kind, ref) DO NOTHING",
                               municipality, told.due_at, told.case_id, told.warning, told.kind, told.ref) == 1;
  }

  bool was_told_ahead(const ToldAhead& told, MunicipalityId municipality) override {
    return connection_.find("SELECT 1 FROM told_ahead WHERE municipality_id = $1 AND due_at = $2 AND case_id = $3 AND warning = $4 AND kind = $5 AND ref = $6",
                            [](const Row&) { return true; }, municipality, told.due_at, told.case_id, told.warning, told.kind, told.ref).has_value();
  }

  bool was_told_of(const ToldAhead& told) override {
    return connection_.find("SELECT 1 FROM told_ahead WHERE municipality_id = $1 AND due_at = $2 AND case_id = $3 AND kind = $4 AND ref = $5 LIMIT 1",
                            [](const Row&) { return true; }, told.case_id.municipality(), told.due_at, told.case_id, told.kind, told.ref).has_value();
  }

  void forget_told_ahead(MunicipalityId municipality, Instant due_before) override {
    connection_.execute("DELETE FROM told_ahead WHERE municipality_id = $1 AND due_at < $2", municipality, due_before);
  }

 private:
  void add_scopes(std::int64_t id, const User& user) {
    for (const User::Scope& scope : user.scopes)
      connection_.execute("INSERT INTO user_municipalities (municipality_id, user_id, role, owner_id, notices) VALUES ($1, $2, $3, $4, $5)",
                          scope.municipality, id, scope.role, scope.owner_id, scope.notices);
  }

  void read_scopes(User& user) {
    connection_.query("SELECT municipality_id, role, owner_id, notices FROM user_municipalities WHERE user_id = $1 ORDER BY municipality_id",
                      [&](const Row& row) { user.scopes.push_back({row.integer(0), row.code<Role>(1), row.text(2), row.flag(3)}); }, user.id);
  }

  std::optional<User> with_scopes(std::optional<User> user) {
    if (user) read_scopes(*user);
    return user;
  }

  Connection& connection_;
};

}  // namespace

std::unique_ptr<UserTable> make_user_table(SqlContext& context) { return std::make_unique<SqlUsers>(context); }

}  // namespace klotterkoll
