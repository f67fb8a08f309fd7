#include "support/test_service.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "photo/photo_workers.h"
#include "server.h"
#include "support/answer_check.h"

namespace klotterkoll::test {

using nlohmann::json;

std::string Answer::header(const std::string& name) const {
  const auto at = headers.find(name);
  return at == headers.end() ? "" : at->second;
}

std::string Answer::pointers() const {
  std::string all;
  const nlohmann::json errors = json().value("errors", nlohmann::json::array());
  for (const auto& error : errors) all += error.at("pointer").get<std::string>() + " ";
  return all;
}

std::string Answer::fault(const std::string& pointer) const {
  const nlohmann::json errors = json().value("errors", nlohmann::json::array());
  for (const auto& error : errors)
    if (error.at("pointer") == pointer) return error.at("message");
  return "";
}

struct TestService::Client {
  explicit Client(int port) : http("127.0.0.1", port) {
    http.set_keep_alive(true);
    http.set_tcp_nodelay(true);
    http.set_read_timeout(60);  // a photo is decoded, on a machine that may have much else to do
  }
  httplib::Client http;
};

ServeOptions TestService::quiet() {
  ServeOptions options;
  options.rate_limit.reset();
  return options;
}

TestService::TestService(ServeOptions options, bool with_horby) {
  settle_municipality("1267", "Höör", {55.80, 13.35, 56.05, 13.80});
  if (with_horby) settle_municipality("1266", "Hörby", {55.70, 13.81, 56.00, 14.00});
  police = new_key(Role::police, {"1267"});
  officer = new_key(Role::municipality, {"1267"});
  hfab = new_key(Role::owner, {"1267"}, "hfab");
  eon = new_key(Role::owner, {"1267"}, "eon");
  ann = new_key(Role::owner, {"1267"}, "ann");
  channel = new_key(Role::channel, {"1267"});
  admin = new_key(Role::admin, {});
  if (with_horby) {
    horby_police = new_key(Role::police, {"1266"});
    horby_officer = new_key(Role::municipality, {"1266"});
    horby_hfab = new_key(Role::owner, {"1266"}, "hfab");
    both_police = new_key(Role::police, {"1267", "1266"});
  }
  photo_workers_ = std::make_unique<PhotoWorkers>(PhotoWorkerOptions{.command = {KLOTTERKOLL_BINARY, "photo-worker"}});
  service_ = std::make_unique<Service>(options, EdgeOptions{}, *store, clock, ids_, *photo_store, *photo_workers_);
  port_ = service_->listen("127.0.0.1", 0);
  thread_ = std::thread([this] { service_->run(); });
  client_ = std::make_unique<Client>(port_);
}

const Router& TestService::router() const { return service_->router(); }

TestService::~TestService() {
  client_.reset();
  service_->stop();
  thread_.join();
}

void TestService::settle_municipality(const std::string& code, const std::string& name, const Area& area) {
  store->write([&](Transaction& transaction) {
    Municipality municipality;
    municipality.code = code;
    municipality.name = name;
    municipality.area = area;
    const MunicipalityId id = transaction.municipalities().add(municipality, Policy{});
    const auto add = [&](const char* owner_id, const char* owner_name, OwnerKind kind, const char* street, std::vector<std::string> designations) {
      Owner owner;
      owner.owner_id = owner_id;
      owner.name = owner_name;
      owner.kind = kind;
      owner.email = std::string{owner_id} + "@example.se";
      owner.address_prefixes = {street};
      owner.designations = std::move(designations);
      transaction.owners().save(*transaction.municipalities().settings(id), owner);
    };
    add("hfab", "Höörs Fastighets AB", OwnerKind::public_company, "Storgatan", {"HÖÖR KVARNBÄCK 1:23"});
    add("eon", "E.ON Energidistribution AB", OwnerKind::company, "Industrigatan", {});
    add("ann", "Ann Ek", OwnerKind::private_owner, "Storgatan 7", {});
  });
}

std::string TestService::new_key(Role role, const std::vector<std::string>& codes, const std::string& owner_id) {
  ApiKey key;
  const std::string secret = issue_secret(key, ids_);
  key.role = role;
  key.name = std::string{to_code(role)} + " " + owner_id;
  key.created_at = clock.now();
  store->write([&](Transaction& transaction) {
    ApiKey added = key;
    for (const auto& code : codes) added.scopes.push_back({transaction.municipalities().find_id(code).value(), owner_id});
    transaction.keys().add(added);
  });
  return secret;
}

Answer TestService::send(const std::string& method, const std::string& path, const std::string& key, const std::string& body,
                         const Headers& headers, const std::string& content_type) {
  httplib::Request request;
  request.method = method;
  request.path = path;
  if (!key.empty()) request.headers.emplace("Authorization", "Bearer " + key);
  for (const auto& [name, value] : headers) request.headers.emplace(name, value);
  if (method == "POST" || method == "PUT" || method == "PATCH") {
    request.body = body;
    if (!content_type.empty()) request.headers.emplace("Content-Type", content_type);
  }
  const auto result = client_->http.send(request);
  REQUIRE_MESSAGE(result, method << " " << path << ": " << httplib::to_string(result.error()));
  Answer answer;
  answer.status = result->status;
  answer.body = result->body;
  for (const auto& [name, value] : result->headers) {
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    answer.headers.emplace(lower, value);
  }
  CAPTURE(body.substr(0, 500));
  check_answer(method, path, answer.status, answer.header("content-type"), answer.body);
  // What every answer carries, whoever made it.
  CHECK(answer.header("x-content-type-options") == "nosniff");
  CHECK(answer.header("x-frame-options") == "DENY");
  CHECK_FALSE(answer.header("content-security-policy").empty());
  CHECK_FALSE(answer.header("referrer-policy").empty());
  CHECK_FALSE(answer.header("date").empty());
  CHECK(answer.status != 500);
  if (answer.status >= 400 && method != "HEAD" && answer.header("content-type") == "application/problem+json") {
    const json problem = answer.json();
    CHECK(problem.at("status") == answer.status);
    CHECK(problem.at("instance").get<std::string>().starts_with("urn:uuid:"));
    CHECK(problem.at("detail").get<std::string>().size() > 10);
    CHECK((answer.status != 401 || answer.header("www-authenticate") == "Bearer"));
    CHECK((answer.status != 405 || !answer.header("allow").empty()));
    CHECK(((answer.status != 429 && answer.status != 503) || !answer.header("retry-after").empty()));
  }
  return answer;
}

std::string TestService::open_case(const json& report) {
  const Answer answer = post(kHoor + "/reports", police, report);
  REQUIRE_MESSAGE(answer.status == 201, answer.body);
  return answer.json()["case"]["reference"];
}

std::string TestService::open_case_at(const std::string& address) { return open_case(tag_report(address)); }

json TestService::see(const std::string& reference, const std::string& key) {
  const Answer answer = get(kHoor + "/cases/" + reference, key);
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  return answer.json();
}

std::int64_t TestService::events(const std::string& type) const {
  return store.ask("SELECT COUNT(*) FROM events" + (type.empty() ? "" : " WHERE type = '" + type + "'"));
}

json tag_report(const std::string& address) {
  return {{"location", {{"address", address}}}, {"category", "tag"}, {"surface", "garage_door"}};
}

}  // namespace klotterkoll::test
