#include <doctest/doctest.h>

#include "json/report_json.h"
#include "support/edge_test_server.h"
#include "support/test_service.h"
#include "workflow/erasure.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

const std::string kReports = kHoor + "/reports";

json with(json report, const std::string& name, json value) {
  report[name] = std::move(value);
  return report;
}

json at_point(double lat, double lon) { return {{"location", {{"lat", lat}, {"lon", lon}}}, {"category", "tag"}}; }

}  // namespace

TEST_CASE("reports: a police report opens a case, finds the owner and tells when it is due") {
  TestService service;
  json report = with(tag_report(), "police_reference", "5000-k123456-26");
  report["reported_at"] = "2026-11-15T21:10:00+01:00";
  report["description"] = "Stor tagg på garageport, svart sprayfärg";
  report["contact"] = {{"name", ""}, {"email", ""}};
  const Answer answer = service.post(kReports, service.police, report);
  REQUIRE(answer.status == 201);
  const json body = answer.json();
  CHECK(answer.header("location") == service.url() + kReports + "/" + body["report"]["id"].get<std::string>());
  CHECK(body["report"]["police_reference"] == "5000-K123456-26");
  CHECK(body["report"]["reported_at"] == "2026-11-15T20:10:00Z");
  CHECK(body["report"]["source"] == "police");
  CHECK(body["case"]["state"] == "assigned");
  CHECK(body["case"]["owner"]["id"] == "hfab");
  CHECK(body["case"]["due_at"] == "2026-11-19T22:59:59Z");
  CHECK(body["possible_duplicates"].empty());
  CHECK(answer.header("cache-control") == "no-store");
  CHECK(service.get(kReports + "/" + body["report"]["id"].get<std::string>(), service.police).json()["description"] == report["description"]);
}

TEST_CASE("reports: a citizen needs no key and is sent to the case") {
  TestService service;
  json report = with(tag_report(), "contact", {{"name", "Anna Andersson"}, {"email", "anna@example.se"}});
  const Answer answer = service.post(kReports, "", report);
  REQUIRE(answer.status == 201);
  const std::string reference = answer.json()["case"]["reference"];
  CHECK(answer.header("location") == service.url() + kHoor + "/cases/" + reference);
  CHECK(service.get(answer.header("location").substr(service.url().size())).status == 200);
  CHECK(answer.json()["report"]["source"] == "citizen");
  CHECK(answer.body.find("anna@example.se") == std::string::npos);
  CHECK_FALSE(answer.json()["case"]["category_confirmed"].get<bool>());
  CHECK(service.post(kReports, service.channel, tag_report("Storgatan 14")).json()["report"]["source"] == "citizen");
  CHECK(service.post(kReports, service.hfab, tag_report("Storgatan 16")).json()["report"]["source"] == "owner");
}

TEST_CASE("reports: who may say what, and what they are told when they may not") {
  TestService service;
  const auto refused = [&](const std::string& key, const char* name, const json& value) {
    const Answer answer = service.post(kReports, key, with(tag_report(), name, value));
    CAPTURE(name);
    CHECK(answer.status == 422);
    CHECK(answer.pointers() == "/" + std::string{name} + " ");
  };
  for (const std::string& key : {std::string{}, service.hfab, service.channel}) {
    refused(key, "reported_at", "2026-11-16T08:00:00+01:00");
    refused(key, "received_at", "2026-11-16T08:00:00+01:00");
    refused(key, "owner_id", "hfab");
    refused(key, "intake", "phone");
    refused(key, "source", "police");
  }
  refused(service.police, "owner_id", "hfab");
  refused(service.police, "received_at", "2026-11-16T08:00:00+01:00");
  json entered = tag_report("Skolgatan 1");
  entered.update({{"source", "citizen"}, {"intake", "phone"}, {"received_at", "2026-11-14T09:00:00+01:00"}, {"owner_id", "eon"}});
  const json taken = service.post(kReports, service.officer, entered).json();
  CHECK(taken["report"]["source"] == "citizen");
  CHECK(taken["report"]["intake"] == "phone");
  CHECK(taken["case"]["clock_started_at"] == "2026-11-14T08:00:00Z");
  CHECK(taken["case"]["owner"]["id"] == "eon");
  const Answer unknown = service.post(kReports, service.officer, with(tag_report(), "owner_id", "nobody"));
  CHECK(unknown.status == 422);
  CHECK(unknown.pointers() == "/owner_id ");
}

TEST_CASE("reports: what is wrong with the input is named with its field and what would be right") {
  TestService service;
  const auto told = [&](const json& report, const std::string& pointer, const std::string& key) {
    const Answer answer = service.post(kReports, key, report);
    CHECK((answer.status == 422 || answer.status == 400));
    CAPTURE(answer.body);
    CHECK(answer.fault(pointer) != "");
    return answer.fault(pointer);
  };
  const auto holds = [](const std::string& text, const char* part) {
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  };
  for (const char* number : {"K123456", "5000-K123456", "50-K1-26", "5000-123456-26", "5000-K12x-26"})
    holds(told(with(tag_report(), "police_reference", number), "/police_reference", service.police), "5000-K123456-26");
  holds(told(at_point(13.5405, 55.9362), "/location/lat", service.police), "swapped");
  holds(told(at_point(48.85, 2.35), "/location/lat", service.police), "outside Sweden");
  holds(told(at_point(59.33, 18.06), "/location", service.police), "outside Höör");
  holds(told(at_point(55.85, 13.9), "/location", service.police), "Hörby");
  holds(told(with(tag_report(), "location", json{{"lat", 55.93}}), "/location/lon", service.police), "together");
  holds(told(with(tag_report(), "location", json::object()), "/location", service.police), "address");
  holds(told(with(tag_report(), "reported_at", "2026-11-15T21:10:00"), "/reported_at", service.police), "+01:00");
  holds(told(with(tag_report(), "reported_at", "2026-11-15"), "/reported_at", service.police), "+01:00");
  holds(told(with(tag_report(), "reported_at", "2027-01-01T00:00:00Z"), "/reported_at", service.police), "future");
  holds(told(with(tag_report(), "reported_at", "2024-01-01T00:00:00Z"), "/reported_at", service.police), "year");
  holds(told(with(tag_report(), "category", "grafitti"), "/category", service.police), "tag");
  holds(told(with(tag_report(), "photo_ids", json{"PH7K2M9QX4"}), "/photo_ids/0", service.police), "no such photo");
  holds(told(with(tag_report(), "joins", "abc"), "/joins", service.police), "HR7K-2M9Q-X4");
  // All faults at once.
  json several = with(with(tag_report(), "police_reference", "K1"), "reported_at", "2030-01-01T00:00:00Z");
  several["location"] = {{"lat", 13.5405}, {"lon", 55.9362}};
  CHECK(service.post(kReports, service.police, several).pointers() == "/reported_at /location/lat /police_reference ");
  several["categori"] = "tag";
  several["surface"] = 7;
  const Answer shape = service.post(kReports, service.police, several);
  CHECK(shape.status == 400);
  CHECK(shape.fault("/categori") != "");
  CHECK(shape.fault("/surface") != "");
  CHECK(service.events() == 0);
}

TEST_CASE("reports: the same police reference at the same place is the same report") {
  TestService service;
  const json report = with(tag_report(), "police_reference", "5000-K77-26");
  const json first = service.post(kReports, service.police, report).json();
  const std::int64_t before = service.events();
  const Answer again = service.post(kReports, service.police, report);
  CHECK(again.status == 200);
  CHECK(again.json()["report"]["id"] == first["report"]["id"]);
  CHECK(again.json()["added"].empty());
  CHECK(service.events() == before);
  // New text is kept and named.
  const Answer more = service.post(kReports, service.police, with(report, "description", "Svart färg"));
  CHECK(more.status == 200);
  CHECK(more.json()["added"] == json{"description"});
  CHECK(more.json()["report"]["description"] == "Svart färg");
  CHECK(service.events("report_repeated") == 1);
  // One K-number may cover several places.
  json elsewhere = report;
  elsewhere["location"]["address"] = "Storgatan 40";
  CHECK(service.post(kReports, service.police, elsewhere).status == 201);
  const json found = service.get(kReports + "?police_reference=5000%20k77-26", service.police).json();
  CHECK(found["_meta"]["total_records"] == 2);
  CHECK(service.get(kReports + "?police_reference=77", service.police).status == 400);
}

TEST_CASE("reports: the same external_id of the same key at the same place is the same report") {
  TestService service;
  const json report = with(tag_report(), "external_id", "natt-17");
  const json first = service.post(kReports, service.police, report).json();
  CHECK(service.post(kReports, service.police, report).status == 200);
  CHECK(service.post(kReports, service.both_police, report).status == 201);
  CHECK(service.get(kReports, service.police).json()["_meta"]["total_records"] == 1);
  CHECK(service.get(kReports, service.officer).json()["_meta"]["total_records"] == 2);
  // Police see what was sent with their own key.
  CHECK(service.get(kReports + "/" + first["report"]["id"].get<std::string>(), service.both_police).status == 404);
}

TEST_CASE("reports: who repeats somebody else's report is not shown what the other wrote") {
  TestService service;
  json report = with(tag_report(), "police_reference", "5000-K78-26");
  report["description"] = "Målsägande Svensson, vittne Ek";
  report["external_id"] = "hemligt-id";
  report["category"] = "hate";
  report["location"].update({{"lat", 55.9362}, {"lon", 13.5405}});
  const json first = service.post(kReports, service.police, report).json();
  for (const std::string& key : {std::string{}, service.hfab, service.eon, service.channel, service.both_police}) {
    const Answer answer = service.post(kReports, key, with(tag_report(), "police_reference", "5000-K78-26"));
    CHECK(answer.status == 200);
    CAPTURE(answer.body);
    CHECK(answer.json()["report"]["id"] == first["report"]["id"]);
    CHECK(answer.body.find("Svensson") == std::string::npos);
    CHECK(answer.body.find("hemligt-id") == std::string::npos);
    CHECK(answer.header("location").find("/cases/") != std::string::npos);
    if (key != service.hfab && key != service.both_police) CHECK(answer.body.find("55.9362") == std::string::npos);
  }
}

TEST_CASE("reports: what is all spaces and marks names no place") {
  TestService service;
  for (const char* nowhere : {"   ", " , . ", ">"}) {
    CAPTURE(nowhere);
    CHECK(service.post(kReports, service.police, {{"location", {{"address", nowhere}}}, {"category", "tag"}}).pointers() == "/location ");
    CHECK(service.post(kReports, service.police, {{"location", {{"designation", nowhere}}}, {"category", "tag"}}).pointers() == "/location ");
  }
  CHECK(service.events() == 0);
}

TEST_CASE("reports: a report joins the case it names") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12");
  const Answer joined = service.post(kReports, "", with(tag_report("Storgatan 12 B"), "joins", reference));
  REQUIRE(joined.status == 201);
  CHECK(joined.json()["case"]["reference"] == reference);
  CHECK(joined.json()["case"]["reports"]["count"] == 2);
  CHECK(service.events("report_linked") == 1);
  // What is answered holds both reports, also when nobody has been given the case yet.
  json first = with(tag_report("Okända vägen 4"), "police_reference", "5000-K1-26"), second = with(tag_report("Okända vägen 4"), "police_reference", "5000-K2-26");
  second["joins"] = service.open_case(first);
  const json both = service.post(kReports, service.police, second).json()["case"];
  CHECK(both["reports"]["ids"].size() == 2);
  CHECK(both["police_references"] == json{"5000-K1-26", "5000-K2-26"});
  CHECK(service.post(kReports, "", with(tag_report(), "joins", "0000000000")).status >= 400);
  service.put(kHoor + "/cases/" + reference + "/removal", service.hfab, {{"removed_at", "2026-11-16T10:00:00+01:00"}});
  CHECK(service.post(kReports, "", with(tag_report(), "joins", reference)).status == 409);
}

TEST_CASE("reports: open cases close by are named, but none whose place is not shown exactly") {
  TestService service;
  const std::string tag = service.open_case(at_point(55.9362, 13.5405));
  json hate = at_point(55.9362, 13.5406);
  hate["category"] = "hate";
  const std::string hidden = service.open_case(hate);
  const json seen = service.post(kReports, "", at_point(55.9363, 13.5405)).json()["possible_duplicates"];
  REQUIRE(seen.size() == 1);
  CHECK(seen[0]["reference"] == tag);
  CHECK(seen[0]["distance_m"].get<double>() < 15);
  CHECK(service.post(kReports, service.police, at_point(55.9361, 13.5405)).json()["possible_duplicates"].size() == 3);
}

TEST_CASE("reports: an Idempotency-Key replays the first answer for a day") {
  TestService service;
  const Headers once{{"Idempotency-Key", "3f1c0c6e-6c8f-4c39-9a6e-0b5a4d1c2e3f"}};
  const Answer first = service.post(kReports, service.police, tag_report(), once);
  REQUIRE(first.status == 201);
  const Answer replay = service.post(kReports, service.police, tag_report(), {{"Idempotency-Key", "\"3f1c0c6e-6c8f-4c39-9a6e-0b5a4d1c2e3f\""}});
  CHECK(replay.status == 201);
  CHECK(replay.body == first.body);
  CHECK(replay.header("location") == first.header("location"));
  CHECK(service.events("case_opened") == 1);
  CHECK(service.post(kReports, service.police, tag_report("Storgatan 14"), once).status == 422);
  // Of another holder it is another key.
  CHECK(service.post(kReports, service.officer, tag_report("Storgatan 15"), once).status == 201);
  CHECK(service.post(kReports, "", tag_report("Storgatan 16"), once).status == 201);
  CHECK(service.post(kReports, service.police, tag_report(), {{"Idempotency-Key", "short"}}).status == 400);
  service.clock.pass(std::chrono::hours{24} - std::chrono::seconds{1});
  CHECK(service.post(kReports, service.police, tag_report(), once).body == first.body);
  service.clock.pass(std::chrono::seconds{1});
  const Answer anew = service.post(kReports, service.police, tag_report(), once);
  CHECK(anew.status == 201);
  CHECK(anew.body != first.body);
  // What is refused is not kept: the corrected request may carry the same key.
  const Headers corrected{{"Idempotency-Key", "0123456789abcdef0"}};
  CHECK(service.post(kReports, service.police, with(tag_report(), "police_reference", "K1"), corrected).status == 422);
  CHECK(service.post(kReports, service.police, tag_report("Storgatan 50"), corrected).status == 201);
}

TEST_CASE("reports: requests with one Idempotency-Key at once make one report") {
  TestService service;
  const std::string body = tag_report().dump();
  const std::string head = "POST " + kReports + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: aaaaaaaaaaaaaaaaaaaa\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\nAuthorization: Bearer " + service.police + "\r\n\r\n";
  std::vector<testing::RawClient> clients;
  for (int i = 0; i < 12; ++i) clients.emplace_back(service.port());
  for (auto& client : clients) client.send(head + body);
  int created = 0;
  for (auto& client : clients) {
    const int status = testing::status_of_answer(client.answer());
    CHECK((status == 201 || status == 409));
    created += status == 201;
  }
  CHECK(created >= 1);
  CHECK(service.events("case_opened") == 1);
}

TEST_CASE("reports: hostile JSON is refused as a problem and never ends the service") {
  TestService service;
  const std::string good = tag_report().dump();
  const auto described = [](const std::string& raw) {
    return R"({"location":{"address":"Storgatan 12"},"category":"tag","description":)" + raw + "}";
  };
  constexpr std::size_t kMostBody = 64 * 1024;
  std::string deep(30'000, '[');
  const std::vector<std::pair<const char*, std::string>> bodies{
      {"empty", ""},
      {"bad UTF-8", described("\"\xC3\x28\"")},
      {"overlong UTF-8", described("\"\xC0\xAF\"")},
      {"byte order mark", "\xEF\xBB\xBF" + good},
      {"arrays without end", deep},
      {"30,000 nested arrays", deep + std::string(30'000, ']')},
      {"10,000 nested objects", [] { std::string s; for (int i = 0; i < 10'000; ++i) s += "{\"a\":"; return s; }()},
      {"deep within", described(std::string(5'000, '[') + std::string(5'000, ']'))},
      {"twice", R"({"category":"tag","category":"hate","location":{"address":"Storgatan 12"}})"},
      {"twice by escape", R"({"category":"tag","c\u0061tegory":"hate","location":{"address":"Storgatan 12"}})"},
      {"NaN", R"({"category":"tag","location":{"lat":NaN,"lon":13.5}})"},
      {"Infinity", R"({"category":"tag","location":{"lat":-Infinity,"lon":13.5}})"},
      {"1e999", R"({"category":"tag","location":{"lat":1e999,"lon":13.5}})"},
      {"huge integer", R"({"category":"tag","location":{"lat":123456789012345678901234567890,"lon":13.5}})"},
      {"null character", described("\"a\\u0000b\"")},
      {"raw null", described(std::string("\"a\0b\"", 5))},
      {"control character", described("\"a\\u0007b\"")},
      {"lone surrogate", described("\"\\ud800\"")},
      {"lone low surrogate", described("\"\\udc00x\"")},
      {"reversed surrogates", described("\"\\udc00\\ud800\"")},
      {"trailing", good + "x"},
      {"two values", good + good},
      {"comment", "/* */" + good},
      {"single quotes", "{'category':'tag'}"},
      {"array", "[]"},
      {"number", "5"},
      {"null", "null"},
      {"too long text", described('"' + std::string(4001, 'x') + '"')},
      {"a long name", "{\"" + std::string(60'000, 'x') + "\":1}"},
      {"many unknown members", [] { std::string s = "{"; for (int i = 0; i < 5'000; ++i) s += "\"m" + std::to_string(i) + "\":0,"; return s + "\"z\":0}"; }()},
  };
  for (const auto& [name, body] : bodies) {
    CAPTURE(name);
    const Answer answer = service.send("POST", kReports, service.police, body);
    CHECK(answer.status == 400);
    CHECK(answer.header("content-type") == "application/problem+json");
    CHECK(answer.body.size() < 100'000);
  }
  CHECK(service.send("POST", kReports, service.police, std::string(kMostBody + 1, ' ')).status == 413);
  CHECK(service.events() == 0);
  // Odd, but right.
  CHECK(service.send("POST", kReports, service.police, good + std::string(kMostBody - good.size(), ' ')).status == 201);
  const Answer emoji = service.send("POST", kReports, service.police, described(R"("\ud83d\ude00 r\r\nad")"));
  CHECK(emoji.status == 201);
  CHECK(emoji.json()["report"]["description"] == "😀 r\nad");
}

TEST_CASE("reports: an answer that is kept for a repeated request tells nothing that was erased since") {
  TestService service;
  json report = tag_report();
  report["description"] = "Anna såg det";
  report["contact"] = {{"name", "Anna"}, {"email", "anna@example.se"}};
  const Headers once{{"Idempotency-Key", "a-report-that-is-erased"}};
  const Answer first = service.post(kHoor + "/reports", service.officer, report, once);
  REQUIRE(first.status == 201);
  CHECK(first.body.find("Anna") != std::string::npos);
  const std::string reference = first.json()["report"]["id"];
  service.store->write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().find_settings("1267");
    erase_report(transaction, *settings, service.store->references().decode_report(reference).value(),
                 {{Role::system, 0, ""}, service.clock.now(), service.store->references(), without_texts});
  });
  const Answer again = service.post(kHoor + "/reports", service.officer, report, once);
  CHECK(again.status == 201);
  CHECK(again.body.find("nna") == std::string::npos);
  json expected = first.json();
  for (const char* name : {"description", "object_label", "contact"}) expected["report"][name] = nullptr;
  CHECK(again.json() == expected);
  const json shown = service.get(kHoor + "/reports/" + reference, service.officer).json();
  CHECK(shown["description"].is_null());
  CHECK(shown["contact"].is_null());
  CHECK(shown["texts_erased"].get<bool>());
  CHECK(without_texts("not JSON", reference) == "{}");
}
