#include "workflow/routing.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "base/error.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "domain/land.h"
#include "domain/shape.h"
#include "workflow/land_register.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kMostRoutedAnew = 100;

void add_step(std::string& trace, const char* step, std::string looked_at, std::string result) {
  for (std::string* text : {&looked_at, &result}) std::ranges::replace_if(*text, [](char c) { return c == '\t' || c == '\n'; }, ' ');
  trace += std::string{step} + '\t' + looked_at + '\t' + result + '\n';
}

std::string shown(Point point) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6f, %.6f", point.lat, point.lon);
  return text;
}

std::string shown_m(double metres) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f m", metres);
  return text;
}

std::string named(const District& district) { return district.district_id.empty() ? "the municipality" : district.name; }

/// What a step has looked at and found.
struct Tried {
  std::string looked_at;
  std::string owner_id;  ///< empty: nobody
  std::string result;    ///< why, or why not
  bool uncertain = false;
};

/// The properties at the told address, and the key under which the register has them: the longest that has any.
struct AtAddress {
  std::string key;
  std::vector<Property> properties;
};

struct Nearest {
  Property property;
  double away_m = 0;
};

/// The question with what the register knows of its place, each read when a step first asks for it.
class Search {
 public:
  Search(Transaction& used, const Settings& of, const RoutingQuestion& asked)
      : transaction(used), settings(of), question(asked), municipality(of.municipality.id), has_register(used.land().version(of.municipality.id) > 0) {}

  Transaction& transaction;
  const Settings& settings;
  const RoutingQuestion& question;
  const MunicipalityId municipality;
  const bool has_register;
  bool address_is_known = false;  ///< to the register, whether or not it has an owner

  LandTable& land() { return transaction.land(); }

  /// Where it is: as told, else where the register has its address, or that of the house.
  std::optional<Point> point() {
    if (question.place.point) return question.place.point;
    const auto known = address();
    return known ? std::optional{known->point} : std::nullopt;
  }

  const Surroundings& around(Point at) {
    const auto key = std::pair{at.lat, at.lon};
    auto found = around_.find(key);
    if (found == around_.end()) found = around_.emplace(key, land().around(municipality, at)).first;
    return found->second;
  }

  /// Properties that the point lies on and that hold on the day, the smallest first. The index may be older than the rows.
  const std::vector<Property>& under(Point at) {
    const auto key = std::pair{at.lat, at.lon};
    if (const auto known = under_.find(key); known != under_.end()) return known->second;
    std::vector<Property>& found = under_[key];
    for (const PropertyId id : around(at).under)
      if (auto property = valid(id); property && covers(property->shape, at)) found.push_back(std::move(*property));
    return found;
  }

  std::optional<Property> valid(PropertyId id) {
    auto property = land().find(id);
    return property && property->validity.holds_on(question.on) ? property : std::nullopt;
  }

  /// The property that the told designation names on the day.
  const std::optional<Property>& designated() {
    if (!designated_) {
      designated_.emplace();
      if (has_register && !question.place.designation.empty())
        *designated_ = land().by_designation(municipality, property_key(question.place.designation, settings.municipality.name), question.on);
    }
    return *designated_;
  }

  const std::optional<AddressPoint>& address_of(const std::string& key) {
    auto found = address_points_.find(key);
    if (found == address_points_.end()) found = address_points_.emplace(key, land().find_address(municipality, key)).first;
    return found->second;
  }

  /// The told address in the register; that of the house, when it knows no such entrance.
  std::optional<AddressPoint> address() {
    for (const std::string& key : address_keys())
      if (const auto& known = address_of(key)) return known;
    return std::nullopt;
  }

  /// See point_of; only where no point was told.
  std::optional<Point> address_point() {
    if (question.place.point) return std::nullopt;
    const auto known = address();
    return known && !is_other_entrance(address_key(known->address)) ? std::optional{known->point} : std::nullopt;
  }

  const AtAddress& at_address() {
    if (at_address_) return *at_address_;
    at_address_.emplace();
    for (const std::string& key : address_keys())
      if (auto found = properties_at(key); !found.empty()) {
        at_address_ = AtAddress{key, std::move(found)};
        break;
      }
    return *at_address_;
  }

  /// The nearest property within kNearProperty_m that holds on the day; the point is told.
  const std::optional<Nearest>& nearest() {
    if (nearest_) return *nearest_;
    nearest_.emplace();
    const Point at = *question.place.point;
    for (const auto& [id, unused] : around(at).properties) {
      auto property = valid(id);
      const double away = property ? distance_m(property->shape, at) : 0;
      if (property && away <= kNearProperty_m && (!*nearest_ || away < (*nearest_)->away_m)) *nearest_ = Nearest{std::move(*property), away};
    }
    return *nearest_;
  }

  /// The told address and, the longest first, what it begins with as far as that has a number.
  std::vector<std::string> address_keys() {
    if (!has_register) return {};
    auto keys = address_prefixes(question.place.address);
    const auto whole_street = [&](const std::string& key) { return &key != &keys.front() && key.find_first_of("0123456789") == std::string::npos; };
    const auto first = std::ranges::find_if(keys, whole_street);
    keys.erase(first, keys.end());
    return keys;
  }

  /// "12c" is in the register only as "12", so that it may be another house. A town or a flat after it is none.
  bool is_other_entrance(const std::string& found_key) {
    const std::string key = address_key(question.place.address);
    return key.size() > found_key.size() && key[found_key.size()] != ' ';
  }

  /// Districts that the point lies in, the smallest first, then the whole municipality.
  const std::vector<District>& districts() {
    if (districts_) return *districts_;
    districts_.emplace();
    if (!has_register) return *districts_;
    if (const auto at = point())
      for (const std::string& id : around(*at).districts)
        if (auto district = land().find_district(municipality, id); district && covers(district->shape, *at)) districts_->push_back(std::move(*district));
    if (auto whole = land().find_district(municipality, "")) districts_->push_back(std::move(*whole));
    return *districts_;
  }

 private:
  /// What the register has at an address, under one key.
  std::vector<Property> properties_at(const std::string& key) {
    if (const auto& known = address_of(key)) {
      address_is_known = true;
      if (!known->designation.empty())
        if (auto property = land().by_designation(municipality, property_key(known->designation, settings.municipality.name), question.on))
          return {std::move(*property)};
      if (const auto& found = under(known->point); !found.empty()) return found;
    }
    auto found = land().by_address(municipality, key, question.on);
    address_is_known |= !found.empty();
    return found;
  }

  std::map<std::pair<double, double>, Surroundings> around_;
  std::map<std::pair<double, double>, std::vector<Property>> under_;
  std::optional<std::optional<Property>> designated_;
  std::map<std::string, std::optional<AddressPoint>> address_points_;
  std::optional<AtAddress> at_address_;
  std::optional<std::optional<Nearest>> nearest_;
  std::optional<std::vector<District>> districts_;
};

using Answer = std::optional<Tried>;

Answer owner_given(Search& search) {
  const std::string& owner_id = search.question.given_owner_id;
  if (owner_id.empty()) return std::nullopt;
  if (!search.transaction.owners().find(search.municipality, owner_id))
    throw Error{ErrorCode::refused, "There is no owner \"" + owner_id + "\" in " + search.settings.municipality.name + ".", "/owner_id"};
  return Tried{owner_id, owner_id, owner_id};
}

/// What an officer taught of the place, by the place as told, else by where the register has its address.
std::optional<RememberedSpot> memory_of(LandTable& land, const Settings& settings, const Place& told, std::optional<Point> address_point,
                                        std::optional<ObjectType> object_type) {
  auto spot = land.remembered(settings, told, object_type);
  if (!spot && address_point) spot = land.remembered(settings, Place{address_point, "", ""}, object_type);
  return spot;
}
std::optional<RememberedSpot> memory_of(LandTable& land, const Settings& settings, const CaseRow& row) {
  return memory_of(land, settings, told_place(row), row.point_derived ? row.place.point : std::nullopt, row.object_type);
}

Answer remembered_spot(Search& search) {
  if (!search.has_register) return std::nullopt;
  const Place& place = search.question.place;
  const auto spot = memory_of(search.land(), search.settings, place, search.address_point(), search.question.object_type);
  if (!spot) return std::nullopt;  // there nearly always is none
  return Tried{place.point ? shown(*place.point) : place.address.empty() ? place.designation : place.address, spot->owner_id,
               spot->owner_id + ": an officer gave this spot to it on " + format_date(search.settings.zone.date_of(spot->remembered_at))};
}

Answer object_near(Search& search) {
  if (!search.has_register || !search.question.place.point) return std::nullopt;
  const Point at = *search.question.place.point;
  const auto type = search.question.object_type;
  Tried tried{(type ? std::string{to_code(*type)} : std::string{"objects"}) + " near " + shown(at), "", ""};
  for (const auto& [id, unused] : search.around(at).objects) {
    const auto object = search.land().find(id);
    const double away = object ? distance_m(object->shape, at) : 0;
    if (!object || !object->validity.holds_on(search.question.on) || away > kNearObject_m) continue;
    const std::string named = std::string{to_code(object->type)} + (object->label.empty() ? "" : " " + object->label) + ", " + shown_m(away) + " away";
    if (type == object->type) {
      tried.owner_id = object->owner_id;
      tried.result = object->owner_id + ": " + named;
      return tried;
    }
    tried.result += (tried.result.empty() ? "no owner: " : "; ") + named + (type ? ", is of another type" : ", but no type of object was told");
  }
  if (tried.result.empty() && !type) return std::nullopt;
  if (tried.result.empty()) tried.result = "no owner: none within " + shown_m(kNearObject_m);
  return tried;
}

Answer object_default(Search& search) {
  if (!search.has_register || !search.question.object_type) return std::nullopt;
  const ObjectType type = *search.question.object_type;
  std::string looked_at;
  for (const District& district : search.districts()) {
    looked_at += (looked_at.empty() ? std::string{to_code(type)} + " in " : ", ") + named(district);
    for (const auto& [of, owner_id] : district.object_owners)
      if (of == type) return Tried{looked_at, owner_id, owner_id + ": owns them in " + named(district)};
  }
  if (looked_at.empty()) return std::nullopt;
  return Tried{looked_at, "", "no owner"};
}

Answer by_designation(Search& search) {
  const std::string& told = search.question.place.designation;
  if (told.empty()) return std::nullopt;
  if (const auto& property = search.designated())
    return Tried{told, property->owner_id, property->owner_id + ": " + property->designation + " on " + format_date(search.question.on)};
  const auto owner = search.transaction.owners().by_designation(search.municipality, property_key(told, search.settings.municipality.name));
  return Tried{told, owner.value_or(""), owner.value_or("no owner")};
}

/// Of properties at one place, the first; uncertain when they are not all of one owner.
Tried of_properties(std::string looked_at, const std::vector<Property>& found) {
  Tried tried{std::move(looked_at), found.front().owner_id, found.front().owner_id + ": " + found.front().designation};
  tried.uncertain = std::ranges::any_of(found, [&](const Property& one) { return one.owner_id != tried.owner_id; });
  for (std::size_t i = 1; i < found.size(); ++i) tried.result += ", also " + found[i].designation + " of " + found[i].owner_id;
  return tried;
}

Answer under_the_point(Search& search) {
  if (!search.has_register || !search.question.place.point) return std::nullopt;
  const auto found = search.under(*search.question.place.point);
  if (!found.empty()) return of_properties(shown(*search.question.place.point), found);
  return Tried{shown(*search.question.place.point), "", "no owner: on no property on " + format_date(search.question.on)};
}

Answer by_address(Search& search) {
  const std::string& told = search.question.place.address;
  if (search.address_keys().empty()) return std::nullopt;
  const auto& [key, found] = search.at_address();
  if (found.empty()) return Tried{told, "", search.address_is_known ? "no owner: the address is on no property" : "no owner: the register has no such address"};
  Tried tried = of_properties(told, found);
  if (search.is_other_entrance(key)) tried.uncertain = true, tried.result += ", at " + key;
  return tried;
}

Answer by_address_prefix(Search& search) {
  const std::string& told = search.question.place.address;
  if (told.empty()) return std::nullopt;
  const auto owner = search.transaction.owners().by_address(search.municipality, address_key(told));
  search.address_is_known |= owner.has_value();
  return Tried{told, owner.value_or(""), owner.value_or("no owner")};
}

Answer near_the_point(Search& search) {
  if (!search.has_register || !search.question.place.point) return std::nullopt;
  const Point at = *search.question.place.point;
  const auto& nearest = search.nearest();
  if (!nearest) return Tried{shown(at), "", "no owner: none within " + shown_m(kNearProperty_m)};
  const auto& [property, away_m] = *nearest;
  return Tried{shown(at), property.owner_id, property.owner_id + ": " + property.designation + ", " + shown_m(away_m) + " away", true};
}

Answer area_default(Search& search) {
  std::string looked_at;
  for (const District& district : search.districts()) {
    looked_at += (looked_at.empty() ? "" : ", ") + named(district);
    if (!district.default_owner_id.empty())
      return Tried{looked_at, district.default_owner_id, district.default_owner_id + ": owns there what nobody else does"};
  }
  if (looked_at.empty()) return std::nullopt;
  return Tried{looked_at, "", "no owner"};
}

/// In order; the first that finds an owner decides.
constexpr struct {
  const char* name;
  Answer (*look)(Search&);
} kSteps[] = {
    {"owner_given", owner_given},       {"remembered_spot", remembered_spot}, {"object", object_near},
    {"object_default", object_default}, {"designation", by_designation},      {"polygon", under_the_point},
    {"address", by_address},            {"address_prefix", by_address_prefix}, {"near_polygon", near_the_point},
    {"area_default", area_default},
};

/// The property that the case is about, for all that the register knows: the one told, under the point, or at the address.
std::string property_of(Search& search, const std::string& rule) {
  if (const auto& property = search.designated()) return property->designation;
  const auto& point = search.question.place.point;
  if (point)
    if (const auto& found = search.under(*point); !found.empty()) return found.front().designation;
  if (rule == "near_polygon") return search.nearest()->property.designation;
  if (point && rule != "address") return "";
  const auto& found = search.at_address().properties;
  return found.empty() ? "" : found.front().designation;
}

/// The register's address nearest to the point. Not another name of a place: an officer may have made that of what somebody
/// wrote, and it is shown to everybody.
std::string nearest_address(Search& search, Point at) {
  // In a town one is found at once, without looking at all that lies around.
  for (const double radius_m : {kNearestAddress_m / 5, kNearestAddress_m})
    for (const auto& [address, unused] : search.land().addresses_near(search.municipality, at, radius_m, std::string::npos))
      if (!address.alias) return address.address;
  return "";
}

}  // namespace

Routing route(Transaction& transaction, const Settings& settings, const RoutingQuestion& question) {
  Search search{transaction, settings, question};
  Routing found{"", "none", {}, "", ""};
  bool looked_for_address = false;
  for (const auto& [name, look] : kSteps) {
    const Answer tried = look(search);
    if (!tried) continue;
    add_step(found.note.trace, name, tried->looked_at, tried->result);
    looked_for_address |= look == by_address_prefix;
    if (tried->owner_id.empty()) continue;
    // The register names an owner; asking for it keeps it there until this transaction ends.
    if (search.has_register && !transaction.owners().find(search.municipality, tried->owner_id)) continue;
    found.owner_id = tried->owner_id;
    found.rule = name;
    found.note.uncertain = tried->uncertain;
    break;
  }
  if (search.has_register) {
    found.note.property_designation = property_of(search, found.rule);
    found.note.address_point = search.address_point();
    const Place& place = question.place;
    if (place.point && place.address.empty()) found.note.nearest_address = nearest_address(search, *place.point);
    const auto& districts = search.districts();
    if (!districts.empty()) found.district_id = districts.front().district_id;
    if (looked_for_address && !search.address_is_known && transaction.land().knows_addresses(search.municipality)) found.unmatched_address = question.place.address;
  }
  return found;
}

std::optional<Point> point_of(Transaction& transaction, const Settings& settings, const Place& place) {
  if (place.point) return place.point;
  const RoutingQuestion question{place, {}, {}, ""};
  return Search{transaction, settings, question}.address_point();
}

void keep_routing(Transaction& transaction, Casework& work, const Routing& found, Instant now) {
  work.set_routing(found.note);
  if (!found.unmatched_address.empty())
    transaction.land().queue_unmatched(transaction.next_queue_id(work.row().id.municipality()), found.unmatched_address, work.row().id, now);
}

void assign_found(Transaction& transaction, Casework& work, const Routing& found, const Actor& by, Instant now) {
  keep_routing(transaction, work, found, now);
  if (found.owner_id.empty()) return;
  const Actor router{Role::system, 0, ""};
  work.record(assign(work.now(), found.owner_id, found.rule, found.rule == "owner_given" ? by : router, now));
}

void route_anew(Transaction& transaction, Casework& work, const Routing& found, Instant now) {
  const CaseRow& row = work.row();
  keep_routing(transaction, work, found, now);
  const Actor router{Role::system, 0, ""};
  if (!found.owner_id.empty() && found.owner_id != row.owner_id)
    work.record(assign(work.now(), found.owner_id, found.rule, router, now));
  else if (found.owner_id.empty() && !row.owner_id.empty() && row.routing_rule != "officer" && row.routing_rule != "owner_given")
    work.record(unassign(work.now(), router, now));  // found by a place that it is not at
}

void resolve_unmatched(Transaction& transaction, const Settings& settings, const UnmatchedAddress& unmatched, std::optional<AddressPoint> is_at,
                       const Actor& by, Instant now) {
  transaction.land().resolve_unmatched(unmatched.id, now);
  if (!is_at) return;
  is_at->by_officer = true;
  save_address(transaction, settings, *is_at);
  const std::string key = address_key(unmatched.address);
  CaseQuery query;
  query.states = {CaseState::unassigned};
  query.owner_id = "";
  query.text_is_filter = true;
  query.addresses = {key};
  query.page.limit = kMostRoutedAnew;
  for (const CaseRow& waiting : transaction.cases().list(settings.municipality.id, query).items) {
    // Who has given it back knows the place, and an officer has to say whose it is.
    if (waiting.address_key != key || !waiting.former_owner_id.empty()) continue;
    change_case(transaction, settings, waiting.id, std::nullopt, [&](Casework& work) {
      const CaseRow& row = work.row();
      if (row.state != CaseState::unassigned) return;
      const Place place = told_place(row);
      const Routing found = route(transaction, settings, {place, row.object_type, settings.zone.date_of(row.first_received_at), ""});
      Details located;
      located.place_changed = !place.point;
      located.district_id = found.district_id;
      if (const auto event = change_details(work.now(), located, by, now)) work.record(*event);
      route_anew(transaction, work, found, now);
    });
  }
}

void learn_from_officer(Transaction& transaction, const Settings& settings, const CaseRow& row, const std::string& owner_id, Instant now) {
  LandTable& land = transaction.land();
  if (!row.owner_id.empty()) {
    if (row.routing_rule != "remembered_spot") return;
    const auto spot = memory_of(land, settings, row);
    if (spot && spot->owner_id == row.owner_id) land.forget(spot->case_id);
    return;
  }
  if (row.former_owner_id.empty()) return;  // nobody has given it back
  // It was found by a memory, given back, and is somebody else's: the memory was wrong.
  if (row.former_owner_id != owner_id)
    if (const auto spot = memory_of(land, settings, row); spot && spot->owner_id == row.former_owner_id) land.forget(spot->case_id);
  std::string suggested;
  for (const Event& event : transaction.events().of_case(row.id)) {
    if (event.type == EventType::case_rejected) suggested = event.data.suggested_owner_id.value_or("");
    if (event.type == EventType::case_assigned || event.type == EventType::case_unassigned) suggested.clear();
  }
  if (suggested == owner_id) land.remember(settings, {row.id, told_place(row), row.object_type, owner_id, now});
}

std::vector<TraceStep> read_trace(const std::string& trace) {
  std::vector<TraceStep> steps;
  for (std::size_t at = 0; at < trace.size();) {
    const auto end = trace.find('\n', at), first = trace.find('\t', at), second = trace.find('\t', first + 1);
    steps.push_back({trace.substr(at, first - at), trace.substr(first + 1, second - first - 1), trace.substr(second + 1, end - second - 1)});
    at = end + 1;
  }
  return steps;
}

}  // namespace klotterkoll
