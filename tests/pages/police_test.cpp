#include <doctest/doctest.h>

#include "support/browser.h"
#include "support/pictures.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using Browser = klotterkoll::test::Visitor;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

/// Höör with one of its police at the pages.
struct Night {
  TestService service;
  Browser browser{service};
  User user = browser.sign_in(Role::police);

  std::int64_t ask(const std::string& sql) { return service.store.ask(sql); }
  std::int64_t reports() { return ask("SELECT COUNT(*) FROM reports"); }
  /// The form as the page has it, with these fields typed.
  WebPage report(Browser::Fields typed, const std::vector<Browser::File>& files = {}) {
    const WebPage page = browser.get("/polis");
    if (std::ranges::find(typed, "police_reference", &Browser::Fields::value_type::first) == typed.end())
      typed.emplace_back("police_reference", *page.field("police_reference"));
    typed.emplace_back("form_id", *page.field("form_id"));
    return browser.post("/polis", typed, files);
  }
  WebPage look(const std::string& rows) { return browser.post("/polis/manga", {{"form_id", *browser.get("/polis/manga").field("form_id")}, {"rows", rows}, {"do", "look"}}); }
  /// What the preview carries, with what is typed into its rows.
  static Browser::Fields carried(const WebPage& page, const Browser::Fields& typed, const std::string& what) {
    Browser::Fields fields{{"form_id", *page.field("form_id")}, {"good", *page.field("good")}, {"later", *page.field("later")}};
    for (int n = 1; page.field("line_" + std::to_string(n)); ++n)
      for (const char* name : {"line", "police_reference", "address", "category", "surface", "observed_at", "description", "lat", "lon"}) {
        const std::string field = std::string{name} + "_" + std::to_string(n);
        const auto at = std::ranges::find(typed, field, &Browser::Fields::value_type::first);
        fields.emplace_back(field, at == typed.end() ? *page.field(field) : at->second);
      }
    for (const auto& one : typed)
      if (one.first.starts_with("drop")) fields.push_back(one);
    fields.emplace_back("do", what);
    return fields;
  }
};

const std::string kRows =
    "5000-K1-26\tStorgatan 12\tTagg\tGarageport\n"
    "5000-K1-26\tStorgatan 14\tTagg\tVägg\n"
    "5000 K2\tStorgatan 16\tTagg\tVägg\n"
    "5000-K3-26\tStorgatan 18\tKlotter\tVägg\n"
    "5000-K4-26\t\tTagg\tVägg\n";

}  // namespace

TEST_CASE("police: a report is sent, told with its reference and deadline, and the next form is ready with the K-number") {
  Night night;
  const WebPage empty = night.browser.get("/polis");
  CHECK(empty.field("police_reference") == "");
  CHECK(empty.field("category") == "tag");
  const WebPage sent = night.report({{"police_reference", "5000 k77 26"}, {"address", "Storgatan 12"}, {"category", "hate"}, {"surface", "garage_door"}, {"description", "Misstänkt"}});
  REQUIRE(sent.status == 303);
  const WebPage next = night.browser.follow(sent);
  CHECK(next.status == 200);
  CHECK(next.holds("Anmälan är mottagen"));
  CHECK(next.holds("Ska vara borta senast torsdag 19 november 2026 kl. 23.59."));
  CHECK(next.holds("Ansvarig: Höörs Fastighets AB."));
  CHECK(next.field("police_reference") == "5000-K77-26");
  CHECK(next.field("address") == "");
  CHECK(next.attribute("<input type=\"text\" id=\"police_reference\"", "value") == "5000-K77-26");
  CHECK(next.body.find("autofocus") < next.body.find("id=\"address\""));
  CHECK(night.ask("SELECT COUNT(*) FROM reports WHERE source = 'police'") == 1);
  CHECK(night.ask("SELECT key_id FROM reports") == (std::int64_t{1} << 40) + night.user.id);
  // Until the night is over, and to nobody else.
  const std::string place = sent.header("location");
  night.service.clock.pass(hours{12} - seconds{1});
  CHECK(night.browser.get(place).field("police_reference") == "5000-K77-26");
  night.browser.sign_in(night.user);
  night.service.clock.pass(seconds{1});
  CHECK(night.browser.get(place).field("police_reference") == "");
  Browser other{night.service};
  other.sign_in(Role::police);
  CHECK_FALSE(other.get(place).holds("Anmälan är mottagen"));
}

TEST_CASE("police: what is sent twice is one report, with a K-number, without one, and with its photo") {
  Night night;
  const std::string picture = jpeg();
  for (const std::string number : {"5000-K77-26", ""}) {
    CAPTURE(number);
    const std::int64_t before = night.reports(), photos = night.ask("SELECT COUNT(*) FROM photos");
    const WebPage page = night.browser.get("/polis");
    const Browser::Fields typed{{"police_reference", number}, {"address", number.empty() ? "Storgatan 20" : "Storgatan 12"}, {"category", "tag"}, {"form_id", *page.field("form_id")}};
    const std::vector<Browser::File> files{{"photo", "bild.jpg", picture}};
    const WebPage first = night.browser.post("/polis", typed, files), second = night.browser.post("/polis", typed, files);
    REQUIRE(first.status == 303);
    REQUIRE(second.status == 303);
    CHECK(night.browser.follow(first).holds("Anmälan är mottagen"));
    CHECK(second.header("location") == first.header("location") + "&igen=1");
    CHECK(night.browser.follow(second).holds("Den här anmälan hade redan kommit"));
    CHECK(night.reports() == before + 1);
    CHECK(night.ask("SELECT COUNT(*) FROM photos") == photos + 1);
  }
}

TEST_CASE("police: where nothing else is said the photo says where it is") {
  Night night;
  PictureWanted wanted;
  wanted.camera = true;
  const WebPage sent = night.report({{"category", "tag"}}, {{"photo", "bild.jpg", jpeg(wanted)}});
  REQUIRE(sent.status == 303);
  CHECK(night.ask("SELECT COUNT(*) FROM reports WHERE lat > 55.93 AND lat < 55.94") == 1);
  const WebPage nowhere = night.report({{"category", "tag"}}, {{"photo", "bild.jpg", jpeg()}});
  CHECK(nowhere.status == 422);
  CHECK(nowhere.holds("href=\"#address\""));
  CHECK(nowhere.holds("Bilderna måste väljas igen"));
}

TEST_CASE("police: faults are told at the top and at their fields, and nothing typed is lost") {
  Night night;
  const Browser::Fields right{{"police_reference", "5000-K77-26"}, {"address", "Storgatan 12"}, {"category", "tag"}, {"surface", "wall"}, {"observed_at", "2026-11-15 21.10"},
                              {"description", "Stor tagg"}, {"lat", "55,9362"}, {"lon", "13,5405"}};
  struct Wrong {
    const char* name;
    std::string value;
    const char* field;
  };
  for (const Wrong& one : {Wrong{"police_reference", "5000-77", "police_reference"}, {"address", std::string(201, 'x'), "address"}, {"category", "bombed", "category"},
                           {"surface", "moon", "surface"}, {"observed_at", "2026-11-16 10.01", "observed_at"}, {"observed_at", "igår", "observed_at"},
                           {"description", std::string(4001, 'x'), "description"}, {"lat", "norr", "lat"}, {"lat", "13,5405", "lat"}}) {
    CAPTURE(one.name);
    CAPTURE(one.value);
    Browser::Fields wrong = right;
    for (auto& field : wrong)
      if (field.first == one.name) field.second = one.value;
    const WebPage page = night.report(wrong);
    CHECK(page.status == 422);
    CHECK(page.holds(std::string{"href=\"#"} + one.field + "\""));
    CHECK(page.holds(std::string{"id=\""} + one.field + "_error\""));
    for (const auto& [name, value] : wrong)
      if (name != "category" && name != "surface") CHECK(page.field(name) == value);
    CHECK(page.field("form_id")->size() == 16);
  }
  CHECK(night.reports() == 0);
  CHECK(night.report(right).status == 303);
  const WebPage bad_picture = night.report(right, {{"photo", "bild.jpg", "no picture"}});
  CHECK(bad_picture.status == 422);
  CHECK(bad_picture.holds("id=\"photo_error\""));
}

TEST_CASE("police: of pasted rows the bad ones are marked, corrected in place, and the good ones are sent") {
  Night night;
  const WebPage page = night.look(kRows);
  CHECK(page.status == 200);
  CHECK(page.holds("3 rader behöver rättas"));
  CHECK(page.holds("2 rader är klara att skickas"));
  CHECK(page.holds("id=\"police_reference_1_error\""));
  CHECK(page.field("police_reference_1") == "5000 K2");
  CHECK(page.holds("id=\"category_2_error\""));
  CHECK(page.holds("id=\"address_3_error\""));
  CHECK(night.reports() == 0);
  // One is corrected, one left out, one stays wrong.
  const WebPage sent = night.browser.post("/polis/manga", Night::carried(page, {{"police_reference_1", "5000-K2-26"}, {"drop_2", "1"}}, "send"));
  CHECK(sent.status == 200);
  CHECK(sent.holds("Nya anmälningar: 3."));
  CHECK(sent.holds("1 rad behöver rättas"));
  CHECK(sent.field("police_reference_1") == "5000-K4-26");
  CHECK(night.reports() == 3);
  CHECK(night.ask("SELECT COUNT(*) FROM reports WHERE surface = 'garage_door'") == 1);
  const WebPage rest = night.browser.post("/polis/manga", Night::carried(sent, {{"address_1", "Storgatan 22"}}, "send"));
  REQUIRE(rest.status == 303);
  CHECK(night.browser.follow(rest).holds("Nya anmälningar: 1. Hade redan kommit: 0. Väntar på kommunens besked: 0."));
  CHECK(night.reports() == 4);
}

TEST_CASE("police: rows are read with and without a heading, from a file, and sent again they are the same reports") {
  Night night;
  const WebPage headed = night.look("Adress;K-nummer;Okänd\r\nStorgatan 12;5000-K1-26;x\r\nStorgatan 14;;y\r\n");
  CHECK(headed.holds("2 rader är klara att skickas"));
  CHECK(headed.holds("Kolumner som inte används: Okänd."));
  const auto fields = Night::carried(headed, {}, "send");
  REQUIRE(night.browser.post("/polis/manga", fields).status == 303);
  const WebPage again = night.browser.post("/polis/manga", fields);
  CHECK(night.browser.follow(again).holds("Nya anmälningar: 0. Hade redan kommit: 2."));
  CHECK(night.reports() == 2);
  // A row may begin with an empty cell.
  CHECK(night.look("\tStorgatan 30\tTagg").holds("<th scope=\"row\">Storgatan 30</th>"));
  CHECK(night.look("Storgatan 31\nStorgatan 32").holds("2 rader är klara att skickas"));
  const WebPage file = night.browser.post("/polis/manga", {{"rows", ""}, {"do", "look"}}, {{"file", "natt.csv", "K-nummer;Adress\n5000-K9-26;Storgatan 40\n"}});
  CHECK(file.holds("1 rad är klar att skickas"));
  for (const std::string& none : {std::string{}, std::string("PK\x03\x04 a workbook\0", 15)}) {
    const WebPage refused = night.browser.post("/polis/manga", {{"rows", ""}, {"do", "look"}}, none.empty() ? std::vector<Browser::File>{} : std::vector<Browser::File>{{"file", "a.xlsx", none}});
    CHECK(refused.status == 422);
    CHECK(refused.holds("id=\"rows_error\""));
  }
  const auto many = [](int n) {
    std::string rows;
    for (int i = 0; i < n; ++i) rows += "5000-K1-26;Storgatan " + std::to_string(100 + i) + "\n";
    return rows;
  };
  CHECK(night.look(many(500)).holds("500 rader är klara att skickas"));
  CHECK(night.look(many(501)).status == 422);
}

TEST_CASE("police: more bad rows than a page holds are carried along") {
  Night night;
  std::string rows;
  for (int i = 0; i < 43; ++i) rows += "wrong;Storgatan " + std::to_string(100 + i) + "\n";
  const WebPage page = night.look(rows);
  CHECK(page.holds("43 rader behöver rättas"));
  CHECK(page.holds("3 rader till behöver rättas"));
  Browser::Fields typed;
  for (int n = 1; n <= 40; ++n) typed.emplace_back("police_reference_" + std::to_string(n), "");
  const WebPage next = night.browser.post("/polis/manga", Night::carried(page, typed, "look"));
  CHECK(next.holds("3 rader behöver rättas"));
  CHECK(next.holds("40 rader är klara att skickas"));
  CHECK(next.field("address_1") == "Storgatan 140");
}

TEST_CASE("police: a row near an open case waits for the municipality, and the page says so") {
  Night night;
  night.service.open_case({{"location", {{"lat", 55.9362}, {"lon", 13.5405}}}, {"category", "tag"}});
  const WebPage page = night.look("K-nummer;Lat;Lon\n5000-K5-26;55.9362;13.5406\n");
  const WebPage sent = night.browser.post("/polis/manga", Night::carried(page, {}, "send"));
  const WebPage told = night.browser.follow(sent);
  CHECK(told.holds("Väntar på kommunens besked: 1."));
  CHECK(told.holds("En av dina anmälningar väntar"));
}

TEST_CASE("police: my reports are mine, by K-number, with what became of each") {
  Night night;
  night.report({{"police_reference", "5000-K77-26"}, {"address", "Storgatan 12"}, {"category", "tag"}});
  night.service.clock.pass(seconds{1});
  night.report({{"police_reference", "5000-K78-26"}, {"address", "Storgatan 14"}, {"category", "tag"}});
  night.service.open_case_at("Storgatan 16");  // the API's key sent this one
  const WebPage mine = night.browser.get("/polis/anmalningar");
  CHECK(mine.holds("Storgatan 12"));
  CHECK(mine.holds("Storgatan 14"));
  CHECK_FALSE(mine.holds("Storgatan 16"));
  const WebPage one = night.browser.get("/polis/anmalningar?knummer=5000%20k77%2026");
  CHECK(one.holds("Storgatan 12"));
  CHECK_FALSE(one.holds("Storgatan 14"));
  CHECK(night.browser.get("/polis/anmalningar?knummer=77").holds("id=\"knummer_error\""));
  const std::string reference = one.attribute("<a href=\"/1267/arende/", "href").substr(std::string{"/1267/arende/"}.size());
  CHECK(one.holds("Ska vara borta senast torsdag 19 november 2026 kl. 23.59."));
  REQUIRE(night.service.put(kHoor + "/cases/" + reference + "/removal", night.service.hfab, {{"removed_at", "2026-11-16T08:00:00Z"}, {"cost_sek", 900}}).status < 300);
  const WebPage after = night.browser.get("/polis/anmalningar?knummer=5000-K77-26");
  CHECK(after.holds("Borttaget måndag 16 november 2026 kl. 09.00."));
  // What is handed over.
  const WebPage claim = night.browser.get("/polis/arende/5000-k77-26");
  CHECK(claim.status == 200);
  for (const char* text : {"Underlag för 5000-K77-26", "Storgatan 12", "900 kr", "måndag 16 november 2026 kl. 09.00", "Höörs Fastighets AB"}) {
    CAPTURE(text);
    CHECK(claim.holds(text));
  }
  CHECK_FALSE(claim.holds("Storgatan 14"));
  CHECK(night.browser.get("/polis/arende/5000-K1-26").status == 404);
  CHECK(night.browser.get("/polis/arende/hej").status == 404);
}

TEST_CASE("police: the pages are the police's, and one of two municipalities changes between them") {
  TestService service;
  for (const char* path : {"/polis", "/polis/manga", "/polis/anmalningar"}) {
    CAPTURE(path);
    for (const Role role : {Role::owner, Role::municipality}) {
      Browser browser{service};
      browser.sign_in(role);
      CHECK(browser.get(path).status == 403);
    }
    CHECK(Browser{service}.get(path).status == 303);
    Browser neighbour{service};
    neighbour.sign_in(add_user(service, Role::police, {"1266"}));
    CHECK(neighbour.get(path).status == 303);
    Browser both{service};
    both.sign_in(add_user(service, Role::police, {"1266", "1267"}));
    const WebPage page = both.get(path);
    CHECK(page.status == 200);
    CHECK(page.holds("<a href=\"/1266" + std::string{path} + "\">Hörby</a>"));
    CHECK(page.holds("<strong aria-current=\"true\">Höör</strong>"));
    CHECK(both.get("/1266" + std::string{path}).holds("<a href=\"/1267" + std::string{path} + "\">Höör</a>"));
    CHECK(both.get(std::string{path} + "?lang=en").holds("lang=\"en\""));
  }
  Browser owner{service};
  owner.sign_in(Role::owner);
  CHECK(owner.get("/polis/arende/5000-K1-26").status == 403);
}
