#include "workflow/register_import.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/text.h"
#include "domain/address.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kFewEndings = 20;
constexpr std::size_t kMostWaitingPoints = 5'000'000;
constexpr std::size_t kLongestOwnerId = 64, kMostNameBytes = 200;

std::uint64_t digest_of_text(std::string_view text) { return std::hash<std::string_view>{}(text); }

bool begins_before(const Validity& validity, LocalDate day) { return !validity.from || *validity.from < day; }

// What a row says besides owner, shape and validity.
void take_words(const Property& told, bool tells_addresses, Property& row, std::vector<std::string_view>& what) {
  if (row.designation != told.designation) row.designation = told.designation, what.push_back("designation");
  if (tells_addresses && row.addresses != told.addresses) row.addresses = told.addresses, what.push_back("addresses");
}
void take_words(const PlacedObject& told, bool, PlacedObject& row, std::vector<std::string_view>& what) {
  if (row.label != told.label) row.label = told.label, what.push_back("label");
}

/// `present` with what the file tells, its owner apart.
template <typename Row>
Row with(const Told<Row>& told, Row present, std::vector<std::string_view>& what) {
  take_words(told.row, told.tells_addresses, present, what);
  if (told.tells_shape && present.shape != told.row.shape) present.shape = told.row.shape, what.push_back("shape");
  Validity validity = present.validity;
  if (told.row.validity.from) validity.from = told.row.validity.from;
  if (told.row.validity.until) validity.until = told.row.validity.until;
  if (present.validity != validity) present.validity = validity, what.push_back("validity");
  return present;
}

template <typename Row>
const Row* meant_by(const Told<Row>& told, const std::vector<Row>& present, const Validity& days) {
  std::vector<const Row*> candidates;
  for (const Row& row : present)
    if (row.validity.overlaps(days)) candidates.push_back(&row);
  if (candidates.empty()) return nullptr;
  for (const Row* row : candidates)
    if (row->owner_id == told.row.owner_id && !told.row.owner_id.empty()) return row;
  for (const Row* row : candidates)
    if (row->validity.holds_on(*days.from)) return row;
  return *std::ranges::min_element(candidates, {}, [](const Row* row) { return *row->validity.from; });  // they all begin later
}

template <typename Row>
RegisterPlan<Row> plan_row(const Told<Row>& told, const std::vector<Row>& present, LocalDate today) {
  const auto& [from_told, until_told] = told.row.validity;
  const bool is_over = until_told && *until_told <= today;
  const Validity days{from_told.value_or(is_over ? *until_told - std::chrono::days{1} : today), until_told};
  RegisterPlan<Row> plan;
  const Row* const meant = meant_by(told, present, days);
  if (!meant) {
    // Known from the start, unless it was somebody's before.
    Row row = told.row;
    const auto was_before = [&](const Row& one) { return !one.validity.empty() && one.validity.until && *one.validity.until <= *days.from; };
    if (!row.validity.from && std::ranges::any_of(present, was_before)) row.validity.from = today;
    if (row.owner_id.empty()) row.owner_id = told.owner_if_new;
    if (row.owner_id.empty())
      throw Error{ErrorCode::refused, "It names no owner; tell owner_id or owner_name, or say --default-owner."};
    plan.change = RegisterChange::added;
    plan.save.push_back(std::move(row));
    return plan;
  }
  if (told.row.owner_id.empty() || meant->owner_id == told.row.owner_id) {
    Row row = with(told, *meant, plan.what);
    if (plan.what.empty()) return plan;
    plan.change = RegisterChange::changed;
    plan.save.push_back(std::move(row));
    return plan;
  }
  plan.change = RegisterChange::new_owner;
  std::optional<LocalDate> from;
  for (const auto& day : {told.row.validity.from, std::optional{today}})
    if (!from && day && begins_before(meant->validity, *day)) from = day;
  Row row = with(told, *meant, plan.what);
  plan.what.clear();
  row.owner_id = told.row.owner_id;
  if (!from) {
    plan.save.push_back(std::move(row));
    return plan;
  }
  Row before = *meant;
  before.validity.until = *from;
  row.id = {};
  row.version = 1;
  row.validity.from = *from;
  plan.save.push_back(std::move(before));
  plan.save.push_back(std::move(row));
  return plan;
}

std::string numbers_of(const std::map<std::string, std::int64_t>& areas) {
  std::string text;
  for (const auto& [area, feature] : areas) text += (text.empty() ? "" : ", ") + std::to_string(feature);
  return text;
}

std::size_t points_in(const Shape& shape) {
  std::size_t count = 0;
  for (const Polygon& polygon : shape.polygons) {
    count += polygon.outer.size();
    for (const auto& hole : polygon.holes) count += hole.size();
  }
  return count;
}

}  // namespace

RegisterPlan<Property> plan_property(const Told<Property>& told, const std::vector<Property>& present, LocalDate today) {
  return plan_row(told, present, today);
}
RegisterPlan<PlacedObject> plan_object(const Told<PlacedObject>& told, const std::vector<PlacedObject>& present, LocalDate today) {
  return plan_row(told, present, today);
}

bool is_to_come(const Validity& validity, LocalDate today) {
  return !validity.empty() && (!validity.until || today < *validity.until);
}

void apply(Transaction& transaction, const Settings& settings, const RegisterPlan<Property>& plan) {
  for (const Property& row : plan.save) save_property(transaction, settings, row);
}
void apply(Transaction& transaction, const Settings& settings, const RegisterPlan<PlacedObject>& plan) {
  for (const PlacedObject& row : plan.save) save_object(transaction, settings, row);
}

void end_row(Transaction& transaction, const Settings& settings, const Property& row, LocalDate today) {
  if (!begins_before(row.validity, today)) return transaction.land().remove(row.id);
  end_property(transaction, settings, row, today);
}
void end_row(Transaction& transaction, const Settings& settings, const PlacedObject& row, LocalDate today) {
  if (!begins_before(row.validity, today)) return transaction.land().remove(row.id);
  PlacedObject ended = row;
  ended.validity.until = today;
  save_object(transaction, settings, ended);
}

std::string object_key(const PlacedObject& object) {
  std::string key{to_code(object.type)};
  if (const std::string label = fold(object.label); !label.empty()) return key + '|' + label;
  const Shape& shape = object.shape;
  std::optional<Point> at;
  if (!shape.polygons.empty() && !shape.polygons.front().outer.empty()) at = shape.polygons.front().outer.front();
  if (!shape.lines.empty() && !shape.lines.front().empty()) at = shape.lines.front().front();
  if (!shape.points.empty()) at = shape.points.front();
  if (at) key += '@' + std::to_string(std::llround(at->lat * 1e5)) + ',' + std::to_string(std::llround(at->lon * 1e5));
  return key;
}

void FileKeys::add(std::string_view key) { keys_.push_back(digest_of_text(key)); }

void FileKeys::settle() {
  std::ranges::sort(keys_);
  keys_.erase(std::ranges::unique(keys_).begin(), keys_.end());
  seen_.assign(keys_.size(), false);
}

std::size_t FileKeys::place_of(std::string_view key) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(keys_, digest_of_text(key)) - keys_.begin());
}

bool FileKeys::contains(std::string_view key) const {
  const std::size_t at = place_of(key);
  return at < keys_.size() && keys_[at] == digest_of_text(key);
}

bool FileKeys::first_time(std::string_view key) {
  const std::size_t at = place_of(key);
  const bool first = !seen_.at(at);
  seen_[at] = true;
  return first;
}

std::uint64_t PropertyAreas::digest_of(std::string_view property_key, const Validity& validity) {
  const auto day = [](const std::optional<LocalDate>& one) { return one ? std::to_string(one->time_since_epoch().count()) : ""; };
  return digest_of_text(std::string{property_key} + '\n' + day(validity.from) + '\n' + day(validity.until));
}

void PropertyAreas::settle() {
  keys_.settle();
  std::ranges::sort(groups_);
}

std::size_t PropertyAreas::count_of(std::uint64_t digest) const { return std::ranges::equal_range(groups_, digest).size(); }

PropertyAreas::Waiting& PropertyAreas::waiting_of(std::uint64_t digest) {
  const auto [at, is_new] = waiting_.try_emplace(digest);
  if (is_new) at->second.left = count_of(digest);
  return at->second;
}

std::optional<Told<Property>> PropertyAreas::take_when_whole(std::uint64_t digest) {
  const auto at = waiting_.find(digest);
  if (--at->second.left > 0) return std::nullopt;
  auto whole = std::move(at->second.told);
  waiting_.erase(at);
  if (whole) waiting_points_ -= points_in(whole->row.shape);
  return whole;
}

PropertyAreas::Given PropertyAreas::give(std::string_view property_key, const std::string& area, std::int64_t feature, Told<Property> told) {
  const std::uint64_t digest = digest_of(property_key, told.row.validity);
  Waiting& waiting = waiting_of(digest);
  Given given;
  if (const auto before = waiting.areas.find(area); before != waiting.areas.end()) {
    given.fault = "The designation stands twice: feature " + std::to_string(before->second) + " has it too.";
  } else if (waiting.told && !waiting.told->row.owner_id.empty() && !told.row.owner_id.empty() &&
             waiting.told->row.owner_id != told.row.owner_id) {
    given.fault = "It is an area of the same property as feature " + numbers_of(waiting.areas) + ", but has another owner.";
  } else {
    const std::size_t points = points_in(told.row.shape);
    waiting.areas.emplace(area, feature);
    if (!waiting.told) {
      waiting.told = std::move(told);
    } else {
      Property& row = waiting.told->row;
      if (row.owner_id.empty()) row.owner_id = told.row.owner_id;
      waiting.told->tells_shape |= told.tells_shape;
      waiting.told->tells_addresses |= told.tells_addresses;
      for (Polygon& polygon : told.row.shape.polygons) row.shape.polygons.push_back(std::move(polygon));
      row.addresses.insert(row.addresses.end(), std::make_move_iterator(told.row.addresses.begin()), std::make_move_iterator(told.row.addresses.end()));
      row.addresses = distinct_addresses(std::move(row.addresses));
    }
    waiting_points_ += points;
    if (waiting_points_ > kMostWaitingPoints)
      throw Error{ErrorCode::refused, "Too many properties wait for their other areas; sort the file by designation."};
  }
  given.whole = take_when_whole(digest);
  return given;
}

std::optional<Told<Property>> PropertyAreas::leave_out(std::string_view property_key, const Validity& validity) {
  const std::uint64_t digest = digest_of(property_key, validity);
  waiting_of(digest);
  return take_when_whole(digest);
}

OwnerBook::OwnerBook(const std::vector<Owner>& owners) {
  for (const Owner& one : owners) {
    names_.emplace(one.owner_id, one.name);
    by_name_.emplace(fold(one.name), one.owner_id);
  }
}

void OwnerBook::add_meaning(const std::string& text) {
  const auto equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0)
    throw Error{ErrorCode::malformed, "--owner: \"" + text + "\" is not WORD=ID, such as \"Höörs kommun\"=hoors-kommun."};
  const std::string id = trimmed(text.substr(equals + 1));
  if (!names_.contains(id)) throw Error{ErrorCode::malformed, "--owner: there is no owner \"" + id + "\"; add it with klotterkoll owner add."};
  meanings_[fold(text.substr(0, equals))] = id;
}

std::string OwnerBook::find_or_make(const std::string& id, const std::string& name) {
  for (const std::string& word : {id, name})
    if (const auto at = meanings_.find(fold(word)); at != meanings_.end()) return at->second;
  const std::string called = trimmed(name);
  if (std::string own = owner_id_from(id); !own.empty()) {
    if (!names_.contains(own)) make(own, called.empty() ? trimmed(id) : called);
    return own;
  }
  if (!fold(id).empty()) throw Error{ErrorCode::malformed, "No owner_id can be made of \"" + shortened(id, 60) + "\"; one is a-z, 0-9 and \"-\"."};
  if (called.empty()) return "";
  if (names_.contains(called)) return called;
  if (const auto at = by_name_.find(fold(called)); at != by_name_.end()) return at->second;
  std::string own = owner_id_from(called);
  if (own.empty()) throw Error{ErrorCode::malformed, "No owner_id can be made of the name \"" + shortened(called, 60) + "\"; tell owner_id too."};
  for (int number = 2; names_.contains(own); ++number) own = owner_id_from(called).substr(0, kLongestOwnerId - 5) + '-' + std::to_string(number);
  make(own, called);
  return own;
}

void OwnerBook::make(const std::string& id, const std::string& name) {
  if (name.size() > kMostNameBytes || !is_clean_text(name))
    throw Error{ErrorCode::malformed, "The owner's name is longer than 200 bytes, or no clean text."};
  Owner owner;
  owner.owner_id = id;
  owner.name = name;
  owner.kind = OwnerKind::private_owner;  // who it is nobody has said yet, so that nothing of it is public
  names_.emplace(id, name);
  by_name_.emplace(fold(name), id);
  made_.push_back(std::move(owner));
}

std::string OwnerBook::namesake_of(const Owner& owner) const {
  const auto at = by_name_.find(fold(owner.name));
  return at == by_name_.end() || at->second == owner.owner_id ? "" : at->second;
}

std::vector<Owner> OwnerBook::take_made() { return std::exchange(made_, {}); }

std::string owner_id_from(std::string_view name) {
  static const std::map<std::string_view, char> letters{{"å", 'a'}, {"ä", 'a'}, {"æ", 'a'}, {"á", 'a'}, {"à", 'a'}, {"ö", 'o'},
                                                        {"ø", 'o'}, {"ó", 'o'}, {"é", 'e'}, {"è", 'e'}, {"ü", 'u'}, {"ú", 'u'}};
  const std::string folded = fold(name);
  std::string id;
  for (std::size_t i = 0; i < folded.size(); ++i) {
    char letter = folded[i];
    if (const auto at = letters.find(std::string_view{folded}.substr(i, 2)); at != letters.end()) {
      letter = at->second;
      ++i;
    }
    const bool kept = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (kept) id += letter;
    else if (!id.empty() && !id.ends_with('-')) id += '-';
  }
  id.resize(std::min(id.size(), kLongestOwnerId));
  while (id.ends_with('-')) id.pop_back();
  return id;
}

std::string ending_fault(std::int64_t ending, std::int64_t present, std::string_view what) {
  if (ending <= kFewEndings || ending * 10 <= present) return "";
  return std::to_string(ending) + " of " + std::to_string(present) + " " + std::string{what} + " in the register are not in this file and would end. "
         "If they are to, say --force; if the file holds only a part, say --partial.";
}

}  // namespace klotterkoll
