#include "domain/designation.h"

#include <algorithm>

#include "base/text.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMaxBytes = 120;

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "1:23", "5", and the register's letters for joint property (samfällighet, joint fishing, joint facility).
bool is_unit(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos) return is_number(text);
  const auto block = text.substr(0, colon);
  return (is_number(block) || block == "S" || block == "FS" || block == "GA") &&
         is_number(text.substr(colon + 1));
}

/// A letter (any character beyond ASCII counts as one) and nothing that no name has.
bool is_district(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  };
  return std::any_of(text.begin(), text.end(), is_letter) && !has_control_characters(text) &&
         text.find_first_of(",;<>=\"\\") == text.npos;
}

/// Without the spaces around `mark`.
std::string tightened(std::string_view text, char mark) {
  std::string out;
  for (const char c : text) {
    if (c == mark && out.ends_with(' ')) out.pop_back();
    if (c == ' ' && out.ends_with(mark)) continue;
    out += c;
  }
  return out;
}

}  // namespace

std::string Designation::display() const {
  return municipality + ' ' + district + ' ' + unit + (area.empty() ? "" : '>' + area);
}

std::string Designation::property_key() const { return fold(municipality + ' ' + district + ' ' + unit); }

std::optional<Designation> parse_designation(std::string_view text, std::string_view municipality_name) {
  if (text.size() > kMaxBytes || !is_utf8(text)) return std::nullopt;
  const std::string upper = tightened(tightened(fold_upper(text), '>'), ':');
  Designation read;
  read.municipality = fold_upper(municipality_name);

  std::string_view rest = upper;
  if (const auto mark = rest.find('>'); mark != rest.npos) {
    read.area = rest.substr(mark + 1);
    if (!is_number(read.area)) return std::nullopt;
    rest = rest.substr(0, mark);
  }
  const auto last_space = rest.rfind(' ');
  if (last_space == rest.npos) return std::nullopt;
  read.unit = rest.substr(last_space + 1);
  rest = rest.substr(0, last_space);
  if (rest.starts_with(read.municipality + ' ')) rest.remove_prefix(read.municipality.size() + 1);
  read.district = rest;
  if (!is_unit(read.unit) || !is_district(read.district)) return std::nullopt;
  return read;
}

std::string designation_key(std::string_view text, std::string_view municipality_name) {
  const auto read = parse_designation(text, municipality_name);
  return fold(read ? read->display() : text);
}

std::string property_key(std::string_view text, std::string_view municipality_name) {
  const auto parsed = parse_designation(text, municipality_name);
  return parsed ? parsed->property_key() : designation_key(text, municipality_name);
}

}  // namespace klotterkoll
