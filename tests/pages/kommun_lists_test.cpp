#include <doctest/doctest.h>

#include "domain/land.h"
#include "support/desk.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::days;
using std::chrono::hours;

namespace {

std::string case_path(const std::string& reference) { return kHoor + "/cases/" + reference; }

/// How many the front page tells of a kind; 0 where it tells of none.
std::int64_t told(const Answer& front, const std::string& section) {
  const std::string start = "<li><a href=\"#" + section + "\"><span class=\"big\">";
  const auto at = front.body.find(start);
  return at == std::string::npos ? 0 : std::stoll(front.body.substr(at + start.size()));
}

std::string box(Desk& desk, const std::string& reference) { return reference + "." + desk.version_of(reference); }

/// The register knows addresses, but not this one, at which the case was reported.
void queue_unmatched(Desk& desk, const std::string& reference, const std::string& address) {
  desk.service.store->write([&](Transaction& transaction) {
    const CaseId id = desk.service.store->references().decode_case(reference).value();
    transaction.land().queue_unmatched(transaction.next_queue_id(id.municipality()), address, id, desk.service.clock.now());
  });
}

/// A night's report of the police beside a case that is there, which waits for an officer's word; gives its id.
std::string waiting_report(Desk& desk) {
  const json near = {{"location", {{"lat", 55.9362}, {"lon", 13.5405}}}, {"category", "tag"}};
  REQUIRE(desk.service.post(kHoor + "/reports", "", near).status == 201);
  json row = near;
  row["police_reference"] = "5000-K500-26";
  row["description"] = "Samma <b>tagg</b>";
  const Answer sent = desk.service.post(kHoor + "/reports/batches", desk.service.police, {{"items", {row}}});
  REQUIRE(sent.status < 300);
  const auto items = desk.service.get(kHoor + "/confirmations", desk.service.officer).items();
  REQUIRE(items.size() == 1);
  return items[0]["id"];
}

}  // namespace

TEST_CASE("kommun front page: an empty day says so") {
  Desk desk;
  const Answer page = desk.get("/kommun");
  CHECK(page.status == 200);
  CHECK(holds(page, "Det finns ingenting att göra just nu."));
  CHECK_FALSE(holds(page, "<h2"));
  CHECK(holds(desk.get("/kommun?lang=en"), "There is nothing to do right now."));
}

TEST_CASE("kommun front page: its counts are those of the API, and each heading leads to its list") {
  Desk desk;
  TestService& service = desk.service;
  const std::string late = service.open_case_at("Storgatan 20");
  service.clock.pass(days{5});
  desk.sit_down(desk.add_user(Role::municipality, "1267"));  // the session ended meanwhile
  for (int i = 0; i < 6; ++i) desk.open_nowhere("Okända gränd " + std::to_string(i + 1));
  const std::string asks = service.open_case_at("Storgatan 12"), held = service.open_case_at("Storgatan 14"), removed = service.open_case_at("Storgatan 16");
  const std::string until = format_instant(service.clock.now() + hours{40}), longer = format_instant(service.clock.now() + hours{60});
  REQUIRE(service.post(case_path(asks) + "/holds", service.hfab, {{"reason", "weather"}, {"until", until}}).status == 201);
  REQUIRE(service.post(case_path(held) + "/holds", service.officer, {{"reason", "lift"}, {"until", until}}).status == 201);
  const std::string held_longer = service.open_case_at("Storgatan 18");
  REQUIRE(service.post(case_path(held_longer) + "/holds", service.officer, {{"reason", "lift"}, {"until", longer}}).status == 201);
  REQUIRE(service.put(case_path(removed) + "/removal", service.hfab, {{"removed_at", format_instant(service.clock.now())}}).status == 200);
  REQUIRE(service.post(case_path(removed) + "/reopen-requests", "", json::object()).status == 201);
  waiting_report(desk);
  queue_unmatched(desk, late, "Okända gränd 99");
  service.sweep();
  const Answer front = desk.get("/kommun");
  CHECK(front.status == 200);
  const json backlog = service.get(kHoor + "/statistics/backlog", service.officer).json();
  std::int64_t due_soon = 0, overdue = 0, attention = 0;
  for (const json& owner : backlog["by_owner"]) due_soon += owner["due_soon"].get<int>(), overdue += owner["overdue"].get<int>();
  for (const auto& [why, count] : backlog["attention"].items()) attention += count.get<int>();
  CHECK(told(front, "unassigned") == backlog["unassigned"].get<int>());
  CHECK(told(front, "unassigned") >= 6);
  CHECK(told(front, "overdue") == overdue);
  CHECK(overdue == 1);
  CHECK(told(front, "due_soon") == due_soon);
  CHECK(told(front, "attention") == attention);
  CHECK(told(front, "waiting") == backlog["waiting"].get<int>());
  CHECK(told(front, "requests") == 1);
  CHECK(told(front, "holds") == 1);  // the other one runs on for more than two days
  CHECK(told(front, "reopen") == 1);
  CHECK(told(front, "unmatched") == 1);
  CHECK(holds(front, late));
  for (const char* list : {"/1267/kommun/fordela\"", "/1267/kommun/arenden?clock=overdue&amp;sort=due_at\"", "/1267/kommun/arenden?holds=requested\"", "/1267/kommun/vantar\"",
                           "/1267/kommun/oppna-igen\"", "/1267/kommun/adresser\""}) {
    CAPTURE(list);
    CHECK(holds(front, list));
  }
  CHECK(holds(desk.get("/kommun/arenden?holds=requested"), asks));
  CHECK(holds(desk.get("/kommun/arenden?clock=overdue&sort=due_at"), late));
  CHECK_FALSE(holds(desk.get("/kommun/arenden?clock=overdue&sort=due_at"), asks));
  // The same in Hörby: nothing.
  desk.sit_down(desk.add_user(Role::municipality, "1266"));
  CHECK(holds(desk.get("/1266/kommun"), "Det finns ingenting att göra just nu."));
}

TEST_CASE("kommun front page: who says that graffiti is still there waits until an officer has answered") {
  Desk desk;
  TestService& service = desk.service;
  const std::string reference = service.open_case_at("Storgatan 16");
  REQUIRE(service.put(case_path(reference) + "/removal", service.hfab, {{"removed_at", format_instant(service.clock.now())}}).status == 200);
  CHECK(told(desk.get("/kommun"), "reopen") == 0);
  service.clock.pass(hours{1});
  REQUIRE(service.post(case_path(reference) + "/reopen-requests", "", json::object()).status == 201);
  CHECK(told(desk.get("/kommun"), "reopen") == 1);
  CHECK(holds(desk.get("/kommun/oppna-igen"), reference));
  // What others write is no answer.
  REQUIRE(service.post(case_path(reference) + "/comments", service.hfab, {{"text", "Vi var där"}}).status == 201);
  CHECK(told(desk.get("/kommun"), "reopen") == 1);
  CHECK(desk.act(reference, "kommentar", {{"text", "Vi har sett efter: det är borta."}, {"visibility", "public"}}).status == 303);
  CHECK(told(desk.get("/kommun"), "reopen") == 0);
  // Asked again, and answered by opening it.
  service.clock.pass(hours{1});
  REQUIRE(service.post(case_path(reference) + "/reopen-requests", "", json::object()).status == 201);
  CHECK(told(desk.get("/kommun"), "reopen") == 1);
  CHECK(desk.act(reference, "oppna-igen", {}).status == 303);
  CHECK(told(desk.get("/kommun"), "reopen") == 0);
}

TEST_CASE("kommun triage: cases are assigned, dismissed, merged and passed over one by one") {
  Desk desk;
  TestService& service = desk.service;
  CHECK(holds(desk.get("/kommun/fordela"), "Allt är fördelat."));
  const std::string first = desk.open_nowhere("Okända gränd 1");
  service.clock.pass(hours{1});
  const std::string second = desk.open_nowhere("Okända gränd 2"), third = desk.open_nowhere("Okända gränd 3");
  Answer page = desk.get("/kommun/fordela");
  CHECK(holds(page, "Okända gränd 1"));
  CHECK(holds(page, "3 ärenden utan ansvarig."));
  CHECK(holds(page, "id=\"owner_1\""));
  CHECK(holds(page, "/1267/kommun/fordela?arende=" + second));  // what skipping leads to
  CHECK(holds(page, "/assets/triage-"));
  CHECK_FALSE(holds(page, "style=\""));
  const auto triage = [&](const std::string& reference, const char* act, Desk::Fields fields) {
    fields.emplace_back("version", desk.version_of(reference));
    fields.emplace_back("next", second);
    return desk.post("/kommun/fordela/" + reference + "/" + act, fields);
  };
  CHECK(triage(first, "fordela", {{"category", "tag"}}).status == 422);
  CHECK(triage(first, "fordela", {{"owner_id", "nobody"}, {"category", "tag"}}).status == 422);
  const Answer assigned = triage(first, "fordela", {{"owner_id", "hfab"}, {"category", "tag"}, {"note", "Deras mur"}});
  CHECK(assigned.status == 303);
  CHECK(assigned.header("location") == "/1267/kommun/fordela?arende=" + second + "&klart=fordela");
  CHECK(service.see(first, service.officer)["owner"]["id"] == "hfab");
  // A second press finds the case changed, and does not act on the one that is shown then.
  const Answer again = desk.post("/kommun/fordela/" + first + "/fordela", {{"owner_id", "eon"}, {"category", "tag"}, {"version", "1"}, {"next", second}, {"note", "Vad jag skrev"}});
  CHECK(again.status == 409);
  CHECK(holds(again, "Vad jag skrev"));
  CHECK_FALSE(holds(again, "value=\"eon\" checked"));
  CHECK(service.see(first, service.officer)["owner"]["id"] == "hfab");
  CHECK(triage(second, "avskriv", {{"reason", ""}}).status == 422);
  CHECK(triage(second, "avskriv", {{"reason", "not_found"}}).status == 303);
  CHECK(service.see(second)["state"] == "dismissed");
  CHECK(triage(third, "sla-ihop", {{"into", "nonsense"}}).status == 422);
  CHECK(triage(third, "sla-ihop", {{"into", first}}).status == 303);
  CHECK(service.see(third, service.officer)["merged_into"] == first);
  CHECK(triage(third, "nonsens", {}).status == 404);
  CHECK(holds(desk.get("/kommun/fordela?arende=" + third), "Allt är fördelat."));
}

TEST_CASE("kommun triage: a citizen's category and an uncertain owner are confirmed there") {
  Desk desk;
  TestService& service = desk.service;
  const Answer reported = service.post(kHoor + "/reports", "", {{"location", {{"address", "Storgatan 12"}}}, {"category", "hate"}});
  REQUIRE(reported.status == 201);
  const std::string reference = reported.json()["case"]["reference"];
  CHECK(holds(desk.get("/kommun/fordela"), "Slaget av klotter är inte bekräftat"));
  const Answer sent = desk.post("/kommun/fordela/" + reference + "/fordela",
                                {{"owner_id", "hfab"}, {"category", "political"}, {"version", desk.version_of(reference)}, {"next", reference}});
  CHECK(sent.status == 303);
  json seen = service.see(reference, service.officer);
  CHECK(seen["category"] == "political");
  CHECK(seen["category_confirmed"] == true);
  CHECK(service.events("case_assigned") == 1);  // whose it was, it was already
  CHECK(holds(desk.get("/kommun/fordela"), "Allt är fördelat."));
  service.store.tamper("UPDATE cases SET routing_uncertain = 1");
  CHECK(holds(desk.get("/kommun/fordela"), "det är osäkert"));
  CHECK(desk.post("/kommun/fordela/" + reference + "/fordela", {{"owner_id", "hfab"}, {"category", "political"}, {"version", desk.version_of(reference)}, {"next", reference}}).status == 303);
  CHECK(service.see(reference, service.officer)["routing"]["uncertain"] == false);
  CHECK(service.events("case_assigned") == 1);
  CHECK(holds(desk.get("/kommun/fordela"), "Allt är fördelat."));
}

TEST_CASE("kommun list: filters stand in the address, and pages keep them") {
  Desk desk;
  TestService& service = desk.service;
  const std::string old = service.open_case_at("Storgatan 12");
  service.clock.pass(days{2});
  desk.sit_down(desk.add_user(Role::municipality, "1267"));  // the session ended meanwhile
  for (int i = 0; i < 52; ++i) service.open_case_at("Industrigatan " + std::to_string(i + 1));
  const Answer eon = desk.get("/kommun/arenden?owner_id=eon");
  CHECK(holds(eon, "Antal ärenden: 52"));
  CHECK(holds(eon, "/1267/kommun/arenden?owner_id=eon&amp;sida=2"));
  CHECK_FALSE(holds(eon, old));
  CHECK(holds(eon, "value=\"eon\" selected"));
  CHECK(holds(desk.get("/kommun/arenden?owner_id=eon&sida=2"), "Sida 2 av 2"));
  CHECK(holds(desk.get("/kommun/arenden?q=Storgatan+12"), old));
  CHECK(holds(desk.get("/kommun/arenden?q=" + old), "Antal ärenden: 1<"));
  CHECK(holds(desk.get("/kommun/arenden?state=open&category=piece"), "Inget ärende stämmer"));
  // Local days, both ends: it was reported on the 16th and is due on the 19th, in the last second.
  CHECK(holds(desk.get("/kommun/arenden?anmalt_fran=2026-11-16&anmalt_till=2026-11-16"), "Antal ärenden: 1<"));
  CHECK(holds(desk.get("/kommun/arenden?anmalt_fran=2026-11-17"), "Antal ärenden: 52"));
  CHECK(holds(desk.get("/kommun/arenden?senast=2026-11-19"), "Antal ärenden: 1<"));
  CHECK(holds(desk.get("/kommun/arenden?senast=2026-11-18"), "Inget ärende stämmer"));
  const Answer wrong = desk.get("/kommun/arenden?senast=snart&q=%3Cscript%3E");
  CHECK(wrong.status == 422);
  CHECK(holds(wrong, "href=\"#senast\""));
  CHECK_FALSE(holds(wrong, "<script>"));
  CHECK(desk.get("/kommun/arenden?state=nonsense").status == 400);
  CHECK(desk.get("/kommun/arenden?sida=99999999").status == 200);
}

TEST_CASE("kommun list: many cases at once, each for itself") {
  Desk desk;
  TestService& service = desk.service;
  const std::string a = desk.open_nowhere("Okända gränd 1"), b = desk.open_nowhere("Okända gränd 2"), c = desk.open_nowhere("Okända gränd 3");
  CHECK(desk.post("/kommun/arenden", {{"gor", "fordela"}, {"till", "hfab"}}).status == 422);
  CHECK(desk.post("/kommun/arenden", {{"gor", "fordela"}, {"arende", box(desk, a)}}).status == 422);
  CHECK(desk.post("/kommun/arenden", {{"gor", "avskriv"}, {"arende", box(desk, a)}}).status == 422);
  CHECK(desk.post("/kommun/arenden", {{"gor", "nonsens"}, {"arende", box(desk, a)}}).status == 400);
  CHECK(desk.post("/kommun/arenden", {{"gor", "fordela"}, {"till", "hfab"}, {"arende", "nonsens"}}).status == 400);
  const Answer both = desk.post("/kommun/arenden?state=open", {{"gor", "fordela"}, {"till", "hfab"}, {"arende", box(desk, a)}, {"arende", box(desk, b)}, {"note", "Enligt avtal"}});
  CHECK(both.status == 303);
  CHECK(both.header("location") == "/1267/kommun/arenden?state=open&klara=2");
  CHECK(holds(desk.get(both.header("location")), "Klart för 2 ärenden."));
  CHECK(service.see(b, service.officer)["owner"]["id"] == "hfab");
  // One has changed since the list was shown: the others are done, and the page says which was not.
  const std::string stale = box(desk, a);
  REQUIRE(service.put(case_path(a) + "/assignment", service.officer, {{"owner_id", "eon"}}).status == 200);
  const Answer partly = desk.post("/kommun/arenden", {{"gor", "avskriv"}, {"reason", "not_found"}, {"arende", stale}, {"arende", box(desk, b)}, {"arende", box(desk, c)}});
  CHECK(partly.status == 409);
  CHECK(holds(partly, "Klart för 2 ärenden."));
  CHECK(holds(partly, ">" + a + "</a>: ärendet har ändrats"));
  CHECK(service.see(a)["state"] == "assigned");
  CHECK(service.see(c)["state"] == "dismissed");
  CHECK(desk.post("/kommun/arenden", {{"gor", "kommentera"}, {"arende", box(desk, a)}, {"note", "Ring på måndag"}}).status == 303);
  CHECK(service.events("comment_added") == 1);
}

TEST_CASE("kommun: reports that wait are decided on a page, as by the API") {
  Desk desk;
  TestService& service = desk.service;
  const std::string id = waiting_report(desk);
  const Answer page = desk.get("/kommun/vantar");
  CHECK(holds(page, "5000-K500-26"));
  CHECK(holds(page, "Samma &lt;b&gt;tagg"));
  const std::string candidate = service.get(kHoor + "/confirmations", service.officer).items()[0]["candidates"][0]["reference"];
  CHECK(holds(page, "value=\"" + candidate + "\""));
  const Answer wrong = desk.post("/kommun/vantar/" + id, {{"joins", ""}, {"note", "Jag såg båda"}});
  CHECK(wrong.status == 422);
  CHECK(holds(wrong, "href=\"#joins_" + id + "\""));
  CHECK(holds(wrong, "Jag såg båda</textarea>"));
  CHECK(desk.post("/kommun/vantar/" + id, {{"joins", candidate}}).status == 303);
  CHECK(service.get(kHoor + "/confirmations/" + id, service.officer).json()["state"] == "joined");
  CHECK(holds(desk.get("/kommun/vantar"), "Ingen anmälan väntar."));
  // Another word now is a conflict.
  CHECK(desk.post("/kommun/vantar/" + id, {{"joins", "new"}}).status == 409);
  CHECK(desk.post("/kommun/vantar/nonsens", {{"joins", "new"}}).status == 404);
}

TEST_CASE("kommun: an address that there is not leaves the list") {
  Desk desk;
  queue_unmatched(desk, desk.open_nowhere("Okända gränd 1"), "Okända gränd 1");
  const Answer page = desk.get("/kommun/adresser");
  REQUIRE(holds(page, "Okända gränd 1"));
  const auto at = page.body.find("/1267/kommun/adresser/");
  REQUIRE(at != std::string::npos);
  const std::string action = page.body.substr(at, page.body.find('"', at) - at);
  CHECK(desk.post(action, {}).status == 303);
  CHECK(holds(desk.get("/kommun/adresser"), "Alla adresser stämmer."));
  CHECK(desk.post(action, {}).status == 303);  // twice does no harm
}
