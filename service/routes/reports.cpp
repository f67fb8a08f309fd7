#include <nlohmann/json.hpp>

#include "base/error.h"
#include "domain/police_reference.h"
#include "json/case_json.h"
#include "json/photo_json.h"
#include "json/report_json.h"
#include "json/values.h"
#include "router.h"
#include "routes/batches.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

constexpr std::string_view kReports = "/api/v1/municipalities/{}/reports";

/// Police see what was sent with their own key, the municipality everything.
bool may_see(const Actor& actor, const Report& report) {
  return actor.role == Role::municipality || report.key_id == actor.key_id;
}

/// By case, those that have one for the caller.
using Thumbnails = std::map<CaseId, std::string>;

/// A case whose place is shown rounded is not named: its distance from here would tell where it is.
void write_duplicates(JsonWriter& out, const Taken& taken, const Thumbnails& thumbnails, const Settings& settings,
                      const ReferenceCipher& references, const Actor& actor, Instant now) {
  for (const CaseRow& row : taken.possible_duplicates)
    if (!shown_place(row, settings, view_for(actor, row)).rounded)
      out.object([&] {
        out.member("reference", references.encode(row.id));
        out.member("state", row.state);
        out.member("distance_m", std::round(distance_m(*row.place.point, *taken.point)));
        out.member("age_hours", std::int64_t{std::chrono::floor<std::chrono::hours>(now - row.first_reported_at).count()});
        out.member("opened_at", row.opened_at);
        out.member("removed_at", row.removed_at);
        const auto thumbnail = thumbnails.find(row.id);
        out.member("thumbnail", thumbnail == thumbnails.end() ? std::nullopt : std::optional{thumbnail->second});
      });
}

/// The report as the sender may see it. Whoever repeats a report need not be who wrote it: a K-number and an address are
/// no secret that opens what the police have written.
Report shown_report(const Taken& taken, const Settings& settings, const Actor& actor) {
  Report report = taken.report;
  if (!taken.repeated || (actor.key_id != 0 && may_see(actor, report))) return report;
  for (std::string* written : {&report.description, &report.object_label, &report.external_id, &report.police_reference}) written->clear();
  const CaseView view = view_for(actor, taken.row);
  const ShownPlace shown = shown_place(taken.row, settings, view);
  if (!view.exact_place) report.place = shown.rounded ? shown.place : told_place(taken.row);
  return report;
}

/// What the answer needs beside the report and the case. One that was just opened has this one report; for others the
/// rest has to be looked up.
CaseExtras extras_of(Transaction& transaction, const Settings& settings, const Taken& taken, const CaseView& view) {
  if (taken.row.report_count > 1 || taken.repeated) return load_extras(transaction, settings, taken.row, view);
  CaseExtras extras;
  extras.photos = photos_shown(transaction, taken.row, view.viewer);
  extras.reports.ids = {taken.report.id};
  extras.reports.key_ids = {taken.report.key_id};
  if (!taken.report.police_reference.empty()) extras.reports.police_references = {taken.report.police_reference};
  return extras;
}

Created taken_to_answer(const Call& call, const Settings& settings, const Taken& taken, const CaseExtras& extras, const Thumbnails& thumbnails,
                        const Actor& actor) {
  const ReferenceCipher& references = call.app.store.references();
  const std::string base = "/municipalities/" + settings.municipality.code;
  Created created;
  created.body = json_text([&](JsonWriter& out) {
    out.object([&] {
      out.key("report");
      write_report(out, shown_report(taken, settings, actor), references, actor);
      out.key("case");
      write_case(out, taken.row, extras, settings, references, actor, call.now, call.municipality_url(settings));
      out.array("possible_duplicates", [&] { write_duplicates(out, taken, thumbnails, settings, references, actor, call.now); });
      if (!taken.repeated) return;
      out.array("added", [&] {
        for (const std::string& name : taken.added) out.write(name);
      });
    });
  });
  created.status = taken.repeated ? 200 : 201;
  const bool staff = actor.role == Role::police || actor.role == Role::municipality;
  const bool may_read = staff && may_see(actor, taken.report);
  created.location = may_read ? base + "/reports/" + references.encode(taken.report.id) : base + "/cases/" + references.encode(taken.row.id);
  return created;
}

void post_report(Call& call) {
  call.allow_query({});
  const json body = call.body("report");
  const ReportDraft draft = report_from_json(body, call.app.store.references());
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    if (const auto named = body.find("municipality"); named != body.end() && *named != settings->municipality.code)
      throw Error{ErrorCode::refused, "The report names another municipality than the address it was sent to; leave it out.", "/municipality"};
    const Actor actor = call.actor(*settings);
    Taken taken = take_report(transaction, *settings, draft, actor, call.now);
    CaseExtras extras = extras_of(transaction, *settings, taken, view_for(actor, taken.row));
    Thumbnails thumbnails;
    for (const CaseRow& row : taken.possible_duplicates)
      if (auto thumbnail = thumbnail_of(transaction, row, actor, call.app.store.references(), call.municipality_url(*settings)))
        thumbnails.emplace(row.id, std::move(*thumbnail));
    return [&call, settings, taken = std::move(taken), extras = std::move(extras), thumbnails = std::move(thumbnails), actor] {
      return taken_to_answer(call, *settings, taken, extras, thumbnails, actor);
    };
  });
}

void get_report(Call& call) {
  call.allow_query({});
  const ReportId id = call.report_id();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    const auto report = id.municipality() == settings->municipality.id ? transaction.reports().find(id) : std::nullopt;
    if (!report || !may_see(actor, *report)) throw Error{ErrorCode::not_found, "There is no such report."};
    call.no_store();
    std::string text = json_text([&](JsonWriter& out) { write_report(out, *report, call.app.store.references(), actor); });
    // Reports have no version; what was added to one changes its tag.
    if (!call.tagged('"' + digest(text).substr(0, 32) + '"')) call.answer(std::move(text));
    return true;
  });
}

void list_reports(Call& call) {
  call.allow_query({"police_reference", "limit", "page"});
  ReportQuery query;
  query.page = call.page();
  if (const auto written = call.query("police_reference")) {
    query.police_reference = parse_police_reference(*written);
    if (!query.police_reference) throw Error{ErrorCode::malformed, police_reference_fault(*written), "police_reference"};
  }
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    if (actor.role != Role::municipality) query.key_id = actor.key_id;
    const auto listing = transaction.reports().list(settings->municipality.id, query);
    const std::string items = json_text([&](JsonWriter& out) {
      out.array([&] {
        for (const Report& report : listing.items) write_report(out, report, call.app.store.references(), actor);
      });
    });
    call.no_store();
    call.answer_list(items, std::ssize(listing.items), listing.total, query.page);
    return true;
  });
}

}  // namespace

std::vector<Route> report_routes() {
  const std::string reports{kReports};
  return {{"GET", reports, {Role::police, Role::municipality}, list_reports},
          with_json({"POST", reports, kPublic, post_report}),
          {"POST", reports + "/batches", {Role::police, Role::municipality}, post_batch, kBatchBody,
           {"application/json", "application/x-ndjson", "text/csv"}},
          {"GET", reports + "/{}", {Role::police, Role::municipality}, get_report}};
}

}  // namespace klotterkoll
