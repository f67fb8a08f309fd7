#include <nlohmann/json.hpp>

#include "base/error.h"
#include "domain/police_reference.h"
#include "json/case_json.h"
#include "json/report_json.h"
#include "json/values.h"
#include "router.h"
#include "routes/batches.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

constexpr std::string_view kReports = "/api/v1/municipalities/{}/reports";

/// A case whose place is shown rounded is not named: its distance from here would tell where it is.
json duplicates_to_json(const Taken& taken, const Settings& settings, const ReferenceCipher& references, const Actor& actor) {
  json out = json::array();
  for (const CaseRow& row : taken.possible_duplicates)
    if (!shown_place(row, settings, view_for(actor, row)).rounded)
      out.push_back({{"reference", references.encode(row.id)},
                     {"state", to_code(row.state)},
                     {"distance_m", std::round(distance_m(*row.place.point, *taken.report.place.point))},
                     {"opened_at", shown(row.opened_at)},
                     {"removed_at", shown(row.removed_at)}});
  return out;
}

/// The report as the sender may see it. Whoever repeats a report need not be who wrote it: a K-number and an address are
/// no secret that opens what the police have written.
json shown_report(const Taken& taken, const Settings& settings, const ReferenceCipher& references, const Actor& actor) {
  json out = report_to_json(taken.report, references, actor);
  const bool staff = actor.role == Role::police || actor.role == Role::municipality;
  if (!taken.repeated || staff || (actor.key_id != 0 && taken.report.key_id == actor.key_id)) return out;
  for (const char* written : {"description", "object_label", "external_id", "police_reference"}) out[written] = nullptr;
  const CaseView view = view_for(actor, taken.row);
  out["location"] = view.exact_place ? place_to_json(taken.report.place) : place_to_json(shown_place(taken.row, settings, view).place);
  return out;
}

/// What the answer needs beside the report and the case. One that was just opened has this one report; for others the
/// rest has to be looked up.
CaseExtras extras_of(Transaction& transaction, const Settings& settings, const Taken& taken, const CaseView& view) {
  if (taken.row.report_count > 1 || taken.repeated) return load_extras(transaction, settings, taken.row, view);
  CaseExtras extras;
  if (view.report_ids) extras.report_ids = {taken.report.id};
  if (view.police_references && !taken.report.police_reference.empty()) extras.police_references = {taken.report.police_reference};
  return extras;
}

Created taken_to_answer(const Call& call, const Settings& settings, const Taken& taken, const CaseExtras& extras, const Actor& actor) {
  const ReferenceCipher& references = call.app.store.references();
  const std::string base = "/municipalities/" + settings.municipality.code;
  Created created;
  created.body = {{"report", shown_report(taken, settings, references, actor)},
                  {"case", case_to_json(taken.row, extras, settings, references, actor, call.now, call.municipality_url(settings))},
                  {"possible_duplicates", duplicates_to_json(taken, settings, references, actor)}};
  if (taken.repeated) created.body["added"] = taken.added;
  created.status = taken.repeated ? 200 : 201;
  const bool may_read = actor.role == Role::police || actor.role == Role::municipality;
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
    return [&call, settings, taken = std::move(taken), extras = std::move(extras), actor] {
      return taken_to_answer(call, *settings, taken, extras, actor);
    };
  });
}

/// Police see what was sent with their own key, the municipality everything.
bool may_see(const Actor& actor, const Report& report) {
  return actor.role == Role::municipality || report.key_id == actor.key_id;
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
    const json body = report_to_json(*report, call.app.store.references(), actor);
    // Reports have no version; what was added to one changes its tag.
    if (!call.tagged('"' + digest(body.dump()).substr(0, 32) + '"')) call.answer(body);
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
    json items = json::array();
    for (const Report& report : listing.items) items.push_back(report_to_json(report, call.app.store.references(), actor));
    call.no_store();
    call.answer_list(std::move(items), listing.total, query.page);
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
