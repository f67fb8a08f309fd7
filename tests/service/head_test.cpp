#include "head.h"

#include <doctest/doctest.h>

using namespace klotterkoll;

namespace {

int refused(std::string head) {
  Head result;
  const auto refusal = read_head(head, HeadLimits{}, result);
  return refusal ? refusal->status : 0;
}

std::string with(const std::string& line) { return "POST /a HTTP/1.1\r\nHost: x\r\n" + line + "\r\n\r\n"; }

}  // namespace

TEST_CASE("head: a plain request is understood") {
  std::string text =
      "POST /a?b=c HTTP/1.1\r\nHost: klotter.example:8080\r\nContent-Length: 12\r\nExpect: 100-Continue\r\n"
      "Range: bytes=0-1\r\nX-Free:a b\r\n\r\n";
  Head head;
  CHECK_FALSE(read_head(text, HeadLimits{}, head));
  CHECK(head.method == "POST");
  CHECK(head.content_length == 12);
  CHECK(head.keep_alive);
  CHECK(head.expects_continue);
  // The library must not see ranges, nor answer the expectation before the guard has looked.
  CHECK(text == "POST /a?b=c HTTP/1.1\r\nHost: klotter.example:8080\r\nContent-Length: 12\r\nX-Free:a b\r\n\r\n");
}

TEST_CASE("head: a client may ask for the end of the connection, and HTTP/1.0 always does") {
  const auto keeps = [](std::string text) {
    Head head;
    REQUIRE_FALSE(read_head(text, HeadLimits{}, head));
    return head.keep_alive;
  };
  CHECK(keeps("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.1\r\nHost: x\r\nConnection: CLOSE\r\n\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.1\r\nHost: x\r\nConnection: te, close\r\n\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"));
}

TEST_CASE("head: every shape that two parsers could understand differently is refused") {
  struct Row {
    const char* story;
    std::string head;
    int status;
  };
  const std::string host = "Host: x\r\n\r\n";
  const Row rows[] = {
      {"two spaces before the target", "GET  / HTTP/1.1\r\n" + host, 400},
      {"two spaces before the version", "GET /  HTTP/1.1\r\n" + host, 400},
      {"a space in the target", "GET /a b HTTP/1.1\r\n" + host, 400},
      {"a tab instead of a space", "GET\t/ HTTP/1.1\r\n" + host, 400},
      {"HTTP/0.9", "GET /\r\n" + host, 400},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\n", 505},
      {"an unknown minor version", "GET / HTTP/1.2\r\n" + host, 505},
      {"a lower-case method", "get / HTTP/1.1\r\n" + host, 501},
      {"an unknown method", "BREW / HTTP/1.1\r\n" + host, 501},
      {"a method that is no token", "G@T / HTTP/1.1\r\n" + host, 400},
      {"an absolute target of another scheme", "GET https://x/ HTTP/1.1\r\n" + host, 400},
      {"an absolute target without a host", "GET http:///a HTTP/1.1\r\n" + host, 400},
      {"an absolute target with a user", "GET http://a@x/ HTTP/1.1\r\n" + host, 400},
      {"an absolute target with a broken escape", "GET http://x/%zz HTTP/1.1\r\n" + host, 400},
      {"an absolute target and no Host", "GET http://x/ HTTP/1.1\r\n\r\n", 400},
      {"a fragment", "GET /a#b HTTP/1.1\r\n" + host, 400},
      {"a broken escape", "GET /%zz HTTP/1.1\r\n" + host, 400},
      {"an escape cut off", "GET /%4 HTTP/1.1\r\n" + host, 400},
      {"an escape of the library's own", "GET /%u0041 HTTP/1.1\r\n" + host, 400},
      {"a null character in the target", std::string("GET /a\0b HTTP/1.1\r\n", 19) + host, 400},
      {"the target * with GET", "GET * HTTP/1.1\r\n" + host, 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", with("Host: y"), 400},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400},
      {"an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400},
      {"a length with a sign", with("Content-Length: +5"), 400},
      {"a negative length", with("Content-Length: -5"), 400},
      {"a hexadecimal length", with("Content-Length: 0x5"), 400},
      {"a list of lengths", with("Content-Length: 5, 5"), 400},
      {"a length with a fraction", with("Content-Length: 5.0"), 400},
      {"an empty length", with("Content-Length:"), 400},
      {"a percent-encoded length", with("Content-Length: %35"), 400},
      {"the same length twice", with("Content-Length: 5\r\nContent-Length: 5"), 400},
      {"two lengths", with("Content-Length: 5\r\ncontent-length: 6"), 400},
      {"a length beyond 64 bits", with("Content-Length: 99999999999999999999"), 413},
      {"chunked", with("Transfer-Encoding: chunked"), 411},
      {"chunked, spelled otherwise", with("transfer-encoding: xchunked"), 411},
      {"length and encoding", with("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400},
      {"encoding and length", with("Transfer-Encoding: identity\r\nContent-Length: 5"), 400},
      {"a space before the colon", with("Content-Length : 5"), 400},
      {"a tab before the length", with("Content-Length:\t5"), 400},
      {"a folded line", with("X: a\r\n b"), 400},
      {"a line folded with a tab", with("X: a\r\n\tTransfer-Encoding: chunked"), 400},
      {"a line without a colon", with("Nonsense"), 400},
      {"a line without a name", with(": value"), 400},
      {"a bare CR in a value", with("X: a\rb"), 400},
      {"a null character in a value", with(std::string("X: a\0b", 6)), 400},
      {"an expectation nobody meets", with("Expect: tea"), 417},
  };
  for (const Row& row : rows) {
    CAPTURE(row.story);
    CHECK(refused(row.head) == row.status);
  }
  CHECK(refused(with("Content-Length: 5")) == 0);
  CHECK(refused(with("X: \xc3\xa5")) == 0);
  CHECK(refused("OPTIONS * HTTP/1.1\r\n" + host) == 0);
}

TEST_CASE("head: an absolute target becomes its path, and its host the Host") {
  struct Row {
    std::string line, made;
  };
  for (const auto& [line, made] : {Row{"GET http://klotter.hoor.se:8080/a?b=http://c HTTP/1.1", "GET /a?b=http://c HTTP/1.1"},
                                   Row{"GET HTTP://klotter.hoor.se:8080 HTTP/1.1", "GET / HTTP/1.1"}}) {
    std::string text = line + "\r\nX: y\r\nhost:evil.example\r\nContent-Length: 0\r\n\r\n";
    Head head;
    CHECK_FALSE(read_head(text, HeadLimits{}, head));
    CHECK(text == made + "\r\nX: y\r\nHost: klotter.hoor.se:8080\r\nContent-Length: 0\r\n\r\n");
  }
}

TEST_CASE("head: 64 header lines are taken and 65 are not") {
  const auto lines = [](int count) {
    std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (int i = 1; i < count; ++i) head += "X: y\r\n";
    return head + "\r\n";
  };
  CHECK(refused(lines(64)) == 0);
  CHECK(refused(lines(65)) == 431);
}

TEST_CASE("head: its end is found however it arrives") {
  const std::string text = "GET / HTTP/1.1\r\nHost: x\r\n\r\nrest";
  HeadScanner scanner;
  for (std::size_t n = 0; n < text.size() - 4; ++n) {
    CAPTURE(n);
    CHECK(scanner.scan(std::string_view(text).substr(0, n), HeadLimits{}) == 0);
  }
  CHECK(scanner.scan(text, HeadLimits{}) == text.size() - 4);
  CHECK_FALSE(scanner.fault());
}

TEST_CASE("head: what can never become right is told at once, not after a timeout") {
  const auto fault = [](const std::string& text) {
    HeadScanner scanner;
    CHECK(scanner.scan(text, HeadLimits{}) == 0);
    return scanner.fault() ? scanner.fault()->status : 0;
  };
  CHECK(fault("GET / HTTP/1.1\nHost: x\n\n") == 400);
  CHECK(fault("GET / HTTP/1.1\r\nHost: x\n") == 400);
  CHECK(fault("GET /" + std::string(8187, 'a')) == 0);
  CHECK(fault("GET /" + std::string(8188, 'a')) == 414);
  CHECK(fault("GET / HTTP/1.1\r\nX: " + std::string(8190, 'a')) == 431);
  std::string flood = "GET / HTTP/1.1\r\n";
  while (flood.size() < 16 * 1024) flood += "X: " + std::string(100, 'a') + "\r\n";
  CHECK(fault(flood) == 431);
}
