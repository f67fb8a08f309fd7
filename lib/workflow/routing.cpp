#include "workflow/routing.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "base/error.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "domain/land.h"
#include "domain/shape.h"

namespace klotterkoll {
namespace {

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

  /// Where it is: as told, else where the register has its address.
  std::optional<Point> point() {
    if (question.place.point) return question.place.point;
    const auto& address = this->address();
    return address ? std::optional{address->point} : std::nullopt;
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

  /// The told address in the register; that of the house, when it knows no such entrance.
  const std::optional<AddressPoint>& address() {
    if (!address_) {
      address_.emplace();
      for (const std::string& key : address_keys())
        if (!*address_) *address_ = land().find_address(municipality, key);
    }
    return *address_;
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
  std::map<std::pair<double, double>, Surroundings> around_;
  std::map<std::pair<double, double>, std::vector<Property>> under_;
  std::optional<std::optional<Property>> designated_;
  std::optional<std::optional<AddressPoint>> address_;
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

Answer remembered_spot(Search& search) {
  if (!search.has_register) return std::nullopt;
  const auto spot = search.land().remembered(search.settings, search.question.place, search.question.object_type);
  if (!spot) return std::nullopt;  // there nearly always is none
  const Place& place = search.question.place;
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

/// What the register has at an address, under one key.
std::vector<Property> properties_at(Search& search, const std::string& key) {
  if (const auto address = search.land().find_address(search.municipality, key)) {
    search.address_is_known = true;
    if (!address->designation.empty())
      if (auto property = search.land().by_designation(search.municipality, property_key(address->designation, search.settings.municipality.name),
                                                       search.question.on))
        return {*property};
    if (auto found = search.under(address->point); !found.empty()) return found;
  }
  auto found = search.land().by_address(search.municipality, key, search.question.on);
  search.address_is_known |= !found.empty();
  return found;
}

Answer by_address(Search& search) {
  const std::string& told = search.question.place.address;
  const auto keys = search.address_keys();
  if (keys.empty()) return std::nullopt;
  for (const std::string& key : keys)
    if (const auto found = properties_at(search, key); !found.empty()) {
      Tried tried = of_properties(told, found);
      if (search.is_other_entrance(key)) tried.uncertain = true, tried.result += ", at " + key;
      return tried;
    }
  return Tried{told, "", search.address_is_known ? "no owner: the address is on no property" : "no owner: the register has no such address"};
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
  std::optional<Property> nearest;
  double nearest_m = kNearProperty_m;
  for (const auto& [id, unused] : search.around(at).properties) {
    auto property = search.valid(id);
    const double away = property ? distance_m(property->shape, at) : 0;
    if (!property || away > nearest_m || (nearest && away == nearest_m)) continue;
    nearest = std::move(property);
    nearest_m = away;
  }
  if (!nearest) return Tried{shown(at), "", "no owner: none within " + shown_m(kNearProperty_m)};
  return Tried{shown(at), nearest->owner_id, nearest->owner_id + ": " + nearest->designation + ", " + shown_m(nearest_m) + " away", true};
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
  if (!search.has_register) return "";
  if (const auto& property = search.designated()) return property->designation;
  if (search.question.place.point) {
    const auto found = search.under(*search.question.place.point);
    if (!found.empty()) return found.front().designation;
  }
  if (rule == "near_polygon")
    for (const auto& [id, unused] : search.around(*search.question.place.point).properties)
      if (const auto property = search.valid(id); property && distance_m(property->shape, *search.question.place.point) <= kNearProperty_m)
        return property->designation;
  if (!search.question.place.point || rule == "address")
    for (const std::string& key : search.address_keys())
      if (const auto found = properties_at(search, key); !found.empty()) return found.front().designation;
  return "";
}

}  // namespace

Routing route(Transaction& transaction, const Settings& settings, const RoutingQuestion& question) {
  Search search{transaction, settings, question};
  Routing found{"", "none", {}, ""};
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
    const auto& districts = search.districts();
    if (!districts.empty()) found.note.district_id = districts.front().district_id;
    if (looked_for_address && !search.address_is_known && transaction.land().knows_addresses(search.municipality)) found.unmatched_address = question.place.address;
  }
  return found;
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

void learn_from_officer(Transaction& transaction, const Settings& settings, const CaseRow& row, const std::string& owner_id, Instant now) {
  LandTable& land = transaction.land();
  if (!row.owner_id.empty()) {
    if (row.routing_rule != "remembered_spot") return;
    const auto spot = land.remembered(settings, row.place, row.object_type);
    if (spot && spot->owner_id == row.owner_id) land.forget(spot->case_id);
    return;
  }
  if (row.former_owner_id.empty()) return;  // nobody has given it back
  // It was found by a memory, given back, and is somebody else's: the memory was wrong.
  if (row.former_owner_id != owner_id)
    if (const auto spot = land.remembered(settings, row.place, row.object_type); spot && spot->owner_id == row.former_owner_id) land.forget(spot->case_id);
  std::string suggested;
  for (const Event& event : transaction.events().of_case(row.id)) {
    if (event.type == EventType::case_rejected) suggested = event.data.suggested_owner_id.value_or("");
    if (event.type == EventType::case_assigned || event.type == EventType::case_unassigned) suggested.clear();
  }
  if (suggested == owner_id) land.remember(settings, {row.id, row.place, row.object_type, owner_id, now});
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
