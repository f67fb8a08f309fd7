#include <doctest/doctest.h>

#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::hours;

namespace {

const std::string kYear = "?from=2026-01-01&to=2027-01-01";

std::string open_under(TestService& service, const std::string& address, const std::string& police_reference) {
  json report = tag_report(address);
  report["police_reference"] = police_reference;
  return service.open_case(report);
}

void remove(TestService& service, const std::string& reference, std::int64_t cost_sek, const std::string& method = "washed") {
  const Answer answer = service.put(kHoor + "/cases/" + reference + "/removal", service.officer,
                                    {{"removed_at", format_instant(service.clock.now())}, {"method", method}, {"cost_sek", cost_sek}});
  REQUIRE(answer.status == 200);
}

}  // namespace

TEST_CASE("claims: police, municipality and the owner see what a K-number cost, each what it may see") {
  TestService service;
  const std::string ours = open_under(service, "Storgatan 12", "5000-K1-26");
  service.clock.pass(hours{1});
  const std::string theirs = open_under(service, "Industrigatan 4", "5000-K1-26");
  service.clock.pass(hours{19});
  remove(service, ours, 1450);
  const std::string path = kHoor + "/claims/5000-K1-26";
  for (const std::string& key : {service.police, service.both_police, service.officer}) {
    const Answer answer = service.get(path, key);
    REQUIRE(answer.status == 200);
    CHECK(answer.header("cache-control") == "no-store");
    const json claim = answer.json();
    CHECK(claim["cases"] == 2);
    CHECK(claim["removed"] == 1);
    CHECK(claim["cost_sek"] == 1450);
    REQUIRE(claim["items"].size() == 2);
    CHECK(claim["items"][0]["reference"] == ours);
    CHECK(claim["items"][0]["removed_at"] == "2026-11-17T05:00:00Z");
    CHECK(claim["items"][0]["method"] == "washed");
    CHECK(claim["items"][0]["location"]["address"] == "Storgatan 12");
    CHECK(claim["items"][1]["cost_sek"].is_null());
  }
  const json own = service.get(path, service.eon).json();
  REQUIRE(own["items"].size() == 1);
  CHECK(own["items"][0]["reference"] == theirs);
  CHECK(own["cost_sek"] == 0);
  CHECK(service.get(path, service.ann).status == 404);
  CHECK(service.get(path).status == 401);
  CHECK(service.get(path, service.channel).status == 403);
  // However it is written, and not what is none or another municipality's.
  CHECK(service.get(kHoor + "/claims/5000k1%2026", service.police).status == 200);
  CHECK(service.get(kHoor + "/claims/5000-K2-26", service.police).status == 404);
  CHECK(service.get(kHoor + "/claims/K1", service.police).status == 404);
  CHECK(service.get(kHorby + "/claims/5000-K1-26", service.horby_police).status == 404);
}

TEST_CASE("claims: the same as a table, harmless in a spreadsheet") {
  TestService service;
  const std::string reference = open_under(service, "=1+1", "5000-K1-26");
  remove(service, reference, 300, "painted");
  const Answer answer = service.get(kHoor + "/claims/5000-K1-26.csv", service.police);
  REQUIRE(answer.status == 200);
  CHECK(answer.header("content-type").starts_with("text/csv"));
  CHECK(answer.header("content-disposition") == "attachment; filename=\"5000-K1-26.csv\"");
  CHECK(answer.body.starts_with("police_reference,reference,state,"));
  CHECK(answer.body.find("5000-K1-26," + reference + ",removed,tag,garage_door,,,,'=1+1,") != std::string::npos);
  CHECK(answer.body.find(",painted,300,,\r\n") != std::string::npos);
  CHECK(service.get(kHoor + "/claims/5000-K1-26.csv").status == 401);
  CHECK(service.get(kHoor + "/claims/5000-K2-26.csv", service.police).status == 404);
  CHECK(service.get(kHoor + "/claims/.csv", service.police).status == 404);
  CHECK(service.send("OPTIONS", kHoor + "/claims/5000-K1-26.csv", service.police).header("allow") == "GET, HEAD, OPTIONS");
}

TEST_CASE("costs: the municipality sees all of them by owner and method, an owner its own") {
  TestService service;
  remove(service, service.open_case_at("Storgatan 12"), 1000);
  remove(service, service.open_case_at("Storgatan 14"), 500, "painted");
  remove(service, service.open_case_at("Industrigatan 4"), 70);
  const std::string path = kHoor + "/statistics/costs" + kYear;
  const json all = service.get(path, service.officer).json();
  CHECK(all["cost_sek"] == 1570);
  CHECK(all["cases"] == 3);
  REQUIRE(all["by_owner"].size() == 2);
  CHECK(all["by_owner"][1]["name"] == "Höörs Fastighets AB");
  CHECK(all["by_owner"][1]["cost_sek"] == 1500);
  CHECK(all["by_owner"][1]["by_method"].size() == 2);
  const json own = service.get(path, service.eon).json();
  CHECK(own["cost_sek"] == 70);
  CHECK(own["by_owner"].size() == 1);
  CHECK(service.get(path, service.police).status == 403);
  CHECK(service.get(kHoor + "/statistics/costs?from=2026-01-01&to=2026-01-01", service.officer).status == 422);
}

TEST_CASE("hot spots: a surface that is hit again is told with its cases, place and last state") {
  TestService service;
  const json report{{"location", {{"lat", 55.9362}, {"lon", 13.5405}, {"address", "Storgatan 12"}}}, {"category", "tag"}};
  const std::string first = service.open_case(report);
  service.clock.pass(hours{10});
  remove(service, first, 800);
  service.clock.pass(hours{30});
  const std::string second = service.open_case(report);
  CHECK(service.see(second, service.officer)["previous_case"] == first);
  service.open_case_at("Storgatan 30");
  const std::string path = kHoor + "/statistics/hot-spots" + kYear;
  const json found = service.get(path, service.officer).json();
  REQUIRE(found["items"].size() == 1);
  const json spot = found["items"][0];
  CHECK(spot["hits"] == 2);
  CHECK(spot["cases"] == json{second, first});
  CHECK(spot["cost_sek"] == 800);
  CHECK(spot["median_hours_to_next"] == 30);
  CHECK(spot["last_state"] == "assigned");
  CHECK(spot["location"]["address"] == "Storgatan 12");
  CHECK(spot["owner_name"] == "Höörs Fastighets AB");
  CHECK(found["period"]["preliminary"].get<bool>());
  CHECK(service.get(path + "&limit=0", service.officer).status == 400);
  CHECK(service.get(path + "&limit=101", service.officer).status == 400);
  CHECK(service.get(kHoor + "/statistics/hot-spots?from=2026-01-01", service.officer).status == 400);
  CHECK(service.get(path, service.police).status == 403);
  CHECK(service.get(path, service.hfab).status == 403);
}
