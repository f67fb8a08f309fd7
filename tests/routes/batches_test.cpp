#include <doctest/doctest.h>

#include "base/encoding.h"
#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

const std::string kBatches = kHoor + "/reports/batches";

/// The statuses of the rows, one letter each: c(reated), r(epeated), x for rejected.
std::string rows(const Answer& answer) {
  std::string all;
  for (const json& item : answer.items()) all += item["status"] == "created" ? 'c' : item["status"] == "repeated" ? 'r' : 'x';
  return all;
}

}  // namespace

TEST_CASE("batches: good rows are kept and bad ones explained") {
  TestService service;
  json bad_number = tag_report("Storgatan 2");
  bad_number["police_reference"] = "K1";
  json bad_shape = tag_report("Storgatan 3");
  bad_shape["colour"] = "red";
  bad_shape["surface"] = 7;
  const json batch{{"items", {tag_report("Storgatan 1"), bad_number, bad_shape, tag_report("Storgatan 4"), 5, json::object()}}};
  const Answer answer = service.post(kBatches, service.police, batch);
  REQUIRE(answer.status == 200);
  CHECK(rows(answer) == "cxxcxx");
  const json body = answer.json();
  CHECK(body["created"] == 2);
  CHECK(body["rejected"] == 4);
  CHECK(body["items"][1]["row"] == 2);
  CHECK(body["items"][1]["errors"][0]["pointer"] == "/police_reference");
  CHECK(body["items"][2]["errors"].size() == 2);
  CHECK(service.events("case_opened") == 2);
}

TEST_CASE("batches: sent again, every row is a repeat") {
  TestService service;
  json batch{{"items", json::array()}};
  for (int i = 0; i < 30; ++i) {
    json report = tag_report("Storgatan " + std::to_string(i + 1));
    report["police_reference"] = "5000-K" + std::to_string(100 + i) + "-26";
    batch["items"].push_back(report);
  }
  CHECK(rows(service.post(kBatches, service.police, batch)) == std::string(30, 'c'));
  const std::int64_t before = service.events();
  CHECK(rows(service.post(kBatches, service.police, batch)) == std::string(30, 'r'));
  CHECK(service.events() == before);
  // The same twice within one batch is one report.
  json twice{{"items", {batch["items"][0], batch["items"][0]}}};
  twice["items"][0]["police_reference"] = twice["items"][1]["police_reference"] = "5000-K9-26";
  CHECK(rows(service.post(kBatches, service.police, twice)) == "cr");
}

TEST_CASE("batches: an Idempotency-Key replays the whole answer") {
  TestService service;
  const json batch{{"items", {tag_report("Storgatan 1"), tag_report("Storgatan 2")}}};
  const Headers once{{"Idempotency-Key", "batch-2026-11-16-night"}};
  const Answer first = service.post(kBatches, service.police, batch, once);
  CHECK(rows(first) == "cc");
  CHECK(service.post(kBatches, service.police, batch, once).body == first.body);
  CHECK(service.events("case_opened") == 2);
}

TEST_CASE("batches: of many faults the first are told, of each row and of the batch, and how many more there are") {
  TestService service;
  json many_faults = json::object();
  for (int i = 0; i < 20; ++i) many_faults["unknown_" + std::to_string(i)] = 1;
  json row = service.post(kBatches, service.police, {{"items", {many_faults, tag_report("Storgatan 1")}}}).items().front();
  CHECK(row["errors"].size() == 10);
  CHECK(row["more_errors"] == 12);  // the two members that a report must have are missing too
  json few_faults = tag_report("Storgatan 2");
  for (int i = 0; i < 10; ++i) few_faults["unknown_" + std::to_string(i)] = 1;
  row = service.post(kBatches, service.police, {{"items", {few_faults}}}).items().front();
  CHECK(row["errors"].size() == 10);
  CHECK_FALSE(row.contains("more_errors"));

  std::string lines;
  for (int i = 0; i < 999; ++i) lines += many_faults.dump() + "\n";
  const Headers once{{"Idempotency-Key", "batch-of-many-faults"}};
  const Answer answer = service.send("POST", kBatches, service.police, lines + tag_report("Storgatan 3").dump(), once, "application/x-ndjson");
  REQUIRE(answer.status == 200);
  CHECK(rows(answer) == std::string(999, 'x') + "c");
  CHECK(answer.body.size() < 200'000);  // a row's outcome is told always, in about 120 bytes
  CHECK(answer.items()[1]["errors"].size() == 10);
  CHECK(answer.items()[998]["errors"].empty());
  CHECK(answer.items()[998]["more_errors"] == 22);
  CHECK(service.store.ask("SELECT MAX(LENGTH(answer)) FROM idempotency_keys") < 200'000);
  // A value that is as long as the batch may be is not repeated.
  const Answer long_cell = service.send("POST", kBatches, service.police, "category;location.lat\ntag;" + std::string(100'000, 'x') + "\n", {}, "text/csv");
  CHECK(rows(long_cell) == "x");
  CHECK(long_cell.body.size() < 1000);
}

TEST_CASE("batches: one of which nothing is kept leaves no answer behind") {
  TestService service;
  const Headers once{{"Idempotency-Key", "batch-without-a-report"}};
  CHECK(rows(service.post(kBatches, service.police, {{"items", {5, 6}}}, once)) == "xx");
  CHECK(service.store.ask("SELECT COUNT(*) FROM idempotency_keys") == 0);
  CHECK(rows(service.post(kBatches, service.police, {{"items", {5, tag_report()}}}, once)) == "xc");
  CHECK(rows(service.post(kBatches, service.police, {{"items", {5, tag_report()}}}, once)) == "xc");
  CHECK(service.events("case_opened") == 1);
  CHECK(service.post(kBatches, service.police, {{"items", {5, 6}}}, once).status == 422);
}

TEST_CASE("batches: NDJSON has a report a line") {
  TestService service;
  const std::string body = tag_report("Storgatan 1").dump() + "\r\n\n{\"broken\n" + tag_report("Storgatan 2").dump() + "\n{\"category\":\"tag\"}";
  const Answer answer = service.send("POST", kBatches, service.police, body, {}, "application/x-ndjson");
  REQUIRE(answer.status == 200);
  CHECK(rows(answer) == "cxcx");
}

TEST_CASE("batches: CSV as offices make it is understood") {
  TestService service;
  const std::string heading = "location.address;location.lat;location.lon;category;reported_at;description;police_reference\r\n";
  SUBCASE("semicolons and decimal commas") {
    const std::string body = heading + "Storgatan 1;55,9362;13,5405;tag;2026-11-15 21:10;\"Svart; grå\";5000-K1-26\r\n";
    const Answer answer = service.send("POST", kBatches, service.police, body, {}, "text/csv; charset=utf-8");
    REQUIRE(answer.status == 200);
    CHECK(rows(answer) == "c");
    const json report = service.get(kHoor + "/reports/" + answer.json()["items"][0]["report"].get<std::string>(), service.police).json();
    CHECK(report["location"]["lat"] == 55.9362);
    CHECK(report["reported_at"] == "2026-11-15T20:10:00Z");  // local to Höör
    CHECK(report["description"] == "Svart; grå");
  }
  SUBCASE("tabs") {
    const Answer answer = service.send("POST", kBatches, service.police, "location.address\tcategory\nStorgatan 1\ttag\n", {}, "text/csv");
    CHECK(rows(answer) == "c");
  }
  SUBCASE("Windows-1252") {
    const std::string body = "location.address;category;description\r\nStorgatan 1;tag;Gr\xE5 v\xE4gg \x80\r\n";
    const Answer answer = service.send("POST", kBatches, service.police, body, {}, "text/csv");
    REQUIRE(rows(answer) == "c");
    const json report = service.get(kHoor + "/reports/" + answer.json()["items"][0]["report"].get<std::string>(), service.police).json();
    CHECK(report["description"] == "Grå vägg €");
  }
  SUBCASE("bad rows are told with their line") {
    const std::string body = heading +
                             "Storgatan 1;;;tag;;;\r\n"
                             "Storgatan 2;fifty;13,5;tag;;;\r\n"
                             "Storgatan 3;;;tag;yesterday;;\r\n"
                             "Storgatan 4;;;tag\r\n"
                             "Storgatan 5;13,5405;55,9362;tag;;;\r\n"
                             "Storgatan 6;;;tag;;ring\x07signal;\r\n"
                             "Storgatan 7 b;;;tag;;;\r\n";
    const Answer answer = service.send("POST", kBatches, service.police, body, {}, "text/csv");
    REQUIRE(answer.status == 200);
    CHECK(rows(answer) == "cxxxxxc");
    const json items = answer.json()["items"];
    CHECK(items[1]["row"] == 3);
    CHECK(items[1]["errors"][0]["pointer"] == "/location/lat");
    CHECK(items[2]["errors"][0]["pointer"] == "/reported_at");
    CHECK(items[4]["errors"][0]["message"].get<std::string>().find("swapped") != std::string::npos);
    CHECK(items[5]["errors"][0]["pointer"] == "/description");
  }
  SUBCASE("columns that cannot stand side by side, or are not known, are explained") {
    for (const char* columns : {"location;location.lat;category", "location.lat;location;category", "category;category.x;y", "location.lat.x;category;z",
                                ".;..;category", "contact;contact.name;category"}) {
      CAPTURE(columns);
      const Answer answer = service.send("POST", kBatches, service.police, std::string{columns} + "\n1;2;3\n", {}, "text/csv");
      CHECK((answer.status == 400 || (answer.status == 200 && rows(answer) == "x")));
    }
    CHECK(service.send("POST", kBatches, service.police, "category;category\ntag;hate\n", {}, "text/csv").status == 400);
  }
  CHECK(service.store.ask("SELECT COUNT(*) FROM cases") <= 2);
}

TEST_CASE("batches: a key of two municipalities sends one batch for both") {
  TestService service;
  json in_horby = {{"location", {{"lat", 55.85}, {"lon", 13.9}}}, {"category", "tag"}};
  json named = tag_report("Storgatan 9");
  named["municipality"] = "1266";
  json unknown = tag_report("Storgatan 8");
  unknown["municipality"] = "0180";
  const json batch{{"items", {tag_report("Storgatan 1"), in_horby, named, unknown}}};
  const Answer answer = service.post(kBatches, service.both_police, batch);
  REQUIRE(rows(answer) == "cccx");
  CHECK(answer.json()["items"][0]["municipality"] == "1267");
  CHECK(answer.json()["items"][1]["municipality"] == "1266");
  CHECK(answer.json()["items"][2]["municipality"] == "1266");
  CHECK(answer.json()["items"][3]["errors"][0]["pointer"] == "/municipality");
  CHECK(service.get(kHorby + "/cases").json()["_meta"]["total_records"] == 2);
  // A key for Höör alone cannot.
  CHECK(rows(service.post(kBatches, service.police, batch)) == "cxxx");
}

TEST_CASE("batches: 1 to 1,000 rows, of types that are listed, in 8 MiB") {
  TestService service;
  json many{{"items", json::array()}};
  CHECK(service.post(kBatches, service.police, many).status == 400);
  for (int i = 0; i < 1001; ++i) many["items"].push_back(5);
  CHECK(service.post(kBatches, service.police, many).status == 400);
  std::string lines;
  for (int i = 0; i < 1001; ++i) lines += "5\n";
  CHECK(service.send("POST", kBatches, service.police, lines, {}, "application/x-ndjson").status == 400);
  CHECK(service.send("POST", kBatches, service.police, "category\n" + lines, {}, "text/csv").status == 400);
  many["items"].erase(1000);
  CHECK(rows(service.post(kBatches, service.police, many)) == std::string(1000, 'x'));
  CHECK(service.send("POST", kBatches, service.police, "", {}, "text/csv").status == 400);
  CHECK(service.send("POST", kBatches, service.police, "<a/>", {}, "application/xml").status == 415);
  CHECK(service.send("POST", kBatches, service.police, std::string(8 * 1024 * 1024 + 1, ' ')).status == 413);
  CHECK(service.send("POST", kBatches, service.police, std::string(3 * 1024 * 1024, '['), {}, "application/x-ndjson").status == 200);
}
