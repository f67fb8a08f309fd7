#include <doctest/doctest.h>

#include "json/webhook_json.h"
#include "support/test_service.h"
#include "workflow/webhooks.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

const std::string kPath = kHoor + "/webhooks";
const std::string kUrl = "https://drift.example.se/klotter";

json made(TestService& service, const std::string& key, const json& types = json::array()) {
  const Answer answer = service.post(kPath, key, {{"url", kUrl}, {"types", types}});
  REQUIRE(answer.status == 201);
  return answer.json();
}

std::string path_of(const json& webhook) { return kPath + "/" + webhook["webhook_id"].get<std::string>(); }

WebhookId id_of(TestService& service, const json& webhook) {
  return service.store->references().decode_webhook(webhook["webhook_id"].get<std::string>()).value();
}

/// The newest event of the type in the history of a case.
Event last_event(TestService& service, const std::string& reference, EventType type) {
  const auto events = read(*service.store, [&](Transaction& transaction) {
    return transaction.events().of_case(service.store->references().decode_case(reference).value());
  });
  for (auto at = events.rbegin(); at != events.rend(); ++at)
    if (at->type == type) return *at;
  FAIL("there is no such event");
  return {};
}

Message message_of(TestService& service, const Event& event) {
  return write(*service.store, [&](Transaction& transaction) {
    Message message;
    message.id = transaction.next_message_id(1);
    message.case_id = event.case_id;
    message.position = event.position;
    message.event = event.id;
    message.type = webhook_type(event.type);
    message.created_at = message.next_at = service.clock.now();
    return message;
  });
}

std::optional<OutgoingCall> composed(TestService& service, const json& webhook, const Message& message) {
  return read(*service.store, [&](Transaction& transaction) {
    return compose_call(transaction, *transaction.municipalities().settings(1), service.store->references(), "https://klotter.hoor.se",
                        id_of(service, webhook), message, service.clock.now());
  });
}

std::vector<WebhookId> called_for(TestService& service, const Event& event) {
  return read(*service.store, [&](Transaction& transaction) {
    return webhooks_for(transaction, *transaction.municipalities().settings(1), event);
  });
}

}  // namespace

TEST_CASE("webhooks: a subscription shows its secret once, and no repeat of the request shows it again") {
  TestService service;
  const json wanted{{"url", kUrl}, {"types", {"case.due_soon"}}};
  const Headers once{{"Idempotency-Key", "webhook-creation-001"}};
  const Answer answer = service.post(kPath, service.hfab, wanted, once);
  REQUIRE(answer.status == 201);
  const json webhook = answer.json();
  const std::string secret = webhook["secret"];
  CHECK(secret.starts_with("whsec_"));
  CHECK(secret.size() == 6 + 44);  // 32 bytes in base64
  CHECK(webhook["owner_id"] == "hfab");
  CHECK(webhook["enabled"] == true);
  CHECK(answer.header("location") == service.url() + path_of(webhook));
  CHECK(answer.header("cache-control") == "no-store");
  const Answer again = service.post(kPath, service.hfab, wanted, once);
  CHECK(again.status == 409);
  CHECK(again.body.find(secret) == std::string::npos);
  for (const std::string& path : {path_of(webhook), kPath, path_of(webhook) + "/deliveries"}) {
    const Answer seen = service.get(path, service.officer);
    CHECK(seen.status == 200);
    CHECK(seen.body.find("whsec_") == std::string::npos);
  }
  CHECK(service.store.ask("SELECT COUNT(*) FROM idempotency_keys WHERE answer LIKE '%whsec%'") == 0);
  CHECK(made(service, service.hfab)["secret"] != secret);
}

TEST_CASE("webhooks: addresses that are not to be called, and types that no event has, are refused") {
  TestService service;
  for (const char* url : {"http://127.0.0.1/x", "https://10.1.2.3/", "http://[::1]/", "http://169.254.169.254/latest", "ftp://example.se/", "https://a:b@example.se/",
                          "https://0x7f000001/", "not a url"}) {
    CAPTURE(url);
    const Answer answer = service.post(kPath, service.officer, {{"url", url}});
    CHECK(answer.status == 422);
    CHECK(answer.pointers() == "/url ");
  }
  CHECK(service.post(kPath, service.officer, {{"url", kUrl}, {"types", {"case.due_soon", "case_opened"}}}).pointers() == "/types/1 ");
  CHECK(service.post(kPath, service.officer, {{"types", {"case.due_soon"}}}).status == 400);
  CHECK(service.post(kPath, service.officer, {{"url", kUrl}, {"secret", "whsec_mine"}}).status == 400);
  CHECK(service.get(kPath, service.officer).items().empty());
  ServeOptions inside = TestService::quiet();
  inside.webhook_allow = {"10.0.0.0/8"};
  TestService allowing{inside};
  CHECK(allowing.post(kPath, allowing.officer, {{"url", "https://10.1.2.3/"}}).status == 201);
  CHECK(allowing.post(kPath, allowing.officer, {{"url", "https://192.168.0.1/"}}).status == 422);
}

TEST_CASE("webhooks: an owner has its own only, the kommun sees all, and neither has more than its share") {
  TestService service;
  const json kommuns = made(service, service.officer);
  CHECK(kommuns["owner_id"] == nullptr);
  for (std::int64_t i = 0; i < kOwnersWebhooks; ++i) made(service, service.hfab);
  CHECK(service.post(kPath, service.hfab, {{"url", kUrl}}).status == 409);
  const json eons = made(service, service.eon);
  for (std::int64_t i = 1; i < kMunicipalitysWebhooks; ++i) made(service, service.officer);
  CHECK(service.post(kPath, service.officer, {{"url", kUrl}}).status == 409);
  CHECK(service.get(kPath + "?limit=100", service.hfab).items().size() == 10);
  CHECK(service.get(kPath + "?limit=100", service.officer).items().size() == 31);
  CHECK(service.get(kPath + "?limit=5&page=7", service.officer).items().size() == 1);
  const Headers seen{{"If-Match", "\"1.owner\""}};
  for (const json& other : {kommuns, eons}) {
    CHECK(service.get(path_of(other), service.hfab).status == 404);
    CHECK(service.get(path_of(other) + "/deliveries", service.hfab).status == 404);
    CHECK(service.put(path_of(other), service.hfab, {{"url", kUrl}}, seen).status == 404);
    CHECK(service.erase(path_of(other), service.hfab, seen).status == 404);
    CHECK(service.send("POST", path_of(other) + "/secrets", service.hfab).status == 404);
    CHECK(service.send("POST", path_of(other) + "/tests", service.hfab).status == 404);
    CHECK(service.get(kHorby + "/webhooks/" + other["webhook_id"].get<std::string>(), service.horby_officer).status == 404);
  }
  CHECK(service.get(path_of(eons), service.officer).status == 200);
  CHECK(service.erase(path_of(eons), service.officer, seen).status == 204);
  CHECK(service.get(path_of(eons), service.eon).status == 404);
  // A place is free again.
  CHECK(service.erase(path_of(kommuns), service.officer, seen).status == 204);
  CHECK(service.post(kPath, service.officer, {{"url", kUrl}}).status == 201);
}

TEST_CASE("webhooks: changed and removed with the tag that was seen, stopped and started again") {
  TestService service;
  const json webhook = made(service, service.hfab, {"case.overdue"});
  const Answer seen = service.get(path_of(webhook), service.hfab);
  CHECK(seen.header("etag") == "\"1.owner\"");
  const json other{{"url", kUrl + "/ny"}, {"enabled", false}};
  CHECK(service.put(path_of(webhook), service.hfab, other).status == 428);
  const Answer put = service.put(path_of(webhook), service.hfab, other, {{"If-Match", seen.header("etag")}});
  CHECK(put.status == 200);
  CHECK(put.header("etag") == "\"2.owner\"");
  CHECK(put.json()["url"] == kUrl + "/ny");
  CHECK(put.json()["types"].empty());
  CHECK(put.json()["disabled_reason"] == "by_hand");
  CHECK(service.put(path_of(webhook), service.hfab, other, {{"If-Match", seen.header("etag")}}).status == 412);
  // The same body again changes nothing.
  CHECK(service.put(path_of(webhook), service.hfab, other, {{"If-Match", put.header("etag")}}).header("etag") == put.header("etag"));
  CHECK(service.send("POST", path_of(webhook) + "/tests", service.hfab).status == 409);
  const Answer started = service.put(path_of(webhook), service.hfab, {{"url", kUrl}}, {{"If-Match", put.header("etag")}});
  CHECK(started.json()["enabled"] == true);
  CHECK(started.json()["disabled_at"] == nullptr);
  // One that its receiver wanted no more is started in the same way.
  service.store->write([&](Transaction& transaction) { disable_webhook(transaction, id_of(service, webhook), kGone, service.clock.now()); });
  const Answer gone = service.get(path_of(webhook), service.hfab);
  CHECK(gone.json()["disabled_reason"] == "gone");
  CHECK(service.put(path_of(webhook), service.hfab, {{"url", kUrl}}, {{"If-Match", gone.header("etag")}}).json()["enabled"] == true);
  CHECK(service.erase(path_of(webhook), service.hfab).status == 428);
  CHECK(service.erase(path_of(webhook), service.hfab, {{"If-Match", "\"1.owner\""}}).status == 412);
}

TEST_CASE("webhooks: a new secret is shown once, and the former one signs for another day") {
  TestService service;
  const json webhook = made(service, service.hfab);
  const Event event = last_event(service, service.open_case_at("Storgatan 12"), EventType::case_assigned);
  const Message message = message_of(service, event);
  const Headers once{{"Idempotency-Key", "secret-creation-0001"}};
  const Answer changed = service.send("POST", path_of(webhook) + "/secrets", service.hfab, "", once);
  REQUIRE(changed.status == 201);
  const std::string secret = changed.json()["secret"];
  CHECK(secret != webhook["secret"]);
  CHECK(changed.json()["former_secret_until"] == format_instant(service.clock.now() + std::chrono::hours{24}));
  CHECK(service.send("POST", path_of(webhook) + "/secrets", service.hfab, "", once).status == 409);
  CHECK(composed(service, webhook, message)->secrets == std::vector<std::string>{secret, webhook["secret"]});
  service.clock.pass(std::chrono::hours{24});
  CHECK(composed(service, webhook, message)->secrets == std::vector<std::string>{secret});
}

TEST_CASE("webhooks: a test is queued, and what became of it is among the deliveries") {
  TestService service;
  const json webhook = made(service, service.hfab);
  CHECK(service.get(path_of(webhook) + "/deliveries", service.hfab).items().empty());
  const Answer queued = service.send("POST", path_of(webhook) + "/tests", service.hfab);
  REQUIRE(queued.status == 202);
  const auto deliveries = service.get(path_of(webhook) + "/deliveries", service.hfab).items();
  REQUIRE(deliveries.size() == 1);
  const json& delivery = deliveries[0];
  CHECK(delivery["delivery_id"] == queued.json()["delivery_id"]);
  CHECK(delivery["type"] == "webhook.test");
  CHECK(delivery["state"] == "waiting");
  CHECK(delivery["case"] == nullptr);
  CHECK(delivery["status"] == nullptr);
  CHECK(delivery["next_at"] == format_instant(service.clock.now()));
  const MessageId id = service.store->references().decode_message(delivery["delivery_id"].get<std::string>()).value();
  const Message message = read(*service.store, [&](Transaction& transaction) { return transaction.notices().find_message(id).value(); });
  const auto call = composed(service, webhook, message);
  REQUIRE(call);
  CHECK(call->webhook_id == delivery["delivery_id"]);
  CHECK(call->url == kUrl);
  CHECK(json::parse(call->body) == json{{"type", "webhook.test"}, {"timestamp", format_instant(service.clock.now())},
                                        {"data", {{"municipality", "1267"}, {"webhook_id", webhook["webhook_id"]}}}});
  service.store->write([&](Transaction& transaction) {
    Message done = message;
    done.state = MessageState::failed;
    done.attempts = 1;
    done.status = 500;
    done.detail = "Internal Server Error";
    done.done_at = service.clock.now();
    transaction.notices().update(done);
  });
  const json after = service.get(path_of(webhook) + "/deliveries", service.hfab).items().at(0);
  CHECK(after["state"] == "failed");
  CHECK(after["attempts"] == 1);
  CHECK(after["status"] == 500);
  CHECK(after["detail"] == "Internal Server Error");
  CHECK(after["next_at"] == nullptr);
}

TEST_CASE("webhooks: each may be tested five times a minute, and whoever asks more often is told when to ask again") {
  TestService service;
  const json webhook = made(service, service.hfab), other = made(service, service.hfab);
  const auto test = [&](const json& of, const std::string& key) { return service.send("POST", path_of(of) + "/tests", key); };
  CHECK(test(webhook, service.hfab).status == 202);
  service.clock.pass(std::chrono::seconds{20});
  for (int i = 0; i < 4; ++i) CHECK(test(webhook, service.hfab).status == 202);
  for (const std::string& key : {service.hfab, service.officer}) {
    const Answer refused = test(webhook, key);
    CHECK(refused.status == 429);
    CHECK(refused.header("retry-after") == "40");
  }
  CHECK(service.get(path_of(webhook) + "/deliveries", service.hfab).items().size() == 5);
  CHECK(test(other, service.hfab).status == 202);
  service.clock.pass(std::chrono::seconds{39});
  CHECK(test(webhook, service.hfab).status == 429);
  service.clock.pass(std::chrono::seconds{1});
  CHECK(test(webhook, service.hfab).status == 202);  // the first of them is a minute ago
  const Answer again = test(webhook, service.hfab);
  CHECK(again.status == 429);
  CHECK(again.header("retry-after") == "20");
}

TEST_CASE("webhooks: the last hundred deliveries are listed, newest first") {
  TestService service;
  const json webhook = made(service, service.officer);
  std::string last;
  for (int i = 0; i < 103; ++i) {
    service.clock.pass(std::chrono::seconds{12});  // as often as it may be tested
    last = service.send("POST", path_of(webhook) + "/tests", service.officer).json()["delivery_id"];
  }
  const auto listed = service.get(path_of(webhook) + "/deliveries?limit=500", service.officer).items();
  CHECK(listed.size() == 100);
  CHECK(listed[0]["delivery_id"] == last);
}

TEST_CASE("webhooks: an event is told to the kommun and to the owner, and one that a case leaves with to both owners") {
  TestService service;
  const json kommuns = made(service, service.officer), hfabs = made(service, service.hfab), eons = made(service, service.eon, {"case.assigned"});
  const WebhookId kommun = id_of(service, kommuns), hfab = id_of(service, hfabs), eon = id_of(service, eons);
  const std::string reference = service.open_case_at("Storgatan 12");
  const auto sorted = [](std::vector<WebhookId> ids) {
    std::ranges::sort(ids);
    return ids;
  };
  CHECK(called_for(service, last_event(service, reference, EventType::case_opened)) == std::vector{kommun});
  CHECK(sorted(called_for(service, last_event(service, reference, EventType::case_assigned))) == sorted({kommun, hfab}));
  service.clock.pass(std::chrono::seconds{1});
  service.put(kHoor + "/cases/" + reference + "/assignment", service.officer, {{"owner_id", "eon"}, {"note", "Deras skåp"}});
  CHECK(sorted(called_for(service, last_event(service, reference, EventType::case_assigned))) == sorted({kommun, hfab, eon}));
  service.clock.pass(std::chrono::seconds{1});
  service.put(kHoor + "/cases/" + reference + "/removal", service.eon, {{"removed_at", format_instant(service.clock.now())}});
  CHECK(called_for(service, last_event(service, reference, EventType::removal_recorded)) == std::vector{kommun});
}

TEST_CASE("webhooks: a call tells codes, times and keys, the same bytes each time, and to each what it may see") {
  TestService service;
  const json kommuns = made(service, service.officer), hfabs = made(service, service.hfab), eons = made(service, service.eon);
  const std::string reference = service.open_case_at("Storgatan 12");
  service.put(kHoor + "/cases/" + reference + "/assignment", service.officer, {{"owner_id", "eon"}, {"note", "Hemlig anteckning"}});
  const Event event = last_event(service, reference, EventType::case_assigned);
  const Message message = message_of(service, event);
  const auto call = composed(service, kommuns, message);
  REQUIRE(call);
  CHECK(call->webhook_id == service.store->references().encode(message.id));
  CHECK(call->at == service.clock.now());
  const json body = json::parse(call->body);
  CHECK(body["type"] == "case.assigned");
  CHECK(body["timestamp"] == format_instant(event.recorded_at));
  CHECK(body["data"]["municipality"] == "1267");
  CHECK(body["data"]["reference"] == reference);
  CHECK(body["data"]["owner_id"] == "eon");
  CHECK(body["data"]["event"]["type"] == "case_assigned");
  CHECK(body["data"]["event"]["by"] == json{{"role", "municipality"}});
  CHECK(body["data"]["event"]["data"]["former_owner_id"] == "hfab");
  CHECK(body["data"]["case_url"] == "https://klotter.hoor.se/api/v1/municipalities/1267/cases/" + reference);
  CHECK(call->body.find("Hemlig") == std::string::npos);
  CHECK(call->body.size() < 1000);
  // Each owner is told its own part: HFAB that the case left, not to whom; E.ON that it came.
  const json left = json::parse(composed(service, hfabs, message)->body), came = json::parse(composed(service, eons, message)->body);
  CHECK(left["data"]["owner_id"] == nullptr);
  CHECK_FALSE(left["data"]["event"]["data"].contains("owner_id"));
  CHECK(left["data"]["event"]["data"]["former_owner_id"] == "hfab");
  CHECK(came["data"]["owner_id"] == "eon");
  CHECK_FALSE(came["data"]["event"]["data"].contains("former_owner_id"));
  // Later attempts say the same, whatever has happened since.
  service.clock.pass(std::chrono::hours{5});
  const Answer eon = service.get(kHoor + "/owners/eon", service.officer);
  json renamed{{"owner_id", "eon"}, {"name", "Annat namn"}, {"kind", "public_company"}};
  CHECK(service.put(kHoor + "/owners/eon", service.officer, renamed, {{"If-Match", eon.header("etag")}}).status == 200);
  service.put(kHoor + "/cases/" + reference + "/dismissal", service.officer, {{"reason", "not_found"}});
  CHECK(composed(service, kommuns, message)->body == call->body);
  CHECK(json::parse(composed(service, hfabs, message)->body) == left);
  CHECK(composed(service, kommuns, message)->at == service.clock.now());
}

TEST_CASE("webhooks: what waits for one that is disabled or gone is dropped") {
  TestService service;
  const json webhook = made(service, service.hfab);
  const Message message = message_of(service, last_event(service, service.open_case_at("Storgatan 12"), EventType::case_assigned));
  REQUIRE(composed(service, webhook, message));
  const Answer stopped = service.put(path_of(webhook), service.hfab, {{"url", kUrl}, {"enabled", false}}, {{"If-Match", "\"1.owner\""}});
  CHECK_FALSE(composed(service, webhook, message));
  CHECK(service.erase(path_of(webhook), service.hfab, {{"If-Match", stopped.header("etag")}}).status == 204);
  CHECK_FALSE(composed(service, webhook, message));
  service.store->write([&](Transaction& transaction) { disable_webhook(transaction, id_of(service, webhook), kGone, service.clock.now()); });
}

TEST_CASE("webhooks: an owner that is removed takes its webhooks along, so that no later one of its name gets them") {
  TestService service;
  REQUIRE(service.post(kHoor + "/owners", service.officer, {{"owner_id", "kort"}, {"name", "Kort"}}).status == 201);
  const std::string key = service.new_key(Role::owner, {"1267"}, "kort");
  made(service, key);
  for (const json& one : service.get(kHoor + "/keys", service.officer).items())
    if (one["owner_id"] == "kort") service.erase(kHoor + "/keys/" + one["key_id"].get<std::string>(), service.officer);
  CHECK(service.erase(kHoor + "/owners/kort", service.officer, {{"If-Match", "\"1\""}}).status == 204);
  CHECK(service.get(kPath, service.officer).items().empty());
}
