#include "base/tabular.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMaxColumns = 1'000;
constexpr std::array<char, 3> kDelimiters = {';', '\t', ','};

/// Nothing but white space. The first test settles nearly every cell.
bool is_blank(std::string_view cell) {
  if (!cell.empty() && cell.front() > ' ') return false;
  return trimmed(cell).empty();
}

/// LF, CR LF and CR each end a line.
std::size_t count_line_ends(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    count += text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
  return count;
}

/// How many characters must be changed, added or left out (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i] != to[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, diagonal + 1, changed});
    }
  }
  return row.back();
}

std::string quoted(std::string_view text) { return '"' + shortened(text, 60) + '"'; }

}  // namespace

Table::Table(std::string bytes) {
  DecodedText decoded = decode_text(std::move(bytes));
  text_ = std::move(decoded.text);
  encoding_ = decoded.encoding;
  if (!take_separator_line()) delimiter_ = sniffed_delimiter();

  Record heading;
  do {
    if (!read_record(heading, kMaxColumns))
      throw Error{ErrorCode::malformed, "The table is empty; its first line must name the columns."};
  } while (!heading.has_content);
  if (!heading.row.fault.empty()) throw Error{ErrorCode::malformed, heading.row.fault};
  if (heading.count > kMaxColumns)
    throw Error{ErrorCode::malformed, "The table has more than 1,000 columns."};
  for (const auto cell : heading.row.cells) {
    columns_.push_back(trimmed(cell));
    folded_columns_.push_back(fold(cell));
  }
  // A heading that ends with separators names no column there.
  while (columns_.back().empty()) columns_.pop_back(), folded_columns_.pop_back();
}

bool Table::take_separator_line() {
  if (text_.size() < 5 || fold(std::string_view{text_}.substr(0, 4)) != "sep=") return false;
  const char separator = text_[4];
  const bool alone = text_.size() == 5 || text_[5] == '\r' || text_[5] == '\n';
  if (!alone || separator == '"' || separator == '\r' || separator == '\n') return false;
  delimiter_ = separator;
  at_ = 5;
  take_line_end();
  return true;
}

char Table::sniffed_delimiter() const {
  // Quotation marks are only toggled here, which is exact for well-formed rows and near enough for the
  // others.
  constexpr std::size_t rows_to_look_at = 20;
  using Counts = std::array<std::size_t, kDelimiters.size()>;
  std::vector<Counts> rows;
  Counts counts{};
  bool inside = false, has_content = false;
  for (std::size_t i = 0; i <= text_.size() && rows.size() < rows_to_look_at; ++i) {
    const char c = i < text_.size() ? text_[i] : '\n';
    if (c == '"') inside = !inside;
    if ((c == '\n' || c == '\r') && (!inside || i == text_.size())) {
      if (has_content) rows.push_back(counts);
      counts = {};
      has_content = false;
    } else if (const auto found = std::find(kDelimiters.begin(), kDelimiters.end(), c);
               found == kDelimiters.end()) {
      has_content = has_content || c != ' ';
    } else if (!inside) {
      ++counts[static_cast<std::size_t>(found - kDelimiters.begin())];
    }
  }
  if (rows.empty()) return kDelimiters.front();
  const auto rank = [&](std::size_t candidate) {
    const std::size_t in_heading = rows.front()[candidate];
    const auto consistent = std::count_if(rows.begin(), rows.end(),
                                          [&](const Counts& row) { return row[candidate] == in_heading; });
    return std::pair{in_heading, consistent};
  };
  std::size_t best = 0;
  for (std::size_t candidate = 1; candidate < kDelimiters.size(); ++candidate)
    if (rank(candidate) > rank(best) && rank(candidate).first > 0) best = candidate;
  return kDelimiters[best];
}

std::optional<std::size_t> Table::find_column(std::string_view name) const {
  const auto found = std::find(folded_columns_.begin(), folded_columns_.end(), fold(name));
  if (found == folded_columns_.end() || found->empty()) return std::nullopt;
  if (std::find(found + 1, folded_columns_.end(), *found) != folded_columns_.end())
    throw Error{ErrorCode::malformed,
                "Two columns are called " + quoted(name) + "; give them different names."};
  return static_cast<std::size_t>(found - folded_columns_.begin());
}

std::size_t Table::column(std::string_view name) const {
  if (const auto found = find_column(name)) return *found;
  constexpr std::size_t named_at_most = 30, compared_up_to = 100;
  const std::string wanted = fold(name).substr(0, compared_up_to);
  std::size_t nearest = std::max<std::size_t>(2, wanted.size() / 3) + 1;
  std::string suggestion, known;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (const auto steps = distance(wanted, folded_columns_[i].substr(0, compared_up_to)); steps < nearest) {
      nearest = steps;
      suggestion = " Did you mean " + quoted(columns_[i]) + "?";
    }
    if (i < named_at_most) known += (i == 0 ? "" : ", ") + quoted(columns_[i]);
  }
  if (columns_.size() > named_at_most)
    known += " and " + std::to_string(columns_.size() - named_at_most) + " more";
  throw Error{ErrorCode::malformed,
              "There is no column " + quoted(name) + "." + suggestion + " The columns are " + known + "."};
}

std::optional<Table::Row> Table::next_row() {
  Record record;
  do {
    if (!read_record(record, columns_.size())) return std::nullopt;
  } while (!record.has_content && record.row.fault.empty());
  if (record.row.fault.empty() && record.count != columns_.size()) {
    record.row.fault = "Line " + std::to_string(record.row.line) + " has " + std::to_string(record.count) +
                       (record.count == 1 ? " cell" : " cells") + "; the heading has " +
                       std::to_string(columns_.size()) + ".";
  }
  record.row.cells.resize(columns_.size());
  return std::move(record.row);
}

/// The next row, of which `keep` cells are kept. Empty cells beyond those are not counted: they are the
/// separators that spreadsheets leave at the end of a line. False at the end of the file.
bool Table::read_record(Record& record, std::size_t keep) {
  if (at_ == text_.size()) return false;
  record = {};
  record.row.line = line_;
  record.row.cells.reserve(std::min(keep, columns_.size()));
  for (std::size_t cells = 1;; ++cells) {
    const std::string_view cell = read_cell(record);
    const bool blank = is_blank(cell);
    record.has_content = record.has_content || !blank;
    if (cells <= keep || !blank) record.count = cells;
    if (cells <= keep) record.row.cells.push_back(cell);
    if (at_line_end()) break;
    ++at_;  // the separator
  }
  take_line_end();
  return true;
}

std::string_view Table::read_cell(Record& record) {
  if (at_ < text_.size() && text_[at_] == '"') return read_quoted_cell(record);
  const std::size_t begin = at_;
  while (!at_line_end() && text_[at_] != delimiter_) ++at_;
  return std::string_view{text_}.substr(begin, at_ - begin);
}

std::string_view Table::read_quoted_cell(Record& record) {
  const std::size_t opened_on = line_;
  const std::size_t begin = ++at_;
  std::size_t end = begin;  // the content is moved together in place as doubled quotation marks become one
  for (;;) {
    const std::size_t quote = text_.find('"', at_);
    if (quote == text_.npos)
      give_up("The quotation mark that begins a cell on line " + std::to_string(opened_on) +
              " is never closed.");
    const std::string_view piece = std::string_view{text_}.substr(at_, quote - at_);
    line_ += count_line_ends(piece);
    end =
        static_cast<std::size_t>(std::copy(piece.begin(), piece.end(), text_.begin() + end) - text_.begin());
    at_ = quote + 1;
    if (at_ == text_.size() || text_[at_] != '"') break;
    text_[end++] = '"';
    ++at_;
  }
  while (at_ < text_.size() && text_[at_] == ' ' && delimiter_ != ' ') ++at_;
  if (!at_line_end() && text_[at_] != delimiter_) {
    if (line_ != opened_on)
      give_up("The quotation mark that begins a cell on line " + std::to_string(opened_on) +
              " is closed on line " + std::to_string(line_) +
              " in the middle of a cell; one of the two is wrong.");
    record.row.fault = "Line " + std::to_string(line_) +
                       " has text after a cell's closing quotation mark; inside quotes write \"\" for \".";
    while (!at_line_end()) ++at_;
  }
  return std::string_view{text_}.substr(begin, end - begin);
}

void Table::give_up(const std::string& why) {
  at_ = text_.size();
  throw Error{ErrorCode::malformed, why};
}

void Table::take_line_end() {
  if (at_ == text_.size()) return;
  at_ += text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 1;
  ++line_;
}

std::string csv_cell(std::string_view text, char delimiter) {
  std::string cell{text};
  const std::size_t first = text.find_first_not_of(' ');
  const bool risky =
      first != text.npos && std::string_view{"=+-@\t\r\n"}.find(text[first]) != std::string_view::npos;
  const bool number = first == 0 && text.find_first_of(" \t\r\n") == text.npos && parse_decimal(text);
  if (risky && !number) cell.insert(0, 1, '\'');

  // Every separator that a reader might guess is quoted, whichever is in use.
  const bool plain = cell.find_first_of("\",;\t\r\n") == cell.npos && cell.find(delimiter) == cell.npos &&
                     !cell.starts_with(' ') && !cell.ends_with(' ');
  if (plain) return cell;
  std::string out = "\"";
  for (const char c : cell) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::string csv_row(std::span<const std::string> cells, char delimiter) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += delimiter;
    line += csv_cell(cells[i], delimiter);
  }
  return line + "\r\n";
}

}  // namespace klotterkoll
