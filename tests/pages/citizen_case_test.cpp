#include <doctest/doctest.h>

#include "support/browser.h"
#include "support/case_story.h"
#include "support/pictures.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::days;
using std::chrono::seconds;

namespace {

const std::string kCases = kHoor + "/cases/";

struct Told {
  TestService service;
  Visitor citizen{service};
  std::string reference;

  explicit Told(const json& report = tag_report()) { reference = service.open_case(report); }
  WebPage page(const std::string& query = "") { return citizen.get("/arende/" + reference + query); }
  void remove(const std::string& at = "2026-11-17T10:00:00+01:00") {
    service.clock.pass(days{2});
    REQUIRE(service.put(kCases + reference + "/removal", service.officer, {{"removed_at", at}, {"method", "washed"}}).status == 200);
  }
};

}  // namespace

TEST_CASE("citizen's case page: it tells how a case stands, how its time is counted and what has happened") {
  Told told;
  const WebPage page = told.page();
  CHECK(page.status == 200);
  for (const char* text : {"Klotter på Storgatan 12", "Höörs Fastighets AB har fått ärendet och ska ta bort klottret.", "Ska vara borta senast torsdag 19 november 2026 kl. 23.59.",
                           "Klottret ska vara borta inom 3 dagar, och alla dagar räknas.", "dag 1", "dag 3", "Tiden går ut torsdag 19 november 2026 kl. 23.59.",
                           "Klottret anmäldes av polisen", "Höörs Fastighets AB fick ansvaret", "Garageport"}) {
    CAPTURE(text);
    CHECK(page.text().find(text) != std::string::npos);
  }
  CHECK(page.holds(told.reference));
  CHECK(page.header("cache-control") == "no-cache");
  CHECK(page.header("set-cookie").empty());
  CHECK(page.header("x-robots-tag") == "noindex, nofollow");
  CHECK_FALSE(page.holds("<script>"));
  CHECK_FALSE(page.holds("style=\""));
  CHECK_FALSE(page.holds("Är klottret kvar?"));
}

TEST_CASE("citizen's case page: it speaks English when asked, and its links stay in it") {
  Told told;
  const WebPage page = told.page("?lang=en");
  CHECK(page.holds("Graffiti at Storgatan 12"));
  CHECK(page.holds("How the time is counted"));
  CHECK(page.holds("day 1"));
  CHECK(page.holds("/anmal?lang=en"));
}

TEST_CASE("citizen's case page: a reference may be written as people write it, and a wrong one gets a field to try again") {
  Told told;
  std::string spoken;
  for (const char c : told.reference)
    if (c != '-') spoken += static_cast<char>(std::tolower(c));
  CHECK(told.citizen.get("/arende/" + spoken).status == 200);
  const WebPage found = told.citizen.get("/arende?nummer=" + spoken);
  CHECK(found.status == 303);
  CHECK(found.header("location") == "/1267/arende/" + told.reference);
  for (const std::string wrong : {"/arende/nothing", "/arende/AAAA-AAAA-AA", "/arende?nummer=%3Cscript%3E", "/arende"}) {
    CAPTURE(wrong);
    const WebPage page = told.citizen.get(wrong);
    CHECK(page.status == 404);
    CHECK(page.holds("name=\"nummer\""));
    CHECK_FALSE(page.holds("<script>"));
  }
  // Another municipality's case is not there.
  Visitor hoerby{told.service, "/1266"};
  CHECK(hoerby.get("/arende/" + told.reference).status == 404);
}

TEST_CASE("citizen's case page: what is not for everybody is not on it, whoever else may see it") {
  TestService service;
  json report{{"location", {{"lat", 55.93621}, {"lon", 13.54057}, {"address", "Storgatan 7"}, {"designation", "HÖÖR GUNNARP 4:44"}}}, {"category", "hate"},
              {"surface", "door"}, {"description", "polistext"}, {"police_reference", "5000-K4711-26"}, {"external_id", "dvnummer"},
              {"contact", {{"name", "Anmälare"}, {"email", "anmalare@example.se"}}}};
  const std::string reference = service.open_case(report);
  service.post(kCases + reference + "/comments", service.police, {{"text", "internkommentar"}, {"visibility", "internal"}});
  service.post(kCases + reference + "/comments", service.officer, {{"text", "offentligkommentar"}, {"visibility", "public"}});
  service.post(kCases + reference + "/holds", service.police, {{"reason", "evidence"}, {"until", "2026-11-17T10:00:00+01:00"}, {"note", "dnaprov"}});
  Visitor citizen{service};
  const WebPage page = citizen.get("/arende/" + reference);
  CHECK(page.holds("offentligkommentar"));
  CHECK(page.holds("Storgatan (platsen visas bara ungefär)"));
  for (const char* secret : {"Storgatan 7", "55.936", "13.540", "GUNNARP", "polistext", "K4711", "dvnummer", "anmalare@example.se", "internkommentar", "Ann Ek", "dnaprov",
                             "Spår ska säkras", "17 november", "bevis", "spår"}) {
    CAPTURE(secret);
    CHECK_FALSE(page.holds(secret));
  }
  for (const Role role : {Role::police, Role::municipality}) {
    CAPTURE(to_code(role));
    Visitor staff{service};
    staff.sign_in(role);
    const WebPage own = staff.get("/arende/" + reference);
    CHECK(own.holds("Storgatan 7"));
    CHECK(own.holds("Ann Ek"));
    CHECK(own.holds("internkommentar"));
    CHECK(own.holds("Öppna i arbetssidorna"));
    CHECK(own.header("cache-control") == "no-store");
  }
  // Another owner sees what everybody sees.
  Visitor other{service};
  other.sign_in(Role::owner, "eon");
  const WebPage strange = other.get("/arende/" + reference);
  CHECK_FALSE(strange.holds("Storgatan 7"));
  CHECK_FALSE(strange.holds("Öppna i arbetssidorna"));
  Visitor ann{service};
  ann.sign_in(Role::owner, "ann");
  const WebPage hers = ann.get("/arende/" + reference);
  CHECK(hers.holds("Storgatan 7"));
  CHECK_FALSE(hers.holds("internkommentar"));
}

TEST_CASE("citizen's case page: photos stand there once an officer has released them") {
  TestService service;
  const Answer photo = service.send("POST", kHoor + "/photos", service.officer, jpeg({.width = 64, .height = 48}), {}, "image/jpeg");
  REQUIRE(photo.status == 201);
  json report = tag_report();
  report["photo_ids"] = {photo.json()["id"]};
  const Answer sent = service.post(kHoor + "/reports", service.officer, report);
  REQUIRE(sent.status == 201);
  const std::string reference = sent.json()["case"]["reference"], id = photo.json()["id"];
  Visitor citizen{service};
  const WebPage before = citizen.get("/arende/" + reference);
  CHECK_FALSE(before.holds(id));
  CHECK(before.holds("De visas här när kommunen har granskat dem."));
  REQUIRE(service.put(kHoor + "/photos/" + id + "/visibility", service.officer, {{"released", true}}).status == 200);
  const WebPage after = citizen.get("/arende/" + reference);
  CHECK(after.holds("/bilder/" + id + "?size=thumb"));
  CHECK(citizen.get("/bilder/" + id + "?size=thumb").status == 200);
}

TEST_CASE("citizen's case page: within 14 days of the removal anybody may say that it is still there, and not after") {
  Told told;
  told.remove();
  const WebPage page = told.page();
  CHECK(page.holds("Klottret var borta tisdag 17 november 2026 kl. 10.00."));
  CHECK(page.holds("Är klottret kvar?"));
  const WebPage answer = told.citizen.post("/arende/" + told.reference + "/kvar", {{"note", "Syns bakom\r\nhyllan <b>"}});
  CHECK(answer.status == 303);
  CHECK(told.citizen.follow(answer).holds("Tack, kommunen ser efter"));
  CHECK(told.service.events("reopen_requested") == 1);
  CHECK(told.service.see(told.reference)["state"] == "removed");
  told.service.clock.pass(days{11});  // 2 and 11 days after the report: the 29th
  CHECK(told.page().holds("Är klottret kvar?"));
  told.service.clock.pass(days{3});
  CHECK_FALSE(told.page().holds("Är klottret kvar?"));
  const WebPage late = told.citizen.post("/arende/" + told.reference + "/kvar", {{"note", "kvar"}});
  CHECK(late.status == 422);
  CHECK(told.service.events("reopen_requested") == 1);
}

TEST_CASE("citizen's case page: a note that cannot be taken is kept in the form, and a machine is told that all went well") {
  Told told;
  told.remove();
  const WebPage page = told.citizen.post("/arende/" + told.reference + "/kvar", {{"note", std::string(2001, 'x')}});
  CHECK(page.status == 422);
  CHECK(page.holds("<a href=\"#note\">"));
  CHECK(page.field("note") == std::string(2001, 'x'));
  CHECK(told.citizen.post("/arende/" + told.reference + "/kvar", {{"note", "köp"}, {"webbplats", "http://spam.example"}}).status == 303);
  CHECK(told.service.events("reopen_requested") == 0);
}

TEST_CASE("citizen's case page: each state is told in words") {
  TestService service;
  Visitor citizen{service};
  const auto page_after = [&](const std::string& noun, const json& body) {
    const std::string reference = service.open_case_at("Storgatan " + std::to_string(20 + service.events() * 3));
    REQUIRE(service.put(kCases + reference + noun, service.officer, body).status == 200);
    return citizen.get("/arende/" + reference);
  };
  CHECK(page_after("/dismissal", {{"reason", "legal_wall"}}).holds("Kommunen har avskrivit ärendet: på den ytan är det tillåtet att måla."));
  CHECK(page_after("/non-removal", {{"reason", "owner_declines"}}).holds("Kommunen har beslutat att klottret inte tas bort: ägaren vill inte ta bort det."));
  const std::string target = service.open_case_at("Storgatan 3");
  const WebPage merged = page_after("/merge", {{"into", target}});
  CHECK(merged.holds("följs upp där"));
  CHECK_FALSE(merged.holds(target));
  CHECK(citizen.get("/arende/" + service.open_case({{"location", {{"address", "Okända vägen 1"}}}, {"category", "tag"}})).holds("tar reda på vem som ansvarar"));
}

TEST_CASE("citizen's case page: its QR code leads to it") {
  Told told;
  const WebPage code = told.citizen.get("/arende/" + told.reference + "/qr.svg");
  CHECK(code.status == 200);
  CHECK(code.header("content-type") == "image/svg+xml");
  CHECK(code.holds("<svg"));
  CHECK(told.citizen.get("/arende/nothing/qr.svg").status == 404);
}

TEST_CASE("citizen's case page: what people wrote comes out as text, whatever it is") {
  Told told;
  told.service.post(kCases + told.reference + "/comments", told.service.officer,
                    {{"text", "<script>alert(1)</script> \" onload=x \u202Eagol " + std::string(300, 'w')}, {"visibility", "public"}});
  const WebPage page = told.page("?tack=%3Cscript%3E&bild=%22&mejl=x");
  CHECK(page.status == 200);
  CHECK_FALSE(page.holds("<script>"));
  CHECK(page.holds("&lt;script&gt;alert(1)"));
}
