#include "domain/link.h"

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

class SqlLinks final : public LinkTable {
 public:
  explicit SqlLinks(SqlContext& context) : connection_(context.connection) {}

  void add(const ClosingLink& link) override {
    connection_.execute(
        "INSERT INTO closing_links (municipality_id, id, link_digest, case_id, owner_id, assigned_at, sent_to, created_at, expires_at, "
        "used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        link.id.municipality(), link.id, link.link_digest, link.case_id, link.owner_id, link.assigned_at, link.sent_to, link.created_at,
        link.expires_at, link.used_at);
  }

  std::optional<ClosingLink> find(MunicipalityId municipality, const std::string& link_digest) override {
    return connection_.find(
        "SELECT id, case_id, owner_id, assigned_at, sent_to, created_at, expires_at, used_at FROM closing_links "
        "WHERE municipality_id = $1 AND link_digest = $2",
        [&](const Row& row) {
          return ClosingLink{row.key<LinkId>(0), link_digest, row.key<CaseId>(1), row.text(2), row.instant(3),
                             row.text(4), row.instant(5), row.instant(6), row.instant_or_none(7)};
        },
        municipality, link_digest);
  }

  void mark_used(const ClosingLink& link, Instant at) override {
    connection_.execute("UPDATE closing_links SET used_at = $3 WHERE municipality_id = $1 AND id = $2 AND used_at IS NULL",
                        link.id.municipality(), link.id, at);
  }

  void remove(MunicipalityId municipality, const std::string& link_digest) override {
    connection_.execute("DELETE FROM closing_links WHERE municipality_id = $1 AND link_digest = $2 AND used_at IS NULL", municipality, link_digest);
  }

  std::int64_t remove_expired(MunicipalityId municipality, Instant before, std::int64_t most) override {
    return connection_.execute(
        "DELETE FROM closing_links WHERE municipality_id = $1 AND id IN (SELECT id FROM closing_links "
        "WHERE municipality_id = $1 AND expires_at < $2 ORDER BY expires_at, id LIMIT $3)",
        municipality, before, most);
  }

  std::string external_reference(CaseId id, const std::string& owner_id) override {
    return connection_.find("SELECT external_reference FROM external_references WHERE municipality_id = $1 AND case_id = $2 AND owner_id = $3",
                            [](const Row& row) { return row.text(0); }, id.municipality(), id, owner_id).value_or("");
  }

  void set_external_reference(CaseId id, const std::string& owner_id, const std::string& external_reference) override {
    if (external_reference.empty())
      connection_.execute("DELETE FROM external_references WHERE municipality_id = $1 AND case_id = $2 AND owner_id = $3",
                          id.municipality(), id, owner_id);
    else
      connection_.execute("INSERT INTO external_references (municipality_id, case_id, owner_id, external_reference) "
                          "VALUES ($1, $2, $3, $4) ON CONFLICT (municipality_id, case_id, owner_id) "
                          "DO UPDATE SET external_reference = excluded.external_reference",
                          id.municipality(), id, owner_id, external_reference);
  }

  std::vector<CaseId> cases_of_external_reference(MunicipalityId municipality, const std::string& external_reference,
                                                  const std::string& owner_id) override {
    return connection_.all("SELECT case_id FROM external_references WHERE municipality_id = $1 AND external_reference = $2 "
                           "AND ($3 = '' OR owner_id = $3) ORDER BY case_id DESC LIMIT 20",
                           [](const Row& row) { return row.key<CaseId>(0); }, municipality, external_reference, owner_id);
  }

  std::optional<std::string> owner_of_feed(MunicipalityId municipality, const std::string& feed_digest) override {
    return connection_.find("SELECT owner_id FROM calendar_feeds WHERE municipality_id = $1 AND feed_digest = $2",
                            [](const Row& row) { return row.text(0); }, municipality, feed_digest);
  }

  std::optional<Instant> feed_made_at(MunicipalityId municipality, const std::string& owner_id) override {
    return connection_.find("SELECT created_at FROM calendar_feeds WHERE municipality_id = $1 AND owner_id = $2",
                            [](const Row& row) { return row.instant(0); }, municipality, owner_id);
  }

  void set_feed(MunicipalityId municipality, const std::string& owner_id, const std::string& feed_digest, Instant at) override {
    connection_.execute("INSERT INTO calendar_feeds (municipality_id, owner_id, feed_digest, created_at) VALUES ($1, $2, $3, $4) "
                        "ON CONFLICT (municipality_id, owner_id) DO UPDATE SET feed_digest = excluded.feed_digest, "
                        "created_at = excluded.created_at",
                        municipality, owner_id, feed_digest, at);
  }

  void remove_feed(MunicipalityId municipality, const std::string& owner_id) override {
    connection_.execute("DELETE FROM calendar_feeds WHERE municipality_id = $1 AND owner_id = $2", municipality, owner_id);
  }

 private:
  Connection& connection_;
};

}  // namespace

std::unique_ptr<LinkTable> make_link_table(SqlContext& context) { return std::make_unique<SqlLinks>(context); }

}  // namespace klotterkoll
