#include <doctest/doctest.h>

#include <algorithm>

#include "support/browser.h"
#include "support/pictures.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using Browser = klotterkoll::test::Visitor;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

/// HFAB's caretaker, signed in, with a case of HFAB's.
struct Caretaker {
  TestService service;
  Browser browser{service};
  User user = browser.sign_in(Role::owner);
  std::string reference = service.open_case_at("Storgatan 12");
  std::string page = "/agare/arenden/" + reference;

  Visitor::Fields gone_now() const { return {{"removed_on", "2026-11-16"}, {"removed_time", "10:00"}, {"method", "washed"}, {"note", "Tvättad"}, {"cost_sek", "1 450"}}; }
};

}  // namespace

TEST_CASE("owner pages: the owner's own cases are listed by their deadline, and nobody else's") {
  Caretaker hfab;
  const std::string later = hfab.service.open_case_at("Storgatan 14");
  const std::string other = hfab.service.open_case_at("Industrigatan 1");
  const WebPage list = hfab.browser.get("/agare");
  CHECK(list.status == 200);
  CHECK(list.holds("Storgatan 12"));
  CHECK(list.holds("Storgatan 14"));
  CHECK_FALSE(list.holds("Industrigatan"));
  CHECK_FALSE(list.holds(other));
  CHECK(list.holds("2 öppna ärenden."));
  CHECK(list.header("cache-control") == "no-store");
  // What everybody may see of another owner's case is on everybody's page.
  const WebPage elsewhere = hfab.browser.get("/agare/arenden/" + other);
  CHECK(elsewhere.status == 303);
  CHECK(elsewhere.header("location") == "/1267/arende/" + other);
}

TEST_CASE("owner pages: only owners see them") {
  Caretaker hfab;
  Browser nobody{hfab.service}, police{hfab.service}, officer{hfab.service};
  CHECK(nobody.get("/agare").status == 303);
  CHECK(nobody.get("/agare").header("location").starts_with("/1267/logga-in?till="));
  police.sign_in(Role::police);
  officer.sign_in(Role::municipality);
  for (const std::string& path : {std::string{"/agare"}, hfab.page, std::string{"/agare/resultat"}}) {
    CAPTURE(path);
    CHECK(police.get(path).status == 403);
    CHECK(officer.get(path).status == 403);
    CHECK(hfab.browser.get(path).status == 200);
  }
  const std::int64_t before = hfab.service.events();
  CHECK(nobody.post(hfab.page + "/borttaget", hfab.gone_now()).status == 401);
  CHECK(officer.post(hfab.page + "/borttaget", hfab.gone_now()).status == 403);
  CHECK(hfab.service.events() == before);
}

TEST_CASE("owner pages: a removal is recorded with who did it, and corrected for a day") {
  Caretaker hfab;
  const WebPage answer = hfab.browser.post(hfab.page + "/borttaget", hfab.gone_now(), {{"photo", "efter.jpg", jpeg()}});
  REQUIRE(answer.status == 303);
  CHECK(answer.header("location") == "/1267" + hfab.page);
  const json seen = hfab.service.see(hfab.reference, hfab.service.officer);
  CHECK(seen["state"] == "removed");
  CHECK(seen["removal"]["cost_sek"] == 1450);
  CHECK(seen["photos"].size() == 1);
  const auto events = hfab.service.get(kHoor + "/cases/" + hfab.reference + "/events", hfab.service.officer).items();
  CHECK(events.back()["type"] == "photo_added");
  const auto removal = std::ranges::find_if(events, [](const json& one) { return one["type"] == "removal_recorded"; });
  REQUIRE(removal != events.end());
  CHECK((*removal)["by"]["role"] == "owner");
  CHECK((*removal)["by"]["name"] == hfab.user.name);
  CHECK(hfab.browser.get(hfab.page).holds("Tack! Borttagningen är registrerad"));
  // The same form again brings the same picture, which is kept once.
  CHECK(hfab.browser.post(hfab.page + "/borttaget", hfab.gone_now(), {{"photo", "efter.jpg", jpeg()}}).status == 303);
  CHECK(hfab.service.see(hfab.reference, hfab.service.officer)["photos"].size() == 1);
  hfab.service.clock.pass(hours{24} - seconds{1});
  CHECK(hfab.browser.get(hfab.page).holds("Rätta uppgifterna"));
}

TEST_CASE("owner pages: after a day nothing is corrected any more") {
  Caretaker hfab;
  REQUIRE(hfab.browser.post(hfab.page + "/borttaget", hfab.gone_now()).status == 303);
  hfab.service.clock.pass(hours{24} + seconds{1});
  hfab.browser.sign_in(hfab.user);
  const WebPage page = hfab.browser.get(hfab.page);
  CHECK(page.status == 200);
  CHECK_FALSE(page.holds("Rätta uppgifterna"));
  auto later = hfab.gone_now();
  later[1].second = "09:00";
  CHECK(hfab.browser.post(hfab.page + "/borttaget", later).status == 409);
}

TEST_CASE("owner pages: what was typed into a form with a fault is still there") {
  Caretaker hfab;
  const WebPage page = hfab.browser.post(hfab.page + "/borttaget", {{"removed_on", "2026-11-17"}, {"removed_time", "10:00"}, {"note", "<b>Målat</b>"}, {"cost_sek", "gratis"}});
  CHECK(page.status == 422);
  CHECK(page.holds("href=\"#cost_sek\""));
  CHECK(page.holds("href=\"#removed_at\""));  // in the future
  CHECK(page.holds("&lt;b&gt;Målat&lt;/b&gt;"));
  CHECK(page.holds("value=\"gratis\""));
  CHECK(hfab.service.see(hfab.reference)["state"] == "assigned");
}

TEST_CASE("owner pages: a case is given back, and a pause is asked for") {
  Caretaker hfab;
  CHECK(hfab.browser.post(hfab.page + "/behover-paus", {{"reason", "weather"}, {"until", "2026-11-20"}}).status == 303);
  CHECK(hfab.browser.get(hfab.page).holds("Er begäran om paus är skickad"));
  const WebPage answer = hfab.browser.post(hfab.page + "/inte-vart", {{"reason", "sold"}, {"suggestion", "E.ON"}});
  REQUIRE(answer.status == 303);
  CHECK(hfab.service.see(hfab.reference, hfab.service.officer)["state"] == "unassigned");
  const WebPage list = hfab.browser.follow(answer);
  CHECK(list.holds(hfab.reference));
  CHECK(list.holds("har fått veta att ytan inte är er"));
  // It is not theirs any more, so nothing is done to it.
  const std::int64_t before = hfab.service.events();
  CHECK(hfab.browser.post(hfab.page + "/borttaget", hfab.gone_now()).header("location") == "/1267/arende/" + hfab.reference);
  CHECK(hfab.service.events() == before);
}

TEST_CASE("owner pages: many are reported at once, and one that is not theirs holds up none") {
  Caretaker hfab;
  const std::string second = hfab.service.open_case_at("Storgatan 14"), other = hfab.service.open_case_at("Industrigatan 1");
  const WebPage none = hfab.browser.post("/agare/borttagna", {{"removed_on", "2026-11-16"}, {"removed_time", "10:00"}, {"method", "painted"}});
  CHECK(none.status == 422);
  CHECK(none.holds("Markera minst ett ärende"));
  CHECK(none.field("removed_time") == "10:00");
  const WebPage answer = hfab.browser.post("/agare/borttagna", {{"case", hfab.reference}, {"case", second}, {"case", other}, {"case", "nonsense"},
                                                               {"removed_on", "2026-11-16"}, {"removed_time", "10:00"}, {"method", "painted"}});
  REQUIRE(answer.status == 303);
  const WebPage list = hfab.browser.follow(answer);
  CHECK(list.holds("2 ärenden är registrerade som borttagna."));
  CHECK(list.holds("Ett av de markerade ärendena gick inte att registrera."));
  CHECK(hfab.service.see(hfab.reference)["state"] == "removed");
  CHECK(hfab.service.see(second, hfab.service.officer)["removal"]["method"] == "painted");
  CHECK(hfab.service.see(other)["state"] == "assigned");
  CHECK(hfab.browser.get("/agare?visa=avslutade").holds("2 avslutade ärenden."));
}

TEST_CASE("owner pages: the owner's own figures are those that the municipality counts, with no share of fewer than five") {
  Caretaker hfab;
  for (int number = 20; number < 24; ++number) {
    const std::string reference = hfab.service.open_case_at("Storgatan " + std::to_string(number));
    REQUIRE(hfab.browser.post("/agare/arenden/" + reference + "/borttaget", hfab.gone_now()).status == 303);
  }
  CHECK(hfab.browser.get("/agare/resultat").text().find("För få ärenden") != std::string::npos);
  REQUIRE(hfab.browser.post(hfab.page + "/borttaget", hfab.gone_now()).status == 303);
  const WebPage page = hfab.browser.get("/agare/resultat");
  CHECK(page.status == 200);
  CHECK(page.text().find("100,0 %") != std::string::npos);
  CHECK(hfab.browser.get("/agare/resultat?lang=en").text().find("100.0 %") != std::string::npos);
}
