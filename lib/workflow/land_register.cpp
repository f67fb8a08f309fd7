#include "workflow/land_register.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "domain/shape.h"

namespace klotterkoll {
namespace {

bool is_code(const std::string& text) {
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

void throw_if_any(std::vector<Fault> faults) {
  if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
}

void check_text(const std::string& text, const char* pointer, std::vector<Fault>& faults) {
  if (!is_clean_text(text)) faults.push_back({pointer, kUncleanText});
  if (text.size() > kMostLandText_bytes) faults.push_back({pointer, "At most " + std::to_string(kMostLandText_bytes) + " bytes."});
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

std::string interval(const Validity& validity) {
  return (validity.from ? "from " + format_date(*validity.from) : std::string{"always"}) +
         (validity.until ? " until " + format_date(*validity.until) : std::string{});
}

std::vector<Fault> faults_at_geometry(std::string fault) {
  return fault.empty() ? std::vector<Fault>{} : std::vector<Fault>{{"/geometry", std::move(fault)}};
}

bool is_of_polygons(const Shape& shape) { return shape.points.empty() && shape.lines.empty(); }

}  // namespace

std::vector<Fault> shape_faults(const Property& property, const Municipality& municipality) {
  if (!is_of_polygons(property.shape)) return faults_at_geometry("A property is a Polygon or a MultiPolygon.");
  return faults_at_geometry(property.shape.empty() ? "" : fault_in(property.shape, municipality));
}

std::vector<Fault> shape_faults(const PlacedObject& object, const Municipality& municipality) {
  return faults_at_geometry(fault_in(object.shape, municipality));
}

std::vector<Fault> shape_faults(const District& district, const Municipality& municipality) {
  if (district.district_id.empty()) return faults_at_geometry(district.shape.empty() ? "" : "The whole municipality has no shape of its own.");
  if (!is_of_polygons(district.shape)) return faults_at_geometry("A district is a Polygon or a MultiPolygon.");
  return faults_at_geometry(fault_in(district.shape, municipality));
}

Property save_property(Transaction& transaction, const Settings& settings, Property property, std::vector<Fault> faults) {
  const MunicipalityId municipality = settings.municipality.id;
  const auto designation = parse_designation(property.designation, settings.municipality.name);
  if (!designation) faults.push_back({"/designation", "\"" + shortened(property.designation, 80) + "\" is no designation; write it as HÖÖR KVARNBÄCK 1:23."});
  check_owner(transaction, settings, property.owner_id, "/owner_id", faults);
  check_days(property.validity, faults);
  if (property.addresses.size() > kMostAddresses) faults.push_back({"/addresses", "At most " + std::to_string(kMostAddresses) + " addresses."});
  for (const std::string& address : property.addresses) check_text(address, "/addresses", faults);
  throw_if_any(std::move(faults));
  property.designation = designation->display();
  property.addresses = distinct_addresses(std::move(property.addresses));
  property.shape = snapped(property.shape);
  for (const Property& other : transaction.land().properties_of(municipality, designation->property_key()))
    if (other.id != property.id && other.validity.overlaps(property.validity))
      throw Error{ErrorCode::conflict, property.designation + " is " + other.owner_id + "'s already, " + interval(other.validity) +
                                           "; a property has one owner at a time.", "/designation"};
  if (!property.id) property.id = transaction.next_property_id(municipality);
  transaction.land().save(settings, property);
  return transaction.land().find(property.id).value();
}

Property hand_over(Transaction& transaction, const Settings& settings, const Property& present, Property next, LocalDate on, std::vector<Fault> faults) {
  if (!present.validity.holds_on(on) || !present.validity.holds_on(on - std::chrono::days{1}))
    faults.push_back({"/valid_from", present.designation + " is " + present.owner_id + "'s " + interval(present.validity) +
                                         "; it changes hands on a day after its first, before it ends, not on " + format_date(on) + "."});
  const auto key = [&](const Property& one) { return property_key(one.designation, settings.municipality.name); };
  if (key(next) != key(present)) faults.push_back({"/designation", "It changes hands as " + present.designation + "; another designation is a correction."});
  check_owner(transaction, settings, next.owner_id, "/owner_id", faults);
  throw_if_any(std::move(faults));
  end_property(transaction, settings, present, on);
  next.id = {};
  next.version = 1;
  next.validity.from = on;
  return save_property(transaction, settings, std::move(next));
}

Property end_property(Transaction& transaction, const Settings& settings, Property present, LocalDate on) {
  present.validity.until = on;
  return save_property(transaction, settings, std::move(present));
}

PlacedObject save_object(Transaction& transaction, const Settings& settings, PlacedObject object, std::vector<Fault> faults) {
  check_owner(transaction, settings, object.owner_id, "/owner_id", faults);
  check_days(object.validity, faults);
  check_text(object.label, "/label", faults);
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

District save_district(Transaction& transaction, const Settings& settings, District district, std::vector<Fault> faults) {
  const MunicipalityId municipality = settings.municipality.id;
  const bool whole = district.district_id.empty();
  // "all" is how the whole municipality is called in paths, "none" the group of cases without a district.
  if (!whole && (!is_code(district.district_id) || district.district_id == "all" || district.district_id == "none"))
    faults.push_back({"/district_id", "A district's id is 1 to 64 of a-z, 0-9 and \"-\", such as tjornarp; all and none mean something else."});
  check_text(district.name, "/name", faults);
  if (!whole && district.name.empty()) faults.push_back({"/name", "A district has a name, such as Tjörnarp."});
  if (!district.default_owner_id.empty()) check_owner(transaction, settings, district.default_owner_id, "/default_owner_id", faults);
  for (const auto& [type, owner_id] : district.object_owners)
    check_owner(transaction, settings, owner_id, "/object_owners/" + std::string{to_code(type)}, faults);
  throw_if_any(std::move(faults));
  district.shape = snapped(district.shape);
  transaction.land().save(settings, district);
  return transaction.land().find_district(municipality, district.district_id).value();
}

}  // namespace klotterkoll
