#include <algorithm>
#include <iterator>
#include <tuple>

#include "domain/mail_address.h"
#include "store/report_columns.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

const std::string kColumns = "SELECT id, case_id, recorded_at, key_id, " + std::string{kToldColumns} + ", " + std::string{kTextColumns} +
                             " FROM reports r LEFT JOIN report_texts t ON t.municipality_id = r.municipality_id AND t.report_id = r.id "
                             "WHERE r.municipality_id = $1 ";

Report read_report(const Row& row) {
  Report report = read_told(row, 4);
  report.id = row.key<ReportId>(0);
  report.case_id = row.key<CaseId>(1);
  report.recorded_at = row.instant(2);
  report.key_id = row.integer(3);
  return report;
}

class SqlReports final : public ReportTable {
 public:
  explicit SqlReports(SqlContext& context) : context_(context), connection_(context.connection) {}

  void add(const Report& report) override {
    static const std::string sql = "INSERT INTO reports (municipality_id, id, case_id, recorded_at, key_id, " + std::string{kToldColumns} +
                                   ") VALUES (" + marks(5 + kToldCount) + ")";
    std::vector<Value> values{to_value(report.id.municipality()), to_value(report.id), to_value(report.case_id), to_value(report.recorded_at),
                              to_value(report.key_id)};
    std::ranges::copy(told_values(report), std::back_inserter(values));
    connection_.run(sql, values, [](const Row&) {});
    if (!report.object_label.empty() || !report.description.empty() || !report.contact.empty() || report.texts_erased) add_texts(report);
  }

  std::optional<Report> find(ReportId id) override {
    static const std::string sql = kColumns + "AND r.id = $2";
    return connection_.find(sql, read_report, id.municipality(), id);
  }

  std::vector<Report> of_case(CaseId id) override {
    static const std::string sql =
        kColumns + "AND r.id IN (SELECT id FROM reports WHERE municipality_id = $1 AND case_id = $2 UNION ALL "
                                "SELECT report_id FROM shared_reports WHERE municipality_id = $1 AND case_id = $2) ORDER BY r.recorded_at, r.id";
    return connection_.all(sql, read_report, id.municipality(), id);
  }

  std::vector<Report> by_police_reference(MunicipalityId municipality, const std::string& police_reference, std::size_t most) override {
    connection_.hold("police " + std::to_string(municipality) + " " + police_reference, Connection::Hold::exclusive);
    static const std::string sql = kColumns + "AND r.police_reference = $2 AND r.police_reference <> '' ORDER BY r.recorded_at, r.id LIMIT $3";
    return connection_.all(sql, read_report, municipality, police_reference, static_cast<std::int64_t>(most));
  }

  std::vector<Report> by_external_id(MunicipalityId municipality, std::int64_t key_id, const std::string& external_id) override {
    connection_.hold("external " + std::to_string(municipality) + " " + std::to_string(key_id) + " " + external_id,
                     Connection::Hold::exclusive);
    static const std::string sql =
        kColumns + "AND r.key_id = $2 AND r.external_id = $3 AND r.external_id <> '' ORDER BY r.recorded_at, r.id";
    return connection_.all(sql, read_report, municipality, key_id, external_id);
  }

  std::vector<CaseId> cases_of_police_reference(MunicipalityId municipality, const std::string& police_reference) override {
    return connection_.all(
        "SELECT case_id FROM reports WHERE municipality_id = $1 AND police_reference = $2 AND police_reference <> '' "
        "UNION SELECT case_id FROM police_references WHERE municipality_id = $1 AND police_reference = $2 "
        "UNION SELECT s.case_id FROM reports r JOIN shared_reports s ON s.municipality_id = r.municipality_id AND s.report_id = r.id "
        "WHERE r.municipality_id = $1 AND r.police_reference = $2 AND r.police_reference <> '' ORDER BY 1",
        [](const Row& row) { return row.key<CaseId>(0); }, municipality, police_reference);
  }

  Listing<Report> list(MunicipalityId municipality, const ReportQuery& query) override {
    // Both conditions are always there, so that the statement is one; NULL lets all rows pass. The comparison comes first:
    // it tells PostgreSQL the parameter's type.
    static const std::string where =
        "AND (r.police_reference = $2 OR $2 IS NULL) AND (r.key_id = $3 OR $3 IS NULL) ";
    static const std::string page = kColumns + where + "ORDER BY r.recorded_at DESC, r.id DESC LIMIT $4 OFFSET $5";
    static const std::string count = "SELECT COUNT(*) FROM (SELECT 1 FROM reports r WHERE r.municipality_id = $1 " + where +
                                     "LIMIT " + std::to_string(kCountedUpTo + 1) + ") counted";
    Listing<Report> listing;
    listing.items = connection_.all(page, read_report, municipality, query.police_reference, query.key_id, query.page.limit,
                                    query.page.offset);
    listing.total = connection_.find(count, [](const Row& row) { return row.integer(0); }, municipality,
                                     query.police_reference, query.key_id).value();
    return listing;
  }

  void add_texts(const Report& report) override {
    static const std::string sql = [] {
      std::string sets;
      for (const std::string name : {"object_label", "description", "contact_name", "contact_email", "contact_phone", "address_digest"})
        sets += (sets.empty() ? "" : ", ") + name + " = CASE WHEN report_texts." + name + " = '' AND report_texts.erased = 0 THEN excluded." +
                name + " ELSE report_texts." + name + " END";
      return "INSERT INTO report_texts (municipality_id, report_id, " + std::string{kTextColumns} + ", address_digest) VALUES (" +
             marks(3 + kTextCount) + ") ON CONFLICT (municipality_id, report_id) DO UPDATE SET " + sets;
    }();
    std::vector<Value> values{to_value(report.id.municipality()), to_value(report.id)};
    std::ranges::copy(text_values(report), std::back_inserter(values));
    const std::string address_digest = report.contact.email.empty() ? "" : mail_address_digest(context_.references(), report.contact.email);
    values.push_back(to_value(address_digest));
    connection_.run(sql, values, [](const Row&) {});
  }

  void erase_texts(ReportId id) override {
    connection_.execute("INSERT INTO report_texts (municipality_id, report_id, object_label, description, contact_name, contact_email, "
                        "contact_phone, erased) VALUES ($1, $2, '', '', '', '', '', 1) ON CONFLICT (municipality_id, report_id) DO UPDATE SET "
                        "object_label = '', description = '', contact_name = '', contact_email = '', contact_phone = '', "
                        "address_digest = '', erased = 1",
                        id.municipality(), id);
  }

  void add_police_reference(CaseId id, EventId event, const std::string& police_reference) override {
    connection_.execute("INSERT INTO police_references (municipality_id, police_reference, case_id, event_id) "
                        "VALUES ($1, $2, $3, $4)", id.municipality(), police_reference, id, event);
  }

  void share(ReportId report, CaseId with) override {
    connection_.execute("INSERT INTO shared_reports (municipality_id, case_id, report_id) VALUES ($1, $2, $3)", with.municipality(), with, report);
  }

  ReportNumbers numbers_of_case(CaseId id) override {
    ReportNumbers numbers;
    std::vector<std::tuple<Instant, ReportId, std::int64_t>> reports;  // their keys alone do not tell which came first
    connection_.query(
        "SELECT id, police_reference, recorded_at, key_id FROM reports WHERE municipality_id = $1 AND case_id = $2 "
        "UNION ALL SELECT r.id, r.police_reference, r.recorded_at, r.key_id FROM shared_reports s JOIN reports r "
        "ON r.municipality_id = s.municipality_id AND r.id = s.report_id WHERE s.municipality_id = $1 AND s.case_id = $2 "
        "UNION ALL SELECT 0, police_reference, 0, 0 FROM police_references WHERE municipality_id = $1 AND case_id = $2",
        [&](const Row& row) {
          if (const auto report = row.key<ReportId>(0)) reports.emplace_back(row.instant(2), report, row.integer(3));
          if (std::string reference = row.text(1); !reference.empty()) numbers.police_references.push_back(std::move(reference));
        },
        id.municipality(), id);
    std::ranges::sort(reports);
    for (const auto& [recorded_at, report, key_id] : reports) {
      numbers.ids.push_back(report);
      numbers.key_ids.push_back(key_id);
    }
    std::ranges::sort(numbers.police_references);
    const auto repeated = std::ranges::unique(numbers.police_references);
    numbers.police_references.erase(repeated.begin(), repeated.end());
    return numbers;
  }

 private:
  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

std::unique_ptr<ReportTable> make_report_table(SqlContext& context) { return std::make_unique<SqlReports>(context); }

}  // namespace klotterkoll
