#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>

#include "base/error.h"
#include "domain/address.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kNearSql =
    "SELECT id, removed_at, lat, lon, surface, object_type FROM cases WHERE municipality_id = $1 AND cell BETWEEN $2 AND $3 "
    "ORDER BY removed_at DESC NULLS FIRST, id DESC LIMIT 500";
constexpr std::string_view kRemovedThere = "SELECT id, removed_at, surface, object_type FROM cases WHERE municipality_id = $1 "
                                           "AND removed_at IS NOT NULL AND state = 'removed' AND removed_at <= $2 AND ";
constexpr std::string_view kLatest = " ORDER BY removed_at DESC, id DESC LIMIT 20";

/// Where the case is found by what is near: while it is open or removed; the others are nobody's duplicate.
std::optional<std::int64_t> cell_for(const CaseRow& row) {
  if (!row.place.point || (!row.open() && row.state != CaseState::removed)) return std::nullopt;
  return cell_of(*row.place.point);
}

/// A column of a case, and how it is read where it does not follow from the others.
struct Column {
  std::string_view name;
  Value (*value)(const CaseRow&);
  void (*read)(CaseRow&, const Row&, int at) = nullptr;
};

template <typename Tag>
Value value_of(const Key<Tag>& key) { return key ? to_value(key) : Value{}; }
template <typename T>
Value value_of(const T& value) { return to_value(value); }

void read_value(const Row& row, int at, std::string& to) { to = row.text(at); }
void read_value(const Row& row, int at, std::int64_t& to) { to = row.integer(at); }
void read_value(const Row& row, int at, int& to) { to = static_cast<int>(row.integer(at)); }
void read_value(const Row& row, int at, bool& to) { to = row.flag(at); }
void read_value(const Row& row, int at, Instant& to) { to = row.instant(at); }
void read_value(const Row& row, int at, std::optional<Instant>& to) { to = row.instant_or_none(at); }
void read_value(const Row& row, int at, std::optional<std::int64_t>& to) { to = row.integer_or_none(at); }
template <typename Tag>
void read_value(const Row& row, int at, Key<Tag>& to) { to = row.key<Key<Tag>>(at); }
template <typename Enum>
  requires std::is_enum_v<Enum>
void read_value(const Row& row, int at, Enum& to) { to = row.code<Enum>(at); }
template <typename Enum>
  requires std::is_enum_v<Enum>
void read_value(const Row& row, int at, std::optional<Enum>& to) { to = row.code_or_none<Enum>(at); }

template <auto Member>
constexpr Column column(std::string_view name) {
  return {name, [](const CaseRow& row) { return value_of(row.*Member); },
          [](CaseRow& row, const Row& from, int at) { read_value(from, at, row.*Member); }};
}

/// The key first, which no update touches.
constexpr Column kColumns[] = {
    {"municipality_id", [](const CaseRow& row) { return to_value(row.id.municipality()); }},
    column<&CaseRow::id>("id"), column<&CaseRow::version>("version"), column<&CaseRow::state>("state"),
    {"is_open", [](const CaseRow& row) { return to_value(row.open()); }},
    column<&CaseRow::source>("source"), column<&CaseRow::category>("category"),
    column<&CaseRow::category_confirmed>("category_confirmed"), column<&CaseRow::surface>("surface"),
    column<&CaseRow::object_type>("object_type"),
    {"lat", [](const CaseRow& row) { return row.place.point ? to_value(row.place.point->lat) : Value{}; },
     [](CaseRow& row, const Row& from, int at) { if (!from.is_null(at)) row.place.point = Point{from.real(at), 0}; }},
    {"lon", [](const CaseRow& row) { return row.place.point ? to_value(row.place.point->lon) : Value{}; },
     [](CaseRow& row, const Row& from, int at) { if (row.place.point) row.place.point->lon = from.real(at); }},
    {"cell", [](const CaseRow& row) { return to_value(cell_for(row)); }},
    {"address", [](const CaseRow& row) { return to_value(row.place.address); },
     [](CaseRow& row, const Row& from, int at) { row.place.address = from.text(at); }},
    {"designation", [](const CaseRow& row) { return to_value(row.place.designation); },
     [](CaseRow& row, const Row& from, int at) { row.place.designation = from.text(at); }},
    column<&CaseRow::owner_id>("owner_id"), column<&CaseRow::routing_rule>("routing_rule"),
    column<&CaseRow::routing_uncertain>("routing_uncertain"), column<&CaseRow::opened_at>("opened_at"),
    column<&CaseRow::clock_started_at>("clock_started_at"), column<&CaseRow::first_reported_at>("first_reported_at"),
    column<&CaseRow::first_received_at>("first_received_at"), column<&CaseRow::policy_version>("policy_version"),
    column<&CaseRow::due_at>("due_at"), column<&CaseRow::due_at_without_holds>("due_at_without_holds"),
    column<&CaseRow::own_due_at>("own_due_at"), column<&CaseRow::assigned_at>("assigned_at"),
    column<&CaseRow::told_at>("told_at"), column<&CaseRow::removed_at>("removed_at"),
    column<&CaseRow::recorded_at>("recorded_at"), column<&CaseRow::method>("method"),
    column<&CaseRow::cost_sek>("cost_sek"), column<&CaseRow::evidence_confirmed>("evidence_confirmed"),
    column<&CaseRow::proactive>("proactive"), column<&CaseRow::dismissal>("dismissal"),
    column<&CaseRow::non_removal>("non_removal"), column<&CaseRow::merged_into>("merged_into"),
    column<&CaseRow::decided_at>("decided_at"), column<&CaseRow::deciding_owner_id>("deciding_owner_id"),
    column<&CaseRow::held_from>("held_from"), column<&CaseRow::held_until>("held_until"),
    column<&CaseRow::warn_at>("warn_at"), column<&CaseRow::checked_until>("checked_until"),
    column<&CaseRow::next_check_at>("next_check_at"), column<&CaseRow::report_count>("report_count"),
    column<&CaseRow::previous_case>("previous_case"), column<&CaseRow::address_key>("address_key"),
    column<&CaseRow::designation_key>("designation_key"), column<&CaseRow::routing_trace>("routing_trace"),
    column<&CaseRow::has_holds>("has_holds"), column<&CaseRow::removal_entered_at>("removal_entered_at"),
    column<&CaseRow::split_from>("split_from"), column<&CaseRow::former_owner_id>("former_owner_id"),
    column<&CaseRow::property_designation>("property_designation"), column<&CaseRow::district_id>("district_id"),
    column<&CaseRow::hold_requested_at>("hold_requested_at"), column<&CaseRow::merged_count>("merged_count"),
    column<&CaseRow::photo_count>("photo_count"), column<&CaseRow::point_derived>("point_derived"),
    column<&CaseRow::nearest_address>("nearest_address"), column<&CaseRow::attention>("attention"),
    column<&CaseRow::unattended_at>("unattended_at"),
};
constexpr std::size_t kKeyColumns = 2;

const std::string& select_sql() {
  static const std::string sql = [] {
    std::string names;
    for (const Column& column : kColumns)
      if (column.read) names += (names.empty() ? "" : ", ") + std::string{column.name};
    return "SELECT " + names + " FROM cases WHERE municipality_id = $1 ";
  }();
  return sql;
}

CaseRow read_case(const Row& row) {
  CaseRow read;
  int at = 0;
  for (const Column& column : kColumns)
    if (column.read) column.read(read, row, at++);
  return read;
}

/// The values of all columns; texts are views into the row.
std::array<Value, std::size(kColumns)> values_of(const CaseRow& row) {
  std::array<Value, std::size(kColumns)> values;
  std::ranges::transform(kColumns, values.begin(), [&](const Column& column) { return column.value(row); });
  return values;
}

std::string insert_sql() {
  std::string names;
  for (const Column& column : kColumns) names += (names.empty() ? "" : ", ") + std::string{column.name};
  return "INSERT INTO cases (" + names + ") VALUES (" + marks(std::size(kColumns)) + ")";
}

std::string update_sql() {
  std::string sets;
  for (std::size_t i = kKeyColumns; i < std::size(kColumns); ++i)
    sets += (sets.empty() ? "" : ", ") + std::string{kColumns[i].name} + " = $" + std::to_string(i + 1);
  return "UPDATE cases SET " + sets + " WHERE municipality_id = $1 AND id = $2 AND version = $" +
         std::to_string(std::size(kColumns) + 1);
}

/// Builds the conditions of a CaseQuery with their values numbered from $2.
class Conditions {
 public:
  explicit Conditions(MunicipalityId municipality) { values_.push_back(to_value(municipality)); }

  template <typename T>
  std::string bind(const T& value) {
    values_.push_back(to_value(value));
    return "$" + std::to_string(values_.size());
  }
  /// A LIKE pattern, with the escape \, of texts that start so.
  std::string bind_start(const std::string& start) {
    std::string& pattern = patterns_.emplace_back();
    for (const char c : start) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += c;
    }
    pattern += '%';
    return bind(pattern);
  }
  void add(const std::string& condition) { sql_ += "AND " + condition + " "; }
  const std::string& sql() const { return sql_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::string sql_;
  std::vector<Value> values_;
  std::deque<std::string> patterns_;  ///< values are views into them
};

void add_clock(Conditions& where, ClockState clock, Instant now) {
  const std::string at = where.bind(now);
  const std::string held = "(held_from <= " + at + " AND held_until > " + at + ")";
  where.add("is_open = 1");
  where.add(clock == ClockState::overdue ? "due_at < " + at : "due_at >= " + at);
  if (clock == ClockState::overdue) return;
  where.add(clock == ClockState::held ? held : "(held_from IS NULL OR NOT " + held + ")");
  if (clock == ClockState::due_soon) where.add("warn_at <= " + at);
  if (clock == ClockState::on_track) where.add("(warn_at IS NULL OR warn_at > " + at + ")");
}

void add_states(Conditions& where, const std::vector<CaseState>& states) {
  if (states.empty()) return where.add("state <> 'merged'");
  std::string any;
  for (const CaseState state : states) any += (any.empty() ? "" : ", ") + where.bind(state);
  where.add("state IN (" + any + ")");
  const auto open = [](CaseState state) { return state == CaseState::unassigned || state == CaseState::assigned; };
  if (std::ranges::all_of(states, open)) where.add("is_open = 1");  // lets the indexes of open cases serve
}

void add_public_view(Conditions& where, const CaseQuery& query) {
  const auto owners = [](const char* kinds) {
    return std::string{"(SELECT o.owner_id FROM owners o WHERE o.municipality_id = $1 AND o.kind IN ("} + kinds + "))";
  };
  if (query.owner_id) where.add("owner_id IN " + owners("'municipality', 'public_company', 'authority'"));
  if (query.bbox || query.near || query.text_is_filter) {
    std::string shown_exactly = "(category NOT IN ('hate', 'obscene') AND owner_id NOT IN " + owners("'private'") +
                                " AND (owner_id <> '' OR former_owner_id NOT IN " + owners("'private'") + "))";
    // Whoever has the reference may ask for the case, but not whether it lies in ever smaller areas.
    if (query.reference && !query.bbox && !query.near) shown_exactly += " OR id = " + where.bind(*query.reference);
    where.add("(" + shown_exactly + ")");
  }
}

Conditions conditions_of(MunicipalityId municipality, const CaseQuery& query) {
  Conditions where{municipality};
  add_states(where, query.states);
  if (query.clock) add_clock(where, *query.clock, query.now);
  if (query.owner_id) where.add("owner_id = " + where.bind(*query.owner_id));
  if (query.category) where.add("category = " + where.bind(*query.category));
  if (query.due_from) where.add("due_at >= " + where.bind(*query.due_from));
  if (query.due_before) where.add("due_at < " + where.bind(*query.due_before));
  if (query.reported_from) where.add("first_reported_at >= " + where.bind(*query.reported_from));
  if (query.reported_to) where.add("first_reported_at < " + where.bind(*query.reported_to));
  if (query.bbox) {
    where.add("lat BETWEEN " + where.bind(query.bbox->south) + " AND " + where.bind(query.bbox->north));
    where.add("lon BETWEEN " + where.bind(query.bbox->west) + " AND " + where.bind(query.bbox->east));
  }
  if (query.near) {
    // A rectangle around the circle here; the circle itself is checked exactly by the caller of the statement.
    const double lat = query.radius_m / 111'000, lon = lat / std::max(0.01, std::cos(query.near->lat * 0.017453292519943295));
    where.add("lat BETWEEN " + where.bind(query.near->lat - lat) + " AND " + where.bind(query.near->lat + lat));
    where.add("lon BETWEEN " + where.bind(query.near->lon - lon) + " AND " + where.bind(query.near->lon + lon));
  }
  if (query.text_is_filter) {
    std::string any = "0 = 1";
    if (query.reference) any += " OR id = " + where.bind(*query.reference);
    for (const CaseId id : query.ids) any += " OR id = " + where.bind(id);
    for (const std::string& key : query.addresses) any += " OR address_key LIKE " + where.bind_start(key) + " ESCAPE '\\'";
    for (const std::string& key : query.designations) any += " OR designation_key LIKE " + where.bind_start(key) + " ESCAPE '\\'";
    where.add("(" + any + ")");
  }
  if (query.hold_requested) where.add("hold_requested_at IS NOT NULL");
  if (query.with_attention || query.attention) where.add("attention IS NOT NULL");
  if (query.attention) where.add("attention = " + where.bind(*query.attention));
  if (query.public_view) add_public_view(where, query);
  return where;
}

void add_dimension(Conditions& where, const CaseTable::OfDays& days) {
  switch (days.dimension) {
    case Dimension::owner: where.add((days.by == CaseTable::OfDays::By::cost ? "owner_id = " : "deciding_owner_id = ") + where.bind(days.value)); break;
    case Dimension::category: where.add("category = " + where.bind(days.value)); break;
    case Dimension::source: where.add("source = " + where.bind(days.value)); break;
    case Dimension::policy: where.add("policy_version = " + where.bind(static_cast<std::int64_t>(std::atoi(days.value.c_str())))); break;
    case Dimension::district: where.add("district_id = " + where.bind(days.value)); break;
    default: break;
  }
  if (days.method) where.add("method = " + where.bind(*days.method));
  if (days.without_method) where.add("method IS NULL");
}

std::string_view order_of(CaseQuery::Sort sort) {
  switch (sort) {
    case CaseQuery::Sort::due_first: return "ORDER BY due_at, id ";
    case CaseQuery::Sort::due_last: return "ORDER BY due_at DESC, id DESC ";
    default: return "ORDER BY opened_at DESC, id DESC ";
  }
}

bool in_circle(const CaseQuery& query, const CaseRow& row) {
  return !query.near || (row.place.point && distance_m(*query.near, *row.place.point) <= query.radius_m);
}

class SqlCases final : public CaseTable {
 public:
  explicit SqlCases(SqlContext& context) : context_(context), connection_(context.connection) {}

  void add(const CaseRow& row, const Policy& policy, const TimeZone& zone) override {
    static const std::string sql = insert_sql();
    connection_.run(sql, values_of(row), [](const Row&) {});
    contribute(row, policy, zone, 1, context_.tally_changes[row.id.municipality()]);
  }

  void update(const CaseRow& before, const CaseRow& after, const Policy& policy, const TimeZone& zone) override {
    static const std::string sql = update_sql();
    const auto written = values_of(after);
    std::vector<Value> values(written.begin(), written.end());
    values.push_back(to_value(before.version));
    if (connection_.run(sql, values, [](const Row&) {}) != 1)
      throw Error{ErrorCode::stale, "The case has changed meanwhile; read it again."};
    Tallies& changes = context_.tally_changes[after.id.municipality()];
    contribute(before, policy, zone, -1, changes);
    contribute(after, policy, zone, 1, changes);
  }

  std::optional<CaseRow> find(CaseId id) override {
    static const std::string sql = select_sql() + "AND id = $2";
    return connection_.find(sql, read_case, id.municipality(), id);
  }

  std::optional<CaseRow> find_to_change(CaseId id) override {
    static const std::string sql = select_sql() + "AND id = $2 {{for_update}}";
    return connection_.find(sql, read_case, id.municipality(), id);
  }

  Listing<CaseRow> list(MunicipalityId municipality, const CaseQuery& query) override {
    Conditions where = conditions_of(municipality, query);
    const std::string conditions = where.sql();
    Listing<CaseRow> listing;
    if (query.near) {
      // Few are near, so all are looked at and counted exactly.
      std::string sql = select_sql() + conditions;
      sql += order_of(query.sort);
      connection_.run(sql, where.values(), [&](const Row& row) {
        CaseRow read = read_case(row);
        if (!in_circle(query, read)) return;
        if (listing.total >= query.page.offset && std::ssize(listing.items) < query.page.limit) listing.items.push_back(std::move(read));
        ++listing.total;
      });
      return listing;
    }
    const std::string counted = "SELECT COUNT(*) FROM (SELECT 1 FROM cases WHERE municipality_id = $1 " + conditions +
                                "LIMIT " + std::to_string(kCountedUpTo + 1) + ") counted";
    connection_.run(counted, where.values(), [&](const Row& row) { listing.total = row.integer(0); });
    std::string sql = select_sql() + conditions;
    sql += order_of(query.sort);
    sql += "LIMIT " + where.bind(query.page.limit);
    sql += " OFFSET " + where.bind(query.page.offset);
    connection_.run(sql, where.values(), [&](const Row& row) { listing.items.push_back(read_case(row)); });
    return listing;
  }

  std::vector<CaseRow> list_after(MunicipalityId municipality, const CaseQuery& query, CaseId& after, std::int64_t count) override {
    const auto last = connection_.find("SELECT id FROM cases WHERE municipality_id = $1 AND id > $2 ORDER BY id LIMIT 1 OFFSET $3",
                                       [](const Row& row) { return row.key<CaseId>(0); }, municipality, after, count - 1);
    Conditions where = conditions_of(municipality, query);
    where.add("id > " + where.bind(after));
    if (last) where.add("id <= " + where.bind(*last));
    const std::string sql = select_sql() + where.sql() + "ORDER BY id";
    std::vector<CaseRow> rows;
    connection_.run(sql, where.values(), [&](const Row& row) {
      CaseRow read = read_case(row);
      if (in_circle(query, read)) rows.push_back(std::move(read));
    });
    after = last.value_or(CaseId{});
    return rows;
  }

  std::vector<Spot> spots(MunicipalityId municipality, Point point, double radius_m) override {
    // The index alone tells all of it. Who looks for duplicates is helped by ten of them; a spot with hundreds of open ones is
    // somebody's mischief, and of those cleaned long ago the last are enough.
    std::vector<Spot> found;
    for (const auto [first, last] : cells_around(point, radius_m))
      connection_.query(kNearSql, [&](const Row& row) {
        const double away = distance_m(point, {row.real(2), row.real(3)});
        if (away <= radius_m)
          found.push_back({row.key<CaseId>(0), away, row.instant_or_none(1), row.code_or_none<Surface>(4), row.code_or_none<ObjectType>(5)});
      }, municipality, first, last);
    std::ranges::sort(found, {}, [](const Spot& spot) { return std::pair{spot.away_m, spot.id}; });
    return found;
  }

  std::vector<Spot> removed_there(MunicipalityId municipality, const std::string& address_key, const std::string& designation_key,
                                  Instant until) override {
    static const std::string by_address = std::string{kRemovedThere} + "address_key = $3 AND address_key <> ''" + std::string{kLatest};
    static const std::string by_designation = std::string{kRemovedThere} + "lat IS NULL AND address_key = '' AND designation_key = $3 "
                                                                           "AND designation_key <> ''" + std::string{kLatest};
    const auto read_spot = [](const Row& row) {
      return Spot{row.key<CaseId>(0), 0, row.instant_or_none(1), row.code_or_none<Surface>(2), row.code_or_none<ObjectType>(3)};
    };
    if (!address_key.empty()) return connection_.all(by_address, read_spot, municipality, until, address_key);
    if (!designation_key.empty()) return connection_.all(by_designation, read_spot, municipality, until, designation_key);
    return {};
  }

  std::vector<Merged> merged_into(CaseId target) override {
    std::vector<Merged> found;
    const auto add_those_of = [&](CaseId into) {
      connection_.query("SELECT id FROM cases WHERE municipality_id = $1 AND merged_into = $2 AND merged_into IS NOT NULL ORDER BY id",
                        [&](const Row& row) { found.push_back({row.key<CaseId>(0), into}); }, target.municipality(), into);
    };
    add_those_of(target);
    for (std::size_t i = 0; i < found.size(); ++i) add_those_of(found[i].id);
    return found;
  }

  void each_link(MunicipalityId municipality, Instant from, Instant to, const std::function<void(const Link&)>& visit) override {
    connection_.query("SELECT opened_at, id, previous_case FROM cases WHERE municipality_id = $1 AND opened_at >= $2 AND opened_at < $3 "
                      "ORDER BY opened_at, id",
                      [&](const Row& row) { visit({row.key<CaseId>(1), row.key<CaseId>(2), row.instant(0)}); }, municipality, from, to);
  }

  void each_excluded(MunicipalityId municipality, Instant from, Instant to, const std::function<void(const Merged&)>& visit) override {
    connection_.query("SELECT id, merged_into FROM cases WHERE municipality_id = $1 AND opened_at >= $2 AND opened_at < $3 "
                      "AND decided_at IS NOT NULL AND (merged_into IS NOT NULL OR dismissal IS NOT NULL)",
                      [&](const Row& row) { visit({row.key<CaseId>(0), row.key<CaseId>(1)}); }, municipality, from, to);
  }

  std::vector<Cost> costs(MunicipalityId municipality, Instant from, Instant to) override {
    return connection_.all(
        "SELECT owner_id, method, COUNT(*), CAST(SUM(cost_sek) AS BIGINT) FROM cases WHERE municipality_id = $1 AND cost_sek IS NOT NULL "
        "AND merged_into IS NULL AND removed_at >= $2 AND removed_at < $3 GROUP BY owner_id, method ORDER BY owner_id, method",
        [](const Row& row) { return Cost{row.text(0), row.code_or_none<RemovalMethod>(1), row.integer(2), row.integer(3)}; }, municipality,
        from, to);
  }

  std::vector<CaseRow> of_days(MunicipalityId municipality, OfDays& days, std::int64_t count) override {
    std::vector<CaseRow> rows;
    const auto add = [&](const std::string& also, const std::string& moment) {
      Conditions where{municipality};
      where.add(also);
      // A case is opened when its first report has been received, or later: so the index of when they were opened serves for both.
      where.add("(" + moment + ", id) > (" + where.bind(std::max(days.after_at, days.from)) + ", " + where.bind(days.after) + ")");
      if (days.by == OfDays::By::received) where.add("first_received_at >= " + where.bind(days.from));
      where.add((days.by == OfDays::By::received ? "first_received_at" : moment) + " < " + where.bind(days.to));
      add_dimension(where, days);
      const std::string sql = select_sql() + where.sql() + "ORDER BY " + moment + ", id LIMIT " + where.bind(count);
      connection_.run(sql, where.values(), [&](const Row& row) { rows.push_back(read_case(row)); });
    };
    switch (days.by) {
      case OfDays::By::due:
        if (days.open) add("is_open = 1", "due_at");
        if (days.closed) add("is_open = 0", "due_at");
        break;
      case OfDays::By::received: add("opened_at IS NOT NULL", "opened_at"); break;
      case OfDays::By::cost: add("cost_sek IS NOT NULL AND merged_into IS NULL", "removed_at"); break;
    }
    const auto moment_of = [&](const CaseRow& row) {
      return days.by == OfDays::By::due ? row.due_at : days.by == OfDays::By::received ? row.opened_at : *row.removed_at;
    };
    std::ranges::sort(rows, {}, [&](const CaseRow& row) { return std::pair{moment_of(row), row.id}; });
    if (std::ssize(rows) > count) rows.resize(static_cast<std::size_t>(count));
    if (!rows.empty()) days.after_at = moment_of(rows.back()), days.after = rows.back().id;
    return rows;
  }

  std::vector<CaseRow> due_for_check(MunicipalityId municipality, Instant as_of, CheckedTo after, std::int64_t limit) override {
    static const std::string sql = select_sql() + "AND next_check_at <= $2 AND (next_check_at, id) > ($3, $4) "
                                                           "ORDER BY next_check_at, id LIMIT $5 {{skip_locked}}";
    return connection_.all(sql, read_case, municipality, as_of, after.next_check_at, after.id, limit);
  }

  void update_checks(const CaseRow& row) override {
    if (connection_.execute("UPDATE cases SET checked_until = $3, next_check_at = $4 WHERE municipality_id = $1 AND id = $2 "
                            "AND version = $5", row.id.municipality(), row.id, row.checked_until, row.next_check_at, row.version) != 1)
      throw Error{ErrorCode::stale, "The case has changed meanwhile; read it again."};
  }

  std::vector<OpenCount> count_open(const Settings& settings, Instant from, Instant to) override {
    std::map<std::tuple<LocalDate, std::string, std::string, std::string, int, std::string, bool>, std::int64_t> counts;
    connection_.query(
        "SELECT first_received_at, deciding_owner_id, category, source, policy_version, district_id, split_from FROM cases "
        "WHERE municipality_id = $1 AND is_open = 1 AND due_at >= $2 AND due_at < $3",
        [&](const Row& row) {
          ++counts[{settings.zone.date_of(row.instant(0)), row.text(1), row.text(2), row.text(3), static_cast<int>(row.integer(4)),
                    row.text(5), !row.is_null(6)}];
        },
        settings.municipality.id, from, to);
    std::vector<OpenCount> rows;
    for (const auto& [key, count] : counts)
      rows.push_back(std::apply([count = count](const auto&... part) { return OpenCount{part..., count}; }, key));
    return rows;
  }

  void each_open(MunicipalityId municipality, const std::function<void(const Backlog&)>& visit) override {
    connection_.query("SELECT owner_id, due_at, warn_at, held_from, held_until, attention FROM cases "
                      "WHERE municipality_id = $1 AND is_open = 1 ORDER BY due_at, id",
                      [&](const Row& row) {
                        visit({row.text(0), row.instant(1), row.instant_or_none(2), row.instant_or_none(3), row.instant_or_none(4),
                               row.code_or_none<Attention>(5)});
                      },
                      municipality);
  }

 private:
  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

std::unique_ptr<CaseTable> make_case_table(SqlContext& context) { return std::make_unique<SqlCases>(context); }

}  // namespace klotterkoll
