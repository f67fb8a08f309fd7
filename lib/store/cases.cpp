#include <algorithm>
#include <cmath>
#include <deque>

#include "base/error.h"
#include "domain/address.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, version, state, source, category, category_confirmed, surface, object_type, lat, lon, address, designation, "
    "owner_id, routing_rule, routing_uncertain, opened_at, clock_started_at, first_reported_at, first_received_at, "
    "policy_version, due_at, due_at_without_holds, own_due_at, assigned_at, told_at, removed_at, recorded_at, method, "
    "cost_sek, evidence_confirmed, proactive, dismissal, non_removal, merged_into, decided_at, deciding_owner_id, held_from, "
    "held_until, warn_at, checked_until, next_check_at, report_count, previous_case, address_key, designation_key, "
    "routing_trace, has_holds, removal_entered_at, split_from, former_owner_id, property_designation, district_id, hold_requested_at, "
    "merged_count, photo_count, point_derived, nearest_address, attention, unattended_at FROM cases WHERE municipality_id = $1 ";

constexpr std::string_view kNearSql =
    "SELECT id, removed_at, lat, lon, surface, object_type FROM cases WHERE municipality_id = $1 AND cell BETWEEN $2 AND $3 "
    "ORDER BY removed_at DESC NULLS FIRST, id DESC LIMIT 500";
constexpr std::string_view kRemovedThere = "SELECT id, removed_at, surface, object_type FROM cases WHERE municipality_id = $1 "
                                           "AND removed_at IS NOT NULL AND state = 'removed' AND removed_at <= $2 AND ";
constexpr std::string_view kLatest = " ORDER BY removed_at DESC, id DESC LIMIT 20";

CaseRow read_case(const Row& row) {
  CaseRow read;
  read.id = row.key<CaseId>(0);
  read.version = row.integer(1);
  read.state = row.code<CaseState>(2);
  read.source = row.code<Source>(3);
  read.category = row.code<Category>(4);
  read.category_confirmed = row.flag(5);
  read.surface = row.code_or_none<Surface>(6);
  read.object_type = row.code_or_none<ObjectType>(7);
  if (!row.is_null(8)) read.place.point = Point{row.real(8), row.real(9)};
  read.place.address = row.text(10);
  read.place.designation = row.text(11);
  read.owner_id = row.text(12);
  read.routing_rule = row.text(13);
  read.routing_uncertain = row.flag(14);
  read.opened_at = row.instant(15);
  read.clock_started_at = row.instant(16);
  read.first_reported_at = row.instant(17);
  read.first_received_at = row.instant(18);
  read.policy_version = static_cast<int>(row.integer(19));
  read.due_at = row.instant(20);
  read.due_at_without_holds = row.instant(21);
  read.own_due_at = row.instant_or_none(22);
  read.assigned_at = row.instant_or_none(23);
  read.told_at = row.instant_or_none(24);
  read.removed_at = row.instant_or_none(25);
  read.recorded_at = row.instant_or_none(26);
  read.method = row.code_or_none<RemovalMethod>(27);
  read.cost_sek = row.integer_or_none(28);
  read.evidence_confirmed = row.flag(29);
  read.proactive = row.flag(30);
  read.dismissal = row.code_or_none<DismissalReason>(31);
  read.non_removal = row.code_or_none<NonRemovalReason>(32);
  read.merged_into = row.key<CaseId>(33);
  read.decided_at = row.instant_or_none(34);
  read.deciding_owner_id = row.text(35);
  read.held_from = row.instant_or_none(36);
  read.held_until = row.instant_or_none(37);
  read.warn_at = row.instant_or_none(38);
  read.checked_until = row.instant(39);
  read.next_check_at = row.instant_or_none(40);
  read.report_count = static_cast<int>(row.integer(41));
  read.previous_case = row.key<CaseId>(42);
  read.address_key = row.text(43);
  read.designation_key = row.text(44);
  read.routing_trace = row.text(45);
  read.has_holds = row.flag(46);
  read.removal_entered_at = row.instant_or_none(47);
  read.split_from = row.key<CaseId>(48);
  read.former_owner_id = row.text(49);
  read.property_designation = row.text(50);
  read.district_id = row.text(51);
  read.hold_requested_at = row.instant_or_none(52);
  read.merged_count = static_cast<int>(row.integer(53));
  read.photo_count = static_cast<int>(row.integer(54));
  read.point_derived = row.flag(55);
  read.nearest_address = row.text(56);
  read.attention = row.code_or_none<Attention>(57);
  read.unattended_at = row.instant_or_none(58);
  return read;
}

template <typename Tag>
std::optional<Key<Tag>> if_any(Key<Tag> key) {
  return key ? std::optional{key} : std::nullopt;
}

/// Where the case is found by what is near: while it is open or removed; the others are nobody's duplicate.
std::optional<std::int64_t> cell_for(const CaseRow& row) {
  if (!row.place.point || (!row.open() && row.state != CaseState::removed)) return std::nullopt;
  return cell_of(*row.place.point);
}

/// The values of all columns but the key, in the order of kWritten; kept in a local array of the
/// caller, since text values are views into the row.
std::array<Value, 62> values_of(const CaseRow& row) {
  const auto& point = row.place.point;
  return {to_value(row.id.municipality()), to_value(row.id), to_value(row.version), to_value(row.state), to_value(row.open()),
          to_value(row.source), to_value(row.category), to_value(row.category_confirmed), to_value(row.surface),
          to_value(row.object_type), to_value(point ? std::optional{point->lat} : std::nullopt),
          to_value(point ? std::optional{point->lon} : std::nullopt), to_value(cell_for(row)), to_value(row.place.address),
          to_value(row.place.designation), to_value(row.owner_id), to_value(row.routing_rule), to_value(row.routing_uncertain),
          to_value(row.opened_at), to_value(row.clock_started_at), to_value(row.first_reported_at),
          to_value(row.first_received_at), to_value(row.policy_version), to_value(row.due_at),
          to_value(row.due_at_without_holds), to_value(row.own_due_at), to_value(row.assigned_at), to_value(row.told_at),
          to_value(row.removed_at), to_value(row.recorded_at), to_value(row.method), to_value(row.cost_sek),
          to_value(row.evidence_confirmed), to_value(row.proactive), to_value(row.dismissal), to_value(row.non_removal),
          to_value(if_any(row.merged_into)), to_value(row.decided_at), to_value(row.deciding_owner_id),
          to_value(row.held_from), to_value(row.held_until), to_value(row.warn_at), to_value(row.checked_until),
          to_value(row.next_check_at), to_value(row.report_count), to_value(if_any(row.previous_case)),
          to_value(row.address_key), to_value(row.designation_key), to_value(row.routing_trace),
          to_value(row.has_holds), to_value(row.removal_entered_at),
          to_value(if_any(row.split_from)), to_value(row.former_owner_id), to_value(row.property_designation),
          to_value(row.district_id), to_value(row.hold_requested_at), to_value(row.merged_count), to_value(row.photo_count),
          to_value(row.point_derived), to_value(row.nearest_address), to_value(row.attention), to_value(row.unattended_at)};
}

constexpr std::array<std::string_view, 62> kWritten = {
    "municipality_id", "id", "version", "state", "is_open", "source", "category", "category_confirmed", "surface",
    "object_type", "lat", "lon", "cell", "address", "designation", "owner_id", "routing_rule", "routing_uncertain",
    "opened_at", "clock_started_at", "first_reported_at", "first_received_at", "policy_version", "due_at",
    "due_at_without_holds", "own_due_at", "assigned_at", "told_at", "removed_at", "recorded_at", "method", "cost_sek",
    "evidence_confirmed", "proactive", "dismissal", "non_removal", "merged_into", "decided_at", "deciding_owner_id",
    "held_from", "held_until", "warn_at", "checked_until", "next_check_at", "report_count", "previous_case",
    "address_key", "designation_key", "routing_trace", "has_holds", "removal_entered_at", "split_from",
    "former_owner_id", "property_designation", "district_id", "hold_requested_at", "merged_count", "photo_count",
    "point_derived", "nearest_address", "attention", "unattended_at"};

std::string insert_sql() {
  std::string names, marks;
  for (std::size_t i = 0; i < kWritten.size(); ++i) {
    names += (i ? ", " : "") + std::string{kWritten[i]};
    marks += (i ? ", $" : "$") + std::to_string(i + 1);
  }
  return "INSERT INTO cases (" + names + ") VALUES (" + marks + ")";
}

std::string update_sql() {
  std::string sets;
  for (std::size_t i = 2; i < kWritten.size(); ++i)
    sets += (i > 2 ? ", " : "") + std::string{kWritten[i]} + " = $" + std::to_string(i + 1);
  return "UPDATE cases SET " + sets + " WHERE municipality_id = $1 AND id = $2 AND version = $" +
         std::to_string(kWritten.size() + 1);
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
  if (query.public_view) add_public_view(where, query);
  return where;
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
    static const std::string sql = std::string{kColumns} + "AND id = $2";
    return connection_.find(sql, read_case, id.municipality(), id);
  }

  std::optional<CaseRow> find_to_change(CaseId id) override {
    static const std::string sql = std::string{kColumns} + "AND id = $2 {{for_update}}";
    return connection_.find(sql, read_case, id.municipality(), id);
  }

  Listing<CaseRow> list(MunicipalityId municipality, const CaseQuery& query) override {
    Conditions where = conditions_of(municipality, query);
    const std::string conditions = where.sql();
    Listing<CaseRow> listing;
    if (query.near) {
      // Few are near, so all are looked at and counted exactly.
      std::string sql = std::string{kColumns} + conditions;
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
    std::string sql = std::string{kColumns} + conditions;
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
    const std::string sql = std::string{kColumns} + where.sql() + "ORDER BY id";
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

  void each_link(MunicipalityId municipality, Instant until, const std::function<void(const Link&)>& visit) override {
    connection_.query("SELECT opened_at, id, previous_case FROM cases WHERE municipality_id = $1 AND opened_at < $2 ORDER BY opened_at, id",
                      [&](const Row& row) { visit({row.key<CaseId>(1), row.key<CaseId>(2), row.instant(0)}); }, municipality, until);
  }

  void each_excluded(MunicipalityId municipality, const std::function<void(const Merged&)>& visit) override {
    connection_.query("SELECT id, merged_into FROM cases WHERE municipality_id = $1 AND merged_into IS NOT NULL",
                      [&](const Row& row) { visit({row.key<CaseId>(0), row.key<CaseId>(1)}); }, municipality);
    connection_.query("SELECT id FROM cases WHERE municipality_id = $1 AND dismissal IS NOT NULL",
                      [&](const Row& row) { visit({row.key<CaseId>(0), CaseId{}}); }, municipality);
  }

  std::vector<Cost> costs(MunicipalityId municipality, Instant from, Instant to) override {
    return connection_.all(
        "SELECT owner_id, method, COUNT(*), CAST(SUM(cost_sek) AS BIGINT) FROM cases WHERE municipality_id = $1 AND cost_sek IS NOT NULL "
        "AND merged_into IS NULL AND removed_at >= $2 AND removed_at < $3 GROUP BY owner_id, method ORDER BY owner_id, method",
        [](const Row& row) { return Cost{row.text(0), row.code_or_none<RemovalMethod>(1), row.integer(2), row.integer(3)}; }, municipality,
        from, to);
  }

  std::vector<CaseRow> due_for_check(MunicipalityId municipality, Instant as_of, CheckedTo after, std::int64_t limit) override {
    static const std::string sql = std::string{kColumns} + "AND next_check_at <= $2 AND (next_check_at, id) > ($3, $4) "
                                                           "ORDER BY next_check_at, id LIMIT $5 {{skip_locked}}";
    return connection_.all(sql, read_case, municipality, as_of, after.next_check_at, after.id, limit);
  }

  void update_checks(const CaseRow& row) override {
    if (connection_.execute("UPDATE cases SET checked_until = $3, next_check_at = $4 WHERE municipality_id = $1 AND id = $2 "
                            "AND version = $5", row.id.municipality(), row.id, row.checked_until, row.next_check_at, row.version) != 1)
      throw Error{ErrorCode::stale, "The case has changed meanwhile; read it again."};
  }

  std::vector<OpenCount> count_open(const Settings& settings, Instant from, Instant to) override {
    std::map<std::tuple<LocalDate, std::string, std::string, std::string, int, std::string>, std::int64_t> counts;
    connection_.query(
        "SELECT first_received_at, deciding_owner_id, category, source, policy_version, district_id FROM cases "
        "WHERE municipality_id = $1 AND is_open = 1 AND due_at >= $2 AND due_at < $3",
        [&](const Row& row) {
          ++counts[{settings.zone.date_of(row.instant(0)), row.text(1), row.text(2), row.text(3), static_cast<int>(row.integer(4)),
                    row.text(5)}];
        },
        settings.municipality.id, from, to);
    std::vector<OpenCount> rows;
    for (const auto& [key, count] : counts)
      rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key), std::get<4>(key), std::get<5>(key), count});
    return rows;
  }

  void each_open(MunicipalityId municipality, const std::function<void(const Backlog&)>& visit) override {
    connection_.query("SELECT owner_id, due_at, warn_at, held_from, held_until FROM cases "
                      "WHERE municipality_id = $1 AND is_open = 1 ORDER BY due_at, id",
                      [&](const Row& row) {
                        visit({row.text(0), row.instant(1), row.instant_or_none(2), row.instant_or_none(3), row.instant_or_none(4)});
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
