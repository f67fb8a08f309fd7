#include "pages/figures.h"

#include <span>

#include "base/tabular.h"
#include "pages/case_parts.h"

namespace klotterkoll {
namespace {

constexpr Roles kOfficers{Role::municipality};
const std::string kPage = "/kommun/resultat";

/// One line of the table of numbers. `part` of the line above it.
struct Line {
  Figure figure;
  bool part = false;
};
constexpr Line kCounted[] = {{Figure::population},     {Figure::on_time},     {Figure::on_time_by_hold, true}, {Figure::on_time_recorded_after_due, true},
                             {Figure::already_gone, true}, {Figure::late},    {Figure::not_removed, true},     {Figure::overdue},
                             {Figure::split, true}};
constexpr Line kBeside[] = {{Figure::open_in_time}, {Figure::not_graffiti},  {Figure::not_found}, {Figure::legal_wall},
                            {Figure::outside_area}, {Figure::merged}, {Figure::excluded_after_due}, {Figure::proactive}};

TemplateData lines_part(const Visit& visit, std::span<const Line> lines, const Compliance& figures, const FigurePeriod& of) {
  TemplateData list{TemplateData::type::list};
  for (const Line& line : lines) {
    const std::string code{to_code(line.figure)};
    TemplateData one;
    one.set("name", visit.words("figures_" + code));
    one.set("about", visit.words("figures_" + code + "_about"));
    one.set("part", line.part);
    one.set("cell", number_part(visit, number_of(figures, line.figure), of, line.figure));
    list.push_back(one);
  }
  return list;
}

/// A rate with what it is a share of; "too few" where there are too few.
void set_rate(TemplateData& values, const std::string& name, const Words& words, const std::optional<std::int64_t>& per_mille, std::int64_t n) {
  TemplateData rate;
  const std::string written = per_cent(words, per_mille);
  rate.set("per_cent", written.empty() ? words("figures_no_rate") : written);
  rate.set("too_few", written.empty());
  rate.set("of", words("figures_of", {{"{cases}", cases_in_words(words, n)}}));
  values.set(name, rate);
}

GroupBy wanted_group(const Visit& visit) {
  const auto by = code_from<GroupBy>(visit.call.request.get_param_value("by"));
  return by && *by != GroupBy::none ? *by : GroupBy::month;
}

bool is_calendar(GroupBy by) { return by == GroupBy::month || by == GroupBy::week; }

TemplateData groups_part(const Visit& visit, const Settings& settings, const ComplianceReport& report, GroupBy by, const FigurePeriod& of,
                         const std::vector<std::pair<std::string, std::string>>& districts) {
  TemplateData list{TemplateData::type::list};
  for (const ComplianceGroup& group : report.groups) {
    FigurePeriod within = of;
    if (group.period) within.period = *group.period;
    const std::string dimension = is_calendar(by) ? "" : std::string{to_code(by)};
    TemplateData row, cells{TemplateData::type::list}, own{TemplateData::type::list};
    row.set("name", group_name(visit.words, settings, by, group.key, districts));
    if (group.period) {
      QueryParameters parameters = within.parameters();
      parameters.emplace_back("by", by == GroupBy::month ? "week" : "owner");
      row.set("href", visit.link(kPage, parameters));
    }
    for (const Figure figure : {Figure::on_time, Figure::late, Figure::overdue, Figure::population, Figure::open_in_time})
      cells.push_back(number_part(visit, number_of(group.figures, figure), within, figure, dimension, group.key));
    row.set("cells", cells);
    const std::string rate = per_cent(visit.words, group.figures.rate_per_mille);
    row.set("rate", rate.empty() ? visit.words("figures_no_rate") : rate);
    if (by == GroupBy::owner) {
      for (const Figure figure : {Figure::own_n, Figure::told_late})
        own.push_back(number_part(visit, number_of(group.figures, figure), within, figure, dimension, group.key));
      row.set("own", own);
      const std::string own_rate = per_cent(visit.words, group.figures.own_rate_per_mille);
      row.set("own_rate", own_rate.empty() ? visit.words("figures_no_rate") : own_rate);
      row.set("is_owner", true);
    }
    list.push_back(row);
  }
  return list;
}

TemplateData notes_part(const Visit& visit, const ComplianceReport& report) {
  std::vector<std::string> notes;
  if (report.total.population > 0 && report.total.population < kSmallestRatedNumber) notes.push_back(visit.words("figures_note_few"));
  if (report.total.on_time_recorded_after_due > 0) notes.push_back(visit.words("figures_note_recorded"));
  if (report.total.split > 0) notes.push_back(visit.words("figures_note_split"));
  return list_of(notes);
}

void fill_report(TemplateData& values, const Visit& visit, const Settings& settings, const ComplianceReport& report, const FigurePeriod& of) {
  const Words& words = visit.words;
  const Compliance& total = report.total;
  set_rate(values, "rate", words, total.rate_per_mille, total.population);
  set_rate(values, "without_holds", words, total.rate_without_holds_per_mille, total.population);
  set_rate(values, "with_excluded", words, total.rate_with_excluded_after_due_per_mille, total.population + total.excluded_after_due);
  values.set("population", number_part(visit, total.population, of, Figure::population));
  values.set("none", total.population == 0);
  values.set("counted", lines_part(visit, kCounted, total, of));
  values.set("beside", lines_part(visit, kBeside, total, of));
  if (total.median_hours && total.p90_hours)
    values.set("hours_words", words("figures_hours", {{"{median}", words.duration(std::chrono::hours{*total.median_hours})}, {"{p90}", words.duration(std::chrono::hours{*total.p90_hours})}}));
  if (report.waiting.count > 0)
    values.set("waiting", words("figures_waiting", {{"{n}", number_in_words(report.waiting.count)}, {"{late}", number_in_words(report.waiting.past_limit)},
                                                    {"{since}", report.waiting.oldest_received_at ? words.when(*report.waiting.oldest_received_at, settings.zone) : ""}}));
  values.set("triage", visit.link("/kommun/fordela"));
  TemplateData policies{TemplateData::type::list};
  for (const auto& [version, n] : report.policies) {
    TemplateData one;
    one.set("name", words("figures_version", {{"{version}", std::to_string(version)}}));
    one.set("cell", number_part(visit, n, of, Figure::population, "policy", std::to_string(version)));
    policies.push_back(one);
  }
  values.set("policies", policies);
  values.set("several_policies", report.policies.size() > 1);
  values.set("notes", notes_part(visit, report));
}

void get_figures(Visit& visit) {
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    const FigurePeriod wanted = figure_period(visit, *settings);
    const GroupBy by = wanted_group(visit);
    const auto report = compliance(transaction, *settings, wanted.period, by, wanted.cohort, visit.call.now);
    TemplateData values = visit.values();
    fill_period(values, visit, *settings, wanted, kPage);
    fill_report(values, visit, *settings, report, wanted);
    const auto all_kinds = names_of(GroupBy{});
    const TemplateData kinds = choices(visit.words, "figures_by", std::span{all_kinds}.subspan(1), to_code(by));  // all but none
    values.set("kinds", kinds);
    values.set("heading", visit.words("figures_title"));
    values.set("is_figures", true);
    values.set("is_owner", by == GroupBy::owner);
    values.set("by_words", visit.words("figures_by_" + std::string{to_code(by)}));
    values.set("caption", visit.words("figures_caption_" + std::string{to_code(by)}));
    values.set("groups", groups_part(visit, *settings, report, by, wanted, district_names(transaction, settings->municipality.id)));
    values.set("any_group", !report.groups.empty());
    QueryParameters parameters = wanted.parameters();
    parameters.emplace_back("by", std::string{to_code(by)});
    values.set("csv", visit.link("/kommun/resultat.csv", parameters));
    PageFrame frame = visit.frame(Section::municipality, visit.words("figures_title"));
    frame.wide = true;
    frame.scripts = {"chart.js"};
    frame.styles = {"chart.css", "figures.css"};
    if (!wanted.fault.empty()) frame.status = 422;
    visit.answer(frame, "figures", values);
    return true;
  });
}

/// As the API's numbers, one row for the whole and one for each group; rates in per cent with a decimal comma, as offices read them.
void get_csv(Visit& visit) {
  std::string csv = "\xEF\xBB\xBF";  // tells Excel that it is UTF-8
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    const FigurePeriod wanted = figure_period(visit, *settings);
    const GroupBy by = wanted_group(visit);
    const auto report = compliance(transaction, *settings, wanted.period, by, wanted.cohort, visit.call.now);
    const auto districts = district_names(transaction, settings->municipality.id);
    std::vector<std::string> heading{visit.words("figures_by_" + std::string{to_code(by)}), visit.words("figures_from"), visit.words("figures_last"), visit.words("figures_rate")};
    for (const Names figure : names_of(Figure{})) heading.push_back(visit.words("figures_" + std::string{figure}));
    heading.push_back(visit.words("figures_preliminary_column"));
    csv += csv_row(heading, ';');
    const auto row = [&](const std::string& name, Period period, const Compliance& figures) {
      std::vector<std::string> cells{name, format_date(period.from), format_date(period.to - std::chrono::days{1}), ""};
      if (figures.rate_per_mille) cells.back() = std::to_string(*figures.rate_per_mille / 10) + "," + std::to_string(*figures.rate_per_mille % 10);
      for (std::size_t i = 0; i < names_of(Figure{}).size(); ++i) cells.push_back(std::to_string(number_of(figures, static_cast<Figure>(i))));
      cells.push_back(visit.words(settings->zone.start_of(period.to) > visit.call.now ? "figures_yes" : "figures_no"));
      csv += csv_row(cells, ';');
    };
    row(visit.words("figures_all"), wanted.period, report.total);
    for (const ComplianceGroup& group : report.groups)
      row(group_name(visit.words, *settings, by, group.key, districts), group.period.value_or(wanted.period), group.figures);
    return true;
  });
  visit.call.no_store();
  visit.call.response.set_header("Content-Disposition", "attachment; filename=\"klotter-" + visit.municipality.code + ".csv\"");
  visit.call.response.set_content(csv, "text/csv; charset=utf-8");
}

}  // namespace

std::vector<Route> figure_routes() {
  return page_routes_of({{"GET", "/kommun/resultat", kOfficers, get_figures}, {"GET", "/kommun/resultat.csv", kOfficers, get_csv}});
}

}  // namespace klotterkoll
