#include "domain/queue.h"

#include <algorithm>
#include <iterator>

#include "store/report_columns.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

const std::string kColumns =
    "SELECT c.id, c.state, c.sent_at, c.due_at, c.key_id, c.decided_at, c.decided_by, c.report_id, c.case_id, " + std::string{kToldColumns} +
    ", " + std::string{kTextColumns} + " FROM confirmations c LEFT JOIN waiting_reports w ON w.municipality_id = c.municipality_id "
    "AND w.id = c.id WHERE c.municipality_id = $1 ";
constexpr int kTold = 9;

Confirmation read_confirmation(const Row& row) {
  Confirmation read;
  read.id = row.key<QueueId>(0);
  read.state = row.code<ConfirmationState>(1);
  read.sent_at = row.instant(2);
  read.due_at = row.instant(3);
  read.key_id = row.integer(4);
  read.decided_at = row.instant_or_none(5);
  read.decided_by = row.integer_or_none(6).value_or(0);
  read.report_id = row.key<ReportId>(7);
  read.case_id = row.key<CaseId>(8);
  if (row.is_null(kTold)) return read;
  read.report = read_told(row, kTold);
  read.report->key_id = read.key_id;
  return read;
}

class SqlQueue final : public QueueTable {
 public:
  explicit SqlQueue(SqlContext& context) : connection_(context.connection) {}

  void add(const Confirmation& waiting, const std::string& identity) override {
    const Report& report = *waiting.report;
    static const std::string sql = "INSERT INTO waiting_reports (municipality_id, id, identity, key_id, " + std::string{kToldColumns} + ", " +
                                   std::string{kTextColumns} + ") VALUES (" + marks(4 + kToldCount + kTextCount) + ")";
    connection_.execute("INSERT INTO confirmations (municipality_id, id, state, sent_at, due_at, key_id) VALUES ($1, $2, $3, $4, $5, $6)",
                        waiting.id.municipality(), waiting.id, waiting.state, waiting.sent_at, waiting.due_at, waiting.key_id);
    std::vector<Value> values{to_value(waiting.id.municipality()), to_value(waiting.id), to_value(identity), to_value(waiting.key_id)};
    std::ranges::copy(told_values(report), std::back_inserter(values));
    std::ranges::copy(text_values(report), std::back_inserter(values));
    connection_.run(sql, values, [](const Row&) {});
  }

  std::optional<Confirmation> find(QueueId id) override {
    static const std::string sql = kColumns + "AND c.id = $2";
    return connection_.find(sql, read_confirmation, id.municipality(), id);
  }

  std::optional<Confirmation> find_to_decide(QueueId id) override {
    // The row itself first, since what a join finds beside it may not be held.
    const auto held = connection_.find("SELECT id FROM confirmations WHERE municipality_id = $1 AND id = $2 {{for_update}}",
                                       [](const Row& row) { return row.key<QueueId>(0); }, id.municipality(), id);
    return held ? find(id) : std::nullopt;
  }

  std::vector<Confirmation> like(MunicipalityId municipality, const Report& report, const std::string& identity) override {
    connection_.hold("waiting " + std::to_string(municipality), Connection::Hold::exclusive);
    static const std::string sql =
        kColumns + "AND c.state = 'waiting' AND c.id IN ("
        "SELECT id FROM waiting_reports WHERE municipality_id = $1 AND key_id = $2 AND identity = $3 "
        "UNION SELECT id FROM waiting_reports WHERE municipality_id = $1 AND key_id = $2 AND external_id = $4 AND external_id <> '' "
        "UNION SELECT id FROM waiting_reports WHERE municipality_id = $1 AND police_reference = $5 AND police_reference <> '') "
        "ORDER BY c.sent_at, c.id";
    return connection_.all(sql, read_confirmation, municipality, report.key_id, identity, report.external_id, report.police_reference);
  }

  std::vector<Confirmation> waiting(MunicipalityId municipality, std::optional<std::int64_t> key_id, std::int64_t limit,
                                    std::int64_t offset) override {
    static const std::string all = kColumns + "AND c.state = 'waiting' ORDER BY c.sent_at, c.id LIMIT $2 OFFSET $3";
    static const std::string of_key = kColumns + "AND c.state = 'waiting' AND c.key_id = $4 ORDER BY c.sent_at, c.id LIMIT $2 OFFSET $3";
    return key_id ? connection_.all(of_key, read_confirmation, municipality, limit, offset, *key_id)
                  : connection_.all(all, read_confirmation, municipality, limit, offset);
  }

  Count count_waiting(MunicipalityId municipality, std::optional<std::int64_t> key_id) override {
    const auto read = [](const Row& row) { return Count{row.integer(0), row.instant_or_none(1)}; };
    return key_id ? connection_.find("SELECT COUNT(*), MIN(sent_at) FROM confirmations WHERE municipality_id = $1 AND state = 'waiting' AND key_id = $2",
                                     read, municipality, *key_id).value()
                  : connection_.find("SELECT COUNT(*), MIN(sent_at) FROM confirmations WHERE municipality_id = $1 AND state = 'waiting'", read,
                                     municipality).value();
  }

  WaitingCount count_waiting_in(MunicipalityId municipality, Cohort cohort, Instant from, Instant to, Instant as_of) override {
    static const auto sql_by = [](const std::string& day) {
      return "SELECT COUNT(*), MIN(sent_at), COUNT(*) FILTER (WHERE due_at < $4) FROM confirmations WHERE municipality_id = $1 "
             "AND state = 'waiting' AND " + day + " >= $2 AND " + day + " < $3";
    };
    static const std::string by_due = sql_by("due_at"), by_received = sql_by("sent_at");
    return connection_.find(cohort == Cohort::due ? by_due : by_received,
                            [](const Row& row) { return WaitingCount{row.integer(0), row.instant_or_none(1), row.integer(2)}; }, municipality,
                            from, to, as_of).value();
  }

  std::vector<CaseId> reopen_requests(MunicipalityId municipality, Instant since, std::int64_t most) override {
    // The index is partial, so its condition stands here as it stands there.
    return connection_.all("SELECT e.case_id, MIN(e.recorded_at) AS first_at FROM events e "
                           "JOIN cases c ON c.municipality_id = e.municipality_id AND c.id = e.case_id "
                           "WHERE e.municipality_id = $1 AND e.type = 'reopen_requested' AND e.recorded_at >= $2 AND c.state = 'removed' "
                           "AND NOT EXISTS (SELECT 1 FROM events l WHERE l.municipality_id = e.municipality_id AND l.case_id = e.case_id "
                           "AND l.position > e.position AND l.by_role = 'municipality') "
                           "GROUP BY e.case_id ORDER BY first_at, e.case_id LIMIT $3",
                           [](const Row& row) { return row.key<CaseId>(0); }, municipality, since, most);
  }

  void erase_texts(QueueId id) override {
    connection_.execute("UPDATE waiting_reports SET object_label = '', description = '', contact_name = '', contact_email = '', "
                        "contact_phone = '', erased = 1 WHERE municipality_id = $1 AND id = $2", id.municipality(), id);
  }

  void update_texts(QueueId id, const Report& report) override {
    connection_.execute("UPDATE waiting_reports SET object_label = $3, description = $4, contact_name = $5, contact_email = $6, "
                        "contact_phone = $7 WHERE municipality_id = $1 AND id = $2",
                        id.municipality(), id, report.object_label, report.description, report.contact.name, report.contact.email,
                        report.contact.phone);
  }

  void decide(const Confirmation& decided) override {
    connection_.execute("UPDATE confirmations SET state = $3, decided_at = $4, decided_by = $5, report_id = $6, case_id = $7 "
                        "WHERE municipality_id = $1 AND id = $2",
                        decided.id.municipality(), decided.id, decided.state, decided.decided_at, decided.decided_by, decided.report_id,
                        decided.case_id);
    connection_.execute("DELETE FROM waiting_reports WHERE municipality_id = $1 AND id = $2", decided.id.municipality(), decided.id);
  }

 private:
  Connection& connection_;
};

}  // namespace

std::unique_ptr<QueueTable> make_queue_table(SqlContext& context) { return std::make_unique<SqlQueue>(context); }

}  // namespace klotterkoll
