#include <doctest/doctest.h>

#include <set>

#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

std::string link_in(const std::string& html) {
  const auto begin = html.find(">", html.find("class=\"url\"")) + 1;
  return html.substr(begin, html.find('<', begin) - begin);
}

}  // namespace

TEST_CASE("letters: an officer gets a page to print, with a link that closes the case") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12"), path = kHoor + "/cases/" + reference + "/letters";
  const Answer answer = service.post(path, service.officer, {{"to", {"HFAB", "Storgatan <1>", "243 30 Höör"}}, {"contact", "Ring 0413-280 00."}});
  REQUIRE(answer.status == 201);
  CHECK(answer.header("content-type") == "text/html; charset=utf-8");
  CHECK(answer.header("cache-control") == "no-store");
  CHECK(answer.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
  CHECK(answer.headers.count("content-security-policy") == 1);
  for (const char* part : {"HFAB<br />", "Storgatan &lt;1&gt;", "Klotter på Storgatan 12", "Frågor? Ring 0413-280 00.", "<svg "}) {
    CAPTURE(part);
    CHECK(answer.body.find(part) != std::string::npos);
  }
  CHECK(answer.body.find(reference) != std::string::npos);
  const std::string link = link_in(answer.body);
  CHECK(link.starts_with(service.url() + "/atgarda/1267/"));
  // The secret is nowhere in the store.
  CHECK(service.store.ask("SELECT COUNT(*) FROM closing_links") == 1);
  CHECK(service.store.ask("SELECT COUNT(*) FROM closing_links WHERE link_digest = '" + link.substr(link.rfind('/') + 1) + "'") == 0);
  const json english{{"language", "en"}};
  CHECK(service.post(path, service.officer, english).body.find("Graffiti at Storgatan 12") != std::string::npos);
  // Without an address it is the owner's name.
  CHECK(service.post(path, service.officer, json::object()).body.find("<br />") != std::string::npos);
}

TEST_CASE("letters: a letter is made once for an Idempotency-Key and never stored") {
  TestService service;
  const std::string path = kHoor + "/cases/" + service.open_case_at("Storgatan 12") + "/letters";
  const Headers once{{"Idempotency-Key", "letter-creation-0001"}};
  CHECK(service.post(path, service.officer, json::object(), once).status == 201);
  CHECK(service.post(path, service.officer, json::object(), once).status == 409);
  CHECK(service.store.ask("SELECT COUNT(*) FROM closing_links") == 1);
  CHECK(service.store.ask("SELECT COUNT(*) FROM idempotency_keys WHERE answer LIKE '%atgarda%'") == 0);
}

TEST_CASE("letters: none for a case that nobody has or that is done, and none for others than officers") {
  TestService service;
  const std::string nobodys = service.open_case_at("Okänd väg 1");
  CHECK(service.post(kHoor + "/cases/" + nobodys + "/letters", service.officer, json::object()).status == 409);
  const std::string reference = service.open_case_at("Storgatan 12"), path = kHoor + "/cases/" + reference + "/letters";
  for (const std::string& key : {service.hfab, service.police}) CHECK(service.post(path, key, json::object()).status == 403);
  CHECK(service.post(path, "", json::object()).status == 401);
  CHECK(service.post(kHorby + "/cases/" + reference + "/letters", service.horby_officer, json::object()).status == 404);
  CHECK(service.post(path, service.officer, {{"to", json::array({"1", "2", "3", "4", "5", "6", "7"})}}).status == 400);
  service.put(kHoor + "/cases/" + reference + "/removal", service.hfab, {{"removed_at", format_instant(service.clock.now())}});
  CHECK(service.post(path, service.officer, json::object()).status == 409);
  CHECK(service.store.ask("SELECT COUNT(*) FROM closing_links") == 0);
}
