#include "pages/closing_page.h"

#include <algorithm>

#include "base/error.h"
#include "pages/case_parts.h"

namespace klotterkoll {
namespace {

using std::chrono::days;
using std::chrono::seconds;

/// Builds the page piece by piece.
class Builder {
 public:
  Builder(const ClosingPage& page, const ClosingForm& form, const ClosingAddresses& addresses, const Words& words,
          const ReferenceCipher& references, Instant now)
      : page_(page), row_(page.opened.row), zone_(page.settings->zone), form_(form), addresses_(addresses), words_(words),
        references_(references), now_(now), policy_(policy_of_version(page.settings->policies, row_.policy_version)) {}

  std::string html() {
    const std::string reference = references_.encode(row_.id), place = in_words(row_.place);
    values_.set("heading", words_("heading", {{"{place}", place.empty() ? words_("at_no_place") : words_("at_place", {{"{place}", place}})}}));
    values_.set("lead", words_("lead", {{"{reference}", reference}, {"{owner}", page_.owner_name}}));
    set_text(values_, "form_token", addresses_.form_token);
    values_.set("contact", words_(addresses_.form_token.empty() ? "contact" : "contact_signed_in", {{"{municipality}", page_.settings->municipality.name}, {"{reference}", reference}}));
    add_faults();
    add_done();
    if (auto deadline = deadline_part(row_, words_, zone_, now_)) values_.set("deadline", *deadline);
    add_facts(reference);
    values_.set("has_descriptions", !page_.descriptions.empty());
    values_.set("descriptions", list_of(page_.descriptions));
    values_.set("albums", albums_part(page_.photos, words_, [&](PhotoId id) { return addresses_.photos + references_.encode(id); }, references_));
    const bool acts = page_.opened.good() && row_.state == CaseState::assigned;
    values_.set("may_act", acts);
    if (acts || page_.opened.corrects(now_)) add_removal(acts);
    if (acts && !page_.requested_hold) add_pause();
    if (acts) add_rejection();
    return render("closing", words_.language(), values_);
  }

 private:
  template <typename Enum>
  std::string word(const char* kind, Enum code) const {
    return words_(std::string{kind} + "_" + std::string{to_code(code)});
  }

  std::string sentence(const ClosingForm::Fault& fault) const {
    return words_(fault.text, {{"{last}", words_.day(last_day())}});
  }

  LocalDate last_day() const { return last_day_of_pause(zone_, policy_.hold_cap_days, now_); }

  void add_faults() {
    TemplateData errors{TemplateData::type::list};
    for (const ClosingForm::Fault& fault : form_.faults) {
      TemplateData error;
      if (!fault.field.empty()) error.set("field", fault.field);
      error.set("message", sentence(fault));
      errors.push_back(error);
    }
    values_.set("has_errors", !form_.faults.empty());
    values_.set("errors", errors);
  }

  void say(const char* kind, const std::string& heading, const std::vector<std::string>& paragraphs) {
    TemplateData done;
    done.set("kind", kind);
    done.set("heading", heading);
    done.set("paragraphs", list_of(paragraphs));
    values_.set("done", done);
  }

  /// What has been done, by this link or otherwise.
  void add_done() {
    const OpenedLink& opened = page_.opened;
    switch (row_.state) {
      case CaseState::removed: {
        const std::string when = words_.when(*row_.removed_at, zone_);
        if (!opened.link.used_at || row_.removal_entered_at != opened.link.used_at)
          return say("good", words_("done_closed"), {words_("done_closed_removed", {{"{when}", when}})});
        std::vector<std::string> told{words_("done_removed_when", {{"{when}", when}})};
        if (*row_.removed_at > row_.due_at) told.push_back(words_("done_removed_late", {{"{when}", words_.when(row_.due_at, zone_)}}));
        return say("good", words_("done_removed"), told);
      }
      case CaseState::dismissed: return say("good", words_("done_closed"), {words_("done_dismissed")});
      case CaseState::not_removed: return say("good", words_("done_closed"), {words_("done_not_removed")});
      case CaseState::merged: return say("good", words_("done_closed"), {words_("done_merged")});
      default: break;
    }
    if (opened.state == LinkState::used) return say("bad", words_("done_reopened"), {words_("done_reopened_text")});
    if (page_.requested_hold)
      say("good", words_("done_hold_requested"),
          {words_("done_hold_requested_until", {{"{when}", words_.when(page_.requested_hold->until - seconds{1}, zone_)},
                                                {"{reason}", word("hold", page_.requested_hold->reason)}})});
  }

  void add_facts(const std::string& reference) {
    TemplateData facts{TemplateData::type::list};
    const auto fact = [&](const char* label, const std::string& value, const TemplateData* more = nullptr) {
      if (value.empty() && !more) return;
      TemplateData one;
      one.set("label", words_(label));
      one.set("value", value);
      if (more) one.set("more", *more);
      facts.push_back(one);
    };
    fact("fact_reference", reference);
    TemplateData map;
    if (const auto& point = row_.place.point) {
      const std::string lat = degrees(point->lat), lon = degrees(point->lon);
      map.set("href", "geo:" + lat + "," + lon + "?q=" + lat + "," + lon);
      map.set("value", words_("fact_map", {{"{lat}", lat}, {"{lon}", lon}}));
    }
    fact("fact_place", row_.place.address, row_.place.point ? &map : nullptr);
    fact("fact_designation", row_.property_designation.empty() ? row_.place.designation : row_.property_designation);
    fact("fact_category", word("category", row_.category));
    if (row_.surface) fact("fact_surface", word("surface", *row_.surface));
    if (row_.object_type) fact("fact_object", word("object", *row_.object_type));
    fact("fact_reported", words_.when(row_.first_reported_at, zone_));
    std::string numbers;
    for (const std::string& number : page_.police_references) numbers += (numbers.empty() ? "" : ", ") + number;
    fact("fact_police", numbers);
    fact("fact_external", page_.external_reference);
    values_.set("facts", facts);
  }

  /// The value of a field: what was typed into this form, else what it begins with.
  std::string typed(ClosingForm::Kind kind, const char* field, const std::string& beginning) const {
    return form_.kind == kind ? form_.value(field) : beginning;
  }
  void add_fault(TemplateData& form, ClosingForm::Kind kind, const std::string& field) const {
    if (const auto* fault = form_.kind == kind ? form_.fault_of(field) : nullptr) form.set(field + "_error", sentence(*fault));
  }
  TemplateData form_to(const char* noun) const {
    TemplateData form;
    form.set("action", addresses_.page + "/" + noun + addresses_.query);
    form.set("draft", noun + ("-" + references_.encode(row_.id)));
    form.set("today", format_date(zone_.date_of(now_)));
    return form;
  }
  void add_removal(bool first) {
    using enum ClosingForm::Kind;
    TemplateData form = form_to("borttaget");
    form.set("first", first);
    const Instant until = first ? now_ : *row_.removal_entered_at + kOwnerCorrects;
    form.set("heading", words_(first ? "removal_heading" : "correction_heading"));
    form.set("intro", words_(first ? "removal_intro" : "correction_intro", {{"{when}", words_.when(until, zone_)}}));
    form.set("button", words_(first ? "removal_button" : "correction_button"));
    const LocalTime at = zone_.to_local(row_.removed_at.value_or(now_));
    const LocalDate day = std::chrono::floor<days>(at);
    form.set("removed_on", typed(removal, "removed_on", format_date(day)));
    form.set("removed_time", typed(removal, "removed_time", format_time_of_day(std::chrono::floor<std::chrono::minutes>(at - day))));
    form.set("methods", choices(words_, "method", names_of(RemovalMethod{}), typed(removal, "method", row_.method ? std::string{to_code(*row_.method)} : "")));
    form.set("note", typed(removal, "note", page_.removal_note));
    form.set("cost_sek", typed(removal, "cost_sek", row_.cost_sek ? std::to_string(*row_.cost_sek) : ""));
    form.set("external_reference", typed(removal, "external_reference", page_.external_reference));
    for (const char* field : {"removed_at", "method", "photos", "note", "cost_sek", "external_reference"}) add_fault(form, removal, field);
    // A browser does not keep which files were chosen.
    if (form_.kind == removal && !form_.pictures().empty() && !form_.fault_of("photos")) form.set("photos_error", words_("error_photos_again"));
    values_.set("removal", form);
  }

  void add_pause() {
    using enum ClosingForm::Kind;
    // Traces are for the police to secure.
    constexpr std::array<std::string_view, 4> kReasons{"weather", "access", "lift", "permission"};
    TemplateData form = form_to("behover-paus");
    form.set("open", form_.kind == pause);
    form.set("reasons", choices(words_, "hold", kReasons, typed(pause, "reason", "")));
    form.set("until", typed(pause, "until", ""));
    form.set("last", format_date(last_day()));
    form.set("until_hint", words_("until_hint", {{"{last}", words_.day(last_day())}}));
    form.set("pause_note", typed(pause, "note", ""));
    for (const char* field : {"pause_reason", "until", "pause_note"}) add_fault(form, pause, field);
    values_.set("pause", form);
  }

  void add_rejection() {
    using enum ClosingForm::Kind;
    TemplateData form = form_to("inte-vart");
    form.set("open", form_.kind == rejection);
    form.set("reasons", choices(words_, "rejection", kRejectionReasons, typed(rejection, "reason", "")));
    form.set("suggestion", typed(rejection, "suggestion", ""));
    for (const char* field : {"rejection_reason", "suggestion"}) add_fault(form, rejection, field);
    values_.set("rejection", form);
  }

  const ClosingPage& page_;
  const CaseRow& row_;
  const TimeZone& zone_;
  const ClosingForm& form_;
  const ClosingAddresses& addresses_;
  const Words& words_;
  const ReferenceCipher& references_;
  const Instant now_;
  const Policy& policy_;
  TemplateData values_;
};

}  // namespace

bool shows_case(const OpenedLink& opened) { return opened.state == LinkState::good || opened.state == LinkState::used; }

void load_closing_page(ClosingPage& page, Transaction& transaction) {
  const std::string& owner_id = page.opened.link.owner_id;
  const CaseRow& row = page.opened.row;
  if (const auto owner = transaction.owners().find(page.settings->municipality.id, owner_id)) {
    page.language = owner->mail.language;
    page.owner_name = owner->name;
  }
  if (!shows_case(page.opened)) return;
  page.photos = photos_shown(transaction, row, page.opened.actor());
  page.police_references = numbers_of(transaction, row).police_references;
  page.external_reference = transaction.links().external_reference(row.id, owner_id);
  // What the police wrote down for themselves is not for owners.
  for (Report& report : reports_of(transaction, row))
    if (report.source != Source::police && !report.description.empty()) page.descriptions.push_back(std::move(report.description));
  std::vector<Event> events;
  for (auto& [event, note] : transaction.events().noted_of_case(row.id)) {
    if (event.type == EventType::removal_recorded || event.type == EventType::removal_corrected) page.removal_note = note;
    events.push_back(std::move(event));
  }
  if (row.hold_requested_at)
    for (const Hold& hold : replay(events, page.settings->policies, page.settings->zone).holds)
      if (hold.status == HoldStatus::requested && !hold.ended_at) page.requested_hold = hold;
}

std::string closing_page_html(const ClosingPage& page, const ClosingForm& form, const ClosingAddresses& addresses, const Words& words,
                              const ReferenceCipher& references, Instant now) {
  return Builder{page, form, addresses, words, references, now}.html();
}

}  // namespace klotterkoll
