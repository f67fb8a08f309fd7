#include "support/answer_check.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "schemas.h"

using klotterkoll::check_answer;
using nlohmann::json;

namespace {

/// The example that the contract gives for an answer.
json example(const std::string& path, const std::string& method, const std::string& status) {
  const json contract = json::parse(klotterkoll::openapi_json());
  const json& content = contract["paths"][path][method]["responses"][status]["content"];
  return content.begin()->at("examples").at("example").at("value");
}

const std::string kCase = "/api/v1/municipalities/1267/cases/HR7K-2M9Q-X4";
const json kCaseExample = example("/municipalities/{code}/cases/{reference}", "get", "200");

void check_case(const json& body) { check_answer("GET", kCase, 200, "application/json", body.dump()); }

/// The message with which an answer is refused; empty when it is not.
std::string refusal(std::string_view method, std::string_view path, int status, std::string_view type,
                    std::string_view body) {
  try {
    check_answer(method, path, status, type, body);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

std::string refusal(const json& body) { return refusal("GET", kCase, 200, "application/json", body.dump()); }

bool mentions(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("answer check: the contract's own examples fit its schemas") {
  const json contract = json::parse(klotterkoll::openapi_json());
  int checked = 0;
  for (const auto& [path, methods] : contract["paths"].items())
    for (const auto& [method, operation] : methods.items())
      for (const auto& [status, response] : operation["responses"].items()) {
        if (!response.contains("content")) continue;
        for (const auto& [type, content] : response["content"].items()) {
          const bool outside = operation.contains("servers");
          const json& body =
              content.contains("example") ? content["example"] : content["examples"]["example"]["value"];
          std::string verb;
          for (char c : method) verb += static_cast<char>(c - 'a' + 'A');
          CAPTURE(path);
          CHECK_NOTHROW(check_answer(verb, (outside ? "" : "/api/v1") + path, std::stoi(status), type,
                                     body.is_string() ? body.get<std::string>() : body.dump() + "\n"));
          ++checked;
        }
      }
  CHECK(checked > 50);
}

TEST_CASE("answer check: optional members may be absent and nullable ones null") {
  json body = kCaseExample;
  body.erase("routing");
  body.erase("police_references");
  body["owner"] = nullptr;
  body["surface"] = nullptr;
  CHECK_NOTHROW(check_case(body));
}

TEST_CASE("answer check: what does not fit the schema is found and named") {
  json body = kCaseExample;
  SUBCASE("a member the contract does not know") {
    body["colour"] = "red";
    CHECK(mentions(refusal(body), "'colour'"));
  }
  SUBCASE("one further in") {
    body["location"]["altitude"] = 80;
    CHECK(mentions(refusal(body), "'altitude'"));
  }
  SUBCASE("a missing member") {
    body.erase("due_at");
    CHECK(mentions(refusal(body), "'due_at'"));
  }
  SUBCASE("a wrong type") {
    body["hours_left"] = "51";
    CHECK(mentions(refusal(body), "hours_left"));
  }
  SUBCASE("a word outside the code list") {
    body["state"] = "open";
    CHECK(mentions(refusal(body), "state"));
  }
  SUBCASE("a null where there is always a value") {
    body["due_at"] = nullptr;
    CHECK(mentions(refusal(body), "due_at"));
  }
  SUBCASE("a time in another zone than Z") {
    body["due_at"] = "2026-11-23T23:59:59+01:00";
    CHECK(mentions(refusal(body), "due_at"));
  }
  SUBCASE("an event without its note") {
    json list = example("/municipalities/{code}/cases/{reference}/events", "get", "200");
    list["items"][0].erase("note");
    CHECK(mentions(refusal("GET", kCase + "/events", 200, "application/json", list.dump()), "'note'"));
  }
  SUBCASE("a body that is no JSON") {
    CHECK(mentions(refusal("GET", kCase, 200, "application/json", "{"), "not JSON"));
  }
}

TEST_CASE("answer check: an undocumented status, type, method or path is found") {
  const std::string problem =
      R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no such thing",)"
      R"("instance":"urn:uuid:4bf92f35-77b3-4da6-a3ce-929d0e0e4736"})";
  const std::string type = "application/problem+json";
  CHECK(refusal("GET", kCase + "?x=1", 404, type, problem) == "");
  CHECK(mentions(refusal("GET", kCase, 418, type, problem), "does not list this status"));
  CHECK(mentions(refusal("GET", kCase, 404, "application/json", problem), "is of type"));
  CHECK(mentions(refusal("GET", kCase, 404, type, R"({"title":"Not Found"})"), "'instance'"));
  CHECK(refusal("POST", kCase, 405, type, problem) == "");
  CHECK(mentions(refusal("POST", kCase, 201, "application/json", kCaseExample.dump()), "method"));
  CHECK(refusal("GET", "/api/v1/nothing", 404, type, problem) == "");
  CHECK(mentions(refusal("GET", "/api/v1/nothing", 200, "application/json", "{}"), "path"));
  CHECK(mentions(refusal("GET", "/api/v1/healthz", 200, "application/json", R"({"status":"ok"})"), "path"));
}

TEST_CASE("answer check: every line of NDJSON is looked at, and HEAD has no body") {
  const std::string line = kCaseExample.dump() + "\n";
  const std::string path = "/api/v1/municipalities/1267/cases.ndjson";
  CHECK(refusal("GET", path, 200, "application/x-ndjson", line + line) == "");
  CHECK(refusal("GET", path, 200, "application/x-ndjson", "") == "");
  CHECK(mentions(refusal("GET", path, 200, "application/x-ndjson", line + "{}\n"), "'reference'"));
  CHECK(refusal("HEAD", kCase, 200, "application/json", "") == "");
  CHECK(mentions(refusal("HEAD", kCase, 200, "application/json", line), "has a body"));
}

TEST_CASE("answer check: a batch is not taken for a report of that name") {
  const json result = example("/municipalities/{code}/reports/batches", "post", "200");
  CHECK(refusal("POST", "/api/v1/municipalities/1267/reports/batches", 200, "application/json",
                result.dump()) == "");
}
