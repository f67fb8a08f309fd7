// The register over HTTP, and who owns a spot.

#include <doctest/doctest.h>

#include <cmath>

#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

/// A square of a thousandth of a degree from the corner on.
json square(double lon, double lat) {
  const auto exact = [](double degrees) { return std::round(degrees * 1e7) / 1e7; };
  const double east = exact(lon + 0.001), north = exact(lat + 0.001);
  return {{"type", "Polygon"}, {"coordinates", {{{lon, lat}, {east, lat}, {east, north}, {lon, north}, {lon, lat}}}}};
}

json property(const std::string& designation, const std::string& owner_id, double lon = 13.54, double lat = 55.93) {
  return {{"designation", designation}, {"owner_id", owner_id}, {"geometry", square(lon, lat)}};
}

json at_point(double lat, double lon) { return {{"location", {{"lat", lat}, {"lon", lon}}}, {"category", "tag"}}; }

}  // namespace

TEST_CASE("register: a property is added, changed with the tag that was seen, sold, and removed") {
  TestService service;
  const std::string path = kHoor + "/properties";
  json wanted = property("kvarnbäck 5:1", "hfab");
  wanted["addresses"] = {"Nygatan 1"};
  wanted["valid_from"] = "2020-01-01";
  const Answer made = service.post(path, service.officer, wanted, {{"Idempotency-Key", "property-0000000001"}});
  REQUIRE(made.status == 201);
  CHECK(made.json()["designation"] == "HÖÖR KVARNBÄCK 5:1");
  CHECK(made.json()["geometry"] == wanted["geometry"]);
  const std::string id = made.json()["property_id"];
  CHECK(made.header("location") == service.url() + path + "/" + id);
  CHECK(service.post(path, service.officer, wanted, {{"Idempotency-Key", "property-0000000001"}}).json() == made.json());
  CHECK(service.post(path, service.officer, wanted).status == 409);

  const Answer seen = service.get(path + "/" + id, service.officer);
  CHECK(seen.json() == made.json());
  CHECK(seen.header("etag") == "\"1.municipality\"");
  json sold = wanted;
  sold["valid_to"] = "2026-11-20";
  CHECK(service.put(path + "/" + id, service.officer, sold).status == 428);
  const Answer ended = service.put(path + "/" + id, service.officer, sold, {{"If-Match", seen.header("etag")}});
  REQUIRE(ended.status == 200);
  CHECK(ended.json()["valid_to"] == "2026-11-20");
  CHECK(ended.json()["version"] == 2);
  CHECK(service.put(path + "/" + id, service.officer, wanted, {{"If-Match", seen.header("etag")}}).status == 412);
  CHECK(service.put(path + "/" + id, service.officer, sold, {{"If-Match", ended.header("etag")}}).json()["version"] == 2);
  json bought = property("Kvarnbäck 5:1", "eon");
  bought["valid_from"] = "2026-11-20";
  CHECK(service.post(path, service.officer, bought).status == 201);

  const json all = service.get(path, service.officer).json();
  CHECK(all["_meta"]["total_records"] == 2);
  CHECK_FALSE(all["items"][0].contains("geometry"));
  CHECK(service.get(path + "?owner_id=eon", service.officer).items().size() == 1);
  CHECK(service.get(path + "?on=2021-01-01", service.officer).items().at(0)["owner_id"] == "hfab");
  CHECK(service.get(path + "?designation=KVARNB%C3%84CK%205:1", service.officer).items().size() == 2);
  CHECK(service.get(path + "?designation=5", service.officer).items().empty());
  // Another municipality's is not found, whoever asks there.
  CHECK(service.get(kHorby + "/properties/" + id, service.horby_officer).status == 404);
  CHECK(service.erase(kHorby + "/properties/" + id, service.horby_officer, {{"If-Match", "\"2\""}}).status == 404);
  CHECK(service.erase(path + "/" + id, service.officer, {{"If-Match", "\"1\""}}).status == 412);
  CHECK(service.erase(path + "/" + id, service.officer, {{"If-Match", "\"2\""}}).status == 204);
  CHECK(service.get(path + "/" + id, service.officer).status == 404);
}

TEST_CASE("register: a property that changes hands keeps whose it was, and a wrong owner is corrected on request") {
  TestService service;  // it is 16 November 2026
  const std::string path = kHoor + "/properties";
  json wanted = property("Kvarnbäck 5:1", "hfab");
  wanted["addresses"] = {"Nygatan 1"};
  wanted["valid_from"] = "2020-01-01";
  const json first = service.post(path, service.officer, wanted).json();
  const std::string own = path + "/" + first["property_id"].get<std::string>();
  const auto put = [&](const std::string& where, const json& body, const std::string& version) {
    return service.put(where, service.officer, body, {{"If-Match", "\"" + version + "\""}});
  };
  const auto owners_on = [&](const char* day) {
    std::string all;
    for (const json& one : service.get(path + "?on=" + day, service.officer).items()) all += one["owner_id"].get<std::string>() + " ";
    return all;
  };
  json bought = wanted;  // as it was read, with another owner: today
  bought["owner_id"] = "eon";
  bought["addresses"] = {"Nygatan 1", "Nygatan 3"};
  const Answer sold = put(own, bought, "1");
  REQUIRE(sold.status == 201);
  CHECK(sold.json()["owner_id"] == "eon");
  CHECK(sold.json()["valid_from"] == "2026-11-16");
  CHECK(sold.json()["valid_to"].is_null());
  CHECK(sold.json()["addresses"] == bought["addresses"]);
  CHECK(sold.json()["geometry"] == first["geometry"]);
  CHECK(sold.json()["property_id"] != first["property_id"]);
  const std::string next = path + "/" + sold.json()["property_id"].get<std::string>();
  CHECK(sold.header("location") == service.url() + next);
  CHECK(sold.header("etag") == "\"1.municipality\"");
  const json ended = service.get(own, service.officer).json();
  CHECK(ended["owner_id"] == "hfab");
  CHECK(ended["valid_from"] == "2020-01-01");
  CHECK(ended["valid_to"] == "2026-11-16");
  CHECK(ended["addresses"] == wanted["addresses"]);
  CHECK(ended["version"] == 2);
  CHECK(owners_on("2026-11-15") == "hfab ");
  CHECK(owners_on("2026-11-16") == "eon ");
  CHECK(put(own, bought, "1").status == 412);  // sent again it sells nothing twice

  // On a day that the body tells; on the first day of the present owner, or when it is nobody's any more, there is nothing to take over.
  bought = sold.json();
  for (const char* left_out : {"property_id", "version"}) bought.erase(left_out);
  bought["owner_id"] = "ann";
  const Answer same_day = put(next, bought, "1");
  CHECK(same_day.status == 422);
  CHECK(same_day.fault("/valid_from").find("eon's from 2026-11-16") != std::string::npos);
  CHECK(put(own, bought, "2").status == 422);
  bought["valid_from"] = "2027-01-01";
  bought["owner_id"] = "nobody";
  CHECK_FALSE(put(next, bought, "1").fault("/owner_id").empty());
  bought["owner_id"] = "ann";
  bought["designation"] = "Kvarnbäck 5:2";
  CHECK_FALSE(put(next, bought, "1").fault("/designation").empty());
  bought["designation"] = "Kvarnbäck 5:1";
  CHECK(service.get(next, service.officer).json() == sold.json());
  CHECK(put(next, bought, "1").status == 201);
  CHECK(owners_on("2026-12-31") == "eon ");
  CHECK(owners_on("2027-01-01") == "ann ");

  // The owner was wrong from the start.
  json right = ended;
  for (const char* left_out : {"property_id", "version"}) right.erase(left_out);
  right["owner_id"] = "ann";
  CHECK(put(own + "?correction=maybe", right, "2").status == 400);
  const Answer corrected = put(own + "?correction=true", right, "2");
  REQUIRE(corrected.status == 200);
  CHECK(corrected.json()["property_id"] == first["property_id"]);
  CHECK(corrected.json()["owner_id"] == "ann");
  CHECK(owners_on("2020-01-01") == "ann ");
  CHECK(service.get(path, service.officer).json()["_meta"]["total_records"] == 3);
  CHECK(service.events() == 0);
}

TEST_CASE("register: geometry that lies is refused with a sentence") {
  TestService service;
  const std::string path = kHoor + "/properties";
  const auto post = [&](const json& geometry) {
    json body = property("Kvarnbäck 5:1", "hfab");
    body["geometry"] = geometry;
    return service.post(path, service.officer, body);
  };
  const auto polygon = [](const json& coordinates) { return json{{"type", "Polygon"}, {"coordinates", coordinates}}; };
  CHECK(post(polygon({{{13.54, 55.93}, {13.55, 55.94}, {13.55, 55.93}, {13.54, 55.94}, {13.54, 55.93}}})).fault("/geometry") == "The polygon crosses itself.");
  CHECK(post(polygon({{{13.54, 55.93}, {13.55, 55.94}, {13.55, 55.93}}})).fault("/geometry").find("open") != std::string::npos);
  CHECK(post(polygon({{{55.93, 13.54}, {55.94, 13.54}, {55.94, 13.55}, {55.93, 13.54}}})).fault("/geometry").find("swapped") != std::string::npos);
  CHECK(post(polygon({{{412345, 6201234}, {412445, 6201234}, {412445, 6201334}, {412345, 6201234}}})).fault("/geometry").find("degrees") != std::string::npos);
  CHECK(post(polygon({{{-71.05, 42.35}, {-71.04, 42.35}, {-71.04, 42.36}, {-71.05, 42.35}}})).fault("/geometry") == "It lies outside Sweden: lat and lon of a corner are 42.350000, -71.050000.");
  CHECK(post(polygon(json::array())).status == 400);
  CHECK(post(polygon({1, 2})).status == 400);
  CHECK(post(polygon({{{"a", "b"}}})).status == 400);
  CHECK(post({{"type", "Point"}, {"coordinates", {13.54, 55.93}}}).status == 422);
  CHECK(post({{"type", "Circle"}, {"coordinates", {13.54, 55.93}}}).status == 400);
  CHECK(post({{"type", "Polygon"}}).status == 400);
  CHECK(post("nowhere").status == 400);
  CHECK(post(nullptr).status == 400);
  json many = json::array();
  for (int i = 0; i < 12'000; ++i) many.push_back({13.54 + i * 1e-7, 55.93});
  CHECK(post(polygon({many})).status == 400);
  json unknown = property("Kvarnbäck 5:1", "nobody");
  unknown["valid_from"] = "2026-02-30";
  CHECK(service.post(path, service.officer, unknown).fault("/valid_from").find("no date") != std::string::npos);
  unknown.erase("valid_from");
  CHECK(service.post(path, service.officer, unknown).status == 422);
  CHECK(service.store.ask("SELECT COUNT(*) FROM properties") == 0);
}

TEST_CASE("register: who owns the spot, and why, without a case") {
  TestService service;
  service.post(kHoor + "/properties", service.officer, property("Kvarnbäck 5:1", "ann"));
  service.post(kHoor + "/districts", service.officer, {{"district_id", "centrum"}, {"name", "Centrum"}, {"geometry", square(13.54, 55.93)}});
  const json cabinet{{"object_type", "power_cabinet"}, {"label", "E.ON 4711"}, {"owner_id", "eon"},
                     {"geometry", {{"type", "Point"}, {"coordinates", {13.5405, 55.9305}}}}};
  REQUIRE(service.post(kHoor + "/objects", service.officer, cabinet).status == 201);
  const std::string path = kHoor + "/properties?at=55.9305,13.5405";
  const json whose = service.get(path, service.officer).json();
  CHECK(whose["owner"]["id"] == "ann");
  CHECK(whose["owner"]["name"] == "Ann Ek");
  CHECK(whose["property"]["designation"] == "HÖÖR KVARNBÄCK 5:1");
  CHECK(whose["district"]["district_id"] == "centrum");
  CHECK(whose["routing"]["rule"] == "polygon");
  CHECK(whose["routing"]["uncertain"] == false);
  CHECK(whose["routing"]["trace"].size() == 2);
  CHECK(service.get(path + "&object_type=power_cabinet", service.officer).json()["owner"]["id"] == "eon");
  CHECK(service.get(path + "&designation=Kvarnb%C3%A4ck%201:23", service.officer).json()["routing"]["rule"] == "designation");
  CHECK(service.get(path + "&address=Industrigatan%201", service.officer).json()["owner"]["id"] == "ann");
  const json beside = service.get(kHoor + "/properties?at=55.9305,13.5412", service.officer).json();
  CHECK(beside["routing"]["rule"] == "near_polygon");
  CHECK(beside["routing"]["uncertain"] == true);
  const json nobody = service.get(kHoor + "/properties?at=55.95,13.55", service.officer).json();
  CHECK(nobody["owner"].is_null());
  CHECK(nobody["routing"]["rule"] == "none");
  CHECK(service.get(kHoor + "/properties?at=55.95,13.55&on=2019-01-01", service.officer).json()["on"] == "2019-01-01");
  for (const char* wrong : {"at=55.93", "at=x,y", "at=55.93,13.54&owner_id=ann", "at=55.93,13.54&object_type=tree", "at=55.93,13.54&on=today", "page=0"}) {
    CAPTURE(wrong);
    CHECK(service.get(kHoor + "/properties?" + wrong, service.officer).status == 400);
  }
  CHECK(service.get(kHoor + "/properties?at=13.54,55.93", service.officer).status == 422);
  CHECK(service.events() == 0);
}

TEST_CASE("register: a report is routed by it, and the case shows how to those who may see") {
  TestService service;
  service.post(kHoor + "/properties", service.officer, property("Kvarnbäck 5:1", "ann"));
  service.post(kHoor + "/districts", service.officer, {{"district_id", "centrum"}, {"name", "Centrum"}, {"geometry", square(13.54, 55.93)}});
  const std::string reference = service.open_case(at_point(55.9305, 13.5405));
  const json officers = service.see(reference, service.officer);
  CHECK(officers["owner"]["id"] == "ann");
  CHECK(officers["routing"]["rule"] == "polygon");
  CHECK(officers["property"]["designation"] == "HÖÖR KVARNBÄCK 5:1");
  CHECK(officers["district"] == "centrum");
  CHECK(officers["location"]["designation"].is_null());  // what was reported stays as it was
  // A private owner's place is not told to the door, nor is the property.
  const json publics = service.see(reference);
  CHECK(publics["location"]["rounded"] == true);
  CHECK(publics["property"].is_null());
  CHECK_FALSE(publics.contains("routing"));
  // Compliance by district has it, and what is in none beside it.
  service.open_case_at("Storgatan 12");
  const json compliance =
      service.get(kHoor + "/statistics/compliance?from=2026-11-01&to=2026-12-01&by=district", service.officer).json();
  REQUIRE(compliance["groups"].size() == 2);
  CHECK(compliance["groups"][0]["key"] == "centrum");
  CHECK(compliance["groups"][0]["open_in_time"] == 1);
  CHECK(compliance["groups"][1]["key"] == "none");
  CHECK(compliance["groups"][1]["open_in_time"] == 1);
  CHECK(compliance["open_in_time"] == 2);
}

TEST_CASE("register: districts and objects are made, changed and removed") {
  TestService service;
  const std::string districts = kHoor + "/districts";
  const json whole{{"district_id", "all"}, {"default_owner_id", "hfab"}, {"object_owners", {{"power_cabinet", "eon"}}}};
  REQUIRE(service.post(districts, service.officer, whole).status == 201);
  CHECK(service.post(districts, service.officer, whole).status == 409);
  const Answer seen = service.get(districts + "/all", service.officer);
  CHECK(seen.json()["object_owners"] == whole["object_owners"]);
  CHECK(seen.json()["geometry"].is_null());
  CHECK(service.get(kHoor + "/properties?at=55.95,13.55", service.officer).json()["routing"]["rule"] == "area_default");
  json other = whole;
  other["district_id"] = "norr";
  CHECK(service.put(districts + "/all", service.officer, other, {{"If-Match", seen.header("etag")}}).status == 422);
  json without = whole;
  without.erase("object_owners");
  CHECK(service.put(districts + "/all", service.officer, without, {{"If-Match", seen.header("etag")}}).json()["object_owners"] == json::object());
  CHECK(service.post(districts, service.officer, {{"district_id", "norr"}, {"name", "Norr"}}).status == 422);
  CHECK(service.post(districts, service.officer, {{"district_id", "norr"}, {"name", "Norr"}, {"geometry", square(13.5, 55.9)}}).status == 201);
  CHECK(service.get(districts, service.officer).items().size() == 2);
  CHECK(service.erase(districts + "/norr", service.officer, {{"If-Match", "\"1\""}}).status == 204);
  CHECK(service.get(districts + "/norr", service.officer).status == 404);
  CHECK(service.erase(kHoor + "/owners/hfab", service.officer, {{"If-Match", "\"1\""}}).status == 409);

  const std::string objects = kHoor + "/objects";
  json bridge{{"object_type", "bridge"}, {"owner_id", "eon"}, {"geometry", {{"type", "LineString"}, {"coordinates", {{13.54, 55.93}, {13.541, 55.93}}}}}};
  const Answer made = service.post(objects, service.officer, bridge);
  REQUIRE(made.status == 201);
  CHECK(made.json()["geometry"] == bridge["geometry"]);
  const std::string path = objects + "/" + made.json()["object_id"].get<std::string>();
  bridge["valid_to"] = "2026-11-20";
  CHECK(service.put(path, service.officer, bridge, {{"If-Match", made.header("etag")}}).json()["version"] == 2);
  CHECK(service.get(objects + "?on=2026-11-20", service.officer).items().empty());
  CHECK(service.get(objects + "?object_type=bridge&owner_id=eon", service.officer).items().size() == 1);
  CHECK(service.get(objects + "?object_type=rail", service.officer).items().empty());
  CHECK(service.erase(path, service.officer, {{"If-Match", "\"2\""}}).status == 204);
  CHECK(service.get(path, service.officer).status == 404);
}

TEST_CASE("register: an address that nothing matched is told where it is, and the next report finds its owner") {
  TestService service;
  json known = property("Kvarnbäck 5:1", "eon");
  known["addresses"] = {"Åvägen 1"};
  REQUIRE(service.post(kHoor + "/properties", service.officer, known).status == 201);
  const auto report = [&](const std::string& address) { return service.see(service.open_case_at(address), service.officer); };
  CHECK(report("Gamla mejeriet")["owner"].is_null());
  report("Gamla mejeriet");
  report("Bakom ICA");
  const std::string queue = kHoor + "/addresses/unmatched";
  const auto waiting = service.get(queue, service.officer).items();
  REQUIRE(waiting.size() == 2);
  json mejeriet;
  for (const json& one : waiting)
    if (one["address"] == "Gamla mejeriet") mejeriet = one;
  CHECK(mejeriet["count"] == 2);
  const std::string path = queue + "/" + mejeriet["unmatched_id"].get<std::string>() + "/resolution";
  CHECK(service.put(path, service.officer, json::object()).status == 400);
  CHECK(service.put(path, service.officer, {{"lat", 55.93}, {"lon", 13.54}, {"no_such_address", true}}).status == 400);
  CHECK(service.put(path, service.officer, {{"same_as", "Storgatan 12"}}).status == 422);
  CHECK(service.put(kHorby + path.substr(kHoor.size()), service.horby_officer, {{"no_such_address", true}}).status == 404);
  const std::string waiting_case = mejeriet["last_case"];
  CHECK(service.see(waiting_case, service.officer)["location"]["point_derived"] == false);
  const Answer resolved = service.put(path, service.officer, {{"lat", 55.9305}, {"lon", 13.5405}});
  REQUIRE(resolved.status == 200);
  const json routed = service.see(waiting_case, service.officer);
  CHECK(routed["owner"]["id"] == "eon");
  CHECK(routed["routing"]["rule"] == "address");
  CHECK(routed["location"]["lat"] == 55.9305);
  CHECK(routed["location"]["point_derived"] == true);
  CHECK(routed["location"]["address"] == "Gamla mejeriet");
  CHECK_FALSE(resolved.json()["resolved_at"].is_null());
  CHECK(service.get(queue, service.officer).items().size() == 1);
  CHECK(report("GAMLA MEJERIET")["owner"]["id"] == "eon");
  CHECK(service.get(kHoor + "/addresses?q=gamla", service.officer).items().at(0)["alias"] == true);
  CHECK(service.get(kHoor + "/addresses?q=nya", service.officer).items().empty());
  const std::string ica = queue + "/" + service.get(queue, service.officer).items().at(0)["unmatched_id"].get<std::string>() + "/resolution";
  CHECK(service.put(ica, service.officer, {{"no_such_address", true}}).status == 200);
  CHECK(service.get(queue, service.officer).items().empty());
}

TEST_CASE("register: the nearest address is told in words, and of a private owner's place the street alone") {
  TestService service;
  service.post(kHoor + "/properties", service.officer, property("Kvarnbäck 5:1", "ann"));
  service.post(kHoor + "/properties", service.officer, property("Kvarnbäck 5:2", "hfab", 13.56));
  service.store->write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().find_settings("1267");
    transaction.land().save(*settings, AddressPoint{"Nygatan 3", {55.9305, 13.5406}, "", false});
    transaction.land().save(*settings, AddressPoint{"Åvägen 8", {55.9305, 13.5606}, "", false});
  });
  const std::string private_one = service.open_case(at_point(55.9305, 13.5405));
  CHECK(service.see(private_one, service.officer)["location"]["nearest_address"] == "Nygatan 3");
  CHECK(service.see(private_one)["location"]["nearest_address"] == "Nygatan");
  CHECK(service.see(private_one, service.police)["location"]["nearest_address"] == "Nygatan 3");
  const std::string open_one = service.open_case(at_point(55.9305, 13.5605));
  CHECK(service.see(open_one)["location"]["nearest_address"] == "Åvägen 8");
  // Told by address, the private one's point is the register's, and is not told to the public.
  const std::string by_address = service.open_case_at("Nygatan 3");
  const json officers = service.see(by_address, service.officer)["location"];
  CHECK(officers["lat"] == 55.9305);
  CHECK(officers["point_derived"] == true);
  CHECK(officers["nearest_address"].is_null());
  const json publics = service.see(by_address)["location"];
  CHECK(publics == json{{"lat", nullptr}, {"lon", nullptr}, {"address", "Nygatan"}, {"designation", nullptr},
                        {"nearest_address", nullptr}, {"point_derived", false}, {"rounded", true}});
  // Who reports there sees what is near, as far as it is shown.
  const json taken = service.post(kHoor + "/reports", service.police, {{"location", {{"address", "Åvägen 8"}}}, {"category", "tag"}}).json();
  REQUIRE(taken["possible_duplicates"].size() == 1);
  CHECK(taken["possible_duplicates"][0]["reference"] == open_one);
  CHECK(taken["possible_duplicates"][0]["distance_m"] == 6);
  CHECK(taken["report"]["location"]["lat"].is_null());
}

TEST_CASE("register: a spot that an officer gave to the owner that was suggested is listed, and can be forgotten") {
  TestService service;
  service.post(kHoor + "/properties", service.officer, property("Kvarnbäck 5:1", "hfab"));
  const std::string reference = service.open_case(at_point(55.9305, 13.5405));
  const std::string path = kHoor + "/cases/" + reference;
  CHECK(service.post(path + "/rejections", service.hfab, {{"reason", "not_ours"}, {"suggested_owner_id", "eon"}}).status == 201);
  CHECK(service.put(path + "/assignment", service.officer, {{"owner_id", "eon"}}).status == 200);
  const std::string at = kHoor + "/properties?at=55.93055,13.5405";
  CHECK(service.get(at, service.officer).json()["routing"]["rule"] == "remembered_spot");
  const auto spots = service.get(kHoor + "/remembered-spots", service.officer).items();
  REQUIRE(spots.size() == 1);
  CHECK(spots[0]["case"] == reference);
  CHECK(spots[0]["owner_id"] == "eon");
  CHECK(service.erase(kHorby + "/remembered-spots/" + reference, service.horby_officer).status == 404);
  CHECK(service.erase(kHoor + "/remembered-spots/" + reference, service.officer).status == 204);
  CHECK(service.get(at, service.officer).json()["routing"]["rule"] == "polygon");
}
