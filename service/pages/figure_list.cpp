// The cases that a number counts, each with its reckoning.

#include <algorithm>

#include "base/error.h"
#include "pages/case_parts.h"
#include "pages/figures.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kOnPage = 25;
constexpr std::int64_t kLastPage = 40'000;

Page page_of(const Visit& visit) {
  const std::string text = visit.call.request.get_param_value("sida");
  const bool number = !text.empty() && text.size() < 9 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const std::int64_t page = number ? std::clamp<std::int64_t>(std::stoll(text), 1, kLastPage) : 1;
  return {kOnPage, (page - 1) * kOnPage};
}

/// What the address names and no number of the pages is: somebody has changed it.
[[noreturn]] void refuse_address() { throw Error{ErrorCode::not_found, "There is no such list."}; }

Dimension wanted_dimension(const std::string& by) {
  if (by.empty()) return Dimension::all;
  const auto dimension = code_from<Dimension>(by);
  if (!dimension || *dimension == Dimension::all) refuse_address();
  return *dimension;
}

std::string of_whom(Transaction& transaction, const Visit& visit, const Settings& settings, const FigureQuestion& question) {
  if (question.dimension == Dimension::all) return "";
  if (question.dimension == Dimension::policy) return visit.words("figures_version", {{"{version}", question.value}});
  const auto by = code_from<GroupBy>(to_code(question.dimension));
  const bool known = question.dimension == Dimension::category ? code_from<Category>(question.value).has_value()
                     : question.dimension == Dimension::source ? code_from<Source>(question.value).has_value()
                                                               : true;
  if (!known) refuse_address();
  return visit.words("figures_by_" + std::string{to_code(*by)}) + ": " +
         group_name(visit.words, settings, *by, question.value, district_names(transaction, settings.municipality.id));
}

void fill_cases(TemplateData& values, Transaction& transaction, const Visit& visit, const Settings& settings, const CountedCases& found, const Page& page,
                const QueryParameters& parameters) {
  TemplateData cases{TemplateData::type::list};
  for (const CaseRow& row : found.cases) {
    TemplateData card = case_card(transaction, visit, settings, row, "/kommun/arenden/");
    card.set("why", reckoning_in_words(visit.words, settings, row, visit.call.now));
    cases.push_back(card);
  }
  // A list that came to its end has counted itself.
  const std::int64_t number = found.listed.value_or(found.number);
  values.set("count", cases_in_words(visit.words, number));
  values.set("cases", cases);
  values.set("first", std::to_string(page.offset + 1));
  if (found.listed && *found.listed != found.number)
    values.set("differs", visit.words("figures_differs", {{"{number}", number_in_words(found.number)}, {"{listed}", number_in_words(*found.listed)}}));
  values.set("pages", pages_part(visit, page, number, parameters));
}

void answer_list(const Visit& visit, TemplateData& values, const std::string& heading) {
  values.set("heading", heading);
  PageFrame frame = visit.frame(Section::municipality, heading);
  frame.styles = {"figures.css"};
  visit.answer(frame, "figure_list", values);
}

/// What has a cost, of an owner and a way of removing.
void get_costs(Visit& visit, Transaction& transaction, const Settings& settings, const FigurePeriod& wanted, const Page& page) {
  const auto& request = visit.call.request;
  CostQuestion question{wanted.period, {}, {}, false};
  QueryParameters parameters = wanted.parameters();
  parameters.emplace_back("outcome", "costed");
  std::string whom = visit.words("figures_all");
  if (request.get_param_value("by") == "owner") {
    const std::string value = request.get_param_value("value");
    question.owner_id = value == "none" ? "" : value;
    whom = group_name(visit.words, settings, GroupBy::owner, value, {});
    parameters.emplace_back("by", "owner");
    parameters.emplace_back("value", value);
  }
  if (const std::string method = request.get_param_value("method"); !method.empty()) {
    question.method = code_from<RemovalMethod>(method);
    question.without_method = method == "none";
    if (!question.method && !question.without_method) refuse_address();
    whom += ", " + visit.words(question.without_method ? "figures_no_method" : "method_" + method);
    parameters.emplace_back("method", method);
  }
  TemplateData values = visit.values();
  fill_period(values, visit, settings, wanted, "/kommun/resultat/kostnader");
  fill_cases(values, transaction, visit, settings, cases_with_cost(transaction, settings, question, page), page, parameters);
  values.set("whom", whom);
  values.set("about", visit.words("figures_costed_about"));
  values.set("back", visit.link("/kommun/resultat/kostnader", wanted.parameters()));
  answer_list(visit, values, visit.words("figures_costed"));
}

void get_list(Visit& visit) {
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    const FigurePeriod wanted = figure_period(visit, *settings);
    if (!wanted.fault.empty()) refuse_address();
    const auto& request = visit.call.request;
    const Page page = page_of(visit);
    const std::string outcome = request.get_param_value("outcome");
    if (outcome == "costed") return get_costs(visit, transaction, *settings, wanted, page), true;
    const auto figure = code_from<Figure>(outcome);
    if (!figure) refuse_address();
    FigureQuestion question{wanted.period, wanted.cohort, *figure, wanted_dimension(request.get_param_value("by")), request.get_param_value("value")};
    if (question.dimension == Dimension::policy && question.figure != Figure::population) refuse_address();
    const std::string whom = of_whom(transaction, visit, *settings, question);
    QueryParameters parameters = wanted.parameters();
    parameters.emplace_back("outcome", outcome);
    if (question.dimension != Dimension::all) parameters.emplace_back("by", std::string{to_code(question.dimension)}), parameters.emplace_back("value", question.value);
    TemplateData values = visit.values();
    fill_period(values, visit, *settings, wanted, "/kommun/resultat");
    fill_cases(values, transaction, visit, *settings, cases_of_figure(transaction, *settings, question, page, visit.call.now), page, parameters);
    set_text(values, "whom", whom);
    values.set("about", visit.words("figures_" + outcome + "_about"));
    values.set("cohort_words", visit.words("figures_cohort_" + std::string{to_code(wanted.cohort)}));
    QueryParameters back = wanted.parameters();
    if (question.dimension != Dimension::all && question.dimension != Dimension::policy) back.emplace_back("by", std::string{to_code(question.dimension)});
    values.set("back", visit.link("/kommun/resultat", back));
    answer_list(visit, values, visit.words("figures_" + outcome));
    return true;
  }, true);
}

}  // namespace

std::vector<Route> figure_list_routes() { return page_routes_of({{"GET", "/kommun/resultat/arenden", {Role::municipality}, get_list}}); }

}  // namespace klotterkoll
