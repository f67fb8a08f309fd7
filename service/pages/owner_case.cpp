#include "base/error.h"
#include "pages/case_parts.h"
#include "pages/closing_page.h"
#include "pages/pictures.h"
#include "pages/visit.h"
#include "workflow/casework_actions.h"

namespace klotterkoll {
namespace {

using Kind = ClosingForm::Kind;

/// Forms with photos an hour that one address may send before it is known who sends them.
constexpr int kPicturesAnHour = 300;
constexpr Roles kOwner{Role::owner};

/// The case as its owner, who has signed in, may act on it: what a link of its own would open.
OpenedLink opened_by(const CaseRow& row, const std::string& owner_id) {
  OpenedLink opened;
  opened.link.case_id = row.id;
  opened.link.owner_id = owner_id;
  opened.row = row;
  if (row.state == CaseState::removed) {
    opened.link.used_at = row.removal_entered_at;
    opened.state = LinkState::used;
  }
  return opened;
}

/// The case in the path, when it is this owner's now.
std::optional<CaseRow> find_own(const Visit& visit, Transaction& transaction, bool to_change) {
  const CaseId id = visit.case_id();
  auto row = to_change ? transaction.cases().find_to_change(id) : transaction.cases().find(id);
  return row && row->owner_id == visit.actor().owner_id ? row : std::nullopt;
}

std::optional<ClosingPage> load(Visit& visit) {
  return read(visit.call, [&](Transaction& transaction) -> std::optional<ClosingPage> {
    const auto row = find_own(visit, transaction, false);
    if (!row) return std::nullopt;
    ClosingPage page;
    page.settings = visit.settings(transaction);
    page.opened = opened_by(*row, visit.actor().owner_id);
    load_closing_page(page, transaction);
    return page;
  });
}

std::string reference_of(const Visit& visit) { return visit.call.app.store.references().encode(visit.case_id()); }

void show(Visit& visit, const ClosingPage& page, const ClosingForm& form) {
  const std::string reference = reference_of(visit), place = in_words(page.opened.row.place);
  PageFrame frame = visit.frame(Section::owner, visit.words("page_title", {{"{place}", place.empty() ? visit.words("at_no_place") : visit.words("at_place", {{"{place}", place}})},
                                                                           {"{reference}", reference}}));
  frame.status = form.faults.empty() ? 200 : form.status;
  if (frame.status == 503) visit.call.response.set_header("Retry-After", "5");
  const std::string query = visit.link("").substr(visit.base.size());
  const ClosingAddresses addresses{visit.base + "/agare/arenden/" + reference, query, visit.base + "/bilder/", visit.visitor->form_token};
  answer_page(visit.call.response, frame, closing_page_html(page, form, addresses, visit.words, visit.call.app.store.references(), visit.call.now));
}

/// Of a case that is another's now, or nobody's, an owner sees what everybody sees.
void to_public_page(Visit& visit) { answer_see_other(visit.call.response, visit.link("/arende/" + reference_of(visit))); }

void get_case(Visit& visit) {
  const auto page = load(visit);
  page ? show(visit, *page, {}) : to_public_page(visit);
}

CaseAction action_of(const Visit& visit, const CaseRow& row, const std::string& note) { return {row.id, {}, visit.actor(), visit.call.now, note}; }

CaseRow own_case_to_change(const Visit& visit, Transaction& transaction) {
  auto row = find_own(visit, transaction, true);
  if (!row) throw Error{ErrorCode::conflict, "The case is another's now."};
  return *row;
}

void remove(Visit& visit, ClosingForm& form, const TypedRemoval& typed) {
  write_with_pictures(visit.call, form, visit.municipality.id, PhotoDecoder::Sender::known, [&](Transaction& transaction, const TakePictures& take) {
    const auto settings = visit.settings(transaction);
    const CaseRow row = own_case_to_change(visit, transaction);
    const auto photos = take(transaction, *settings, visit.actor(), row.id);
    record_removal_of_case(transaction, *settings, action_of(visit, row, typed.note), typed.removal, photos);
    if (transaction.links().external_reference(row.id, row.owner_id) != typed.external_reference)
      set_external_reference_of_case(transaction, *settings, action_of(visit, row, ""), typed.external_reference);
  });
}

/// Reads what the form says and does it.
void fill_and_act(Visit& visit, ClosingForm& form, const ClosingPage& page) {
  const TimeZone& zone = page.settings->zone;
  const auto act = [&](const std::function<void(Transaction&, const Settings&, const CaseRow&)>& work) {
    visit.call.app.store.write([&](Transaction& transaction) { work(transaction, *visit.settings(transaction), own_case_to_change(visit, transaction)); });
  };
  if (form.kind == Kind::removal) {
    const TypedRemoval typed = removal_in(form, zone, visit.call.now);
    if (form.faults.empty()) remove(visit, form, typed);
  } else if (form.kind == Kind::pause) {
    const TypedPause typed = pause_in(form, zone, policy_of_version(page.settings->policies, page.opened.row.policy_version).hold_cap_days, visit.call.now);
    if (form.faults.empty())
      act([&](Transaction& transaction, const Settings& settings, const CaseRow& row) {
        hold_case(transaction, settings, action_of(visit, row, typed.note), typed.reason, typed.until);
      });
  } else {
    const TypedRejection typed = rejection_in(form);
    if (form.faults.empty())
      act([&](Transaction& transaction, const Settings& settings, const CaseRow& row) {
        reject_case(transaction, settings, action_of(visit, row, typed.note), typed.reason, "");
      });
  }
}

void post(Visit& visit, Kind kind) {
  const auto page = load(visit);
  if (!page) return to_public_page(visit);
  ClosingForm form{visit.form(), kind};
  try {
    fill_and_act(visit, form, *page);
  } catch (const Error& error) {
    form.refuse(error);
  }
  if (form.faults.empty())
    return answer_see_other(visit.call.response, kind == Kind::rejection ? visit.link("/agare", {{"lamnat", reference_of(visit)}}) : visit.link("/agare/arenden/" + reference_of(visit)));
  const auto present = load(visit);
  present ? show(visit, *present, form) : to_public_page(visit);
}

}  // namespace

std::vector<Route> owner_case_page_routes() {
  const std::string page = "/agare/arenden/{}";
  std::vector<PageRoute> pages{{"GET", page, kOwner, get_case}};
  for (const auto& [noun, kind] : {std::pair{"/borttaget", Kind::removal}, {"/inte-vart", Kind::rejection}, {"/behover-paus", Kind::pause}}) {
    // Whoever loads the answer to a form again, without the form, comes to the page.
    pages.push_back({"GET", page + noun, kOwner, [](Visit& visit) { answer_see_other(visit.call.response, visit.link("/agare/arenden/" + reference_of(visit))); }});
    pages.push_back({"POST", page + noun, kOwner, [kind](Visit& visit) { post(visit, kind); }, kFormBody, kPicturesAnHour});
  }
  return page_routes_of(std::move(pages));
}

}  // namespace klotterkoll
