#include "guard.h"

#include <doctest/doctest.h>

using namespace klotterkoll;

namespace {

httplib::Request request_to(const std::string& method, const std::string& path) {
  httplib::Request request;
  request.method = method;
  request.target = request.path = path;
  request.set_header("Host", "klotter.example");
  return request;
}

httplib::Request request_with(const std::string& method, const std::string& length, const std::string& type) {
  auto request = request_to(method, "/echo");
  if (!length.empty()) request.set_header("Content-Length", length);
  if (!type.empty()) request.set_header("Content-Type", type);
  return request;
}

RouteInfo find_route(const std::string& method, const std::string& path) {
  if (path == "/echo") {
    return {{"GET", "POST", "DELETE"}, method == "POST" ? 100u : 0u, {"application/json", "image/*"}};
  }
  if (path == "/any") return {{"POST"}, 100, {}};
  if (path == "/form") return {{"POST"}, 100, {"multipart/form-data"}};
  if (path == "/photos") return {{"POST"}, 100, {"image/*", "multipart/form-data"}, 200};
  if (path.starts_with("/long")) return {{"GET"}, 0, {}};
  return {};
}

int status(const httplib::Request& request) {
  const auto refusal = check(request, RequestLimits{}, find_route);
  return refusal ? refusal->status : 0;
}

}  // namespace

TEST_CASE("guard: what is sound passes") {
  CHECK(status(request_to("GET", "/echo")) == 0);
  CHECK(status(request_to("HEAD", "/echo")) == 0);
  CHECK(status(request_to("OPTIONS", "/echo")) == 0);
  CHECK(status(request_to("OPTIONS", "*")) == 0);
  CHECK(status(request_to("DELETE", "/echo")) == 0);
  CHECK(status(request_with("POST", "100", "application/json")) == 0);
  CHECK(status(request_with("POST", "5", "Application/JSON; charset=utf-8")) == 0);
  CHECK(status(request_with("POST", "5", "image/jpeg")) == 0);
  CHECK(status(request_with("POST", "0", "")) == 0);
}

TEST_CASE("guard: an unknown path is 404 and a wrong method 405 with what would do") {
  CHECK(status(request_to("GET", "/nothing")) == 404);
  const auto refusal = check(request_to("PATCH", "/echo"), RequestLimits{}, find_route);
  REQUIRE(refusal);
  CHECK(refusal->status == 405);
  CHECK(allow(refusal->allow) == "GET, HEAD, POST, DELETE, OPTIONS");
  CHECK(status(request_to("TRACE", "/echo")) == 405);
  CHECK(status(request_to("HEAD", "/any")) == 405);
}

TEST_CASE("guard: path and target have their longest lengths") {
  const auto path_of = [](std::size_t length) { return "/long" + std::string(length - 5, 'a'); };
  CHECK(status(request_to("GET", path_of(512))) == 0);
  CHECK(status(request_to("GET", path_of(513))) == 414);
  auto request = request_to("GET", "/long");
  request.target = "/long?" + std::string(2048 - 6, 'a');
  CHECK(status(request) == 0);
  request.target += 'a';
  CHECK(status(request) == 414);
  CHECK_FALSE(check(request, RequestLimits{.path = 512, .target = 8000, .headers = 64}, find_route));
}

TEST_CASE("guard: path and query are UTF-8 that means one thing") {
  CHECK(status(request_to("GET", "/long/h\xc3\xb6\xc3\xb6r")) == 0);
  CHECK(status(request_to("GET", "/long/\xff")) == 400);
  CHECK(status(request_to("GET", std::string("/long/a\0b", 9))) == 400);
  CHECK(status(request_to("GET", "/long/a\nb")) == 400);
  CHECK(status(request_to("GET", "/long/../echo")) == 400);
  CHECK(status(request_to("GET", "/long/.")) == 400);
  CHECK(status(request_to("GET", "/long/..a")) == 0);
  auto request = request_to("GET", "/long/a/b");
  request.target = "/long/a%2Fb";
  CHECK(status(request) == 400);
  request.target = "/long?a=%2F";
  CHECK(status(request) == 0);
  request.params.emplace("q", "\xc3(");
  CHECK(status(request) == 400);
  request.params.clear();
  request.params.emplace("q", std::string("a\0b", 3));
  CHECK(status(request) == 400);
}

TEST_CASE("guard: headers are bounded and hold no hidden line breaks") {
  auto request = request_to("GET", "/echo");
  for (int i = 0; i < 63; ++i) request.headers.emplace("X", "y");
  CHECK(status(request) == 0);
  request.headers.emplace("X", "y");
  CHECK(status(request) == 431);
  for (const auto& value : {std::string("a\r\nb"), std::string("a\nb"), std::string("a\0b", 3)}) {
    request = request_to("GET", "/echo");
    request.headers.emplace("X", value);
    CHECK(status(request) == 400);
  }
  request = request_to("GET", "/echo");
  request.headers.emplace("Host", "other");
  CHECK(status(request) == 400);
  request.headers.clear();
  CHECK(status(request) == 400);
}

TEST_CASE("guard: a body is announced, plain, of a type and size that the route takes") {
  struct Row {
    const char* story;
    httplib::Request request;
    int status;
  };
  auto encoded = request_with("POST", "5", "application/json");
  encoded.set_header("Content-Encoding", "gzip");
  auto chunked = request_with("POST", "", "application/json");
  chunked.set_header("Transfer-Encoding", "chunked");
  auto twice = request_with("POST", "5", "application/json");
  twice.headers.emplace("Content-Length", "5");
  auto two_types = request_with("POST", "5", "application/json");
  two_types.headers.emplace("Content-Type", "multipart/form-data");
  auto form = request_with("POST", "5", "multipart/form-data; boundary=x");
  form.path = "/form";
  auto any_form = form;
  any_form.path = "/any";
  auto any_text = request_with("POST", "5", "");
  any_text.path = "/any";
  const auto to_photos = [](const std::string& length, const std::string& type) {
    auto request = request_with("POST", length, type);
    request.path = "/photos";
    return request;
  };
  const Row rows[] = {
      {"no length", request_with("POST", "", "application/json"), 411},
      {"chunked", chunked, 411},
      {"one byte too many", request_with("POST", "101", "application/json"), 413},
      {"a length beyond all numbers", request_with("POST", "99999999999999999999", "application/json"), 413},
      {"a length that is no number", request_with("POST", "5a", "application/json"), 400},
      {"two lengths", twice, 400},
      {"compressed", encoded, 415},
      {"another type", request_with("POST", "5", "text/xml"), 415},
      {"no type", request_with("POST", "5", ""), 415},
      {"two types", two_types, 415},
      {"a form where none is listed", request_with("POST", "5", "multipart/form-data; boundary=x"), 415},
      {"a short form where none is listed", request_with("POST", "5", "application/x-www-form-urlencoded"), 415},
      {"a form where it is listed", form, 0},
      {"a form of the size of a form", to_photos("200", "multipart/form-data; boundary=x"), 0},
      {"a form however it is written", to_photos("200", "MultiPart/Form-Data ;boundary=x"), 0},
      {"a form too large", to_photos("201", "multipart/form-data; boundary=x"), 413},
      {"a picture of the size of a picture", to_photos("100", "image/png"), 0},
      {"a picture of the size of a form", to_photos("101", "image/png"), 413},
      {"another thing of several parts", to_photos("5", "multipart/mixed; boundary=x"), 415},
      {"a form where anything else goes", any_form, 415},
      {"no type where anything goes", any_text, 0},
      {"GET with a body", request_with("GET", "5", "application/json"), 400},
      {"DELETE with a body", request_with("DELETE", "5", "application/json"), 400},
      {"GET with an empty body", request_with("GET", "0", ""), 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.story);
    CHECK(status(row.request) == row.status);
  }
}

TEST_CASE("guard: whatever is multipart is known, however it is written") {
  for (const char* type : {"multipart/form-data; boundary=x", "multipart/form-data", "MULTIPART/x", "multipart/"}) CHECK(is_multipart(type));
  for (const char* type : {"", "image/jpeg", "multipart", "x-multipart/form-data", "text/plain; a=multipart/form-data"}) CHECK_FALSE(is_multipart(type));
}
