#include "pages/police_rows.h"

#include <algorithm>
#include <charconv>

#include "base/tabular.h"
#include "base/text.h"
#include "domain/police_reference.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kColumns = kPoliceFields.size(), kNoColumn = kColumns;

/// What headings call the columns, in small letters.
struct Heading {
  std::string_view word;
  std::string_view field;
};
constexpr Heading kHeadings[] = {
    {"k-nummer", "police_reference"},   {"knummer", "police_reference"}, {"k-nr", "police_reference"},      {"diarienummer", "police_reference"},
    {"police_reference", "police_reference"}, {"k-number", "police_reference"}, {"adress", "address"},      {"plats", "address"},
    {"gatuadress", "address"},          {"address", "address"},          {"location.address", "address"},   {"slag", "category"},
    {"kategori", "category"},           {"typ", "category"},             {"category", "category"},          {"yta", "surface"},
    {"surface", "surface"},             {"sett", "observed_at"},         {"tid", "observed_at"},            {"datum", "observed_at"},
    {"observed_at", "observed_at"},     {"beskrivning", "description"},  {"anteckning", "description"},     {"text", "description"},
    {"description", "description"},     {"lat", "lat"},                  {"latitud", "lat"},                {"location.lat", "lat"},
    {"lon", "lon"},                     {"long", "lon"},                 {"longitud", "lon"},               {"location.lon", "lon"}};

std::size_t column_of(const std::string& heading) {
  const std::string word = fold(heading);
  const auto known = std::ranges::find(kHeadings, word, &Heading::word);
  if (known == std::end(kHeadings)) return kNoColumn;
  return static_cast<std::size_t>(std::ranges::find(kPoliceFields, known->field) - kPoliceFields.begin());
}

std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : trimmed(text)) line += c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
  return line;
}

/// A heading for rows that came without one, as long as the first of them and separated like it.
std::string heading_for(const std::string& text) {
  const std::string first = text.substr(0, text.find_first_of("\r\n"));
  char separator = '\t';
  for (const char one : {';', ','})
    if (std::ranges::count(first, one) > std::ranges::count(first, separator)) separator = one;
  const auto columns = std::min<std::size_t>(kColumns, static_cast<std::size_t>(std::ranges::count(first, separator)) + 1);
  if (columns == 1) return parse_police_reference(first) ? "police_reference\n" : "address\n";
  std::string heading;
  for (std::size_t i = 0; i < columns; ++i) heading += (i ? std::string{separator} : "") + std::string{kPoliceFields[i]};
  return heading + '\n';
}

PoliceRows read_table(Table& table, std::size_t lines_before) {
  PoliceRows read;
  std::vector<std::size_t> columns;
  for (const std::string& heading : table.columns()) {
    columns.push_back(column_of(heading));
    if (columns.back() == kNoColumn && !heading.empty()) read.unused.push_back(shortened(heading, 60));
  }
  while (const auto record = table.next_row()) {
    PoliceRow row;
    row.line = record->line - lines_before;
    if (!record->fault.empty()) row.problem = "error_police_row";
    for (std::size_t i = 0; i < columns.size() && i < record->cells.size(); ++i)
      if (columns[i] != kNoColumn && row.cells[columns[i]].empty()) row.cells[columns[i]] = on_one_line(record->cells[i]);
    read.rows.push_back(std::move(row));
    if (read.rows.size() > kPoliceRows) throw Error{ErrorCode::malformed, "There are more rows than are taken at once."};
  }
  return read;
}

}  // namespace

PoliceRows read_police_rows(const std::string& text) {
  Table with_heading{text};
  const bool has_heading = std::ranges::any_of(with_heading.columns(), [](const std::string& heading) { return column_of(heading) != kNoColumn; });
  if (has_heading) return read_table(with_heading, 0);
  const DecodedText decoded = decode_text(text);
  Table without_heading{heading_for(decoded.text) + decoded.text};
  return read_table(without_heading, 1);
}

std::string pack_rows(const std::vector<PoliceRow>& rows) {
  std::string packed;
  for (const PoliceRow& row : rows) {
    packed += std::to_string(row.line);
    for (const std::string& cell : row.cells) packed += '\t' + on_one_line(cell);
    packed += '\n';
  }
  return packed;
}

std::vector<PoliceRow> unpack_rows(const std::string& packed) {
  std::vector<PoliceRow> rows;
  std::string_view rest = packed;
  while (!rest.empty() && rows.size() < kPoliceRows) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    PoliceRow row;
    const auto cut = [&] {
      const std::string_view cell = line.substr(0, line.find('\t'));
      line.remove_prefix(std::min(cell.size() + 1, line.size()));
      return cell;
    };
    const std::string_view number = cut();
    if (std::from_chars(number.data(), number.data() + number.size(), row.line).ec != std::errc{}) continue;
    for (std::string& cell : row.cells) cell = trimmed(cut());
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace klotterkoll
