#include "commands/history_file.h"

#include <algorithm>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "domain/police_reference.h"

namespace klotterkoll {
namespace {

using enum HistoryField;

constexpr std::size_t kMostIdBytes = 200, kMostAddressBytes = 300, kMostDesignationBytes = 200, kMostDescriptionBytes = 4000;
constexpr std::string_view kYes = "yes", kNo = "no";

std::size_t index_of(HistoryField field) { return static_cast<std::size_t>(field); }
std::string name_of(HistoryField field) { return std::string{to_code(field)}; }

[[noreturn]] void refuse(const std::string& sentence) { throw Error{ErrorCode::malformed, sentence}; }

template <typename Names>
std::string listed(const Names& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + std::string{name};
  return text;
}

HistoryField field_named(const std::string& name, const std::string& option) {
  const auto field = code_from<HistoryField>(trimmed(name));
  if (!field) refuse(option + ": \"" + name + "\" is no field; there are " + listed(names_of(HistoryField{})) + ".");
  return *field;
}

/// What offices call our codes, Swedish and English, folded.
const std::map<std::string, std::string>& usual_words(HistoryField field) {
  static const std::map<std::string, std::string> none;
  static const std::map<std::string, std::string> categories = {
      {"tagg", "tag"}, {"taggar", "tag"}, {"målning", "piece"}, {"politiskt", "political"}, {"politisk", "political"},
      {"hat", "hate"}, {"hatbudskap", "hate"}, {"hets mot folkgrupp", "hate"}, {"obscent", "obscene"},
      {"stötande", "obscene"}, {"klistermärke", "sticker"}, {"klistermärken", "sticker"}, {"annat", "other"},
      {"övrigt", "other"}};
  static const std::map<std::string, std::string> sources = {
      {"medborgare", "citizen"}, {"invånare", "citizen"}, {"allmänheten", "citizen"}, {"polis", "police"},
      {"polisen", "police"}, {"kommun", "municipality"}, {"kommunen", "municipality"}, {"ägare", "owner"},
      {"fastighetsägare", "owner"}, {"fastighetsägaren", "owner"}};
  static const std::map<std::string, std::string> truths = {
      {"1", "yes"}, {"true", "yes"}, {"yes", "yes"}, {"y", "yes"}, {"ja", "yes"}, {"j", "yes"}, {"sant", "yes"}, {"x", "yes"},
      {"0", "no"}, {"false", "no"}, {"no", "no"}, {"n", "no"}, {"nej", "no"}, {"falskt", "no"}};
  static const std::map<std::string, std::string> dismissals = [] {
    auto words = truths;
    words.insert({{"inte klotter", "not_graffiti"}, {"ej klotter", "not_graffiti"}, {"hittades inte", "not_found"},
                  {"ej funnet", "not_found"}, {"laglig vägg", "legal_wall"}, {"utanför kommunen", "outside_area"}});
    return words;
  }();
  switch (field) {
    case category: return categories;
    case source: return sources;
    case proactive: return truths;
    case dismissed: return dismissals;
    default: return none;
  }
}

template <typename Enum>
void add_codes(std::map<std::string, std::string>& words) {
  for (const auto name : names_of(Enum{})) words.emplace(fold(name), std::string{name});
}

std::string sentences(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults) text += (text.empty() ? "" : " ") + fault.message;
  return text;
}

}  // namespace

HistoryFile::HistoryFile(Table& table, const HistoryFormat& format, const Municipality& municipality,
                         const std::vector<Owner>& owners, Instant now)
    : table_(table), municipality_(municipality), time_format_(format.time_format),
      zone_(format.zone.value_or(TimeZone{municipality.time_zone})), now_(now) {
  map_columns(format.maps);
  for (const HistoryField field : {category, source, proactive, dismissed}) words_[index_of(field)] = usual_words(field);
  add_codes<Category>(words_[index_of(category)]);
  add_codes<Source>(words_[index_of(source)]);
  add_codes<DismissalReason>(words_[index_of(dismissed)]);
  // Files name owners, seldom their ids.
  for (const Owner& one : owners) words_[index_of(HistoryField::owner)].emplace(fold(one.name), one.owner_id);
  for (const Owner& one : owners) words_[index_of(HistoryField::owner)][one.owner_id] = one.owner_id;
  add_values(format.values);
}

void HistoryFile::map_columns(const std::vector<std::string>& maps) {
  for (const std::string& map : maps) {
    const auto equals = map.find('=');
    if (equals == std::string::npos) refuse("--map: \"" + map + "\" is not FIELD=COLUMN, such as reported_at=\"Anmäld\".");
    const HistoryField field = field_named(map.substr(0, equals), "--map");
    if (columns_[index_of(field)]) refuse("--map: the field " + name_of(field) + " is mapped twice.");
    columns_[index_of(field)] = table_.column(map.substr(equals + 1));
  }
  for (std::size_t i = 0; i < kHistoryFields; ++i)
    if (!columns_[i]) columns_[i] = table_.find_column(names_of(HistoryField{})[i]);
  const auto has = [&](HistoryField field) { return columns_[index_of(field)].has_value(); };
  const std::string there_are = " The file's columns are: " + listed(table_.columns()) + ".";
  if (!has(reported_at)) refuse("No column tells reported_at; name it with --map reported_at=COLUMN." + there_are);
  if (has(lat) != has(lon)) refuse("lat and lon go together; map both or neither." + there_are);
  if (!has(lat) && !has(address) && !has(designation))
    refuse("No column tells the place; name it with --map lat=COLUMN and --map lon=COLUMN, --map address=COLUMN or "
           "--map designation=COLUMN." + there_are);
}

std::vector<std::string> HistoryFile::unused_columns() const {
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < table_.columns().size(); ++i)
    if (std::ranges::find(columns_, i) == columns_.end() && !table_.columns()[i].empty()) unused.push_back(table_.columns()[i]);
  return unused;
}

std::string HistoryFile::checked_value(HistoryField field, const std::string& value) const {
  const auto known = [&](const auto& names) {
    if (std::ranges::find(names, value) == names.end())
      refuse("--value: \"" + value + "\" is no " + name_of(field) + "; there are " + listed(names) + ".");
    return value;
  };
  const auto& owners = words_[index_of(HistoryField::owner)];
  switch (field) {
    case category: return known(names_of(Category{}));
    case source: return known(names_of(Source{}));
    case proactive: return known(std::array{kYes, kNo});
    case dismissed: return value == kNo ? value : known(names_of(DismissalReason{}));
    case HistoryField::owner:
      if (const auto at = owners.find(value); at != owners.end()) return at->second;
      refuse("--value: there is no owner \"" + value + "\"; add it with klotterkoll owner add.");
    default: refuse("--value: only the words of category, source, owner, proactive and dismissed can be given a meaning.");
  }
}

void HistoryFile::add_values(const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    const auto colon = value.find(':'), equals = value.rfind('=');
    if (colon == std::string::npos || equals == std::string::npos || equals < colon)
      refuse("--value: \"" + value + "\" is not FIELD:WORD=VALUE, such as source:\"Employee Generated\"=municipality.");
    const HistoryField field = field_named(value.substr(0, colon), "--value");
    words_[index_of(field)][fold(value.substr(colon + 1, equals - colon - 1))] = checked_value(field, value.substr(equals + 1));
  }
}

std::optional<HistoryFile::Read> HistoryFile::next() {
  auto row = table_.next_row();
  if (!row) return std::nullopt;
  Read read_row{std::move(*row), {}, {}};
  read_row.fault = read_row.row.fault;
  if (!read_row.fault.empty()) return read_row;
  try {
    read_row.history = read(read_row.row);
    read_row.fault = sentences(check_history(read_row.history, municipality_, now_));
  } catch (const Error& error) {
    read_row.fault = error.what();
  }
  return read_row;
}

std::string HistoryFile::cell(const Table::Row& row, HistoryField field) const {
  const auto column = columns_[index_of(field)];
  return column && *column < row.cells.size() ? trimmed(row.cells[*column]) : "";
}

std::string HistoryFile::text(const Table::Row& row, HistoryField field, std::size_t most) const {
  std::string value = normalise_newlines(cell(row, field));
  if (value.size() > most)
    refuse(name_of(field) + " is " + std::to_string(value.size()) + " bytes long; at most " + std::to_string(most) + " are kept.");
  if (has_control_characters(value)) refuse(name_of(field) + " holds control characters.");
  return value;
}

std::optional<ReadTime> HistoryFile::time(const Table::Row& row, HistoryField field) const {
  const std::string value = cell(row, field);
  if (value.empty()) return std::nullopt;
  if (!time_format_) {
    try {
      return guess_time(value);
    } catch (const Error& error) {
      refuse(name_of(field) + ": " + error.what());
    }
  }
  const auto time = parse_local_time(value, *time_format_);
  if (!time)
    refuse(name_of(field) + ": \"" + shortened(value, 40) + "\" does not fit the time format \"" + time_format_->text() + "\".");
  return time;
}

Instant HistoryFile::to_instant(const ReadTime& time) const { return time.instant.value_or(zone_.to_instant(time.local)); }

void HistoryFile::read_times(const Table::Row& row, HistoryRow& history) const {
  if (const auto reported = time(row, reported_at)) history.times.reported_at = to_instant(*reported);
  if (const auto received = time(row, received_at)) {
    Instant& instant = history.times.received_at.emplace(to_instant(*received));
    const auto& reported = history.times.reported_at;
    if (received->date_only && reported && zone_.date_of(*reported) == zone_.date_of(instant)) instant = std::max(instant, *reported);
  }
  const auto end_of = [&](HistoryField field) -> std::optional<Instant> {
    const auto read = time(row, field);
    if (!read) return std::nullopt;
    if (!read->date_only) return to_instant(*read);
    const LocalDate day = std::chrono::floor<std::chrono::days>(read->local);
    return day == zone_.date_of(now_) ? now_ : zone_.last_second_of(day);
  };
  history.removed_at = end_of(removed_at);
  history.recorded_at = end_of(recorded_at);
}

std::optional<Point> HistoryFile::point(const Table::Row& row) const {
  const std::string lat_text = cell(row, lat), lon_text = cell(row, lon);
  if (lat_text.empty() && lon_text.empty()) return std::nullopt;
  const auto latitude = parse_decimal(lat_text), longitude = parse_decimal(lon_text);
  if (!latitude || !longitude)
    refuse("lat \"" + shortened(lat_text, 40) + "\" and lon \"" + shortened(lon_text, 40) +
           "\" are not both numbers; write degrees such as 55.9362 or 55,9362.");
  if (*latitude == 0 && *longitude == 0) return std::nullopt;
  return Point{*latitude, *longitude};
}

template <typename Enum>
Enum HistoryFile::word_or(const Table::Row& row, HistoryField field, Enum otherwise) {
  const std::string value = cell(row, field);
  if (value.empty()) return otherwise;
  const Words& words = words_[index_of(field)];
  if (const auto at = words.find(fold(value)); at != words.end()) return code_from<Enum>(at->second).value_or(otherwise);
  ++unknown_words_[{field, shortened(value, 60)}];
  return otherwise;
}

bool HistoryFile::truth(const Table::Row& row, HistoryField field) const {
  const std::string value = cell(row, field);
  if (value.empty()) return false;
  const Words& words = words_[index_of(field)];
  const auto at = words.find(fold(value));
  if (at == words.end())
    refuse(name_of(field) + ": \"" + shortened(value, 40) + "\" is neither yes nor no; say what it means with --value " +
           name_of(field) + ":WORD=yes.");
  return at->second == kYes;
}

std::optional<DismissalReason> HistoryFile::dismissal(const Table::Row& row) const {
  const std::string value = cell(row, dismissed);
  if (value.empty()) return std::nullopt;
  const Words& words = words_[index_of(dismissed)];
  const auto at = words.find(fold(value));
  if (at == words.end())
    refuse("dismissed: \"" + shortened(value, 40) + "\" is no reason; there are " + listed(names_of(DismissalReason{})) +
           ". Say what it means with --value dismissed:WORD=REASON.");
  if (at->second == kNo) return std::nullopt;
  // "yes" says that there was nothing to remove, but not why.
  return code_from<DismissalReason>(at->second).value_or(DismissalReason::not_found);
}

std::string HistoryFile::owner(const Table::Row& row) const {
  const std::string value = cell(row, HistoryField::owner);
  if (value.empty()) return "";
  const Words& words = words_[index_of(HistoryField::owner)];
  const auto at = words.find(fold(value));
  if (at == words.end())
    refuse("There is no owner \"" + shortened(value, 60) + "\"; add it with klotterkoll owner add, or say which one is meant with "
           "--value owner:WORD=ID.");
  return at->second;
}

HistoryRow HistoryFile::read(const Table::Row& row) {
  HistoryRow history;
  history.external_id = text(row, external_id, kMostIdBytes);
  read_times(row, history);
  history.place = {point(row), text(row, address, kMostAddressBytes), text(row, designation, kMostDesignationBytes)};
  if (const std::string reference = cell(row, police_reference); !reference.empty()) {
    const auto parsed = parse_police_reference(reference);
    if (!parsed) refuse(police_reference_fault(reference));
    history.police_reference = *parsed;
  }
  history.description = text(row, description, kMostDescriptionBytes);
  history.owner_id = owner(row);
  history.proactive = truth(row, proactive);
  history.dismissed = dismissal(row);
  // Last, so that words of rows that are refused are not counted.
  history.category = word_or(row, category, Category::other);
  history.source = word_or(row, source, Source::citizen);
  return history;
}

}  // namespace klotterkoll
