#include <nlohmann/json.hpp>

#include "json/event_json.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kColumns =
    "SELECT e.id, e.case_id, e.type, e.at, e.recorded_at, e.by_role, e.by_key_id, e.owner_id, e.visibility, e.data";

Event read_event(const Row& row) {
  Event event;
  event.id = row.key<EventId>(0);
  event.case_id = row.key<CaseId>(1);
  event.type = row.code<EventType>(2);
  event.at = row.instant(3);
  event.recorded_at = row.instant(4);
  event.by.role = row.code<Role>(5);
  event.by.key_id = row.integer(6);
  event.owner_id = row.text(7);
  event.visibility = row.code<Visibility>(8);
  event.data = event_data_from_json(nlohmann::json::parse(row.text(9)));
  return event;
}

EventTable::Noted read_noted(const Row& row) { return {read_event(row), row.is_null(10) ? "" : row.text(10)}; }

class SqlEvents final : public EventTable {
 public:
  explicit SqlEvents(SqlContext& context) : connection_(context.connection) {}

  void add(const Event& event, const std::string& note) override {
    const MunicipalityId municipality = event.id.municipality();
    const std::string data = event_data_to_text(event.data);
    connection_.execute(
        "INSERT INTO events (municipality_id, id, case_id, type, at, recorded_at, by_role, by_key_id, owner_id, "
        "former_owner_id, visibility, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        municipality, event.id, event.case_id, event.type, event.at, event.recorded_at, event.by.role, event.by.key_id,
        event.owner_id, event.data.former_owner_id.value_or(""), event.visibility, data);
    if (!note.empty())
      connection_.execute("INSERT INTO notes (municipality_id, event_id, note) VALUES ($1, $2, $3)", municipality, event.id, note);
  }

  std::vector<Event> of_case(CaseId id) override {
    static const std::string sql = std::string{kColumns} + " FROM events e WHERE municipality_id = $1 AND case_id = $2 ORDER BY id";
    return connection_.all(sql, read_event, id.municipality(), id);
  }

  std::vector<Noted> noted_of_case(CaseId id) override {
    static const std::string sql = noted_sql("AND e.case_id = $2 ORDER BY e.id");
    return connection_.all(sql, read_noted, id.municipality(), id);
  }

  std::vector<Noted> after(MunicipalityId municipality, std::vector<std::int64_t>& cursor, std::int64_t limit) override {
    static const std::string sql = noted_sql("AND e.id > $2 ORDER BY e.id LIMIT $3");
    if (cursor.empty()) cursor.push_back(0);
    auto events = connection_.all(sql, read_noted, municipality, std::max(cursor[0], municipality << kKeyNumberBits), limit);
    if (!events.empty()) cursor[0] = events.back().event.id.value;
    return events;
  }

  std::vector<Event> of_cases_after(MunicipalityId municipality, CaseId after, std::int64_t limit) override {
    static const std::string sql =
        std::string{kColumns} + " FROM events e WHERE municipality_id = $1 AND case_id > $2 AND case_id <= "
        "(SELECT COALESCE(MAX(case_id), $2) FROM (SELECT DISTINCT case_id FROM events WHERE municipality_id = $1 AND case_id > $2 "
        "ORDER BY case_id LIMIT $3) first_cases) "
        "ORDER BY case_id, id";
    return connection_.all(sql, read_event, municipality, after, limit);
  }

 private:
  static std::string noted_sql(const std::string& which) {
    return std::string{kColumns} + ", n.note FROM events e LEFT JOIN notes n ON n.municipality_id = e.municipality_id "
                                   "AND n.event_id = e.id WHERE e.municipality_id = $1 " + which;
  }

  Connection& connection_;
};

class SqlOutbox final : public OutboxTable {
 public:
  explicit SqlOutbox(SqlContext& context) : context_(context) {}

  void add(const Event& event, const Notice& notice) override {
    const MunicipalityId municipality = event.id.municipality();
    context_.connection.execute(
        "INSERT INTO outbox (municipality_id, id, event_id, case_id, audience, owner_id, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        municipality, OutboxId{municipality, context_.next_number(municipality, "outbox")}, event.id, event.case_id,
        notice.audience, notice.owner_id, event.recorded_at);
  }

 private:
  SqlContext& context_;
};

class SqlFlags final : public FlagTable {
 public:
  explicit SqlFlags(SqlContext& context) : connection_(context.connection) {}

  bool raise(CaseId id, Instant due_at, const Flag& flag) override {
    return connection_.execute("INSERT INTO flags (municipality_id, case_id, due_at, kind, warning) VALUES ($1, $2, $3, $4, $5) "
                               "ON CONFLICT (municipality_id, case_id, due_at, kind, warning) DO NOTHING",
                               id.municipality(), id, due_at, flag.type, flag.warning) == 1;
  }

 private:
  Connection& connection_;
};

class SqlIdempotency final : public IdempotencyTable {
 public:
  explicit SqlIdempotency(SqlContext& context) : connection_(context.connection) {}

  std::optional<StoredAnswer> find(MunicipalityId municipality, const std::string& holder, const std::string& route,
                                   const std::string& key) override {
    return connection_.find(
        "SELECT body_digest, status, location, answer, created_at FROM idempotency_keys "
        "WHERE municipality_id = $1 AND holder = $2 AND route = $3 AND idempotency_key = $4",
        [](const Row& row) {
          return StoredAnswer{row.text(0), static_cast<int>(row.integer(1)), row.text(2), row.text(3), row.instant(4)};
        },
        municipality, holder, route, key);
  }

  void save(MunicipalityId municipality, const std::string& holder, const std::string& route, const std::string& key,
            const StoredAnswer& answer) override {
    connection_.execute(
        "INSERT INTO idempotency_keys (municipality_id, holder, route, idempotency_key, body_digest, status, location, "
        "answer, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        municipality, holder, route, key, answer.body_digest, answer.status, answer.location, answer.answer, answer.created_at);
  }

  void remove(MunicipalityId municipality, const std::string& holder, const std::string& route, const std::string& key) override {
    connection_.execute("DELETE FROM idempotency_keys WHERE municipality_id = $1 AND holder = $2 AND route = $3 AND idempotency_key = $4",
                        municipality, holder, route, key);
  }

  void remove_before(MunicipalityId municipality, Instant before) override {
    connection_.execute("DELETE FROM idempotency_keys WHERE municipality_id = $1 AND created_at < $2", municipality, before);
  }

 private:
  Connection& connection_;
};

}  // namespace

std::unique_ptr<EventTable> make_event_table(SqlContext& context) { return std::make_unique<SqlEvents>(context); }
std::unique_ptr<OutboxTable> make_outbox_table(SqlContext& context) { return std::make_unique<SqlOutbox>(context); }
std::unique_ptr<FlagTable> make_flag_table(SqlContext& context) { return std::make_unique<SqlFlags>(context); }
std::unique_ptr<IdempotencyTable> make_idempotency_table(SqlContext& context) { return std::make_unique<SqlIdempotency>(context); }

}  // namespace klotterkoll
