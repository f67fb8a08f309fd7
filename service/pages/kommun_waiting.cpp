#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "domain/land.h"
#include "domain/queue.h"
#include "pages/kommun_parts.h"
#include "pages/kommun_routes.h"
#include "workflow/confirmation.h"
#include "workflow/photos.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

const std::string kWaiting = "/kommun/vantar", kReopen = "/kommun/oppna-igen", kPictures = "/kommun/bilder", kAddresses = "/kommun/adresser";
constexpr std::int64_t kReportsShown = 20, kRequestsShown = 100, kAddressesShown = 50;
/// Photos are sought with the newest cases.
constexpr std::int64_t kNewestCases = 100;

/// The reports that wait, and what of a sent decision could not be done.
TemplateData waiting_part(Transaction& transaction, const Visit& visit, const Settings& settings, const std::string& sent_id, const Form* sent) {
  const Words& words = visit.words;
  const ReferenceCipher& references = visit.call.app.store.references();
  TemplateData list{TemplateData::type::list};
  for (const Confirmation& waiting : transaction.queue().waiting(settings.municipality.id, std::nullopt, kReportsShown, 0)) {
    if (!waiting.report) continue;
    const Report& report = *waiting.report;
    TemplateData one, facts{TemplateData::type::list}, photos{TemplateData::type::list}, candidates{TemplateData::type::list};
    const std::string id = references.encode(waiting.id), place = in_words(report.place);
    one.set("id", id);
    one.set("action", visit.link(kWaiting + "/" + id));
    one.set("heading", place.empty() ? words("place_unknown") : place);
    add_fact(facts, words("kommun_received"), words.when(waiting.sent_at, settings.zone));
    add_fact(facts, words("fact_police"), report.police_reference);
    add_fact(facts, words("fact_category"), words("category_" + std::string{to_code(report.category)}));
    if (report.surface) add_fact(facts, words("fact_surface"), words("surface_" + std::string{to_code(*report.surface)}));
    if (report.object_type) add_fact(facts, words("fact_object"), words("object_" + std::string{to_code(*report.object_type)}));
    if (report.observed_at) add_fact(facts, words("kommun_observed"), words.when(*report.observed_at, settings.zone));
    add_fact(facts, words("kommun_due_if_new"), words.when(waiting.due_at, settings.zone));
    one.set("facts", facts);
    set_text(one, "description", report.description);
    for (const Photo& photo : transaction.photos().of_confirmation(waiting.id)) photos.push_back(visit.base + "/bilder/" + references.encode(photo.id));
    one.set("pictures", photos);
    const bool typed = sent && sent_id == id;
    for (const Candidate& candidate : candidates_for(transaction, settings, waiting)) {
      TemplateData card = case_card(transaction, visit, settings, candidate.row, kKommunCases);
      card.set("away", words("kommun_away", {{"{m}", std::to_string(std::lround(candidate.away_m))}}));
      card.set("chosen", typed && sent->value("joins") == references.encode(candidate.row.id));
      candidates.push_back(card);
    }
    one.set("candidates", candidates);
    one.set("new_chosen", typed && sent->value("joins") == "new");
    one.set("note", typed ? sent->value("note") : "");
    list.push_back(one);
  }
  return list;
}

void show_waiting(Visit& visit, const std::string& sent_id, const Form* sent) {
  TemplateData values = read(visit.call, [&](Transaction& transaction) {
    TemplateData shown = visit.values();
    const auto settings = visit.settings(transaction);
    const auto count = transaction.queue().count_waiting(settings->municipality.id, std::nullopt).count;
    shown.set("total", visit.words("kommun_waiting_total", {{"{n}", std::to_string(count)}}));
    shown.set("any", count > 0);
    shown.set("waiting", waiting_part(transaction, visit, *settings, sent_id, sent));
    return shown;
  });
  if (sent) fill_errors(values, *sent, visit.words);
  values.set("decided", visit.call.request.get_param_value("klart") == "1");
  PageFrame frame = kommun_frame(visit, visit.words("kommun_now_waiting"), true);
  if (sent) frame.status = sent->status;
  visit.answer(frame, "kommun_waiting", values);
}

void post_waiting(Visit& visit) {
  const ReferenceCipher& references = visit.call.app.store.references();
  const auto id = references.decode_queued(visit.parameter(0));
  if (!id || id->municipality() != visit.municipality.id) throw Error{ErrorCode::not_found, "There is no such report that waits."};
  Form& form = visit.form();
  ConfirmationDecision decision{std::nullopt, note_in(form, "note", "note_" + visit.parameter(0))};
  const std::string& joins = form.value("joins");
  if (joins != "new") {
    decision.joins = references.decode_case(joins);
    if (!decision.joins) form.refuse("joins_" + visit.parameter(0), "kommun_error_joins");
  }
  if (form.faults.empty()) {
    try {
      visit.call.app.store.write([&](Transaction& transaction) {
        decide_confirmation(transaction, *visit.settings(transaction), *id, decision, visit.actor(), visit.call.now);
      });
    } catch (const Error& error) {
      form.refuse(error, {});
    }
  }
  if (!form.faults.empty()) return show_waiting(visit, visit.parameter(0), &form);
  answer_see_other(visit.call.response, visit.link(kWaiting, {{"klart", "1"}}));
}

void get_reopen(Visit& visit) {
  const TemplateData values = read(visit.call, [&](Transaction& transaction) {
    TemplateData shown = visit.values(), cards{TemplateData::type::list};
    const auto settings = visit.settings(transaction);
    const auto ids = transaction.queue().reopen_requests(settings->municipality.id, visit.call.now - kReopenRequests, kRequestsShown);
    for (const CaseId id : ids) cards.push_back(case_card(transaction, visit, *settings, transaction.cases().find(id).value(), kKommunCases));
    shown.set("any", !ids.empty());
    shown.set("cards", cards);
    return shown;
  });
  visit.answer(kommun_frame(visit, visit.words("kommun_now_reopen"), true), "kommun_reopen", values);
}

/// Photos of the newest cases that nobody but staff and owners sees.
void show_pictures(Visit& visit, const Form* sent) {
  TemplateData values = read(visit.call, [&](Transaction& transaction) {
    TemplateData shown = visit.values(), list{TemplateData::type::list};
    const auto settings = visit.settings(transaction);
    const ReferenceCipher& references = visit.call.app.store.references();
    CaseQuery query;
    query.now = visit.call.now;
    query.page = {kNewestCases, 0};
    bool any = false;
    for (const CaseRow& row : transaction.cases().list(settings->municipality.id, query).items) {
      const std::string reference = references.encode(row.id), place = in_words(row.place);
      for (const ShownPhoto& photo : photos_shown(transaction, row, visit.actor())) {
        if (photo.photo.released) continue;
        TemplateData one;
        one.set("id", references.encode(photo.photo.id));
        one.set("picture", visit.base + "/bilder/" + references.encode(photo.photo.id));
        one.set("href", visit.link(kKommunCases + reference));
        one.set("name", reference + (place.empty() ? "" : ", " + place));
        one.set("role", visit.words("kommun_photo_" + std::string{to_code(photo.photo.role)}));
        one.set("sensitive", row.category == Category::hate || row.category == Category::obscene);
        list.push_back(one);
        any = true;
      }
    }
    shown.set("any", any);
    shown.set("pictures", list);
    return shown;
  });
  if (sent) fill_errors(values, *sent, visit.words);
  if (const auto count = whole_number(visit.call.request.get_param_value("klara")); count && *count > 0)
    values.set("done", visit.words("kommun_pictures_done", {{"{n}", std::to_string(*count)}}));
  PageFrame frame = kommun_frame(visit, visit.words("kommun_pictures_heading"), true);
  if (sent) frame.status = sent->status;
  visit.answer(frame, "kommun_pictures", values);
}

void post_pictures(Visit& visit) {
  Form& form = visit.form();
  std::vector<PhotoId> ids;
  for (const std::string& typed : form.values("bild")) {
    const auto id = visit.call.app.store.references().decode_photo(typed);
    if (!id || id->municipality() != visit.municipality.id) throw Error{ErrorCode::malformed, "The form names a photo that is none."};
    ids.push_back(*id);
  }
  if (ids.empty()) form.refuse("pictures", "kommun_error_none_chosen");
  if (form.faults.empty()) {
    try {
      // All or none: whoever looked at them decided once.
      visit.call.app.store.write([&](Transaction& transaction) {
        for (const PhotoId id : ids) release_photo(transaction, *visit.settings(transaction), id, true, visit.actor(), visit.call.now);
      });
    } catch (const Error& error) {
      form.refuse(error, {});
    }
  }
  if (!form.faults.empty()) return show_pictures(visit, &form);
  answer_see_other(visit.call.response, visit.link(kPictures, {{"klara", std::to_string(ids.size())}}));
}

void get_addresses(Visit& visit) {
  const TemplateData values = read(visit.call, [&](Transaction& transaction) {
    TemplateData shown = visit.values(), list{TemplateData::type::list};
    const auto unmatched = transaction.land().unmatched(visit.municipality.id, {kAddressesShown, 0});
    const auto settings = visit.settings(transaction);
    for (const UnmatchedAddress& one : unmatched.items) {
      const std::string reference = visit.call.app.store.references().encode(one.last_case), id = visit.call.app.store.references().encode(one.id);
      TemplateData line;
      line.set("address", one.address);
      line.set("times", visit.words("kommun_address_times", {{"{n}", std::to_string(one.count)}, {"{when}", visit.words.when(one.last_seen_at, settings->zone)}}));
      line.set("href", visit.link(kKommunCases + reference));
      line.set("reference", reference);
      line.set("action", visit.link(kAddresses + "/" + id));
      list.push_back(line);
    }
    shown.set("any", !unmatched.items.empty());
    shown.set("addresses", list);
    return shown;
  });
  visit.answer(kommun_frame(visit, visit.words("kommun_now_unmatched"), true), "kommun_addresses", values);
}

/// There is no such address: it leaves the list. Where one lies that there is, is said with the case or in the register.
void post_address(Visit& visit) {
  const auto id = visit.call.app.store.references().decode_queued(visit.parameter(0));
  visit.call.app.store.write([&](Transaction& transaction) {
    const auto found = id && id->municipality() == visit.municipality.id ? transaction.land().find_unmatched(*id) : std::nullopt;
    if (!found) throw Error{ErrorCode::not_found, "There is no such address."};
    if (!found->resolved_at) resolve_unmatched(transaction, *visit.settings(transaction), *found, std::nullopt, visit.actor(), visit.call.now);
  });
  answer_see_other(visit.call.response, visit.link(kAddresses));
}

}  // namespace

std::vector<Route> kommun_waiting_routes() {
  const auto back_to = [](const std::string& page) { return [page](Visit& visit) { answer_see_other(visit.call.response, visit.link(page)); }; };
  return page_routes_of({{"GET", kWaiting, kOfficers, [](Visit& visit) { show_waiting(visit, "", nullptr); }},
                         {"GET", kWaiting + "/{}", kOfficers, back_to(kWaiting)},
                         {"POST", kWaiting + "/{}", kOfficers, post_waiting, kTextForm},
                         {"GET", kReopen, kOfficers, get_reopen},
                         {"GET", kPictures, kOfficers, [](Visit& visit) { show_pictures(visit, nullptr); }},
                         {"POST", kPictures, kOfficers, post_pictures, kTextForm},
                         {"GET", kAddresses, kOfficers, get_addresses},
                         {"GET", kAddresses + "/{}", kOfficers, back_to(kAddresses)},
                         {"POST", kAddresses + "/{}", kOfficers, post_address, kTextForm}});
}

}  // namespace klotterkoll
