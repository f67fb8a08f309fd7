// Where the time goes, what removing costs, and which surfaces are hit again and again.

#include "pages/case_parts.h"
#include "pages/figures.h"
#include "workflow/repeat_hits.h"

namespace klotterkoll {
namespace {

constexpr Roles kOfficers{Role::municipality};
constexpr std::size_t kSpotsShown = 50, kReferencesShown = 12;

PageFrame framed(const Visit& visit, const char* title, const FigurePeriod& wanted) {
  PageFrame frame = visit.frame(Section::municipality, visit.words(title));
  frame.wide = true;
  frame.scripts = {"chart.js"};
  frame.styles = {"chart.css", "figures.css"};
  if (!wanted.fault.empty()) frame.status = 422;
  return frame;
}

std::string hours_in_words(const Words& words, std::int64_t hours) {
  return hours < 1 ? words("figures_less_than_hour") : words.duration(std::chrono::hours{hours});
}

void get_stages(Visit& visit) {
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    FigurePeriod wanted = figure_period(visit, *settings);
    wanted.cohort = Cohort::due;  // stages are kept for the promise's days
    const auto all = stages(transaction, *settings, wanted.period);
    TemplateData values = visit.values(), rows{TemplateData::type::list};
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string code{names_of(Stage{})[i]};
      TemplateData row;
      row.set("name", visit.words("figures_stage_" + code));
      row.set("n", number_in_words(all[i].count()));
      if (const auto median = all[i].quantile(50), p90 = all[i].quantile(90); median && p90) {
        row.set("median", hours_in_words(visit.words, *median));
        row.set("p90", hours_in_words(visit.words, *p90));
        row.set("median_hours", std::to_string(*median));
        row.set("p90_hours", std::to_string(*p90));
      }
      rows.push_back(row);
    }
    fill_period(values, visit, *settings, wanted, "/kommun/resultat/tider");
    values.set("no_cohort", true);
    values.set("stages", rows);
    values.set("none", all[0].count() == 0);
    QueryParameters on_time = wanted.parameters(), late = wanted.parameters();
    on_time.emplace_back("outcome", "on_time");
    late.emplace_back("outcome", "late");
    values.set("on_time", visit.link("/kommun/resultat/arenden", on_time));
    values.set("late", visit.link("/kommun/resultat/arenden", late));
    values.set("heading", visit.words("figures_stages_title"));
    visit.answer(framed(visit, "figures_stages_title", wanted), "figure_stages", values);
    return true;
  });
}

/// A count of what has a cost, which leads to its list.
TemplateData cost_part(const Visit& visit, const FigurePeriod& wanted, std::int64_t number, const std::string& owner_id, const std::optional<std::string>& method) {
  QueryParameters parameters = wanted.parameters();
  parameters.emplace_back("outcome", "costed");
  parameters.emplace_back("by", "owner");
  parameters.emplace_back("value", owner_id.empty() ? "none" : owner_id);
  if (method) parameters.emplace_back("method", *method);
  TemplateData part;
  part.set("number", number_in_words(number));
  part.set("href", visit.link("/kommun/resultat/arenden", parameters));
  return part;
}

void get_costs(Visit& visit) {
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    FigurePeriod wanted = figure_period(visit, *settings);
    wanted.cohort = Cohort::due;
    const auto all = costs(transaction, *settings, wanted.period);
    TemplateData values = visit.values(), rows{TemplateData::type::list};
    std::int64_t cases = 0, cost_sek = 0;
    for (const auto& cost : all) {
      const std::string method = cost.method ? std::string{to_code(*cost.method)} : "none";
      TemplateData row;
      row.set("owner", group_name(visit.words, *settings, GroupBy::owner, cost.owner_id.empty() ? "none" : cost.owner_id, {}));
      row.set("method", visit.words(cost.method ? "method_" + method : "figures_no_method"));
      row.set("cell", cost_part(visit, wanted, cost.cases, cost.owner_id, method));
      row.set("cost", visit.words("figures_sek", {{"{n}", number_in_words(cost.cost_sek)}}));
      row.set("mean", visit.words("figures_sek", {{"{n}", number_in_words((2 * cost.cost_sek + cost.cases) / (2 * cost.cases))}}));
      rows.push_back(row);
      cases += cost.cases;
      cost_sek += cost.cost_sek;
    }
    fill_period(values, visit, *settings, wanted, "/kommun/resultat/kostnader");
    values.set("no_cohort", true);
    values.set("rows", rows);
    values.set("any", !all.empty());
    QueryParameters parameters = wanted.parameters();
    parameters.emplace_back("outcome", "costed");
    values.set("all", visit.link("/kommun/resultat/arenden", parameters));
    values.set("cases", number_in_words(cases));
    values.set("cost", visit.words("figures_sek", {{"{n}", number_in_words(cost_sek)}}));
    values.set("heading", visit.words("figures_costs_title"));
    visit.answer(framed(visit, "figures_costs_title", wanted), "figure_costs", values);
    return true;
  });
}

TemplateData spot_part(const Visit& visit, const Settings& settings, const HotSpot& spot) {
  const Words& words = visit.words;
  TemplateData row, cases{TemplateData::type::list};
  const std::string place = place_in_words(shown_place(spot.last, settings, view_for(visit.actor(), spot.last)));
  row.set("place", place.empty() ? words("place_unknown") : place);
  row.set("owner", group_name(words, settings, GroupBy::owner, spot.last.owner_id.empty() ? "none" : spot.last.owner_id, {}));
  row.set("hits", number_in_words(spot.hits));
  row.set("all_hits", number_in_words(spot.all_hits));
  if (spot.median_hours_to_next) row.set("next", hours_in_words(words, *spot.median_hours_to_next));
  if (spot.costed > 0) row.set("cost", words("figures_sek", {{"{n}", number_in_words(spot.cost_sek)}}));
  for (std::size_t i = 0; i < spot.cases.size() && i < kReferencesShown; ++i) {
    const std::string reference = visit.call.app.store.references().encode(spot.cases[i]);
    TemplateData one;
    one.set("href", visit.link("/kommun/arenden/" + reference));
    one.set("reference", reference);
    cases.push_back(one);
  }
  row.set("cases", cases);
  if (spot.cases.size() > kReferencesShown) row.set("more", words("figures_more", {{"{n}", number_in_words(std::ssize(spot.cases) - static_cast<std::int64_t>(kReferencesShown))}}));
  return row;
}

void get_spots(Visit& visit) {
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    FigurePeriod wanted = figure_period(visit, *settings);
    wanted.cohort = Cohort::due;
    const auto spots = hot_spots(transaction, *settings, wanted.period, kSpotsShown);
    TemplateData values = visit.values(), rows{TemplateData::type::list};
    for (const HotSpot& spot : spots) rows.push_back(spot_part(visit, *settings, spot));
    fill_period(values, visit, *settings, wanted, "/kommun/resultat/platser");
    values.set("no_cohort", true);
    values.set("spots", rows);
    values.set("any", !spots.empty());
    values.set("heading", visit.words("figures_spots_title"));
    visit.answer(framed(visit, "figures_spots_title", wanted), "figure_spots", values);
    return true;
  }, true);
}

}  // namespace

std::vector<Route> figure_more_routes() {
  return page_routes_of({{"GET", "/kommun/resultat/tider", kOfficers, get_stages},
                         {"GET", "/kommun/resultat/kostnader", kOfficers, get_costs},
                         {"GET", "/kommun/resultat/platser", kOfficers, get_spots}});
}

}  // namespace klotterkoll
