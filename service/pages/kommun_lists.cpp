#include <algorithm>

#include "base/error.h"
#include "pages/kommun_parts.h"
#include "pages/kommun_routes.h"
#include "routes/case_query.h"
#include "workflow/casework_actions.h"

namespace klotterkoll {
namespace {

using std::chrono::days;

const std::string kList = "/kommun/arenden";
constexpr std::int64_t kRows = 50;
/// What the page filters by, in the order of its form; days are local. The API's names where it has them.
constexpr std::string_view kFilters[] = {"q",     "state",  "clock",       "owner_id",    "category", "attention",
                                         "holds", "senast", "anmalt_fran", "anmalt_till", "sort"};

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The filters as they stand in the address.
Parameters filters_of(const Visit& visit) {
  Parameters kept;
  for (const std::string_view name : kFilters)
    if (std::string value = visit.call.request.get_param_value(std::string{name}.c_str()); !value.empty()) kept.emplace_back(name, std::move(value));
  return kept;
}
std::string value_of(const Parameters& parameters, std::string_view name) {
  const auto at = std::ranges::find(parameters, name, [](const auto& one) { return std::string_view{one.first}; });
  return at == parameters.end() ? "" : at->second;
}

/// A day of the filters; a fault where it is none.
std::optional<LocalDate> day_of(const Parameters& parameters, const char* name, Form& faults) {
  const std::string text = value_of(parameters, name);
  if (text.empty()) return std::nullopt;
  const auto day = parse_date(text);
  if (!day) faults.refuse(name, "kommun_error_date");
  return day;
}

struct Asked {
  std::shared_ptr<const Settings> settings;
  CaseQuery query;
  Page page;
};
Asked ask(Visit& visit, Transaction& transaction, const Parameters& filters, Form& faults) {
  Asked asked{visit.settings(transaction), {}, {kRows, 0}};
  asked.query = read_case_query(visit.call, transaction, *asked.settings, visit.actor());
  const TimeZone& zone = asked.settings->zone;
  if (const auto day = day_of(filters, "senast", faults)) asked.query.due_before = zone.start_of(*day + days{1});
  if (const auto day = day_of(filters, "anmalt_fran", faults)) asked.query.reported_from = zone.start_of(*day);
  if (const auto day = day_of(filters, "anmalt_till", faults)) asked.query.reported_to = zone.start_of(*day + days{1});
  const std::string sort = value_of(filters, "sort");
  asked.query.sort = sort == "due_at" ? CaseQuery::Sort::due_first : sort == "-due_at" ? CaseQuery::Sort::due_last : CaseQuery::Sort::newest;
  const auto number = whole_number(visit.call.request.get_param_value("sida"));
  // Beyond what is counted a list is not looked through.
  asked.page.offset = (std::clamp<std::int64_t>(number.value_or(1), 1, kCountedUpTo / kRows) - 1) * kRows;
  asked.query.page = asked.page;
  return asked;
}

TemplateData options(const Words& words, const std::vector<Choice>& all, const std::string& chosen, const char* none) {
  TemplateData list{TemplateData::type::list};
  const auto add = [&](const std::string& code, const std::string& name) {
    TemplateData option;
    option.set("code", code);
    option.set("name", name);
    option.set("chosen", code == chosen);
    list.push_back(option);
  };
  add("", words(none));
  for (const Choice& one : all) add(one.code, one.name);
  return list;
}

void add_filters(TemplateData& values, const Visit& visit, const Settings& settings, const Parameters& filters) {
  const Words& words = visit.words;
  std::vector<Choice> states = choices_of(words, "kommun_states", std::array<std::string_view, 1>{"open"});
  for (Choice& one : choices_of(words, "state", names_of(CaseState{}))) states.push_back(std::move(one));
  std::vector<Choice> attention = choices_of(words, "kommun_states", std::array<std::string_view, 1>{"attention"});
  attention.front().code = "true";
  for (Choice& one : choices_of(words, "kommun_attention", names_of(Attention{}))) attention.push_back(std::move(one));
  values.set("states", options(words, states, value_of(filters, "state"), "kommun_any"));
  values.set("clocks", options(words, choices_of(words, "clock", names_of(ClockState{})), value_of(filters, "clock"), "kommun_any"));
  values.set("owners", options(words, owner_choices(settings), value_of(filters, "owner_id"), "kommun_any"));
  values.set("categories", options(words, choices_of(words, "category", names_of(Category{})), value_of(filters, "category"), "kommun_any"));
  values.set("attentions", options(words, attention, value_of(filters, "attention"), "kommun_any"));
  const std::vector<Choice> sorts{{"due_at", words("kommun_sort_due")}, {"-due_at", words("kommun_sort_due_last")}};
  values.set("sorts", options(words, sorts, value_of(filters, "sort"), "kommun_sort_newest"));
  for (const char* name : {"q", "senast", "anmalt_fran", "anmalt_till"}) values.set(name, value_of(filters, name));
  values.set("requested", value_of(filters, "holds") == "requested");
}

/// What became of each of many cases.
struct Result {
  std::int64_t done = 0;
  std::vector<std::pair<std::string, std::string>> refused;  ///< reference, and the name of the sentence
};

void show(Visit& visit, Form& form, const Result* result) {
  const Parameters filters = filters_of(visit);
  Form faults;
  const Asked asked = read(visit.call, [&](Transaction& transaction) { return ask(visit, transaction, filters, faults); });
  for (const Form::Fault& fault : faults.faults) form.refuse(fault.field, fault.text);
  const TemplateData values = read(visit.call, [&](Transaction& transaction) {
    TemplateData shown = visit.values();
    const auto listing = transaction.cases().list(visit.municipality.id, asked.query);
    TemplateData rows{TemplateData::type::list};
    const std::vector<std::string> chosen = form.values("arende");
    for (const CaseRow& row : listing.items) {
      TemplateData card = case_card(transaction, visit, *asked.settings, row, kKommunCases);
      const std::string box = visit.call.app.store.references().encode(row.id) + "." + std::to_string(row.version);
      card.set("box", box);
      card.set("chosen", std::ranges::find(chosen, box) != chosen.end());
      card.set("open", row.open());
      card.set("attention", row.attention ? TemplateData{visit.words("kommun_attention_" + std::string{to_code(*row.attention)})} : TemplateData{false});
      rows.push_back(card);
    }
    shown.set("rows", rows);
    shown.set("any", !listing.items.empty());
    shown.set("total", visit.words("kommun_total", {{"{n}", std::to_string(listing.total) + (listing.total >= kCountedUpTo ? "+" : "")}}));
    shown.set("pages", pages_part(visit, asked.page, listing.total, filters));
    add_filters(shown, visit, *asked.settings, filters);
    shown.set("action", visit.link(kList, filters));
    shown.set("assign_to", options(visit.words, owner_choices(*asked.settings), form.value("till"), "kommun_choose_owner"));
    const auto reasons = choices_of(visit.words, "kommun_dismissal", names_of(DismissalReason{}));
    shown.set("reasons", options(visit.words, reasons, form.value("reason"), "kommun_choose"));
    shown.set("note", form.value("note"));
    return shown;
  }, asked.query.looks_at_all());
  TemplateData page = values;
  fill_errors(page, form, visit.words);
  page.set("list_address", visit.link(kList));
  const auto told = [&](std::int64_t count) { page.set("done", visit.words("kommun_many_done", {{"{n}", std::to_string(count)}})); };
  if (result) {
    told(result->done);
    TemplateData refused{TemplateData::type::list};
    for (const auto& [reference, text] : result->refused) {
      TemplateData one;
      one.set("name", reference);
      one.set("href", visit.link(kKommunCases + reference));
      one.set("why", visit.words(text));
      refused.push_back(one);
    }
    page.set("has_refused", !result->refused.empty());
    page.set("refused", refused);
  } else if (const auto count = whole_number(visit.call.request.get_param_value("klara")); count && *count > 0) {
    told(*count);
  }
  PageFrame frame = kommun_frame(visit, visit.words("menu_cases"), true);
  if (!form.faults.empty()) frame.status = form.status;
  if (result && !result->refused.empty()) frame.status = 409;
  visit.answer(frame, "kommun_list", page);
}

void get_list(Visit& visit) {
  Form none;
  show(visit, none, nullptr);
}

/// Does the same with each case that is named, each for itself: one that has changed meanwhile stops no other.
Result do_with_each(Visit& visit, const Form& form, const std::function<void(Transaction&, const Settings&, const CaseAction&)>& work) {
  Result result;
  const ReferenceCipher& references = visit.call.app.store.references();
  for (const std::string& box : form.values("arende")) {
    const auto dot = box.find('.');
    const auto id = references.decode_case(box.substr(0, dot));
    const auto version = dot == box.npos ? std::nullopt : whole_number(std::string_view{box}.substr(dot + 1));
    if (!id || !version || id->municipality() != visit.municipality.id) throw Error{ErrorCode::malformed, "The form names a case that is none."};
    try {
      const CaseAction action{*id, version, visit.actor(), visit.call.now, form.value("note")};
      visit.call.app.store.write([&](Transaction& transaction) { work(transaction, *visit.settings(transaction), action); });
      ++result.done;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::internal) throw;
      const bool changed = error.code() == ErrorCode::stale || error.code() == ErrorCode::conflict;
      result.refused.emplace_back(references.encode(*id), changed ? "kommun_many_changed" : "kommun_many_refused");
    }
  }
  return result;
}

void post_list(Visit& visit) {
  Form& form = visit.form();
  note_in(form, "note", "note");
  if (form.values("arende").empty()) form.refuse("rows", "kommun_error_none_chosen");
  const std::string act = form.value("gor");
  std::function<void(Transaction&, const Settings&, const CaseAction&)> work;
  if (act == "fordela") {
    if (form.value("till").empty()) form.refuse("till", "kommun_error_owner");
    work = [&](Transaction& transaction, const Settings& settings, const CaseAction& action) { assign_case(transaction, settings, action, form.value("till")); };
  } else if (act == "avskriv") {
    const auto reason = code_from<DismissalReason>(form.value("reason"));
    if (!reason) form.refuse("reason", "error_reason");
    work = [reason](Transaction& transaction, const Settings& settings, const CaseAction& action) { dismiss_case(transaction, settings, action, *reason); };
  } else if (act == "kommentera") {
    if (form.value("note").empty()) form.refuse("note", "kommun_error_comment");
    work = [](Transaction& transaction, const Settings& settings, const CaseAction& action) { comment_on_case(transaction, settings, action, Visibility::internal); };
  } else {
    throw Error{ErrorCode::malformed, "The form does not say what to do."};
  }
  if (!form.faults.empty()) return show(visit, form, nullptr);
  const Result result = do_with_each(visit, form, work);
  if (!result.refused.empty()) return show(visit, form, &result);
  Parameters back = filters_of(visit);
  back.emplace_back("klara", std::to_string(result.done));
  answer_see_other(visit.call.response, visit.link(kList, back));
}

}  // namespace

std::vector<Route> kommun_list_routes() {
  return page_routes_of({{"GET", kList, kOfficers, get_list}, {"POST", kList, kOfficers, post_list, kTextForm}});
}

}  // namespace klotterkoll
