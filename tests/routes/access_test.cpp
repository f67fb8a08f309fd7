#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>

#include "schemas.h"
#include "server.h"
#include "store/photo_store.h"
#include "support/answer_check.h"
#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

/// A body that does for each route that takes one.
const std::map<std::string, json> kBodies{
    {"/reports", tag_report("Storgatan 30")},
    {"/reports/batches", {{"items", {tag_report("Storgatan 31")}}}},
    {"/cases/{}/assignment", {{"owner_id", "hfab"}}},
    {"/cases/{}/rejections", {{"reason", "not_ours"}}},
    {"/cases/{}/details", {{"surface", "wall"}, {"note", "an officer looked"}}},
    {"/cases/{}/police-references", {{"police_reference", "5000-K1-26"}}},
    {"/cases/{}/removal", {{"removed_at", "2026-11-16T10:00:00+01:00"}}},
    {"/cases/{}/reopen-requests", json::object()},
    {"/cases/{}/dismissal", {{"reason", "not_found"}}},
    {"/cases/{}/non-removal", {{"reason", "not_possible"}}},
    {"/cases/{}/comments", {{"text", "Stegen behövs"}}},
    {"/cases/{}/holds", {{"reason", "evidence"}, {"until", "2026-11-17T10:00:00+01:00"}}},
    {"/cases/{}/holds/{}/decision", {{"granted", true}}},
    {"/cases/{}/merge", {{"into", "HR7K2M9QX4"}}},
    {"/cases/{}/splits", {{"surface", "door"}}},
    {"/confirmations/{}/decision", {{"opens", true}}},
    {"/owners", {{"owner_id", "new"}, {"name", "New AB"}}},
    {"/owners/{}", {{"owner_id", "eon"}, {"name", "E.ON"}}},
    {"/owners/{}/contact", {{"email", "drift@eon.example.se"}}},
    {"/users", {{"email", "anna@hoor.example.se"}, {"name", "Anna"}, {"role", "municipality"}}},
    {"/users/{}", {{"email", "anna@hoor.example.se"}, {"name", "Anna"}, {"role", "municipality"}}},
    {"/policy", {{"mode", "working_days"}, {"limit", 3}}},
    {"/keys", {{"role", "police"}, {"name", "En till"}}},
    {"/properties", {{"designation", "Kvarnbäck 5:1"}, {"owner_id", "hfab"}}},
    {"/properties/{}", {{"designation", "Kvarnbäck 5:1"}, {"owner_id", "hfab"}}},
    {"/objects", {{"object_type", "rail"}, {"owner_id", "hfab"}, {"geometry", {{"type", "Point"}, {"coordinates", {13.54, 55.93}}}}}},
    {"/objects/{}", {{"object_type", "rail"}, {"owner_id", "hfab"}, {"geometry", {{"type", "Point"}, {"coordinates", {13.54, 55.93}}}}}},
    {"/districts", {{"district_id", "all"}}},
    {"/districts/{}", {{"district_id", "all"}}},
    {"/addresses/unmatched/{}/resolution", {{"no_such_address", true}}},
    {"/cases/{}/letters", json::object()},
    {"/cases/{}/tellings", {{"channel", "call"}}},
    {"/cases/{}/external-reference", {{"external_reference", "AO-1"}}},
    {"/webhooks", {{"url", "https://drift.example.se/klotter"}}},
    {"/webhooks/{}", {{"url", "https://drift.example.se/klotter"}}},
    {"/photos/{}/visibility", {{"released", true}}},
};

const std::map<std::string, std::string> kQueries{
    {"/deadline", "?received_at=2026-11-16T10:00:00Z"},
    {"/statistics/compliance", "?from=2026-11-01&to=2026-12-01"},
    {"/statistics/stages", "?from=2026-11-01&to=2026-12-01"},
    {"/statistics/costs", "?from=2026-11-01&to=2026-12-01"},
    {"/statistics/hot-spots", "?from=2026-11-01&to=2026-12-01"},
};

/// The pattern within a municipality: "/cases/{}"; "" for the municipality itself; nothing for routes of the installation.
std::optional<std::string> within(const std::string& pattern) {
  const std::string head = "/api/v1/municipalities/{}";
  if (!pattern.starts_with(head)) return std::nullopt;
  return pattern.substr(head.size());
}

class Walk {
 public:
  TestService service;

  Walk() { prepare(); }

  /// A case of HFAB's that nothing has been done to.
  void prepare() {
    const json opened = service.post(kHoor + "/reports", service.police, tag_report()).json();
    case_ = opened["case"]["reference"];
    report_ = opened["report"]["id"];
    // A photo of the case; that it is none is not the question here either.
    PhotoId photo;
    service.store->write([&](Transaction& transaction) {
      Photo kept;
      kept.id = photo = transaction.next_photo_id(1);
      kept.case_id = service.store->references().decode_case(case_).value();
      kept.created_at = service.clock.now();
      kept.width = kept.height = 100;
      kept.bytes = 7;
      kept.digests.fill(digest("picture"));
      transaction.photos().add(kept);
    });
    service.photo_store->put(1, {{digest("picture"), "picture"}}, service.clock.now(), [] {});
    photo_ = service.store->references().encode(photo);
  }

  Answer ask(const Route& route, const std::string& municipality, const std::string& key) {
    const auto inner = within(route.pattern);
    std::string path = route.pattern;
    std::string body;
    Headers headers;
    if (inner) {
      path = municipality + *inner;
      if (path.find("/cases/{}") != path.npos) replace(path, case_);
      if (path.find("/reports/{}") != path.npos) replace(path, report_);
      if (path.find("/photos/{}") != path.npos) replace(path, photo_);
      // Of its own calendar an owner knows all.
      if (path.find("/owners/{}/") != path.npos) replace(path, "hfab");
      if (path.find("/owners/{}") != path.npos) replace(path, "eon");
      if (path.find("/keys/{}") != path.npos) replace(path, "999999");
      if (path.find("/districts/{}") != path.npos) replace(path, "all");
      if (path.find("/remembered-spots/{}") != path.npos) replace(path, case_);
      if (path.find("/claims/{}") != path.npos) replace(path, "5000-K1-26");
      if (path.find("{}") != path.npos) replace(path, "HR7K-2M9Q-X4");  // a property, a pause, or what waits
      if (const auto query = kQueries.find(*inner); query != kQueries.end()) path += query->second;
      if (const auto sent = kBodies.find(*inner); sent != kBodies.end()) body = sent->second.dump();
    }
    if (route.body_limit > 0 && body.empty()) body = "{}";
    if (route.method == "PUT" || route.method == "DELETE") headers.emplace("If-Match", "\"1\"");
    // What a case is at is not the question here.
    if (inner && inner->starts_with("/cases/")) headers.clear();
    const bool picture = !route.content_types.empty() && route.content_types.front() == "image/*";
    return service.send(route.method, path, key, picture ? "no picture" : body, headers, picture ? "image/jpeg" : "application/json");
  }

 private:
  static void replace(std::string& path, const std::string& with) { path.replace(path.find("{}"), 2, with); }
  std::string case_, report_, photo_;
};

}  // namespace

TEST_CASE("access: every route admits the roles of the table and turns the others away") {
  Walk walk;
  const std::vector<std::pair<Role, std::string>> all{
      {Role::citizen, ""}, {Role::police, walk.service.police}, {Role::owner, walk.service.hfab},
      {Role::channel, walk.service.channel}, {Role::admin, walk.service.admin}, {Role::municipality, walk.service.officer}};
  int walked = 0;
  for (const Route& route : walk.service.router().routes()) {
    if (!is_in_contract(route.pattern)) continue;  // pages know sessions, not keys
    for (const auto& [role, key] : all) {
      CAPTURE(route.method);
      CAPTURE(route.pattern);
      CAPTURE(to_code(role));
      walk.prepare();
      const std::int64_t before = walk.service.events();
      const Answer answer = walk.ask(route, kHoor, key);
      if (route.roles.admit(role)) {
        // An owner's key for itself only, figures by group not for all: other refusals than the role's are another test's.
        if (route.pattern.ends_with("/keys") && route.method == "POST" && role == Role::owner) {
          CHECK(answer.status == 403);
        } else {
          CHECK(answer.status != 401);
          CHECK(answer.status != 403);
        }
      } else {
        CHECK(answer.status == (role == Role::citizen ? 401 : 403));
        CHECK(walk.service.events() == before);
      }
      ++walked;
    }
  }
  CHECK(walked > 250);
}

TEST_CASE("access: the roles of the table are those that the contract names") {
  TestService service;
  const json contract = json::parse(openapi_json());
  for (const Route& route : service.router().routes()) {
    if (!is_in_contract(route.pattern)) continue;
    std::string path = route.pattern.starts_with("/api/v1") ? route.pattern.substr(7) : route.pattern;
    // The contract names the variable parts; the n-th operation with the same shape is found by comparing shapes.
    const auto shape = [](std::string text) {
      for (auto at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) text.replace(at, text.find('}', at) - at + 1, "{}");
      return text;
    };
    std::string verb = route.method;
    std::ranges::transform(verb, verb.begin(), [](unsigned char c) { return std::tolower(c); });
    CAPTURE(route.method);
    CAPTURE(path);
    bool found = false;
    for (const auto& [name, item] : contract["paths"].items()) {
      if (shape(name) != path || !item.contains(verb)) continue;
      found = true;
      const json named = item[verb].value("x-roles", json::array());
      for (const Role role : {Role::citizen, Role::police, Role::owner, Role::municipality, Role::channel, Role::admin}) {
        CAPTURE(to_code(role));
        const bool listed = std::ranges::find(named, json(to_code(role))) != named.end();
        CHECK(listed == route.roles.admit(role));
      }
    }
    CHECK(found);
  }
}

TEST_CASE("access: a key of another municipality finds nothing there, and changes nothing") {
  Walk walk;
  const std::vector<std::pair<Role, std::string>> strangers{
      {Role::police, walk.service.horby_police}, {Role::owner, walk.service.horby_hfab}, {Role::municipality, walk.service.horby_officer}};
  const auto everything = [&] {
    std::string sum;
    for (const char* table : {"events", "cases", "reports", "owners", "policies", "api_keys", "tallies", "photos", "confirmations", "webhooks", "users",
                              "reporter_addresses"})
      sum += std::to_string(walk.service.store.ask(std::string{"SELECT COUNT(*) FROM "} + table)) + " ";
    return sum;
  };
  const std::string before = everything();
  for (const Route& route : walk.service.router().routes()) {
    if (!within(route.pattern)) continue;
    for (const auto& [role, key] : strangers) {
      CAPTURE(route.method);
      CAPTURE(route.pattern);
      CAPTURE(to_code(role));
      CHECK(walk.ask(route, kHoor, key).status == (route.roles.admit(role) ? 404 : 403));
    }
  }
  CHECK(everything() == before);
}

TEST_CASE("access: a case is not found through another municipality, with any key") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12");
  for (const std::string& key : {std::string{}, service.horby_officer, service.horby_police, service.both_police})
    for (const char* under : {"", "/events", "/deadline"})
      CHECK(service.get(kHorby + "/cases/" + reference + under, key).status == 404);
  const std::int64_t before = service.events();
  CHECK(service.put(kHorby + "/cases/" + reference + "/assignment", service.horby_officer, {{"owner_id", "eon"}}).status == 404);
  CHECK(service.put(kHorby + "/cases/" + reference + "/removal", service.horby_hfab, {{"removed_at", "2026-11-16T10:00:00+01:00"}}).status == 404);
  json joining = tag_report();
  joining["joins"] = reference;
  CHECK(service.post(kHorby + "/reports", service.horby_police, joining).status == 404);
  CHECK(service.events() == before);
}

TEST_CASE("access: another owner's key is refused on a case and changes nothing") {
  TestService service;
  const std::string path = kHoor + "/cases/" + service.open_case_at("Storgatan 12");
  const std::int64_t before = service.events();
  for (const std::string& key : {service.eon, service.ann}) {
    CHECK(service.put(path + "/removal", key, {{"removed_at", "2026-11-16T10:00:00+01:00"}}).status == 403);
    CHECK(service.erase(path + "/removal", key).status == 403);
    CHECK(service.post(path + "/rejections", key, {{"reason", "not_ours"}}).status == 403);
    CHECK(service.post(path + "/comments", key, {{"text", "Inte vår"}}).status == 403);
  }
  CHECK(service.events() == before);
  CHECK(service.put(path + "/removal", service.hfab, {{"removed_at", "2026-11-16T10:00:00+01:00"}}).status == 200);
}

TEST_CASE("access: a key that nobody knows is refused, on open routes too") {
  TestService service;
  for (const char* header : {"Bearer kk_unknown", "Basic dTpw", "Bearer", "kk_unknown"}) {
    CAPTURE(header);
    CHECK(service.send("GET", kHoor + "/cases", "", "", {{"Authorization", header}}).status == 401);
    CHECK(service.send("POST", kHoor + "/reports", "", tag_report().dump(), {{"Authorization", header}}).status == 401);
  }
  CHECK(service.send("GET", kHoor + "/cases", "", "", {{"Authorization", "bearer " + service.police}}).status == 200);
}

TEST_CASE("access: a revoked key is refused at once") {
  TestService service;
  CHECK(service.get(kHoor + "/reports", service.police).status == 200);
  const json keys = service.get(kHoor + "/keys", service.officer).json()["items"];
  for (const json& key : keys)
    if (key["role"] == "police" && key["municipalities"].size() == 1)
      CHECK(service.erase(kHoor + "/keys/" + key["key_id"].get<std::string>(), service.officer).status == 200);
  CHECK(service.get(kHoor + "/reports", service.police).status == 401);
  CHECK(service.get(kHoor + "/cases", service.police).status == 401);
}

TEST_CASE("keys: a secret is shown once, works, and is never replayed") {
  TestService service;
  const json wanted{{"role", "police"}, {"name", "Lokalpolisområde Hässleholm"}};
  const Headers once{{"Idempotency-Key", "key-creation-0000001"}};
  const Answer made = service.post(kHoor + "/keys", service.officer, wanted, once);
  REQUIRE(made.status == 201);
  const std::string secret = made.json()["key"], id = made.json()["key_id"];
  CHECK(secret.starts_with("kk_"));
  CHECK(made.header("location") == service.url() + kHoor + "/keys/" + id);
  CHECK(made.header("cache-control") == "no-store");
  CHECK(service.get(kHoor + "/reports", secret).status == 200);
  CHECK(service.get(kHoor + "/keys", service.officer).body.find(secret) == std::string::npos);
  CHECK_FALSE(service.get(kHoor + "/keys/" + id, service.officer).json().contains("key"));
  const Answer again = service.post(kHoor + "/keys", service.officer, wanted, once);
  CHECK(again.status == 409);
  CHECK(again.body.find(secret) == std::string::npos);
  CHECK(service.store.ask("SELECT COUNT(*) FROM idempotency_keys WHERE answer LIKE '%kk\\_%' ESCAPE '\\'") == 0);
}

TEST_CASE("keys: an owner manages its own keys only") {
  TestService service;
  const json own{{"role", "owner"}, {"owner_id", "hfab"}, {"name", "Jour"}};
  const Answer made = service.post(kHoor + "/keys", service.hfab, own);
  REQUIRE(made.status == 201);
  CHECK(service.post(kHoor + "/keys", service.hfab, {{"role", "owner"}, {"owner_id", "eon"}, {"name", "x"}}).status == 403);
  CHECK(service.post(kHoor + "/keys", service.hfab, {{"role", "municipality"}, {"name", "x"}}).status == 403);
  CHECK(service.post(kHoor + "/keys", service.officer, {{"role", "admin"}, {"name", "x"}}).status >= 400);
  CHECK(service.post(kHoor + "/keys", service.officer, {{"role", "owner"}, {"name", "x"}}).status == 422);
  CHECK(service.post(kHoor + "/keys", service.officer, {{"role", "police"}, {"name", "x"}, {"municipalities", {"1266"}}}).status == 422);
  for (const json& key : service.get(kHoor + "/keys", service.hfab).items()) CHECK(key["owner_id"] == "hfab");
  // The others' keys are not there for it.
  for (const json& key : service.get(kHoor + "/keys?limit=100", service.officer).items()) {
    if (key["owner_id"] == "hfab") continue;
    const std::string path = kHoor + "/keys/" + key["key_id"].get<std::string>();
    CHECK(service.get(path, service.hfab).status == 404);
    CHECK(service.erase(path, service.hfab).status == 404);
  }
  CHECK(service.erase(kHoor + "/keys/" + made.json()["key_id"].get<std::string>(), service.hfab).status == 200);
  CHECK(service.get(kHoor + "/cases", made.json()["key"]).status == 401);
}

TEST_CASE("keys: a key that is good elsewhere too is not one municipality's to revoke") {
  TestService service;
  for (const json& key : service.get(kHoor + "/keys?limit=100", service.officer).items())
    if (key["municipalities"].size() == 2)
      CHECK(service.erase(kHoor + "/keys/" + key["key_id"].get<std::string>(), service.officer).status == 403);
  CHECK(service.get(kHorby + "/cases", service.both_police).status == 200);
}
