#include "pages/kommun_case.h"

#include <algorithm>

#include "base/error.h"
#include "workflow/casework.h"

namespace klotterkoll {
namespace {

/// Builds the page of a case piece by piece.
class CasePage {
 public:
  CasePage(Transaction& transaction, const Visit& visit, const KommunCase& shown, const SentForm& sent)
      : transaction_(transaction), visit_(visit), words_(visit.words), shown_(shown), row_(shown.row), settings_(*shown.settings), sent_(sent),
        references_(visit.call.app.store.references()), values_(visit.values()) {}

  TemplateData values() {
    const std::string place = place_in_words(ShownPlace{row_.place, false, row_.nearest_address});
    values_.set("place", place.empty() ? words_("place_unknown") : place);
    values_.set("reference", references_.encode(row_.id));
    values_.set("category", words_("category_" + std::string{to_code(row_.category)}));
    values_.set("proposed", !row_.category_confirmed);
    values_.set("badge", badge_part(row_, words_, visit_.call.now));
    values_.set("cases", visit_.link("/kommun/arenden"));
    values_.set("version", std::to_string(row_.version));
    values_.set("photo_action", visit_.link(page() + "/bild"));
    if (row_.attention) values_.set("attention", words_("kommun_attention_" + std::string{to_code(*row_.attention)}));
    add_outcome();
    add_deadline();
    add_facts();
    if (const auto map = map_part(visit_, row_)) values_.set("map", *map);
    values_.set("albums", albums_part(shown_.extras.photos, visit_));
    add_reports();
    values_.set("trace", trace_part(row_.routing_trace, words_, settings_));
    values_.set("uncertain", row_.routing_uncertain && !row_.owner_id.empty());
    const auto near = cases_near(transaction_, settings_, row_);
    values_.set("has_near", !near.empty());
    values_.set("near", near_part(transaction_, visit_, settings_, near));
    add_merged();
    values_.set("has_holds", !shown_.extras.holds.empty());
    values_.set("holds", hold_parts(visit_, shown_, sent_));
    values_.set("history", history_part(transaction_, visit_, shown_));
    values_.set("forms", case_forms(transaction_, visit_, shown_, sent_, near));
    return values_;
  }

 private:
  std::string page() const { return kKommunCases + references_.encode(row_.id); }

  /// What the visitor has just done, or could not do.
  void add_outcome() {
    if (!sent_.form) {
      // The slug of what was done; anything else that somebody puts into the address says nothing.
      constexpr std::string_view kDone[] = {"fordela",     "ta-tillbaka", "uppgifter", "diarienummer", "borttaget", "oppna-igen",   "paus",
                                            "paus-beslut", "paus-slut",   "avskriv",   "avsta",        "sla-ihop",  "angra-beslut", "angra-ihop",
                                            "dela",        "kommentar",   "bild",      "underrattad",  "agarens-nummer"};
      std::string done = visit_.call.request.get_param_value("klart");
      if (std::ranges::find(kDone, done) == std::end(kDone)) return;
      std::ranges::replace(done, '-', '_');
      return values_.set("done", words_("kommun_done_" + done));
    }
    TemplateData errors{TemplateData::type::list};
    for (const Form::Fault& fault : sent_.form->faults) {
      TemplateData error;
      if (!fault.field.empty()) error.set("field", fault.field);
      error.set("message", sentence_of(fault, words_));
      errors.push_back(error);
    }
    values_.set("has_errors", !sent_.form->faults.empty());
    values_.set("errors", errors);
    // The form may not be offered any more: what was written stands here too then.
    if (sent_.form->status != 409) return;
    std::vector<std::string> typed;
    for (const char* name : {"note", "text", "evidence"})
      if (!sent_.form->value(name).empty()) typed.push_back(sent_.form->value(name));
    values_.set("has_kept", !typed.empty());
    values_.set("kept", list_of(typed));
  }

  void add_deadline() {
    if (auto deadline = deadline_part(row_, words_, settings_.zone, visit_.call.now)) values_.set("deadline", *deadline);
    const Policy& policy = policy_of_version(settings_.policies, row_.policy_version);
    const Limit& limit = policy.limit_for(row_.category, row_.category_confirmed);
    const HoldReckoning held = reckon_holds(policy, limit, row_.clock_started_at, shown_.whole.holds, shown_.whole.former_limits);
    const Deadline reckoned = reckon_deadline(policy, limit, row_.clock_started_at, held.held, shown_.whole.former_limits);
    TemplateData reckoning, days{TemplateData::type::list}, others{TemplateData::type::list};
    const auto rule = [&](const Limit& of) {
      return words_("kommun_mode_" + std::string{to_code(of.mode)}, {{"{n}", std::to_string(of.amount)}});
    };
    reckoning.set("rule", rule(limit));
    reckoning.set("started", words_.when(row_.clock_started_at, settings_.zone));
    reckoning.set("due_at", words_.when(row_.due_at, settings_.zone));
    if (row_.due_at != row_.due_at_without_holds) reckoning.set("without_holds", words_.when(row_.due_at_without_holds, settings_.zone));
    for (const ReckonedDay& day : reckoned.days) days.push_back(words_.code() == "sv" ? describe_sv(day) : describe_en(day));
    reckoning.set("days", days);
    const int in_days = limit.mode == CountingMode::hours ? std::max(1, limit.amount / 24) : limit.amount;
    for (std::size_t i = 0; i < names_of(CountingMode{}).size(); ++i) {
      const auto mode = static_cast<CountingMode>(i);
      if (mode == limit.mode) continue;
      const Limit other{mode, mode == CountingMode::hours ? in_days * 24 : in_days};
      add_fact(others, rule(other), words_.when(deadline_for(policy, other, row_.clock_started_at, held.held, shown_.whole.former_limits), settings_.zone));
    }
    reckoning.set("others", others);
    reckoning.set("policy", words_("kommun_policy_version", {{"{n}", std::to_string(row_.policy_version)}}));
    values_.set("reckoning", reckoning);
  }

  void add_facts() {
    TemplateData facts{TemplateData::type::list};
    const auto add = [&](const char* label, const std::string& value) { add_fact(facts, words_(label), value); };
    const auto when = [&](const std::optional<Instant>& at) { return at ? words_.when(*at, settings_.zone) : std::string{}; };
    const auto word = [&](const char* kind, const auto& code) { return code ? words_(std::string{kind} + "_" + std::string{to_code(*code)}) : std::string{}; };
    const auto linked = [&](const char* label, CaseId id) {
      if (!id) return;
      TemplateData one;
      one.set("label", words_(label));
      one.set("value", references_.encode(id));
      one.set("href", visit_.link(kKommunCases + references_.encode(id)));
      facts.push_back(one);
    };
    add("kommun_state", words_("state_" + std::string{to_code(row_.state)}));
    add("kommun_owner", row_.owner_id.empty() ? words_("owner_none") : owner_name(settings_, row_.owner_id));
    add("kommun_assigned_at", when(row_.assigned_at));
    add("kommun_told_at", row_.state == CaseState::assigned && !row_.told_at ? words_("kommun_not_told_yet") : when(row_.told_at));
    add("fact_external", shown_.extras.external_reference);
    add("fact_place", row_.place.address.empty() ? row_.nearest_address : row_.place.address);
    if (row_.place.point)
      add(row_.point_derived ? "kommun_point_derived" : "kommun_point", degrees(row_.place.point->lat) + ", " + degrees(row_.place.point->lon));
    add("fact_designation", row_.property_designation.empty() ? row_.place.designation : row_.property_designation);
    add("kommun_district", row_.district_id);
    add("fact_surface", word("surface", row_.surface));
    add("fact_object", word("object", row_.object_type));
    std::string numbers;
    for (const std::string& number : shown_.extras.reports.police_references) numbers += (numbers.empty() ? "" : ", ") + number;
    add("fact_police", numbers);
    add("fact_reported", when(row_.first_reported_at));
    add("kommun_received", when(row_.first_received_at));
    add("kommun_removed_at", when(row_.removed_at));
    add("kommun_recorded_at", when(row_.recorded_at));
    if (row_.removed_at) {
      add("kommun_method", word("method", row_.method));
      add("kommun_cost", row_.cost_sek ? words_("kommun_kronor", {{"{n}", std::to_string(*row_.cost_sek)}}) : "");
      add("kommun_evidence_label", row_.evidence_confirmed ? words_("kommun_event_evidence") : "");
    }
    add("kommun_decision", row_.dismissal ? word("kommun_dismissal", row_.dismissal) : word("kommun_non_removal", row_.non_removal));
    linked("kommun_merged_into", row_.merged_into);
    linked("kommun_previous", row_.previous_case);
    linked("kommun_split_from", row_.split_from);
    values_.set("facts", facts);
  }

  void add_reports() {
    TemplateData list{TemplateData::type::list};
    for (const Report& report : shown_.reports) {
      TemplateData one, facts{TemplateData::type::list};
      one.set("heading", words_("kommun_report_by", {{"{source}", words_("kommun_source_" + std::string{to_code(report.source)})},
                                                     {"{when}", words_.when(report.received_at, settings_.zone)}}));
      add_fact(facts, words_("kommun_report_id"), references_.encode(report.id));
      add_fact(facts, words_("kommun_intake"), words_("kommun_intake_" + std::string{to_code(report.intake)}));
      if (report.observed_at) add_fact(facts, words_("kommun_observed"), words_.when(*report.observed_at, settings_.zone));
      if (report.reported_at != report.received_at) add_fact(facts, words_("fact_reported"), words_.when(report.reported_at, settings_.zone));
      add_fact(facts, words_("fact_police"), report.police_reference);
      add_fact(facts, words_("fact_place"), in_words(report.place));
      add_fact(facts, words_("kommun_label"), report.object_label);
      std::string contact;
      for (const std::string& part : {report.contact.name, report.contact.email, report.contact.phone})
        if (!part.empty()) contact += (contact.empty() ? "" : ", ") + part;
      add_fact(facts, words_("kommun_contact"), contact);
      one.set("facts", facts);
      set_text(one, "description", report.description);
      one.set("erased", report.texts_erased);
      list.push_back(one);
    }
    values_.set("reports", list);
  }

  void add_merged() {
    TemplateData list{TemplateData::type::list};
    for (const CaseId id : shown_.extras.merged) {
      TemplateData one;
      one.set("href", visit_.link(kKommunCases + references_.encode(id)));
      one.set("name", references_.encode(id));
      list.push_back(one);
    }
    values_.set("has_merged", !shown_.extras.merged.empty());
    values_.set("merged", list);
  }

  Transaction& transaction_;
  const Visit& visit_;
  const Words& words_;
  const KommunCase& shown_;
  const CaseRow& row_;
  const Settings& settings_;
  const SentForm& sent_;
  const ReferenceCipher& references_;
  TemplateData values_;
};

}  // namespace

KommunCase load_kommun_case(Transaction& transaction, const Visit& visit, CaseId id) {
  KommunCase shown;
  shown.settings = visit.settings(transaction);
  auto row = id.municipality() == visit.municipality.id ? transaction.cases().find(id) : std::nullopt;
  if (!row) throw Error{ErrorCode::not_found, "There is no such case."};
  shown.row = std::move(*row);
  shown.extras = load_extras(transaction, *shown.settings, shown.row, view_for(visit.actor(), shown.row));
  shown.reports = reports_of(transaction, shown.row);
  shown.history = transaction.events().noted_of_case(id);
  std::vector<Event> events;
  for (const auto& noted : shown.history) events.push_back(noted.event);
  shown.whole = replay(events, shown.settings->policies, shown.settings->zone);
  return shown;
}

void show_kommun_case(Visit& visit, const SentForm& sent) {
  const CaseId id = visit.case_id();
  const auto [values, title] = read(visit.call, [&](Transaction& transaction) {
    const KommunCase shown = load_kommun_case(transaction, visit, id);
    const std::string place = place_in_words(ShownPlace{shown.row.place, false, shown.row.nearest_address});
    return std::pair{CasePage{transaction, visit, shown, sent}.values(), visit.call.app.store.references().encode(id) + (place.empty() ? "" : ", " + place)};
  });
  PageFrame frame = kommun_frame(visit, title, true);
  if (sent.form && !sent.form->faults.empty()) frame.status = sent.form->status;
  if (frame.status == 503) visit.call.response.set_header("Retry-After", "5");
  draw_map(frame);
  visit.answer(frame, "kommun_case", values);
}

}  // namespace klotterkoll
