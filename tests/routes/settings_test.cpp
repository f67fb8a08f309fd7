// Owners, policies, municipalities, deadlines and the feed of changes.

#include <doctest/doctest.h>

#include <set>

#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

TEST_CASE("changes: every event once, oldest first, by cursor") {
  TestService service;
  for (int i = 1; i <= 7; ++i) service.open_case_at("Storgatan " + std::to_string(i + 10));
  service.open_case_at("Industrigatan 1");
  std::vector<std::string> seen;
  std::string cursor;
  for (int page = 0; page < 40; ++page) {
    const json answer = service.get(kHoor + "/changes?limit=3" + (cursor.empty() ? "" : "&after=" + cursor), service.police).json();
    for (const json& item : answer["items"]) seen.push_back(item["id"]);
    cursor = answer["next"];
    if (!answer["more"].get<bool>()) break;
  }
  CHECK(std::ssize(seen) == service.events());
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == seen.size());
  CHECK(service.get(kHoor + "/changes?after=" + cursor, service.police).json()["items"].empty());
  // What comes later is found by the same cursor; what Hörby does is not.
  service.post(kHorby + "/reports", service.horby_police, tag_report());
  CHECK(service.get(kHoor + "/changes?after=" + cursor, service.police).json()["items"].empty());
  service.open_case_at("Storgatan 99");
  const json later = service.get(kHoor + "/changes?after=" + cursor, service.police).json()["items"];
  REQUIRE(later.size() == 2);
  CHECK(later[0]["type"] == "case_opened");
  CHECK(later[1]["type"] == "case_assigned");
  // An owner follows its own.
  CHECK(service.get(kHoor + "/changes", service.eon).json()["items"].size() == 1);
  for (const char* wrong : {"after=x", "after=LTE", "after=MS4y!", "limit=0", "limit=501", "page=2"}) {
    CAPTURE(wrong);
    CHECK(service.get(kHoor + "/changes?" + wrong, service.police).status == 400);
  }
}

TEST_CASE("owners: made, changed with the tag that was seen, and removed while no case names them") {
  TestService service;
  const std::string path = kHoor + "/owners";
  const json wanted{{"owner_id", "trafikverket"}, {"name", "Trafikverket"}, {"kind", "authority"}, {"address_prefixes", {"Stationsvägen"}}};
  const Answer made = service.post(path, service.officer, wanted);
  REQUIRE(made.status == 201);
  CHECK(made.header("location") == service.url() + path + "/trafikverket");
  CHECK(service.post(path, service.officer, wanted).status == 409);
  CHECK(service.post(path, service.officer, {{"owner_id", "Stora"}, {"name", "x"}}).status >= 400);
  // An address can be one owner's only.
  CHECK(service.post(path, service.officer, {{"owner_id", "annan"}, {"name", "x"}, {"address_prefixes", {"Storgatan"}}}).status == 409);
  const Answer seen = service.get(path + "/trafikverket", service.officer);
  CHECK(seen.header("etag") == made.header("etag"));
  json changed = wanted;
  changed["name"] = "Trafikverket Syd";
  CHECK(service.put(path + "/trafikverket", service.officer, changed).status == 428);
  const Answer put = service.put(path + "/trafikverket", service.officer, changed, {{"If-Match", seen.header("etag")}});
  CHECK(put.status == 200);
  CHECK(put.json()["name"] == "Trafikverket Syd");
  CHECK(service.put(path + "/trafikverket", service.officer, wanted, {{"If-Match", seen.header("etag")}}).status == 412);
  // The same body again changes nothing.
  CHECK(service.put(path + "/trafikverket", service.officer, changed, {{"If-Match", put.header("etag")}}).header("etag") == put.header("etag"));
  CHECK(service.put(path + "/hfab", service.officer, changed, {{"If-Match", "\"1\""}}).status == 422);
  CHECK(service.erase(path + "/trafikverket", service.officer).status == 428);
  CHECK(service.erase(path + "/trafikverket", service.officer, {{"If-Match", "\"99\""}}).status == 412);
  service.open_case_at("Stationsvägen 2");
  CHECK(service.erase(path + "/trafikverket", service.officer, {{"If-Match", put.header("etag")}}).status == 409);
  CHECK(service.post(path, service.officer, {{"owner_id", "kort"}, {"name", "Kort"}}).status == 201);
  const std::string key = service.new_key(Role::owner, {"1267"}, "kort");
  const Answer refused = service.erase(path + "/kort", service.officer, {{"If-Match", "\"1\""}});
  CHECK(refused.status == 409);
  CHECK(refused.detail().find("(owner kort)") != std::string::npos);
  const json keys = service.get(kHoor + "/keys", service.officer).items();
  CHECK(service.erase(kHoor + "/keys/" + keys[0]["key_id"].get<std::string>(), service.officer).status == 200);
  CHECK(service.erase(path + "/kort", service.officer, {{"If-Match", "\"1\""}}).status == 204);
  CHECK(service.get(path + "/kort", service.officer).status == 404);
}

TEST_CASE("policy: a new version takes effect tomorrow at the earliest, and cases keep theirs") {
  TestService service;
  const std::string path = kHoor + "/policy";
  const std::string before = service.open_case_at("Storgatan 1");
  const Answer seen = service.get(path);
  CHECK(seen.json()["version"] == 1);
  const json wanted{{"mode", "working_days"}, {"limit", 2}, {"limits", {{"hate", {{"mode", "hours"}, {"limit", 24}}}}}};
  CHECK(service.put(path, service.officer, wanted).status == 428);
  CHECK(service.put(path, service.officer, wanted, {{"If-Match", "\"2\""}}).status == 412);
  json today = wanted;
  for (const char* far : {"2028-11-18", "9999-12-31"}) {
    json too_far = wanted;
    too_far["effective_from"] = far;
    CHECK(service.put(path, service.officer, too_far, {{"If-Match", "\"1\""}}).status == 422);
  }
  today["effective_from"] = "2026-11-16";
  const Answer refused = service.put(path, service.officer, today, {{"If-Match", "\"1\""}});
  CHECK(refused.status == 422);
  CHECK(refused.fault("/effective_from").find("2026-11-17") != std::string::npos);
  json wrong = wanted;
  wrong["limit"] = 366;
  CHECK(service.put(path, service.officer, wrong, {{"If-Match", "\"1\""}}).status == 422);
  wrong["limit"] = 0;
  CHECK(service.put(path, service.officer, wrong, {{"If-Match", "\"1\""}}).status == 400);
  wrong = wanted;
  wrong["time_zone"] = "Europe/Oslo";
  CHECK(service.put(path, service.officer, wrong, {{"If-Match", "\"1\""}}).status == 422);
  wrong = wanted;
  wrong["warnings"] = {{{"lead", "24 h"}}};
  CHECK(service.put(path, service.officer, wrong, {{"If-Match", "\"1\""}}).status >= 400);
  const Answer put = service.put(path, service.officer, wanted, {{"If-Match", seen.header("etag")}});
  REQUIRE(put.status == 200);
  CHECK(put.json()["version"] == 2);
  CHECK(put.json()["effective_from"] == "2026-11-17");
  CHECK(service.get(path).json()["version"] == 1);  // still in force today
  const std::string tag = service.get(path).header("etag");
  CHECK(tag == put.header("etag"));
  CHECK(service.send("GET", path, "", "", {{"If-None-Match", tag}}).status == 304);
  const std::string same_day = service.open_case_at("Storgatan 2");
  CHECK(service.see(same_day)["policy_version"] == 1);
  service.clock.set(nov(17, "00:00"));
  CHECK(service.get(path).json()["version"] == 2);
  CHECK(service.send("GET", path, "", "", {{"If-None-Match", tag}}).status == 200);
  CHECK(service.see(before)["due_at"] == "2026-11-19T22:59:59Z");
  const json after = service.see(service.open_case_at("Storgatan 3"));
  CHECK(after["policy_version"] == 2);
  CHECK(after["due_at"] == "2026-11-19T22:59:59Z");
  const std::string hate = service.open_case({{"location", {{"address", "Storgatan 4"}}}, {"category", "hate"}});
  CHECK(service.see(hate)["due_at"] == "2026-11-17T23:00:00Z");
}

TEST_CASE("municipalities: an admin adds and changes them, anyone lists them") {
  TestService service;
  const std::string path = "/api/v1/municipalities";
  const json wanted{{"code", "1293"}, {"name", "Hässleholm"}, {"mode", "hours"}};
  CHECK(service.post(path, service.officer, wanted).status == 403);
  const Answer made = service.post(path, service.admin, wanted);
  REQUIRE(made.status == 201);
  CHECK(made.header("location") == service.url() + path + "/1293");
  CHECK(service.post(path, service.admin, wanted).status == 409);
  CHECK(service.get(path).json()["_meta"]["total_records"] == 3);
  CHECK(service.get(path + "/1293/policy").json()["limit"] == 72);
  for (const json& wrong : {json{{"code", "X"}, {"name", "x"}}, json{{"code", "1"}, {"name", ""}}, json{{"code", "2"}, {"name", "x"}, {"time_zone", "Mars/Base"}},
                            json{{"code", "3"}, {"name", "x"}, {"area", {{"south", 56}, {"west", 13}, {"north", 55}, {"east", 14}}}}}) {
    CAPTURE(wrong.dump());
    const Answer answer = service.post(path, service.admin, wrong);
    CHECK(answer.status >= 400);
    CHECK_FALSE(answer.pointers().empty());
  }
  const auto patch = [&](const json& body) { return service.send("PATCH", path + "/1293", service.admin, body.dump()); };
  CHECK(patch({{"name", "Hässleholms kommun"}, {"host", "klotter.hassleholm.se"}}).json()["host"] == "klotter.hassleholm.se");
  CHECK(patch({{"host", nullptr}}).json()["host"].is_null());
  CHECK(patch({{"code", "9999"}}).status == 400);
  CHECK(service.get(path + "/1293").json()["name"] == "Hässleholms kommun");
  CHECK(service.get(path + "/9999").status == 404);
  CHECK(service.get(path + "/9999/cases").status == 404);
}

TEST_CASE("deadline: reckoned without a case, in every mode, and never at the mercy of the numbers") {
  TestService service;
  const std::string path = kHoor + "/deadline?received_at=";
  const json friday = service.get(path + "2026-11-20T10:00:00Z&mode=working_days").json();
  CHECK(friday["due_at"] == "2026-11-25T22:59:59Z");
  CHECK(service.get(path + "2026-11-20T10:00:00Z&mode=hours").json()["due_at"] == "2026-11-23T10:00:00Z");
  CHECK(service.get(path + "2026-11-20T10:00:00%2B01:00&limit=1").json()["due_at"] == "2026-11-21T22:59:59Z");
  for (const char* wrong : {"", "yesterday", "2026-11-20", "2026-11-20T10:00:00", "2026-11-20T10:00:00Z&mode=weeks", "2026-11-20T10:00:00Z&limit=0",
                            "2026-11-20T10:00:00Z&limit=9999", "9999-12-31T23:59:59Z", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "2026-11-20T10:00:00Z&category=x", "2026-11-20T10:00:00Z&received_at=2026-11-20T11:00:00Z"}) {
    CAPTURE(wrong);
    CHECK(service.get(path + wrong).status == 400);
  }
  for (const char* far : {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z&limit=365", "2026-11-20T10:00:00Z&limit=8760",
                          "2026-11-20T10:00:00Z&limit=365&mode=working_days", "2026-11-20T10:00:00Z&limit=8760&mode=hours"}) {
    CAPTURE(far);
    CHECK(service.get(path + far).status < 500);
  }
}

TEST_CASE("statistics: totals are anyone's, groups the municipality's, and an owner sees its own") {
  TestService service;
  const std::string path = kHoor + "/statistics/compliance?from=2026-11-01&to=2026-12-01";
  for (int i = 1; i <= 6; ++i) service.open_case_at("Storgatan " + std::to_string(20 + i));
  const std::string reference = service.open_case_at("Industrigatan 1");
  service.clock.set(nov(20));
  CHECK(service.get(path).json()["overdue"] == 7);
  service.put(kHoor + "/cases/" + reference + "/removal", service.eon, {{"removed_at", "2026-11-19T12:00:00+01:00"}});
  const json after = service.get(path).json();
  CHECK(after["overdue"] == 6);
  CHECK(after["on_time"] == 1);
  CHECK(after["rate"] == 14.3);
  CHECK(after["on_time_recorded_after_due"] == 1);
  CHECK(after["period"]["preliminary"] == true);
  for (const char* by : {"month", "week"}) CHECK(service.get(path + "&by=" + by).json()["groups"].size() >= 1);
  for (const char* by : {"owner", "category", "source"}) {
    CAPTURE(by);
    CHECK(service.get(path + "&by=" + by).status == 401);
    CHECK(service.get(path + "&by=" + by, service.police).status == 403);
    CHECK(service.get(path + "&by=" + by, service.officer).status == 200);
  }
  const json own = service.get(path + "&by=owner", service.eon).json()["groups"];
  REQUIRE(own.size() == 1);
  CHECK(own[0]["key"] == "eon");
  CHECK(service.get(path + "&by=category", service.eon).status == 403);
  CHECK(service.get(path + "&cohort=received").json()["population"] == 7);
  for (const char* wrong : {"from=2026-11-01", "from=2026-11-01&to=x", "from=2026-12-01&to=2026-11-01", "from=1990-01-01&to=2026-01-01",
                            "from=2026-11-01&to=2026-12-01&by=street", "from=0001-01-01&to=9999-12-31"}) {
    CAPTURE(wrong);
    const Answer answer = service.get(kHoor + "/statistics/compliance?" + wrong);
    CHECK((answer.status == 400 || answer.status == 422));
  }
  CHECK(service.get(kHoor + "/statistics/compliance?from=9980-01-01&to=9999-12-31").status < 500);
  CHECK(service.get(kHoor + "/statistics/backlog", service.officer).json()["open"] == 6);
  CHECK(service.get(kHoor + "/statistics/stages?from=2026-11-01&to=2026-12-01", service.officer).status == 200);
}
