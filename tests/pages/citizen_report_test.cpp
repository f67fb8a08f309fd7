#include <doctest/doctest.h>
#include <httplib.h>

#include <atomic>
#include <thread>

#include "domain/land.h"
#include "support/browser.h"
#include "support/pictures.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

using Fields = Visitor::Fields;

struct Desk {
  TestService service;
  Visitor citizen{service};

  explicit Desk(ServeOptions options = TestService::quiet()) : service(options) {}
  /// The form as the page gives it out, with what is typed into it.
  Fields filled(Fields typed) {
    typed.emplace_back("key", citizen.get("/anmal").field("key").value());
    return typed;
  }
  std::string reference_in(const WebPage& answer) {
    const std::string location = answer.header("location");
    const auto begin = location.find("/arende/") + 8;
    return location.substr(begin, location.find('?') - begin);
  }
  std::int64_t reports() { return service.store.ask("SELECT COUNT(*) FROM reports"); }
  std::int64_t photos() { return service.store.ask("SELECT COUNT(*) FROM photos"); }
};

const Fields kTag{{"address", "Storgatan 12"}, {"category", "tag"}, {"surface", "wall"}, {"description", "Svart, en meter bred"}};

Fields with(Fields fields, const std::string& name, const std::string& value) {
  for (auto& field : fields)
    if (field.first == name) return field.second = value, fields;
  fields.emplace_back(name, value);
  return fields;
}

Visitor::File photo(const PictureWanted& wanted = {.width = 320, .height = 240}) { return {"photo", "bild.jpg", jpeg(wanted)}; }

}  // namespace

TEST_CASE("citizen's form: it says what it is, and needs neither account, cookie nor script") {
  Desk desk;
  const WebPage page = desk.citizen.get("/anmal");
  CHECK(page.status == 200);
  for (const char* text : {"114 14", "112", "Bild och kontaktuppgifter är frivilliga.", "allmän handling", "Kommunen i Höör ansvarar för uppgifterna"}) {
    CAPTURE(text);
    CHECK(page.holds(text));
  }
  CHECK(page.holds("accept=\"image/*\" capture=\"environment\""));
  CHECK(page.header("set-cookie").empty());
  CHECK(page.header("x-robots-tag").empty());
  CHECK(desk.citizen.get("/anmal?lang=en").holds("Report graffiti"));
  CHECK(desk.citizen.get("/anmal").field("key") != desk.citizen.get("/anmal").field("key"));
}

TEST_CASE("citizen's form: a report opens a case, and its receipt tells the deadline with its reckoning") {
  Desk desk;
  const WebPage answer = desk.citizen.post("/anmal", desk.filled(with(with(kTag, "email", "anna@example.se"), "name", "Anna")), {photo()});
  REQUIRE(answer.status == 303);
  const WebPage receipt = desk.citizen.follow(answer);
  CHECK(receipt.holds("Tack för din anmälan"));
  CHECK(receipt.holds("Ska vara borta senast"));
  CHECK(receipt.holds("dag 3"));
  CHECK(receipt.holds("qr.svg"));
  CHECK(receipt.holds("Vi mejlar adressen du lämnade"));
  CHECK(receipt.holds("när kommunen har granskat den"));
  CHECK_FALSE(receipt.holds("anna@example.se"));
  const json seen = desk.service.see(desk.reference_in(answer), desk.service.officer);
  CHECK(seen["state"] == "assigned");
  CHECK(seen["photos"].size() == 1);
  const json report = desk.service.get(kHoor + "/reports/" + seen["reports"]["ids"][0].get<std::string>(), desk.service.officer).json();
  CHECK(report["source"] == "citizen");
  CHECK(report["intake"] == "web");
  CHECK(report["description"] == "Svart, en meter bred");
  CHECK(report["contact"]["email"] == "anna@example.se");
}

TEST_CASE("citizen's form: the same form sent again, from any address, gives the same receipt and no second case") {
  Desk desk;
  const Fields form = desk.filled(kTag);
  const WebPage first = desk.citizen.post("/anmal", form, {photo()}), again = desk.citizen.post("/anmal", form, {photo()});
  CHECK(first.status == 303);
  CHECK(again.header("location") == first.header("location"));
  CHECK(desk.reports() == 1);
  // Whoever goes back in the browser and reports another graffiti with it has said something else.
  const WebPage other = desk.citizen.post("/anmal", with(form, "address", "Storgatan 40"), {photo()});
  CHECK(other.status == 303);
  CHECK(desk.reference_in(other) != desk.reference_in(first));
  const WebPage pictured = desk.citizen.post("/anmal", with(with(form, "address", "Storgatan 40"), "same", "no"), {photo({.width = 200, .height = 300})});
  CHECK(pictured.status == 303);
  CHECK(desk.reports() == 3);
  // A day later the key is forgotten.
  desk.service.clock.pass(std::chrono::hours{25});
  CHECK(desk.citizen.post("/anmal", form, {photo()}).status == 303);
  CHECK(desk.reports() == 4);
}

TEST_CASE("citizen's form: of many who send it at once, as a double click does, one makes the case") {
  Desk desk;
  const std::string body = form_of(desk.filled(kTag), {});
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      httplib::Client client{"127.0.0.1", desk.service.port()};
      client.set_read_timeout(60);
      const auto answer = client.Post("/1267/anmal", body, "multipart/form-data; boundary=edge");
      if (answer && answer->status == 303) ++done;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(done == 6);
  CHECK(desk.reports() == 1);
}

TEST_CASE("citizen's form: without a place it takes the photo's, and asks whether it is right") {
  Desk desk;
  const Fields form = desk.filled(with(kTag, "address", ""));
  const WebPage asked = desk.citizen.post("/anmal", form, {photo({.width = 320, .height = 240, .camera = true})});
  CHECK(asked.status == 200);
  CHECK(asked.holds("Platsen är hämtad från bilden"));
  CHECK(asked.field("lat") == "55.9362");
  CHECK(asked.field("lon") == "13.5405");
  CHECK(asked.field("category") == "tag");
  CHECK(asked.field("description") == "Svart, en meter bred");
  CHECK(desk.reports() == 0);
  CHECK(desk.photos() == 1);
  // The photo is not chosen again: it has been received.
  Fields second = form;
  for (const char* name : {"lat", "lon", "photo_id"}) second = with(second, name, asked.field(name).value());
  const WebPage answer = desk.citizen.post("/anmal", second);
  REQUIRE(answer.status == 303);
  const json seen = desk.service.see(desk.reference_in(answer), desk.service.officer);
  CHECK(seen["photos"].size() == 1);
  CHECK(seen["location"]["lat"].get<double>() == doctest::Approx(55.9362));
  CHECK(desk.photos() == 1);
}

TEST_CASE("citizen's form: a case nearby is asked about, and joined or not, without script") {
  Desk desk;
  const Fields spot{{"lat", "55.93620"}, {"lon", "13.54050"}, {"category", "tag"}, {"description", "På garaget\nlängst ned"}};
  const std::string there = desk.reference_in(desk.citizen.post("/anmal", desk.filled(spot)));
  const Fields form = desk.filled(with(with(spot, "lat", "55.93625"), "email", "bo@example.se"));
  const WebPage asked = desk.citizen.post("/anmal", form, {photo()});
  CHECK(asked.status == 200);
  CHECK(asked.holds("Är det det här klottret?"));
  CHECK(asked.holds(there));
  CHECK(asked.field("description") == "På garaget\nlängst ned");
  CHECK(asked.header("cache-control") == "no-store");
  CHECK(desk.reports() == 1);
  Fields next;
  for (const char* name : {"key", "photo_id", "lat", "lon", "category", "description", "email"}) next.emplace_back(name, asked.field(name).value());
  SUBCASE("it is the same") {
    const WebPage joined = desk.citizen.post("/anmal", with(next, "same", there));
    REQUIRE(joined.status == 303);
    CHECK(desk.reference_in(joined) == there);
    CHECK(desk.citizen.follow(joined).holds("lagts till ett ärende som redan finns"));
    CHECK(desk.service.see(there)["reports"]["count"] == 2);
    CHECK(desk.service.see(there, desk.service.officer)["photos"].size() == 1);
    // Sent again it is still one.
    CHECK(desk.citizen.post("/anmal", with(next, "same", there)).header("location") == joined.header("location"));
    CHECK(desk.reports() == 2);
  }
  SUBCASE("it is another") {
    const WebPage other = desk.citizen.post("/anmal", with(next, "same", "no"));
    REQUIRE(other.status == 303);
    CHECK(desk.reference_in(other) != there);
  }
  SUBCASE("it was removed meanwhile") {
    desk.service.clock.pass(std::chrono::hours{1});
    REQUIRE(desk.service.put(kHoor + "/cases/" + there + "/removal", desk.service.officer, {{"removed_at", "2026-11-16T10:30:00+01:00"}}).status == 200);
    const WebPage changed = desk.citizen.post("/anmal", with(next, "same", there));
    CHECK(changed.status == 409);
    CHECK(changed.field("description") == "På garaget\nlängst ned");
    CHECK(changed.field("email") == "bo@example.se");
    CHECK(changed.field("photo_id") == asked.field("photo_id"));
    CHECK(desk.reports() == 1);
  }
  SUBCASE("it is no reference") { CHECK(desk.citizen.post("/anmal", with(next, "same", "<b>")).status == 422); }
}

TEST_CASE("citizen's form: a case whose place is shown rounded is not named as near") {
  Desk desk;
  desk.service.open_case({{"location", {{"lat", 55.9362}, {"lon", 13.5405}}}, {"category", "hate"}});
  CHECK(desk.citizen.post("/anmal", desk.filled({{"lat", "55.93620"}, {"lon", "13.54050"}, {"category", "tag"}})).status == 303);
}

TEST_CASE("citizen's form: faults stand at the top and at the field, and nothing that was typed is lost") {
  Desk desk;
  const Fields wrong{{"address", ""}, {"category", "rock"}, {"surface", "sky"}, {"description", "Å\"<script>alert(1)</script>"}, {"email", "anna@@"},
                     {"name", "Anna\r\nBcc: x@example.se"}, {"phone", std::string(41, '1')}};
  const WebPage page = desk.citizen.post("/anmal", desk.filled(wrong), {photo()});
  CHECK(page.status == 422);
  for (const char* field : {"address", "category", "surface", "email", "name", "phone"}) {
    CAPTURE(field);
    CHECK(page.holds("<a href=\"#" + std::string{field} + "\">"));
    CHECK(page.holds("id=\"" + std::string{field} + "_error\""));
  }
  CHECK(page.field("description") == wrong[3].second);
  CHECK(page.field("email") == "anna@@");
  CHECK(page.field("photo_id").has_value());
  CHECK_FALSE(page.holds("<script>alert"));
  CHECK(desk.reports() == 0);
  const auto fault = [&](const Fields& form) { return desk.citizen.post("/anmal", desk.filled(form)); };
  CHECK(fault({{"lat", "59.3"}, {"lon", "18.0"}, {"category", "tag"}}).holds("Platsen ligger utanför kommunen."));
  CHECK(fault({{"lat", "13.5"}, {"lon", "55.9"}, {"category", "tag"}}).holds("Koordinaterna stämmer inte."));
  CHECK(fault({{"lat", "norr"}, {"lon", ""}, {"category", "tag"}}).holds("Koordinaterna stämmer inte."));
  CHECK(fault({{"address", " - , "}, {"category", "tag"}}).status == 422);
  CHECK(fault(with(kTag, "description", std::string(4001, 'x'))).status == 422);
  CHECK(fault(with(kTag, "description", "a\x01b")).status == 422);
  CHECK(desk.reports() == 0);
}

TEST_CASE("citizen's form: what looks like a personal number is warned of before it is saved, and taken when it is meant") {
  Desk desk;
  const Fields form = desk.filled(with(kTag, "description", "Det var 811218-9876"));
  const WebPage warned = desk.citizen.post("/anmal", form);
  CHECK(warned.status == 422);
  CHECK(warned.holds("ser ut att innehålla ett personnummer"));
  CHECK(warned.field("number_told") == "1");
  CHECK(desk.reports() == 0);
  CHECK(desk.citizen.post("/anmal", with(form, "number_told", "1")).status == 303);
}

TEST_CASE("citizen's form: what is no picture is refused, and a good one beside it is chosen again") {
  Desk desk;
  const WebPage bad = desk.citizen.post("/anmal", desk.filled(kTag), {{"photo", "bild.jpg", "no picture"}});
  CHECK(bad.status == 422);
  CHECK(bad.holds("<a href=\"#photo\">"));
  CHECK(bad.field("address") == "Storgatan 12");
  std::vector<Visitor::File> many;
  for (int i = 0; i < 6; ++i) many.push_back(photo({.width = 60 + i, .height = 40}));
  CHECK(desk.citizen.post("/anmal", desk.filled(kTag), many).status == 422);
  CHECK(desk.photos() == 0);
  CHECK(desk.reports() == 0);
  // A photo of another report cannot be brought along, nor one that somebody with a key has sent.
  const Answer theirs = desk.service.send("POST", kHoor + "/photos", desk.service.police, jpeg({.width = 60, .height = 40}), {}, "image/jpeg");
  REQUIRE_MESSAGE(theirs.status == 201, theirs.body);
  const WebPage mine = desk.citizen.post("/anmal", desk.filled(with(kTag, "photo_id", theirs.json()["id"])));
  REQUIRE(mine.status == 303);
  CHECK(desk.service.see(desk.reference_in(mine), desk.service.officer)["photos"].empty());
}

TEST_CASE("citizen's form: a machine that fills in everything is told that all went well, and nothing is kept") {
  Desk desk;
  CHECK(desk.citizen.post("/anmal", desk.filled(with(kTag, "webbplats", "http://spam.example")), {photo()}).status == 303);
  CHECK(desk.reports() == 0);
  CHECK(desk.photos() == 0);
}

TEST_CASE("citizen's form: one address sends so many an hour, and is told so on a page") {
  ServeOptions options = TestService::quiet();
  options.rate_limit = 100'000;
  Desk desk{options};
  int taken = 0;
  WebPage answer;
  for (int i = 0; i < 50; ++i) {
    answer = desk.citizen.post("/anmal", {{"address", "Storgatan " + std::to_string(100 + 2 * i)}, {"category", "tag"}, {"key", "k" + std::to_string(i)}});
    taken += answer.status == 303;
  }
  CHECK(taken == 40);
  CHECK(answer.status == 429);
  CHECK(answer.header("content-type") == "text/html; charset=utf-8");
  CHECK(desk.citizen.get("/anmal").status == 200);
}

TEST_CASE("citizen's form: another site cannot send it, and staff who have signed in report as what they are") {
  Desk desk;
  desk.citizen.headers = {{"Sec-Fetch-Site", "cross-site"}};
  CHECK(desk.citizen.post("/anmal", kTag).status == 403);
  CHECK(desk.reports() == 0);
  Visitor police{desk.service};
  police.sign_in(Role::police);
  const WebPage answer = police.post("/anmal", kTag);
  REQUIRE(answer.status == 303);
  CHECK(desk.service.store.ask("SELECT COUNT(*) FROM reports WHERE source = 'police'") == 1);
}

TEST_CASE("citizen's form: it suggests addresses of the register, and nothing else of it") {
  Desk desk;
  write(*desk.service.store, [&](Transaction& transaction) {
    const auto settings = transaction.municipalities().find_settings("1267");
    transaction.land().save(*settings, AddressPoint{"Storgatan 12", {55.9362, 13.5405}, "HÖÖR KVARNBÄCK 1:23", false, false});
    transaction.land().save(*settings, AddressPoint{"Stortorget 1", {55.9363, 13.5406}, "", false, false});
    return true;
  });
  const json found = desk.citizen.get("/anmal/adresser?q=storg").json();
  REQUIRE(found.size() == 1);
  CHECK(found[0]["address"] == "Storgatan 12");
  CHECK(found[0].size() == 3);
  CHECK(desk.citizen.get("/anmal/adresser?q=s").json().empty());
  CHECK(desk.citizen.get("/anmal/adresser").json().empty());
}
