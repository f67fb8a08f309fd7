#include <doctest/doctest.h>
#include <httplib.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "case_map.h"
#include "domain/user.h"
#include "outline_map.h"
#include "sessions.h"
#include "support/receivers.h"
#include "support/test_service.h"
#include "workflow/sign_in.h"
#include "world.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::days;

namespace {

const std::string kCases = "/1267/karta/arenden.geojson?zoom=14&bbox=";
const std::string kAround = "13.50,55.90,13.60,55.95";

/// What a browser gets: no part of the contract.
Answer ask(TestService& service, const std::string& path, const Headers& headers = {}) {
  httplib::Client http{"127.0.0.1", service.port()};
  http.set_read_timeout(60);
  const auto result = http.Get(path, httplib::Headers{headers.begin(), headers.end()});
  REQUIRE_MESSAGE(result, path << ": " << httplib::to_string(result.error()));
  Answer answer;
  answer.status = result->status;
  answer.body = result->body;
  for (const auto& [name, value] : result->headers) answer.headers.emplace(fold(name), value);
  return answer;
}

/// The cookie of a new user, signed in.
Headers signed_in(TestService& service, Role role, const std::string& owner_id = "", const std::string& code = "1267") {
  RandomIdSource ids;
  std::string secret;
  service.store->write([&](Transaction& transaction) {
    User user;
    user.name = "Kim Ek";
    user.home = transaction.municipalities().find_id(code).value();
    user.scopes = {{user.home, role, owner_id, false}};
    user.email = std::string{to_code(role)} + owner_id + code + "@example.se";
    user.created_at = service.clock.now();
    user.id = transaction.users().add(user);
    secret = begin_session(transaction, user, ids, service.clock.now());
  });
  return {{"Cookie", std::string{kSessionCookie} + "=" + secret}};
}

json report_at(double lat, double lon, const char* category = "tag", const std::string& address = "") {
  json report{{"category", category}, {"location", {{"lat", lat}, {"lon", lon}}}};
  if (!address.empty()) report["location"]["address"] = address;
  return report;
}

json cases_in(TestService& service, const std::string& bbox, const Headers& headers = {}, const std::string& path = kCases) {
  const Answer answer = ask(service, path + bbox, headers);
  CAPTURE(answer.body);
  REQUIRE(answer.status == 200);
  return answer.json();
}

/// [lon, lat] of the case; null when it is not there.
json place_of(const json& answer, const std::string& reference) {
  for (const json& feature : answer["features"])
    if (feature["properties"].value("reference", "") == reference) return feature["geometry"]["coordinates"];
  return nullptr;
}

json feature_of(const json& answer, const std::string& reference) {
  for (const json& feature : answer["features"])
    if (feature["properties"].value("reference", "") == reference) return feature["properties"];
  return nullptr;
}

bool near(const json& place, double lon, double lat) { return place.is_array() && std::abs(place[0].get<double>() - lon) < 2e-7 && std::abs(place[1].get<double>() - lat) < 2e-7; }

json square(const char* designation, const char* owner, double west, double south, double side) {
  return {{"designation", designation},
          {"owner_id", owner},
          {"geometry", {{"type", "Polygon"}, {"coordinates", {{{west, south}, {west + side, south}, {west + side, south + side}, {west, south + side}, {west, south}}}}}}};
}

}  // namespace

TEST_CASE("map: everybody sees cases where they may, and a hidden place only rounded, also to who asks for its exact point") {
  TestService service;
  const std::string plain = service.open_case(report_at(55.936213, 13.540512));
  const std::string hate = service.open_case(report_at(55.936213, 13.540512, "hate"));
  const std::string obscene = service.open_case(report_at(55.936213, 13.541512, "obscene"));
  const std::string private_one = service.open_case(report_at(55.937213, 13.542512, "tag", "Storgatan 7"));
  const json everybody = cases_in(service, kAround);
  CHECK(everybody["total"] == 4);
  CHECK(near(place_of(everybody, plain), 13.540512, 55.936213));
  CHECK(near(place_of(everybody, hate), 13.541, 55.936));
  CHECK(near(place_of(everybody, obscene), 13.542, 55.936));
  CHECK(near(place_of(everybody, private_one), 13.543, 55.937));
  CHECK(feature_of(everybody, hate)["rounded"] == true);
  CHECK_FALSE(feature_of(everybody, plain).contains("rounded"));
  // A narrow rectangle around the exact place finds what is shown there, and nothing of what is not.
  const json narrow = cases_in(service, "13.5405,55.9362,13.5406,55.9363");
  CHECK(narrow["total"] == 1);
  CHECK(place_of(narrow, plain).is_array());
  CHECK(cases_in(service, "13.5409,55.9359,13.5411,55.9361")["total"] == 1);  // where the rounded one stands

  // Those who work with it see the exact places: all of them, or the owner's own.
  for (const Role role : {Role::municipality, Role::police}) {
    const json staff = cases_in(service, kAround, signed_in(service, role));
    for (const auto& [reference, lon, lat] : {std::tuple{hate, 13.540512, 55.936213}, {obscene, 13.541512, 55.936213}, {private_one, 13.542512, 55.937213}})
      CHECK(near(place_of(staff, reference), lon, lat));
  }
  const json ann = cases_in(service, kAround, signed_in(service, Role::owner, "ann"));
  CHECK(near(place_of(ann, private_one), 13.542512, 55.937213));
  CHECK(near(place_of(ann, hate), 13.541, 55.936));
  const json neighbour = cases_in(service, kAround, signed_in(service, Role::municipality, "", "1266"));
  CHECK(near(place_of(neighbour, hate), 13.541, 55.936));
  CHECK(near(place_of(neighbour, private_one), 13.543, 55.937));
}

TEST_CASE("map: a place becomes hidden with the category, the owner and the owner's kind, at once") {
  TestService service;
  const std::string reference = service.open_case(report_at(55.936213, 13.540512, "tag", "Industrigatan 4"));
  CHECK(near(place_of(cases_in(service, kAround), reference), 13.540512, 55.936213));
  service.store->write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().find_settings("1267");
    Owner eon = transaction.owners().find(settings->municipality.id, "eon").value();
    eon.kind = OwnerKind::private_owner;
    transaction.owners().save(*settings, eon);
  });
  CHECK(near(place_of(cases_in(service, kAround), reference), 13.541, 55.936));
  const Answer changed = service.put(kHoor + "/cases/" + reference + "/assignment", service.officer, {{"owner_id", "hfab"}});
  REQUIRE(changed.status < 300);
  CHECK(near(place_of(cases_in(service, kAround), reference), 13.540512, 55.936213));
}

TEST_CASE("map: what is on the edge of the rectangle is in it, and what is a hair beside it is not") {
  TestService service;
  const std::string reference = service.open_case(report_at(55.936, 13.54));
  for (const char* within : {"13.54,55.936,13.55,55.94", "13.53,55.93,13.54,55.936", "13.54,55.936,13.54,55.936"}) {
    CAPTURE(within);
    CHECK(cases_in(service, within)["total"] == 1);
  }
  for (const char* beside : {"13.5400001,55.93,13.55,55.94", "13.53,55.93,13.5399999,55.94", "13.53,55.9360001,13.55,55.94", "13.53,55.93,13.55,55.9359999"}) {
    CAPTURE(beside);
    CHECK(cases_in(service, beside)["total"] == 0);
  }
  for (const std::string bad : {"", "13.5,55.9,13.6", "13.5,55.9,13.6,55.95,1", "13.6,55.9,13.5,55.95", "13.5,55.95,13.6,55.9", "a,b,c,d", "13.5,55.9,13.6,nan", "13.5,55.9,13.6,", "1e1,55.9,13.6,56"}) {
    CAPTURE(bad);
    CHECK(ask(service, kCases + bad).status == 400);
  }
  CHECK(ask(service, "/1267/karta/arenden.geojson?zoom=23&bbox=" + kAround).status == 400);
  CHECK(ask(service, kCases + kAround + "&state=merged").status == 400);
  CHECK(ask(service, kCases + kAround + "&clock=late").status == 400);
  CHECK(ask(service, "/9999/karta/arenden.geojson?bbox=" + kAround).status == 404);
}

TEST_CASE("map: states, clocks and owners are filters, and an owner who is not named is found by nobody else") {
  TestService service;
  const std::string hfabs = service.open_case(report_at(55.931, 13.541, "tag", "Storgatan 12"));
  const std::string eons = service.open_case(report_at(55.932, 13.542, "tag", "Industrigatan 4"));
  const std::string gone = service.open_case(report_at(55.933, 13.543, "tag", "Storgatan 14"));
  REQUIRE(service.put(kHoor + "/cases/" + gone + "/removal", service.hfab, {{"removed_at", format_instant(service.clock.now())}}).status < 300);
  const auto count = [&](const std::string& filter, const Headers& headers = {}) { return cases_in(service, kAround + filter, headers)["total"].get<int>(); };
  CHECK(count("") == 2);
  CHECK(count("&state=open") == 2);
  CHECK(count("&state=all") == 3);
  CHECK(count("&state=removed") == 1);
  CHECK(count("&state=removed,assigned") == 3);
  CHECK(count("&owner=hfab") == 1);
  CHECK(count("&owner=eon") == 0);  // a company, which is not named
  CHECK(count("&owner=nobody") == 0);
  const Headers officer = signed_in(service, Role::municipality), eon = signed_in(service, Role::owner, "eon"), hfab = signed_in(service, Role::owner, "hfab");
  CHECK(count("&owner=eon", officer) == 1);
  CHECK(count("&owner=eon", eon) == 1);
  CHECK(count("&owner=eon", hfab) == 0);
  CHECK(count("&clock=on_track") == 2);
  CHECK(count("&clock=overdue") == 0);
  service.clock.set(service.clock.now() + days{5});
  CHECK(count("&clock=overdue") == 2);
  CHECK(feature_of(cases_in(service, kAround), hfabs)["code"] == "overdue");
  CHECK(feature_of(cases_in(service, kAround + "&state=removed"), gone)["code"] == "removed");
  // What is made for somebody is kept nowhere.
  CHECK(ask(service, kCases + kAround, officer).header("cache-control") == "private, no-store");
  CHECK(ask(service, kCases + kAround).header("cache-control") == "no-cache");
  CHECK(ask(service, kCases + kAround).header("vary").find("Cookie") != std::string::npos);
}

TEST_CASE("map: each municipality has its own cases") {
  TestService service;
  service.open_case(report_at(55.936, 13.54));
  CHECK(cases_in(service, "13,55,15,57")["total"] == 1);
  CHECK(cases_in(service, "13,55,15,57", {}, "/1266/karta/arenden.geojson?zoom=9&bbox=")["total"] == 0);
}

TEST_CASE("map: above 500 cases there are clusters, which add up, also of rounded places") {
  TestService service;
  const auto add = [&](int count, int from, Category category) {
    service.store->write([&](Transaction& transaction) {
      const auto settings = transaction.municipalities().find_settings("1267");
      for (int n = from; n < from + count; ++n) {
        CaseRow row;
        row.id = transaction.next_case_id(settings->municipality.id);
        row.category = category;
        row.place.point = Point{55.900123 + 0.0001 * (n % 97), 13.500123 + 0.0002 * (n % 89)};
        row.opened_at = row.clock_started_at = row.first_reported_at = row.first_received_at = service.clock.now();
        row.due_at = row.due_at_without_holds = service.clock.now() + days{3};
        transaction.cases().add(row, settings->policies.front(), settings->zone);
      }
    });
  };
  add(500, 0, Category::tag);
  const json exact = cases_in(service, kAround);
  CHECK(exact["total"] == 500);
  CHECK(exact["features"].size() == 500);
  CHECK(std::ranges::none_of(exact["features"], [](const json& one) { return one["properties"].contains("count"); }));
  add(200, 500, Category::hate);
  for (const int zoom : {5, 12, 14, 16, 19, 22}) {
    CAPTURE(zoom);
    // What was added past the history is read with the whole.
    CaseMap map{*service.store};
    CaseMap::Query query;
    query.area = {55.90, 13.50, 55.95, 13.60};
    query.zoom = zoom;
    query.now = service.clock.now();
    MunicipalityId id = 0;
    service.store->read([&](Transaction& transaction) { id = transaction.municipalities().find_id("1267").value(); });
    const auto found = map.find(id, query);
    CHECK(found.total == 700);
    CHECK(found.spots.size() < 1100);
    std::int64_t sum = 0;
    for (const CaseMap::Spot& spot : found.spots) {
      sum += spot.count;
      CHECK(query.area.contains(spot.point));
      if (spot.count > 1) CHECK(spot.bounds.contains(spot.point));
      if (spot.count == 1 && spot.rounded) CHECK(std::abs(spot.point.lat * 1000 - std::round(spot.point.lat * 1000)) < 1e-3);
    }
    CHECK(sum == found.total);
    if (zoom == 5) CHECK(found.spots.size() < 5);
  }
}

TEST_CASE("map: the box of a case tells what its page may tell, for a few cases at once") {
  TestService service;
  const std::string plain = service.open_case(report_at(55.936213, 13.540512, "tag", "Storgatan 12")), hate = service.open_case(report_at(55.936213, 13.540512, "hate", "Storgatan 14"));
  const auto details = [&](const std::string& ids, const Headers& headers = {}, const std::string& language = "") {
    return ask(service, "/1267/karta/arenden.json?id=" + ids + language, headers);
  };
  const json items = details(plain + "," + hate + ",XXXX-XXXX-XX").json()["items"];
  REQUIRE(items.size() == 2);
  CHECK(items[0]["reference"] == plain);
  CHECK(items[0]["place"] == "Storgatan 12");
  CHECK(items[0]["category"] == "Tagg");
  CHECK(items[0]["status"] == "i tid");
  CHECK(items[0]["due"].get<std::string>().find("kvar") != std::string::npos);
  CHECK(items[1]["place"] == "Storgatan");
  CHECK(details(hate, signed_in(service, Role::municipality)).json()["items"][0]["place"] == "Storgatan 14");
  CHECK(details(plain, {}, "&lang=en").json()["items"][0]["status"] == "on track");
  CHECK(ask(service, "/1266/karta/arenden.json?id=" + plain).json()["items"].empty());
  std::string many = plain;
  for (int n = 1; n < 20; ++n) many += "," + plain;
  CHECK(details(many).status == 200);
  CHECK(details(many + "," + plain).status == 400);
  CHECK(details("").status == 400);
}

TEST_CASE("map: outlines tell the designation to everybody and the owner to those who work with it") {
  TestService service;
  const Answer first = service.post(kHoor + "/properties", service.officer, square("Kvarnbäck 5:1", "hfab", 13.54, 55.93, 0.002));
  REQUIRE(first.status == 201);
  REQUIRE(service.post(kHoor + "/properties", service.officer, square("Kvarnbäck 5:2", "ann", 13.545, 55.93, 0.001)).status == 201);
  const auto outlines = [&](const std::string& bbox, int zoom, const Headers& headers = {}, const std::string& code = "1267") {
    const Answer answer = ask(service, "/" + code + "/karta/fastigheter.geojson?zoom=" + std::to_string(zoom) + "&bbox=" + bbox, headers);
    CAPTURE(answer.body);
    REQUIRE(answer.status == 200);
    return answer.json();
  };
  const json everybody = outlines(kAround, 16);
  REQUIRE(everybody["features"].size() == 2);
  CHECK(everybody["more"] == false);
  const json& larger = everybody["features"][0];
  CHECK(larger["properties"]["designation"].get<std::string>().find("5:1") != std::string::npos);
  CHECK_FALSE(larger["properties"].contains("owner"));
  CHECK(larger["geometry"]["coordinates"][0][0].size() == 5);
  CHECK(outlines(kAround, 16, signed_in(service, Role::owner, "hfab"))["features"][0]["properties"].contains("owner") == false);
  CHECK(outlines(kAround, 16, signed_in(service, Role::municipality, "", "1266"))["features"][0]["properties"].contains("owner") == false);
  CHECK(outlines(kAround, 16, signed_in(service, Role::police))["features"][0]["properties"]["owner"] == "hfab");
  // The edges of the rectangle, both sides.
  CHECK(outlines("13.53,55.92,13.54,55.94", 16)["features"].size() == 1);
  CHECK(outlines("13.53,55.92,13.5399999,55.94", 16)["features"].empty());
  CHECK(outlines("13.546,55.93,13.56,55.94", 16)["features"].size() == 1);
  CHECK(outlines("13.5460001,55.93,13.56,55.94", 16)["features"].empty());
  // From far away there is nothing to be seen.
  CHECK(outlines(kAround, 12)["features"].empty());
  CHECK(outlines(kAround, 12)["more"] == true);
  CHECK(outlines(kAround, 13)["features"].size() == 2);
  CHECK(outlines(kAround, 16, {}, "1266")["features"].empty());
  // A property that is moved or removed is shown as it is then.
  const std::string path = kHoor + "/properties/" + first.json()["property_id"].get<std::string>();
  REQUIRE(service.erase(path, service.officer, {{"If-Match", first.header("etag")}}).status < 300);
  CHECK(outlines(kAround, 16)["features"].size() == 1);
}

TEST_CASE("map: of a register too large for the map the largest properties are shown") {
  TestService service;
  MunicipalityId id = 0;
  service.store->write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().find_settings("1267");
    id = settings->municipality.id;
    for (int n = 0; n < 450; ++n) {
      Property property;
      property.id = transaction.next_property_id(id);
      property.designation = "HÖÖR TRAKTEN 1:" + std::to_string(n);
      property.owner_id = "hfab";
      const double west = 13.5 + (n % 30) * 0.001, south = 55.9 + (n / 30) * 0.001, side = n < 50 ? 0.0002 : 0.0008;
      property.shape.polygons = {{{{south, west}, {south, west + side}, {south + side, west + side}, {south + side, west}, {south, west}}, {}}};
      transaction.land().save(*settings, property);
    }
  });
  OutlineMap map{*service.store};
  const auto found = map.find(id, {55.8, 13.4, 56.0, 13.7}, 15, parse_date("2026-11-16").value());
  CHECK(found.more);
  CHECK(found.outlines.size() == OutlineMap::kMost);
  CHECK(std::ranges::all_of(found.outlines, [](const auto& one) { return one.polygons[0].outer[1].lon - one.polygons[0].outer[0].lon > 0.0007; }));
}

TEST_CASE("map: a ring keeps its form to the pixel, and no more corners than it needs for that") {
  std::vector<Point> ring;
  for (int n = 0; n <= 2000; ++n) {
    const double turn = 2 * 3.14159265358979 * (n % 2000) / 2000;
    ring.push_back({55.93 + 0.001 * std::sin(turn), 13.54 + 0.002 * std::cos(turn)});
  }
  const auto far = simplified(ring, 13), close = simplified(ring, 19);
  CHECK(far.size() < 40);
  CHECK(close.size() > far.size());
  CHECK(close.size() < 600);
  CHECK(far.front() == far.back());
  // No corner lies further from what is left than a pixel.
  for (const Point& corner : ring) {
    double nearest = 1e9;
    for (std::size_t at = 0; at + 1 < far.size(); ++at) {
      const Point a = far[at], b = far[at + 1];
      for (int part = 0; part <= 50; ++part)
        nearest = std::min(nearest, std::hypot(a.lat + (b.lat - a.lat) * part / 50 - corner.lat, (a.lon + (b.lon - a.lon) * part / 50 - corner.lon) * 0.56));
    }
    CHECK(nearest < 360.0 / (256 << 13) * 0.56 + 1e-5);
  }
  CHECK(simplified(std::vector<Point>{{55.93, 13.54}, {55.9300001, 13.54}, {55.93, 13.5400001}, {55.93, 13.54}}, 13).empty());
}

TEST_CASE("map: a place on the world and back is the same to a centimetre, and order is kept") {
  for (const Point point : {Point{55.9362, 13.5405}, Point{69.06, 20.55}, Point{0, 0}, Point{-33.9, 151.2}}) {
    const Point back = from_world(to_world(point));
    CHECK(std::abs(back.lat - point.lat) < 1e-7);
    CHECK(std::abs(back.lon - point.lon) < 1e-7);
  }
  CHECK(to_world({90, 180}).x == 0xFFFFFFFFU);
  CHECK(to_world({55.9, 13.5}).y > to_world({55.9000001, 13.5}).y);
}

TEST_CASE("map: tiles come through us, within the municipality's surroundings, and without a map service there are none") {
  const auto receiver = Receiver::of_tiles();
  const auto with = [&](const std::string& kind) {
    ServeOptions options = TestService::quiet();
    options.tiles = "http://127.0.0.1:" + std::to_string(receiver.port()) + "/" + kind + "/{z}/{x}/{y}";
    options.tiles_attribution = "© Lantmäteriet";
    return options;
  };
  TestService service{with("png")};
  const std::string tile = "/1267/karta/rutor/14/8808/5107";
  const Answer picture = ask(service, tile);
  CHECK(picture.status == 200);
  CHECK(picture.header("content-type") == "image/png");
  CHECK(picture.header("cache-control") == "public, max-age=86400");
  CHECK(picture.body.size() > 300);
  CHECK(ask(service, tile).status == 200);
  CHECK(receiver.taken().size() == 1);
  for (const char* none : {"14/8808", "14/8808/x", "14/8808/99999999999", "20/1/1", "3/8/0", "-1/0/0", "14/0/0", "14/8808/5107.png", "1e1/1/1"}) {
    CAPTURE(none);
    CHECK(ask(service, "/1267/karta/rutor/" + std::string{none}).status == 404);
  }
  CHECK(ask(service, "/1267/karta/rutor/19/281863/163441").status == 404);  // closer than the map service goes
  CHECK(receiver.taken().size() == 1);
  CHECK(ask(service, "/1267/karta/rutor/18/140931/81720").status == 200);
  CHECK(ask(service, "/1267/karta/rutor/5/17/9").status == 200);  // from far away all of it
  for (const std::string kind : {"html", "fail", "big"}) {
    CAPTURE(kind);
    TestService broken{with(kind)};
    const Answer refused = ask(broken, tile);
    CHECK(refused.status == 503);
    CHECK(refused.body.find("127.0.0.1:" + std::to_string(receiver.port())) == std::string::npos);
  }
  TestService absent{with("absent")};
  CHECK(ask(absent, tile).status == 404);
  TestService without;
  CHECK(ask(without, tile).status == 404);
}
