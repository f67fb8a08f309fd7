#pragma once

#include <array>
#include <string>
#include <vector>

#include "pages/police_form.h"

namespace klotterkoll {

/// Most rows that are pasted at once, and most of them that can be corrected on one page.
inline constexpr std::size_t kPoliceRows = 500, kCorrectedAtOnce = 40;

/// A row of a night's list, by the columns of kPoliceFields.
struct PoliceRow {
  std::size_t line = 0;  ///< in what was pasted, from 1
  std::array<std::string, kPoliceFields.size()> cells;
  std::string problem;   ///< the name of a text, when it could not be read as a row at all
  Form form{};           ///< the cells as fields, with what is wrong with them
  bool good() const { return problem.empty() && form.faults.empty(); }
};

struct PoliceRows {
  std::vector<PoliceRow> rows;
  std::vector<std::string> unused;  ///< columns whose heading says nothing to us
};

/// Reads rows as they are pasted from a spreadsheet, or a CSV file: with a heading, or without one in the order of kPoliceFields.
/// Error{malformed} for what is no table.
PoliceRows read_police_rows(const std::string& text);

/// Rows as one text that a hidden field of the page carries, and back. White space within a cell becomes one space.
std::string pack_rows(const std::vector<PoliceRow>& rows);
std::vector<PoliceRow> unpack_rows(const std::string& packed);

}  // namespace klotterkoll
