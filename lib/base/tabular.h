#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"

namespace klotterkoll {

/// Reads a table as offices and open-data portals make them: a heading and rows, separated by semicolon, tab
/// or comma, in any encoding that `decode_text` knows.
///
/// Cells are quoted as in RFC 4180, line breaks inside quotes included; a quotation mark inside an unquoted
/// cell is itself (24" sign). Lines end with LF, CR LF or CR. Rows without any content are skipped (Excel
/// leaves ";;;;"). The separator is the one that stands most often in the heading, outside quotes; of equals
/// the one that stands equally often in the rows below. Excel's first line "sep=;" settles it.
///
/// Own code because libcsv reads a quotation mark inside an unquoted cell and text after a closing one either
/// both as errors or both as content: the first is everyday, the second betrays a cell that swallowed its
/// successors.
class Table {
 public:
  struct Row {
    /// Of its first character in the file, from 1.
    std::size_t line = 0;
    /// One a column, untrimmed, missing ones empty; views into the Table.
    std::vector<std::string_view> cells;
    /// A sentence, when the row has too few or too many cells or wrong quotation marks; else empty.
    std::string fault;
  };

  /// `bytes` as they came.
  /// Throws Error{malformed} when `decode_text` does, when there is no heading, or one of over 1,000 columns.
  explicit Table(std::string bytes);
  Table(const Table&) = delete;  // rows point into it
  Table& operator=(const Table&) = delete;

  std::string_view encoding() const { return encoding_; }
  char delimiter() const { return delimiter_; }
  /// The heading's names in order, trimmed.
  const std::vector<std::string>& columns() const { return columns_; }

  /// The column of that name, compared by `fold`.
  /// Throws Error{malformed} when it stands in the heading twice.
  std::optional<std::size_t> find_column(std::string_view name) const;
  /// The same, but throws Error{malformed} naming the columns there are, and the likeliest, when it is not
  /// there.
  std::size_t column(std::string_view name) const;

  /// The next row with content, nothing after the last one. A faulty row is returned with what cells it has.
  /// Throws Error{malformed} naming the line when a quoted cell that goes over several lines is not closed
  /// properly: which rows it has swallowed nobody can say. Nothing can be read after that.
  std::optional<Row> next_row();

 private:
  /// A row before it is held against the heading. `count` cells, of which `row` may keep fewer.
  struct Record {
    Row row;
    std::size_t count = 0;
    bool has_content = false;
  };
  bool read_record(Record& record, std::size_t keep);
  std::string_view read_cell(Record& record);
  std::string_view read_quoted_cell(Record& record);
  bool at_line_end() const { return at_ == text_.size() || text_[at_] == '\r' || text_[at_] == '\n'; }
  void take_line_end();
  [[noreturn]] void give_up(const std::string& why);
  bool take_separator_line();
  char sniffed_delimiter() const;

  std::string text_;
  std::string_view encoding_;
  std::size_t at_ = 0;    // the next character to read
  std::size_t line_ = 1;  // its line
  char delimiter_ = ';';
  std::vector<std::string> columns_;
  std::vector<std::string> folded_columns_;
};

/// One cell: quoted as in RFC 4180 when it must be, and made harmless for spreadsheets, which take text that
/// begins with = + - @ (after spaces too), tab, CR or LF for a formula: such a cell gets an apostrophe in
/// front. Plain numbers
/// ("-13.5", "+46701234567") are left alone.
std::string csv_cell(std::string_view text, char delimiter = ',');
/// One line of cells, ended by CR LF as RFC 4180 has it.
std::string csv_row(std::span<const std::string> cells, char delimiter = ',');

}  // namespace klotterkoll
