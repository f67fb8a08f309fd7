// The public page of a case: /arende/{reference}. It is what a citizen gets as a receipt, what the QR code and the mails lead to,
// and the same address for whoever has signed in, who sees there what the own role may see.
#include "pages/citizen.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "json/case_json.h"
#include "json/photo_json.h"
#include "json/text.h"
#include "notify/qr_code.h"
#include "pages/case_history.h"
#include "pages/case_parts.h"
#include "pages/reckoning.h"
#include "workflow/casework_actions.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kLongestNote = 2000;
/// "Still there" is asked seldom; whoever asks often is a machine.
constexpr int kReopenRequestsAnHour = 20;

/// All that the page is made of, loaded at once.
struct Loaded {
  std::shared_ptr<const Settings> settings;
  CaseRow row;
  CaseView view;
  std::vector<EventTable::Noted> events;
  std::vector<ShownPhoto> photos;
  int reports = 0;
};

std::optional<Loaded> load(const Visit& visit) {
  const auto id = visit.call.app.store.references().decode_case(visit.parameter(0));
  if (!id || id->municipality() != visit.municipality.id) return std::nullopt;
  return read(visit.call, [&](Transaction& transaction) -> std::optional<Loaded> {
    auto row = transaction.cases().find(*id);
    if (!row) return std::nullopt;
    Loaded loaded;
    loaded.settings = visit.settings(transaction);
    loaded.view = view_for(visit.actor(), *row);
    loaded.events = transaction.events().noted_of_case(row->id);
    loaded.photos = photos_shown(transaction, *row, visit.actor());
    loaded.reports = row->merged_count ? static_cast<int>(numbers_of(transaction, *row).ids.size()) : row->report_count;
    loaded.row = std::move(*row);
    return loaded;
  });
}

/// Where whoever has signed in works with the case; nothing for citizens, and for an owner whose case it is not.
std::string work_page(const Visit& visit, const CaseRow& row, const std::string& reference) {
  switch (visit.actor().role) {
    case Role::municipality: return visit.link("/kommun/arenden/" + reference);
    case Role::police: return visit.link("/polis/anmalningar");
    case Role::owner: return row.owner_id == visit.actor().owner_id && !row.owner_id.empty() ? visit.link("/agare/arenden/" + reference) : "";
    default: return "";
  }
}

/// Builds the page piece by piece.
class Builder {
 public:
  Builder(const Visit& visit, const Loaded& loaded, const Form& form)
      : visit_(visit), words_(visit.words), loaded_(loaded), row_(loaded.row), settings_(*loaded.settings), view_(loaded.view), form_(form),
        reference_(visit.call.app.store.references().encode(row_.id)), now_(visit.call.now), values_(visit.values()),
        shown_(shown_place(row_, settings_, view_)), place_(place_in_words(shown_)) {}

  std::string heading() const {
    return words_("heading", {{"{place}", place_.empty() ? words_("at_no_place") : words_("at_place", {{"{place}", place_}})}});
  }

  TemplateData values() {
    values_.set("heading", heading());
    values_.set("reference", reference_);
    fill_errors(values_, form_, words_);
    add_done();
    add_status();
    add_facts();
    values_.set("albums", albums_part(loaded_.photos, visit_));
    if (loaded_.photos.empty() && row_.photo_count > 0) values_.set("photos_wait", true);
    std::vector<Event> events;
    events.reserve(loaded_.events.size());
    for (const auto& noted : loaded_.events) events.push_back(noted.event);
    values_.set("reckoning", reckoning_part(replay(events, settings_.policies, settings_.zone), settings_, !is_outsider(view_), words_));
    values_.set("history", history_part(loaded_.events, visit_.actor(), settings_, words_));
    add_reopening();
    set_text(values_, "work", work_page(visit_, row_, reference_));
    values_.set("feed", visit_.root + "/api/v1/municipalities/" + visit_.municipality.code + "/cases.atom");
    values_.set("qr", visit_.base + "/arende/" + reference_ + "/qr.svg");
    return std::move(values_);
  }

 private:
  std::string owner_name() const {
    const auto owner = settings_.owners.find(row_.owner_id);
    return shows_owner(row_, settings_, view_) && owner != settings_.owners.end() ? owner->second.name : "";
  }

  /// What was just done here, as the address says.
  void add_done() {
    const auto& request = visit_.call.request;
    std::vector<std::string> told;
    std::string title;
    if (request.has_param("tack")) {
      const std::string how = request.get_param_value("tack");
      title = words_("citizen_thanks");
      told.push_back(words_(how == "med" ? "citizen_thanks_joined" : "citizen_thanks_text", {{"{reference}", reference_}}));
      if (request.has_param("bild")) told.push_back(words_("citizen_thanks_photo"));
      if (request.has_param("mejl")) told.push_back(words_("citizen_thanks_mail"));
      values_.set("receipt", true);
    } else if (request.has_param("kvar")) {
      title = words_("citizen_still_done");
      told.push_back(words_("citizen_still_done_text"));
    } else {
      return;
    }
    TemplateData done;
    done.set("heading", title);
    done.set("paragraphs", list_of(told));
    values_.set("done", std::move(done));
  }

  /// How it stands, in a sentence or two.
  void add_status() {
    values_.set("badge", badge_part(row_, words_, now_));
    if (auto deadline = deadline_part(row_, words_, settings_.zone, now_)) {
      // A pause so that traces can be secured is nobody else's business, nor is its end.
      if (clock_of(row_, now_) == ClockState::held && is_outsider(view_)) deadline->set("left", words_("citizen_held"));
      values_.set("deadline", std::move(*deadline));
    }
    const std::string owner = owner_name();
    std::vector<std::string> told;
    switch (row_.state) {
      case CaseState::unassigned: told.push_back(words_("citizen_status_unassigned")); break;
      case CaseState::assigned:
        told.push_back(owner.empty() ? words_("citizen_status_assigned") : words_("citizen_status_assigned_to", {{"{owner}", owner}}));
        break;
      case CaseState::removed:
        told.push_back(words_("done_removed_when", {{"{when}", words_.when(*row_.removed_at, settings_.zone)}}));
        told.push_back(words_("citizen_status_was_due", {{"{when}", words_.when(row_.due_at, settings_.zone)}}));
        break;
      case CaseState::dismissed: told.push_back(words_("citizen_status_dismissed", {{"{reason}", reason(row_.dismissal)}})); break;
      case CaseState::not_removed: told.push_back(words_("citizen_status_not_removed", {{"{reason}", reason(row_.non_removal)}})); break;
      case CaseState::merged: told.push_back(words_("citizen_status_merged")); break;
    }
    values_.set("status", list_of(told));
  }

  template <typename Reason>
  std::string reason(std::optional<Reason> why) const {
    return why ? words_("citizen_reason_" + std::string{to_code(*why)}) : "";
  }

  void add_facts() {
    TemplateData facts{TemplateData::type::list};
    add_fact(facts, words_("fact_reference"), reference_);
    add_fact(facts, words_("fact_place"), place_.empty() ? words_("place_unknown") : shown_.rounded ? words_("citizen_place_rounded", {{"{place}", place_}}) : place_);
    const std::string& designation = row_.property_designation.empty() ? shown_.place.designation : row_.property_designation;
    if (!shown_.rounded) add_fact(facts, words_("fact_designation"), designation);
    const std::string category = words_("category_" + std::string{to_code(row_.category)});
    add_fact(facts, words_("fact_category"), row_.category_confirmed ? category : words_("citizen_category_proposed", {{"{category}", category}}));
    if (row_.surface) add_fact(facts, words_("fact_surface"), words_("surface_" + std::string{to_code(*row_.surface)}));
    if (row_.object_type) add_fact(facts, words_("fact_object"), words_("object_" + std::string{to_code(*row_.object_type)}));
    const std::string owner = owner_name();
    add_fact(facts, words_("citizen_fact_owner"), row_.owner_id.empty() ? words_("owner_none") : owner.empty() ? words_("citizen_owner_hidden") : owner);
    add_fact(facts, words_("citizen_fact_started"), words_.when(row_.clock_started_at, settings_.zone));
    if (loaded_.reports > 1) add_fact(facts, words_("citizen_fact_reports"), std::to_string(loaded_.reports));
    if (row_.method) add_fact(facts, words_("citizen_fact_method"), words_("method_" + std::string{to_code(*row_.method)}));
    values_.set("facts", std::move(facts));
  }

  /// Anybody may say within 14 days that it is still there.
  void add_reopening() {
    const auto actions = allowed_actions(row_, visit_.actor(), now_);
    if (std::ranges::find(actions, Action::request_reopening) == actions.end()) return;
    TemplateData form;
    form.set("action", visit_.link("/arende/" + reference_ + "/kvar"));
    form.set("until", words_("citizen_still_until", {{"{day}", words_.day(settings_.zone.date_of(*row_.removed_at + kReopenRequests))}}));
    form.set("note", form_.value("note"));
    if (const auto* fault = form_.fault_of("note")) form.set("note_error", words_(fault->text));
    form.set("open", !form_.faults.empty());
    values_.set("reopening", std::move(form));
  }

  const Visit& visit_;
  const Words& words_;
  const Loaded& loaded_;
  const CaseRow& row_;
  const Settings& settings_;
  const CaseView& view_;
  const Form& form_;
  const std::string reference_;
  const Instant now_;
  TemplateData values_;
  const ShownPlace shown_;
  const std::string place_;
};

void show_unknown(const Visit& visit, const std::string& typed) {
  PageFrame frame = visit.frame(Section::citizen, visit.words("citizen_unknown_heading"));
  frame.status = 404;
  frame.styles = {"citizen.css"};
  TemplateData values = visit.values();
  add_search(values, visit, typed);
  visit.answer(frame, "citizen_unknown", values);
}

void show(const Visit& visit, const Loaded& loaded, const Form& form) {
  Builder builder{visit, loaded, form};
  PageFrame frame = visit.frame(Section::citizen, builder.heading() + " – " + visit.call.app.store.references().encode(loaded.row.id));
  frame.status = form.faults.empty() ? 200 : form.status;
  frame.styles = {"citizen.css"};
  visit.answer(frame, "citizen_case", builder.values());
}

void get_case_page(Visit& visit) {
  const auto loaded = load(visit);
  loaded ? show(visit, *loaded, {}) : show_unknown(visit, visit.parameter(0));
}

void post_still_there(Visit& visit) {
  Form& form = visit.form();
  const auto loaded = load(visit);
  if (!loaded) return show_unknown(visit, visit.parameter(0));
  const std::string reference = visit.call.app.store.references().encode(loaded->row.id);
  const auto done = [&] { answer_see_other(visit.call.response, visit.link("/arende/" + reference, {{"kvar", "1"}})); };
  if (is_machine(form)) return done();
  const std::string& note = form.value("note");
  if (utf8_length(note) > kLongestNote || !is_clean_text(note)) form.refuse("note", "error_note");
  if (form.faults.empty()) {
    try {
      write(visit.call, [&](Transaction& transaction) {
        return request_reopening_of_case(transaction, *visit.settings(transaction), {loaded->row.id, std::nullopt, visit.actor(), visit.call.now, note});
      });
      return done();
    } catch (const Error& error) {
      form.refuse(error, {});
    }
  }
  const auto again = load(visit);
  show(visit, again.value_or(*loaded), form);
}

/// The field for a reference, on the first page and where there is no such case.
void get_search(Visit& visit) {
  const std::string typed = trimmed(visit.call.request.get_param_value("nummer"));
  const ReferenceCipher& references = visit.call.app.store.references();
  const auto id = references.decode_case(typed);
  if (!id || id->municipality() != visit.municipality.id) return show_unknown(visit, typed);
  answer_see_other(visit.call.response, visit.link("/arende/" + references.encode(*id)));
}

void get_qr_code(Visit& visit) {
  const std::string reference = visit.call.app.store.references().encode(visit.case_id());
  visit.call.response.set_header("Cache-Control", "public, max-age=86400");
  visit.call.response.set_header("X-Robots-Tag", "noindex, nofollow");
  visit.call.response.set_content(qr_code(visit.whole_address("/arende/" + reference), visit.words("citizen_qr_alt")), "image/svg+xml");
}

}  // namespace

void add_search(TemplateData& values, const Visit& visit, const std::string& typed) {
  const std::string language = visit.call.request.get_param_value("lang");
  set_text(values, "search_language", find_language(language) ? language : "");
  values.set("typed", std::string{utf8_prefix(typed, 60)});
}

std::vector<Route> citizen_case_routes() {
  return page_routes_of({{"GET", "/arende", kEveryVisitor, get_search},
                         {"GET", "/arende/{}", kEveryVisitor, get_case_page},
                         {"GET", "/arende/{}/qr.svg", kEveryVisitor, get_qr_code},
                         // Whoever loads the answer to the form again, without the form, comes to the page.
                         {"GET", "/arende/{}/kvar", kEveryVisitor, [](Visit& visit) { answer_see_other(visit.call.response, visit.link("/arende/" + visit.parameter(0))); }},
                         {"POST", "/arende/{}/kvar", kEveryVisitor, post_still_there, kTextForm, kReopenRequestsAnHour}});
}

}  // namespace klotterkoll
