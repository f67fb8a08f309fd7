#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/number.h"
#include "base/tabular.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/feature_file.h"
#include "commands/member_map.h"
#include "commands/progress.h"
#include "commands/register_options.h"
#include "commands/register_report.h"
#include "commands/whole_file.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "domain/shape.h"

namespace klotterkoll {

/// What a point or a line of a table can tell of an address.
enum class AddressField { address, designation, alias, lat, lon, north, east };
constexpr auto names_of(AddressField) {
  return std::array<Names, 7>{"address", "designation", "alias", "lat", "lon", "north", "east"};
}

namespace {

using enum AddressField;

constexpr std::size_t kRowsAtOnce = 500;
constexpr std::size_t kMostNames = 100;
const std::string kAddresses = "addresses";

using Wanted = RegisterOptions;

[[noreturn]] void refuse(const std::string& sentence) { throw Error{ErrorCode::malformed, sentence}; }

bool is_table(const std::string& path) {
  const std::string name = fold(path);
  return name.ends_with(".csv") || name.ends_with(".tsv") || name.ends_with(".txt");
}

/// Shows the lines of a table as features without a geometry, their columns as members, numbered as they stand.
void read_table(Table& table, const std::function<void(LocatedFeature&)>& take) {
  while (auto row = table.next_row()) {
    LocatedFeature located;
    located.feature.number = static_cast<std::int64_t>(row->line);
    located.fault = row->fault;
    for (std::size_t i = 0; i < row->cells.size() && i < table.columns().size(); ++i)
      if (!row->cells[i].empty()) located.feature.members.push_back({table.columns()[i], {std::string{row->cells[i]}}});
    take(located);
  }
}

/// A row's members as the domain has them.
class AddressReader {
 public:
  using Values = MemberMap<AddressField>::Values;

  AddressReader(const std::vector<std::string>& maps, const Municipality& municipality) : members_(maps), municipality_(municipality) {}

  MemberMap<AddressField>& members() { return members_; }

  struct Name {
    std::string text, key;
    bool is_alias = false;
  };
  /// The names that a row tells, its address first: the same in both passes, whatever else is wrong with it.
  std::vector<Name> names(const Values& told) const {
    std::vector<Name> all;
    const std::string word = fold(told.text(alias));
    const bool is_alias = contains({"1", "true", "yes", "ja", "sant", "x"}, word);
    const bool has_names = !is_alias && !word.empty() && !contains({"0", "false", "no", "nej", "falskt"}, word);
    add(all, told.text(address), is_alias);
    if (has_names)
      for (const std::string& one : told.list(alias)) add(all, one, true);
    if (all.empty()) refuse("It tells no address.");
    if (all.size() > kMostNames) refuse("It has more than 100 names.");
    return all;
  }

  Point point(const Values& told, const LocatedFeature& located) const {
    if (!located.fault.empty()) refuse(located.fault);
    Shape shape = located.shape;
    if (shape.empty()) shape.points = {told_point(told)};
    if (shape.points.size() != 1 || !shape.lines.empty() || !shape.polygons.empty())
      refuse("An address is one point; this is a " + located.feature.geometry_type + ".");
    if (const std::string fault = fault_in(shape, municipality_); !fault.empty()) refuse(fault);
    return from_grid(on_grid(shape.points.front()));
  }

  std::string designation_of(const Values& told) const {
    const std::string text = told.text(designation);
    if (text.empty()) return "";
    auto parsed = parse_designation(text, municipality_.name);
    if (!parsed) refuse("\"" + shortened(text, 60) + "\" is no designation such as " + fold_upper(municipality_.name) + " KVARNBÄCK 1:23.");
    parsed->area.clear();
    return parsed->display();
  }

 private:
  static bool contains(std::initializer_list<std::string_view> words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

  static void add(std::vector<Name>& all, const std::string& text, bool is_alias) {
    if (text.empty()) return;
    if (text.size() > kMostLandText_bytes) refuse("An address is longer than " + std::to_string(kMostLandText_bytes) + " bytes.");
    if (!is_clean_text(text)) refuse(std::string{"An address is not clean text. "} + kUncleanText);
    const std::string key = address_key(text);
    if (key.empty()) refuse("\"" + shortened(text, 60) + "\" is no address.");
    if (std::ranges::find(all, key, &Name::key) == all.end()) all.push_back({text, key, is_alias});
  }

  Point told_point(const Values& told) const {
    const bool metres = told.has(north) || told.has(east);
    const auto first = metres ? north : lat, second = metres ? east : lon;
    if (!told.has(first) || !told.has(second)) refuse("It has no point: a geometry, lat and lon, or north and east.");
    const auto y = parse_decimal(told.text(first)), x = parse_decimal(told.text(second));
    if (!y || !x)
      refuse("\"" + shortened(told.text(first), 40) + "\" and \"" + shortened(told.text(second), 40) +
             "\" are not both numbers; write degrees such as 55.9362 or metres such as 6199450.");
    if (is_swapped_sweref({*x, *y})) refuse("North and east are swapped: north is about 6,100,000 to 7,700,000, east 200,000 to 950,000.");
    Feature feature;
    feature.geometry_type = "Point";
    feature.coordinates = {{{*x, *y}}, {}, {}, 1};
    return shape_of(feature, sweref_).points.front();
  }

  MemberMap<AddressField> members_;
  const Municipality& municipality_;
  Sweref sweref_;
};

class AddressImport {
 public:
  AddressImport(Context& context, const Wanted& wanted)
      : wanted_(wanted), store_(context.open()), settings_(load()), reader_(wanted.maps, settings_->municipality),
        report_(is_table(wanted.file) ? "Line" : "Feature", wanted.dry_run,
                wanted.rejected.empty() && !wanted.dry_run ? wanted.file + ".rejected.csv" : wanted.rejected) {
    if (!is_table(wanted.file)) file_.emplace(wanted.file, wanted.layer);
  }

  int run(bool as_json) {
    survey();
    walk_register();
    Progress progress{static_cast<std::size_t>(rows_)};
    std::int64_t row = 0;
    read([&](LocatedFeature& located) {
      ++row;
      progress.advance(static_cast<std::size_t>(row), row);
      take(located);
      if (waiting_.size() >= kRowsAtOnce) flush();
    });
    flush();
    remove_missing();
    progress.clear();
    report_.finish();
    report_.print(rows_, as_json);
    return report_.refused() > 0 ? kInPart : kDone;
  }

 private:
  struct Item {
    AddressPoint row;
    std::string key;
    bool tells_designation = false;
  };

  std::shared_ptr<const Settings> load() {
    std::shared_ptr<const Settings> settings;
    store_->read([&](Transaction& transaction) {
      settings = transaction.municipalities().settings(require_municipality(transaction, wanted_.municipality).id);
    });
    return settings;
  }
  MunicipalityId municipality() const { return settings_->municipality.id; }

  void read(const std::function<void(LocatedFeature&)>& take) {
    if (file_) return file_->read(take);
    Table table{read_whole_file(wanted_.file)};
    read_table(table, take);
  }

  void survey() {
    read([&](LocatedFeature& located) {
      ++rows_;
      const auto told = reader_.members().of(located.feature);
      try {
        for (const auto& name : reader_.names(told)) {
          keys_.add(name.key);
          (name.is_alias ? has_aliases_ : has_addresses_) = true;
        }
      } catch (const Error&) {  // the second pass tells it
      }
    });
    reader_.members().require_mapped();
    if (rows_ == 0) refuse(wanted_.file + " holds no addresses.");
    if (!reader_.members().met(address) && !reader_.members().met(alias))
      refuse("Nothing tells address; name the member or column with --map address=NAME. The first one's are: " + reader_.members().first_names() + ".");
    keys_.settle();
  }

  // A file is the whole register of what it holds: of addresses, of other names, or of both; not of what officers have said.
  bool is_of_file(const AddressPoint& row) const { return !row.by_officer && (row.alias ? has_aliases_ : has_addresses_); }
  bool is_missing(const AddressPoint& row) const { return is_of_file(row) && !keys_.contains(address_key(row.address)); }

  void each_page(const std::function<void(const std::vector<AddressPoint>&)>& visit) {
    std::string after;
    for (std::vector<AddressPoint> page;; after = address_key(page.back().address)) {
      store_->read([&](Transaction& transaction) { page = transaction.land().addresses_after(municipality(), after, kRowsAtOnce); });
      if (page.empty()) return;
      visit(page);
    }
  }

  void walk_register() {
    std::int64_t present = 0;
    each_page([&](const auto& page) {
      present += std::ranges::count_if(page, [&](const AddressPoint& row) { return is_of_file(row); });
      missing_ += std::ranges::count_if(page, [&](const AddressPoint& row) { return is_missing(row); });
    });
    if (wanted_.partial || wanted_.force) return;
    if (const std::string fault = ending_fault(missing_, present, kAddresses); !fault.empty()) throw Error{ErrorCode::refused, fault};
  }

  void take(LocatedFeature& located) {
    const auto told = reader_.members().of(located.feature);
    const std::int64_t number = located.feature.number;
    try {
      const auto names = reader_.names(told);
      Item item;
      item.row.point = reader_.point(told, located);
      item.row.designation = reader_.designation_of(told);
      item.tells_designation = told.has(designation);
      for (const auto& name : names) {
        if (!keys_.first_time(name.key)) {
          report_.refuse(number, name.text, "The address stands in the file before; one address is one place.");
          continue;
        }
        item.row.address = name.text;
        item.row.alias = name.is_alias;
        item.key = name.key;
        waiting_.push_back(item);
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::malformed) throw;
      report_.refuse(number, told.text(address), error.what());
    }
  }

  RegisterChange save(Transaction& transaction, const Item& item) const {
    AddressPoint row = item.row;
    const auto present = transaction.land().find_address(municipality(), item.key);
    if (present && !item.tells_designation) row.designation = present->designation;
    row.by_officer = present && present->by_officer;
    if (present && *present == row) return RegisterChange::unchanged;
    if (!wanted_.dry_run) save_address(transaction, *settings_, row);
    return present ? RegisterChange::changed : RegisterChange::added;
  }

  void flush() {
    if (waiting_.empty()) return;
    std::vector<RegisterChange> changes;
    const auto work = [&](Transaction& transaction) {
      changes.clear();
      for (const Item& item : waiting_) changes.push_back(save(transaction, item));
    };
    wanted_.dry_run ? store_->read(work) : store_->write(work);
    for (std::size_t i = 0; i < waiting_.size(); ++i) report_.count(kAddresses, changes[i], waiting_[i].row.address);
    waiting_.clear();
  }

  void remove_missing() {
    if (wanted_.partial || missing_ == 0) return;
    each_page([&](const auto& page) {
      const auto work = [&](Transaction& transaction) {
        for (const AddressPoint& row : page)
          if (is_missing(row)) transaction.land().remove_address(municipality(), address_key(row.address));
      };
      if (!wanted_.dry_run && std::ranges::any_of(page, [&](const AddressPoint& row) { return is_missing(row); })) store_->write(work);
      for (const AddressPoint& row : page)
        if (is_missing(row)) report_.count(kAddresses, RegisterChange::ended, row.address);
    });
  }

  const Wanted& wanted_;
  std::unique_ptr<Store> store_;
  std::shared_ptr<const Settings> settings_;
  AddressReader reader_;
  std::optional<FeatureFile> file_;
  RegisterReport report_;

  std::int64_t rows_ = 0, missing_ = 0;
  bool has_addresses_ = false, has_aliases_ = false;
  FileKeys keys_;
  std::vector<Item> waiting_;
};

}  // namespace

void register_import_addresses(CLI::App& parent, Context& context) {
  CLI::App* command = add_command(parent, context, "addresses", "Import addresses and other names of places: where it is, and what is near");
  const auto wanted = std::make_shared<Wanted>();
  add_register_options(*command, *wanted, "Points: GeoJSON, GeoJSONSeq, what ogr2ogr reads (.gpkg, .shp, ...), or a table (.csv, .tsv, .txt)",
                       "the addresses", "is removed");
  add_format(*command, context);
  command->footer(
      "Fields:\n"
      "  address      Storgatan 12; one address is one place\n"
      "  designation  of the property it belongs to\n"
      "  alias        yes when it is no address but another name (a school, a station), or such names, separated by semicolons\n"
      "  lat, lon     degrees, or north, east in SWEREF 99 TM, where the file has no geometry\n"
      "A file is the whole register of what it holds (addresses; other names): what is not in it any more is removed, unless\n"
      "--partial; what an officer has said of an address stays. When that is more than 20 and a tenth of all, it is refused unless --force. Running it again changes nothing.\n"
      "Exit code 1: some rows were refused, and told with their number. Example:\n"
      "  klotterkoll import addresses belagenhetsadresser.gpkg --municipality 1267 --map address=adress --map designation=fastighet");
  command->callback([&context, wanted] {
    context.run = [&context, wanted] { return AddressImport{context, *wanted}.run(context.json); };
  });
}

}  // namespace klotterkoll
