#include "workflow/statistics.h"

#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "commands/commands.h"
#include "json/statistics_json.h"
#include "json/text.h"

namespace klotterkoll {
namespace {

struct Wanted {
  std::string municipality, from, to, by = "none", cohort = "due", as_of;
};

std::string percent(const std::optional<std::int64_t>& per_mille) {
  return per_mille ? std::to_string(*per_mille / 10) + "." + std::to_string(*per_mille % 10) + " %" : "-";
}

std::string hours(const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) + " h" : "-"; }

void print_line(std::size_t width, const std::string& key, const std::vector<std::string>& cells) {
  std::cout << key << std::string(width - utf8_length(key), ' ');
  for (const std::string& cell : cells) std::cout << std::setw(11) << cell;
  std::cout << '\n';
}

std::vector<std::string> cells_of(const Compliance& figures) {
  std::int64_t dismissed = 0;
  for (const auto count : figures.dismissed) dismissed += count;
  return {std::to_string(figures.population), std::to_string(figures.on_time), std::to_string(figures.late),
          std::to_string(figures.overdue), std::to_string(figures.open_in_time), percent(figures.rate_per_mille),
          hours(figures.median_hours), hours(figures.p90_hours), std::to_string(dismissed + figures.merged),
          std::to_string(figures.proactive)};
}

/// What the sums of the table are made up of.
void print_parts(const Compliance& total) {
  std::cout << "Of on time: " << total.already_gone << " gone before the clock started, " << total.on_time_recorded_after_due
            << " entered after the deadline, " << total.on_time_by_hold << " by a pause. Of late: " << total.not_removed
            << " given up.\nOf excluded: ";
  for (std::size_t i = 0; i < total.dismissed.size(); ++i) std::cout << names_of(DismissalReason{})[i] << ' ' << total.dismissed[i] << ", ";
  std::cout << "merged " << total.merged << "; " << total.excluded_after_due << " of them after the deadline.\n"
            << "Of n: " << total.split << " split off another case.\n";
}

void print_text(const ComplianceReport& report, const Municipality& municipality, const TimeZone& zone) {
  std::cout << municipality.name << ", " << format_date(report.period.from) << " to " << format_date(report.period.to)
            << " (not included), by the day " << (report.cohort == Cohort::due ? "due" : "received") << ", as of "
            << format_local(report.as_of, zone) << '\n';
  std::size_t width = 8;
  for (const ComplianceGroup& group : report.groups) width = std::max(width, utf8_length(group.key) + 1);
  print_line(width, "", {"n", "on time", "late", "overdue", "open", "rate", "median", "p90", "excluded", "proactive"});
  for (const ComplianceGroup& group : report.groups) print_line(width, group.key, cells_of(group.figures));
  print_line(width, "total", cells_of(report.total));
  print_parts(report.total);
  std::cout << "Beside these: " << report.waiting.count << " wait for an officer's word, " << report.waiting.past_limit << " of them past the limit";
  if (report.waiting.oldest_received_at) std::cout << ", the oldest since " << format_local(*report.waiting.oldest_received_at, zone);
  std::cout << ".\n";
  for (const std::string& note : compliance_notes(report)) std::cout << note << '\n';
}

int print(Context& context, const Wanted& wanted) {
  const Period period{day_option("--from", wanted.from), day_option("--to", wanted.to)};
  const GroupBy by = code_option<GroupBy>("--by", wanted.by);
  const Cohort cohort = code_option<Cohort>("--cohort", wanted.cohort);
  const Instant as_of = wanted.as_of.empty() ? context.clock.now() : instant_option("--as-of", wanted.as_of);
  context.open()->read([&](Transaction& transaction) {
    const Municipality municipality = require_municipality(transaction, wanted.municipality);
    const auto settings = transaction.municipalities().settings(municipality.id);
    const ComplianceReport report = compliance(transaction, *settings, period, by, cohort, as_of);
    if (context.json)
      std::cout << compliance_to_json(report, municipality.code, by).dump(2) << '\n';
    else
      print_text(report, municipality, settings->zone);
  });
  return kDone;
}

}  // namespace

void register_statistics_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "statistics", "How well the promise was kept: the share of cases removed on time");
  const auto wanted = std::make_shared<Wanted>();
  command->add_option("--municipality", wanted->municipality, "The municipality's code")->required()->type_name("CODE");
  command->add_option("--from", wanted->from, "The first day, such as 2026-01-01")->required()->type_name("DAY");
  command->add_option("--to", wanted->to, "The day after the last one, such as 2027-01-01")->required()->type_name("DAY");
  command->add_option("--by", wanted->by, "Groups: none, month, week, owner, category, source or district")->capture_default_str();
  command->add_option("--cohort", wanted->cohort, "Which day puts a case into the period: due or received")->capture_default_str();
  command->add_option("--as-of", wanted->as_of, "Judge what is still open as if it were this time")->type_name("TIME")->default_str("now");
  add_format(*command, context);
  command->footer(
      "rate = on time / n, and n = on time + late + overdue; no rate when n is less than five. Excluded are dismissed and merged\n"
      "cases, proactive ones were found by the party that removed them. The JSON has every figure of the API.\n"
      "Example:\n  klotterkoll statistics --municipality 1267 --from 2026-01-01 --to 2027-01-01 --by month");
  command->callback([&context, wanted] { context.run = [&context, wanted] { return print(context, *wanted); }; });
}

}  // namespace klotterkoll
