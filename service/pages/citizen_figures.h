#pragma once

#include <string>

#include "pages/template.h"
#include "pages/words.h"
#include "workflow/statistics.h"

namespace klotterkoll {

// How the promise is kept, in words and numbers for everybody.

/// "85,0 procent"; empty when there are too few cases for a rate.
std::string rate_in_words(const Compliance& figures, const Words& words);
/// "85,0", for tables; a dash when there are too few cases.
std::string rate_in_cell(const Compliance& figures, const Words& words);
/// One figure with what it stands for: {heading, rate, text}.
TemplateData figure_part(const std::string& heading, const Compliance& figures, const Words& words);
/// "november 2026".
std::string month_in_words(LocalDate day, const Words& words);
/// The calendar year of the day, and the month before it.
Period year_of(LocalDate day);
Period month_before(LocalDate day);

}  // namespace klotterkoll
