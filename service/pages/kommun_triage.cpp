#include <algorithm>

#include "base/error.h"
#include "pages/kommun_case.h"
#include "pages/kommun_routes.h"
#include "workflow/casework_actions.h"

namespace klotterkoll {
namespace {

const std::string kTriage = "/kommun/fordela";
constexpr std::int64_t kUnassignedAtOnce = 100;
/// Of the newest assigned cases those are picked whose owner is uncertain or whose category is only proposed.
constexpr std::int64_t kAssignedLookedAt = 200;
constexpr std::size_t kKeys = 9;  ///< owners that have a key of their own
constexpr std::string_view kDone[] = {"fordela", "avskriv", "sla-ihop"};

/// What is to be looked at, in this order: cases that are nobody's, then the doubtful ones.
struct Pile {
  std::vector<CaseRow> rows;
  std::int64_t unassigned = 0;

  std::size_t place_of(CaseId id) const {
    const auto at = std::ranges::find(rows, id, &CaseRow::id);
    return static_cast<std::size_t>(at - rows.begin());
  }
};
Pile pile_of(Transaction& transaction, MunicipalityId municipality, Instant now) {
  CaseQuery query;
  query.now = now;
  query.states = {CaseState::unassigned};
  query.sort = CaseQuery::Sort::due_first;
  query.page = {kUnassignedAtOnce, 0};
  auto unassigned = transaction.cases().list(municipality, query);
  Pile pile{std::move(unassigned.items), unassigned.total};
  query.states = {CaseState::assigned};
  query.sort = CaseQuery::Sort::newest;
  query.page = {kAssignedLookedAt, 0};
  for (CaseRow& row : transaction.cases().list(municipality, query).items)
    if (row.routing_uncertain || !row.category_confirmed) pile.rows.push_back(std::move(row));
  return pile;
}

/// Builds the page of one case of the pile.
class TriagePage {
 public:
  TriagePage(Transaction& transaction, Visit& visit, const SentForm& sent) : transaction_(transaction), visit_(visit), words_(visit.words), sent_(sent) {}

  TemplateData values(std::optional<CaseId> wanted) {
    const Pile pile = pile_of(transaction_, visit_.municipality.id, visit_.call.now);
    TemplateData values = visit_.values();
    add_outcome(values);
    values.set("any", !pile.rows.empty());
    values.set("unassigned", words_("kommun_triage_unassigned", {{"{n}", std::to_string(pile.unassigned)}}));
    if (pile.rows.empty()) return values;
    std::size_t place = wanted ? pile.place_of(*wanted) : 0;
    const bool there = place < pile.rows.size();
    if (!there) place = 0;
    // What was typed of a case that is done with must not be sent for the next one.
    typed_ = there ? sent_.form : nullptr;
    if (sent_.form && !there && !sent_.form->value("note").empty()) values.set("kept", sent_.form->value("note"));
    const ReferenceCipher& references = visit_.call.app.store.references();
    // After the last one the first comes again: what was passed over is still there.
    const std::string next = references.encode(pile.rows[(place + 1) % pile.rows.size()].id);
    values.set("position", words_("kommun_triage_position", {{"{n}", std::to_string(place + 1)}, {"{all}", std::to_string(pile.rows.size())}}));
    values.set("next", visit_.link(kTriage, {{"arende", next}}));
    const KommunCase shown = load_kommun_case(transaction_, visit_, pile.rows[place].id);
    add_case(values, shown, next);
    return values;
  }

 private:
  void add_outcome(TemplateData& values) {
    if (sent_.form) return fill_errors(values, *sent_.form, words_);
    std::string done = visit_.call.request.get_param_value("klart");
    if (std::ranges::find(kDone, done) == std::end(kDone)) return;
    std::ranges::replace(done, '-', '_');
    values.set("done", words_("kommun_done_" + done));
  }

  void add_case(TemplateData& values, const KommunCase& shown, const std::string& next) {
    const CaseRow& row = shown.row;
    const Settings& settings = *shown.settings;
    const std::string reference = visit_.call.app.store.references().encode(row.id);
    const std::string place = place_in_words(ShownPlace{row.place, false, row.nearest_address});
    values.set("place", place.empty() ? words_("place_unknown") : place);
    values.set("reference", reference);
    values.set("case_page", visit_.link(kKommunCases + reference));
    values.set("badge", badge_part(row, words_, visit_.call.now));
    values.set("version", std::to_string(row.version));
    values.set("next_reference", next);
    for (const std::string_view act : kDone) {
      std::string name{act};
      std::ranges::replace(name, '-', '_');
      values.set("to_" + name, visit_.link(kTriage + "/" + reference + "/" + std::string{act}));
    }
    if (auto deadline = deadline_part(row, words_, settings.zone, visit_.call.now)) values.set("deadline", *deadline);
    values.set("albums", albums_part(shown.extras.photos, visit_));
    std::vector<std::string> descriptions;
    for (const Report& report : shown.reports)
      if (!report.description.empty()) descriptions.push_back(report.description);
    values.set("descriptions", list_of(descriptions));
    TemplateData facts{TemplateData::type::list};
    add_fact(facts, words_("kommun_source"), words_("kommun_source_" + std::string{to_code(row.source)}));
    add_fact(facts, words_("fact_reported"), words_.when(row.first_reported_at, settings.zone));
    add_fact(facts, words_("fact_designation"), row.property_designation.empty() ? row.place.designation : row.property_designation);
    if (row.surface) add_fact(facts, words_("fact_surface"), words_("surface_" + std::string{to_code(*row.surface)}));
    if (row.object_type) add_fact(facts, words_("fact_object"), words_("object_" + std::string{to_code(*row.object_type)}));
    values.set("facts", facts);
    if (const auto map = map_part(visit_, row)) values.set("map", *map);
    add_owners(values, shown);
    const std::string category = typed_ && !typed_->value("category").empty() ? typed_->value("category") : std::string{to_code(row.category)};
    values.set("categories", choices(words_, "category", names_of(Category{}), category));
    values.set("proposed", !row.category_confirmed);
    values.set("reasons", choices(words_, "kommun_dismissal", names_of(DismissalReason{}), typed_ ? typed_->value("reason") : ""));
    values.set("note", typed_ ? typed_->value("note") : "");
    const auto near = cases_near(transaction_, settings, row);
    values.set("has_near", !near.empty());
    values.set("near", near_part(transaction_, visit_, settings, near));
  }

  void add_owners(TemplateData& values, const KommunCase& shown) {
    const CaseRow& row = shown.row;
    const Settings& settings = *shown.settings;
    const bool nobodys = row.owner_id.empty();
    const SuggestedOwner suggested = nobodys ? suggest_owner(transaction_, settings, row, shown.history) : SuggestedOwner{row.owner_id, "", false};
    const char* why = nobodys                ? (suggested.by_owner ? "kommun_suggested_by_owner" : "kommun_suggested")
                      : row.routing_uncertain ? "kommun_triage_uncertain"
                                              : "kommun_triage_assigned";
    values.set("suggestion", suggested.owner_id.empty() ? words_("kommun_triage_nobody") : words_(why, {{"{owner}", owner_name(settings, suggested.owner_id)}}));
    const std::string chosen = typed_ && !typed_->value("owner_id").empty() ? typed_->value("owner_id") : suggested.owner_id;
    TemplateData first{TemplateData::type::list}, others{TemplateData::type::list};
    std::size_t number = 0;
    for (const Choice& owner : owner_choices(settings, suggested.owner_id)) {
      TemplateData choice;
      choice.set("code", owner.code);
      choice.set("name", owner.name);
      choice.set("chosen", owner.code == chosen);
      choice.set("key", std::to_string(++number));
      (number <= kKeys ? first : others).push_back(choice);
    }
    values.set("owners", first);
    values.set("has_others", number > kKeys);
    values.set("others", others);
    values.set("trace", trace_part(suggested.trace.empty() ? row.routing_trace : suggested.trace, words_, settings));
  }

  Transaction& transaction_;
  Visit& visit_;
  const Words& words_;
  const SentForm& sent_;
  const Form* typed_ = nullptr;  ///< into a form of the case that is shown
};

void show(Visit& visit, std::optional<CaseId> wanted, const SentForm& sent) {
  const TemplateData values = read(visit.call, [&](Transaction& transaction) { return TriagePage{transaction, visit, sent}.values(wanted); });
  PageFrame frame = kommun_frame(visit, visit.words("menu_triage"), true);
  if (sent.form && !sent.form->faults.empty()) frame.status = sent.form->status;
  frame.scripts.push_back("triage.js");
  draw_map(frame);
  visit.answer(frame, "kommun_triage", values);
}

void get_triage(Visit& visit) {
  show(visit, visit.call.app.store.references().decode_case(visit.call.request.get_param_value("arende")), {});
}

using Work = std::function<void(Transaction&, const Settings&, CaseAction)>;

/// What is to be done by what was typed; faults of the form otherwise.
Work prepare(Visit& visit, Form& form, const std::string& act) {
  if (act == "fordela") {
    // The list of the others counts when none of those with a key is chosen.
    const std::string owner_id = form.value("other").empty() ? form.value("owner_id") : form.value("other");
    const auto category = code_from<Category>(form.value("category"));
    if (owner_id.empty()) form.refuse("owner_1", "kommun_error_owner");
    if (!category) form.refuse("category", "error_reason");
    return [owner_id, category](Transaction& transaction, const Settings& settings, CaseAction action) {
      const CaseRow row = assign_case(transaction, settings, action, owner_id);
      action.version = row.version;
      action.note.clear();
      if (row.category == *category && row.category_confirmed) return;
      change_details_of_case(transaction, settings, action, {std::nullopt, {*category, std::nullopt, std::nullopt}});
    };
  }
  if (act == "avskriv") {
    const auto reason = code_from<DismissalReason>(form.value("reason"));
    if (!reason) form.refuse("reason", "error_reason");
    return [reason](Transaction& transaction, const Settings& settings, const CaseAction& action) {
      dismiss_case(transaction, settings, action, *reason);
    };
  }
  if (act != "sla-ihop") throw Error{ErrorCode::not_found, "There is no such page."};
  const auto into = visit.call.app.store.references().decode_case(form.value("into"));
  if (!into) form.refuse("into", "kommun_error_into");
  return [into](Transaction& transaction, const Settings& settings, const CaseAction& action) { merge_case(transaction, settings, action, *into); };
}

void post_triage(Visit& visit) {
  const CaseId id = visit.case_id();
  const std::string act = visit.parameter(1);
  Form& form = visit.form();
  const Work work = prepare(visit, form, act);
  const auto version = whole_number(form.value("version"));
  if (!version) throw Error{ErrorCode::malformed, "The form does not say which version of the case it is about."};
  const CaseAction action{id, version, visit.actor(), visit.call.now, note_in(form, "note", "note")};
  if (form.faults.empty()) {
    try {
      visit.call.app.store.write([&](Transaction& transaction) { work(transaction, *visit.settings(transaction), action); });
    } catch (const Error& error) {
      constexpr Form::Meant kMeant[] = {{"/owner_id", "owner_1", "kommun_error_owner"}, {"/into", "into", "kommun_error_into"}};
      if (names_no_target(error))
        form.refuse("into", "kommun_error_into");
      else
        form.refuse(error, kMeant);
    }
  }
  if (!form.faults.empty()) return show(visit, id, {act, &form});
  answer_see_other(visit.call.response, visit.link(kTriage, {{"arende", form.value("next")}, {"klart", act}}));
}

/// Whoever loads the answer to a form again, without the form, comes to the case in the pile.
void to_triage(Visit& visit) { answer_see_other(visit.call.response, visit.link(kTriage, {{"arende", visit.parameter(0)}})); }

}  // namespace

std::vector<Route> kommun_triage_routes() {
  return page_routes_of({{"GET", kTriage, kOfficers, get_triage},
                         {"GET", kTriage + "/{}/{}", kOfficers, to_triage},
                         {"POST", kTriage + "/{}/{}", kOfficers, post_triage, kTextForm}});
}

}  // namespace klotterkoll
