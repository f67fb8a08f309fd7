// What maps on pages ask for: cases, outlines of properties and tiles of the base map, each as whoever looks may see it.

#include <charconv>
#include <cmath>

#include "base/error.h"
#include "domain/tile.h"
#include "json/json_writer.h"
#include "json/photo_json.h"
#include "maps.h"
#include "pages/case_parts.h"
#include "pages/visit.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMostDetails = 20;
/// The library compresses this very type, and neither what is said more exactly nor with a charset.
constexpr const char* kJson = "application/json";

/// "west,south,east,north".
Area query_area(const Call& call) {
  const std::string text = call.required_query("bbox");
  double edges[4] = {};
  std::size_t count = 0;
  for (const char* at = text.data(); count < 4;) {
    const auto [next, fault] = std::from_chars(at, text.data() + text.size(), edges[count], std::chars_format::fixed);
    if (fault != std::errc{} || !std::isfinite(edges[count])) break;
    ++count;
    if (next == text.data() + text.size()) {
      if (count == 4 && edges[0] <= edges[2] && edges[1] <= edges[3]) return {edges[1], edges[0], edges[3], edges[2]};
      break;
    }
    if (*next != ',') break;
    at = next + 1;
  }
  throw Error{ErrorCode::malformed, "\"" + text + "\" is not understood; bbox is written as west,south,east,north, such as 13.4,55.9,13.6,56.0.", "bbox"};
}

int query_zoom(const Call& call) { return static_cast<int>(call.query_whole("zoom", 0, 22).value_or(0)); }

/// "open", "all", or states with commas between them.
std::vector<CaseState> query_states(const Call& call) {
  const std::string text = call.query("state").value_or("open");
  std::vector<CaseState> states;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string name = text.substr(begin, end - begin);
    const auto state = code_from<CaseState>(name);
    if (name == "open") states.insert(states.end(), {CaseState::unassigned, CaseState::assigned});
    else if (name == "all") states.insert(states.end(), {CaseState::unassigned, CaseState::assigned, CaseState::removed, CaseState::dismissed, CaseState::not_removed});
    else if (state && *state != CaseState::merged) states.push_back(*state);
    else throw Error{ErrorCode::malformed, "\"" + name + "\" is no state; it is open, all, unassigned, assigned, removed, dismissed or not_removed.", "state"};
    begin = end + 1;
  }
  return states;
}

/// What is made for who has signed in is nobody else's.
void answer_data(Visit& visit, std::string text, const char* type, const char* for_all) {
  visit.call.response.set_header("Vary", "Cookie");
  visit.call.response.set_header("Cache-Control", visit.visitor ? "private, no-store" : for_all);
  visit.call.response.set_content(std::move(text), type);
}

/// Seven decimals are a centimetre, and more than the rounding of a place shows.
double seventh(double degrees) { return std::round(degrees * 1e7) / 1e7; }

void write_point(JsonWriter& out, Point point) {
  out.write(seventh(point.lon));
  out.write(seventh(point.lat));
}

void get_cases(Visit& visit) {
  Call& call = visit.call;
  call.allow_query({"bbox", "zoom", "state", "clock", "owner", "lang"});
  CaseMap::Query query;
  query.area = query_area(call);
  query.zoom = query_zoom(call);
  query.states = query_states(call);
  query.clock = call.query_code<ClockState>("clock");
  query.owner_id = call.query("owner");
  query.viewer = visit.actor();
  query.now = call.now;
  const CaseMap::Found found = call.app.maps.cases.find(visit.municipality.id, query);
  const ReferenceCipher& references = call.app.store.references();
  answer_data(visit, json_text([&](JsonWriter& out) {
    const auto write_spot = [&](const CaseMap::Spot& spot) {
      out.member("type", "Feature");
      out.object("geometry", [&] {
        out.member("type", "Point");
        out.array("coordinates", [&] { write_point(out, spot.point); });
      });
      out.object("properties", [&] {
        if (spot.count > 1) {
          out.member("count", spot.count);
          out.array("bbox", [&] {
            write_point(out, {spot.bounds.south, spot.bounds.west});
            write_point(out, {spot.bounds.north, spot.bounds.east});
          });
        } else {
          out.member("reference", references.encode(spot.id));
          out.member("code", spot.clock ? to_code(*spot.clock) : to_code(spot.state));
          if (spot.rounded) out.member("rounded", true);
        }
      });
    };
    out.object([&] {
      out.member("type", "FeatureCollection");
      out.member("total", found.total);
      out.array("features", [&] {
        for (const CaseMap::Spot& spot : found.spots) out.object([&] { write_spot(spot); });
      });
    });
  }), kJson, "no-cache");
}

/// A few cases in words, for the box that opens on the map.
void get_details(Visit& visit) {
  Call& call = visit.call;
  call.allow_query({"id", "lang"});
  const std::string text = call.required_query("id");
  const ReferenceCipher& references = call.app.store.references();
  std::vector<CaseId> ids;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const auto id = references.decode_case(text.substr(begin, end - begin));
    if (id && id->municipality() == visit.municipality.id) ids.push_back(*id);
    if (ids.size() > kMostDetails) throw Error{ErrorCode::malformed, "At most 20 cases are told of at once.", "id"};
    begin = end + 1;
  }
  const Words& words = visit.words;
  const auto body = read(call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    return json_text([&](JsonWriter& out) {
      out.object([&] {
        out.array("items", [&] {
          for (const CaseId id : ids) {
            const auto row = transaction.cases().find(id);
            if (!row || row->state == CaseState::merged) continue;
            const std::string place = place_in_words(shown_place(*row, *settings, view_for(visit.actor(), *row)));
            const auto clock = clock_of(*row, call.now);
            const auto photos = photos_shown(transaction, *row, visit.actor());
            out.object([&] {
              out.member("reference", references.encode(id));
              out.member("place", place.empty() ? words("place_unknown") : place);
              out.member("category", words("category_" + std::string{to_code(row->category)}));
              out.member("status", words(clock ? "clock_" + std::string{to_code(*clock)} : "state_" + std::string{to_code(row->state)}));
              if (clock) out.member("due", words.left(row->due_at, call.now));
              if (!photos.empty()) out.member("thumb", visit.base + "/bilder/" + references.encode(photos.front().photo.id) + "?size=thumb");
            });
          }
        });
      });
    });
  });
  answer_data(visit, body, kJson, "no-cache");
}

/// Outlines and designations are no secret; whose they are is for those who work with it.
void get_outlines(Visit& visit) {
  Call& call = visit.call;
  call.allow_query({"bbox", "zoom", "lang"});
  const Area area = query_area(call);
  const int zoom = query_zoom(call);
  const LocalDate today = read(call, [&](Transaction& transaction) { return visit.settings(transaction)->zone.date_of(call.now); });
  const OutlineMap::Found found = call.app.maps.outlines.find(visit.municipality.id, area, zoom, today);
  const bool staff = visit.actor().role == Role::municipality || visit.actor().role == Role::police;
  const auto write_ring = [](JsonWriter& out, const std::vector<Point>& ring) {
    out.array([&] {
      for (const Point& point : ring) out.array([&] { write_point(out, point); });
    });
  };
  answer_data(visit, json_text([&](JsonWriter& out) {
    const auto write_outline = [&](const OutlineMap::Outline& outline) {
      out.member("type", "Feature");
      out.object("geometry", [&] {
        out.member("type", "MultiPolygon");
        out.array("coordinates", [&] {
          for (const Polygon& polygon : outline.polygons)
            out.array([&] {
              write_ring(out, polygon.outer);
              for (const auto& hole : polygon.holes) write_ring(out, hole);
            });
        });
      });
      out.object("properties", [&] {
        out.member("designation", outline.designation);
        if (staff) out.member("owner", outline.owner_id);
      });
    };
    out.object([&] {
      out.member("type", "FeatureCollection");
      out.member("more", found.more);
      out.array("features", [&] {
        for (const OutlineMap::Outline& outline : found.outlines) out.object([&] { write_outline(outline); });
      });
    });
  }), kJson, "public, max-age=600");
}

std::optional<int> whole(const std::string& text) {
  int number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size() && text.size() < 8 ? std::optional{number} : std::nullopt;
}

/// So that nobody makes the operator's map service draw the whole world: what a map of the municipality shows, and some way around it.
bool is_near(const TileId& tile, const Municipality& municipality) {
  constexpr int kFarZoom = 8;
  constexpr double kAround = 0.5;  // degrees
  if (tile.z <= kFarZoom || !municipality.area) return true;
  const Area shown = area_of(tile), &own = *municipality.area;
  return shown.west <= own.east + kAround && shown.east >= own.west - kAround && shown.south <= own.north + kAround && shown.north >= own.south - kAround;
}

void get_tile(Visit& visit) {
  Call& call = visit.call;
  const auto z = whole(visit.parameter(0)), x = whole(visit.parameter(1)), y = whole(visit.parameter(2));
  const auto tile = z && x && y ? tile_of(*z, *x, *y) : std::nullopt;
  TileCache* tiles = call.app.maps.tiles.get();
  const auto kept = tiles && tile && tile->z <= call.app.maps.closest_tiles && is_near(*tile, visit.municipality) ? tiles->get(*tile) : nullptr;
  if (!kept) throw Error{ErrorCode::not_found, "There is no such tile."};
  call.response.set_header("Cache-Control", "public, max-age=86400");
  call.response.set_content(kept->bytes, std::string{kept->content_type});
}

}  // namespace

std::vector<Route> map_routes() {
  return page_routes_of({{"GET", "/karta/arenden.geojson", kPublic, get_cases},
                         {"GET", "/karta/arenden.json", kPublic, get_details},
                         {"GET", "/karta/fastigheter.geojson", kPublic, get_outlines},
                         {"GET", "/karta/rutor/{}/{}/{}", kPublic, get_tile}});
}

}  // namespace klotterkoll
