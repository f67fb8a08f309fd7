#include "problem.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace klotterkoll;

TEST_CASE("problem: a document has the members of RFC 9457 and all faults") {
  const auto text = problem_json(400, title_of(400), "Two fields are wrong.", "0f0e", {{"/a", "too long"}, {"/b", "missing"}});
  const auto json = nlohmann::json::parse(text);
  CHECK(json == nlohmann::json{{"type", "about:blank"},
                               {"title", "Bad Request"},
                               {"status", 400},
                               {"detail", "Two fields are wrong."},
                               {"instance", "urn:uuid:0f0e"},
                               {"errors", {{{"pointer", "/a"}, {"message", "too long"}},
                                           {{"pointer", "/b"}, {"message", "missing"}}}}});
  CHECK_FALSE(nlohmann::json::parse(problem_json(404, title_of(404), "Gone.", "1")).contains("errors"));
}

TEST_CASE("problem: a sentence that quotes broken text still makes a document") {
  CHECK(nlohmann::json::parse(problem_json(400, title_of(400), "\xff is no text.", "1"))["detail"] == "\xef\xbf\xbd is no text.");
}

TEST_CASE("problem: every error code has its status and every status its title") {
  const std::pair<ErrorCode, int> rows[] = {
      {ErrorCode::malformed, 400}, {ErrorCode::unauthorized, 401}, {ErrorCode::forbidden, 403},
      {ErrorCode::not_found, 404}, {ErrorCode::conflict, 409},     {ErrorCode::stale, 412},
      {ErrorCode::refused, 422},   {ErrorCode::busy, 429},         {ErrorCode::unavailable, 503},
      {ErrorCode::internal, 500}};
  for (const auto& [code, status] : rows) {
    CHECK(status_of(code) == status);
    CHECK(title_of(status) != "Error");
  }
}
