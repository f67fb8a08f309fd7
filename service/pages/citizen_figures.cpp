#include "pages/citizen_figures.h"

#include <sstream>

namespace klotterkoll {

std::string rate_in_cell(const Compliance& figures, const Words& words) {
  if (!figures.rate_per_mille) return "–";
  return words("citizen_rate_cell", {{"{whole}", std::to_string(*figures.rate_per_mille / 10)}, {"{tenth}", std::to_string(*figures.rate_per_mille % 10)}});
}

std::string rate_in_words(const Compliance& figures, const Words& words) {
  return figures.rate_per_mille ? words("citizen_rate", {{"{rate}", rate_in_cell(figures, words)}}) : "";
}

TemplateData figure_part(const std::string& heading, const Compliance& figures, const Words& words) {
  TemplateData part;
  part.set("heading", heading);
  set_text(part, "rate", rate_in_words(figures, words));
  const std::string n = std::to_string(figures.population), on_time = std::to_string(figures.on_time);
  part.set("text", figures.population == 0 ? words("citizen_figure_none")
                                           : words(figures.rate_per_mille ? "citizen_figure" : "citizen_figure_few", {{"{n}", n}, {"{on_time}", on_time}}));
  return part;
}

std::string month_in_words(LocalDate day, const Words& words) {
  const std::chrono::year_month_day date{day};
  std::istringstream months{words("months")};
  std::string month;
  for (unsigned n = static_cast<unsigned>(date.month()); n > 0; --n) months >> month;
  return month + " " + std::to_string(static_cast<int>(date.year()));
}

Period year_of(LocalDate day) {
  const auto year = std::chrono::year_month_day{day}.year();
  return {LocalDate{year / std::chrono::January / 1}, LocalDate{(year + std::chrono::years{1}) / std::chrono::January / 1}};
}

Period month_before(LocalDate day) {
  const std::chrono::year_month_day date{day};
  const auto first = date.year() / date.month() / 1;
  return {LocalDate{first - std::chrono::months{1}}, LocalDate{first}};
}

}  // namespace klotterkoll
