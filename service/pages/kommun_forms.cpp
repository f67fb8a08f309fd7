#include <algorithm>

#include "pages/closing_form.h"
#include "pages/kommun_case.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr std::array<std::string_view, 2> kVisibilities{"internal", "public"}, kToldBy{"call", "letter"};

template <typename Enum>
std::string code_of(const std::optional<Enum>& value) {
  return value ? std::string{to_code(*value)} : std::string{};
}

/// Makes the forms of one case, in the order in which they stand.
class Forms {
 public:
  Forms(Transaction& transaction, const Visit& visit, const KommunCase& shown, const SentForm& sent, const std::vector<NearCase>& near)
      : transaction_(transaction), visit_(visit), words_(visit.words), shown_(shown), row_(shown.row), settings_(*shown.settings), sent_(sent),
        near_(near), actions_(allowed_actions(row_, visit.actor(), visit.call.now)) {}

  TemplateData all() {
    if (may(Action::assign)) assign();
    if (may(Action::unassign)) plain("ta-tillbaka", "unassign", true);
    if (row_.state == CaseState::assigned) told_and_letter();
    if (may(Action::record_removal) || may(Action::correct_removal)) removal();
    if (may(Action::reopen)) plain("oppna-igen", "reopen", true);
    if (may(Action::hold)) pause();
    if (may(Action::change_details)) details();
    if (may(Action::add_police_reference))
      add(form("diarienummer", "number").input("text", "number", words_("kommun_number")).hint(words_("kommun_number_hint")).required());
    if (may(Action::merge)) merge();
    if (may(Action::undo_merge)) plain("angra-ihop", "unmerge", true);
    if (may(Action::split)) split();
    if (may(Action::dismiss)) reason("avskriv", "dismiss", "kommun_dismissal", names_of(DismissalReason{}));
    if (may(Action::give_up)) reason("avsta", "give_up", "kommun_non_removal", names_of(NonRemovalReason{}));
    if (may(Action::undo_dismissal) || may(Action::undo_giving_up)) plain("angra-beslut", "undo", true);
    add(form("kommentar", "comment").area("text", words_("kommun_comment")).required()
            .select("visibility", words_("kommun_comment_to"), choices_of(words_, "kommun_visibility", kVisibilities), "internal"));
    return forms_;
  }

 private:
  bool may(Action action) const { return std::ranges::find(actions_, action) != actions_.end(); }

  FormPart form(const char* slug, const std::string& name) const {
    FormPart made{words_, slug, words_("kommun_" + name + "_heading"), words_("kommun_" + name + "_button"), sent_.of(slug)};
    made.hidden("version", std::to_string(row_.version));
    return made;
  }
  void add(const FormPart& made, const char* slug = nullptr) {
    TemplateData data = made.data("");
    const std::string noun = slug ? slug : data.get("slug")->string_value();
    data.set("action", visit_.link(kKommunCases + visit_.call.app.store.references().encode(row_.id) + "/" + noun));
    forms_.push_back(data);
  }
  FormPart& with_note(FormPart& made) const { return made.area("note", words_("kommun_note")); }

  void plain(const char* slug, const char* name, bool note) {
    FormPart made = form(slug, name);
    made.intro(words_("kommun_" + std::string{name} + "_intro"));
    if (note) with_note(made);
    add(made);
  }

  template <std::size_t n>
  void reason(const char* slug, const char* name, const char* kind, const std::array<std::string_view, n>& reasons) {
    FormPart made = form(slug, name);
    made.intro(words_("kommun_" + std::string{name} + "_intro"));
    made.select("reason", words_("kommun_reason"), choices_of(words_, kind, reasons), "", words_("kommun_choose")).required();
    add(with_note(made));
  }

  void assign() {
    const SuggestedOwner suggested = row_.owner_id.empty() ? suggest_owner(transaction_, settings_, row_, shown_.history) : SuggestedOwner{};
    FormPart made = form("fordela", row_.owner_id.empty() ? "assign" : "reassign");
    if (!suggested.owner_id.empty())
      made.intro(words_(suggested.by_owner ? "kommun_suggested_by_owner" : "kommun_suggested", {{"{owner}", owner_name(settings_, suggested.owner_id)}}));
    const std::string& chosen = row_.owner_id.empty() ? suggested.owner_id : row_.owner_id;
    made.select("owner_id", words_("kommun_owner"), owner_choices(settings_, suggested.owner_id), chosen, words_("kommun_choose_owner")).required();
    add(with_note(made));
  }

  void told_and_letter() {
    const LocalTime now = settings_.zone.to_local(visit_.call.now);
    const LocalDate today = std::chrono::floor<days>(now);
    FormPart told = form("underrattad", "told");
    told.intro(words_("kommun_told_intro"));
    told.select("channel", words_("kommun_channel"), choices_of(words_, "kommun_channel", kToldBy), "call").required();
    told.input("date", "told_on", words_("date"), format_date(today)).at_most("max", format_date(today)).required();
    told.input("time", "told_time", words_("time"), format_time_of_day(std::chrono::floor<minutes>(now - today))).required();
    add(with_note(told));
    FormPart letter = form("brev", "letter");
    letter.intro(words_("kommun_letter_intro"));
    letter.area("to", words_("kommun_letter_to"), owner_name(settings_, row_.owner_id)).hint(words_("kommun_letter_to_hint"));
    letter.input("text", "contact", words_("kommun_letter_contact"));
    letter.select("language", words_("kommun_letter_language"), {{"sv", "Svenska"}, {"en", "English"}}, "", words_("kommun_letter_language_owner"));
    add(letter);
    add(form("agarens-nummer", "external")
            .input("text", "external_reference", words_("kommun_external"), shown_.extras.external_reference).hint(words_("kommun_external_hint")));
  }

  void removal() {
    const bool first = row_.open();
    std::string note;
    for (const auto& [event, text] : shown_.history)
      if (!first && (event.type == EventType::removal_recorded || event.type == EventType::removal_corrected)) note = text;
    const LocalTime at = settings_.zone.to_local(row_.removed_at.value_or(visit_.call.now));
    const LocalDate day = std::chrono::floor<days>(at);
    FormPart made = form("borttaget", first ? "removal" : "correction");
    made.input("date", "removed_on", words_("removed_at"), format_date(day), "removed_at");
    made.at_most("max", format_date(settings_.zone.date_of(visit_.call.now))).required();
    made.input("time", "removed_time", words_("time"), format_time_of_day(std::chrono::floor<minutes>(at - day)), "removed_time").required();
    made.select("method", words_("method"), choices_of(words_, "method", names_of(RemovalMethod{})), code_of(row_.method), words_("choose"), "method");
    made.files(words_("photos")).hint(words_("photos_hint"));
    made.area("note", words_("note"), note, "note");
    made.input("text", "cost_sek", words_("cost"), row_.cost_sek ? std::to_string(*row_.cost_sek) : "", "cost_sek").hint(words_("cost_hint"));
    made.area("evidence", words_("kommun_evidence")).hint(words_("kommun_evidence_hint"));
    add(made);
  }

  void pause() {
    const Policy& policy = policy_of_version(settings_.policies, row_.policy_version);
    const LocalDate last = last_day_of_pause(settings_.zone, policy.hold_cap_days, visit_.call.now);
    FormPart made = form("paus", "hold");
    made.select("reason", words_("pause_reason"), choices_of(words_, "hold", names_of(HoldReason{})), "", words_("kommun_choose"), "pause_reason").required();
    made.input("date", "until", words_("until"), "", "until").hint(words_("until_hint", {{"{last}", words_.day(last)}}))
        .at_most("min", format_date(settings_.zone.date_of(visit_.call.now))).at_most("max", format_date(last)).required();
    made.area("note", words_("kommun_note"), "", "pause_note");
    add(made);
  }

  void details() {
    const Place told = told_place(row_);
    FormPart made = form("uppgifter", "details");
    made.intro(words_("kommun_details_intro"));
    kinds(made, std::string{to_code(row_.category)}, code_of(row_.surface), code_of(row_.object_type));
    made.input("text", "address", words_("kommun_address"), told.address);
    made.input("text", "designation", words_("fact_designation"), told.designation);
    made.input("text", "lat", words_("kommun_lat"), told.point ? degrees(told.point->lat) : "");
    made.input("text", "lon", words_("kommun_lon"), told.point ? degrees(told.point->lon) : "");
    made.area("note", words_("kommun_details_note")).required();
    add(made);
  }

  void kinds(FormPart& made, const std::string& category, const std::string& surface, const std::string& object_type) const {
    made.select("category", words_("fact_category"), choices_of(words_, "category", names_of(Category{})), category);
    if (!row_.category_confirmed) made.hint(words_("kommun_category_proposed"));
    made.select("surface", words_("fact_surface"), choices_of(words_, "surface", names_of(Surface{})), surface, words_("kommun_not_told"));
    made.select("object_type", words_("fact_object"), choices_of(words_, "object", names_of(ObjectType{})), object_type, words_("kommun_not_told"));
  }

  void merge() {
    FormPart made = form("sla-ihop", "merge");
    made.intro(words_("kommun_merge_intro"));
    std::vector<Choice> choices;
    const ReferenceCipher& references = visit_.call.app.store.references();
    for (const NearCase& one : near_)
      if (const std::string reference = references.encode(one.row.id); allows(one.row.state, Action::merge))
        choices.push_back({reference, reference + " – " + in_words(one.row.place)});
    if (!choices.empty()) made.select("near", words_("kommun_merge_near"), choices, "", words_("kommun_merge_other"));
    made.input("text", "into", words_("kommun_merge_into")).hint(words_("kommun_merge_into_hint"));
    add(with_note(made));
  }

  void split() {
    FormPart made = form("dela", "split");
    made.intro(words_("kommun_split_intro"));
    kinds(made, std::string{to_code(row_.category)}, code_of(row_.surface), code_of(row_.object_type));
    made.select("owner_id", words_("kommun_owner"), owner_choices(settings_), "", words_("kommun_split_owner"));
    add(with_note(made));
  }

  Transaction& transaction_;
  const Visit& visit_;
  const Words& words_;
  const KommunCase& shown_;
  const CaseRow& row_;
  const Settings& settings_;
  const SentForm& sent_;
  const std::vector<NearCase>& near_;
  const std::vector<Action> actions_;
  TemplateData forms_{TemplateData::type::list};
};

}  // namespace

TemplateData case_forms(Transaction& transaction, const Visit& visit, const KommunCase& shown, const SentForm& sent, const std::vector<NearCase>& near) {
  return Forms{transaction, visit, shown, sent, near}.all();
}

TemplateData hold_parts(const Visit& visit, const KommunCase& shown, const SentForm& sent) {
  const Words& words = visit.words;
  const ReferenceCipher& references = visit.call.app.store.references();
  const TimeZone& zone = shown.settings->zone;
  const std::string page = kKommunCases + references.encode(shown.row.id);
  TemplateData list{TemplateData::type::list};
  for (const ToldHold& told : shown.extras.holds) {
    const Hold& hold = told.hold;
    const std::string id = references.encode(hold.id);
    TemplateData part;
    const bool over = hold.status == HoldStatus::granted && hold.ends_at() <= visit.call.now;
    part.set("status", words(over ? "kommun_hold_over" : "kommun_hold_" + std::string{to_code(hold.status)}));
    part.set("reason", words("hold_" + std::string{to_code(hold.reason)}));
    const Instant last = hold.ends_at() - std::chrono::seconds{1};
    part.set("period", words("kommun_hold_period", {{"{from}", words.when(hold.starts_at, zone)}, {"{until}", words.when(last, zone)}}));
    part.set("by", words("kommun_role_" + std::string{to_code(hold.by)}));
    for (const auto& [name, text] : {std::pair<const char*, std::string>{"asked_note", told.note}, {"decision_note", told.decision_note},
                                     {"marked", told.too_late ? words("kommun_hold_too_late") : told.granted_late ? words("kommun_hold_granted_late") : ""}})
      set_text(part, name, text);
    TemplateData forms{TemplateData::type::list};
    const auto add = [&](const char* slug, FormPart made) {
      made.hidden("version", std::to_string(shown.row.version)).hidden("hold", id).area("note", words("kommun_note"));
      forms.push_back(made.data(visit.link(page + "/" + slug)));
    };
    const auto sent_to = [&](const char* slug) { return sent.form && sent.form->value("hold") == id ? sent.of(slug) : nullptr; };
    if (shown.row.open() && hold.status == HoldStatus::requested)
      add("paus-beslut", FormPart{words, "paus-beslut-" + id, words("kommun_decide_heading"), words("kommun_decide_grant"), sent_to("paus-beslut")}
                             .also("refuse", "1", words("kommun_decide_refuse")).open_always());
    if (shown.row.open() && hold.status == HoldStatus::granted && !hold.ended_at && hold.until > visit.call.now)
      add("paus-slut", FormPart{words, "paus-slut-" + id, words("kommun_end_heading"), words("kommun_end_button"), sent_to("paus-slut")});
    part.set("forms", forms);
    list.push_back(part);
  }
  return list;
}

}  // namespace klotterkoll
