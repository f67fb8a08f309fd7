#include "domain/land.h"

#include <algorithm>

#include "base/error.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "domain/shape.h"
#include "store/shape_text.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kProperty =
    "SELECT id, designation, owner_id, valid_from, valid_to, version, shape FROM properties WHERE municipality_id = $1 ";
constexpr std::string_view kObject =
    "SELECT id, object_type, label, owner_id, valid_from, valid_to, version, shape FROM objects WHERE municipality_id = $1 ";
constexpr std::string_view kAddress = "SELECT address, lat, lon, designation, is_alias, by_officer FROM addresses WHERE municipality_id = $1 ";
constexpr std::string_view kDistrict = "SELECT district_id, name, version, shape FROM districts WHERE municipality_id = $1 ";
constexpr std::string_view kSpot =
    "SELECT case_id, lat, lon, address, designation, object_type, owner_id, remembered_at FROM remembered_spots WHERE municipality_id = $1 ";
constexpr std::string_view kUnmatched =
    "SELECT id, address, times, first_seen_at, last_seen_at, last_case, resolved_at FROM unmatched_addresses WHERE municipality_id = $1 ";

std::optional<LocalDate> day_or_none(const Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional{row.day(column)};
}

Property read_property(const Row& row) {
  Property property;
  property.id = row.key<PropertyId>(0);
  property.designation = row.text(1);
  property.owner_id = row.text(2);
  property.validity = {day_or_none(row, 3), day_or_none(row, 4)};
  property.version = row.integer(5);
  property.shape = shape_from_text(row.text(6));
  return property;
}

PlacedObject read_object(const Row& row) {
  PlacedObject object;
  object.id = row.key<ObjectId>(0);
  object.type = row.code<ObjectType>(1);
  object.label = row.text(2);
  object.owner_id = row.text(3);
  object.validity = {day_or_none(row, 4), day_or_none(row, 5)};
  object.version = row.integer(6);
  object.shape = shape_from_text(row.text(7));
  return object;
}

AddressPoint read_address(const Row& row) {
  return {row.text(0), {row.real(1), row.real(2)}, row.text(3), row.flag(4), row.flag(5)};
}

RememberedSpot read_spot(const Row& row) {
  RememberedSpot spot;
  spot.case_id = row.key<CaseId>(0);
  if (!row.is_null(1)) spot.place.point = Point{row.real(1), row.real(2)};
  spot.place.address = row.text(3);
  spot.place.designation = row.text(4);
  spot.object_type = row.code_or_none<ObjectType>(5);
  spot.owner_id = row.text(6);
  spot.remembered_at = row.instant(7);
  return spot;
}

UnmatchedAddress read_unmatched(const Row& row) {
  return {row.key<QueueId>(0), row.text(1), row.integer(2), row.instant(3), row.instant(4), row.key<CaseId>(5), row.instant_or_none(6)};
}

/// The conditions of a LandQuery, with their values numbered from $2.
class Narrowing {
 public:
  explicit Narrowing(MunicipalityId municipality) : values_{to_value(municipality)} {}

  template <typename T>
  std::string bind(const T& value) {
    values_.push_back(to_value(value));
    return "$" + std::to_string(values_.size());
  }
  void add(const std::string& condition) { sql_ += "AND " + condition + " "; }
  void add_day(const std::optional<LocalDate>& on) {
    if (!on) return;
    const std::string day = bind(*on);
    add("(valid_from IS NULL OR valid_from <= " + day + ") AND (valid_to IS NULL OR valid_to > " + day + ")");
  }
  const std::string& sql() const { return sql_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::string sql_;
  std::vector<Value> values_;
};

/// What a place without a point is found by: its address, else its designation.
std::string place_key(const Place& place, const Settings& settings) {
  if (place.point) return "";
  if (!place.address.empty()) return "a " + address_key(place.address);
  return place.designation.empty() ? "" : "d " + property_key(place.designation, settings.municipality.name);
}

bool is_other_type(std::optional<ObjectType> a, std::optional<ObjectType> b) { return a && b && *a != *b; }

class SqlLand final : public LandTable {
 public:
  explicit SqlLand(SqlContext& context) : context_(context), connection_(context.connection) {}

  std::int64_t version(MunicipalityId municipality) override {
    if (const auto known = context_.land_versions.find(municipality); known != context_.land_versions.end()) return known->second;
    return context_.land_versions[municipality] =
               connection_.find("SELECT land_version FROM municipalities WHERE id = $1", [](const Row& row) { return row.integer(0); }, municipality)
                   .value_or(0);
  }

  Surroundings around(MunicipalityId municipality, Point point) override {
    const std::int64_t present = version(municipality);
    if (present == 0 || !context_.cache.spots) return {};
    return context_.cache.spots->of(*this, municipality, present, !context_.land_changed)->around(point);
  }

  // Properties.

  void save(const Settings& settings, const Property& property) override {
    const MunicipalityId municipality = settings.municipality.id;
    const std::int64_t changed = count_change(municipality);
    connection_.execute(
        "INSERT INTO properties (municipality_id, id, designation_key, designation, owner_id, valid_from, valid_to, version, changed, shape) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (municipality_id, id) DO UPDATE SET "
        "designation_key = excluded.designation_key, designation = excluded.designation, owner_id = excluded.owner_id, "
        "valid_from = excluded.valid_from, valid_to = excluded.valid_to, version = properties.version + 1, "
        "changed = excluded.changed, shape = excluded.shape",
        municipality, property.id, property_key(property.designation, settings.municipality.name), property.designation, property.owner_id,
        property.validity.from, property.validity.until, property.version, changed, shape_to_text(property.shape));
    remove_addresses(property.id);
    for (std::size_t i = 0; i < property.addresses.size(); ++i)
      connection_.execute(
          "INSERT INTO property_addresses (municipality_id, address_key, property_id, position, address) VALUES ($1, $2, $3, $4, $5) "
          "ON CONFLICT (municipality_id, address_key, property_id) DO NOTHING",
          municipality, address_key(property.addresses[i]), property.id, static_cast<std::int64_t>(i), property.addresses[i]);
  }

  std::optional<Property> find(PropertyId id) override {
    static const std::string sql = std::string{kProperty} + "AND id = $2";
    auto property = connection_.find(sql, read_property, id.municipality(), id);
    if (property) add_addresses(*property);
    return property;
  }

  void remove(PropertyId id) override {
    count_change(id.municipality());
    remove_addresses(id);
    connection_.execute("DELETE FROM properties WHERE municipality_id = $1 AND id = $2", id.municipality(), id);
  }

  std::vector<Property> properties_of(MunicipalityId municipality, const std::string& key) override {
    static const std::string sql = std::string{kProperty} + "AND designation_key = $2";
    auto found = with_addresses(connection_.all(sql, read_property, municipality, key));
    std::ranges::sort(found, {}, [](const Property& one) { return std::pair{one.validity.from.value_or(LocalDate::min()), one.id}; });
    return found;
  }

  std::optional<Property> by_designation(MunicipalityId municipality, const std::string& key, LocalDate on) override {
    static const std::string sql = std::string{kProperty} +
                                   "AND designation_key = $2 AND (valid_from IS NULL OR valid_from <= $3) "
                                   "AND (valid_to IS NULL OR valid_to > $3)";
    auto found = connection_.find(sql, read_property, municipality, key, on);
    if (found) add_addresses(*found);
    return found;
  }

  std::vector<Property> by_address(MunicipalityId municipality, const std::string& key, LocalDate on) override {
    const auto ids = connection_.all(
        "SELECT property_id FROM property_addresses WHERE municipality_id = $1 AND address_key = $2 ORDER BY property_id",
        [](const Row& row) { return row.key<PropertyId>(0); }, municipality, key);
    std::vector<Property> found;
    for (const PropertyId id : ids)
      if (auto property = find(id); property && property->validity.holds_on(on)) found.push_back(std::move(*property));
    return found;
  }

  Listing<Property> properties(MunicipalityId municipality, const LandQuery& query) override {
    Narrowing where{municipality};
    if (!query.key.empty()) where.add("designation_key = " + where.bind(query.key));
    if (!query.owner_id.empty()) where.add("owner_id = " + where.bind(query.owner_id));
    where.add_day(query.on);
    auto listing = list(kProperty, "properties", where, "designation_key, id", query.page, read_property);
    listing.items = with_addresses(std::move(listing.items));
    return listing;
  }

  std::vector<Property> properties_after(MunicipalityId municipality, PropertyId after, std::int64_t most) override {
    static const std::string sql = std::string{kProperty} + "AND id > $2 ORDER BY id LIMIT $3";
    return with_addresses(connection_.all(sql, read_property, municipality, after, most));
  }

  // Objects.

  void save(const Settings& settings, const PlacedObject& object) override {
    const MunicipalityId municipality = settings.municipality.id;
    const std::int64_t changed = count_change(municipality);
    connection_.execute(
        "INSERT INTO objects (municipality_id, id, object_type, label, owner_id, valid_from, valid_to, version, changed, shape) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (municipality_id, id) DO UPDATE SET "
        "object_type = excluded.object_type, label = excluded.label, owner_id = excluded.owner_id, valid_from = excluded.valid_from, "
        "valid_to = excluded.valid_to, version = objects.version + 1, changed = excluded.changed, shape = excluded.shape",
        municipality, object.id, object.type, object.label, object.owner_id, object.validity.from, object.validity.until, object.version,
        changed, shape_to_text(object.shape));
  }

  std::optional<PlacedObject> find(ObjectId id) override {
    static const std::string sql = std::string{kObject} + "AND id = $2";
    return connection_.find(sql, read_object, id.municipality(), id);
  }

  void remove(ObjectId id) override {
    count_change(id.municipality());
    connection_.execute("DELETE FROM objects WHERE municipality_id = $1 AND id = $2", id.municipality(), id);
  }

  Listing<PlacedObject> objects(MunicipalityId municipality, const LandQuery& query) override {
    Narrowing where{municipality};
    if (query.object_type) where.add("object_type = " + where.bind(*query.object_type));
    if (!query.owner_id.empty()) where.add("owner_id = " + where.bind(query.owner_id));
    where.add_day(query.on);
    return list(kObject, "objects", where, "id", query.page, read_object);
  }

  std::vector<PlacedObject> objects_after(MunicipalityId municipality, ObjectId after, std::int64_t most) override {
    static const std::string sql = std::string{kObject} + "AND id > $2 ORDER BY id LIMIT $3";
    return connection_.all(sql, read_object, municipality, after, most);
  }

  // Addresses.

  void save(const Settings& settings, const AddressPoint& address) override {
    const MunicipalityId municipality = settings.municipality.id;
    count_change(municipality);
    const Point point = from_grid(on_grid(address.point));
    connection_.execute(
        "INSERT INTO addresses (municipality_id, address_key, address, lat, lon, cell, designation, is_alias, by_officer) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (municipality_id, address_key) DO UPDATE SET address = excluded.address, "
        "lat = excluded.lat, lon = excluded.lon, cell = excluded.cell, designation = excluded.designation, is_alias = excluded.is_alias, "
        "by_officer = excluded.by_officer",
        municipality, address_key(address.address), address.address, point.lat, point.lon, cell_of(point), address.designation, address.alias,
        address.by_officer);
  }

  std::optional<AddressPoint> find_address(MunicipalityId municipality, const std::string& key) override {
    static const std::string sql = std::string{kAddress} + "AND address_key = $2";
    return connection_.find(sql, read_address, municipality, key);
  }

  void remove_address(MunicipalityId municipality, const std::string& key) override {
    count_change(municipality);
    connection_.execute("DELETE FROM addresses WHERE municipality_id = $1 AND address_key = $2", municipality, key);
  }

  std::vector<NearAddress> addresses_near(MunicipalityId municipality, Point point, double radius_m, std::size_t most) override {
    static const std::string sql = std::string{kAddress} + "AND cell BETWEEN $2 AND $3";
    std::vector<NearAddress> found;
    for (const auto [first, last] : cells_around(point, radius_m))
      connection_.query(sql, [&](const Row& row) {
        AddressPoint address = read_address(row);
        if (const double away = distance_m(point, address.point); away <= radius_m) found.push_back({std::move(address), away});
      }, municipality, first, last);
    std::ranges::sort(found, [](const NearAddress& a, const NearAddress& b) {
      return std::tie(a.away_m, a.address.alias, a.address.address) < std::tie(b.away_m, b.address.alias, b.address.address);
    });
    found.resize(std::min(most, found.size()));
    return found;
  }

  Listing<AddressPoint> addresses(MunicipalityId municipality, const LandQuery& query) override {
    Narrowing where{municipality};
    // What begins so lies between the key and the key followed by what no text has.
    const std::string after = query.key + "\xF4\x8F\xBF\xBF";
    if (!query.key.empty()) where.add("address_key >= " + where.bind(query.key) + " AND address_key <= " + where.bind(after));
    return list(kAddress, "addresses", where, "address_key", query.page, read_address);
  }

  std::vector<AddressPoint> addresses_after(MunicipalityId municipality, const std::string& key, std::int64_t most) override {
    static const std::string sql = std::string{kAddress} + "AND address_key > $2 ORDER BY address_key LIMIT $3";
    return connection_.all(sql, read_address, municipality, key, most);
  }

  // Districts.

  void save(const Settings& settings, const District& district) override {
    const MunicipalityId municipality = settings.municipality.id;
    const std::int64_t changed = count_change(municipality);
    connection_.execute(
        "INSERT INTO districts (municipality_id, district_id, name, version, changed, shape) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (municipality_id, district_id) DO UPDATE SET name = excluded.name, version = districts.version + 1, "
        "changed = excluded.changed, shape = excluded.shape",
        municipality, district.district_id, district.name, district.version, changed, shape_to_text(district.shape));
    remove_district_owners(municipality, district.district_id);
    if (!district.default_owner_id.empty()) add_district_owner(municipality, district.district_id, "", district.default_owner_id);
    for (const auto& [type, owner_id] : district.object_owners) add_district_owner(municipality, district.district_id, to_code(type), owner_id);
  }

  std::optional<District> find_district(MunicipalityId municipality, const std::string& district_id) override {
    static const std::string sql = std::string{kDistrict} + "AND district_id = $2";
    auto found = connection_.find(sql, read_district, municipality, district_id);
    if (found) add_district_owners(municipality, *found);
    return found;
  }

  void remove_district(MunicipalityId municipality, const std::string& district_id) override {
    count_change(municipality);
    remove_district_owners(municipality, district_id);
    connection_.execute("DELETE FROM districts WHERE municipality_id = $1 AND district_id = $2", municipality, district_id);
  }

  std::vector<District> districts(MunicipalityId municipality) override {
    static const std::string sql = std::string{kDistrict} + "ORDER BY district_id";
    auto found = connection_.all(sql, read_district, municipality);
    for (District& district : found) add_district_owners(municipality, district);
    return found;
  }

  // What officers taught.

  void remember(const Settings& settings, const RememberedSpot& spot) override {
    const MunicipalityId municipality = settings.municipality.id;
    count_change(municipality);
    forget(spot.case_id);
    for (const RememberedSpot& other : spots_at(settings, spot.place))
      if (other.object_type == spot.object_type) forget(other.case_id);
    const auto& point = spot.place.point;
    connection_.execute(
        "INSERT INTO remembered_spots (municipality_id, case_id, lat, lon, cell, address, designation, place_key, object_type, owner_id, "
        "remembered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        municipality, spot.case_id, point ? std::optional{point->lat} : std::nullopt, point ? std::optional{point->lon} : std::nullopt,
        point ? std::optional{cell_of(*point)} : std::nullopt, spot.place.address, spot.place.designation, place_key(spot.place, settings),
        spot.object_type, spot.owner_id, spot.remembered_at);
  }

  std::optional<RememberedSpot> remembered(const Settings& settings, const Place& place, std::optional<ObjectType> object_type) override {
    auto spots = spots_at(settings, place);
    // What was taught of a wall says nothing of what else may stand there.
    const bool of_building = !object_type || *object_type == ObjectType::building;
    std::erase_if(spots, [&](const RememberedSpot& spot) {
      return is_other_type(spot.object_type, object_type) || (!spot.object_type && !of_building);
    });
    const auto best = std::ranges::min_element(spots, {}, [&](const RememberedSpot& spot) {
      const double away = place.point ? distance_m(*place.point, *spot.place.point) : 0;
      return std::tuple{spot.object_type != object_type, away, -to_unix(spot.remembered_at), spot.case_id};
    });
    return best == spots.end() ? std::nullopt : std::optional{*best};
  }

  void forget(CaseId case_id) override {
    connection_.execute("DELETE FROM remembered_spots WHERE municipality_id = $1 AND case_id = $2", case_id.municipality(), case_id);
  }

  Listing<RememberedSpot> remembered_spots(MunicipalityId municipality, const Page& page) override {
    Narrowing where{municipality};
    return list(kSpot, "remembered_spots", where, "remembered_at DESC, case_id DESC", page, read_spot);
  }

  // Addresses that nothing matched.

  bool knows_addresses(MunicipalityId municipality) override {
    const auto any = [&](const char* sql) { return connection_.find(sql, [](const Row&) { return true; }, municipality).has_value(); };
    return any("SELECT 1 FROM addresses WHERE municipality_id = $1 LIMIT 1") || any("SELECT 1 FROM property_addresses WHERE municipality_id = $1 LIMIT 1");
  }

  void queue_unmatched(QueueId id, const std::string& address, CaseId case_id, Instant now) override {
    connection_.execute(
        "INSERT INTO unmatched_addresses (municipality_id, address_key, id, address, times, first_seen_at, last_seen_at, last_case, resolved_at) "
        "VALUES ($1, $2, $3, $4, 1, $5, $5, $6, NULL) ON CONFLICT (municipality_id, address_key) DO UPDATE SET "
        "times = unmatched_addresses.times + 1, last_seen_at = excluded.last_seen_at, last_case = excluded.last_case",
        id.municipality(), address_key(address), id, address, now, case_id);
  }

  Listing<UnmatchedAddress> unmatched(MunicipalityId municipality, const Page& page) override {
    Narrowing where{municipality};
    where.add("resolved_at IS NULL");
    return list(kUnmatched, "unmatched_addresses", where, "last_seen_at DESC, id DESC", page, read_unmatched);
  }

  std::optional<UnmatchedAddress> find_unmatched(QueueId id) override {
    static const std::string sql = std::string{kUnmatched} + "AND id = $2";
    return connection_.find(sql, read_unmatched, id.municipality(), id);
  }

  void resolve_unmatched(QueueId id, Instant now) override {
    connection_.execute("UPDATE unmatched_addresses SET resolved_at = $3 WHERE municipality_id = $1 AND id = $2 AND resolved_at IS NULL",
                        id.municipality(), id, now);
  }

  // For the index.

  void each_shape(MunicipalityId municipality, std::int64_t since, ShapesTo& to, std::int64_t most,
                  const std::function<void(IndexedShape)>& visit) override {
    std::int64_t seen = 0;
    if (to.table == 0) seen += each_shape_of<PropertyId>("properties", municipality, since, to, most, visit, &IndexedShape::property);
    if (to.table == 1 && seen < most) seen += each_shape_of<ObjectId>("objects", municipality, since, to, most - seen, visit, &IndexedShape::object);
    if (to.table != 2 || seen >= most) return;
    // There are few districts.
    connection_.query("SELECT district_id, shape FROM districts WHERE municipality_id = $1 AND changed > $2",
                      [&](const Row& row) { visit({{}, {}, row.text(0), shape_from_text(row.text(1))}); }, municipality, since);
    to.at_end = true;
  }

 private:
  /// Counts the register's version up, once in a unit of work, and holds its row until the transaction ends: so that whoever
  /// sees a version sees every change up to it.
  std::int64_t count_change(MunicipalityId municipality) {
    auto& counted = context_.land_counted[municipality];
    if (counted == 0) {
      counted = connection_.find("UPDATE municipalities SET land_version = land_version + 1 WHERE id = $1 RETURNING land_version",
                                 [](const Row& row) { return row.integer(0); }, municipality).value();
      context_.land_versions[municipality] = counted;
      context_.land_changed = true;
    }
    return counted;
  }

  template <typename Read>
  Listing<std::invoke_result_t<Read, const Row&>> list(std::string_view select, const char* table, Narrowing& where, const char* order, const Page& page, Read&& read) {
    Listing<std::invoke_result_t<Read, const Row&>> listing;
    const std::string counted = std::string{"SELECT COUNT(*) FROM (SELECT 1 FROM "} + table + " WHERE municipality_id = $1 " + where.sql() +
                                "LIMIT " + std::to_string(kCountedUpTo + 1) + ") counted";
    connection_.run(counted, where.values(), [&](const Row& row) { listing.total = row.integer(0); });
    std::string sql = std::string{select} + where.sql() + "ORDER BY " + order;
    sql += " LIMIT " + where.bind(page.limit);
    sql += " OFFSET " + where.bind(page.offset);
    connection_.run(sql, where.values(), [&](const Row& row) { listing.items.push_back(read(row)); });
    return listing;
  }

  template <typename Id, typename Member>
  std::int64_t each_shape_of(const char* table, MunicipalityId municipality, std::int64_t since, ShapesTo& to, std::int64_t most,
                             const std::function<void(IndexedShape)>& visit, Member member) {
    // All of them by key, as they lie; what has changed, in the order in which it did.
    const std::string sql = std::string{"SELECT id, changed, shape FROM "} + table + " WHERE municipality_id = $1 AND " +
                            (since == 0 ? "id > $3 AND changed >= $2 ORDER BY id LIMIT $4" : "(changed, id) > ($2, $3) ORDER BY changed, id LIMIT $4");
    if (since > 0 && to.changed < since) to.changed = since, to.id = Id{municipality, (std::int64_t{1} << kKeyNumberBits) - 1}.value;
    const std::int64_t changed = since == 0 ? 0 : to.changed;
    std::int64_t seen = 0;
    connection_.query(sql, [&](const Row& row) {
      IndexedShape shape;
      shape.*member = row.key<Id>(0);
      shape.shape = shape_from_text(row.text(2));
      to.id = row.integer(0);
      to.changed = row.integer(1);
      ++seen;
      visit(std::move(shape));
    }, municipality, changed, to.id, most);
    if (seen < most) to.table += 1, to.changed = to.id = 0;
    return seen;
  }

  void remove_addresses(PropertyId id) {
    connection_.execute("DELETE FROM property_addresses WHERE municipality_id = $1 AND property_id = $2", id.municipality(), id);
  }

  void add_addresses(Property& property) {
    connection_.query("SELECT address FROM property_addresses WHERE municipality_id = $1 AND property_id = $2 ORDER BY position",
                      [&](const Row& row) { property.addresses.push_back(row.text(0)); }, property.id.municipality(), property.id);
  }

  std::vector<Property> with_addresses(std::vector<Property> properties) {
    for (Property& property : properties) add_addresses(property);
    return properties;
  }

  static District read_district(const Row& row) {
    District district;
    district.district_id = row.text(0);
    district.name = row.text(1);
    district.version = row.integer(2);
    district.shape = shape_from_text(row.text(3));
    return district;
  }

  void add_district_owners(MunicipalityId municipality, District& district) {
    connection_.query("SELECT object_type, owner_id FROM district_owners WHERE municipality_id = $1 AND district_id = $2",
                      [&](const Row& row) {
                        if (const auto type = row.code_or_none<ObjectType>(0))
                          district.object_owners.emplace_back(*type, row.text(1));
                        else
                          district.default_owner_id = row.text(1);
                      }, municipality, district.district_id);
    std::ranges::sort(district.object_owners);
  }

  void add_district_owner(MunicipalityId municipality, const std::string& district_id, std::string_view object_type, const std::string& owner_id) {
    connection_.execute("INSERT INTO district_owners (municipality_id, district_id, object_type, owner_id) VALUES ($1, $2, $3, $4)",
                        municipality, district_id, object_type, owner_id);
  }

  void remove_district_owners(MunicipalityId municipality, const std::string& district_id) {
    connection_.execute("DELETE FROM district_owners WHERE municipality_id = $1 AND district_id = $2", municipality, district_id);
  }

  /// What is remembered within kSamePlace_m, or by the same words.
  std::vector<RememberedSpot> spots_at(const Settings& settings, const Place& place) {
    std::vector<RememberedSpot> spots;
    const MunicipalityId municipality = settings.municipality.id;
    if (!place.point) {
      const std::string key = place_key(place, settings);
      static const std::string sql = std::string{kSpot} + "AND place_key = $2 AND place_key <> ''";
      if (!key.empty()) spots = connection_.all(sql, read_spot, municipality, key);
      return spots;
    }
    static const std::string sql = std::string{kSpot} + "AND cell BETWEEN $2 AND $3";
    for (const auto [first, last] : cells_around(*place.point, kSamePlace_m))
      connection_.query(sql, [&](const Row& row) {
        RememberedSpot spot = read_spot(row);
        if (distance_m(*place.point, *spot.place.point) <= kSamePlace_m) spots.push_back(std::move(spot));
      }, municipality, first, last);
    return spots;
  }

  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

std::unique_ptr<LandTable> make_land_table(SqlContext& context) { return std::make_unique<SqlLand>(context); }

}  // namespace klotterkoll
