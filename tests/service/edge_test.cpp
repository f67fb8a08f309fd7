// The service behind nginx, with the configuration that installations use.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/edge_test_server.h"

using namespace klotterkoll;
using namespace klotterkoll::testing;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  REQUIRE(::bind(probe, reinterpret_cast<sockaddr*>(&name), size) == 0);
  REQUIRE(::getsockname(probe, reinterpret_cast<sockaddr*>(&name), &size) == 0);
  ::close(probe);
  return ntohs(name.sin_port);
}

bool has_nginx() { return std::filesystem::exists("/usr/sbin/nginx") || std::filesystem::exists("/usr/local/sbin/nginx"); }

/// scripts/edge in front of `upstream`.
class Nginx {
 public:
  explicit Nginx(int upstream) : port_(free_port()) {
    char name[] = "/tmp/klotterkoll-edge-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder_ = name;
    int out[2];
    REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::execl(KLOTTERKOLL_SOURCE_DIR "/scripts/edge", "edge", std::to_string(port_).c_str(),
              std::to_string(upstream).c_str(), name, nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    char line[64] = "";
    const auto n = ::read(out[0], line, sizeof line - 1);
    ::close(out[0]);
    REQUIRE(std::string(line, n > 0 ? static_cast<std::size_t>(n) : 0) == "http://127.0.0.1:" + std::to_string(port_) + "\n");
  }
  ~Nginx() {
    ::kill(process_, SIGTERM);
    int status = 0;
    ::waitpid(process_, &status, 0);
    CHECK(WIFEXITED(status));
    std::filesystem::remove_all(folder_);
  }
  int port() const { return port_; }
  /// Everything that was logged, once `lines` requests are.
  std::string logged(std::ptrdiff_t lines) const {
    std::string text;
    for (int i = 0; i < 200 && std::count(text.begin(), text.end(), '\n') < lines; ++i) {
      std::this_thread::sleep_for(10ms);
      text.clear();
      for (const char* name : {"/klotterkoll.access.log", "/klotterkoll.error.log", "/error.log"}) {
        std::ostringstream content;
        content << std::ifstream(folder_ + name).rdbuf();
        text += content.str();
      }
    }
    return text;
  }

 private:
  int port_;
  pid_t process_ = -1;
  std::string folder_;
};

EdgeOptions behind_proxy() {
  auto options = short_limits();
  options.connection.idle_timeout = 3s;
  options.trusted_proxies = {Network("127.0.0.1/32")};
  return options;
}

nlohmann::json origin_as_seen(RawClient& client, const std::string& headers) {
  client.send("GET /origin HTTP/1.1\r\n" + headers + "\r\n");
  return nlohmann::json::parse(body_of_answer(client.answer()), nullptr, false);
}

}  // namespace

#define NEEDS_NGINX()                                                                      \
  if (!has_nginx()) {                                                                      \
    MESSAGE("skipped: nginx is not installed; `scripts/setup test` installs nginx-light"); \
    return;                                                                                \
  }

TEST_CASE("edge: behind nginx the client's address and the public URL come through, and spoofed ones do not") {
  NEEDS_NGINX();
  EdgeTestServer server(behind_proxy());
  Nginx nginx(server.port());
  RawClient client(nginx.port(), 0, "127.0.0.9");
  const auto expected = nlohmann::json{
      {"address", "127.0.0.9"}, {"remote", "127.0.0.9"}, {"scheme", "http"}, {"host", "klotter.example.se:8443"}, {"prefix", ""}};
  CHECK(origin_as_seen(client, "Host: klotter.example.se:8443\r\n") == expected);
  CHECK(origin_as_seen(client,
                       "Host: klotter.example.se:8443\r\nX-Forwarded-For: 1.1.1.1\r\nREMOTE_ADDR: 1.1.1.1\r\n"
                       "Forwarded: for=1.1.1.1;proto=https;host=evil;prefix=/evil\r\nX-Forwarded-Host: evil\r\n"
                       "X-Forwarded-Proto: https\r\nX-Real-IP: 1.1.1.1\r\n") == expected);
  // The name in a whole URL goes before Host, with nginx as with us.
  client.send("GET http://klotter.example.se/origin HTTP/1.1\r\nHost: evil\r\n\r\n");
  CHECK(nlohmann::json::parse(body_of_answer(client.answer()))["host"] == "klotter.example.se");
}

TEST_CASE("edge: behind nginx the service answers to its own names only") {
  NEEDS_NGINX();
  EdgeTestServer server(behind_proxy());
  Nginx nginx(server.port());
  for (const char* request : {"GET /ok HTTP/1.1\r\nHost: evil\r\n\r\n", "GET /ok HTTP/1.0\r\n\r\n", "GET http://evil/ok HTTP/1.1\r\nHost: localhost\r\n\r\n",
                              "GET /ok HTTP/1.1\r\nHost: localhost.evil\r\n\r\n"}) {
    CAPTURE(request);
    RawClient client(nginx.port());
    client.send(request);
    bool closed = false;
    CHECK(client.rest(closed) == "");
  }
  CHECK(server.routed() == 0);
  RawClient client(nginx.port());
  client.send("GET /ok HTTP/1.1\r\nHost: LOCALHOST:80\r\n\r\n");
  CHECK(body_of_answer(client.answer()) == "ok");
}

TEST_CASE("edge: what nginx refuses itself is a problem document too") {
  NEEDS_NGINX();
  EdgeTestServer server(behind_proxy());
  Nginx nginx(server.port());
  const std::string host = "Host: localhost\r\n", end = host + "\r\n", large = "X: " + std::string(9000, 'x') + "\r\n";
  for (const auto& [request, status] : std::vector<std::pair<std::string, int>>{
           {"GET /metrics HTTP/1.1\r\n" + end, 404},
           {"GET /metrics%00 HTTP/1.1\r\n" + end, 400},
           {"GET /%zz HTTP/1.1\r\n" + end, 400},
           {"CONNECT a:1 HTTP/1.1\r\n" + end, 400},
           {"TRACE /ok HTTP/1.1\r\n" + end, 405},
           {"POST /ok HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" + end, 501},
           {"GET /ok HTTP/1.1\r\n" + large + end, 400},
           {"GET /ok HTTP/1.1\r\n" + host + large + "\r\n", 400},
           {"GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n" + end, 414},
           {"GET /ok HTTP/3.0\r\n" + end, 505},
           {"GET /ok HTTP/1.1\r\n\r\n", 400},
           {"GET /klotterkoll-problem HTTP/1.1\r\n" + end, 404}}) {
    CAPTURE(request.substr(0, 60));
    RawClient client(nginx.port());
    client.send(request);
    const auto answer = client.answer();
    CHECK_MESSAGE(is_problem_document(answer, status), answer);
  }
  CHECK(server.routed() == 0);
}

TEST_CASE("edge: without a trusted proxy nothing that a client tells about itself is believed") {
  EdgeTestServer server;
  RawClient client(server.port(), 0, "127.0.0.9");
  CHECK(origin_as_seen(client, "Host: localhost\r\nForwarded: for=1.1.1.1;host=evil\r\nX-Forwarded-For: 1.1.1.1\r\nREMOTE_ADDR: 1.1.1.1\r\n") ==
        nlohmann::json{{"address", "127.0.0.9"}, {"remote", "127.0.0.9"}, {"scheme", ""}, {"host", ""}, {"prefix", ""}});
}

TEST_CASE("edge: tokens, query values and keys stay out of nginx's logs") {
  NEEDS_NGINX();
  auto server = std::make_unique<EdgeTestServer>(behind_proxy());
  Nginx nginx(server->port());
  const std::string secrets =
      "GET /s/SECRETpath-SECRETpath-SECRETpath-SECRETpath?key=SECRETquery HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer SECRETkey\r\n"
      "Cookie: a=SECRETcookie\r\nReferer: http://x/s/SECRETreferer\r\nUser-Agent: SECRETagent\r\n\r\n";
  {
    // nginx logs what it refused when the client is gone.
    RawClient client(nginx.port());
    client.send(secrets);
    CHECK(body_of_answer(client.answer()) == "secret page");
    client.send("POST /api/SECRETless?key=SECRETquery HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n");
    CHECK(is_problem_document(client.answer(), 413));
  }
  // The same with the service gone: nginx has something to complain about then.
  server.reset();
  RawClient other(nginx.port());
  other.send(secrets);
  CHECK(is_problem_document(other.answer(), 502));
  const auto log = nginx.logged(3);
  CAPTURE(log);
  CHECK(log.find("\"GET /s/- HTTP/1.1\" 200") != std::string::npos);
  CHECK(log.find("\"GET /s/- HTTP/1.1\" 502") != std::string::npos);
  CHECK(log.find("\"POST /api/SECRETless HTTP/1.1\" 413") != std::string::npos);
  CHECK(log.find("SECRETpath") == std::string::npos);
  for (const char* secret : {"SECRETquery", "SECRETkey", "SECRETcookie", "SECRETreferer", "SECRETagent", "key="}) {
    CAPTURE(secret);
    CHECK(log.find(secret) == std::string::npos);
  }
}

TEST_CASE("edge: nginx bounds bodies by what the path may take") {
  NEEDS_NGINX();
  EdgeTestServer server(behind_proxy());
  Nginx nginx(server.port());
  constexpr std::size_t kKiB = 1024, kMiB = 1024 * kKiB;
  const std::string municipality = "/api/v1/municipalities/1267/";
  struct Row {
    std::string path;
    std::size_t most;
  };
  for (const Row& row : {Row{municipality + "reports", 64 * kKiB}, Row{municipality + "owners", kMiB},
                         Row{municipality + "owners/hfab", kMiB}, Row{municipality + "reports/batches", 8 * kMiB},
                         Row{municipality + "photos", 25 * kMiB}, Row{"/1267/report", 25 * kMiB}}) {
    CAPTURE(row.path);
    RawClient over(nginx.port()), within(nginx.port());
    over.send("POST " + row.path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(row.most + 1) + "\r\n\r\n");
    CHECK(is_problem_document(over.answer(), 413));
    // Taken by nginx and refused by the service, which has no such route in this test.
    within.send("POST " + row.path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(row.most) + "\r\n\r\n" +
                std::string(row.most, 'a'));
    CHECK(is_problem(within.answer(), 404));
  }
}

TEST_CASE("edge: two hundred slow clients at nginx hold up neither it nor the service") {
  NEEDS_NGINX();
  auto options = behind_proxy();
  options.most_workers = 16;
  EdgeTestServer server(options);
  Nginx nginx(server.port());
  std::vector<RawClient> slow;
  for (int i = 0; i < 200; ++i) {
    slow.emplace_back(nginx.port(), 0, "127.0.1." + std::to_string(1 + i % 4));
    slow.back().send(i % 2 == 0 ? "GET /ok HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
                                : "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n");
  }
  for (int second = 0; second < 3; ++second) {
    for (auto& client : slow) CHECK(client.send("a"));
    const auto start = steady_clock::now();
    RawClient client(nginx.port());
    client.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(body_of_answer(client.answer()) == "ok");
    CHECK(steady_clock::now() - start < 1s);
    std::this_thread::sleep_for(700ms);
  }
  for (std::size_t i = 0; i < slow.size(); ++i) {
    slow[i].send(i % 2 == 0 ? "\r\n\r\n" : "a");
    CHECK(body_of_answer(slow[i].answer()) == (i % 2 == 0 ? "ok" : "aaaa"));
  }
}
