#include <doctest/doctest.h>

#include "support/browser.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::days;

namespace {

/// Closes a case with a removal at that moment.
void close(TestService& service, const std::string& reference, const std::string& removed_at) {
  REQUIRE(service.put(kHoor + "/cases/" + reference + "/removal", service.officer, {{"removed_at", removed_at}}).status == 200);
}

}  // namespace

TEST_CASE("first page: it says what the promise is by the policy in force, and lets people report") {
  TestService service;
  Visitor citizen{service};
  const WebPage page = citizen.get("/");
  CHECK(page.status == 200);
  CHECK(page.holds("Klotter ska vara borta inom 3 dagar, och alla dagar räknas."));
  CHECK(page.holds("Tiden räknas från att kommunen har fått veta"));
  CHECK(page.attribute("<a class=\"button large\"", "href") == "/1267/anmal");
  CHECK(page.holds("Inget klotter skulle vara borta under den tiden."));
  CHECK(page.holds("name=\"nummer\""));
  CHECK(page.header("x-robots-tag").empty());
  CHECK(page.holds("<meta name=\"description\""));
  CHECK(page.header("set-cookie").empty());
  CHECK(citizen.get("/?lang=en").holds("Graffiti is to be gone within 3 days, and every day counts."));
}

TEST_CASE("first page: fewer than five cases give no rate, five do") {
  TestService service;
  Visitor citizen{service};
  std::vector<std::string> references;
  for (int i = 0; i < 5; ++i) references.push_back(service.open_case_at("Storgatan " + std::to_string(20 + 10 * i)));
  service.clock.pass(days{1});
  for (int i = 0; i < 4; ++i) close(service, references[static_cast<std::size_t>(i)], "2026-11-17T09:00:00+01:00");
  const WebPage few = citizen.get("/");
  CHECK(few.holds("4 av 4 ärenden togs bort i tid. Det är för få för en procentsats."));
  CHECK_FALSE(few.holds("% i tid"));
  service.clock.pass(days{5});
  const WebPage enough = citizen.get("/");
  CHECK(enough.holds("80,0 % i tid"));
  CHECK(enough.holds("4 av 5 ärenden togs bort i tid."));
  CHECK(enough.holds("Just nu är ett ärende försenat."));
  // In December it is the last full month.
  service.clock.pass(days{20});
  CHECK(citizen.get("/").holds("november 2026"));
}

TEST_CASE("overview: it lists what is open, overdue or removed, by kind, as everybody may see it") {
  TestService service;
  Visitor citizen{service};
  const std::string tag = service.open_case_at("Storgatan 12"), gone = service.open_case_at("Storgatan 60");
  const std::string hate = service.open_case({{"location", {{"lat", 55.9362}, {"lon", 13.5405}, {"address", "Storgatan 31"}}}, {"category", "hate"}});
  service.clock.pass(days{1});
  close(service, gone, "2026-11-17T09:00:00+01:00");
  const WebPage open = citizen.get("/oversikt");
  CHECK(open.status == 200);
  CHECK(open.holds(tag));
  CHECK(open.holds(hate));
  CHECK_FALSE(open.holds(gone));
  CHECK_FALSE(open.holds("Storgatan 31"));
  CHECK(open.holds("/1267/arende/" + tag));
  CHECK(open.header("x-robots-tag").empty());
  const WebPage removed = citizen.get("/oversikt?visa=borttagna");
  CHECK(removed.holds(gone));
  CHECK_FALSE(removed.holds(tag));
  CHECK_FALSE(citizen.get("/oversikt?visa=forsenade").holds(tag));
  CHECK_FALSE(citizen.get("/oversikt?slag=hate").holds(tag));
  CHECK(citizen.get("/oversikt?slag=hate").holds(hate));
  service.clock.pass(days{5});
  CHECK(citizen.get("/oversikt?visa=forsenade").holds(tag));
  // What cannot be understood is passed over.
  for (const std::string odd : {"?visa=allt&slag=rock&sida=0&ar=1", "?sida=99999999999999999999", "?sida=-1&ar=abc", "?visa=%3Cscript%3E"}) {
    CAPTURE(odd);
    const WebPage page = citizen.get("/oversikt" + odd);
    CHECK(page.status == 200);
    CHECK_FALSE(page.holds("<script>"));
  }
}

TEST_CASE("overview: the list has pages that keep the filter") {
  TestService service;
  Visitor citizen{service};
  for (int i = 0; i < 23; ++i) service.open_case_at("Storgatan " + std::to_string(100 + 10 * i));
  const WebPage first = citizen.get("/oversikt?slag=tag");
  CHECK(first.holds("23 ärenden"));
  CHECK(first.holds("slag=tag&amp;sida=2"));
  const WebPage second = citizen.get("/oversikt?slag=tag&sida=2");
  CHECK(second.holds("Sida 2 av 2"));
  CHECK(second.status == 200);
}

TEST_CASE("overview: the figures stand month by month in tables, with what is outside them, and the year can be chosen") {
  TestService service;
  Visitor citizen{service};
  const std::string kept = service.open_case_at("Storgatan 12"), none = service.open_case_at("Storgatan 60");
  service.clock.pass(days{1});
  close(service, kept, "2026-11-17T09:00:00+01:00");
  REQUIRE(service.put(kHoor + "/cases/" + none + "/dismissal", service.officer, {{"reason", "not_graffiti"}}).status == 200);
  const WebPage page = citizen.get("/oversikt");
  CHECK(page.holds("<th scope=\"row\">november 2026</th><td class=\"number\">1</td><td class=\"number\">0</td><td class=\"number\">0</td>"));
  CHECK(page.holds("Avskrivet: det är inte klotter</th><td class=\"number\">1</td>"));
  CHECK(page.holds("<td class=\"number\">–</td><td class=\"number\">1</td>"));
  CHECK(page.holds("Året är inte slut."));
  CHECK(page.holds("/api/v1/municipalities/1267/cases.csv"));
  const WebPage earlier = citizen.get("/oversikt?ar=2025");
  CHECK(earlier.holds("Inget klotter skulle vara borta under den tiden.") );
  CHECK_FALSE(earlier.holds("november 2026</th>"));
}

TEST_CASE("about pages: they are there in both languages, and name the municipality's address when it has one") {
  TestService service;
  Visitor citizen{service};
  CHECK_FALSE(citizen.get("/tillganglighet").holds("mailto:"));
  REQUIRE(service.send("PATCH", kHoor, service.admin, json{{"notice_reply_to", "gata@hoor.se"}}.dump()).status == 200);
  for (const char* path : {"/tillganglighet", "/personuppgifter"}) {
    CAPTURE(path);
    CHECK(citizen.get(path).holds("mailto:gata@hoor.se"));
    CHECK(citizen.get(std::string{path} + "?lang=en").holds("lang=\"en\""));
    CHECK(citizen.get(path).header("x-robots-tag").empty());
  }
  CHECK(citizen.get("/tillganglighet").holds("Digg"));
  CHECK(citizen.get("/personuppgifter").holds("IMY"));
}

TEST_CASE("about pages: search engines are told what is not for them, and what is not there is told on a page") {
  TestService service;
  const Answer robots = service.get("/robots.txt");
  CHECK(robots.status == 200);
  CHECK(robots.header("content-type") == "text/plain; charset=utf-8");
  CHECK(robots.body.find("Disallow: /api/") != std::string::npos);
  const Answer none = service.get("/finns-inte");
  CHECK(none.status == 404);
  CHECK(none.header("content-type") == "text/html; charset=utf-8");
}
