#include <doctest/doctest.h>

#include <algorithm>

#include "support/pictures.h"
#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const std::string kCases = kHoor + "/cases/";

json hold(const std::string& reason, const std::string& until, const std::string& note = "") {
  json body{{"reason", reason}, {"until", until}};
  if (!note.empty()) body["note"] = note;
  return body;
}

/// What the key sees of a case's only pause.
json only_hold(TestService& service, const std::string& reference, const std::string& key) {
  const json holds = service.see(reference, key)["holds"];
  REQUIRE(holds.size() == 1);
  return holds[0];
}

}  // namespace

TEST_CASE("holds: the municipality's counts at once, the owner's when it is granted, the police's on what they reported") {
  TestService service;  // Monday the 16th at 10
  const std::string reference = service.open_case_at("Storgatan 12"), path = kCases + reference + "/holds";
  const Answer made = service.post(path, service.officer, hold("weather", "2026-11-18T07:00:00+01:00", "Minus tio"));
  REQUIRE(made.status == 201);
  CHECK(made.header("location") == service.url() + kCases + reference);
  CHECK(made.json()["due_at"] == "2026-11-20T22:59:59Z");
  CHECK(made.json()["due_at_without_holds"] == "2026-11-19T22:59:59Z");
  CHECK(made.json()["clock"] == "held");
  const json shown = made.json()["holds"][0];
  CHECK(shown["reason"] == "weather");
  CHECK(shown["status"] == "granted");
  CHECK(shown["by"] == "municipality");
  CHECK(shown["requested_at"] == "2026-11-16T09:00:00Z");
  CHECK(shown["starts_at"] == "2026-11-16T09:00:00Z");
  CHECK(shown["until"] == "2026-11-18T06:00:00Z");
  CHECK(shown["ended_at"].is_null());
  CHECK(shown["decided_at"].is_null());
  CHECK_FALSE(shown["too_late"].get<bool>());
  CHECK(shown["note"] == "Minus tio");
  CHECK(shown["_links"].contains("end"));
  CHECK_FALSE(shown["_links"].contains("decide"));

  const std::string asked = service.open_case_at("Storgatan 14");
  const Answer request = service.post(kCases + asked + "/holds", service.hfab, hold("lift", "2026-11-18T07:00:00+01:00", "Liften kommer på tisdag"));
  REQUIRE(request.status == 201);
  CHECK(request.json()["due_at"] == "2026-11-19T22:59:59Z");
  CHECK(request.json()["clock"] == "on_track");
  CHECK(request.json()["holds"][0]["status"] == "requested");
  CHECK(service.store.told(Audience::officers) == 1);

  const std::string evidence = service.open_case_at("Storgatan 16");
  CHECK(service.post(kCases + evidence + "/holds", service.police, hold("evidence", "2026-11-18T10:00:01+01:00")).status == 422);
  CHECK(service.post(kCases + evidence + "/holds", service.police, hold("weather", "2026-11-17T10:00:00+01:00")).fault("/reason") != "");
  CHECK(service.post(kCases + evidence + "/holds", service.both_police, hold("evidence", "2026-11-17T10:00:00+01:00")).status == 403);
  const auto told = service.store.told(Audience::owner, "hfab");
  CHECK(service.post(kCases + evidence + "/holds", service.police, hold("evidence", "2026-11-18T10:00:00+01:00")).json()["clock"] == "held");
  CHECK(service.store.told(Audience::owner, "hfab") == told + 1);
  CHECK(service.post(kCases + evidence + "/holds", service.eon, hold("lift", "2026-11-18T07:00:00+01:00")).status == 403);
}

TEST_CASE("holds: who may hold a case is offered it, and each pause offers what may be done with it") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12");
  const auto offered = [&](const std::string& key) { return service.see(reference, key)["_links"].contains("hold"); };
  CHECK(offered(service.officer));
  CHECK(offered(service.hfab));
  CHECK(offered(service.police));
  CHECK_FALSE(offered(service.both_police));
  CHECK_FALSE(offered(service.eon));
  CHECK_FALSE(offered(""));
  service.post(kCases + reference + "/holds", service.hfab, hold("access", "2026-11-18T07:00:00+01:00"));
  const auto links = [&](const std::string& key) { return only_hold(service, reference, key).value("_links", json::object()); };
  CHECK(links(service.officer).contains("decide"));
  CHECK(links(service.hfab).empty());  // it is not running yet
  const std::string decision = links(service.officer)["decide"]["href"].get<std::string>().substr(service.url().size());
  CHECK(service.put(decision, service.officer, {{"granted", true}}).json()["clock"] == "held");
  CHECK(links(service.hfab).contains("end"));
  CHECK(links(service.police).empty());
  const std::string end = links(service.hfab)["end"]["href"].get<std::string>().substr(service.url().size());
  CHECK(service.post(end, service.police, json::object()).status == 403);
  CHECK(service.send("POST", end, service.hfab, "", {}, "").status == 201);
  CHECK(service.post(end, service.hfab, json::object()).status == 409);
  CHECK(links(service.hfab).empty());
  CHECK(only_hold(service, reference, "")["ended_at"] == "2026-11-16T09:00:00Z");
}

TEST_CASE("holds: requests are a list for officers, and a decision is repeated without an event") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12");
  service.open_case_at("Storgatan 14");
  service.post(kCases + reference + "/holds", service.hfab, hold("access", "2026-11-19T07:00:00+01:00", "Nyckeln saknas"));
  const auto waiting = [&](const std::string& key) { return service.get(kHoor + "/cases?holds=requested", key).items(); };
  REQUIRE(waiting(service.officer).size() == 1);
  CHECK(waiting(service.officer)[0]["reference"] == reference);
  CHECK(waiting(service.hfab).size() == 1);
  CHECK(waiting(service.eon).empty());
  CHECK(service.get(kHoor + "/cases?holds=running", service.officer).status == 400);
  CHECK(service.get(kHoor + "/cases.ndjson?holds=requested", service.officer).body.find(reference) != std::string::npos);
  service.clock.pass(hours{26});
  const std::string path = kCases + reference + "/holds/" + only_hold(service, reference, service.officer)["id"].get<std::string>() + "/decision";
  const json granted{{"granted", true}, {"note", "Nyckel hos vaktmästaren på onsdag"}};
  CHECK(service.put(path, service.hfab, granted).status == 403);
  CHECK(service.put(path, service.officer, {{"granted", "yes"}}).status == 400);
  const Answer first = service.put(path, service.officer, granted);
  REQUIRE(first.status == 200);
  // The days that ended while it was asked for are not counted: the 16th is day 0, the 17th and 18th end held.
  CHECK(first.json()["due_at"] == "2026-11-21T22:59:59Z");
  CHECK(first.json()["holds"][0]["decided_at"] == "2026-11-17T11:00:00Z");
  const std::int64_t before = service.events();
  CHECK(service.put(path, service.officer, granted).body == first.body);
  CHECK(service.events() == before);
  CHECK(service.put(path, service.officer, {{"granted", false}}).status == 409);
  CHECK(waiting(service.officer).empty());
  CHECK(service.put(kCases + reference + "/holds/0000000000/decision", service.officer, granted).status == 404);
  CHECK(service.put(kCases + service.open_case_at("Storgatan 16") + path.substr(path.find("/holds/")), service.officer, granted).status == 404);
}

TEST_CASE("holds: what was written with a pause is for those who may read it, and the answer for who asked") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12"), path = kCases + reference + "/holds";
  service.post(path, service.hfab, hold("access", "2026-11-18T07:00:00+01:00", "Nyckeln saknas"));
  const std::string id = only_hold(service, reference, service.officer)["id"];
  service.put(path + "/" + id + "/decision", service.officer, {{"granted", false}, {"note", "Vaktmästaren öppnar"}});
  service.post(path, service.police, hold("evidence", "2026-11-17T07:00:00+01:00", "DNA på burken"));
  const auto notes = [&](const std::string& key) {
    std::string all;
    const json holds = service.see(reference, key)["holds"];
    for (const json& one : holds)
      for (const char* name : {"note", "decision_note"}) all += (one[name].is_null() ? "-" : one[name].get<std::string>()) + "|";
    return all;
  };
  const std::string everything = "Nyckeln saknas|Vaktmästaren öppnar|DNA på burken|-|";
  CHECK(notes(service.officer) == everything);
  CHECK(notes(service.police) == everything);
  CHECK(notes(service.hfab) == "Nyckeln saknas|Vaktmästaren öppnar|-|-|");
  // That of the police is not shown to others at all.
  CHECK(notes(service.eon) == "-|-|");
  CHECK(notes("") == "-|-|");
}

TEST_CASE("holds: one entered after the deadline is taken and marked, and moves nothing") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12"), path = kCases + reference;
  service.clock.pass(hours{85} + std::chrono::minutes{59} + seconds{59});  // Thursday, 23:59:59
  const std::string in_time = service.open_case_at("Storgatan 14");
  service.clock.pass(seconds{1});
  CHECK(service.post(path + "/holds", service.officer, hold("weather", "2026-11-24T07:00:00+01:00")).json()["clock"] == "overdue");
  const json shown = only_hold(service, reference, "");
  CHECK(shown["too_late"].get<bool>());
  CHECK_FALSE(shown["granted_late"].get<bool>());
  CHECK(service.see(reference)["due_at"] == "2026-11-19T22:59:59Z");
  const json without_effect = service.get(path + "/deadline").json()["holds_without_effect"];
  CHECK(without_effect[0]["id"] == shown["id"]);
  CHECK(without_effect[0]["too_late"].get<bool>());
}

TEST_CASE("holds: it ends by itself, and what is sent twice with one key is one pause") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12"), path = kCases + reference + "/holds";
  const Headers once{{"Idempotency-Key", "hold-0000000000000001"}};
  const Answer first = service.post(path, service.officer, hold("weather", "2026-11-18T07:00:00+01:00"), once);
  CHECK(service.post(path, service.officer, hold("weather", "2026-11-18T07:00:00+01:00"), once).body == first.body);
  CHECK(service.post(path, service.officer, hold("lift", "2026-11-18T07:00:00+01:00"), once).status == 422);
  CHECK(service.events("hold_started") == 1);
  service.clock.pass(hours{44} + std::chrono::minutes{59} + seconds{59});
  CHECK(service.sweep().holds_ended == 0);
  CHECK(service.see(reference)["clock"] == "held");
  service.clock.pass(seconds{1});
  CHECK(service.sweep().holds_ended == 1);
  CHECK(only_hold(service, reference, "")["ended_at"] == "2026-11-18T06:00:00Z");
  CHECK(service.see(reference)["clock"] == "on_track");
}

TEST_CASE("holds: what makes no sense is refused by name, and a stale version too") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12"), path = kCases + reference + "/holds";
  const auto fault = [&](const json& body, int status, const char* pointer) {
    const Answer answer = service.post(path, service.officer, body);
    CAPTURE(answer.body);
    CHECK(answer.status == status);
    CHECK(answer.fault(pointer) != "");
  };
  fault({{"reason", "weather"}}, 400, "/until");
  fault(hold("holiday", "2026-11-18T07:00:00+01:00"), 400, "/reason");
  fault(hold("weather", "2026-11-18T07:00:00"), 400, "/until");
  fault(hold("weather", "tomorrow"), 400, "/until");
  fault(hold("weather", "2026-11-16T10:00:00+01:00"), 422, "/until");         // it begins then
  fault(hold("weather", "2026-11-30T10:00:01+01:00"), 422, "/until");         // a second more than 14 days
  fault({{"reason", "weather"}, {"until", "2026-11-18T07:00:00+01:00"}, {"starts_at", "2026-11-01T07:00:00+01:00"}}, 400, "/starts_at");
  const std::int64_t version = service.see(reference)["version"];
  CHECK(service.post(path, service.officer, hold("weather", "2026-11-18T07:00:00+01:00"), {{"If-Match", "\"" + std::to_string(version + 1) + "\""}}).status == 412);
  service.put(kCases + reference + "/removal", service.hfab, {{"removed_at", "2026-11-16T10:00:00+01:00"}});
  CHECK(service.post(path, service.officer, hold("weather", "2026-11-18T07:00:00+01:00")).status == 409);
  CHECK(service.events("hold_started") == 0);
}

TEST_CASE("holds: that the police secure traces is not told to everybody") {
  TestService service;
  const std::string reference = service.post(kHoor + "/reports", service.police, tag_report()).json()["case"]["reference"];
  const std::string path = kHoor + "/cases/" + reference;
  REQUIRE(service.post(path + "/holds", service.police, {{"reason", "evidence"}, {"until", "2026-11-17T09:00:00Z"}}).status == 201);
  for (const std::string& key : {service.police, service.officer, service.hfab}) CHECK(service.get(path, key).json()["holds"].size() == 1);
  for (const std::string& key : {std::string{}, service.channel}) CHECK(service.get(path, key).json()["holds"].empty());
  CHECK(service.get(path + "/events", "").body.find("evidence") == std::string::npos);
}

TEST_CASE("holds: why a day was held is told to staff and the case's owner, to others only that it was") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12"), path = kCases + reference;
  REQUIRE(service.post(path + "/holds", service.police, hold("evidence", "2026-11-18T10:00:00+01:00")).status == 201);
  const auto notes = [&](const std::string& key) {
    std::string all;
    const json told = service.get(path + "/deadline", key).json();
    for (const json& day : told["days"]) all += day["note"].get<std::string>() + "; " + day["note_en"].get<std::string>() + "\n";
    return all;
  };
  for (const std::string& key : {service.officer, service.police, service.hfab, service.both_police}) CHECK(notes(key).find("held (evidence)") != std::string::npos);
  for (const std::string& key : {std::string{}, service.eon, service.channel}) {
    CHECK(notes(key).find("pausad, räknas inte; held, not counted") != std::string::npos);
    CHECK(service.get(path + "/deadline", key).body.find("evidence") == std::string::npos);
  }
  CHECK(service.get(path + "/deadline", service.officer).header("cache-control") == "no-store");
  // Another reason is not told either: else its absence would tell of the evidence.
  REQUIRE(service.post(path + "/holds", service.officer, hold("weather", "2026-11-20T10:00:00+01:00")).status == 201);
  CHECK(notes("").find("weather") == std::string::npos);
  CHECK(notes(service.officer).find("weather") != std::string::npos);
  // Nor when it ended, or that one for evidence came too late to have an effect.
  const std::string id = service.see(reference, service.officer)["holds"][0]["id"];
  REQUIRE(service.post(path + "/holds/" + id + "/end", service.police, json::object()).status == 201);
  const auto ended = [&](const std::string& key) {
    const auto events = service.get(path + "/events?limit=100", key).items();
    return std::ranges::count_if(events, [](const json& event) { return event["type"] == "hold_ended"; });
  };
  CHECK(ended(service.officer) == 1);
  CHECK(ended("") == 0);
  service.clock.pass(hours{24 * 14});
  REQUIRE(service.post(path + "/holds", service.officer, hold("evidence", "2026-12-02T10:00:00+01:00")).status == 201);
  CHECK(service.get(path + "/deadline", service.officer).json()["holds_without_effect"].size() == 1);
  CHECK(service.get(path + "/deadline").json()["holds_without_effect"].empty());
}

TEST_CASE("holds: photos that show why are kept with the case and named with the pause, for those who see them") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12"), path = kCases + reference;
  const auto send = [&](const std::string& key) {
    static int width = 100;
    const Answer answer = service.send("POST", kHoor + "/photos", key, jpeg({.width = width += 10, .height = 90}), {}, "image/jpeg");
    REQUIRE(answer.status == 201);
    return answer.json()["id"].get<std::string>();
  };
  const std::string ice = send(service.hfab), theirs = send(service.police);
  json body = hold("weather", "2026-11-18T07:00:00+01:00");
  body["photo_ids"] = {theirs};
  CHECK(service.post(path + "/holds", service.hfab, body).fault("/photo_ids/0") != "");
  CHECK(service.see(reference, service.officer)["holds"].empty());  // nothing of it was kept
  body["photo_ids"] = {ice};
  const Answer made = service.post(path + "/holds", service.hfab, body);
  REQUIRE(made.status == 201);
  for (const std::string& key : {service.hfab, service.officer, service.police}) {
    const json seen = service.see(reference, key);
    CHECK(seen["holds"][0]["photo_ids"] == json{ice});
    CHECK(seen["photos"][0]["role"] == "evidence");
  }
  for (const std::string& key : {std::string{}, service.eon, service.both_police}) {
    CHECK(service.see(reference, key)["holds"][0]["photo_ids"].empty());
    CHECK(service.see(reference, key)["photos"].empty());
  }
  // The note of the decision is still the decision's, and an erased photo is named no more.
  const std::string decide = made.json()["holds"][0]["id"];
  const json decided = service.put(path + "/holds/" + decide + "/decision", service.officer, {{"granted", true}, {"note", "Ja"}}).json();
  CHECK(decided["holds"][0]["decision_note"] == "Ja");
  REQUIRE(service.erase(kHoor + "/photos/" + ice, service.officer).status / 100 == 2);
  CHECK(service.see(reference, service.officer)["holds"][0]["photo_ids"].empty());
}

TEST_CASE("merges: both cases tell of each other, reports and clock go to the target, and come back") {
  TestService service;
  json numbered = tag_report("Storgatan 12");
  numbered["police_reference"] = "5000-K1-26";
  const std::string goes = service.open_case(numbered);
  service.clock.pass(hours{24});
  const std::string target = service.open_case_at("Storgatan 14");
  const json body{{"into", target}, {"note", "Samma garageport"}};
  CHECK(service.see(goes, service.officer)["_links"].contains("merge"));
  const Answer merged = service.put(kCases + goes + "/merge", service.officer, body);
  REQUIRE(merged.status == 200);
  CHECK(merged.json()["state"] == "merged");
  CHECK(merged.json()["merged_into"] == target);
  CHECK(merged.json()["_links"].contains("undo_merge"));
  const std::int64_t before = service.events();
  CHECK(service.put(kCases + goes + "/merge", service.officer, body).body == merged.body);
  CHECK(service.events() == before);
  const json seen = service.see(target, service.officer);
  CHECK(seen["merged_cases"] == json{goes});
  CHECK(seen["reports"]["count"] == 2);
  CHECK(seen["reports"]["ids"].size() == 2);
  CHECK(seen["police_references"] == json{"5000-K1-26"});
  CHECK(seen["due_at"] == "2026-11-19T22:59:59Z");
  CHECK(service.see(target)["reports"]["count"] == 2);
  CHECK_FALSE(service.see(target).contains("merged_cases"));
  // The K-number finds the case that is worked on.
  const auto found = service.get(kHoor + "/cases?q=5000-K1-26", service.police).items();
  REQUIRE(found.size() == 1);
  CHECK(found[0]["reference"] == target);

  const Answer undone = service.erase(kCases + goes + "/merge", service.officer);
  CHECK(undone.json()["state"] == "assigned");
  CHECK(undone.json()["merged_into"].is_null());
  CHECK(service.see(target, service.officer)["merged_cases"].empty());
  CHECK(service.see(target)["due_at"] == "2026-11-20T22:59:59Z");
  CHECK(service.see(target)["reports"]["count"] == 1);
  CHECK(service.erase(kCases + goes + "/merge", service.officer).status == 409);
}

TEST_CASE("merges: a target that cannot be is refused, whoever asks") {
  TestService service;
  const std::string goes = service.open_case_at("Storgatan 12"), target = service.open_case_at("Storgatan 14");
  const Answer horby = service.post(kHorby + "/reports", service.horby_police, tag_report("Storgatan 1"));
  const std::string elsewhere = horby.json()["case"]["reference"], path = kCases + goes + "/merge";
  const std::int64_t before = service.events();
  CHECK(service.put(path, service.officer, {{"into", goes}}).fault("/into") != "");
  CHECK(service.put(path, service.officer, {{"into", elsewhere}}).status == 404);
  CHECK(service.put(path, service.officer, {{"into", "HR7K"}}).status == 400);
  CHECK(service.put(path, service.officer, json::object()).status == 400);
  CHECK(service.put(path, service.hfab, {{"into", target}}).status == 403);
  CHECK(service.put(path, service.police, {{"into", target}}).status == 403);
  CHECK(service.put(kHorby + "/cases/" + goes + "/merge", service.horby_officer, {{"into", elsewhere}}).status == 404);
  service.put(kCases + target + "/dismissal", service.officer, {{"reason", "not_found"}});
  CHECK(service.put(path, service.officer, {{"into", target}}).fault("/into").find("dismissed") != std::string::npos);
  CHECK(service.events() == before + 1);
}

TEST_CASE("splits: the answer is the other case, with the same reports and start and an owner of its own") {
  TestService service;
  json report = tag_report("Storgatan 12");
  report["police_reference"] = "5000-K1-26";
  const std::string reference = service.open_case(report);
  service.clock.pass(hours{5});
  const json cabinet{{"object_type", "power_cabinet"}, {"surface", "door"}, {"owner_id", "eon"}, {"note", "Elskåpet framför"}};
  const Answer answer = service.post(kCases + reference + "/splits", service.officer, cabinet);
  REQUIRE(answer.status == 201);
  const json other = answer.json(), origin = service.see(reference, service.officer);
  CHECK(answer.header("location") == service.url() + kCases + other["reference"].get<std::string>());
  CHECK(other["reference"] != reference);
  CHECK(other["owner"]["id"] == "eon");
  CHECK(other["object_type"] == "power_cabinet");
  CHECK(other["split_from"] == reference);
  CHECK(other["reports"] == origin["reports"]);
  CHECK(other["police_references"] == origin["police_references"]);
  CHECK(other["due_at"] == origin["due_at"]);
  CHECK(origin["owner"]["id"] == "hfab");
  CHECK(service.get(kHoor + "/cases?q=5000-K1-26", service.police).items().size() == 2);
  CHECK(service.post(kCases + reference + "/splits", service.officer, {{"owner_id", "nobody"}}).fault("/owner_id") != "");
  CHECK(service.post(kCases + reference + "/splits", service.hfab, json::object()).status == 403);
  service.put(kCases + reference + "/dismissal", service.officer, {{"reason", "not_found"}});
  CHECK(service.post(kCases + reference + "/splits", service.officer, json::object()).status == 409);
}
