#include <doctest/doctest.h>

#include <set>

#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

const std::string kCases = kHoor + "/cases";

/// The references of a list's items, in order.
std::vector<std::string> references(const json& list) {
  std::vector<std::string> all;
  for (const json& item : list.at("items")) all.push_back(item["reference"]);
  return all;
}

/// Four cases a day apart: a tag at Storgatan 1 (HFAB), a hate tag with coordinates, one at Industrigatan 2 (E.ON) that is
/// removed, and one nobody owns that is dismissed.
struct FourCases {
  TestService service;
  std::string tag, hate, removed, dismissed;

  FourCases() {
    service.clock.set(nov(16));
    tag = service.open_case({{"location", {{"address", "Storgatan 1"}}}, {"category", "tag"}, {"police_reference", "5000-K1-26"}});
    service.clock.set(nov(17));
    hate = service.open_case({{"location", {{"lat", 55.9362}, {"lon", 13.5405}, {"address", "Kyrkvägen 3"}, {"designation", "HÖÖR MUNKARP 2:1"}}}, {"category", "hate"}});
    service.clock.set(nov(18));
    removed = service.open_case({{"location", {{"lat", 55.9300}, {"lon", 13.5400}, {"address", "Industrigatan 2"}}}, {"category", "piece"}});
    service.clock.set(nov(19));
    dismissed = service.open_case({{"location", {{"address", "Okända vägen 9"}}}, {"category", "other"}});
    REQUIRE(service.put(kCases + "/" + removed + "/removal", service.eon, {{"removed_at", "2026-11-18T15:00:00+01:00"}}).status == 200);
    REQUIRE(service.put(kCases + "/" + dismissed + "/dismissal", service.officer, {{"reason", "not_found"}}).status == 200);
  }

  /// The letters of the cases that a filter finds, newest first: t(ag), h(ate), r(emoved), d(ismissed).
  std::string found(const std::string& filter, const std::string& key) {
    const Answer answer = service.get(kCases + "?" + filter, key);
    CAPTURE(filter);
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    std::string letters;
    for (const auto& reference : references(answer.json()))
      letters += reference == tag ? 't' : reference == hate ? 'h' : reference == removed ? 'r' : reference == dismissed ? 'd' : '?';
    // The streams hold the same cases, oldest first, and the count is right.
    CHECK(answer.json()["_meta"]["total_records"] == letters.size());
    const std::string streamed = service.get(kCases + ".ndjson?" + filter, key).body;
    CHECK(static_cast<std::size_t>(std::ranges::count(streamed, '\n')) == letters.size());
    const std::string table = service.get(kCases + ".csv?" + filter, key).body;
    CHECK(static_cast<std::size_t>(std::ranges::count(table, '\n')) == letters.size() + 1);
    return letters;
  }
};

}  // namespace

TEST_CASE("cases: every filter narrows the list, and the streams hold the same") {
  FourCases four;
  const std::string& officer = four.service.officer;
  const auto found = [&](const std::string& filter) { return four.found(filter, officer); };
  CHECK(found("") == "drht");
  CHECK(found("state=open") == "ht");
  CHECK(found("state=assigned") == "t");
  CHECK(found("state=unassigned") == "h");
  CHECK(found("state=removed,dismissed") == "dr");
  CHECK(found("clock=overdue") == "");
  CHECK(found("clock=due_soon") == "ht");  // of deadlines on Thursday and Friday
  CHECK(found("clock=on_track") == "");
  CHECK(found("clock=held") == "");
  CHECK(found("owner_id=hfab") == "t");
  CHECK(found("owner_id=eon") == "r");
  CHECK(found("category=hate") == "h");
  CHECK(found("due_before=2026-11-19T22:59:59Z") == "");
  CHECK(found("due_before=2026-11-19T23:00:00Z") == "t");
  CHECK(found("reported_from=2026-11-17T09:00:00Z") == "drh");
  CHECK(found("reported_to=2026-11-17T09:00:00Z") == "t");
  CHECK(found("reported_from=2026-11-17T10:00:00%2B01:00&reported_to=2026-11-18T10:00:00%2B01:00") == "h");
  CHECK(found("bbox=13.54,55.93,13.55,55.94") == "rh");
  CHECK(found("near=55.9362,13.5405,50") == "h");
  CHECK(found("near=55.9362,13.5405,5000") == "rh");
  CHECK(found("q=storg") == "t");
  CHECK(found("q=H%C3%B6%C3%B6r%20Munkarp%202:1") == "h");
  CHECK(found("q=h%C3%B6%C3%B6r%20munk") == "h");
  CHECK(found("q=munkarp%202:1") == "h");
  CHECK(found("q=munk") == "h");
  CHECK(found("q=Storgatan%201,%20243%2030%20H%C3%B6%C3%B6r") == "t");
  CHECK(found("q=STORGATAN%201%20B") == "");
  CHECK(found("q=okaenda%20v") == "");
  CHECK(found("q=OK%C3%84NDA%20V%C3%84GEN%209") == "d");
  CHECK(found("q=5000-k1-26") == "t");
  CHECK(found("q=" + four.removed) == "r");
  CHECK(found("q=%25") == "");
  CHECK(found("q=_torgatan") == "");
  CHECK(found("state=open&category=tag&q=storgatan%201") == "t");
  four.service.clock.set(nov(20, "00:00"));
  CHECK(found("clock=overdue") == "t");
}

TEST_CASE("cases: sorting, and pages with links that keep the parameters") {
  FourCases four;
  TestService& service = four.service;
  const auto order = [&](const std::string& query) { return references(service.get(kCases + query).json()); };
  CHECK(order("?sort=due_at") == std::vector{four.tag, four.hate, four.removed, four.dismissed});
  CHECK(order("?sort=-due_at") == std::vector{four.dismissed, four.removed, four.hate, four.tag});
  const Answer page = service.get(kCases + "?limit=2&page=2&state=open,removed,dismissed&sort=due_at");
  CHECK(references(page.json()) == std::vector{four.removed, four.dismissed});
  const json meta = page.json()["_meta"];
  CHECK(meta == json{{"total_records", 4}, {"total_is_exact", true}, {"page", 2}, {"limit", 2}, {"count", 2}});
  const json links = page.json()["_links"];
  CHECK_FALSE(links.contains("next"));
  for (const char* name : {"self", "first", "prev", "last"}) {
    CAPTURE(name);
    const std::string target = links[name]["href"];
    CHECK(target.starts_with(service.url() + kCases + "?"));
    for (const char* kept : {"limit=2", "sort=due_at", "state=open%2Cremoved%2Cdismissed"}) CHECK(target.find(kept) != std::string::npos);
    CHECK(page.header("link").find(std::string{">; rel=\""} + name + "\"") != std::string::npos);
    CHECK(service.get(target.substr(service.url().size())).status == 200);
  }
  CHECK(service.get(links["prev"]["href"].get<std::string>().substr(service.url().size())).json()["items"][0]["reference"] == four.tag);
  const json beyond = service.get(kCases + "?page=7").json();
  CHECK(beyond["items"].empty());
  CHECK(beyond["_meta"]["total_records"] == 4);
}

TEST_CASE("cases: parameters that are unknown, doubled or no values are refused by name") {
  TestService service;
  for (const char* query :
       {"color=red", "state=open&state=removed", "state=closed", "clock=late", "category=paint", "due_before=2026-11-20",
        "due_before=2026-11-20T10:00:00", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=1,2,3,4,5", "bbox=nan,1,2,3", "bbox=1,2,inf,4", "near=1,2",
        "near=55.9,13.5,0", "near=55.9,13.5,-5", "near=55.9,13.5,5001", "near=nan,13.5,30", "near=55.9,13.5,nan", "near=55.9,13.5,",
        "sort=address", "limit=0", "limit=501", "limit=x", "limit=1e2", "page=0", "page=-1", "page=99999999999999999999"}) {
    CAPTURE(query);
    const Answer answer = service.get(kCases + "?" + query);
    CHECK(answer.status == 400);
    const std::string name = std::string{query}.substr(0, std::string{query}.find('='));
    if (answer.status == 400) CHECK(answer.pointers() == name + " ");
  }
  for (const char* query : {"sort=due_at", "limit=5", "page=2"}) CHECK(service.get(kCases + ".csv?" + query).status == 400);
  CHECK(service.get(kCases + "?state=&q=&page=").status == 200);  // an empty form field is none
}

TEST_CASE("cases: lists count to 10,000 and name the streams beyond") {
  TestService service;
  service.open_case_at("Storgatan 1");
  // Copies of one row, past the service: ten thousand reports would only test the patience of the reader.
  const std::string all = "version, state, is_open, source, category, category_confirmed, surface, object_type, lat, lon, cell, address, designation, owner_id, "
      "routing_rule, routing_uncertain, opened_at, clock_started_at, first_reported_at, first_received_at, policy_version, due_at, due_at_without_holds, "
        "own_due_at, assigned_at, told_at, removed_at, recorded_at, method, cost_sek, evidence_confirmed, proactive, dismissal, non_removal, merged_into, "
        "decided_at, deciding_owner_id, held_from, held_until, warn_at, checked_until, next_check_at, report_count, previous_case, address_key, "
        "designation_key, routing_trace, has_holds, former_owner_id";
  service.store.tamper("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10020) INSERT INTO cases (municipality_id, id, " + all +
                         ") SELECT municipality_id, id + i, " + all + " FROM cases, n");
  const json first = service.get(kCases + "?limit=500").json();
  CHECK(first["_meta"]["total_records"] == 10'000);
  CHECK(first["_meta"]["total_is_exact"] == false);
  CHECK(first["items"].size() == 500);
  CHECK_FALSE(first["_links"].contains("last"));
  CHECK(service.get(kCases + "?limit=500&page=20").json()["items"].size() == 500);
  const Answer beyond = service.get(kCases + "?limit=500&page=21");
  CHECK(beyond.status == 400);
  CHECK(beyond.detail().find("cases.ndjson") != std::string::npos);
  const std::string streamed = service.get(kCases + ".ndjson").body;
  CHECK(std::ranges::count(streamed, '\n') == 10'021);
  const Answer map = service.get(kCases + ".geojson");
  CHECK(map.json()["features"].empty());  // none of them has coordinates
}

TEST_CASE("cases: streams are files, HEAD answers them, and CSV is harmless in a spreadsheet") {
  TestService service;
  service.open_case({{"location", {{"address", "=cmd|' /C calc'!A0"}, {"lat", 55.9362}, {"lon", 13.5405}}}, {"category", "tag"}});
  service.open_case({{"location", {{"address", "@SUM(1)"}}}, {"category", "tag"}});
  service.open_case({{"location", {{"address", "Storgatan 1, \"bakom\"\nkiosken"}}}, {"category", "tag"}});
  const Answer table = service.get(kCases + ".csv");
  CHECK(table.header("content-disposition") == "attachment; filename=\"cases.csv\"");
  CHECK(table.body.find("'=cmd") != std::string::npos);
  CHECK(table.body.find(",=cmd") == std::string::npos);
  CHECK(table.body.find("'@SUM") != std::string::npos);
  CHECK(table.body.find("\"Storgatan 1, \"\"bakom\"\"\nkiosken\"") != std::string::npos);
  const json map = service.get(kCases + ".geojson").json();
  REQUIRE(map["features"].size() == 1);
  CHECK(map["features"][0]["geometry"]["coordinates"] == json{13.5405, 55.9362});
  for (const char* form : {".csv", ".geojson", ".ndjson"}) CHECK(service.send("HEAD", kCases + form, "").status == 200);
}

TEST_CASE("cases: a case is found by its reference as people write it, and tagged by version, role and clock") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12");
  const Answer answer = service.get(kCases + "/" + reference);
  CHECK(answer.header("etag") == "\"" + std::to_string(answer.json()["version"].get<int>()) + ".citizen.on_track.85\"");
  std::string spoken = reference;
  std::erase(spoken, '-');
  std::ranges::transform(spoken, spoken.begin(), [](unsigned char c) { return std::tolower(c); });
  CHECK(service.get(kCases + "/" + spoken).json()["reference"] == reference);
  const auto ask = [&](const std::string& tag) { return service.send("GET", kCases + "/" + reference, "", "", {{"If-None-Match", tag}}); };
  CHECK(ask(answer.header("etag")).status == 304);
  CHECK(ask("W/" + answer.header("etag")).status == 304);
  CHECK(ask("\"x\", " + answer.header("etag")).status == 304);
  CHECK(ask("*").status == 304);
  CHECK(ask("\"other\"").status == 200);
  service.clock.pass(std::chrono::hours{1});
  CHECK(ask(answer.header("etag")).status == 200);  // an hour less is left
  for (const char* wrong : {"0000000000", "x", "HR7K-2M9Q-X4", "..%20", "%C3%A5"}) CHECK(service.get(kCases + "/" + wrong).status == 404);
  const json deadline = service.get(kCases + "/" + reference + "/deadline").json();
  CHECK(deadline["due_at"] == "2026-11-19T22:59:59Z");
  CHECK(deadline["days"].size() == 4);
  CHECK(deadline["days"][3]["note"] == "dag 3");
  CHECK(deadline["days"][3]["note_en"] == "day 3");
}

TEST_CASE("cases: a deadline tells when a change of category would have shortened it further") {
  TestService service;
  const json policy{{"mode", "calendar_days"}, {"limit", 3}, {"limits", {{"hate", {{"mode", "calendar_days"}, {"limit", 1}}}}}};
  REQUIRE(service.put(kHoor + "/policy", service.officer, policy, {{"If-Match", "\"1\""}}).status == 200);
  service.clock.set(nov(17));
  const std::string path = kCases + "/" + service.open_case_at("Storgatan 12");
  CHECK(service.get(path + "/deadline").json()["shortened_to"].is_null());
  service.clock.set(nov(19));
  REQUIRE(service.put(path + "/details", service.officer, {{"category", "hate"}, {"note", "Hets"}}).status == 200);
  const json deadline = service.get(path + "/deadline").json();
  CHECK(deadline["due_at"] == "2026-11-19T22:59:59Z");
  CHECK(deadline["due_at"] == service.get(path).json()["due_at"]);
  CHECK(deadline["shortened_to"] == "2026-11-18T22:59:59Z");
  CHECK(deadline["days"].back()["date"] == "2026-11-19");
  CHECK(deadline["days"].back()["note_en"] == "the category was changed, the shorter limit does not reach back");
}
