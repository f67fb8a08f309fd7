#include "workflow/land_register.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "domain/shape.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMostText = 300, kMostAddresses = 1000;

bool is_code(const std::string& text) {
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

void throw_if_any(std::vector<Fault> faults) {
  if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
}

void check_text(const std::string& text, const char* pointer, std::vector<Fault>& faults) {
  if (!is_clean_text(text)) faults.push_back({pointer, kUncleanText});
  if (text.size() > kMostText) faults.push_back({pointer, "At most " + std::to_string(kMostText) + " bytes."});
}

void check_owner(Transaction& transaction, const Settings& settings, const std::string& owner_id, const std::string& pointer, std::vector<Fault>& faults) {
  if (!transaction.owners().find(settings.municipality.id, owner_id))
    faults.push_back({pointer, "There is no owner \"" + shortened(owner_id, 80) + "\" in " + settings.municipality.name + "."});
}

void check_days(const Validity& validity, std::vector<Fault>& faults) {
  if (validity.from && validity.until && *validity.from >= *validity.until)
    faults.push_back({"/valid_to", "valid_to is the day after the last one, so it lies after valid_from; " + format_date(*validity.until) +
                                       " does not lie after " + format_date(*validity.from) + "."});
}

void check_shape(const Settings& settings, const Shape& shape, std::vector<Fault>& faults) {
  if (std::string fault = fault_in(shape, settings.municipality); !fault.empty()) faults.push_back({"/geometry", std::move(fault)});
}

std::string interval(const Validity& validity) {
  return (validity.from ? "from " + format_date(*validity.from) : std::string{"always"}) +
         (validity.until ? " until " + format_date(*validity.until) : std::string{});
}

/// What two spellings of one address would be kept as once.
std::vector<std::string> each_once(std::vector<std::string> addresses) {
  std::vector<std::string> kept, keys;
  for (std::string& address : addresses) {
    std::string key = address_key(address);
    if (key.empty() || std::ranges::find(keys, key) != keys.end()) continue;
    keys.push_back(std::move(key));
    kept.push_back(std::move(address));
  }
  return kept;
}

}  // namespace

std::string fault_in(const Shape& shape, const Municipality& municipality) {
  if (std::string fault = fault_in(shape); !fault.empty()) return fault;
  if (municipality.calendar != Calendar::se) return "";
  const auto first = [&] {
    if (!shape.polygons.empty()) return shape.polygons.front().outer.front();
    return shape.lines.empty() ? shape.points.front() : shape.lines.front().front();
  }();
  if (kSweden.contains(first)) return "";
  if (kSweden.contains({first.lon, first.lat})) return "Latitude and longitude are swapped; GeoJSON has the longitude first, about 11 to 24 in Sweden.";
  return "It lies outside Sweden.";
}

Property save_property(Transaction& transaction, const Settings& settings, Property property) {
  const MunicipalityId municipality = settings.municipality.id;
  std::vector<Fault> faults;
  const auto designation = parse_designation(property.designation, settings.municipality.name);
  if (!designation) faults.push_back({"/designation", "\"" + shortened(property.designation, 80) + "\" is no designation; write it as HÖÖR KVARNBÄCK 1:23."});
  check_owner(transaction, settings, property.owner_id, "/owner_id", faults);
  check_days(property.validity, faults);
  if (property.addresses.size() > kMostAddresses) faults.push_back({"/addresses", "At most 1,000 addresses."});
  for (const std::string& address : property.addresses) check_text(address, "/addresses", faults);
  if (!property.shape.points.empty() || !property.shape.lines.empty())
    faults.push_back({"/geometry", "A property is a Polygon or a MultiPolygon."});
  else if (!property.shape.polygons.empty())
    check_shape(settings, property.shape, faults);
  throw_if_any(std::move(faults));
  property.designation = designation->display();
  property.addresses = each_once(std::move(property.addresses));
  property.shape = snapped(property.shape);
  for (const Property& other : transaction.land().properties_of(municipality, designation->property_key()))
    if (other.id != property.id && other.validity.overlaps(property.validity))
      throw Error{ErrorCode::conflict, property.designation + " is " + other.owner_id + "'s already, " + interval(other.validity) +
                                           "; a property has one owner at a time.", "/designation"};
  if (!property.id) property.id = transaction.next_property_id(municipality);
  transaction.land().save(settings, property);
  return transaction.land().find(property.id).value();
}

Property hand_over(Transaction& transaction, const Settings& settings, const Property& present, const std::string& owner_id, LocalDate on) {
  if (!present.validity.holds_on(on) || !present.validity.holds_on(on - std::chrono::days{1}))
    throw Error{ErrorCode::refused, present.designation + " is " + present.owner_id + "'s " + interval(present.validity) +
                                        "; it changes hands on a day within that.", "/valid_from"};
  Property next = present;
  end_property(transaction, settings, present, on);
  next.id = {};
  next.version = 1;
  next.owner_id = owner_id;
  next.validity.from = on;
  return save_property(transaction, settings, std::move(next));
}

Property end_property(Transaction& transaction, const Settings& settings, Property present, LocalDate on) {
  present.validity.until = on;
  return save_property(transaction, settings, std::move(present));
}

PlacedObject save_object(Transaction& transaction, const Settings& settings, PlacedObject object) {
  std::vector<Fault> faults;
  check_owner(transaction, settings, object.owner_id, "/owner_id", faults);
  check_days(object.validity, faults);
  check_text(object.label, "/label", faults);
  check_shape(settings, object.shape, faults);
  throw_if_any(std::move(faults));
  object.shape = snapped(object.shape);
  if (!object.id) object.id = transaction.next_object_id(settings.municipality.id);
  transaction.land().save(settings, object);
  return transaction.land().find(object.id).value();
}

void save_address(Transaction& transaction, const Settings& settings, const AddressPoint& address) {
  std::vector<Fault> faults;
  check_text(address.address, "/address", faults);
  if (address_key(address.address).empty()) faults.push_back({"/address", "An address has letters or digits, such as Storgatan 12."});
  if (!address.designation.empty() && !parse_designation(address.designation, settings.municipality.name))
    faults.push_back({"/designation", "\"" + shortened(address.designation, 80) + "\" is no designation; write it as HÖÖR KVARNBÄCK 1:23."});
  if (std::string fault = fault_in(Shape{{address.point}, {}, {}}, settings.municipality); !fault.empty()) faults.push_back({"/lat", std::move(fault)});
  throw_if_any(std::move(faults));
  transaction.land().save(settings, address);
}

District save_district(Transaction& transaction, const Settings& settings, const District& district) {
  const MunicipalityId municipality = settings.municipality.id;
  const bool whole = district.district_id.empty();
  std::vector<Fault> faults;
  // "all" is how the whole municipality is called in paths, "none" the group of cases without a district.
  if (!whole && (!is_code(district.district_id) || district.district_id == "all" || district.district_id == "none"))
    faults.push_back({"/district_id", "A district's id is 1 to 64 of a-z, 0-9 and \"-\", such as tjornarp; all and none mean something else."});
  check_text(district.name, "/name", faults);
  if (!whole && district.name.empty()) faults.push_back({"/name", "A district has a name, such as Tjörnarp."});
  if (!district.default_owner_id.empty()) check_owner(transaction, settings, district.default_owner_id, "/default_owner_id", faults);
  for (const auto& [type, owner_id] : district.object_owners)
    check_owner(transaction, settings, owner_id, "/object_owners/" + std::string{to_code(type)}, faults);
  if (whole && !district.shape.empty()) faults.push_back({"/geometry", "The whole municipality has no shape of its own."});
  if (!whole && (!district.shape.points.empty() || !district.shape.lines.empty()))
    faults.push_back({"/geometry", "A district is a Polygon or a MultiPolygon."});
  else if (!whole)
    check_shape(settings, district.shape, faults);
  throw_if_any(std::move(faults));
  District saved = district;
  saved.shape = snapped(district.shape);
  transaction.land().save(settings, saved);
  return transaction.land().find_district(municipality, district.district_id).value();
}

}  // namespace klotterkoll
