// What every answer has in common, and the routes about the service itself.

#include <doctest/doctest.h>

#include <algorithm>

#include "server.h"
#include "support/answer_check.h"
#include "support/edge_test_server.h"
#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

TEST_CASE("http: the contract is served as it is, tagged, and readable") {
  TestService service;
  const json contract = service.get("/api/v1/openapi.json").json();
  CHECK(contract["openapi"] == "3.1.0");
  for (const char* name : {"openapi.json", "openapi.yaml", "docs", "docs.css"}) {
    CAPTURE(name);
    const Answer answer = service.get(std::string{"/api/v1/"} + name);
    CHECK(answer.status == 200);
    CHECK(answer.body.size() > 500);
    CHECK(answer.header("cache-control") == "public, max-age=300");
    const Answer again = service.send("GET", std::string{"/api/v1/"} + name, "", "", {{"If-None-Match", answer.header("etag")}});
    CHECK(again.status == 304);
    CHECK(again.body.empty());
  }
  const json info = service.get("/api/v1/api-info").json();
  CHECK(info["apiName"] == contract["info"]["title"]);
  CHECK(info["apiDocumentation"] == service.url() + "/api/v1/docs");
  CHECK(service.get("/api/v1/docs").header("content-security-policy").find("style-src 'self'") != std::string::npos);
  CHECK(service.get("/healthz").header("content-security-policy").find("style-src") == std::string::npos);
}

TEST_CASE("http: every route of the contract is there, and every route but those of pages is in the contract") {
  TestService service;
  const json paths = service.get("/api/v1/openapi.json").json()["paths"];
  std::size_t operations = 0;
  for (const auto& [path, item] : paths.items())
    for (const char* verb : {"get", "post", "put", "patch", "delete"}) operations += item.contains(verb);
  CHECK(operations == static_cast<std::size_t>(std::ranges::count_if(service.router().routes(), [](const Route& route) { return is_in_contract(route.pattern); })));
}

TEST_CASE("http: health, readiness and metrics answer without a key") {
  TestService service;
  CHECK(service.get("/healthz").json()["status"] == "ok");
  CHECK(service.get("/readyz").json()["status"] == "ready");
  service.open_case_at("Storgatan 1");
  service.get("/api/v1/nowhere");
  const std::string metrics = service.get("/metrics").body;
  for (const char* line : {"klotterkoll_http_requests_total{status=\"201\"} 1\n", "klotterkoll_http_requests_total{status=\"404\"} 1\n", "klotterkoll_store_commits_total", "klotterkoll_http_request_seconds_bucket"}) {
    CAPTURE(line);
    CHECK(metrics.find(line) != std::string::npos);
  }
}

TEST_CASE("http: HEAD is GET without the body, OPTIONS names the methods") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 1");
  for (const std::string& path : {kHoor + "/cases", kHoor + "/cases/" + reference, kHoor + "/policy", std::string{"/api/v1/openapi.json"}, std::string{"/healthz"}}) {
    CAPTURE(path);
    const Answer head = service.send("HEAD", path, ""), get = service.get(path);
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(head.header("content-length") == get.header("content-length"));
    CHECK(head.header("etag") == get.header("etag"));
  }
  const Answer options = service.send("OPTIONS", kHoor + "/cases/" + reference + "/removal", "");
  CHECK(options.status == 204);
  CHECK(options.header("allow") == "PUT, DELETE, OPTIONS");
  CHECK(service.send("OPTIONS", kHoor + "/reports", "").header("allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(service.send("OPTIONS", "/api/v1/nowhere", "").status == 404);
  CHECK(options.header("access-control-allow-origin").empty());
}

TEST_CASE("http: what no route takes is a problem document") {
  TestService service;
  for (const char* path : {"/api/v1", "/api/v1/", "/api/v1/municipalities/1267/", "/api/v1/municipalities/1267/cases/", "/api/v1/municipalities//cases", "/api/v2/municipalities"}) {
    CAPTURE(path);
    const Answer answer = service.get(path);
    CHECK(answer.status == 404);
    CHECK(answer.header("content-type") == "application/problem+json");
  }
  CHECK(service.send("DELETE", kHoor + "/cases", service.officer).header("allow") == "GET, HEAD, OPTIONS");
  CHECK(service.send("PATCH", kHoor + "/cases", service.officer, "{}").status == 405);
  CHECK(service.send("POST", kHoor + "/reports", "", "a=b", {}, "application/x-www-form-urlencoded").status == 415);
  CHECK(service.send("POST", kHoor + "/reports", "", "{}", {}, "text/plain").status == 415);
  CHECK(service.send("POST", kHoor + "/reports", "", "{}", {{"Content-Encoding", "gzip"}}).status == 415);
  CHECK(service.send("POST", kHoor + "/reports", "", std::string(64 * 1024, 'x')).status == 400);
  CHECK(service.send("POST", kHoor + "/reports", "", std::string(64 * 1024 + 1, 'x')).status == 413);
  CHECK(service.send("POST", kHoor + "/owners", service.officer, std::string(1024 * 1024, 'x')).status == 400);
  CHECK(service.send("POST", kHoor + "/owners", service.officer, std::string(1024 * 1024 + 1, 'x')).status == 413);
  CHECK(service.send("POST", kHoor + "/reports", "", tag_report().dump(), {}, "application/json; charset=utf-8").status == 201);
  CHECK(service.get(kHoor + "/cases?" + std::string(3000, 'x')).status == 414);
  const auto raw = [&](const std::string& bytes) {
    testing::RawClient client{service.port()};
    client.send(bytes);
    return client.answer();
  };
  const std::string post = "POST " + kHoor + "/reports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  CHECK(testing::is_problem(raw(post + "\r\n"), 411));
  CHECK(testing::is_problem(raw(post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 411));
  CHECK(testing::is_problem(raw("GET " + kHoor + "/cases HTTP/1.1\r\n\r\n"), 400));
  CHECK(testing::is_problem(raw("GET " + kHoor + "/cases HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"), 431));
}

TEST_CASE("http: every error carries the id of its request, each another") {
  TestService service;
  const std::string one = service.get(kHoor + "/reports").json()["instance"], two = service.get(kHoor + "/reports").json()["instance"];
  CHECK(one != two);
  CHECK(one.size() == 9 + 36);
}

TEST_CASE("http: what is personal is not kept by caches") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 1");
  for (const std::string& path : {kHoor + "/cases", kHoor + "/cases/" + reference, kHoor + "/cases/" + reference + "/events", kHoor + "/cases.csv", kHoor + "/reports", kHoor + "/owners", kHoor + "/owners/ann", kHoor + "/keys", kHoor + "/changes", kHoor + "/statistics/backlog"}) {
    CAPTURE(path);
    CHECK(service.get(path, service.officer).header("cache-control") == "no-store");
  }
}

TEST_CASE("http: a trace comes back, also with a refusal; what is none does not") {
  TestService service;
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  for (const char* path : {"/cases", "/cases/unknown", "/reports"})
    CHECK(service.send("GET", kHoor + path, "", "", {{"traceparent", trace}}).header("traceparent") == trace);
  for (const char* wrong : {"x", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"})
    CHECK(service.send("GET", kHoor + "/cases", "", "", {{"traceparent", wrong}}).header("traceparent").empty());
}

TEST_CASE("http: beyond its rate a caller is told when to come back, and others are served") {
  ServeOptions options;
  options.rate_limit = 5;
  TestService service{options};
  Answer answer;
  for (int i = 0; i < 5; ++i) {
    answer = service.get(kHoor + "/policy", service.police);
    CHECK(answer.status == 200);
    CHECK(answer.header("ratelimit").find("r=" + std::to_string(4 - i)) != std::string::npos);
    CHECK(answer.header("ratelimit-policy") == "\"default\";q=5;w=60");
  }
  for (const char* path : {"/policy", "/reports", "/cases.csv"}) {
    answer = service.get(kHoor + path, service.police);
    CHECK(answer.status == 429);
    const int wait = std::stoi(answer.header("retry-after"));
    CHECK(wait > 0);
    CHECK(wait <= 60);
    CHECK(answer.header("ratelimit").find("r=0") != std::string::npos);
  }
  CHECK(service.post(kHoor + "/reports", service.police, tag_report()).status == 429);
  CHECK(service.events() == 0);
  CHECK(service.get(kHoor + "/policy", service.officer).status == 200);
  // Guessing keys is counted by address.
  for (int i = 0; i < 5; ++i) CHECK(service.get(kHoor + "/policy", "kk_guess" + std::to_string(i)).status == 401);
  CHECK(service.get(kHoor + "/policy", "kk_guess").status == 429);
  CHECK(service.get(kHoor + "/policy").status == 429);
  // Whoever watches over the service is not turned away.
  CHECK(service.get("/healthz").status == 200);
}

TEST_CASE("http: links follow a trusted proxy's word on how the service is reached, and nobody else's") {
  const auto self = [](TestService& service) {
    return service.send("GET", kHoor + "/cases", "", "", {{"X-Forwarded-For", "192.0.2.7"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "klotter.example.se"}, {"Forwarded", "for=1.1.1.1;proto=https;host=evil"}}).json()["_links"]["self"]["href"].get<std::string>();
  };
  TestService plain;
  CHECK(self(plain).starts_with(plain.url()));
  ServeOptions options = TestService::quiet();
  options.trusted_proxies = {"127.0.0.1/32"};
  TestService proxied{options};
  CHECK(self(proxied).starts_with("https://klotter.example.se/api/v1/municipalities/1267/cases"));
  // What a writing thread answers, too: a change, and a POST whose answer is kept for a repeat.
  const std::string outside = "https://klotter.example.se/api/v1/";
  Headers forwarded{{"X-Forwarded-For", "192.0.2.7"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "klotter.example.se"}};
  const std::string reference = proxied.open_case_at("Storgatan 3");
  const Answer put = proxied.put(kHoor + "/cases/" + reference + "/assignment", proxied.officer, {{"owner_id", "eon"}}, forwarded);
  CHECK(put.json()["_links"]["self"]["href"] == outside + "municipalities/1267/cases/" + reference);
  forwarded.emplace("Idempotency-Key", "\"0123456789abcdef\"");
  const Answer post = proxied.post(kHoor + "/reports", proxied.police, tag_report("Storgatan 5"), forwarded);
  CHECK(post.header("location").starts_with(outside));
  CHECK(post.json()["case"]["_links"]["self"]["href"].get<std::string>().starts_with(outside));
}

TEST_CASE("http: a public URL that was given goes before what a proxy says, and the proxy's own header before others") {
  const auto self = [](TestService& service, const std::string& header, const std::string& value) {
    return service.send("GET", kHoor + "/cases", "", "", {{header, value}, {"X-Forwarded-For", "192.0.2.7"}, {"X-Forwarded-Proto", "https"}})
        .json()["_links"]["self"]["href"].get<std::string>();
  };
  ServeOptions options = TestService::quiet();
  options.trusted_proxies = {"127.0.0.1/32"};
  options.public_url = "https://klotter.hoor.se";
  TestService named{options};
  CHECK(self(named, "X-Forwarded-Host", "evil").starts_with("https://klotter.hoor.se/api/v1/"));
  options.public_url = "";
  options.proxy_headers = ProxyHeaders::forwarded;
  TestService proxied{options};
  CHECK(self(proxied, "X-Forwarded-Host", "evil").starts_with(proxied.url()));
  CHECK(self(proxied, "Forwarded", "for=192.0.2.7;proto=https;host=a.example").starts_with("https://a.example/api/v1/"));
}

TEST_CASE("http: a list's links are addresses, however its path was spelled") {
  TestService service;
  std::string reference = service.open_case_at("Storgatan 1");
  std::ranges::replace(reference, '-', ' ');
  std::string path = kHoor + "/cases/" + reference + "/events";
  for (auto at = path.find(' '); at != path.npos; at = path.find(' ')) path.replace(at, 1, "%20");
  testing::RawClient client{service.port()};  // the library's client decodes what headers hold
  client.send("GET " + path + "?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string answer = client.answer();
  const std::string link = service.url() + path + "?limit=1&page=1";
  CHECK(testing::header_of_answer(answer, "Link").starts_with("<" + link + ">; rel=\"self\", <"));
  CHECK(json::parse(testing::body_of_answer(answer))["_links"]["first"]["href"] == link);
}
