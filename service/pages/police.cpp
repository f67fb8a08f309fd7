#include <algorithm>

#include "base/error.h"
#include "domain/police_reference.h"
#include "domain/queue.h"
#include "pages/case_parts.h"
#include "pages/pictures.h"
#include "pages/police_form.h"
#include "pages/police_parts.h"
#include "routes/photo_answer.h"
#include "workflow/claim.h"
#include "workflow/photos.h"

namespace klotterkoll {
namespace {

/// The K-number of the last report is offered again for so long: a night.
constexpr std::chrono::hours kNight{12};
constexpr std::int64_t kReportsOfPage = 25;

std::string owner_name(const CaseRow& row, const Settings& settings) {
  const auto at = settings.owners.find(row.owner_id);
  return at == settings.owners.end() ? "" : at->second.name;
}

// One report after the other.

/// What the page says of the report that was sent before it.
TemplateData sent_part(const Visit& visit, const Settings& settings, const CaseRow& row, bool again) {
  const Words& words = visit.words;
  TemplateData sent;
  const std::string reference = visit.call.app.store.references().encode(row.id);
  sent.set("heading", words(again ? "police_sent_again" : "police_sent"));
  sent.set("reference", words("police_sent_reference", {{"{reference}", reference}}));
  if (row.open()) sent.set("due", words("due", {{"{when}", words.when(row.due_at, settings.zone)}}));
  const std::string owner = owner_name(row, settings);
  sent.set("owner", owner.empty() ? words("police_sent_nobody") : words("responsible", {{"{owner}", owner}}));
  sent.set("href", visit.link("/arende/" + reference));
  return sent;
}

struct Start {
  std::optional<TemplateData> sent;
  std::string suggested;  ///< K-number
};

/// What was sent last stands in the address; of it only what this user has sent is told.
Start load_form(Visit& visit) {
  const auto sent = visit.call.app.store.references().decode_case(visit.call.request.get_param_value("skickad"));
  if (!sent || sent->municipality() != visit.municipality.id) return {};
  return read(visit.call, [&](Transaction& transaction) {
    Start loaded;
    const auto row = transaction.cases().find(*sent);
    auto reports = row ? transaction.reports().of_case(*sent) : std::vector<Report>{};
    std::erase_if(reports, [&](const Report& report) { return report.key_id != visit.actor().key_id; });
    if (reports.empty()) return loaded;
    const Report& last = *std::ranges::max_element(reports, {}, [](const Report& report) { return std::pair{report.recorded_at, report.id}; });
    if (last.recorded_at + kNight > visit.call.now) loaded.suggested = last.police_reference;
    loaded.sent = sent_part(visit, *visit.settings(transaction), *row, visit.call.request.get_param_value("igen") == "1");
    return loaded;
  });
}

void show_form(Visit& visit, Form form) {
  const Words& words = visit.words;
  const Start loaded = load_form(visit);
  const bool fresh = form.typed.empty();
  if (fresh) form.typed = {{"police_reference", loaded.suggested}, {"category", "tag"}, {"form_id", new_form_id(visit)}};
  PageFrame frame = police_frame(visit, words("police_heading"));
  if (!form.faults.empty()) frame.status = form.status;
  if (frame.status == 503) visit.call.response.set_header("Retry-After", "5");
  TemplateData values = visit.values();
  fill_errors(values, form, words);
  fill_fields(values, form, words, kPoliceFields);
  if (const auto* fault = form.fault_of("photo")) values.set("photo_error", words(fault->text));
  values.set("form_id", form.value("form_id"));
  values.set("categories", choices(words, "category", names_of(Category{}), form.value("category")));
  values.set("surfaces", choices(words, "surface", names_of(Surface{}), form.value("surface")));
  values.set("more_open", !form.value("lat").empty() || !form.value("lon").empty() || !form.value("observed_at").empty() || !form.value("description").empty());
  values.set("suggested", fresh && !loaded.suggested.empty());
  if (fresh && loaded.sent) values.set("sent", *loaded.sent);
  values.set("place_first", fresh && !loaded.suggested.empty());
  add_police_places(values, visit, "/polis");
  visit.answer(frame, "police_report", values);
}

Taken take(const Visit& visit, Transaction& transaction, const Settings& settings, ReportDraft draft, const DecodedUpload& upload) {
  const Actor& actor = visit.actor();
  CaseId known;
  if (!upload.photos.empty()) {
    const CheckedReport checked = check_report(transaction, settings, draft, actor, visit.call.now);
    if (const auto before = find_sent_before(transaction, settings, checked.report, actor)) known = before->case_id;
  }
  draft.photos = take_new_pictures(transaction, settings, upload, actor, known, visit.call.now);
  return take_report(transaction, settings, draft, actor, visit.call.now);
}

std::optional<DecodedUpload> decoded(Visit& visit, Form& form) {
  const auto pictures = form.files_of("photo");
  if (pictures.empty()) return DecodedUpload{};
  try {
    return decode_upload(visit.call.app, pictures, PhotoDecoder::Sender::known);
  } catch (const Error& error) {
    const bool busy = error.code() == ErrorCode::unavailable;
    if (busy) form.status = 503;
    form.refuse("photo", busy ? "error_photos_busy" : "error_photos");
    return std::nullopt;
  }
}

void post_form(Visit& visit) {
  Form& form = visit.form();
  const auto settings = read(visit.call, [&](Transaction& transaction) { return visit.settings(transaction); });
  ReportDraft draft = police_draft(form, settings->zone);
  draft.external_id = external_id_of(form.value("form_id"), 0);
  std::optional<Taken> taken;
  if (form.faults.empty()) {
    if (const auto upload = decoded(visit, form)) {
      // Where nothing else says where it is, the camera does.
      for (const DecodedPhoto& photo : upload->photos)
        if (draft.place.empty() && photo.location) draft.place.point = photo.location;
      const auto write_it = [&] {
        visit.call.app.store.write([&](Transaction& transaction) { taken = take(visit, transaction, *visit.settings(transaction), draft, *upload); });
      };
      try {
        upload->photos.empty() ? write_it() : visit.call.app.photo_store.put(visit.municipality.id, upload->bytes, visit.call.now, write_it);
      } catch (const Error& error) {
        form.refuse(error, kPoliceMeant);
      }
    }
  }
  if (!form.faults.empty() || !taken) {
    if (!form.files.empty() && !form.fault_of("photo")) form.refuse("photo", "error_photos_again");
    return show_form(visit, form);
  }
  const std::string reference = visit.call.app.store.references().encode(taken->row.id);
  answer_see_other(visit.call.response, visit.link("/polis", {{"skickad", reference}, {"igen", taken->repeated ? "1" : ""}}));
}

// My reports.

TemplateData report_row(const Visit& visit, Transaction& transaction, const Settings& settings, const Report& report) {
  const Words& words = visit.words;
  TemplateData row;
  row.set("when", words.when(report.received_at, settings.zone));
  const std::string place = in_words(report.place);
  row.set("place", place.empty() ? words("place_unknown") : place);
  row.set("category", words("category_" + std::string{to_code(report.category)}));
  if (!report.police_reference.empty()) {
    row.set("police_reference", report.police_reference);
    row.set("claim", visit.link("/polis/arende/" + report.police_reference));
  }
  auto found = transaction.cases().find(report.case_id);
  // Of one that was merged the work is done, and told, in the other.
  for (int steps = 0; found && found->merged_into && steps < 20; ++steps) found = transaction.cases().find(found->merged_into);
  if (!found) return row;
  const std::string reference = visit.call.app.store.references().encode(found->id);
  row.set("reference", reference);
  row.set("href", visit.link("/arende/" + reference));
  row.set("badge", badge_part(*found, words, visit.call.now));
  const std::string owner = owner_name(*found, settings);
  row.set("owner", owner.empty() ? words("owner_none") : owner);
  if (found->removed_at) row.set("became", words("police_removed", {{"{when}", words.when(*found->removed_at, settings.zone)}}));
  else if (found->open()) row.set("became", words("due", {{"{when}", words.when(found->due_at, settings.zone)}}));
  return row;
}

/// A number from the address of a page; 0 when it is none.
std::int64_t number_in(const Visit& visit, const char* name) {
  const std::string typed = visit.call.request.get_param_value(name);
  return !typed.empty() && typed.size() < 7 && std::ranges::all_of(typed, [](char c) { return c >= '0' && c <= '9'; }) ? std::stoll(typed) : 0;
}

void get_reports(Visit& visit) {
  const Words& words = visit.words;
  const std::string typed = visit.call.request.get_param_value("knummer");
  ReportQuery query;
  query.key_id = visit.actor().key_id;
  query.police_reference = parse_police_reference(typed);
  query.page.limit = kReportsOfPage;
  query.page.offset = (std::max<std::int64_t>(1, std::min<std::int64_t>(number_in(visit, "sida"), 400)) - 1) * kReportsOfPage;
  PageFrame frame = police_frame(visit, words("police_reports_heading"));
  frame.wide = true;
  TemplateData values = visit.values();
  const bool wrong = !typed.empty() && !query.police_reference;
  values.set("knummer", typed);
  if (wrong) values.set("knummer_error", words("error_police_reference"));
  values.set("action", visit.base + "/polis/anmalningar");
  TemplateData rows{TemplateData::type::list};
  std::int64_t total = 0, waiting = 0;
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    rows = TemplateData{TemplateData::type::list};
    waiting = transaction.queue().count_waiting(visit.municipality.id, visit.actor().key_id).count;
    if (wrong) return true;
    const auto listing = transaction.reports().list(visit.municipality.id, query);
    total = listing.total;
    for (const Report& report : listing.items) rows.push_back(report_row(visit, transaction, *settings, report));
    return true;
  }, true);
  values.set("any", rows.is_non_empty_list());
  values.set("rows", rows);
  values.set("pages", pages_part(visit, query.page, total, {{"knummer", typed}}));
  if (waiting > 0) values.set("waiting", waiting == 1 ? words("police_waiting_one") : words("police_waiting_many", {{"{n}", std::to_string(waiting)}}));
  if (const std::int64_t sent = number_in(visit, "skickade"), again = number_in(visit, "igen"), held = number_in(visit, "vantar"); sent + again + held > 0)
    values.set("sent", words("police_many_sent", {{"{sent}", std::to_string(sent)}, {"{again}", std::to_string(again)}, {"{waiting}", std::to_string(held)}}));
  add_police_places(values, visit, "/polis/anmalningar");
  visit.answer(frame, "police_reports", values);
}

// What is handed over of a K-number.

TemplateData claimed_case(const Visit& visit, Transaction& transaction, const Settings& settings, const CaseRow& row) {
  const Words& words = visit.words;
  const ReferenceCipher& references = visit.call.app.store.references();
  TemplateData part;
  const std::string place = in_words(row.place);
  part.set("place", place.empty() ? words("place_unknown") : place);
  TemplateData facts{TemplateData::type::list};
  add_fact(facts, words("fact_reference"), references.encode(row.id));
  add_fact(facts, words("fact_designation"), row.place.designation);
  if (row.place.point) add_fact(facts, words("police_point"), degrees(row.place.point->lat) + ", " + degrees(row.place.point->lon));
  add_fact(facts, words("fact_category"), words("category_" + std::string{to_code(row.category)}));
  if (row.surface) add_fact(facts, words("fact_surface"), words("surface_" + std::string{to_code(*row.surface)}));
  add_fact(facts, words("police_owner"), owner_name(row, settings));
  add_fact(facts, words("police_reported"), words.when(row.first_reported_at, settings.zone));
  add_fact(facts, words("police_received"), words.when(row.first_received_at, settings.zone));
  add_fact(facts, words("police_state"), words("state_" + std::string{to_code(row.state)}));
  if (row.merged_into) add_fact(facts, words("police_merged"), references.encode(row.merged_into));
  if (row.removed_at) add_fact(facts, words("police_removed_at"), words.when(*row.removed_at, settings.zone));
  if (row.method) add_fact(facts, words("police_method"), words("method_" + std::string{to_code(*row.method)}));
  if (row.cost_sek) add_fact(facts, words("police_cost"), words("police_sek", {{"{n}", std::to_string(*row.cost_sek)}}));
  part.set("facts", facts);
  TemplateData photos{TemplateData::type::list};
  int number = 0;
  for (const ShownPhoto& shown : photos_shown(transaction, row, visit.actor())) {
    TemplateData photo;
    photo.set("src", visit.base + "/bilder/" + references.encode(shown.photo.id) + "?size=full");
    photo.set("alt", words(shown.photo.role == PhotoRole::after ? "photo_after_alt" : "photo_before_alt", {{"{n}", std::to_string(++number)}}));
    photo.set("caption", shown.photo.captured_at ? words("police_photo_taken", {{"{when}", words.when(*shown.photo.captured_at, settings.zone)}})
                                                 : words("police_photo_came", {{"{when}", words.when(shown.photo.created_at, settings.zone)}}));
    photo.set("width", std::to_string(shown.photo.width));
    photo.set("height", std::to_string(shown.photo.height));
    photos.push_back(photo);
  }
  part.set("photos", photos);
  return part;
}

void get_claim(Visit& visit) {
  const Words& words = visit.words;
  const auto police_reference = parse_police_reference(visit.parameter(0));
  TemplateData cases{TemplateData::type::list};
  ClaimTotal total;
  Instant made;
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    const auto rows = police_reference ? cases_of_claim(transaction, *settings, *police_reference) : std::vector<CaseRow>{};
    if (rows.empty()) throw Error{ErrorCode::not_found, "There is no case here under such a number."};
    total = total_of(rows);
    cases = TemplateData{TemplateData::type::list};
    for (const CaseRow& row : rows) cases.push_back(claimed_case(visit, transaction, *settings, row));
    made = visit.call.now;
    return true;
  });
  PageFrame frame = visit.frame(visit.actor().role == Role::police ? Section::police : Section::municipality,
                                words("police_claim_heading", {{"{number}", *police_reference}}));
  frame.styles.emplace_back("police.css");
  TemplateData values = visit.values();
  values.set("heading", frame.title);
  TemplateData facts{TemplateData::type::list};
  add_fact(facts, words("police_claim_municipality"), visit.municipality.name);
  add_fact(facts, words("police_claim_cases"), std::to_string(total.cases));
  add_fact(facts, words("police_claim_removed"), std::to_string(total.removed));
  add_fact(facts, words("police_claim_cost"), words("police_claim_sum", {{"{n}", std::to_string(total.cost_sek)}, {"{costed}", std::to_string(total.costed)}}));
  const TimeZone zone = read(visit.call, [&](Transaction& transaction) { return visit.settings(transaction)->zone; });
  add_fact(facts, words("police_claim_made"), words.when(made, zone));
  values.set("facts", facts);
  values.set("cases", cases);
  visit.answer(frame, "police_claim", values);
}

}  // namespace

std::vector<Route> police_routes() {
  return page_routes_of({{"GET", "/polis", kPoliceOnly, [](Visit& visit) { show_form(visit, {}); }},
                         {"POST", "/polis", kPoliceOnly, post_form, kFormBody},
                         {"GET", "/polis/anmalningar", kPoliceOnly, get_reports},
                         {"GET", "/polis/arende/{}", {Role::police, Role::municipality}, get_claim}});
}

}  // namespace klotterkoll
