#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <pugixml.hpp>
#include <regex>

#include "support/test_service.h"
#include "workflow/casework_actions.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const std::string kCalendar = kHoor + "/owners/hfab/deadlines.ics";
const std::string kFeed = kHoor + "/owners/hfab/calendar-feed";

/// What another program, Debian's icalendar for Python, reads of a calendar: its events, in their order, as JSON.
json read_by_another(const std::string& calendar) {
  const TemporaryFolder folder;
  const std::string in = folder.file("in.ics"), out = folder.file("out.json"), script = folder.file("read.py");
  std::ofstream{in, std::ios::binary} << calendar;
  std::ofstream{script} << R"(import icalendar, json, sys
calendar = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
events = [{'uid': str(e['UID']), 'summary': str(e['SUMMARY']), 'description': str(e['DESCRIPTION']), 'location': str(e.get('LOCATION', '')),
           'start': e.decoded('DTSTART').isoformat(), 'end': e.decoded('DTEND').isoformat(), 'sequence': int(e['SEQUENCE']),
           'modified': e.decoded('LAST-MODIFIED').isoformat(), 'url': str(e['URL']),
           'alarms': [a.decoded('TRIGGER').isoformat() for a in e.walk('VALARM')]} for e in calendar.walk('VEVENT')]
json.dump({'name': str(calendar['X-WR-CALNAME']), 'events': events}, open(sys.argv[2], 'w'))
)";
  REQUIRE(std::system(("/usr/bin/python3 " + script + " " + in + " " + out).c_str()) == 0);
  std::ifstream result{out};
  return json::parse(result);
}

std::vector<std::string> lines_of(std::string text) {
  std::vector<std::string> lines;
  for (auto end = text.find("\r\n"); end != text.npos; end = text.find("\r\n")) {
    lines.push_back(text.substr(0, end));
    text.erase(0, end + 2);
  }
  REQUIRE(text.empty());
  return lines;
}

}  // namespace

TEST_CASE("calendar: another program reads an event for each open case, ending with its deadline") {
  TestService service;
  const std::string first = service.open_case_at("Storgatan 12");
  service.clock.pass(hours{24});
  const std::string second = service.open_case({{"location", {{"lat", 55.9362}, {"lon", 13.5405}, {"address", "Storgatan 14; \"Ladan\", åäö\\ 🎨"}}}, {"category", "tag"}});
  service.open_case_at("Industrigatan 1");
  const std::string closed = service.open_case_at("Storgatan 16");
  service.put(kHoor + "/cases/" + closed + "/removal", service.hfab, {{"removed_at", "2026-11-17T09:00:00+01:00"}});
  service.put(kHoor + "/cases/" + first + "/external-reference", service.hfab, {{"external_reference", "AO-9"}});
  const Answer answer = service.get(kCalendar, service.hfab);
  CHECK(answer.status == 200);
  CHECK(answer.header("content-type") == "text/calendar; charset=utf-8");
  for (const std::string& line : lines_of(answer.body)) CHECK(line.size() <= 75);
  const json read = read_by_another(answer.body);
  CHECK(read["name"] == "Klotter att ta bort i Höör");
  REQUIRE(read["events"].size() == 2);
  const json newer = read["events"][0], older = read["events"][1];
  CHECK(older["uid"] == first + "@klotterkoll");
  CHECK(older["end"] == "2026-11-19T23:00:00+00:00");
  CHECK(older["start"] == "2026-11-19T22:00:00+00:00");
  // 07:00 on the last weekday before the due day, a Thursday, and on it.
  CHECK(older["alarms"] == json{"2026-11-18T06:00:00+00:00", "2026-11-19T06:00:00+00:00"});
  CHECK(older["url"] == service.url() + "/1267/arende/" + first);
  CHECK(older["description"].get<std::string>().ends_with("Ert ärendenummer: AO-9"));
  CHECK(newer["location"] == "Storgatan 14; \"Ladan\", åäö\\ 🎨");
  CHECK(newer["summary"] == "Klotter på Storgatan 14; \"Ladan\", åäö\\ 🎨 (" + second + ")");
}

TEST_CASE("calendar: it is the same until something changes, and then its sequence grows") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12");
  const Answer answer = service.get(kCalendar, service.hfab);
  const std::string tag = answer.header("etag");
  service.clock.pass(hours{1});
  CHECK(service.send("GET", kCalendar, service.hfab, "", {{"If-None-Match", tag}}).status == 304);
  const int before = read_by_another(answer.body)["events"][0]["sequence"];
  CHECK(service.put(kHoor + "/cases/" + reference + "/details", service.officer, {{"surface", "wall"}, {"note", "Det är en vägg"}}).status == 200);
  const Answer changed = service.send("GET", kCalendar, service.hfab, "", {{"If-None-Match", tag}});
  CHECK(changed.status == 200);
  CHECK(read_by_another(changed.body)["events"][0]["sequence"] > before);
}

TEST_CASE("calendar: nobody's calendar is empty and still one") {
  TestService service;
  const Answer answer = service.get(kHoor + "/owners/eon/deadlines.ics", service.officer);
  CHECK(read_by_another(answer.body)["events"].empty());
}

TEST_CASE("calendar: an owner's key is for its own, and other roles have none") {
  TestService service;
  CHECK(service.get(kCalendar, service.officer).status == 200);
  CHECK(service.get(kCalendar, service.eon).status == 403);
  CHECK(service.get(kCalendar, service.police).status == 403);
  CHECK(service.get(kCalendar).status == 401);
  CHECK(service.get(kHoor + "/owners/nobody/deadlines.ics", service.officer).status == 404);
  CHECK(service.send("POST", kFeed, service.eon).status == 403);
  CHECK(service.erase(kFeed, service.eon).status == 403);
}

TEST_CASE("calendar: a secret address works without a key until there is another, or none") {
  TestService service;
  service.open_case_at("Storgatan 12");
  CHECK(service.get(kFeed, service.hfab).status == 404);
  const auto make = [&] {
    const Answer made = service.send("POST", kFeed, service.hfab);
    REQUIRE(made.status == 201);
    CHECK(made.header("location") == service.url() + kFeed);
    const std::string url = made.json()["url"];
    REQUIRE(url.starts_with(service.url() + kHoor + "/feeds/"));
    return url.substr(service.url().size());
  };
  const std::string first = make();
  const Answer calendar = service.get(first);
  CHECK(calendar.status == 200);
  CHECK(calendar.body == service.get(kCalendar, service.hfab).body);
  CHECK(calendar.header("x-robots-tag") == "noindex, nofollow");
  CHECK(service.get(kFeed, service.hfab).json()["created_at"] == "2026-11-16T09:00:00Z");
  // It lies nowhere, and is good in its municipality only.
  const std::string token = first.substr(first.find("/feeds/") + 7, 43);
  CHECK(service.store.ask("SELECT COUNT(*) FROM calendar_feeds WHERE feed_digest = '" + token + "'") == 0);
  CHECK(service.get(kHorby + "/feeds/" + token + "/deadlines.ics").status == 404);
  CHECK(service.get(kHoor + "/feeds/" + digest(token) + "/deadlines.ics").status == 404);
  const std::string second = make();
  CHECK(second != first);
  CHECK(service.get(first).status == 404);
  CHECK(service.get(second).status == 200);
  CHECK(service.erase(kFeed, service.officer).status == 204);
  CHECK(service.get(second).status == 404);
  const Headers once{{"Idempotency-Key", "calendar-feed-000001"}};
  CHECK(service.send("POST", kFeed, service.hfab, "", once).status == 201);
  CHECK(service.send("POST", kFeed, service.hfab, "", once).status == 409);
}

TEST_CASE("feed: it is well-formed Atom of what everybody may see, the last changed first") {
  TestService service;
  const Answer empty = service.get(kHoor + "/cases.atom");
  CHECK(empty.status == 200);
  CHECK(pugi::xml_document{}.load_string(empty.body.c_str()));
  const std::string plain = service.open_case_at("Storgatan 12 & \"Ladan\" <b>");
  service.clock.pass(seconds{1});
  const std::string hidden = service.open_case({{"location", {{"address", "Storgatan 7"}}}, {"category", "tag"}, {"description", "HEMLIGT"}, {"police_reference", "5000-K5-26"}});
  service.clock.pass(seconds{1});
  const std::string hate = service.open_case({{"location", {{"address", "Skolgatan 3"}}}, {"category", "hate"}});
  service.clock.pass(seconds{1});
  service.post(kHoor + "/cases/" + plain + "/comments", service.officer, {{"text", "INTERNT"}, {"visibility", "internal"}});
  const auto titles = [&] {
    const Answer answer = service.get(kHoor + "/cases.atom");
    CHECK(answer.header("content-type") == "application/atom+xml; charset=utf-8");
    for (const char* secret : {"HEMLIGT", "5000-K5", "INTERNT", "Ann Ek", "Storgatan 7", "Skolgatan 3"}) CHECK(answer.body.find(secret) == std::string::npos);
    pugi::xml_document document;
    REQUIRE(document.load_string(answer.body.c_str()));
    std::vector<std::string> all;
    for (const auto& entry : document.child("feed").children("entry")) {
      all.push_back(entry.child_value("title"));
      CHECK(std::regex_match(entry.child_value("id"), std::regex{"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"}));
      CHECK(parse_instant(entry.child_value("updated")));
    }
    return all;
  };
  CHECK(titles() == std::vector<std::string>{"Klotter på Skolgatan: ingen ansvarig ännu", "Klotter på Storgatan: ska tas bort",
                                             "Klotter på Storgatan 12 & \"Ladan\" <b>: ska tas bort"});
  service.clock.pass(seconds{1});
  service.put(kHoor + "/cases/" + plain + "/removal", service.hfab, {{"removed_at", "2026-11-16T09:30:00+01:00"}});
  CHECK(titles().front() == "Klotter på Storgatan 12 & \"Ladan\" <b>: borttaget");
  const Answer answer = service.get(kHoor + "/cases.atom");
  CHECK(service.send("GET", kHoor + "/cases.atom", "", "", {{"If-None-Match", answer.header("etag")}}).status == 304);
  // With a key it shows no more.
  CHECK(service.get(kHoor + "/cases.atom", service.officer).body == answer.body);
  CHECK(service.get(kHorby + "/cases.atom").body.find("<entry>") == std::string::npos);
}

TEST_CASE("feed: it holds the 50 cases that changed last") {
  TestService service;
  std::string first;
  for (int i = 1; i <= 51; ++i) {
    const std::string reference = service.open_case_at("Storgatan " + std::to_string(100 + i));
    if (i == 1) first = reference;
    service.clock.pass(seconds{1});
  }
  const auto entries = [&] {
    pugi::xml_document document;
    document.load_string(service.get(kHoor + "/cases.atom").body.c_str());
    const auto all = document.child("feed").children("entry");
    return std::distance(all.begin(), all.end());
  };
  CHECK(entries() == 50);
  CHECK(service.get(kHoor + "/cases.atom").body.find(first) == std::string::npos);
  service.put(kHoor + "/cases/" + first + "/dismissal", service.officer, {{"reason", "not_found"}});
  CHECK(entries() == 50);
  CHECK(service.get(kHoor + "/cases.atom").body.find(first) != std::string::npos);
}

TEST_CASE("tellings: an officer records a call; the same again is 200 and no event") {
  TestService service;
  const std::string path = kHoor + "/cases/" + service.open_case_at("Storgatan 12") + "/tellings";
  service.clock.pass(hours{2});
  const json told{{"channel", "call"}, {"told_at", "2026-11-16T11:00:00+01:00"}, {"note", "Talade med jouren"}};
  const Answer first = service.post(path, service.officer, told);
  CHECK(first.status == 201);
  CHECK(first.json()["told_at"] == "2026-11-16T10:00:00Z");
  const std::int64_t before = service.events();
  CHECK(service.post(path, service.officer, told).status == 200);
  CHECK(service.events() == before);
  CHECK(service.post(path, service.officer, {{"channel", "letter"}}).status == 200);  // known by then
  CHECK(service.post(path, service.officer, {{"channel", "mail"}}).status == 400);
  CHECK(service.post(path, service.officer, {{"channel", "call"}, {"told_at", "2026-11-16T12:00:01+01:00"}}).status == 422);
  CHECK(service.post(path, service.officer, {{"channel", "call"}, {"told_at", "2026-11-16T09:59:59+01:00"}}).status == 422);
  CHECK(service.post(path, service.hfab, told).status == 403);
  CHECK(service.post(kHorby + path.substr(kHoor.size()), service.horby_officer, told).status == 404);
  CHECK(service.events() == before);
}

TEST_CASE("external references: for the owner and the municipality, found by it, and hidden from others") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12"), path = kHoor + "/cases/" + reference + "/external-reference";
  const std::string tag = service.get(kHoor + "/cases/" + reference, service.hfab).header("etag");
  CHECK(service.see(reference, service.hfab)["external_reference"].is_null());
  CHECK(service.put(path, service.hfab, {{"external_reference", "  AO-2026-17 "}}).json()["external_reference"] == "AO-2026-17");
  CHECK(service.send("GET", kHoor + "/cases/" + reference, service.hfab, "", {{"If-None-Match", tag}}).status == 200);
  const std::int64_t before = service.events();
  CHECK(service.put(path, service.officer, {{"external_reference", "AO-2026-17"}}).status == 200);
  CHECK(service.events() == before);
  CHECK(service.put(path, service.eon, {{"external_reference", "X"}}).status == 403);
  CHECK(service.put(path, service.police, {{"external_reference", "X"}}).status == 403);
  CHECK(service.put(path, service.hfab, {{"external_reference", " "}}).status == 400);
  CHECK(service.put(path, service.hfab, {{"external_reference", "a\nb"}}).status == 422);
  for (const std::string& key : {std::string{}, service.police, service.eon}) CHECK_FALSE(service.see(reference, key).contains("external_reference"));
  const auto found = [&](const std::string& key) { return service.get(kHoor + "/cases?q=AO-2026-17", key).json()["items"].size(); };
  CHECK(found(service.hfab) == 1);
  CHECK(found(service.officer) == 1);
  CHECK(found(service.eon) == 0);
  CHECK(found(service.police) == 0);
  CHECK(found("") == 0);
  // No word of it in history, which never goes.
  CHECK(service.store.ask("SELECT COUNT(*) FROM events WHERE data LIKE '%AO-%'") == 0);
  CHECK(service.erase(path, service.hfab).status == 200);
  CHECK(service.see(reference, service.officer)["external_reference"].is_null());
  CHECK(found(service.hfab) == 0);
}

TEST_CASE("officers' list: what an officer should look at is listed, counted, and nobody else's business") {
  TestService service;
  const std::string nobodys = service.open_case_at("Okänd väg 1"), silent = service.open_case_at("Storgatan 12");
  const std::string tag = service.get(kHoor + "/cases/" + nobodys, service.officer).header("etag");
  CHECK(service.see(nobodys, service.officer)["attention"].is_null());
  CHECK(service.get(kHoor + "/cases?attention=true", service.officer).json()["items"].empty());
  service.clock.pass(hours{2});
  service.sweep();
  CHECK(service.see(nobodys, service.officer)["attention"] == "unassigned");
  CHECK(service.send("GET", kHoor + "/cases/" + nobodys, service.officer, "", {{"If-None-Match", tag}}).status == 200);
  for (const std::string& key : {std::string{}, service.police, service.hfab}) {
    CHECK_FALSE(service.see(nobodys, key).contains("attention"));
    CHECK(service.get(kHoor + "/cases?attention=true", key).status == 403);
    CHECK(service.get(kHoor + "/cases.ndjson?attention=silent", key).status == 403);
  }
  service.clock.pass(hours{48});
  service.sweep();
  const auto listed = [&](const std::string& which) {
    std::vector<std::string> references;
    for (const json& item : service.get(kHoor + "/cases?sort=due_at&attention=" + which, service.officer).items()) references.push_back(item["reference"]);
    return references;
  };
  CHECK(listed("true").size() == 2);
  CHECK(listed("silent") == std::vector{silent});
  CHECK(listed("unassigned") == std::vector{nobodys});
  CHECK(listed("bounced").empty());
  CHECK(service.get(kHoor + "/cases?attention=yes", service.officer).status == 400);
  CHECK(service.get(kHoor + "/statistics/backlog", service.officer).json()["attention"] ==
        json{{"unassigned", 1}, {"silent", 1}, {"no_channel", 0}, {"bounced", 0}});
  service.put(kHoor + "/cases/" + nobodys + "/assignment", service.officer, {{"owner_id", "hfab"}});
  CHECK(listed("true") == std::vector{silent});
}
