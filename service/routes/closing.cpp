#include "pages/closing_page.h"

#include <algorithm>

#include "base/error.h"
#include "pages/page.h"
#include "pages/pictures.h"
#include "routes/photo_answer.h"
#include "workflow/photos.h"

namespace klotterkoll {
namespace {

const std::string kPage = "/atgarda/{}/{}";
/// Forms with photos an hour that one address may send: a busy day of a whole firm, but no disk full.
constexpr int kPicturesAnHour = 300;

/// The municipality in the path and its link. Nothing when either is not there: that tells nobody which of them.
std::optional<OpenedLink> find_link(const Call& call, Transaction& transaction, std::shared_ptr<const Settings>& settings, bool to_act) {
  settings = transaction.municipalities().find_settings(call.parameter(0));
  if (!settings) return std::nullopt;
  return to_act ? open_link_to_act(transaction, *settings, call.parameter(1), call.now) : open_link(transaction, *settings, call.parameter(1), call.now);
}

std::optional<ClosingPage> load(const Call& call, Transaction& transaction) {
  ClosingPage page;
  auto opened = find_link(call, transaction, page.settings, false);
  if (!opened) return std::nullopt;
  page.opened = std::move(*opened);
  load_closing_page(page, transaction);
  return page;
}

ClosingAddresses addresses_of(const Call& call) {
  const std::string language = call.request.get_param_value("lang");
  return {root_path(call.app) + "/atgarda/" + call.parameter(0) + "/" + call.parameter(1),
          find_language(language) ? "?lang=" + language : "",
          root_path(call.app) + "/atgarda/" + call.parameter(0) + "/" + call.parameter(1) + "/photos/"};
}

void show(const Call& call, const std::optional<ClosingPage>& page, const ClosingForm& form) {
  const ClosingAddresses addresses = addresses_of(call);
  PageFrame frame;
  frame.language = &language_of(call.request, page ? page->language : Language::sv);
  frame.root = root_path(call.app);
  frame.address = addresses.page;
  const Words words{*frame.language};
  if (!page) {
    frame.status = 404;
    return answer_message(call.response, frame, words("unknown_heading"), {words("unknown"), words("contact_plain")});
  }
  const OpenedLink& opened = page->opened;
  const ReferenceCipher& references = call.app.store.references();
  const std::string reference = references.encode(opened.row.id);
  frame.tenant = page->settings->municipality.name;
  if (!shows_case(opened)) {
    const std::string state{to_code(opened.state)};
    frame.status = opened.state == LinkState::given_back ? 200 : 410;
    return answer_message(call.response, frame, words(state + "_heading"),
                          {words(state, {{"{reference}", reference}, {"{when}", words.when(opened.link.expires_at, page->settings->zone)}}),
                           words("contact", {{"{municipality}", frame.tenant}, {"{reference}", reference}})});
  }
  frame.status = form.faults.empty() ? 200 : form.status;
  if (frame.status == 503) call.response.set_header("Retry-After", "5");
  const std::string& place = opened.row.place.address;
  frame.title = words("page_title", {{"{place}", place.empty() ? words("at_no_place") : words("at_place", {{"{place}", place}})}, {"{reference}", reference}});
  answer_page(call.response, frame, closing_page_html(*page, form, addresses, words, references, call.now));
}

void get_page(Call& call) {
  show(call, read(call, [&](Transaction& transaction) { return load(call, transaction); }), {});
}

void to_page(const Call& call) {
  const ClosingAddresses addresses = addresses_of(call);
  answer_see_other(call.response, addresses.page + addresses.query);
}

/// What a form does, within a writing transaction.
using Act = std::function<void(Transaction&, const Settings&, const OpenedLink&)>;

void act_within(const Call& call, Transaction& transaction, const Act& work) {
  std::shared_ptr<const Settings> settings;
  const auto opened = find_link(call, transaction, settings, true);
  if (!opened) throw Error{ErrorCode::conflict, "This link is not there any more."};
  work(transaction, *settings, *opened);
}

void act(const Call& call, const Act& work) {
  call.app.store.write([&](Transaction& transaction) { act_within(call, transaction, work); });
}

void close(const Call& call, ClosingForm& form, const TypedRemoval& typed, const ClosingPage& page) {
  require_closing(page.opened, call.now);  // pictures are not decoded for nothing
  write_with_pictures(call, form, page.settings->municipality.id, PhotoDecoder::Sender::known, [&](Transaction& transaction, const TakePictures& take) {
    act_within(call, transaction, [&](Transaction&, const Settings& settings, const OpenedLink& opened) {
      const auto photos = take(transaction, settings, opened.actor(), opened.row.id);
      const std::string known = transaction.links().external_reference(opened.row.id, opened.link.owner_id);
      close_by_link(transaction, settings, opened, typed.removal, typed.note, photos, call.now);
      if (known != typed.external_reference) name_by_link(transaction, settings, opened, typed.external_reference, call.now);
    });
  });
}

/// Reads what the form says and does it.
void fill_and_act(const Call& call, ClosingForm& form, const ClosingPage& page) {
  const TimeZone& zone = page.settings->zone;
  if (form.kind == ClosingForm::Kind::removal) {
    const TypedRemoval typed = removal_in(form, zone, call.now);
    if (form.faults.empty()) close(call, form, typed, page);
  } else if (form.kind == ClosingForm::Kind::pause) {
    const int cap = policy_of_version(page.settings->policies, page.opened.row.policy_version).hold_cap_days;
    const TypedPause typed = pause_in(form, zone, cap, call.now);
    if (form.faults.empty())
      act(call, [&](Transaction& transaction, const Settings& settings, const OpenedLink& opened) {
        hold_by_link(transaction, settings, opened, typed.reason, typed.until, typed.note, call.now);
      });
  } else {
    const TypedRejection typed = rejection_in(form);
    if (form.faults.empty())
      act(call, [&](Transaction& transaction, const Settings& settings, const OpenedLink& opened) {
        reject_by_link(transaction, settings, opened, typed.reason, typed.note, call.now);
      });
  }
}

void post(Call& call, ClosingForm::Kind kind) {
  require_same_site(call);
  const auto loaded = [&] { return read(call, [&](Transaction& transaction) { return load(call, transaction); }); };
  const auto page = loaded();
  if (!page || !shows_case(page->opened)) return page && page->opened.state == LinkState::given_back ? to_page(call) : show(call, page, {});
  ClosingForm form = read_closing_form(call, kind);
  try {
    fill_and_act(call, form, *page);
  } catch (const Error& error) {
    form.refuse(error);
  }
  form.faults.empty() ? to_page(call) : show(call, loaded(), form);
}

void get_photo(Call& call) {
  const auto id = call.app.store.references().decode_photo(call.parameter(2));
  const PhotoSize size = call.query_code<PhotoSize>("size").value_or(PhotoSize::full);
  std::shared_ptr<const Settings> settings;
  const auto found = read(call, [&](Transaction& transaction) -> std::optional<ShownPhoto> {
    const auto opened = find_link(call, transaction, settings, false);
    if (!opened || !id || !shows_case(*opened)) return std::nullopt;
    for (ShownPhoto& shown : photos_shown(transaction, opened->row, opened->actor()))
      if (shown.photo.id == *id) {
        // Only a look-up of one photo gives where its renditions lie.
        const auto photo = transaction.photos().find(*id);
        if (photo && !photo->erased_at) return ShownPhoto{*photo, shown.view};
      }
    return std::nullopt;
  });
  if (!found) throw Error{ErrorCode::not_found, "There is no such photo."};
  call.response.set_header("Referrer-Policy", "no-referrer");
  call.response.set_header("X-Robots-Tag", "noindex, nofollow");
  answer_photo(call, settings->municipality.id, found->photo, found->view, size, "private, no-store");
}

}  // namespace

std::vector<Route> closing_routes() {
  std::vector<Route> routes = asset_routes();
  routes.push_back({"GET", kPage, kAnyone, get_page});
  routes.push_back({"GET", kPage + "/photos/{}", kAnyone, get_photo});
  using Kind = ClosingForm::Kind;
  for (const auto& [noun, kind] : {std::pair{"/borttaget", Kind::removal}, {"/inte-vart", Kind::rejection}, {"/behover-paus", Kind::pause}}) {
    // Whoever loads the answer to a form again, without the form, comes to the page.
    routes.push_back({"GET", kPage + noun, kAnyone, [](Call& call) { to_page(call); }});
    routes.push_back({"POST", kPage + noun, kAnyone, [kind](Call& call) { post(call, kind); }, kFormBody, {"multipart/form-data"}, kFormBody, kPicturesAnHour});
  }
  return routes;
}

}  // namespace klotterkoll
