// The register of whose wall it is: properties, objects, districts, addresses, and what officers taught the router.

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/number.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "domain/shape.h"
#include "json/case_json.h"
#include "json/geometry_json.h"
#include "json/values.h"
#include "router.h"
#include "workflow/land_register.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kRoot = "/api/v1/municipalities/{}";
/// How the whole municipality, whose district has no id, is called in a path.
const std::string kWhole = "all";

json shown_day(std::optional<LocalDate> day) { return day ? json(format_date(*day)) : json{}; }

/// A day in a body.
std::optional<LocalDate> day_in(const json& body, const char* name, std::vector<Fault>& faults) {
  const std::string written = text_in(body, name);
  if (written.empty()) return std::nullopt;
  const auto day = parse_date(written);
  if (!day) faults.push_back({std::string{"/"} + name, "\"" + written + "\" is no date; write it as 2026-11-20."});
  return day;
}

Validity validity_in(const json& body, std::vector<Fault>& faults) {
  return {day_in(body, "valid_from", faults), day_in(body, "valid_to", faults)};
}

void throw_if_any(std::vector<Fault> faults) {
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
}

/// "lat,lon".
std::optional<Point> query_point(const Call& call, const std::string& name) {
  const auto text = call.query(name);
  if (!text) return std::nullopt;
  const auto comma = text->find(',');
  const auto lat = parse_decimal(text->substr(0, comma)), lon = parse_decimal(comma == text->npos ? "" : text->substr(comma + 1));
  if (!lat || !lon) throw Error{ErrorCode::malformed, "\"" + *text + "\" is no point; write it as 55.9362,13.5405: latitude, longitude.", name};
  return Point{*lat, *lon};
}

std::optional<LocalDate> query_date(const Call& call, const std::string& name) {
  return call.query(name) ? std::optional{call.required_date(name)} : std::nullopt;
}

std::string etag_of(std::int64_t version) { return '"' + std::to_string(version) + ".municipality\""; }

void require_version(std::int64_t present, std::int64_t seen) {
  if (present != seen)
    throw Error{ErrorCode::stale, "It has changed since version " + std::to_string(seen) + "; it is now at " + std::to_string(present) + "."};
}

template <typename Item>
Item require_found(std::optional<Item> item, const char* what, const Settings& settings) {
  if (!item) throw Error{ErrorCode::not_found, std::string{"There is no such "} + what + " in " + settings.municipality.name + "."};
  return std::move(*item);
}

/// One kind of thing in the register, and what its routes do with it. `Key` is how it is found.
template <typename Item, typename Key>
struct Resource {
  const char* path;    ///< "/properties"
  const char* schema;  ///< of its body
  Item (*read)(Transaction&, const Settings&, const Key&);      ///< Error{not_found}
  Key (*key)(const Call&);                                      ///< of the one in the path
  Item (*from_json)(const json&, const Settings&);
  void (*keep_key)(Item& wanted, const Item& present);           ///< what a PUT leaves as it is
  Item (*save)(Transaction&, const Settings&, Item, std::vector<Fault> faults);
  /// What a PUT does that is no correction: the item that begins by it, none when it changes nothing but what is there.
  /// nullptr: it always corrects.
  std::optional<Item> (*hand_over)(Transaction&, const Settings&, const Item& present, Item wanted, LocalDate today, std::vector<Fault> faults);
  void (*remove)(Transaction&, const Settings&, const Item&);
  json (*to_json)(const Item&, const ReferenceCipher&, bool whole);
  std::string (*name)(const Item&, const ReferenceCipher&);     ///< in its path
};

template <typename Item, typename Key>
void get_one(Call& call, const Resource<Item, Key>& resource) {
  call.allow_query({});
  const Key key = resource.key(call);
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Item item = resource.read(transaction, *settings, key);
    call.no_store();
    if (!call.tagged(etag_of(item.version))) call.answer(resource.to_json(item, call.app.store.references(), true));
    return true;
  });
}

/// What a body tells, and what is wrong with its shape: looked at before a transaction begins, since it may take long.
template <typename Item>
struct Judged {
  Item item;
  std::vector<Fault> faults;
};

template <typename Item, typename Key>
Judged<Item> judge_body(Call& call, const Resource<Item, Key>& resource) {
  const json body = call.body(resource.schema);
  const auto settings = read(call, [&](Transaction& transaction) { return call.settings(transaction); });
  Judged<Item> judged{resource.from_json(body, *settings), {}};
  judged.faults = shape_faults(judged.item, settings->municipality);
  if (judged.faults.empty()) judged.item.shape = snapped(judged.item.shape);
  return judged;
}

bool query_flag(const Call& call, const std::string& name) {
  const std::string text = call.query(name).value_or("false");
  if (text != "true" && text != "false") throw Error{ErrorCode::malformed, "\"" + text + "\" is neither true nor false.", name};
  return text == "true";
}

template <typename Item, typename Key>
void post_one(Call& call, const Resource<Item, Key>& resource) {
  call.allow_query({});
  const auto judged = judge_body(call, resource);
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    const Item saved = resource.save(transaction, *settings, judged.item, judged.faults);
    call.response.headers.erase("ETag");  // of an attempt that was undone
    call.response.set_header("ETag", etag_of(saved.version));
    const ReferenceCipher& references = call.app.store.references();
    Created created;
    created.body = resource.to_json(saved, references, true).dump();
    created.location = "/municipalities/" + settings->municipality.code + resource.path + "/" + resource.name(saved, references);
    return [created = std::move(created)] { return created; };
  });
}

template <typename Item, typename Key>
void put_one(Call& call, const Resource<Item, Key>& resource) {
  resource.hand_over ? call.allow_query({"correction"}) : call.allow_query({});
  const bool corrects = !resource.hand_over || query_flag(call, "correction");
  const std::int64_t version = call.required_if_match();
  const Key key = resource.key(call);
  const auto judged = judge_body(call, resource);
  const ReferenceCipher& references = call.app.store.references();
  std::string url;  // of what begins by it
  const Item saved = write(call, [&](Transaction& transaction) {
    url.clear();
    const auto settings = call.settings(transaction);
    const Item present = resource.read(transaction, *settings, key);
    require_version(present.version, version);
    Item wanted = judged.item;
    resource.keep_key(wanted, present);
    if (judged.faults.empty() && wanted == present) return present;
    if (!corrects)
      if (const auto next = resource.hand_over(transaction, *settings, present, wanted, settings->zone.date_of(call.now), judged.faults)) {
        url = call.municipality_url(*settings) + resource.path + "/" + resource.name(*next, references);
        return *next;
      }
    return resource.save(transaction, *settings, std::move(wanted), judged.faults);
  });
  if (!url.empty()) call.response.set_header("Location", url);
  call.response.set_header("ETag", etag_of(saved.version));
  call.no_store();
  call.answer(resource.to_json(saved, references, true), url.empty() ? 200 : 201);
}

template <typename Item, typename Key>
void delete_one(Call& call, const Resource<Item, Key>& resource) {
  call.allow_query({});
  const std::int64_t version = call.required_if_match();
  const Key key = resource.key(call);
  write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Item present = resource.read(transaction, *settings, key);
    require_version(present.version, version);
    resource.remove(transaction, *settings, present);
    return true;
  });
  call.response.status = 204;
}

template <typename Item, typename Key>
std::vector<Route> routes_of(const Resource<Item, Key>& resource) {
  const Roles officer{Role::municipality};
  const std::string all = kRoot + resource.path, one = all + "/{}";
  return {with_json({"POST", all, officer, [&resource](Call& call) { post_one(call, resource); }}, kLandBody),
          {"GET", one, officer, [&resource](Call& call) { get_one(call, resource); }},
          with_json({"PUT", one, officer, [&resource](Call& call) { put_one(call, resource); }}, kLandBody),
          {"DELETE", one, officer, [&resource](Call& call) { delete_one(call, resource); }}};
}

/// The key in the path, of whichever municipality it is; nothing of another one's is found by it.
template <typename Id>
Id key_in(const Call& call, std::optional<Id> (ReferenceCipher::*decode)(std::string_view) const, const char* what) {
  const auto id = (call.app.store.references().*decode)(call.parameter(1));
  if (!id) throw Error{ErrorCode::not_found, std::string{"There is no such "} + what + "."};
  return *id;
}

// --- Properties ---------------------------------------------------------------------------------------------------------

json property_to_json(const Property& property, const ReferenceCipher& references, bool whole) {
  json out = {{"property_id", references.encode(property.id)}, {"designation", property.designation}, {"owner_id", property.owner_id},
              {"addresses", property.addresses}, {"valid_from", shown_day(property.validity.from)}, {"valid_to", shown_day(property.validity.until)},
              {"version", property.version}};
  if (whole) out["geometry"] = shape_to_geojson(property.shape);
  return out;
}

Property property_from_json(const json& body, const Settings& settings) {
  std::vector<Fault> faults;
  Property property;
  property.designation = text_in(body, "designation");
  if (const auto designation = parse_designation(property.designation, settings.municipality.name)) property.designation = designation->display();
  property.owner_id = text_in(body, "owner_id");
  property.addresses = distinct_addresses(body.value("addresses", std::vector<std::string>{}));
  property.shape = shape_from_geojson(body.value("geometry", json{}), "/geometry", faults);
  property.validity = validity_in(body, faults);
  throw_if_any(std::move(faults));
  return property;
}

const Resource<Property, PropertyId> kProperties{
    "/properties", "property",
    [](Transaction& transaction, const Settings& settings, const PropertyId& id) {
      return require_found(id.municipality() == settings.municipality.id ? transaction.land().find(id) : std::nullopt, "property", settings);
    },
    [](const Call& call) { return key_in<PropertyId>(call, &ReferenceCipher::decode_property, "property"); },
    property_from_json,
    [](Property& wanted, const Property& present) { wanted.id = present.id, wanted.version = present.version; },
    save_property,
    [](Transaction& transaction, const Settings& settings, const Property& present, Property wanted, LocalDate today,
       std::vector<Fault> faults) -> std::optional<Property> {
      if (wanted.owner_id == present.owner_id) return std::nullopt;
      // Whoever sends back what was read, with another owner, tells no day.
      const bool tells_day = wanted.validity.from && wanted.validity.from != present.validity.from;
      const LocalDate on = tells_day ? *wanted.validity.from : today;
      return hand_over(transaction, settings, present, std::move(wanted), on, std::move(faults));
    },
    [](Transaction& transaction, const Settings&, const Property& property) { transaction.land().remove(property.id); },
    property_to_json,
    [](const Property& property, const ReferenceCipher& references) { return references.encode(property.id); }};

json routing_to_json(const Routing& found) {
  json trace = json::array();
  for (const auto& [step, looked_at, result] : read_trace(found.note.trace))
    trace.push_back({{"step", step}, {"looked_at", looked_at}, {"result", result}});
  return {{"rule", found.rule}, {"uncertain", found.note.uncertain}, {"trace", std::move(trace)}};
}

/// Who owns the spot, and why.
void answer_whose(Call& call) {
  const auto point = query_point(call, "at");
  RoutingQuestion question;
  question.place.point = point;
  question.place.address = call.query("address").value_or("");
  question.place.designation = call.query("designation").value_or("");
  question.object_type = call.query_code<ObjectType>("object_type");
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    std::vector<Fault> faults;
    check_place(question.place, settings->municipality, faults);
    for (Fault& fault : faults) fault.pointer = "at";
    if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
    question.on = query_date(call, "on").value_or(settings->zone.date_of(call.now));
    const Routing found = route(transaction, *settings, question);
    LandTable& land = transaction.land();
    json out = {{"at", {{"lat", point->lat}, {"lon", point->lon}}}, {"on", format_date(question.on)}, {"owner", nullptr}, {"property", nullptr},
                {"district", nullptr}, {"nearest_address", nullptr}, {"routing", routing_to_json(found)}};
    const auto owner = settings->owners.find(found.owner_id);
    if (owner != settings->owners.end()) out["owner"] = {{"id", found.owner_id}, {"name", owner->second.name}};
    if (!found.note.property_designation.empty()) out["property"] = {{"designation", found.note.property_designation}};
    if (const auto district = land.find_district(settings->municipality.id, found.district_id); district && !district->district_id.empty())
      out["district"] = {{"district_id", district->district_id}, {"name", district->name}};
    if (land.version(settings->municipality.id) > 0)
      for (const auto& [address, away_m] : land.addresses_near(settings->municipality.id, *point, kNearestAddress_m, 1))
        out["nearest_address"] = {{"address", address.address}, {"distance_m", std::round(away_m)}};
    call.no_store();
    call.answer(out);
    return true;
  });
}

void list_properties(Call& call) {
  if (call.query("at")) {
    call.allow_query({"at", "on", "object_type", "address", "designation"});
    return answer_whose(call);
  }
  call.allow_query({"at", "on", "owner_id", "designation", "limit", "page"});
  LandQuery query;
  query.owner_id = call.query("owner_id").value_or("");
  query.on = query_date(call, "on");
  query.page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    if (const auto designation = call.query("designation")) query.key = property_key(*designation, settings->municipality.name);
    const auto listing = transaction.land().properties(settings->municipality.id, query);
    json items = json::array();
    for (const Property& property : listing.items) items.push_back(property_to_json(property, call.app.store.references(), false));
    call.no_store();
    call.answer_list(items, listing.total, query.page);
    return true;
  });
}

// --- Objects ------------------------------------------------------------------------------------------------------------

json object_to_json(const PlacedObject& object, const ReferenceCipher& references, bool) {
  return {{"object_id", references.encode(object.id)}, {"object_type", to_code(object.type)}, {"label", shown(object.label)},
          {"owner_id", object.owner_id}, {"geometry", shape_to_geojson(object.shape)}, {"valid_from", shown_day(object.validity.from)},
          {"valid_to", shown_day(object.validity.until)}, {"version", object.version}};
}

PlacedObject object_from_json(const json& body, const Settings&) {
  std::vector<Fault> faults;
  PlacedObject object;
  object.type = code_in<ObjectType>(body, "object_type").value_or(ObjectType::other);
  object.label = text_in(body, "label");
  object.owner_id = text_in(body, "owner_id");
  object.shape = shape_from_geojson(body.value("geometry", json{}), "/geometry", faults);
  object.validity = validity_in(body, faults);
  throw_if_any(std::move(faults));
  return object;
}

const Resource<PlacedObject, ObjectId> kObjects{
    "/objects", "object",
    [](Transaction& transaction, const Settings& settings, const ObjectId& id) {
      return require_found(id.municipality() == settings.municipality.id ? transaction.land().find(id) : std::nullopt, "object", settings);
    },
    [](const Call& call) { return key_in<ObjectId>(call, &ReferenceCipher::decode_object, "object"); },
    object_from_json,
    [](PlacedObject& wanted, const PlacedObject& present) { wanted.id = present.id, wanted.version = present.version; },
    save_object, nullptr,
    [](Transaction& transaction, const Settings&, const PlacedObject& object) { transaction.land().remove(object.id); },
    object_to_json,
    [](const PlacedObject& object, const ReferenceCipher& references) { return references.encode(object.id); }};

void list_objects(Call& call) {
  call.allow_query({"on", "owner_id", "object_type", "limit", "page"});
  LandQuery query;
  query.owner_id = call.query("owner_id").value_or("");
  query.object_type = call.query_code<ObjectType>("object_type");
  query.on = query_date(call, "on");
  query.page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto listing = transaction.land().objects(settings->municipality.id, query);
    json items = json::array();
    for (const PlacedObject& object : listing.items) items.push_back(object_to_json(object, call.app.store.references(), false));
    call.no_store();
    call.answer_list(items, listing.total, query.page);
    return true;
  });
}

// --- Districts ----------------------------------------------------------------------------------------------------------

std::string path_name(const std::string& district_id) { return district_id.empty() ? kWhole : district_id; }

json district_to_json(const District& district, const ReferenceCipher&, bool whole) {
  json owners = json::object();
  for (const auto& [type, owner_id] : district.object_owners) owners[std::string{to_code(type)}] = owner_id;
  json out = {{"district_id", path_name(district.district_id)}, {"name", shown(district.name)},
              {"default_owner_id", shown(district.default_owner_id)}, {"object_owners", std::move(owners)}, {"version", district.version}};
  if (whole) out["geometry"] = shape_to_geojson(district.shape);
  return out;
}

District district_from_json(const json& body, const Settings&) {
  std::vector<Fault> faults;
  District district;
  district.district_id = text_in(body, "district_id");
  if (district.district_id == kWhole) district.district_id.clear();
  district.name = text_in(body, "name");
  district.default_owner_id = text_in(body, "default_owner_id");
  const json owners = body.value("object_owners", json::object());
  for (const auto name : names_of(ObjectType{}))
    if (const std::string owner_id = text_in(owners, std::string{name}.c_str()); !owner_id.empty())
      district.object_owners.emplace_back(*code_from<ObjectType>(name), owner_id);
  district.shape = shape_from_geojson(body.value("geometry", json{}), "/geometry", faults);
  throw_if_any(std::move(faults));
  return district;
}

const Resource<District, std::string> kDistricts{
    "/districts", "district",
    [](Transaction& transaction, const Settings& settings, const std::string& id) {
      return require_found(transaction.land().find_district(settings.municipality.id, id), "district", settings);
    },
    [](const Call& call) { return call.parameter(1) == kWhole ? std::string{} : call.parameter(1); },
    district_from_json,
    [](District& wanted, const District& present) {
      if (wanted.district_id != present.district_id)
        throw Error{ErrorCode::refused, "A district's id stays as it is; the path says " + path_name(present.district_id) + ".", "/district_id"};
      wanted.version = present.version;
    },
    save_district, nullptr,
    [](Transaction& transaction, const Settings& settings, const District& district) {
      transaction.land().remove_district(settings.municipality.id, district.district_id);
    },
    district_to_json,
    [](const District& district, const ReferenceCipher&) { return path_name(district.district_id); }};

void post_district(Call& call) {
  // One that is there already is changed with PUT, which says what version was seen.
  static const Resource<District, std::string> adding = [] {
    auto resource = kDistricts;
    resource.save = [](Transaction& transaction, const Settings& settings, District district, std::vector<Fault> faults) {
      if (transaction.land().find_district(settings.municipality.id, district.district_id))
        throw Error{ErrorCode::conflict, "There is a district \"" + path_name(district.district_id) + "\" already; change it with PUT.", "/district_id"};
      return save_district(transaction, settings, std::move(district), std::move(faults));
    };
    return resource;
  }();
  post_one(call, adding);
}

void list_districts(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto districts = transaction.land().districts(settings->municipality.id);
    json items = json::array();
    for (const District& district : page_of(districts, page)) items.push_back(district_to_json(district, call.app.store.references(), false));
    call.no_store();
    call.answer_list(items, std::ssize(districts), page);
    return true;
  });
}

// --- Addresses ----------------------------------------------------------------------------------------------------------

json address_to_json(const AddressPoint& address) {
  return {{"address", address.address}, {"lat", address.point.lat}, {"lon", address.point.lon}, {"designation", shown(address.designation)},
          {"alias", address.alias}, {"by_officer", address.by_officer}};
}

void list_addresses(Call& call) {
  call.allow_query({"q", "limit", "page"});
  LandQuery query;
  query.key = address_key(call.query("q").value_or(""));
  query.page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto listing = transaction.land().addresses(settings->municipality.id, query);
    json items = json::array();
    for (const AddressPoint& address : listing.items) items.push_back(address_to_json(address));
    call.no_store();
    call.answer_list(items, listing.total, query.page);
    return true;
  });
}

json unmatched_to_json(const UnmatchedAddress& unmatched, const ReferenceCipher& references) {
  return {{"unmatched_id", references.encode(unmatched.id)}, {"address", unmatched.address}, {"count", unmatched.count},
          {"first_seen_at", shown(unmatched.first_seen_at)}, {"last_seen_at", shown(unmatched.last_seen_at)},
          {"last_case", references.encode(unmatched.last_case)}, {"resolved_at", shown(unmatched.resolved_at)}};
}

void list_unmatched(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto listing = transaction.land().unmatched(settings->municipality.id, page);
    json items = json::array();
    for (const UnmatchedAddress& unmatched : listing.items) items.push_back(unmatched_to_json(unmatched, call.app.store.references()));
    call.no_store();
    call.answer_list(items, listing.total, page);
    return true;
  });
}

/// Where an officer says that it is: a point, or the place of an address that the register knows.
AddressPoint resolution_of(Transaction& transaction, const Settings& settings, const json& body, const UnmatchedAddress& unmatched) {
  AddressPoint alias{unmatched.address, {}, text_in(body, "designation"), true};
  if (const std::string same_as = text_in(body, "same_as"); !same_as.empty()) {
    const auto known = transaction.land().find_address(settings.municipality.id, address_key(same_as));
    if (!known) throw Error{ErrorCode::refused, "The register has no address \"" + same_as + "\".", "/same_as"};
    alias.point = known->point;
    if (alias.designation.empty()) alias.designation = known->designation;
  } else {
    alias.point = {body.at("lat").get<double>(), body.at("lon").get<double>()};
  }
  return alias;
}

/// The queue's address becomes another name of a place, where the cases that wait for it are routed anew; or it is none.
void put_resolution(Call& call) {
  call.allow_query({});
  const QueueId id = key_in<QueueId>(call, &ReferenceCipher::decode_queued, "address");
  const json body = call.body("address_resolution");
  const bool none = body.value("no_such_address", false), by_point = body.contains("lat") && body.contains("lon");
  if (none + by_point + body.contains("same_as") != 1)
    throw Error{ErrorCode::malformed, "Say one of three: lat and lon, same_as, or no_such_address.", ""};
  const json answer = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto find = [&] { return id.municipality() == settings->municipality.id ? transaction.land().find_unmatched(id) : std::nullopt; };
    const UnmatchedAddress unmatched = require_found(find(), "address", *settings);
    std::optional<AddressPoint> is_at;
    if (!none) is_at = resolution_of(transaction, *settings, body, unmatched);
    resolve_unmatched(transaction, *settings, unmatched, std::move(is_at), call.actor(*settings), call.now);
    return unmatched_to_json(*find(), call.app.store.references());
  });
  call.no_store();
  call.answer(answer);
}

// --- What officers taught -----------------------------------------------------------------------------------------------

void list_spots(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto listing = transaction.land().remembered_spots(settings->municipality.id, page);
    json items = json::array();
    for (const RememberedSpot& spot : listing.items) {
      json location = {{"lat", nullptr}, {"lon", nullptr}, {"address", shown(spot.place.address)}, {"designation", shown(spot.place.designation)}};
      if (spot.place.point) location["lat"] = spot.place.point->lat, location["lon"] = spot.place.point->lon;
      items.push_back({{"case", call.app.store.references().encode(spot.case_id)}, {"location", std::move(location)},
                       {"object_type", shown(spot.object_type)}, {"owner_id", spot.owner_id}, {"remembered_at", shown(spot.remembered_at)}});
    }
    call.no_store();
    call.answer_list(items, listing.total, page);
    return true;
  });
}

void delete_spot(Call& call) {
  call.allow_query({});
  const CaseId id = call.case_id();
  write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    if (id.municipality() != settings->municipality.id)
      throw Error{ErrorCode::not_found, "There is no such case in " + settings->municipality.name + "."};
    transaction.land().forget(id);
    return true;
  });
  call.response.status = 204;
}

}  // namespace

std::vector<Route> land_routes() {
  const Roles officer{Role::municipality};
  std::vector<Route> routes{{"GET", kRoot + "/properties", officer, list_properties},
                            {"GET", kRoot + "/objects", officer, list_objects},
                            {"GET", kRoot + "/districts", officer, list_districts},
                            {"GET", kRoot + "/addresses", officer, list_addresses},
                            {"GET", kRoot + "/addresses/unmatched", officer, list_unmatched},
                            with_json({"PUT", kRoot + "/addresses/unmatched/{}/resolution", officer, put_resolution}),
                            {"GET", kRoot + "/remembered-spots", officer, list_spots},
                            {"DELETE", kRoot + "/remembered-spots/{}", officer, delete_spot}};
  const auto add = [&](std::vector<Route> more) { routes.insert(routes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end())); };
  add(routes_of(kProperties));
  add(routes_of(kObjects));
  std::vector<Route> districts = routes_of(kDistricts);
  districts.front().handle = post_district;
  add(std::move(districts));
  return routes;
}

}  // namespace klotterkoll
