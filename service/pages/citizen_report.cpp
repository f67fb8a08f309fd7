// The citizen's form: /anmal. Photo first, then where, then what. What one sending cannot settle is asked in a step of its own, all of it
// without script: a place that the photo knows, a personal number in the text, a case nearby that may be the same graffiti.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "domain/address.h"
#include "domain/land.h"
#include "pages/case_parts.h"
#include "pages/citizen.h"
#include "pages/map_part.h"
#include "pages/report_form.h"
#include "routes/photo_answer.h"
#include "workflow/photos.h"

namespace klotterkoll {
namespace {

/// Forms an hour that one address may send: a street's worth of graffiti, but no flood. Each step of a report is one.
constexpr int kFormsAnHour = 40;
constexpr std::size_t kLongestKey = 64;
constexpr std::int64_t kSuggestions = 8;
/// Under what the first sending of a form is kept. Its key is a secret that the form was made with, so a sender whose address changes
/// between two sendings, as telephones' do, still makes one case.
constexpr const char* kHolder = "form";
constexpr const char* kRoute = "/anmal";

/// The photos of a form: those that came with an earlier sending, and those that come with this one.
struct FormPhotos {
  std::vector<Photo> kept;
  std::optional<Point> taken_at;  ///< where the camera says that it was, when that is in the municipality
  std::vector<PhotoId> ids() const {
    std::vector<PhotoId> all;
    for (const Photo& photo : kept) all.push_back(photo.id);
    return all;
  }
  std::vector<std::string> digests() const {
    std::vector<std::string> all;
    for (const Photo& photo : kept) all.push_back(photo.digests[0]);
    return all;
  }
};

std::vector<Photo> kept_photos(const Visit& visit, const Form& form) {
  std::vector<Photo> kept;
  const ReferenceCipher& references = visit.call.app.store.references();
  const auto named = form.values("photo_id");
  if (named.empty()) return kept;
  read(visit.call, [&](Transaction& transaction) {
    for (const std::string& one : named) {
      const auto id = references.decode_photo(one);
      if (!id || id->municipality() != visit.municipality.id || kept.size() == kPhotosOfReport) continue;
      auto photo = transaction.photos().find(*id);
      if (photo && !photo->erased_at && photo->by_key_id == visit.actor().key_id && std::ranges::find(kept, *id, &Photo::id) == kept.end())
        kept.push_back(std::move(*photo));
    }
    return true;
  });
  return kept;
}

/// Keeps the pictures that come with this sending, so that no later step needs them again; a picture that was kept before is not kept twice.
void take_pictures(Visit& visit, Form& form, FormPhotos& photos) {
  const auto pictures = form.files_of("photo");
  if (pictures.empty()) return;
  if (pictures.size() + photos.kept.size() > kPhotosOfReport || std::ranges::any_of(pictures, [](std::string_view one) { return one.size() > kPhotoBytes; }))
    return form.refuse("photo", "citizen_error_photos");
  DecodedUpload upload;
  try {
    upload = decode_upload(visit.call.app, pictures, visit.visitor ? PhotoDecoder::Sender::known : PhotoDecoder::Sender::stranger);
  } catch (const Error& error) {
    const bool busy = error.code() == ErrorCode::unavailable;
    if (busy) form.status = 503;
    return form.refuse("photo", busy ? "error_photos_busy" : "citizen_error_photos");
  }
  std::vector<Photo> taken;
  visit.call.app.photo_store.put(visit.municipality.id, upload.bytes, visit.call.now, [&] {
    visit.call.app.store.write([&](Transaction& transaction) {
      taken.clear();
      const auto settings = visit.settings(transaction);
      for (std::size_t n = 0; n < upload.photos.size(); ++n) {
        const auto known = [&](const std::vector<Photo>& among) {
          return std::ranges::any_of(among, [&](const Photo& photo) { return photo.digests[0] == upload.digests[n][0]; });
        };
        if (!known(photos.kept) && !known(taken))
          taken.push_back(take_photo(transaction, *settings, upload.photos[n], upload.digests[n], visit.actor(), visit.call.now));
      }
    });
  });
  photos.kept.insert(photos.kept.end(), taken.begin(), taken.end());
}

FormPhotos photos_in(Visit& visit, Form& form) {
  FormPhotos photos{kept_photos(visit, form), {}};
  take_pictures(visit, form, photos);
  const auto& area = visit.municipality.area;
  for (const Photo& photo : photos.kept)
    if (!photos.taken_at && photo.location && (!area || area->contains(*photo.location))) photos.taken_at = photo.location;
  return photos;
}

/// Open cases that may be the same graffiti, nearest first. One whose place is shown rounded is not among them: that it is near would
/// tell where it is.
std::vector<CaseRow> cases_nearby(Transaction& transaction, const Settings& settings, const Report& report, const Actor& actor) {
  std::vector<CaseRow> rows;
  for (const auto& spot : spots_near(transaction, settings, report)) {
    if (spot.removed_at || rows.size() == 5) continue;
    auto row = transaction.cases().find(spot.id);
    if (row && row->open() && !shown_place(*row, settings, view_for(actor, *row)).rounded) rows.push_back(std::move(*row));
  }
  return rows;
}

// The pages.

void fill_form(TemplateData& values, const Visit& visit, const Form& form, const FormPhotos& photos) {
  const Words& words = visit.words;
  fill_fields(values, form, words, kReportFields);
  fill_errors(values, form, words);
  for (const char* field : {"photo", "same"})
    if (const auto* fault = form.fault_of(field)) values.set(std::string{field} + "_error", words(fault->text));
  values.set("key", form.value("key").empty() ? random_token(visit.call.app.ids, 16) : form.value("key"));
  set_text(values, "number_told", form.value("number_told"));
  set_text(values, "same", form.value("same"));
  values.set("categories", choices(words, "category", names_of(Category{}), form.value("category")));
  values.set("surfaces", choices(words, "surface", names_of(Surface{}), form.value("surface")));
  values.set("action", visit.link("/anmal"));
  values.set("contact_open", !form.value("email").empty() || !form.value("name").empty() || !form.value("phone").empty());
  values.set("fresh", form.typed.empty());
  TemplateData kept{TemplateData::type::list};
  int number = 0;
  for (const Photo& photo : photos.kept) {
    TemplateData one;
    one.set("id", visit.call.app.store.references().encode(photo.id));
    one.set("name", words("citizen_photo_kept", {{"{n}", std::to_string(++number)}}));
    kept.push_back(std::move(one));
  }
  values.set("has_kept", number > 0);
  values.set("kept", std::move(kept));
  values.set("who", words("citizen_report_who", {{"{municipality}", visit.municipality.name}}));
}

void show_form(Visit& visit, const Form& form, const FormPhotos& photos, bool placed_by_photo = false) {
  PageFrame frame = visit.frame(Section::citizen, visit.words("citizen_report_heading"));
  frame.description = visit.words("citizen_report_description", {{"{municipality}", visit.municipality.name}});
  frame.status = form.faults.empty() ? 200 : form.status;
  frame.styles = {"citizen.css"};
  frame.scripts = {"report.js"};
  // What somebody typed is kept nowhere.
  if (!form.typed.empty()) frame.secrecy = PageSecrecy::secret;
  else if (!visit.visitor) frame.secrecy = PageSecrecy::listed;
  use_map(frame);
  TemplateData values = visit.values();
  fill_form(values, visit, form, photos);
  const auto lat = parse_decimal(form.value("lat")), lon = parse_decimal(form.value("lon"));
  MapPart map;
  map.cases = true;
  map.pick_lat = "lat";
  map.pick_lon = "lon";
  if (lat && lon && kSweden.contains({*lat, *lon})) map.at = Point{*lat, *lon};
  values.set("map", map_part(visit, map));
  if (placed_by_photo) {
    TemplateData placed;
    const Point point = *photos.taken_at;
    const auto near = read(visit.call, [&](Transaction& transaction) {
      return transaction.land().addresses_near(visit.municipality.id, point, kNearestAddress_m, 1);
    });
    placed.set("text", near.empty() ? visit.words("citizen_placed") : visit.words("citizen_placed_near", {{"{address}", near.front().address.address}}));
    values.set("placed", std::move(placed));
  }
  visit.answer(frame, "citizen_report", values);
}

/// "Is it this one?", with all that was typed in hidden fields.
void show_nearby(Visit& visit, const Form& form, const FormPhotos& photos, const std::vector<CaseRow>& rows) {
  PageFrame frame = visit.frame(Section::citizen, visit.words("citizen_same_heading"));
  frame.secrecy = PageSecrecy::secret;  // it holds what somebody typed
  frame.styles = {"citizen.css"};
  frame.scripts = {"report.js"};
  TemplateData values = visit.values();
  fill_form(values, visit, form, photos);
  TemplateData cases{TemplateData::type::list};
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    for (const CaseRow& row : rows) cases.push_back(case_card(transaction, visit, *settings, row, "/arende/"));
    return true;
  });
  values.set("cases", std::move(cases));
  visit.answer(frame, "citizen_same", values);
}

void get_form(Visit& visit) { show_form(visit, {}, {}); }

// Sending.

/// Where the first sending of this very report led to; nothing when it is the first.
std::optional<std::string> receipt_of(Transaction& transaction, const Visit& visit, const std::string& key) {
  const auto first = transaction.idempotency().find(visit.municipality.id, kHolder, kRoute, key);
  return first && first->created_at + std::chrono::hours{24} > visit.call.now ? std::optional{first->location} : std::nullopt;
}

/// The receipt's address, without what comes before it: "/arende/HR7K-2M9Q-X4?tack=ny".
std::string receipt_for(const Visit& visit, const Taken& taken, const ReportDraft& draft) {
  return with_query("/arende/" + visit.call.app.store.references().encode(taken.row.id),
                    {{"tack", draft.joins || taken.repeated ? "med" : "ny"}, {"bild", draft.photos.empty() ? "" : "1"}, {"mejl", draft.contact.email.empty() ? "" : "1"}});
}

std::string take(Visit& visit, const ReportDraft& draft, const std::string& key) {
  const auto earlier = [&](Transaction& transaction) { return receipt_of(transaction, visit, key); };
  try {
    return write(visit.call, [&](Transaction& transaction) {
      if (auto receipt = earlier(transaction)) return *receipt;
      const auto settings = visit.settings(transaction);
      const Taken taken = take_report(transaction, *settings, draft, visit.actor(), visit.call.now);
      const std::string receipt = receipt_for(visit, taken, draft);
      transaction.idempotency().remove(visit.municipality.id, kHolder, kRoute, key);  // of days ago
      transaction.idempotency().save(visit.municipality.id, kHolder, kRoute, key, {"", 303, receipt, "", visit.call.now});
      return receipt;
    });
  } catch (const Error&) {
    // Two sendings at the same moment on two nodes: the one that came second finds what the first did.
    if (auto receipt = read(visit.call, earlier)) return *receipt;
    throw;
  }
}

void post_form(Visit& visit) {
  Form& form = visit.form();
  if (is_machine(form)) return answer_see_other(visit.call.response, visit.link("/"));
  const auto to_receipt = [&](const std::string& receipt) { answer_see_other(visit.call.response, visit.link(receipt)); };
  if (form.value("key").size() > kLongestKey || std::ranges::any_of(form.value("key"), is_control)) set_typed(form, "key", "");
  if (form.value("key").empty()) set_typed(form, "key", random_token(visit.call.app.ids, 16));
  const FormPhotos photos = photos_in(visit, form);
  const bool nowhere = form.value("lat").empty() && form.value("lon").empty() && form.value("address").empty();
  if (nowhere && photos.taken_at) {
    set_typed(form, "lat", degrees(photos.taken_at->lat));
    set_typed(form, "lon", degrees(photos.taken_at->lon));
    return show_form(visit, form, photos, true);
  }
  ReportDraft draft = report_in(form, visit.call.app.store.references());
  draft.photos = photos.ids();
  const std::string key = same_report_key(form, photos.digests());
  std::vector<CaseRow> nearby;
  std::optional<std::string> receipt;
  try {
    read(visit.call, [&](Transaction& transaction) {
      const auto settings = visit.settings(transaction);
      const CheckedReport checked = check_report(transaction, *settings, draft, visit.actor(), visit.call.now);
      receipt = receipt_of(transaction, visit, key);
      if (form.value("same").empty()) nearby = cases_nearby(transaction, *settings, checked.report, visit.actor());
      return true;
    });
    if (!form.faults.empty()) return show_form(visit, form, photos);
    if (receipt) return to_receipt(*receipt);
    if (!nearby.empty()) return show_nearby(visit, form, photos, nearby);
    return to_receipt(take(visit, draft, key));
  } catch (const Error& error) {
    refuse_report(form, error);
    if (error.code() == ErrorCode::conflict) set_typed(form, "same", "");
  }
  show_form(visit, form, photos);
}

/// Addresses of the register that begin so, for the field of the form.
void get_suggestions(Visit& visit) {
  LandQuery query;
  query.key = address_key(visit.call.request.get_param_value("q"));
  query.page = {kSuggestions, 0};
  nlohmann::json found = nlohmann::json::array();
  if (query.key.size() >= 2)
    read(visit.call, [&](Transaction& transaction) {
      for (const AddressPoint& one : transaction.land().addresses(visit.municipality.id, query).items)
        found.push_back({{"address", one.address}, {"lat", one.point.lat}, {"lon", one.point.lon}});
      return true;
    });
  visit.call.response.set_header("Cache-Control", "public, max-age=600");
  visit.call.answer(found);
}

}  // namespace

std::vector<Route> citizen_report_routes() {
  return page_routes_of({{"GET", "/anmal", kEveryVisitor, get_form},
                         {"POST", "/anmal", kEveryVisitor, post_form, kFormBody, kFormsAnHour},
                         {"GET", "/anmal/adresser", kEveryVisitor, get_suggestions}});
}

}  // namespace klotterkoll
