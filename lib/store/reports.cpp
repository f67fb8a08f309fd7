#include <algorithm>
#include <tuple>

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kColumns =
    "SELECT r.id, r.case_id, r.source, r.intake, r.observed_at, r.reported_at, r.received_at, r.recorded_at, r.key_id, "
    "r.reporter, r.police_reference, r.external_id, r.lat, r.lon, r.address, r.designation, r.category, r.surface, "
    "r.object_type, t.object_label, t.description, t.contact_name, t.contact_email, t.contact_phone FROM reports r "
    "LEFT JOIN report_texts t ON t.municipality_id = r.municipality_id AND t.report_id = r.id WHERE r.municipality_id = $1 ";

Report read_report(const Row& row) {
  Report report;
  report.id = row.key<ReportId>(0);
  report.case_id = row.key<CaseId>(1);
  report.source = row.code<Source>(2);
  report.intake = row.code<Intake>(3);
  report.observed_at = row.instant_or_none(4);
  report.reported_at = row.instant(5);
  report.received_at = row.instant(6);
  report.recorded_at = row.instant(7);
  report.key_id = row.integer(8);
  report.reporter = row.text(9);
  report.police_reference = row.text(10);
  report.external_id = row.text(11);
  if (!row.is_null(12)) report.place.point = Point{row.real(12), row.real(13)};
  report.place.address = row.text(14);
  report.place.designation = row.text(15);
  report.category = row.code<Category>(16);
  report.surface = row.code_or_none<Surface>(17);
  report.object_type = row.code_or_none<ObjectType>(18);
  if (!row.is_null(19)) {
    report.object_label = row.text(19);
    report.description = row.text(20);
    report.contact = {row.text(21), row.text(22), row.text(23)};
  }
  return report;
}

class SqlReports final : public ReportTable {
 public:
  explicit SqlReports(SqlContext& context) : connection_(context.connection) {}

  void add(const Report& report) override {
    const auto& point = report.place.point;
    connection_.execute(
        "INSERT INTO reports (municipality_id, id, case_id, source, intake, observed_at, reported_at, received_at, recorded_at, "
        "key_id, reporter, police_reference, external_id, lat, lon, address, designation, category, surface, object_type) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        report.id.municipality(), report.id, report.case_id, report.source, report.intake, report.observed_at,
        report.reported_at, report.received_at, report.recorded_at, report.key_id, report.reporter, report.police_reference,
        report.external_id, point ? std::optional{point->lat} : std::nullopt, point ? std::optional{point->lon} : std::nullopt,
        report.place.address, report.place.designation, report.category, report.surface, report.object_type);
    if (!report.object_label.empty() || !report.description.empty() || !report.contact.empty()) add_texts(report);
  }

  std::optional<Report> find(ReportId id) override {
    static const std::string sql = std::string{kColumns} + "AND r.id = $2";
    return connection_.find(sql, read_report, id.municipality(), id);
  }

  std::vector<Report> of_case(CaseId id) override {
    static const std::string sql =
        std::string{kColumns} + "AND r.id IN (SELECT id FROM reports WHERE municipality_id = $1 AND case_id = $2 UNION ALL "
                                "SELECT report_id FROM shared_reports WHERE municipality_id = $1 AND case_id = $2) ORDER BY r.recorded_at, r.id";
    return connection_.all(sql, read_report, id.municipality(), id);
  }

  std::vector<Report> by_police_reference(MunicipalityId municipality, const std::string& police_reference, std::size_t most) override {
    connection_.hold("police " + std::to_string(municipality) + " " + police_reference, Connection::Hold::exclusive);
    static const std::string sql = std::string{kColumns} + "AND r.police_reference = $2 AND r.police_reference <> '' ORDER BY r.recorded_at, r.id LIMIT $3";
    return connection_.all(sql, read_report, municipality, police_reference, static_cast<std::int64_t>(most));
  }

  std::vector<Report> by_external_id(MunicipalityId municipality, std::int64_t key_id, const std::string& external_id) override {
    connection_.hold("external " + std::to_string(municipality) + " " + std::to_string(key_id) + " " + external_id,
                     Connection::Hold::exclusive);
    static const std::string sql =
        std::string{kColumns} + "AND r.key_id = $2 AND r.external_id = $3 AND r.external_id <> '' ORDER BY r.recorded_at, r.id";
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
    static const std::string page = std::string{kColumns} + where + "ORDER BY r.recorded_at DESC, r.id DESC LIMIT $4 OFFSET $5";
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
    connection_.execute(
        "INSERT INTO report_texts (municipality_id, report_id, object_label, description, contact_name, contact_email, "
        "contact_phone) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (municipality_id, report_id) DO UPDATE SET "
        "object_label = CASE WHEN report_texts.object_label = '' THEN excluded.object_label ELSE report_texts.object_label END, "
        "description = CASE WHEN report_texts.description = '' THEN excluded.description ELSE report_texts.description END, "
        "contact_name = CASE WHEN report_texts.contact_name = '' THEN excluded.contact_name ELSE report_texts.contact_name END, "
        "contact_email = CASE WHEN report_texts.contact_email = '' THEN excluded.contact_email ELSE report_texts.contact_email END, "
        "contact_phone = CASE WHEN report_texts.contact_phone = '' THEN excluded.contact_phone ELSE report_texts.contact_phone END",
        report.id.municipality(), report.id, report.object_label, report.description, report.contact.name,
        report.contact.email, report.contact.phone);
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
  Connection& connection_;
};

}  // namespace

std::unique_ptr<ReportTable> make_report_table(SqlContext& context) { return std::make_unique<SqlReports>(context); }

}  // namespace klotterkoll
