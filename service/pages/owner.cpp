#include <algorithm>

#include "base/error.h"
#include "pages/case_parts.h"
#include "pages/closing_form.h"
#include "pages/map_part.h"
#include "workflow/casework_actions.h"
#include "workflow/statistics.h"

namespace klotterkoll {
namespace {

using std::chrono::days;

constexpr Roles kOwner{Role::owner};
constexpr std::int64_t kCasesOfPage = 50;

/// The page of a list that the address asks for, from 1.
Page page_asked_for(const Visit& visit) {
  const auto number = visit.call.query_whole("sida", 1, kCountedUpTo / kCasesOfPage).value_or(1);
  return {kCasesOfPage, (number - 1) * kCasesOfPage};
}

CaseQuery own_cases(const Visit& visit, bool closed) {
  CaseQuery query;
  query.owner_id = visit.actor().owner_id;
  query.now = visit.call.now;
  if (closed) {
    query.states = {CaseState::removed, CaseState::not_removed, CaseState::dismissed};
  } else {
    query.states = {CaseState::assigned};
    query.sort = CaseQuery::Sort::due_first;
  }
  return query;
}

std::string count_in_words(const Words& words, const std::string& name, std::int64_t count) {
  return count == 1 ? words(name + "_one") : words(name + "_many", {{"{n}", std::to_string(count)}});
}

/// What came of a form before, told by the address that it led to.
void add_done(TemplateData& values, const Visit& visit) {
  const auto told = [&](const char* name) { return visit.call.request.get_param_value(name); };
  const auto number = [](const std::string& text) {
    const bool whole = !text.empty() && text.size() < 6 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    return whole ? std::stoll(text) : 0;
  };
  if (const auto done = number(told("klart")); done > 0) values.set("done", count_in_words(visit.words, "owner_done", done));
  if (const auto left = number(told("kvar")); left > 0) values.set("left", count_in_words(visit.words, "owner_left", left));
  if (const auto id = visit.call.app.store.references().decode_case(told("lamnat")))
    values.set("given_back", visit.words("given_back", {{"{reference}", visit.call.app.store.references().encode(*id)}}));
}

/// The list, with the form for many at once as it was typed.
void show_cases(Visit& visit, const Form& form) {
  const bool closed = visit.call.request.get_param_value("visa") == "avslutade";
  const Page page = page_asked_for(visit);
  CaseQuery query = own_cases(visit, closed);
  query.page = page;
  TemplateData values = visit.values();
  PageFrame frame = visit.frame(Section::owner, visit.words(closed ? "owner_closed_heading" : "owner_cases_heading"));
  frame.status = form.faults.empty() ? 200 : form.status;
  use_map(frame);
  frame.wide = true;
  const auto marked = form.values("case");
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    const auto owner = settings->owners.find(visit.actor().owner_id);
    values.set("owner", owner == settings->owners.end() ? visit.actor().owner_id : owner->second.name);
    const auto listing = transaction.cases().list(visit.municipality.id, query);
    TemplateData cases{TemplateData::type::list};
    for (const CaseRow& row : listing.items) {
      TemplateData card = case_card(transaction, visit, *settings, row, "/agare/arenden/");
      const std::string reference = visit.call.app.store.references().encode(row.id);
      card.set("marked", std::ranges::find(marked, reference) != marked.end());
      cases.push_back(card);
    }
    values.set("cases", cases);
    values.set("any", !listing.items.empty());
    values.set("count", count_in_words(visit.words, closed ? "owner_closed" : "owner_open", listing.total));
    values.set("pages", pages_part(visit, page, listing.total, {{"visa", closed ? "avslutade" : ""}}));
    const LocalTime now = settings->zone.to_local(visit.call.now);
    const LocalDate today = std::chrono::floor<days>(now);
    values.set("removed_on", form.typed.empty() ? format_date(today) : form.value("removed_on"));
    values.set("removed_time", form.typed.empty() ? format_time_of_day(std::chrono::floor<std::chrono::minutes>(now - today)) : form.value("removed_time"));
    values.set("today", format_date(today));
    return true;
  });
  values.set("methods", choices(visit.words, "method", names_of(RemovalMethod{}), form.value("method")));
  values.set("closed", closed);
  values.set("to_open", visit.link("/agare"));
  values.set("to_closed", visit.link("/agare", {{"visa", "avslutade"}}));
  values.set("action", visit.link("/agare/borttagna"));
  MapPart map;
  map.cases = true;
  map.filters = {{"owner", visit.actor().owner_id}};
  map.case_page = "/agare/arenden/";
  values.set("map", map_part(visit, map));
  if (const auto* fault = form.fault_of("removed_at")) values.set("removed_at_error", visit.words(fault->text));
  if (const auto* fault = form.fault_of("cases")) values.set("cases_error", visit.words(fault->text));
  fill_errors(values, form, visit.words);
  add_done(values, visit);
  visit.answer(frame, "owner_cases", values);
}

void get_cases(Visit& visit) { show_cases(visit, {}); }

/// Many at once: each by itself, so that one that has changed meanwhile does not hold up the others.
void post_removed(Visit& visit) {
  ClosingForm form{visit.form(), ClosingForm::Kind::removal};
  const auto settings = read(visit.call, [&](Transaction& transaction) { return visit.settings(transaction); });
  const TypedRemoval typed = removal_in(form, settings->zone, visit.call.now);
  std::vector<CaseId> ids;
  for (const std::string& reference : form.values("case"))
    if (const auto id = visit.call.app.store.references().decode_case(reference); id && id->municipality() == visit.municipality.id) ids.push_back(*id);
  if (ids.empty()) form.refuse("cases", "error_owner_none_marked");
  if (!form.faults.empty()) return show_cases(visit, form);
  std::int64_t done = 0;
  for (const CaseId id : ids) {
    try {
      visit.call.app.store.write([&](Transaction& transaction) {
        const auto row = transaction.cases().find_to_change(id);
        if (!row || row->owner_id != visit.actor().owner_id || row->state != CaseState::assigned) throw Error{ErrorCode::conflict, "The case is not to be closed any more."};
        record_removal_of_case(transaction, *visit.settings(transaction), {id, {}, visit.actor(), visit.call.now, typed.note}, typed.removal);
      });
      ++done;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::conflict && error.code() != ErrorCode::refused && error.code() != ErrorCode::stale) throw;
    }
  }
  const auto number = [](std::int64_t count) { return count > 0 ? std::to_string(count) : ""; };
  answer_see_other(visit.call.response, visit.link("/agare", {{"klart", number(done)}, {"kvar", number(std::ssize(ids) - done)}}));
}

std::string rate_in_words(const Words& words, std::optional<std::int64_t> per_mille) {
  if (!per_mille) return words("owner_no_rate");
  return std::to_string(*per_mille / 10) + words("decimal_mark") + std::to_string(*per_mille % 10) + " %";
}

/// How well the owner has kept the promise: this year and the year before, month by month, by what the kommun counts.
void get_compliance(Visit& visit) {
  PageFrame frame = visit.frame(Section::owner, visit.words("owner_compliance_heading"));
  TemplateData values = visit.values();
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    const std::chrono::year_month_day today{settings->zone.date_of(visit.call.now)};
    TemplateData years{TemplateData::type::list};
    for (const auto year : {today.year(), today.year() - std::chrono::years{1}}) {
      const Period period{LocalDate{year / 1 / 1}, LocalDate{(year + std::chrono::years{1}) / 1 / 1}};
      const auto report = compliance(transaction, *settings, period, GroupBy::owner, Cohort::due, visit.call.now);
      const auto own = std::ranges::find(report.groups, visit.actor().owner_id, &ComplianceGroup::key);
      const Compliance figures = own == report.groups.end() ? Compliance{} : own->figures;
      TemplateData one;
      one.set("year", std::to_string(static_cast<int>(year)));
      one.set("preliminary", report.preliminary);
      one.set("rate", rate_in_words(visit.words, figures.rate_per_mille));
      one.set("own_rate", rate_in_words(visit.words, figures.own_rate_per_mille));
      one.set("own_n", std::to_string(figures.own_n));
      one.set("n", std::to_string(figures.population));
      one.set("on_time", std::to_string(figures.on_time));
      one.set("late", std::to_string(figures.late));
      one.set("overdue", std::to_string(figures.overdue));
      one.set("open_in_time", std::to_string(figures.open_in_time));
      one.set("told_late", std::to_string(figures.told_late));
      if (figures.median_hours) one.set("median", visit.words.duration(std::chrono::hours{*figures.median_hours}));
      years.push_back(one);
    }
    values.set("years", years);
    return true;
  });
  visit.answer(frame, "owner_compliance", values);
}

}  // namespace

std::vector<Route> owner_page_routes() {
  return page_routes_of({{"GET", "/agare", kOwner, get_cases},
                         {"GET", "/agare/borttagna", kOwner, [](Visit& visit) { answer_see_other(visit.call.response, visit.link("/agare")); }},
                         {"POST", "/agare/borttagna", kOwner, post_removed, kTextForm},
                         {"GET", "/agare/resultat", kOwner, get_compliance}});
}

}  // namespace klotterkoll
