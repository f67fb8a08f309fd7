#include <doctest/doctest.h>

#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::hours;

namespace {

const std::string kBatches = kHoor + "/reports/batches";
const std::string kConfirmations = kHoor + "/confirmations";

json at_point(double lat, const std::string& police_reference = "") {
  json report{{"location", {{"lat", lat}, {"lon", 13.5405}}}, {"category", "tag"}};
  if (!police_reference.empty()) report["police_reference"] = police_reference;
  return report;
}

json batch(std::vector<json> rows) { return {{"items", std::move(rows)}}; }

}  // namespace

TEST_CASE("confirmations: a row that may be of a case waits, is listed with what it may be, and joins it") {
  TestService service;
  const std::string reference = service.open_case(at_point(55.9362));
  service.clock.pass(hours{5});
  json row = at_point(55.9363, "5000-K1-26");  // eleven metres off
  row["contact"] = {{"name", "Patrull 12"}};
  row["description"] = "Svart tagg";
  const Answer sent = service.post(kBatches, service.police, batch({row, at_point(55.9372, "5000-K2-26")}));
  REQUIRE(sent.status == 200);
  CHECK(sent.json()["waiting"] == 1);
  CHECK(sent.json()["created"] == 1);
  const json first = sent.json()["items"][0];
  CHECK(first["status"] == "waiting");
  CHECK(first["report"].is_null());
  CHECK(first["reference"].is_null());
  CHECK(sent.json()["items"][1]["confirmation"].is_null());
  const std::string id = first["confirmation"];
  // Sent again it is the same one; the other one is a repeat.
  const json again = service.post(kBatches, service.police, batch({row, at_point(55.9372, "5000-K2-26")})).json();
  CHECK(again["items"][0]["confirmation"] == id);
  CHECK(again["repeated"] == 1);

  service.clock.pass(hours{3});
  const Answer listed = service.get(kConfirmations, service.officer);
  CHECK(listed.json()["_meta"]["total_records"] == 1);
  CHECK(listed.header("cache-control") == "no-store");
  const json waiting = listed.items().at(0);
  CHECK(waiting["id"] == id);
  CHECK(waiting["state"] == "waiting");
  CHECK(waiting["sent_at"] == "2026-11-16T14:00:00Z");
  CHECK(waiting["waiting_hours"] == 3);
  CHECK(waiting["waiting_report"]["police_reference"] == "5000-K1-26");
  CHECK(waiting["waiting_report"]["contact"]["name"] == "Patrull 12");
  REQUIRE(waiting["candidates"].size() == 1);
  CHECK(waiting["candidates"][0]["reference"] == reference);
  CHECK(waiting["candidates"][0]["distance_m"] == 11);
  CHECK(waiting["candidates"][0]["age_hours"] == 8);
  CHECK(waiting["_links"].contains("decide"));
  const json backlog = service.get(kHoor + "/statistics/backlog", service.officer).json();
  CHECK(backlog["waiting"] == 1);
  CHECK(backlog["waiting_since"] == "2026-11-16T14:00:00Z");
  CHECK(backlog["open"] == 2);
  CHECK(service.get("/metrics").body.find("klotterkoll_waiting_confirmations 1") != std::string::npos);
  const std::string november = kHoor + "/statistics/compliance?from=2026-11-01&to=2026-12-01";
  const json published = service.get(november).json();
  CHECK(published["waiting"] == json{{"count", 1}, {"oldest_received_at", "2026-11-16T14:00:00Z"}, {"past_limit", 0}});
  CHECK(published["open_in_time"] == 2);
  CHECK(published["notes"].dump().find("wait for an officer's word") != std::string::npos);

  const std::string path = kConfirmations + "/" + id + "/decision";
  const Answer decided = service.put(path, service.officer, {{"joins", reference}, {"note", "Samma tagg"}});
  REQUIRE(decided.status == 200);
  CHECK(decided.json()["state"] == "joined");
  CHECK(decided.json()["case"] == reference);
  CHECK(decided.json()["waiting_report"].is_null());
  CHECK(service.get(november).json()["waiting"] == json{{"count", 0}, {"oldest_received_at", nullptr}, {"past_limit", 0}});
  const std::int64_t before = service.events();
  CHECK(service.put(path, service.officer, {{"joins", reference}, {"note", "Samma tagg"}}).body == decided.body);
  CHECK(service.put(path, service.officer, {{"opens", true}}).status == 409);
  CHECK(service.events() == before);
  const json report = service.get(kHoor + "/reports/" + decided.json()["report"].get<std::string>(), service.police).json();
  CHECK(report["received_at"] == "2026-11-16T14:00:00Z");
  CHECK(report["case"] == reference);
  CHECK(service.see(reference, service.officer)["reports"]["count"] == 2);
  CHECK(service.get(kConfirmations, service.officer).items().empty());
  CHECK(service.post(kBatches, service.police, batch({row})).json()["repeated"] == 1);
}

TEST_CASE("confirmations: police see their own, others none, and another municipality's are not there") {
  TestService service;
  service.open_case(at_point(55.9362));
  const std::string id = service.post(kBatches, service.police, batch({at_point(55.9363)})).items().at(0)["confirmation"], path = kConfirmations + "/" + id;
  CHECK(service.get(kConfirmations, service.police).items().size() == 1);
  CHECK_FALSE(service.get(path, service.police).json()["waiting_report"].contains("contact"));
  CHECK_FALSE(service.get(path, service.police).json()["_links"].contains("decide"));
  CHECK(service.get(kConfirmations, service.both_police).items().empty());
  CHECK(service.get(path, service.both_police).status == 404);
  CHECK(service.get(kHorby + "/confirmations/" + id, service.horby_officer).status == 404);
  CHECK(service.put(kHorby + "/confirmations/" + id + "/decision", service.horby_officer, {{"opens", true}}).status == 404);
  CHECK(service.get(path).status == 401);
  CHECK(service.get(path, service.hfab).status == 403);
  CHECK(service.put(path + "/decision", service.police, {{"opens", true}}).status == 403);
  for (const json& body : {json::object(), json{{"opens", false}}, json{{"joins", "x"}}, json{{"opens", true}, {"joins", "HR7K2M9QX4"}}, json{{"opens", 1}}})
    CHECK(service.put(path + "/decision", service.officer, body).status == 400);
  CHECK(service.put(kConfirmations + "/x/decision", service.officer, {{"opens", true}}).status == 404);
  CHECK(service.get(path, service.officer).json()["state"] == "waiting");
}

TEST_CASE("confirmations: opened it is a case of its own with the clock of when it was sent") {
  TestService service;
  service.open_case(at_point(55.9362));
  const std::string id = service.post(kBatches, service.police, batch({at_point(55.9363)})).items().at(0)["confirmation"];
  service.clock.pass(hours{24 * 5});
  const json decided = service.put(kConfirmations + "/" + id + "/decision", service.officer, {{"opens", true}}).json();
  CHECK(decided["state"] == "opened");
  const json opened = service.see(decided["case"], service.police);
  CHECK(opened["due_at"] == "2026-11-19T22:59:59Z");
  CHECK(opened["clock"] == "overdue");
  CHECK(opened["_links"].contains("hold"));  // it is the police's own report
}

TEST_CASE("confirmations: an Idempotency-Key keeps a batch's answer, waiting rows and all") {
  TestService service;
  service.open_case(at_point(55.9362));
  const Headers once{{"Idempotency-Key", "batch-with-one-waiting"}};
  const Answer first = service.post(kBatches, service.police, batch({at_point(55.9363)}), once);
  CHECK(service.post(kBatches, service.police, batch({at_point(55.9363)}), once).body == first.body);
  CHECK(service.store.ask("SELECT COUNT(*) FROM confirmations") == 1);
}
