#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>

#include "base/error.h"
#include "base/local_time.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/feature_file.h"
#include "commands/member_map.h"
#include "commands/progress.h"
#include "commands/register_options.h"
#include "commands/register_report.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "domain/shape.h"

namespace klotterkoll {

/// What a feature of a register can tell.
enum class RegisterField { designation, area, owner_id, owner_name, addresses, valid_from, valid_to, object_type, label };
constexpr auto names_of(RegisterField) {
  return std::array<Names, 9>{"designation", "area", "owner_id", "owner_name", "addresses", "valid_from", "valid_to", "object_type", "label"};
}

namespace {

using enum RegisterField;

constexpr std::size_t kRowsAtOnce = 500;
constexpr std::size_t kMostOwnerBytes = 200;
const std::string kProperties = "properties", kObjects = "objects";

struct Wanted : RegisterOptions {
  std::string default_owner;
  std::vector<std::string> owners;
};

[[noreturn]] void refuse(const std::string& sentence) { throw Error{ErrorCode::malformed, sentence}; }

/// What offices call types of objects.
std::optional<ObjectType> object_type_named(const std::string& word) {
  static const std::map<std::string, ObjectType> words = [] {
    std::map<std::string, ObjectType> all{
        {"elskåp", ObjectType::power_cabinet}, {"kabelskåp", ObjectType::power_cabinet}, {"teknikskåp", ObjectType::power_cabinet},
        {"nätstation", ObjectType::power_cabinet}, {"busskur", ObjectType::bus_shelter}, {"väderskydd", ObjectType::bus_shelter},
        {"hållplats", ObjectType::bus_shelter}, {"bro", ObjectType::bridge}, {"viadukt", ObjectType::bridge},
        {"gångtunnel", ObjectType::tunnel}, {"tunnel", ObjectType::tunnel}, {"järnväg", ObjectType::rail}, {"spår", ObjectType::rail},
        {"lekplats", ObjectType::playground}, {"byggnad", ObjectType::building}, {"annat", ObjectType::other}, {"övrigt", ObjectType::other}};
    for (const auto name : names_of(ObjectType{})) all.emplace(fold(name), *code_from<ObjectType>(name));
    return all;
  }();
  const auto at = words.find(fold(word));
  return at == words.end() ? std::nullopt : std::optional{at->second};
}

/// "2026-01-31", "2026/01/31" as the library writes it, or with a time, which is left out.
std::optional<LocalDate> day_told(const std::string& text, const char* field) {
  if (text.empty()) return std::nullopt;
  std::string dashed = text;
  std::ranges::replace(dashed, '/', '-');
  try {
    return std::chrono::floor<std::chrono::days>(guess_time(dashed).local);
  } catch (const Error&) {
    refuse(std::string{field} + " \"" + shortened(text, 40) + "\" is no day; write one as 2026-01-31.");
  }
}

std::string clean(const std::string& text, const char* field, std::size_t most) {
  if (text.size() > most) refuse(std::string{field} + " is longer than " + std::to_string(most) + " bytes.");
  if (!is_clean_text(text)) refuse(std::string{field} + " is not clean text. " + kUncleanText);
  return text;
}

/// A feature's members as the domain has them.
class RegisterReader {
 public:
  using Values = MemberMap<RegisterField>::Values;

  RegisterReader(const Wanted& wanted, std::shared_ptr<const Settings> settings, const std::vector<Owner>& owners)
      : members_(wanted.maps), settings_(std::move(settings)), book_(owners), default_owner_(wanted.default_owner) {
    for (const std::string& meaning : wanted.owners) book_.add_meaning(meaning);
    if (!default_owner_.empty() && !book_.contains(default_owner_))
      refuse("--default-owner: there is no owner \"" + default_owner_ + "\"; add it with klotterkoll owner add.");
    for (const Owner& owner : owners)
      for (const std::string& own : owner.designations) by_rule_.emplace(property_key(own, settings_->municipality.name), owner.owner_id);
  }

  MemberMap<RegisterField>& members() { return members_; }
  OwnerBook& owners() { return book_; }

  bool is_object(const Values& told) const { return told.has(object_type); }

  /// Of a property: the same in both passes, whatever else is wrong with it.
  Designation designation_of(const Values& told) const {
    std::string text = told.text(designation);
    if (text.empty()) refuse("It tells neither designation nor object_type.");
    if (const std::string part = told.text(area); !part.empty() && text.find('>') == std::string::npos) text += '>' + part;
    const auto parsed = parse_designation(text, settings_->municipality.name);
    if (!parsed) refuse("\"" + shortened(text, 60) + "\" is no designation such as " + example() + ".");
    return *parsed;
  }
  Validity validity(const Values& told) const {
    const Validity days{day_told(told.text(valid_from), "valid_from"), day_told(told.text(valid_to), "valid_to")};
    if (days.from && days.until && *days.from >= *days.until)
      refuse("valid_to " + format_date(*days.until) + " does not lie after valid_from " + format_date(*days.from) + ".");
    return days;
  }

  Told<Property> property(Designation whole, const Validity& days, const Values& told, const LocatedFeature& located) {
    Told<Property> property;
    Property& row = property.row;
    whole.area.clear();
    row.designation = whole.display();
    row.validity = days;
    row.shape = shape(located);
    if (!row.shape.points.empty() || !row.shape.lines.empty()) refuse("A property is a polygon; this is a " + located.feature.geometry_type + ".");
    property.tells_shape = !row.shape.empty();
    property.tells_addresses = told.has(addresses);
    for (const std::string& one : told.list(addresses)) row.addresses.push_back(clean(one, "An address", kMostLandText_bytes));
    row.addresses = distinct_addresses(std::move(row.addresses));
    if (row.addresses.size() > kMostAddresses) refuse("It has more than " + std::to_string(kMostAddresses) + " addresses.");
    const auto rule = by_rule_.find(whole.property_key());
    property.owner_if_new = rule == by_rule_.end() ? default_owner_ : rule->second;
    row.owner_id = owner(told);
    return property;
  }

  Told<PlacedObject> object(const Values& told, const LocatedFeature& located) {
    Told<PlacedObject> object;
    PlacedObject& row = object.row;
    const auto type = object_type_named(told.text(object_type));
    if (!type) refuse("object_type \"" + shortened(told.text(object_type), 40) + "\" is none of " + types() + ".");
    row.type = *type;
    row.label = clean(told.text(label), "label", kMostLandText_bytes);
    row.validity = validity(told);
    row.shape = shape(located);
    if (row.shape.empty()) refuse("It has no geometry; an object is a point or a line.");
    if (!row.shape.polygons.empty()) refuse("An object is a point or a line; this is a " + located.feature.geometry_type + ".");
    object.owner_if_new = default_owner_;
    row.owner_id = owner(told);
    return object;
  }

 private:
  Shape shape(const LocatedFeature& located) const {
    if (!located.fault.empty()) refuse(located.fault);
    if (located.shape.empty()) return {};
    if (const std::string fault = fault_in(located.shape, settings_->municipality); !fault.empty()) refuse(fault);
    return snapped(located.shape);
  }

  std::string owner(const Values& told) {
    const std::string id = clean(told.text(owner_id), "owner_id", kMostOwnerBytes), name = clean(told.text(owner_name), "owner_name", kMostOwnerBytes);
    return book_.find_or_make(id, name);
  }

  std::string example() const { return fold_upper(settings_->municipality.name) + " KVARNBÄCK 1:23"; }
  static std::string types() {
    std::string text;
    for (const auto name : names_of(ObjectType{})) text += (text.empty() ? "" : ", ") + std::string{name};
    return text;
  }

  MemberMap<RegisterField> members_;
  std::shared_ptr<const Settings> settings_;
  OwnerBook book_;
  std::map<std::string, std::string> by_rule_;  // owner_id by property_key
  std::string default_owner_;
};

/// The objects of the register by what makes them the same in the next file.
class PresentObjects {
 public:
  void add(const PlacedObject& object) { ids_.emplace(std::hash<std::string>{}(object_key(object)), object.id); }
  std::vector<PlacedObject> of(LandTable& land, const std::string& key) const {
    std::vector<PlacedObject> rows;
    const auto [begin, end] = ids_.equal_range(std::hash<std::string>{}(key));
    for (auto at = begin; at != end; ++at)
      if (auto row = land.find(at->second); row && object_key(*row) == key) rows.push_back(std::move(*row));
    return rows;
  }

 private:
  std::unordered_multimap<std::size_t, ObjectId> ids_;
};

class PropertyImport {
 public:
  PropertyImport(Context& context, const Wanted& wanted)
      : wanted_(wanted), now_(context.clock.now()), store_(context.open()), settings_(load()), reader_(wanted, settings_, known_owners_),
        file_(wanted.file, wanted.layer), today_(settings_->zone.date_of(now_)),
        report_("Feature", wanted.dry_run, wanted.rejected.empty() && !wanted.dry_run ? wanted.file + ".rejected.csv" : wanted.rejected) {}

  int run(bool as_json) {
    survey();
    walk_register();
    Progress progress{static_cast<std::size_t>(features_)};
    file_.read([&](LocatedFeature& located) {
      progress.advance(static_cast<std::size_t>(located.feature.number), located.feature.number);
      take(located);
      if (waiting_.size() >= kRowsAtOnce) flush();
    });
    flush();
    end_missing();
    progress.clear();
    report_.finish();
    report_.print(features_, as_json);
    return report_.refused() > 0 ? kInPart : kDone;
  }

 private:
  using Values = RegisterReader::Values;

  /// What waits for its transaction: a property or an object.
  struct Item {
    std::int64_t feature = 0;
    std::string key, name;
    std::optional<Told<Property>> property;
    std::optional<Told<PlacedObject>> object;
  };
  struct Result {
    RegisterChange change = RegisterChange::unchanged;
    std::string line, fault;
  };
  /// Ends a transaction that has saved half of what turned out to be refused; it is then left out.
  struct RunAgain : std::exception {};

  std::shared_ptr<const Settings> load() {
    std::shared_ptr<const Settings> settings;
    store_->read([&](Transaction& transaction) {
      const Municipality municipality = require_municipality(transaction, wanted_.municipality);
      settings = transaction.municipalities().settings(municipality.id);
      known_owners_ = transaction.owners().list(municipality.id);
    });
    return settings;
  }
  MunicipalityId municipality() const { return settings_->municipality.id; }

  /// The first pass: what the file has, and whether it can be read to its end.
  void survey() {
    bool told_any = false;
    file_.read([&](LocatedFeature& located) {
      features_ = located.feature.number;
      const Values told = reader_.members().of(located.feature);
      told_any |= reader_.is_object(told) || told.has(designation);
      if (reader_.is_object(told)) {
        if (const auto key = key_of_object(told, located)) object_keys_.add(*key);
      } else if (told.has(designation)) {
        try {
          const std::string key = reader_.designation_of(told).property_key();
          areas_.know(key);  // what is refused for another reason does not end
          areas_.count(key, reader_.validity(told));
        } catch (const Error&) {  // the second pass tells it
        }
      }
    });
    reader_.members().require_mapped();
    if (features_ == 0) refuse(wanted_.file + " holds no features.");
    if (!told_any)
      refuse("No feature tells designation or object_type; name the member with --map designation=NAME. The first feature's members are: " +
             reader_.members().first_names() + ".");
    areas_.settle();
    object_keys_.settle();
  }

  std::optional<std::string> key_of_object(const Values& told, const LocatedFeature& located) {
    PlacedObject object;
    const auto type = object_type_named(told.text(object_type));
    if (!type) return std::nullopt;
    object.type = *type;
    object.label = told.text(label);
    if (located.fault.empty()) object.shape = snapped(located.shape);
    types_[static_cast<std::size_t>(*type)] = true;
    return object_key(object);
  }

  /// All rows, a page at a time, in short reads.
  template <typename Row>
  void each_page(auto next, const std::function<void(const std::vector<Row>&)>& visit) {
    decltype(Row::id) after{};
    for (std::vector<Row> page;; after = page.back().id) {
      store_->read([&](Transaction& transaction) { page = next(transaction.land(), after); });
      if (page.empty()) return;
      visit(page);
    }
  }
  void each_page_of_properties(const std::function<void(const std::vector<Property>&)>& visit) {
    each_page<Property>([&](LandTable& land, PropertyId after) { return land.properties_after(municipality(), after, kRowsAtOnce); }, visit);
  }
  void each_page_of_objects(const std::function<void(const std::vector<PlacedObject>&)>& visit) {
    each_page<PlacedObject>([&](LandTable& land, ObjectId after) { return land.objects_after(municipality(), after, kRowsAtOnce); }, visit);
  }

  // A file is the whole register of what it holds: of properties, and of objects of its types.
  bool is_of_file(const Property& row) const { return areas_.knows_any() && is_to_come(row.validity, today_); }
  bool is_of_file(const PlacedObject& row) const { return types_[static_cast<std::size_t>(row.type)] && is_to_come(row.validity, today_); }
  bool is_missing(const Property& row) const {
    return is_of_file(row) && !areas_.knows(property_key(row.designation, settings_->municipality.name));
  }
  bool is_missing(const PlacedObject& row) const { return is_of_file(row) && !object_keys_.contains(object_key(row)); }

  /// What is there, and how much of it would end.
  void walk_register() {
    std::int64_t properties = 0, objects = 0;
    each_page_of_properties([&](const auto& page) {
      properties += std::ranges::count_if(page, [&](const Property& row) { return is_of_file(row); });
      missing_properties_ += std::ranges::count_if(page, [&](const Property& row) { return is_missing(row); });
    });
    each_page_of_objects([&](const auto& page) {
      for (const PlacedObject& row : page) present_objects_.add(row);
      objects += std::ranges::count_if(page, [&](const PlacedObject& row) { return is_of_file(row); });
      missing_objects_ += std::ranges::count_if(page, [&](const PlacedObject& row) { return is_missing(row); });
    });
    if (wanted_.partial || wanted_.force) return;
    for (const std::string& fault : {ending_fault(missing_properties_, properties, kProperties), ending_fault(missing_objects_, objects, kObjects)})
      if (!fault.empty()) throw Error{ErrorCode::refused, fault};
  }

  void take(LocatedFeature& located) {
    const Values told = reader_.members().of(located.feature);
    const std::int64_t number = located.feature.number;
    if (reader_.is_object(told)) return take_object(number, told, located);
    std::string name = told.text(designation);
    std::optional<Designation> known;
    std::optional<Validity> days;
    std::optional<Told<Property>> whole;
    try {
      known = reader_.designation_of(told);
      days = reader_.validity(told);
      auto given = areas_.give(known->property_key(), known->area, number, reader_.property(*known, *days, told, located));
      whole = std::move(given.whole);
      if (!given.fault.empty()) report_.refuse(number, name, given.fault);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::malformed) throw;
      report_.refuse(number, name, error.what());
      if (days) whole = areas_.leave_out(known->property_key(), *days);
    }
    if (whole) waiting_.push_back({number, known->property_key(), whole->row.designation, std::move(whole), std::nullopt});
  }

  void take_object(std::int64_t number, const Values& told, const LocatedFeature& located) {
    const std::string name = told.text(object_type) + (told.has(label) ? " " + told.text(label) : "");
    try {
      Told<PlacedObject> object = reader_.object(told, located);
      const std::string key = object_key(object.row);
      if (!object_keys_.first_time(key)) refuse("An object of this type and " + std::string{object.row.label.empty() ? "place" : "label"} + " stands in the file before.");
      waiting_.push_back({number, key, name, std::nullopt, std::move(object)});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::malformed) throw;
      report_.refuse(number, name, error.what());
    }
  }

  void save_owners() {
    const std::vector<Owner> made = reader_.owners().take_made();
    for (const Owner& owner : made) report_.add_owner(owner, reader_.owners().namesake_of(owner));
    if (made.empty() || wanted_.dry_run) return;
    store_->write([&](Transaction& transaction) {
      for (const Owner& owner : made)
        if (!transaction.owners().find(municipality(), owner.owner_id)) transaction.owners().save(*settings_, owner);
    });
    store_->read([&](Transaction& transaction) { settings_ = transaction.municipalities().settings(municipality()); });
  }

  template <typename Row>
  void carry_out(Transaction& transaction, const RegisterPlan<Row>& plan, const std::vector<Row>& present, std::string& fault, Result& result) {
    result.change = plan.change;
    switch (plan.change) {
      case RegisterChange::added: result.line = plan.save.back().owner_id; break;
      case RegisterChange::new_owner: {
        const auto before = std::ranges::find(present, plan.save.front().id, &Row::id);
        result.line = (before == present.end() ? "" : before->owner_id) + " -> " + plan.save.back().owner_id;
        break;
      }
      default:
        for (const auto part : plan.what) result.line += (result.line.empty() ? "" : ", ") + std::string{part};
    }
    if (wanted_.dry_run) return;
    try {
      apply(transaction, *settings_, plan);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::refused && error.code() != ErrorCode::conflict) throw;
      fault = sentences(error);
      if (plan.save.size() > 1) throw RunAgain{};
      result.fault = fault;
    }
  }

  static std::string sentences(const Error& error) {
    std::string text;
    for (const Fault& one : error.faults()) text += (text.empty() ? "" : " ") + one.message;
    return text.empty() ? error.what() : text;
  }

  void decide(Transaction& transaction, const Item& item, std::string& fault, Result& result) {
    try {
      if (item.property) {
        const auto present = transaction.land().properties_of(municipality(), item.key);
        carry_out(transaction, plan_property(*item.property, present, today_), present, fault, result);
      } else {
        const auto present = present_objects_.of(transaction.land(), item.key);
        carry_out(transaction, plan_object(*item.object, present, today_), present, fault, result);
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::refused) throw;
      result.fault = sentences(error);
    }
  }

  void flush() {
    save_owners();
    if (waiting_.empty()) return;
    std::vector<std::string> faults(waiting_.size());
    std::vector<Result> results;
    const auto work = [&](Transaction& transaction) {
      results.assign(waiting_.size(), {});
      for (std::size_t i = 0; i < waiting_.size(); ++i)
        if (faults[i].empty()) decide(transaction, waiting_[i], faults[i], results[i]);
        else results[i].fault = faults[i];
    };
    for (bool again = true; again;) {
      again = false;
      try {
        wanted_.dry_run ? store_->read(work) : store_->write(work);
      } catch (const RunAgain&) {
        again = true;
      }
    }
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const Item& item = waiting_[i];
      const auto& [change, line, fault] = results[i];
      if (fault.empty()) report_.count(item.property ? kProperties : kObjects, change, item.name + ": " + line);
      else report_.refuse(item.feature, item.name, fault);
    }
    waiting_.clear();
  }

  /// Ends what the file does not have.
  void end_missing() {
    if (wanted_.partial) return;
    const auto end_all = [&](const auto& page, const std::string& kind, const auto& name_of_row) {
      const auto work = [&](Transaction& transaction) {
        for (const auto& row : page)
          if (is_missing(row)) end_row(transaction, *settings_, row, today_);
      };
      if (!wanted_.dry_run && std::ranges::any_of(page, [&](const auto& row) { return is_missing(row); })) store_->write(work);
      for (const auto& row : page)
        if (is_missing(row)) report_.count(kind, RegisterChange::ended, name_of_row(row) + ": " + row.owner_id);
    };
    if (missing_properties_ > 0)
      each_page_of_properties([&](const auto& page) { end_all(page, kProperties, [](const Property& row) { return row.designation; }); });
    if (missing_objects_ > 0)
      each_page_of_objects([&](const auto& page) {
        end_all(page, kObjects, [](const PlacedObject& row) { return std::string{to_code(row.type)} + " " + row.label; });
      });
  }

  const Wanted& wanted_;
  const Instant now_;
  std::unique_ptr<Store> store_;
  std::vector<Owner> known_owners_;
  std::shared_ptr<const Settings> settings_;
  RegisterReader reader_;
  const FeatureFile file_;
  const LocalDate today_;
  RegisterReport report_;

  std::int64_t features_ = 0, missing_properties_ = 0, missing_objects_ = 0;
  PropertyAreas areas_;
  FileKeys object_keys_;
  std::array<bool, names_of(ObjectType{}).size()> types_{};
  PresentObjects present_objects_;
  std::vector<Item> waiting_;
};

}  // namespace

void register_import_properties(CLI::App& parent, Context& context) {
  CLI::App* command = add_command(parent, context, "properties", "Import the property register, or objects such as power cabinets: whose wall is it");
  const auto wanted = std::make_shared<Wanted>();
  add_register_options(*command, *wanted, "GeoJSON or GeoJSONSeq; .gpkg, .shp, .fgb, .gml, .kml, .tab and .gdb are read by ogr2ogr (gdal-bin)",
                       "the register", "ends");
  command->add_option("--owner", wanted->owners, "Which owner an id or a name of the file means; may be repeated")
      ->allow_extra_args(false)
      ->type_name("WORD=ID");
  command->add_option("--default-owner", wanted->default_owner, "Whose what is new and names no owner is")->type_name("ID");
  add_format(*command, context);
  command->footer(
      "Polygons and multipolygons are properties; points and lines with an object_type are objects. Coordinates in WGS 84 or\n"
      "SWEREF 99 TM, which are told apart by their size; ogr2ogr reads any system. Fields:\n"
      "  designation      HÖÖR KVARNBÄCK 1:23, with or without the municipality; \">2\" or the field area names one of several areas\n"
      "  owner_id         the owner's id; one not yet known is added as a company, which is told\n"
      "  owner_name       its name; without owner_id owners are known by it\n"
      "  addresses        a list, or separated by semicolons\n"
      "  valid_from       the first day, valid_to the first day after; what the file does not tell stays as it is\n"
      "  object_type      building, power_cabinet, bus_shelter, bridge, tunnel, rail, playground, other\n"
      "  label            what stands on an object; with the type it tells which one it is\n"
      "The file is the whole register of what it holds (properties; objects of its types): what is not in it any more ends\n"
      "today, unless --partial. When that is more than 20 and a tenth of all, it is refused unless --force. A new owner takes over\n"
      "today, or on valid_from; the old one's days and cases stay. Running it again changes nothing. Exit code 1: some features\n"
      "were refused; they are told with their number and leave what is in the register as it is. Example:\n"
      "  klotterkoll import properties fastigheter.gpkg --municipality 1267 --map designation=FASTIGHET --map owner_name=LAGFARTSAGARE --dry-run");
  command->callback([&context, wanted] {
    context.run = [&context, wanted] { return PropertyImport{context, *wanted}.run(context.json); };
  });
}

}  // namespace klotterkoll
