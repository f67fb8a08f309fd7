#include <algorithm>
#include <nlohmann/json.hpp>

#include "json/event_json.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kColumns =
    "SELECT e.id, e.case_id, e.position, e.type, e.at, e.recorded_at, e.by_role, e.by_key_id, e.owner_id, e.visibility, e.data";

Event read_event(const Row& row) {
  Event event;
  event.id = row.key<EventId>(0);
  event.case_id = row.key<CaseId>(1);
  event.position = row.integer(2);
  event.type = row.code<EventType>(3);
  event.at = row.instant(4);
  event.recorded_at = row.instant(5);
  event.by.role = row.code<Role>(6);
  event.by.key_id = row.integer(7);
  event.owner_id = row.text(8);
  event.visibility = row.code<Visibility>(9);
  event.data = event_data_from_json(nlohmann::json::parse(row.text(10)));
  return event;
}

EventTable::Noted read_noted(const Row& row) { return {read_event(row), row.is_null(11) ? "" : row.text(11)}; }

/// Events of one slot that wait to be taken, in order of id.
struct SlotQueue {
  std::size_t slot;
  std::vector<EventTable::Noted> events;
  std::size_t at = 0;

  const Event& head() const { return events[at].event; }
  bool holds_earlier_of_case(const Event& event) const {
    return std::any_of(events.begin() + static_cast<std::ptrdiff_t>(at), events.end(), [&](const EventTable::Noted& noted) {
      return noted.event.case_id == event.case_id && noted.event.position < event.position;
    });
  }
};

/// Whose head comes next: the oldest, but an event never before an earlier one of its case, whatever the clocks said.
SlotQueue* next_of(std::vector<SlotQueue>& queues) {
  SlotQueue* next = nullptr;
  for (SlotQueue& queue : queues)
    if (queue.at < queue.events.size() &&
        (!next || std::pair{queue.head().recorded_at, queue.head().id} < std::pair{next->head().recorded_at, next->head().id}))
      next = &queue;
  for (std::size_t steps = 1; next && steps < queues.size(); ++steps)
    for (SlotQueue& queue : queues)
      if (&queue != next && queue.holds_earlier_of_case(next->head())) next = &queue;
  return next;
}

class SqlEvents final : public EventTable {
 public:
  explicit SqlEvents(SqlContext& context) : connection_(context.connection) {}

  void add(const Event& event, const std::string& note) override {
    const MunicipalityId municipality = event.id.municipality();
    const std::string data = event_data_to_text(event.data);
    connection_.execute(
        "INSERT INTO events (municipality_id, id, case_id, position, type, at, recorded_at, by_role, by_key_id, owner_id, "
        "former_owner_id, visibility, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        municipality, event.id, event.case_id, event.position ? event.position : last_position(event.case_id) + 1, event.type, event.at, event.recorded_at, event.by.role, event.by.key_id,
        event.owner_id, event.data.former_owner_id.value_or(""), event.visibility, data);
    if (!note.empty())
      connection_.execute("INSERT INTO notes (municipality_id, event_id, note) VALUES ($1, $2, $3)", municipality, event.id, note);
  }

  std::vector<Event> of_case(CaseId id) override {
    static const std::string sql = std::string{kColumns} + " FROM events e WHERE municipality_id = $1 AND case_id = $2 ORDER BY position";
    return connection_.all(sql, read_event, id.municipality(), id);
  }

  std::vector<Noted> noted_of_case(CaseId id) override {
    static const std::string sql = noted_sql("AND e.case_id = $2 ORDER BY e.position");
    return connection_.all(sql, read_noted, id.municipality(), id);
  }

  std::int64_t erase_notes(CaseId id, Role by) override {
    return connection_.execute("DELETE FROM notes WHERE municipality_id = $1 AND event_id IN (SELECT id FROM events WHERE "
                               "municipality_id = $1 AND case_id = $2 AND by_role = $3)", id.municipality(), id, by);
  }

  Listing<Noted> page_of_case(CaseId id, bool internal_too, const Page& page) override {
    static const std::string which = "AND e.case_id = $2 AND (e.visibility = 'public' OR $3 = 1) ";
    static const std::string sql = noted_sql(which + "ORDER BY e.position LIMIT $4 OFFSET $5");
    static const std::string count = "SELECT COUNT(*) FROM events e WHERE e.municipality_id = $1 " + which;
    Listing<Noted> listing;
    listing.items = connection_.all(sql, read_noted, id.municipality(), id, internal_too, page.limit, page.offset);
    listing.total = connection_.find(count, [](const Row& row) { return row.integer(0); }, id.municipality(), id, internal_too).value();
    return listing;
  }

  std::vector<Noted> after(MunicipalityId municipality, std::vector<std::int64_t>& cursor, std::int64_t limit) override {
    static const std::string sql = noted_sql("AND e.id > $2 AND e.id < $3 ORDER BY e.id LIMIT $4");
    if (cursor.empty()) cursor.push_back(0);
    std::vector<SlotQueue> queues;
    connection_.query("SELECT slot, next FROM counters WHERE municipality_id = $1 AND name = 'event' ORDER BY slot", [&](const Row& row) {
      const auto slot = static_cast<std::size_t>(row.integer(0));
      if (cursor.size() <= slot) cursor.resize(slot + 1);
      if (row.integer(1) - 1 > cursor[slot]) queues.push_back({slot, {}});
    }, municipality);
    for (SlotQueue& queue : queues) {
      const std::int64_t first = static_cast<std::int64_t>(queue.slot) << kSlotNumberBits;
      queue.events = connection_.all(sql, read_noted, municipality, EventId{municipality, first + cursor[queue.slot]},
                                     EventId{(municipality << kKeyNumberBits) + first + (std::int64_t{1} << kSlotNumberBits)}, limit);
    }
    std::vector<Noted> events;
    for (SlotQueue* next = next_of(queues); next && std::ssize(events) < limit; next = next_of(queues)) {
      cursor[next->slot] = next->head().id.value & ((std::int64_t{1} << kSlotNumberBits) - 1);
      events.push_back(std::move(next->events[next->at++]));
    }
    return events;
  }

  std::vector<Event> latest(MunicipalityId municipality, std::int64_t most) override {
    static const std::string sql = std::string{kColumns} + " FROM events e WHERE municipality_id = $1 AND id >= $2 AND id < $3 ORDER BY id DESC LIMIT $4";
    std::vector<std::int64_t> slots;
    connection_.query("SELECT slot FROM counters WHERE municipality_id = $1 AND name = 'event' ORDER BY slot",
                      [&](const Row& row) { slots.push_back(row.integer(0)); }, municipality);
    std::vector<Event> events;
    for (const std::int64_t slot : slots) {
      const EventId first{municipality, slot << kSlotNumberBits}, end{first.value + (std::int64_t{1} << kSlotNumberBits)};
      for (Event& event : connection_.all(sql, read_event, municipality, first, end, most)) events.push_back(std::move(event));
    }
    std::ranges::stable_sort(events, std::ranges::greater{}, [](const Event& event) { return std::pair{event.recorded_at, event.id}; });
    if (std::ssize(events) > most) events.resize(static_cast<std::size_t>(most));
    return events;
  }

  std::vector<Event> of_cases_after(MunicipalityId municipality, CaseId after, std::int64_t limit) override {
    static const std::string sql =
        std::string{kColumns} + " FROM events e WHERE municipality_id = $1 AND case_id > $2 AND case_id <= "
        "(SELECT COALESCE(MAX(case_id), $2) FROM (SELECT DISTINCT case_id FROM events WHERE municipality_id = $1 AND case_id > $2 "
        "ORDER BY case_id LIMIT $3) first_cases) "
        "ORDER BY case_id, position";
    return connection_.all(sql, read_event, municipality, after, limit);
  }

 private:
  std::int64_t last_position(CaseId id) {
    return connection_.find("SELECT COALESCE(MAX(position), 0) FROM events WHERE municipality_id = $1 AND case_id = $2",
                            [](const Row& row) { return row.integer(0); }, id.municipality(), id).value();
  }

  static std::string noted_sql(const std::string& which) {
    return std::string{kColumns} + ", n.note FROM events e LEFT JOIN notes n ON n.municipality_id = e.municipality_id "
                                   "AND n.event_id = e.id WHERE e.municipality_id = $1 " + which;
  }

  Connection& connection_;
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

  std::int64_t remove_before(MunicipalityId municipality, Instant before, std::int64_t most) override {
    return connection_.execute(
        "DELETE FROM idempotency_keys WHERE municipality_id = $1 AND (holder, route, idempotency_key) IN (SELECT holder, route, "
        "idempotency_key FROM idempotency_keys WHERE municipality_id = $1 AND created_at < $2 ORDER BY created_at LIMIT $3)",
        municipality, before, most);
  }

  void rewrite(MunicipalityId municipality, const std::string& part,
               const std::function<std::string(const std::string&)>& rewritten) override {
    struct Kept {
      std::string holder, route, key, answer;
    };
    std::vector<Kept> kept;
    connection_.query("SELECT holder, route, idempotency_key, answer FROM idempotency_keys WHERE municipality_id = $1", [&](const Row& row) {
      if (std::string answer = row.text(3); answer.find(part) != std::string::npos) kept.push_back({row.text(0), row.text(1), row.text(2), std::move(answer)});
    }, municipality);
    for (const Kept& one : kept)
      connection_.execute("UPDATE idempotency_keys SET answer = $5 WHERE municipality_id = $1 AND holder = $2 AND route = $3 "
                          "AND idempotency_key = $4", municipality, one.holder, one.route, one.key, rewritten(one.answer));
  }

 private:
  Connection& connection_;
};

}  // namespace

std::unique_ptr<EventTable> make_event_table(SqlContext& context) { return std::make_unique<SqlEvents>(context); }
std::unique_ptr<FlagTable> make_flag_table(SqlContext& context) { return std::make_unique<SqlFlags>(context); }
std::unique_ptr<IdempotencyTable> make_idempotency_table(SqlContext& context) { return std::make_unique<SqlIdempotency>(context); }

}  // namespace klotterkoll
