#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/policy_json.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, code, name, time_zone, calendar, host, south, west, north, east, demo, version FROM municipalities ";

Municipality read_municipality(const Row& row) {
  Municipality municipality;
  municipality.id = row.integer(0);
  municipality.code = row.text(1);
  municipality.name = row.text(2);
  municipality.time_zone = row.text(3);
  municipality.calendar = row.code<Calendar>(4);
  municipality.host = row.text(5);
  if (!row.is_null(6)) municipality.area = Area{row.real(6), row.real(7), row.real(8), row.real(9)};
  municipality.demo = row.flag(10);
  municipality.version = row.integer(11);
  return municipality;
}

class SqlMunicipalities final : public MunicipalityTable {
 public:
  explicit SqlMunicipalities(SqlContext& context) : context_(context), connection_(context.connection) {}

  MunicipalityId add(const Municipality& municipality, const Policy& first_policy) override {
    require_free(municipality, 0);
    const MunicipalityId id = connection_.find("SELECT COALESCE(MAX(id), 0) + 1 FROM municipalities",
                                               [](const Row& row) { return row.integer(0); }).value();
    if (id > kMaxMunicipalityId) throw Error{ErrorCode::refused, "An installation holds at most 16,383 municipalities."};
    const auto& area = municipality.area;
    connection_.execute(
        "INSERT INTO municipalities (id, code, name, time_zone, calendar, host, south, west, north, east, demo, version) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)",
        id, municipality.code, municipality.name, municipality.time_zone, municipality.calendar, municipality.host,
        edge(area, &Area::south), edge(area, &Area::west), edge(area, &Area::north), edge(area, &Area::east),
        municipality.demo);
    insert_policy(id, first_policy);
    context_.settings_changed = true;  // undone, its number goes to another
    return id;
  }

  std::optional<Municipality> find(const std::string& code) override {
    static const std::string sql = std::string{kColumns} + "WHERE code = $1";
    return connection_.find(sql, read_municipality, code);
  }

  std::optional<MunicipalityId> find_id(const std::string& code) override {
    return connection_.find("SELECT id FROM municipalities WHERE code = $1", [](const Row& row) { return row.integer(0); }, code);
  }

  std::vector<Municipality> list() override {
    static const std::string sql = std::string{kColumns} + "ORDER BY id";
    return connection_.all(sql, read_municipality);
  }

  void update(const Municipality& municipality) override {
    require_free(municipality, municipality.id);
    const auto& area = municipality.area;
    count_settings_change(context_, municipality.id);
    connection_.execute("UPDATE municipalities SET name = $2, host = $3, south = $4, west = $5, north = $6, east = $7 WHERE id = $1",
                        municipality.id, municipality.name, municipality.host, edge(area, &Area::south),
                        edge(area, &Area::west), edge(area, &Area::north), edge(area, &Area::east));
  }

  std::shared_ptr<const Settings> settings(MunicipalityId id) override {
    const auto found = connection_.find("SELECT version, land_version FROM municipalities WHERE id = $1",
                                        [](const Row& row) { return std::pair{row.integer(0), row.integer(1)}; }, id);
    if (!found) throw Error{ErrorCode::not_found, "There is no such municipality."};
    context_.land_versions[id] = found->second;
    return settings_at(id, found->first);
  }

  std::shared_ptr<const Settings> find_settings(const std::string& code) override {
    const auto found = connection_.find("SELECT id, version, land_version FROM municipalities WHERE code = $1",
                                        [](const Row& row) { return std::array{row.integer(0), row.integer(1), row.integer(2)}; }, code);
    if (!found) return nullptr;
    const auto [id, version, land_version] = *found;
    context_.land_versions[id] = land_version;
    return settings_at(id, version);
  }

  void add_policy(MunicipalityId id, const Policy& policy) override {
    insert_policy(id, policy);
    count_settings_change(context_, id);
  }

 private:
  std::shared_ptr<const Settings> settings_at(MunicipalityId id, std::int64_t version) {
    context_.settings_read[id] = version;
    if (auto kept = context_.cache.find(id, version)) return kept;
    auto fresh = std::make_shared<Settings>();
    static const std::string sql = std::string{kColumns} + "WHERE id = $1";
    fresh->municipality = connection_.find(sql, read_municipality, id).value();
    fresh->zone = TimeZone{fresh->municipality.time_zone};
    connection_.query(
        "SELECT body, version, effective_from FROM policies WHERE municipality_id = $1 ORDER BY version",
        [&](const Row& row) {
          Policy policy = policy_from_json(nlohmann::json::parse(row.text(0)));
          policy.version = static_cast<int>(row.integer(1));
          policy.effective_from = row.is_null(2) ? LocalDate::min() : row.day(2);
          fresh->policies.push_back(std::move(policy));
        },
        id);
    connection_.query("SELECT owner_id, name, kind, has_had_cases FROM owners WHERE municipality_id = $1",
                      [&](const Row& row) { fresh->owners[row.text(0)] = {row.text(1), row.code<OwnerKind>(2), row.flag(3)}; }, id);
    if (!context_.settings_changed) context_.cache.keep(fresh);
    return fresh;
  }

  static std::optional<double> edge(const std::optional<Area>& area, double Area::*side) {
    return area ? std::optional{(*area).*side} : std::nullopt;
  }

  void require_free(const Municipality& municipality, MunicipalityId self) {
    connection_.hold("municipalities", Connection::Hold::exclusive);  // a host is unique but may be empty
    connection_.query(
        "SELECT id, code FROM municipalities WHERE code = $1 OR (host = $2 AND host <> '')",
        [&](const Row& row) {
          if (row.integer(0) == self) return;
          const bool code = row.text(1) == municipality.code;
          throw Error{ErrorCode::conflict,
                      code ? "There is a municipality with the code " + municipality.code + " already."
                           : "The host " + municipality.host + " is another municipality's.",
                      code ? "/code" : "/host"};
        },
        municipality.code, municipality.host);
  }

  void insert_policy(MunicipalityId id, const Policy& policy) {
    const auto from = policy.effective_from == LocalDate::min() ? std::nullopt : std::optional{policy.effective_from};
    connection_.execute("INSERT INTO policies (municipality_id, version, effective_from, body) VALUES ($1, $2, $3, $4)", id,
                        policy.version, from, policy_to_json(policy).dump());
  }

  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

void count_settings_change(SqlContext& context, MunicipalityId id) {
  const auto version = context.connection.find("UPDATE municipalities SET version = version + 1 WHERE id = $1 RETURNING version",
                                               [](const Row& row) { return row.integer(0); }, id);
  const auto read = context.settings_read.find(id);
  if (version && read != context.settings_read.end() && *version != read->second + 1)
    throw RunAgain{{ErrorCode::stale, "The municipality's settings have changed meanwhile; read them again."}};
  if (version) context.settings_read[id] = *version;
  context.settings_changed = true;
}

std::unique_ptr<MunicipalityTable> make_municipality_table(SqlContext& context) {
  return std::make_unique<SqlMunicipalities>(context);
}

}  // namespace klotterkoll
