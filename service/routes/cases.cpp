#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/tabular.h"
#include "json/case_json.h"
#include "json/deadline_json.h"
#include "json/values.h"
#include "router.h"
#include "routes/case_query.h"
#include "workflow/casework.h"

namespace klotterkoll {
namespace {

const std::string kCases = "/api/v1/municipalities/{}/cases";
constexpr std::int64_t kLookedAtAtOnce = 500;  ///< by a stream: a few milliseconds

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
  CaseQuery query = read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    return read_case_query(call, transaction, *settings, call.actor(*settings));
  });
  query.page = page;
  query.sort = sort;
  const auto answer = [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    const auto listing = transaction.cases().list(settings->municipality.id, query);
    const std::string url = call.municipality_url(*settings);
    const std::string items = json_text([&](JsonWriter& out) {
      out.array([&] {
        for (const CaseRow& row : listing.items)
          write_case(out, row, load_extras(transaction, *settings, row, view_for(actor, row)), *settings,
                     call.app.store.references(), actor, call.now, url);
      });
    });
    if (actor.role != Role::citizen) call.no_store();
    call.answer_list(items, std::ssize(listing.items), listing.total, page);
    return true;
  };
  read(call, answer, query.looks_at_all());
}

/// Who asks for a stream, and what it is written with.
struct StreamAudience {
  const ReferenceCipher& references;
  MunicipalityId municipality;
  Actor actor;
  Instant now;
  std::string url;  ///< of the municipality
};

/// One form in which cases are streamed: what stands before, between and after them. `write` gives nothing for a case
/// that the form cannot hold.
struct StreamForm {
  const char* content_type;
  const char* extension;
  std::string before, between, after;
  std::string (*write)(Transaction&, const Settings&, const CaseRow&, const StreamAudience&);
};

void write_streamed(JsonWriter& out, Transaction& transaction, const Settings& settings, const CaseRow& row, const StreamAudience& to) {
  write_case(out, row, load_extras(transaction, settings, row, view_for(to.actor, row)), settings, to.references, to.actor, to.now, to.url);
}

StreamForm csv_form() {
  const auto write = [](Transaction& transaction, const Settings& settings, const CaseRow& row, const StreamAudience& to) {
    const CaseView view = view_for(to.actor, row);
    const Place place = shown_place(row, settings, view).place;
    const auto number = [](const auto& value) { return value ? nlohmann::json(*value).dump() : std::string{}; };
    const auto word = [](const auto& code) { return code ? std::string{to_code(*code)} : std::string{}; };
    const auto time = [](std::optional<Instant> instant) { return instant ? format_instant(*instant) : std::string{}; };
    const auto owner = settings.owners.find(row.owner_id);
    const bool owner_shown = shows_owner(row, settings, view);
    const std::vector<std::string> cells = {
        to.references.encode(row.id), std::string{to_code(row.state)}, word(clock_of(row, to.now)), std::string{to_code(row.category)},
        word(row.surface), word(row.object_type), number(place.point ? std::optional{place.point->lat} : std::nullopt),
        number(place.point ? std::optional{place.point->lon} : std::nullopt), place.address, place.designation,
        owner_shown ? row.owner_id : "", owner_shown && owner != settings.owners.end() ? owner->second.name : "",
        time(row.clock_started_at), time(row.due_at), number(hours_left(row, to.now)), time(row.removed_at), time(row.recorded_at),
        std::to_string(row.merged_count ? std::ssize(numbers_of(transaction, row).ids) : row.report_count)};
    return csv_row(cells, ',');
  };
  return {"text/csv; charset=utf-8", "csv",
          "reference,state,clock,category,surface,object_type,lat,lon,address,designation,owner_id,owner_name,clock_started_at,"
          "due_at,hours_left,removed_at,recorded_at,reports\r\n", "", "", write};
}

StreamForm ndjson_form() {
  const auto write = [](Transaction& transaction, const Settings& settings, const CaseRow& row, const StreamAudience& to) {
    return json_text([&](JsonWriter& out) { write_streamed(out, transaction, settings, row, to); }) + "\n";
  };
  return {"application/x-ndjson", "ndjson", "", "", "", write};
}

StreamForm geojson_form() {
  const auto write = [](Transaction& transaction, const Settings& settings, const CaseRow& row, const StreamAudience& to) {
    const auto point = shown_place(row, settings, view_for(to.actor, row)).place.point;
    if (!point) return std::string{};  // nothing to put on a map
    return json_text([&](JsonWriter& out) {
      out.object([&] {
        out.member("type", "Feature");
        out.member("id", to.references.encode(row.id));
        out.object("geometry", [&] {
          out.member("type", "Point");
          out.array("coordinates", [&] { out.write(point->lon), out.write(point->lat); });
        });
        out.key("properties");
        write_streamed(out, transaction, settings, row, to);
      });
    });
  };
  return {"application/geo+json", "geojson", R"({"type":"FeatureCollection","features":[)", ",", "]}", write};
}

/// What a stream keeps between its pieces; each piece is one short read, so that a slow client holds no snapshot.
struct Stream {
  Store& store;
  StreamAudience to;
  CaseQuery query;
  StreamForm form;
  CaseId after;  ///< cleared at the end
  bool begun = false, any = false;

  /// The next piece; empty when all is sent.
  std::string next() {
    std::string piece;
    if (!begun) piece = form.before, begun = true;
    while (piece.size() < 16 * 1024 && after) {
      store.read([&](Transaction& transaction) {
        const auto settings = transaction.municipalities().settings(to.municipality);
        const auto rows = transaction.cases().list_after(to.municipality, query, after, kLookedAtAtOnce);
        for (const CaseRow& row : rows) {
          const std::string written = form.write(transaction, *settings, row, to);
          if (written.empty()) continue;
          piece += (any ? form.between : "") + written;
          any = true;
        }
      });
    }
    if (!after) piece += form.after, finished = true;
    return piece;
  }
  bool finished = false;
};

void stream_cases(Call& call, const StreamForm& form) {
  allow_case_filters(call, false);
  auto stream = read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    const MunicipalityId id = settings->municipality.id;
    return std::make_shared<Stream>(
        Stream{call.app.store, {call.app.store.references(), id, actor, call.now, call.municipality_url(*settings)},
               read_case_query(call, transaction, *settings, actor), form, CaseId{id, 0}});
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
    const CaseExtras extras = load_extras(transaction, *settings, row, view_for(actor, row));
    call.answer(json_text([&](JsonWriter& out) {
      write_case(out, row, extras, *settings, call.app.store.references(), actor, call.now, call.municipality_url(*settings));
    }));
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
    const auto listing = transaction.events().page_of_case(row.id, view_for(actor, row).internal_events, page);
    KeyNames names{transaction};
    const std::string items = json_text([&](JsonWriter& out) {
      out.array([&] {
        for (const auto& one : listing.items)
          out.object([&] {
            write_event_members(out, one, *settings, call.app.store.references(), view_for(actor, one.event), names.of(one.event.by));
          });
      });
    });
    if (actor.role != Role::citizen) call.no_store();
    call.answer_list(items, std::ssize(listing.items), listing.total, page);
    return true;
  });
}

void get_case_deadline(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    const CaseRow row = load_case(call, transaction, *settings);
    const Case whole = replay(transaction.events().of_case(row.id), settings->policies, settings->zone);
    if (actor.role != Role::citizen) call.no_store();
    call.answer(case_deadline_json(whole, *settings, call.app.store.references(), !is_outsider(view_for(actor, row))));
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
