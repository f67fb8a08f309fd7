#include "domain/queue.h"

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kColumns =
    "SELECT c.id, c.state, c.sent_at, c.key_id, c.decided_at, c.decided_by, c.report_id, c.case_id, w.source, w.intake, w.observed_at, "
    "w.reported_at, w.received_at, w.reporter, w.police_reference, w.external_id, w.lat, w.lon, w.address, w.designation, w.category, "
    "w.surface, w.object_type, w.object_label, w.description, w.contact_name, w.contact_email, w.contact_phone FROM confirmations c "
    "LEFT JOIN waiting_reports w ON w.municipality_id = c.municipality_id AND w.id = c.id WHERE c.municipality_id = $1 ";

Report read_waiting(const Row& row, std::int64_t key_id) {
  Report report;
  report.key_id = key_id;
  report.source = row.code<Source>(8);
  report.intake = row.code<Intake>(9);
  report.observed_at = row.instant_or_none(10);
  report.reported_at = row.instant(11);
  report.received_at = row.instant(12);
  report.reporter = row.text(13);
  report.police_reference = row.text(14);
  report.external_id = row.text(15);
  if (!row.is_null(16)) report.place.point = Point{row.real(16), row.real(17)};
  report.place.address = row.text(18);
  report.place.designation = row.text(19);
  report.category = row.code<Category>(20);
  report.surface = row.code_or_none<Surface>(21);
  report.object_type = row.code_or_none<ObjectType>(22);
  report.object_label = row.text(23);
  report.description = row.text(24);
  report.contact = {row.text(25), row.text(26), row.text(27)};
  return report;
}

Confirmation read_confirmation(const Row& row) {
  Confirmation read;
  read.id = row.key<QueueId>(0);
  read.state = row.code<ConfirmationState>(1);
  read.sent_at = row.instant(2);
  read.key_id = row.integer(3);
  read.decided_at = row.instant_or_none(4);
  read.decided_by = row.integer_or_none(5).value_or(0);
  read.report_id = row.key<ReportId>(6);
  read.case_id = row.key<CaseId>(7);
  if (!row.is_null(8)) read.report = read_waiting(row, read.key_id);
  return read;
}

class SqlQueue final : public QueueTable {
 public:
  explicit SqlQueue(SqlContext& context) : connection_(context.connection) {}

  void add(const Confirmation& waiting, const std::string& identity) override {
    const Report& report = *waiting.report;
    const auto& point = report.place.point;
    connection_.execute("INSERT INTO confirmations (municipality_id, id, state, sent_at, key_id) VALUES ($1, $2, $3, $4, $5)",
                        waiting.id.municipality(), waiting.id, waiting.state, waiting.sent_at, waiting.key_id);
    connection_.execute(
        "INSERT INTO waiting_reports (municipality_id, id, identity, source, intake, observed_at, reported_at, received_at, key_id, "
        "reporter, police_reference, external_id, lat, lon, address, designation, category, surface, object_type, object_label, "
        "description, contact_name, contact_email, contact_phone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
        "$15, $16, $17, $18, $19, $20, $21, $22, $23, $24)",
        waiting.id.municipality(), waiting.id, identity, report.source, report.intake, report.observed_at, report.reported_at,
        report.received_at, report.key_id, report.reporter, report.police_reference, report.external_id,
        point ? std::optional{point->lat} : std::nullopt, point ? std::optional{point->lon} : std::nullopt, report.place.address,
        report.place.designation, report.category, report.surface, report.object_type, report.object_label, report.description,
        report.contact.name, report.contact.email, report.contact.phone);
  }

  std::optional<Confirmation> find(QueueId id) override {
    static const std::string sql = std::string{kColumns} + "AND c.id = $2";
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
        std::string{kColumns} + "AND c.state = 'waiting' AND c.id IN ("
        "SELECT id FROM waiting_reports WHERE municipality_id = $1 AND key_id = $2 AND identity = $3 "
        "UNION SELECT id FROM waiting_reports WHERE municipality_id = $1 AND key_id = $2 AND external_id = $4 AND external_id <> '' "
        "UNION SELECT id FROM waiting_reports WHERE municipality_id = $1 AND police_reference = $5 AND police_reference <> '') "
        "ORDER BY c.sent_at, c.id";
    return connection_.all(sql, read_confirmation, municipality, report.key_id, identity, report.external_id, report.police_reference);
  }

  std::vector<Confirmation> waiting(MunicipalityId municipality, std::optional<std::int64_t> key_id, std::int64_t limit,
                                    std::int64_t offset) override {
    static const std::string all = std::string{kColumns} + "AND c.state = 'waiting' ORDER BY c.sent_at, c.id LIMIT $2 OFFSET $3";
    static const std::string of_key = std::string{kColumns} + "AND c.state = 'waiting' AND c.key_id = $4 ORDER BY c.sent_at, c.id LIMIT $2 OFFSET $3";
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
