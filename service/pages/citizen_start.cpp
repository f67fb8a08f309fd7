// The first page: what the promise is, how it is kept right now, and the way to report.
#include <utility>

#include "pages/citizen.h"
#include "pages/citizen_figures.h"
#include "pages/reckoning.h"

namespace klotterkoll {
namespace {

TemplateData promise_part(const Policy& policy, const Words& words) {
  TemplateData promise;
  promise.set("text", words("citizen_promise", {{"{limit}", limit_in_words(policy.limit, words)}}));
  promise.set("starts", words("citizen_promise_" + std::string{to_code(policy.starts_from)}));
  std::vector<std::string> others;
  for (const auto& [category, limit] : policy.limits)
    others.push_back(words("citizen_promise_category", {{"{category}", words("category_" + std::string{to_code(category)})}, {"{limit}", limit_in_words(limit, words)}}));
  promise.set("has_others", !others.empty());
  promise.set("others", list_of(others));
  return promise;
}

void get_start(Visit& visit) {
  const Words& words = visit.words;
  PageFrame frame = visit.frame(Section::citizen, words("citizen_start_title", {{"{municipality}", visit.municipality.name}}));
  frame.description = words("citizen_start_description", {{"{municipality}", visit.municipality.name}});
  frame.styles = {"citizen.css"};
  if (!visit.visitor) frame.secrecy = PageSecrecy::listed;
  TemplateData values = visit.values();
  values.set("heading", frame.title);
  values.set("report", visit.link("/anmal"));
  values.set("overview", visit.link("/oversikt"));
  add_search(values, visit);
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    const LocalDate today = settings->zone.date_of(visit.call.now);
    values.set("promise", promise_part(policy_on(settings->policies, today), words));
    const Period month = month_before(today), year = year_of(today);
    const auto last = compliance(transaction, *settings, month, GroupBy::none, Cohort::due, visit.call.now);
    const auto whole = compliance(transaction, *settings, year, GroupBy::none, Cohort::due, visit.call.now);
    TemplateData figures{TemplateData::type::list};
    figures.push_back(figure_part(month_in_words(month.from, words), last.total, words));
    figures.push_back(figure_part(words("citizen_this_year", {{"{year}", format_date(today).substr(0, 4)}}), whole.total, words));
    values.set("figures", std::move(figures));
    if (whole.total.overdue > 0) values.set("overdue", words(whole.total.overdue == 1 ? "citizen_overdue_one" : "citizen_overdue", {{"{n}", std::to_string(whole.total.overdue)}}));
    return true;
  });
  visit.answer(frame, "citizen_start", values);
}

}  // namespace

std::vector<Route> citizen_start_routes() {
  return page_routes_of({{"GET", "/", kEveryVisitor, get_start}});
}

}  // namespace klotterkoll
