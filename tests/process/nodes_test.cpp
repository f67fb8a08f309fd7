// Several nodes on one PostgreSQL, as they run in service.

#include <doctest/doctest.h>
#include <httplib.h>
#include <signal.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/postgres_cluster.h"
#include "support/process.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using namespace std::chrono_literals;
using nlohmann::json;
using std::chrono::steady_clock;

namespace {

const std::string kMunicipality = "/api/v1/municipalities/1267";

std::string command(std::vector<std::string> arguments) {
  const Ran ran = run_command(arguments);
  REQUIRE_MESSAGE(ran.status == 0, ran.err);
  return ran.last_line();
}

/// Höör in a fresh database of a cluster, with a key of an officer and one of the police.
struct Installation {
  explicit Installation(PostgresCluster& cluster) : url(cluster.url(cluster.create_database(false))) {
    command({"migrate", "--database", url});
    command({"municipality", "add", "--database", url, "--code", "1267", "--name", "Höör"});
    officer = new_key("municipality");
    police = new_key("police");
  }
  std::string new_key(const std::string& role) const {
    return command({"keys", "create", "--database", url, "--municipality", "1267", "--role", role, "--name", role});
  }
  std::string url, officer, police;
};

struct Node {
  explicit Node(const std::string& url) : process(url), client("127.0.0.1", process.port()) { client.set_read_timeout(30); }
  httplib::Result send(const std::string& method, const std::string& path, const std::string& key, const json& body = {},
                       const httplib::Headers& headers = {}) {
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.headers = headers;
    if (!key.empty()) request.headers.emplace("Authorization", "Bearer " + key);
    if (!body.is_null()) {
      request.body = body.dump();
      request.headers.emplace("Content-Type", "application/json");
    }
    auto result = client.send(request);
    REQUIRE_MESSAGE(result, method << " " << path);
    return result;
  }
  int report(const std::string& key, const std::string& external_id) {
    return send("POST", kMunicipality + "/reports", key,
                {{"location", {{"address", "Storgatan " + external_id}}}, {"category", "tag"}, {"external_id", external_id}})->status;
  }
  ServingProcess process;
  httplib::Client client;
};

/// How long it takes until it holds; more than ten seconds are no answer.
std::chrono::milliseconds time_until(const std::function<bool()>& holds) {
  const auto began = steady_clock::now();
  while (!holds() && steady_clock::now() < began + 10s) std::this_thread::sleep_for(20ms);
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
}

}  // namespace

TEST_CASE("process: what one node changes of policies and keys the other knows within two seconds") {
  const Installation hoor{PostgresCluster::shared()};
  Node one{hoor.url}, two{hoor.url};
  CHECK(one.report(hoor.police, "1") == 201);
  CHECK(two.report(hoor.police, "1") == 200);  // the other node knows it
  CHECK(two.report(hoor.police, "2") == 201);

  const auto policy = one.send("GET", kMunicipality + "/policy", hoor.officer);
  const auto changed = one.send("PUT", kMunicipality + "/policy", hoor.officer, {{"mode", "working_days"}, {"limit", 5}},
                                {{"If-Match", policy->get_header_value("ETag")}});
  REQUIRE_MESSAGE(changed->status == 200, changed->body);
  const auto seen_by_two = [&] { return two.send("GET", kMunicipality + "/policy", hoor.officer)->body; };
  const auto seen_by_one = one.send("GET", kMunicipality + "/policy", hoor.officer)->body;
  CHECK(time_until([&] { return seen_by_two() == seen_by_one; }) < 2s);

  const auto made = one.send("POST", kMunicipality + "/keys", hoor.officer, {{"role", "police"}, {"name", "Lånad"}});
  REQUIRE_MESSAGE(made->status == 201, made->body);
  const std::string key = json::parse(made->body)["key"], id = json::parse(made->body)["key_id"];
  CHECK(time_until([&] { return two.report(key, "3") < 300; }) < 2s);
  REQUIRE(one.send("DELETE", kMunicipality + "/keys/" + id, hoor.officer)->status == 200);
  CHECK(time_until([&] { return two.report(key, "4") == 401; }) < 2s);
}

TEST_CASE("process: while the database is away answers are 503 and readyz is red, and it recovers by itself") {
  PostgresCluster cluster;
  const Installation hoor{cluster};
  Node node{hoor.url};
  CHECK(node.report(hoor.police, "1") == 201);
  CHECK(node.send("GET", "/readyz", "")->status == 200);
  cluster.stop();
  const auto ready = node.send("GET", "/readyz", "");
  CHECK(ready->status == 503);
  CHECK_FALSE(ready->get_header_value("Retry-After").empty());
  CHECK(node.send("GET", "/healthz", "")->status == 200);
  for (const auto& answer : {node.send("GET", kMunicipality + "/cases", ""),
                             node.send("POST", kMunicipality + "/reports", "", {{"location", {{"address", "Storgatan 1"}}}, {"category", "tag"}})}) {
    CHECK(answer->status == 503);
    CHECK(answer->get_header_value("Content-Type") == "application/problem+json");
    CHECK_FALSE(answer->get_header_value("Retry-After").empty());
    CHECK(answer->body.find("PostgreSQL") == std::string::npos);
  }
  cluster.start();
  CHECK(time_until([&] { return node.send("GET", "/readyz", "")->status == 200; }) < 5s);
  CHECK(time_until([&] { return node.report(hoor.police, "2") == 201; }) < 5s);
  CHECK(node.report(hoor.police, "1") == 200);
  CHECK(run_command({"verify", "--database", hoor.url}).status == 0);
}
