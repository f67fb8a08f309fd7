#include <doctest/doctest.h>
#include <httplib.h>

#include <thread>

#include "support/forms.h"
#include "support/pictures.h"
#include "support/test_service.h"
#include "workflow/closing_links.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Linked {
  TestService service;
  std::string reference, path;

  explicit Linked(const json& report = tag_report(), ServeOptions options = TestService::quiet()) : service(options) {
    reference = service.open_case(report);
    path = link(reference);
  }
  std::string link(const std::string& of) {
    RandomIdSource ids;
    return write(*service.store, [&](Transaction& transaction) {
      const auto settings = transaction.municipalities().find_settings("1267");
      const auto row = transaction.cases().find(service.store->references().decode_case(of).value());
      return closing_url_for(transaction, *settings, *row, "", "", ids, service.clock.now());
    });
  }
  Answer get(const std::string& under = "") { return service.get(path + under); }
  Answer post(const std::string& noun, const Fields& fields, const std::vector<std::string>& pictures = {}, const Headers& headers = {}) {
    return service.send("POST", path + noun, "", form_of_fields(fields, pictures), headers, kFormType);
  }
  std::string state() { return service.see(reference)["state"]; }
};

bool holds(const Answer& answer, std::string_view text) { return answer.body.find(text) != std::string::npos; }

const Fields kRemoved{{"removed_on", "2026-11-16"}, {"removed_time", "09:30"}, {"method", "washed"}, {"note", "Tvättad med hetvatten"},
                      {"cost_sek", "1 450 kr"}, {"external_reference", "AO-2026-17"}};

/// The fields with one of them changed.
Fields with(Fields fields, const std::string& name, const std::string& value) {
  for (auto& field : fields)
    if (field.first == name) field.second = value;
  return fields;
}

}  // namespace

TEST_CASE("closing page: it shows the case as its owner may see it, and to look at it changes nothing") {
  Linked linked{{{"location", {{"lat", 55.9362}, {"lon", 13.5405}, {"address", "Storgatan 12"}}}, {"category", "hate"}, {"surface", "garage_door"},
                 {"object_type", "building"}, {"police_reference", "5000-K77-26"}, {"description", "Misstänkt: se spaningsuppslag"}}};
  const std::int64_t before = linked.service.events();
  const Answer page = linked.get();
  CHECK(page.status == 200);
  for (const char* text : {"Klotter på Storgatan 12", "Höörs Fastighets AB", "torsdag 19 november 2026 kl. 23.59", "3 dagar och 13 timmar kvar", "Hatbudskap", "Garageport",
                           "Byggnad", "5000-K77-26", "geo:55.9362,13.5405", "Länken kan skickas vidare till den som utför arbetet", "lang=\"sv\""}) {
    CAPTURE(text);
    CHECK(holds(page, text));
  }
  CHECK(holds(page, linked.reference));
  CHECK_FALSE(holds(page, "spaningsuppslag"));  // the police's own words
  CHECK(page.header("content-security-policy") ==
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'");
  CHECK(page.header("referrer-policy") == "no-referrer");
  CHECK(page.header("x-robots-tag") == "noindex, nofollow");
  CHECK(page.header("cache-control") == "no-store");
  CHECK_FALSE(holds(page, "<script>"));  // only such as come from us
  CHECK_FALSE(holds(page, "style=\""));
  CHECK(linked.service.send("HEAD", linked.path, "").status == 200);
  for (const char* noun : {"/borttaget", "/inte-vart", "/behover-paus"}) {
    const Answer back = linked.get(noun);
    CHECK(back.status == 303);
    CHECK(back.header("location") == linked.path);
  }
  CHECK(linked.service.events() == before);
  CHECK(linked.service.store.ask("SELECT COUNT(*) FROM closing_links WHERE used_at IS NOT NULL") == 0);
}

TEST_CASE("closing page: a citizen's words are shown, and none of them as markup") {
  const std::string hostile = "<script>alert(1)</script>\"><img src=x onerror='alert(2)'> {{t.skip}} {{{content}}} & slut";
  Linked linked{{{"location", {{"address", "Storgatan 12"}}}, {"category", "tag"}}};
  const Answer reported = linked.service.post(kHoor + "/reports", "", {{"location", {{"address", "Storgatan 4 <b>x</b>"}}}, {"category", "tag"}, {"description", hostile}});
  REQUIRE(reported.status == 201);
  linked.path = linked.link(reported.json()["case"]["reference"]);
  const Answer page = linked.get();
  CHECK(page.status == 200);
  CHECK_FALSE(holds(page, "<script>"));
  CHECK_FALSE(holds(page, "<img src=x"));
  CHECK_FALSE(holds(page, "<b>x"));
  CHECK(holds(page, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img src=x"));
  CHECK(holds(page, "{{t.skip}} {{{content}}} &amp; slut"));
  // What is typed comes back in attributes and between tags.
  const Answer again = linked.post("/borttaget", {{"removed_on", hostile}, {"removed_time", "\" onfocus=\"alert(3)"}, {"note", "</textarea>" + hostile},
                                                  {"cost_sek", "\"><script>"}, {"external_reference", "' autofocus '"}});
  CHECK(again.status == 422);
  CHECK_FALSE(holds(again, "<script>"));
  CHECK_FALSE(holds(again, "<img src=x"));
  CHECK_FALSE(holds(again, "\" onfocus="));
  CHECK(holds(again, "&lt;/textarea&gt;"));
}

TEST_CASE("closing page: the form closes the case as the owner's key would, once, however often it is sent") {
  Linked linked;
  const Answer sent = linked.post("/borttaget", kRemoved);
  CHECK(sent.status == 303);
  CHECK(sent.header("location") == linked.path);
  const json seen = linked.service.see(linked.reference, linked.service.hfab);
  CHECK(seen["state"] == "removed");
  CHECK(seen["removed_at"] == "2026-11-16T08:30:00Z");
  CHECK(seen["removal"]["method"] == "washed");
  CHECK(seen["removal"]["cost_sek"] == 1450);
  CHECK(seen["external_reference"] == "AO-2026-17");
  bool told = false;
  for (const json& event : linked.service.get(kHoor + "/cases/" + linked.reference + "/events", linked.service.officer).items())
    if (event["type"] == "removal_recorded") {
      told = true;
      CHECK(event["by"]["role"] == "owner");
      CHECK(event["note"] == "Tvättad med hetvatten");
    }
  CHECK(told);
  const std::int64_t before = linked.service.events();
  CHECK(linked.post("/borttaget", kRemoved).status == 303);
  CHECK(linked.service.events() == before);
  const Answer page = linked.get();
  CHECK(holds(page, "Tack! Borttagningen är registrerad"));
  CHECK(holds(page, "måndag 16 november 2026 kl. 09.30"));
  CHECK(holds(page, "Rätta uppgifterna"));
  CHECK(holds(page, "value=\"1450\""));
  CHECK(holds(page, "Tvättad med hetvatten</textarea>"));
  CHECK_FALSE(holds(page, "/inte-vart"));
  CHECK_FALSE(holds(page, "/behover-paus"));
  // A correction, until a day has passed.
  CHECK(linked.post("/borttaget", with(kRemoved, "removed_time", "09:45")).status == 303);
  CHECK(linked.service.events("removal_corrected") == 1);
  CHECK(linked.service.events("external_reference_set") == 1);
  linked.service.clock.pass(hours{24});
  CHECK_FALSE(holds(linked.get(), "<form"));
  const Answer late = linked.post("/borttaget", with(kRemoved, "removed_time", "09:50"));
  CHECK(late.status == 409);
  CHECK(holds(late, "Ärendet har ändrats"));
  CHECK(linked.service.events("removal_corrected") == 1);
}

TEST_CASE("closing page: faults are told at the top and at their fields, and nothing typed is lost") {
  Linked linked;
  const std::int64_t before = linked.service.events();
  struct Wrong {
    const char* name;
    std::string value;
    const char* field;
  };
  const Wrong wrong[] = {{"removed_on", "2026-11-17", "removed_at"},  {"removed_on", "", "removed_at"},        {"removed_on", "igår", "removed_at"},
                         {"removed_on", "2026-10-16", "removed_at"},  {"removed_time", "25:00", "removed_at"}, {"method", "bombed", "method"},
                         {"cost_sek", "12,50", "cost_sek"},           {"cost_sek", "-1", "cost_sek"},          {"cost_sek", "100000001", "cost_sek"},
                         {"cost_sek", "99999999999999999999", "cost_sek"}, {"note", std::string(2001, 'x'), "note"},
                         {"external_reference", std::string(101, 'x'), "external_reference"}};
  for (const Wrong& one : wrong) {
    CAPTURE(one.name);
    CAPTURE(one.value);
    const Answer answer = linked.post("/borttaget", with(kRemoved, one.name, one.value));
    CHECK(answer.status == 422);
    const std::string field = one.field;
    CHECK(holds(answer, "Något behöver rättas"));
    CHECK(holds(answer, "<a href=\"#" + field + "\">"));
    CHECK(holds(answer, "id=\"" + field + "\""));
    CHECK(holds(answer, "id=\"" + field + "_error\""));
    CHECK(holds(answer, field + "_error\""));
    CHECK(holds(answer, "aria-invalid=\"true\""));
    if (field != "method") CHECK(holds(answer, one.value));  // that is none of the choices
    if (field != "note") CHECK(holds(answer, "Tvättad med hetvatten</textarea>"));
    if (field != "method") CHECK(holds(answer, "value=\"washed\" selected"));
  }
  // The last second and the first that would not do.
  CHECK(linked.post("/borttaget", with(kRemoved, "removed_time", "10:01")).status == 422);
  CHECK(linked.service.events() == before);
  CHECK(linked.post("/borttaget", with(with(kRemoved, "removed_time", "10:00"), "note", "rad 1\r\nrad 2")).status == 303);
  CHECK(linked.state() == "removed");
}

TEST_CASE("closing page: a pause is asked for once, and the page says so") {
  Linked linked;
  const Fields asked{{"reason", "weather"}, {"until", "2026-11-20"}, {"note", "Minus tio"}};
  CHECK(linked.post("/behover-paus", {{"reason", ""}, {"until", "2026-11-20"}}).status == 422);
  CHECK(linked.post("/behover-paus", {{"reason", "weather"}, {"until", "2026-11-15"}}).status == 422);
  // Fourteen days of 24 hours end in the morning of the 30th, so the 29th is the last whole day.
  const Answer far = linked.post("/behover-paus", {{"reason", "weather"}, {"until", "2026-11-30"}, {"note", "Kallt"}});
  CHECK(far.status == 422);
  CHECK(holds(far, "senast söndag 29 november 2026"));
  CHECK(holds(far, "value=\"weather\" required checked"));
  CHECK(holds(far, "Kallt</textarea>"));
  CHECK(linked.service.events("hold_requested") == 0);
  CHECK(linked.post("/behover-paus", asked).status == 303);
  CHECK(linked.post("/behover-paus", asked).status == 303);
  CHECK(linked.service.events("hold_requested") == 1);
  const Answer page = linked.get();
  CHECK(holds(page, "Er begäran om paus är skickad"));
  CHECK(holds(page, "fredag 20 november 2026 kl. 23.59"));
  CHECK_FALSE(holds(page, "/behover-paus\""));
  CHECK(holds(page, "/borttaget\""));
  Linked other;
  CHECK(other.post("/behover-paus", {{"reason", "lift"}, {"until", "2026-11-29"}}).status == 303);
}

TEST_CASE("closing page: a case that is not theirs goes back, with their words, once") {
  Linked linked;
  CHECK(linked.post("/inte-vart", {{"reason", "dunno"}, {"suggestion", "Grannen"}}).status == 422);
  CHECK(linked.post("/inte-vart", {{"reason", "sold"}, {"suggestion", std::string(2001, 'x')}}).status == 422);
  const Fields said{{"reason", "sold"}, {"suggestion", "Såld till Kvarnbäck Bostäder"}};
  CHECK(linked.post("/inte-vart", said).status == 303);
  CHECK(linked.post("/inte-vart", said).status == 303);
  CHECK(linked.service.events("case_rejected") == 1);
  CHECK(linked.state() == "unassigned");
  const Answer page = linked.get();
  CHECK(page.status == 200);
  CHECK(holds(page, "Tack, ärendet är lämnat tillbaka"));
  CHECK_FALSE(holds(page, "Storgatan"));
  for (const json& event : linked.service.get(kHoor + "/cases/" + linked.reference + "/events", linked.service.officer).items())
    if (event["type"] == "case_rejected") CHECK(event["note"] == "Såld till Kvarnbäck Bostäder");
}

TEST_CASE("closing page: links that are revoked, expired, unknown or another municipality's show and do nothing") {
  Linked linked;
  const auto refused = [&](int status, const char* text) {
    const std::int64_t before = linked.service.events();
    const Answer page = linked.get();
    CHECK(page.status == status);
    CHECK(holds(page, text));
    CHECK(holds(page, "ontakta"));  // whom to turn to
    CHECK_FALSE(holds(page, "Storgatan"));
    CHECK(linked.post("/borttaget", kRemoved).status == status);
    CHECK(linked.post("/inte-vart", {{"reason", "sold"}}).status == status);
    CHECK(linked.post("/behover-paus", {{"reason", "lift"}, {"until", "2026-11-20"}}).status == status);
    CHECK(linked.service.events() == before);
  };
  const std::string good = linked.path;
  linked.path = good.substr(0, good.size() - 1) + (good.back() == 'A' ? "B" : "A");
  refused(404, "Länken fungerar inte");
  linked.path = "/atgarda/1266" + good.substr(good.rfind('/'));
  refused(404, "Länken fungerar inte");
  linked.path = "/atgarda/9999" + good.substr(good.rfind('/'));
  refused(404, "Länken fungerar inte");
  linked.path = good;
  CHECK(linked.get().status == 200);
  linked.service.clock.pass(seconds{1});
  CHECK(linked.service.put(kHoor + "/cases/" + linked.reference + "/assignment", linked.service.officer, {{"owner_id", "eon"}}).status == 200);
  refused(410, "Länken gäller inte längre");
  linked.path = linked.link(linked.reference);
  CHECK(linked.get().status == 200);
  linked.service.clock.pass(kLinkGood);
  refused(410, "Länken är för gammal");
}

TEST_CASE("closing page: a form from another site is refused") {
  Linked linked;
  const std::int64_t before = linked.service.events();
  for (const Headers& headers : {Headers{{"Sec-Fetch-Site", "cross-site"}}, Headers{{"Sec-Fetch-Site", "same-site"}}, Headers{{"Origin", "https://evil.example"}},
                                 Headers{{"Origin", "http://127.0.0.1:1"}}, Headers{{"Origin", "about:blank"}}}) {
    const Answer answer = linked.post("/borttaget", kRemoved, {}, headers);
    CHECK(answer.status == 403);
    CHECK(holds(answer, "en annan webbplats"));
  }
  CHECK(linked.service.events() == before);
  CHECK(linked.post("/borttaget", kRemoved, {}, {{"Sec-Fetch-Site", "same-origin"}, {"Origin", "null"}}).status == 303);
  CHECK(linked.post("/borttaget", kRemoved, {}, {{"Sec-Fetch-Site", "none"}, {"Origin", linked.service.url()}}).status == 303);
}

TEST_CASE("closing page: what is no form is told on a page") {
  Linked linked;
  const auto send = [&](const std::string& body, const std::string& type) { return linked.service.send("POST", linked.path + "/borttaget", "", body, {}, type); };
  for (const auto& [body, type, status] : {std::tuple{"{}", "application/json", 415}, {"removed_on=2026-11-16", "application/x-www-form-urlencoded", 415},
                                           {"--edge", "multipart/form-data; boundary=edge", 400}, {"", "multipart/form-data", 400}}) {
    CAPTURE(type);
    const Answer answer = send(body, type);
    CHECK(answer.status == status);
    CHECK(answer.header("content-type") == "text/html; charset=utf-8");
    CHECK(holds(answer, "<h1>Det gick inte</h1>"));
  }
  CHECK(linked.service.events("removal_recorded") == 0);
}

TEST_CASE("closing page: photos come with the form and are shown through the link alone") {
  Linked linked;
  const Answer sent = linked.post("/borttaget", kRemoved, {jpeg({.width = 400, .height = 200, .camera = true}), png({.width = 100, .height = 100})});
  CHECK(sent.status == 303);
  const json photos = linked.service.see(linked.reference, linked.service.hfab)["photos"];
  REQUIRE(photos.size() == 2);
  CHECK(photos[0]["role"] == "after");
  CHECK(linked.service.see(linked.reference)["photos"].empty());  // not released
  const Answer page = linked.get();
  CHECK(holds(page, "Bilder efter borttagning"));
  CHECK(holds(page, "width=\"320\" height=\"160\""));
  const std::string under = "/photos/" + photos[0]["id"].get<std::string>();
  CHECK(holds(page, linked.path + under + "?size=thumb"));
  const Answer picture = linked.get(under + "?size=thumb");
  CHECK(picture.status == 200);
  CHECK(picture.header("content-type") == "image/jpeg");
  CHECK(picture.header("cache-control") == "private, no-store");
  CHECK(open_jpeg(picture.body).width == 320);
  CHECK(linked.get("/photos/HR7K-2M9Q-X4").status == 404);
  CHECK(linked.get(under + "?size=huge").status == 400);
  const std::string good = linked.path;
  linked.path = linked.link(linked.service.open_case_at("Storgatan 40"));
  CHECK(linked.get(under).status == 404);
  linked.path = good;
  // The same form again brings nothing new; another picture is added.
  const std::int64_t before = linked.service.events();
  CHECK(linked.post("/borttaget", kRemoved, {jpeg({.width = 400, .height = 200, .camera = true}), png({.width = 100, .height = 100})}).status == 303);
  CHECK(linked.service.events() == before);
  CHECK(linked.post("/borttaget", kRemoved, {png({.width = 120, .height = 100})}).status == 303);
  CHECK(linked.service.see(linked.reference, linked.service.hfab)["photos"].size() == 3);
  linked.service.clock.pass(kLinkGood);
  CHECK(linked.get(under).status == 404);
}

TEST_CASE("closing page: a photo that cannot be taken keeps the form, and nothing is done") {
  Linked linked;
  const Answer bad = linked.post("/borttaget", kRemoved, {"no picture"});
  CHECK(bad.status == 422);
  CHECK(holds(bad, "<a href=\"#photos\">"));
  CHECK(holds(bad, "Tvättad med hetvatten</textarea>"));
  const Answer many = linked.post("/borttaget", kRemoved, std::vector<std::string>(6, png({.width = 10, .height = 10})));
  CHECK(many.status == 422);
  const Answer other = linked.post("/borttaget", with(kRemoved, "cost_sek", "x"), {png({.width = 10, .height = 10})});
  CHECK(holds(other, "Bilderna måste väljas igen."));
  CHECK(linked.state() == "assigned");
  CHECK(linked.service.store.ask("SELECT COUNT(*) FROM photos") == 0);
}

TEST_CASE("closing page: a link that closes nothing any more is refused before its photos are looked at") {
  Linked linked;
  CHECK(linked.post("/borttaget", kRemoved).status == 303);
  linked.service.clock.pass(kOwnerCorrects - seconds{1});
  CHECK(linked.post("/borttaget", kRemoved, {"no picture"}).status == 422);  // it still corrects
  linked.service.clock.pass(seconds{1});
  CHECK(linked.post("/borttaget", kRemoved, {"no picture"}).status == 409);
  linked.path = linked.link(linked.service.open_case_at("Storgatan 40"));
  linked.service.clock.pass(kLinkGood);
  CHECK(linked.post("/borttaget", kRemoved, {"no picture"}).status == 410);
  CHECK(linked.service.store.ask("SELECT COUNT(*) FROM photos") == 0);
}

TEST_CASE("closing page: of many who send the form at once one closes the case") {
  Linked linked;
  std::vector<std::thread> threads;
  std::atomic<int> done = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      httplib::Client client{"127.0.0.1", linked.service.port()};
      client.set_read_timeout(60);
      const auto answer = client.Post(linked.path + "/borttaget", form_of_fields(kRemoved), kFormType);
      if (answer && answer->status == 303) ++done;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(done == 8);
  CHECK(linked.service.events("removal_recorded") == 1);
  CHECK(linked.service.events("removal_corrected") == 0);
  CHECK(linked.service.events("external_reference_set") == 1);
}

TEST_CASE("closing page: it speaks English when asked, and in the owner's language otherwise") {
  Linked linked;
  const Answer english = linked.get("?lang=en");
  CHECK(holds(english, "Graffiti at Storgatan 12"));
  CHECK(holds(english, "lang=\"en\""));
  CHECK(holds(english, "Thursday 19 November 2026 at 23:59"));
  CHECK(holds(english, "/borttaget?lang=en\""));
  CHECK(linked.post("/borttaget?lang=en", kRemoved).header("location") == linked.path + "?lang=en");
  write(*linked.service.store, [&](Transaction& transaction) {
    const auto settings = transaction.municipalities().find_settings("1267");
    Owner owner = transaction.owners().find(settings->municipality.id, "hfab").value();
    owner.mail.language = Language::en;
    transaction.owners().save(*settings, owner);
    return true;
  });
  linked.path = linked.link(linked.service.open_case_at("Storgatan 41"));
  const bool kept = read(*linked.service.store, [&](Transaction& transaction) {
    return transaction.owners().find(1, "hfab").value().mail.language == Language::en;
  });
  CHECK(holds(linked.get(), kept ? "Graffiti at Storgatan 41" : "Klotter på Storgatan 41"));
  CHECK(holds(linked.get("?lang=sv"), "Klotter på Storgatan 41"));
  CHECK(linked.get("?lang=xx").status == 200);
}

TEST_CASE("closing page: requests are counted by address, and too many are told so on a page") {
  ServeOptions options = TestService::quiet();
  options.rate_limit = 10;
  Linked linked{tag_report(), options};
  Answer answer;
  for (int i = 0; i < 12; ++i) answer = linked.service.get("/atgarda/1267/guess" + std::to_string(i));
  CHECK(answer.status == 429);
  CHECK(answer.header("content-type") == "text/html; charset=utf-8");
  CHECK_FALSE(answer.header("retry-after").empty());
  CHECK(linked.get().status == 429);
  // A key does not help: pages know none.
  CHECK(linked.service.get(linked.path, linked.service.officer).status == 429);
}

TEST_CASE("closing page: a case closed otherwise says how it stands and offers nothing") {
  Linked linked;
  CHECK(linked.service.put(kHoor + "/cases/" + linked.reference + "/dismissal", linked.service.officer, {{"reason", "not_graffiti"}}).status == 200);
  const Answer page = linked.get();
  CHECK(page.status == 200);
  CHECK(holds(page, "Kommunen har avskrivit ärendet"));
  CHECK_FALSE(holds(page, "<form"));
  CHECK(linked.post("/borttaget", kRemoved).status == 409);
  CHECK(linked.post("/inte-vart", {{"reason", "sold"}}).status == 409);
  CHECK(linked.post("/behover-paus", {{"reason", "lift"}, {"until", "2026-11-20"}}).status == 409);
}

TEST_CASE("pages: the style is kept for ever under a name of its own") {
  Linked linked;
  const std::string body = linked.get().body;
  const auto start = body.find("/assets/page-"), end = body.find('"', start);
  REQUIRE(start != std::string::npos);
  const Answer style = linked.service.get(body.substr(start, end - start));
  CHECK(style.status == 200);
  CHECK(style.header("content-type") == "text/css; charset=utf-8");
  CHECK(style.header("cache-control") == "public, max-age=31536000, immutable");
  CHECK(linked.service.get("/assets/page-other.css").header("cache-control") == "no-store");
}
