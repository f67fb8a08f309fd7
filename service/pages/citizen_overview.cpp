// /oversikt: the cases that there are, on a list and on the map beside it, and how the promise is kept, month by month.
#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/number.h"
#include "pages/case_parts.h"
#include "pages/citizen.h"
#include "pages/citizen_figures.h"
#include "pages/map_part.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kCasesOfPage = 20;
constexpr int kFirstYear = 2000;  ///< no promise is older

/// Which cases are listed, by the names of the filter.
constexpr std::array<std::string_view, 3> kLists{"oppna", "forsenade", "borttagna"};

struct Wanted {
  std::string list{kLists[0]};
  std::optional<Category> category;
  std::int64_t page = 1;
  int year = 0;
};

std::int64_t whole_number(const std::string& text, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
  if (text.empty() || text.size() > 6 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return otherwise;
  const std::int64_t number = std::stoll(text);
  return number < least || number > most ? otherwise : number;
}

/// What the address asks for; what cannot be understood is passed over, as a page that is old or mistyped still shows something.
Wanted wanted_in(const Visit& visit, int this_year) {
  const auto& request = visit.call.request;
  Wanted wanted;
  if (const std::string list = request.get_param_value("visa"); std::ranges::find(kLists, list) != kLists.end()) wanted.list = list;
  wanted.category = code_from<Category>(request.get_param_value("slag"));
  wanted.page = whole_number(request.get_param_value("sida"), 1, kCountedUpTo / kCasesOfPage, 1);
  wanted.year = static_cast<int>(whole_number(request.get_param_value("ar"), kFirstYear, this_year, this_year));
  return wanted;
}

CaseQuery query_of(const Wanted& wanted, const Visit& visit) {
  CaseQuery query;
  query.now = visit.call.now;
  query.public_view = visit.actor().role != Role::municipality && visit.actor().role != Role::police;
  query.category = wanted.category;
  query.page = {kCasesOfPage, (wanted.page - 1) * kCasesOfPage};
  if (wanted.list == "borttagna") {
    query.states = {CaseState::removed};
  } else {
    query.states = {CaseState::unassigned, CaseState::assigned};
    if (wanted.list == "forsenade") query.clock = ClockState::overdue;
  }
  return query;
}

std::vector<std::pair<std::string, std::string>> parameters_of(const Wanted& wanted, int this_year) {
  return {{"visa", wanted.list == kLists[0] ? "" : wanted.list},
          {"slag", wanted.category ? std::string{to_code(*wanted.category)} : ""},
          {"ar", wanted.year == this_year ? "" : std::to_string(wanted.year)}};
}

void add_cases(TemplateData& values, const Visit& visit, const Wanted& wanted, int this_year) {
  const CaseQuery query = query_of(wanted, visit);
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    const auto listing = transaction.cases().list(settings->municipality.id, query);
    TemplateData cases{TemplateData::type::list};
    for (const CaseRow& row : listing.items) cases.push_back(case_card(transaction, visit, *settings, row, "/arende/"));
    values.set("any", !listing.items.empty());
    values.set("cases", std::move(cases));
    values.set("pages", pages_part(visit, query.page, listing.total, parameters_of(wanted, this_year)));
    values.set("count", visit.words(listing.total == 1 ? "citizen_count_one" : "citizen_count", {{"{n}", std::to_string(listing.total)}}));
    return true;
  }, query.looks_at_all());
}

TemplateData row_of(const std::string& label, std::initializer_list<std::string> cells) {
  TemplateData row;
  row.set("label", label);
  row.set("cells", list_of(cells));
  return row;
}

void add_figures(TemplateData& values, const Visit& visit, int year) {
  const Words& words = visit.words;
  const auto report = read(visit.call, [&](Transaction& transaction) {
    const Period period = year_of(LocalDate{std::chrono::year{year} / std::chrono::January / 1});
    return compliance(transaction, *visit.settings(transaction), period, GroupBy::month, Cohort::due, visit.call.now);
  });
  values.set("year", figure_part(std::to_string(year), report.total, words));
  values.set("preliminary", report.preliminary);
  TemplateData counts{TemplateData::type::list}, rates{TemplateData::type::list};
  for (const auto& group : report.groups) {
    // Months of which nothing is due yet say nothing.
    if (group.figures.population == 0 && group.figures.open_in_time == 0) continue;
    const std::string month = month_in_words(group.period->from, words);
    counts.push_back(row_of(month, {std::to_string(group.figures.on_time), std::to_string(group.figures.late), std::to_string(group.figures.overdue)}));
    rates.push_back(row_of(month, {rate_in_cell(group.figures, words), std::to_string(group.figures.population)}));
  }
  values.set("has_months", counts.is_non_empty_list());
  values.set("counts", std::move(counts));
  values.set("rates", std::move(rates));
  const Compliance& total = report.total;
  if (total.median_hours && total.p90_hours)
    values.set("times", words("citizen_times", {{"{median}", words.duration(std::chrono::hours{*total.median_hours + 1})}, {"{p90}", words.duration(std::chrono::hours{*total.p90_hours + 1})}}));
  TemplateData outside{TemplateData::type::list};
  constexpr std::array<std::string_view, 4> kDismissals = names_of(DismissalReason{});
  for (std::size_t i = 0; i < kDismissals.size(); ++i)
    outside.push_back(row_of(words("citizen_outside_dismissed", {{"{reason}", words("citizen_reason_" + std::string{kDismissals[i]})}}), {std::to_string(total.dismissed[i])}));
  outside.push_back(row_of(words("citizen_outside_merged"), {std::to_string(total.merged)}));
  outside.push_back(row_of(words("citizen_outside_proactive"), {std::to_string(total.proactive)}));
  outside.push_back(row_of(words("citizen_outside_after_due"), {std::to_string(total.excluded_after_due)}));
  values.set("outside", std::move(outside));
}

void get_overview(Visit& visit) {
  const Words& words = visit.words;
  PageFrame frame = visit.frame(Section::citizen, words("citizen_overview_title", {{"{municipality}", visit.municipality.name}}));
  frame.description = words("citizen_overview_description", {{"{municipality}", visit.municipality.name}});
  frame.styles = {"citizen.css"};
  frame.styles.push_back("chart.css");
  frame.scripts.push_back("chart.js");
  use_map(frame);
  frame.wide = true;
  if (!visit.visitor) frame.secrecy = PageSecrecy::listed;
  const TimeZone zone{visit.municipality.time_zone};
  const int this_year = static_cast<int>(std::chrono::year_month_day{zone.date_of(visit.call.now)}.year());
  const Wanted wanted = wanted_in(visit, this_year);
  TemplateData values = visit.values();
  values.set("heading", frame.title);
  add_search(values, visit);
  values.set("lists", choices(words, "citizen_list", kLists, wanted.list));
  values.set("categories", choices(words, "category", names_of(Category{}), wanted.category ? to_code(*wanted.category) : ""));
  if (wanted.year != this_year) values.set("filter_year", std::to_string(wanted.year));
  add_cases(values, visit, wanted, this_year);
  add_figures(values, visit, wanted.year);
  const auto year_link = [&](int year) {
    Wanted other = wanted;
    other.year = year;
    return visit.here(parameters_of(other, this_year));
  };
  if (wanted.year > kFirstYear) {
    values.set("year_before", year_link(wanted.year - 1));
    values.set("year_before_name", std::to_string(wanted.year - 1));
  }
  if (wanted.year < this_year) {
    values.set("year_after", year_link(wanted.year + 1));
    values.set("year_after_name", std::to_string(wanted.year + 1));
  }
  const std::string api = visit.root + "/api/v1/municipalities/" + visit.municipality.code;
  values.set("csv", api + "/cases.csv");
  values.set("json", with_query(api + "/statistics/compliance",
                                {{"from", std::to_string(wanted.year) + "-01-01"}, {"to", std::to_string(wanted.year + 1) + "-01-01"}, {"by", "month"}}));
  values.set("feed", api + "/cases.atom");
  MapPart map;
  map.cases = true;
  values.set("map", map_part(visit, map));
  visit.answer(frame, "citizen_overview", values);
}

}  // namespace

std::vector<Route> citizen_overview_routes() {
  return page_routes_of({{"GET", "/oversikt", kEveryVisitor, get_overview}});
}

}  // namespace klotterkoll
