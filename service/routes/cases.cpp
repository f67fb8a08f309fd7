#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/tabular.h"
#include "json/case_json.h"
#include "json/deadline_json.h"
#include "json/values.h"
#include "router.h"
#include "routes/case_query.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kCases = "/api/v1/municipalities/{}/cases";
constexpr std::int64_t kStreamedAtOnce = 200;

/// The case in the path. Error{not_found} also for another municipality's, and for another owner's that is not public.
CaseRow load_case(const Call& call, Transaction& transaction, const Settings& settings) {
  const CaseId id = call.case_id();
  auto row = id.municipality() == settings.municipality.id ? transaction.cases().find(id) : std::nullopt;
  if (!row) throw Error{ErrorCode::not_found, "There is no such case in " + settings.municipality.name + "."};
  return *row;
}

void list_cases(Call& call) {
  allow_case_filters(call, true);
  const Page page = call.page();
  CaseQuery::Sort sort = CaseQuery::Sort::newest;
  if (const auto wanted = call.query("sort")) {
    if (*wanted != "due_at" && *wanted != "-due_at") throw Error{ErrorCode::malformed, "sort is due_at or -due_at; without it the newest come first.", "sort"};
    sort = *wanted == "due_at" ? CaseQuery::Sort::due_first : CaseQuery::Sort::due_last;
  }
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    CaseQuery query = read_case_query(call, transaction, *settings, actor);
    query.page = page;
    query.sort = sort;
    const auto listing = transaction.cases().list(settings->municipality.id, query);
    const std::string url = call.municipality_url(*settings);
    json items = json::array();
    for (const CaseRow& row : listing.items)
      items.push_back(case_to_json(row, load_extras(transaction, *settings, row, view_for(actor, row)), *settings,
                                   call.app.store.references(), actor, call.now, url));
    if (actor.role != Role::citizen) call.no_store();
    call.answer_list(std::move(items), listing.total, page);
    return true;
  });
}

/// One form in which cases are streamed: what stands before, between and after them.
struct StreamForm {
  const char* content_type;
  const char* extension;
  std::string before, between, after;
  std::function<std::string(const json&)> write;
};

std::string csv_line(const json& shown) {
  const auto text = [](const json& value) {
    if (value.is_null()) return std::string{};
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const std::vector<std::string> cells = {
      text(shown["reference"]), text(shown["state"]), text(shown["clock"]), text(shown["category"]), text(shown["surface"]),
      text(shown["object_type"]), text(shown["location"]["lat"]), text(shown["location"]["lon"]), text(shown["location"]["address"]),
      text(shown["location"]["designation"]), shown["owner"].is_null() ? "" : text(shown["owner"]["id"]),
      shown["owner"].is_null() ? "" : text(shown["owner"]["name"]), text(shown["clock_started_at"]), text(shown["due_at"]),
      text(shown["hours_left"]), text(shown["removed_at"]), text(shown["recorded_at"]), text(shown["reports"]["count"])};
  return csv_row(cells, ',');
}

StreamForm csv_form() {
  return {"text/csv; charset=utf-8", "csv",
          "reference,state,clock,category,surface,object_type,lat,lon,address,designation,owner_id,owner_name,clock_started_at,"
          "due_at,hours_left,removed_at,recorded_at,reports\r\n", "", "", csv_line};
}

StreamForm ndjson_form() {
  return {"application/x-ndjson", "ndjson", "", "", "", [](const json& shown) { return shown.dump() + "\n"; }};
}

StreamForm geojson_form() {
  return {"application/geo+json", "geojson", R"({"type":"FeatureCollection","features":[)", ",", "]}", [](const json& shown) {
            if (shown["location"]["lat"].is_null()) return std::string{};  // nothing to put on a map
            return json{{"type", "Feature"}, {"id", shown["reference"]},
                        {"geometry", {{"type", "Point"}, {"coordinates", {shown["location"]["lon"], shown["location"]["lat"]}}}},
                        {"properties", shown}}.dump();
          }};
}

/// What a stream keeps between its pieces; each piece is one short read, so that a slow client holds no snapshot.
struct Stream {
  App& app;
  MunicipalityId municipality;
  Actor actor;
  CaseQuery query;
  std::string url;
  StreamForm form;
  CaseId after;
  bool begun = false, any = false;

  /// The next piece; empty when all is sent.
  std::string next() {
    std::string piece;
    if (!begun) piece = form.before, begun = true;
    bool ended = false;
    while (piece.size() < 16 * 1024 && !ended) {
      app.store.read([&](Transaction& transaction) {
        const auto settings = transaction.municipalities().settings(municipality);
        const auto rows = transaction.cases().list_after(municipality, query, after, kStreamedAtOnce);
        for (const CaseRow& row : rows) {
          const std::string written = form.write(case_to_json(row, load_extras(transaction, *settings, row, view_for(actor, row)),
                                                              *settings, app.store.references(), actor, query.now, url));
          if (written.empty()) continue;
          piece += (any ? form.between : "") + written;
          any = true;
        }
        ended = std::ssize(rows) < kStreamedAtOnce;
        if (!rows.empty()) after = rows.back().id;
      });
    }
    if (ended) piece += form.after, finished = true;
    return piece;
  }
  bool finished = false;
};

void stream_cases(Call& call, const StreamForm& form) {
  allow_case_filters(call, false);
  auto stream = read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    return std::make_shared<Stream>(Stream{call.app, settings->municipality.id, actor,
                                           read_case_query(call, transaction, *settings, actor), call.municipality_url(*settings),
                                           form, CaseId{settings->municipality.id, 0}});
  });
  call.response.set_header("Content-Disposition", std::string{"attachment; filename=\"cases."} + form.extension + "\"");
  call.no_store();
  call.response.set_chunked_content_provider(form.content_type, [stream](std::size_t, httplib::DataSink& sink) {
    try {
      const std::string piece = stream->next();
      if (!piece.empty() && !sink.write(piece.data(), piece.size())) return false;
      if (stream->finished) sink.done();
      return true;
    } catch (const std::exception&) {
      return false;  // the answer has begun: cutting it off is all that can tell the client
    }
  });
}

void get_case(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    const CaseRow row = load_case(call, transaction, *settings);
    if (actor.role != Role::citizen) call.no_store();
    if (call.tagged(case_etag(row, actor, call.now))) return true;
    call.answer(case_to_json(row, load_extras(transaction, *settings, row, view_for(actor, row)), *settings,
                             call.app.store.references(), actor, call.now, call.municipality_url(*settings)));
    return true;
  });
}

void list_events(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    const CaseRow row = load_case(call, transaction, *settings);
    const CaseView view = view_for(actor, row);
    auto noted = transaction.events().noted_of_case(row.id);
    std::erase_if(noted, [&](const auto& one) { return !shows(view, one.event); });
    KeyNames names{transaction};
    json items = json::array();
    for (std::int64_t i = page.offset; i < std::min(page.offset + page.limit, std::ssize(noted)); ++i) {
      const auto& one = noted[static_cast<std::size_t>(i)];
      items.push_back(event_to_json(one, *settings, call.app.store.references(), view, names.of(one.event.by)));
    }
    if (actor.role != Role::citizen) call.no_store();
    call.answer_list(std::move(items), std::ssize(noted), page);
    return true;
  });
}

void get_case_deadline(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const CaseRow row = load_case(call, transaction, *settings);
    const Case whole = replay(transaction.events().of_case(row.id), settings->policies, settings->zone);
    call.answer(case_deadline_to_json(whole, *settings, call.app.store.references()));
    return true;
  });
}

}  // namespace

std::vector<Route> case_routes() {
  return {{"GET", kCases, kPublic, list_cases},
          {"GET", kCases + ".geojson", kPublic, [](Call& call) { stream_cases(call, geojson_form()); }},
          {"GET", kCases + ".csv", kPublic, [](Call& call) { stream_cases(call, csv_form()); }},
          {"GET", kCases + ".ndjson", kPublic, [](Call& call) { stream_cases(call, ndjson_form()); }},
          {"GET", kCases + "/{}", kPublic, get_case},
          {"GET", kCases + "/{}/events", kPublic, list_events},
          {"GET", kCases + "/{}/deadline", kPublic, get_case_deadline}};
}

}  // namespace klotterkoll
