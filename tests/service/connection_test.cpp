#include "connection.h"

#include <doctest/doctest.h>


#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>

#include "support/edge_test_server.h"

using namespace klotterkoll;
using namespace klotterkoll::testing;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

const std::string kGetOk = "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(const std::string& path, std::size_t length, const std::string& more = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(length) + "\r\n" + more + "\r\n";
}

/// Sends `bytes` and wants one problem document, then a proper end of the connection with nothing after it.
void check_refused(int port, const std::string& bytes, int status) {
  RawClient client(port);
  client.send(bytes);
  const auto answer = client.answer();
  CHECK_MESSAGE(is_problem(answer, status), answer);
  CHECK(header_of_answer(answer, "Connection") == "close");
  bool closed = false;
  CHECK(client.rest(closed) == "");
  CHECK(closed);
}

}  // namespace

TEST_CASE("connection: ten requests in one packet are answered in order") {
  EdgeTestServer server;
  RawClient client(server.port());
  std::string packet;
  for (int i = 0; i < 10; ++i) {
    const auto body = "body " + std::to_string(i);
    packet += post("/echo", body.size()) + body + kGetOk;
  }
  client.send(packet);
  for (int i = 0; i < 10; ++i) {
    CHECK(body_of_answer(client.answer()) == "body " + std::to_string(i));
    CHECK(body_of_answer(client.answer()) == "ok");
  }
}

TEST_CASE("connection: a request may come in any pieces") {
  EdgeTestServer server;
  RawClient client(server.port());
  for (const char c : "\r\n" + post("/echo", 5) + "hello") {
    client.send({&c, 1});
    std::this_thread::sleep_for(1ms);
  }
  CHECK(body_of_answer(client.answer()) == "hello");
}

TEST_CASE("connection: a smuggled request is refused and never answered") {
  EdgeTestServer server;
  const std::string hidden = "0\r\n\r\nGET /ok HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string start = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n";
  const std::pair<std::string, int> shapes[] = {
      {start + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden, 400},
      {start + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n" + hidden, 400},
      {start + "Transfer-Encoding: chunked\r\n\r\n" + hidden, 411},
      {start + "Transfer-Encoding : chunked\r\nContent-Length: 6\r\n\r\n" + hidden, 400},
      {start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + hidden, 400},
      {start + "Content-Length: +5\r\n\r\n" + hidden, 400},
      {start + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n" + hidden, 400},
      {start + "Content-Length: 5\n\n" + hidden, 400},
      {start + "\r\n" + hidden, 411},
      {start + "Content-Length: 5\r\nX: a%0d%0ab\r\n\r\n" + hidden, 400},
      {start + "Content-Length: 5\r\nContent-Encoding: gzip\r\n\r\n" + hidden, 415},
      {"GET /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n" + hidden, 400},
      {"DELETE /small HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n" + hidden, 400},
      {"GET https://x/ok HTTP/1.1\r\nHost: x\r\n\r\n" + hidden, 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"GET /ok\r\n", 400},
      {std::string("\x16\x03\x01\x02\x00\x01\x00\n", 8), 400},
      {"get /ok HTTP/1.1\r\nHost: x\r\n\r\n", 501},
      {"GET /%00ok HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /ok%2f HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /ok?q=%c3%28 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /" + std::string(600, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"GET /ok?" + std::string(2050, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"GET /" + std::string(9000, 'a'), 414},
      {"GET /ok HTTP/1.1\r\nHost: x\r\nX: " + std::string(9000, 'a'), 431},
  };
  for (const auto& [bytes, status] : shapes) {
    CAPTURE(bytes);
    check_refused(server.port(), bytes, status);
  }
  std::string flood = "GET /ok HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 5000; ++i) flood += "X: y\r\n";
  check_refused(server.port(), flood, 431);
  CHECK(server.routed() == 0);
}

TEST_CASE("connection: a body over the limit is refused before it is read") {
  EdgeTestServer server;
  check_refused(server.port(), post("/echo", 1024 * 1024 + 1), 413);
  check_refused(server.port(), post("/small", 1025) + std::string(1025, 'a'), 413);
  check_refused(server.port(), post("/echo", 100'000'000'000) + std::string(100'000, 'a'), 413);
  check_refused(server.port(), post("/echo", 1024 * 1024 + 1, "Expect: 100-continue\r\n"), 413);
  CHECK(server.routed() == 0);

  RawClient client(server.port());
  client.send(post("/echo", 1024 * 1024) + std::string(1024 * 1024, 'a'));
  CHECK(body_of_answer(client.answer()) == std::string(1024 * 1024, 'a'));
}

TEST_CASE("connection: a client that asks first is told to go on when its body is wanted") {
  EdgeTestServer server;
  RawClient client(server.port());
  client.send(post("/echo", 5, "Expect: 100-continue\r\n"));
  CHECK(client.answer() == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  CHECK(body_of_answer(client.answer()) == "hello");
}

TEST_CASE("connection: bodies sent by those who lost the way do not become requests") {
  EdgeTestServer server;
  RawClient client(server.port());
  // Whole bodies that have arrived are passed over; the connection goes on.
  client.send("POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kGetOk.size()) + "\r\n\r\n" + kGetOk);
  CHECK(is_problem(client.answer(), 404));
  client.send("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kGetOk.size()) + "\r\n\r\n" + kGetOk);
  const auto wrong_method = client.answer();
  CHECK(is_problem(wrong_method, 405));
  CHECK(header_of_answer(wrong_method, "Allow") == "POST, OPTIONS");
  CHECK(client.answer(100ms) == "");
  CHECK(server.routed() == 0);
  client.send(kGetOk);
  CHECK(body_of_answer(client.answer()) == "ok");
  // One that is still to come ends the connection.
  client.send("POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  const auto last = client.answer();
  CHECK(is_problem(last, 404));
  CHECK(header_of_answer(last, "Connection") == "close");
  client.send(kGetOk);
  bool closed = false;
  CHECK(client.rest(closed) == "");
  CHECK(closed);
  CHECK(server.routed() == 1);
}

TEST_CASE("connection: HEAD has no body, OPTIONS lists the methods, HTTP/1.0 ends the connection") {
  EdgeTestServer server;
  RawClient client(server.port());
  client.send("HEAD /ok HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS /small HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"
              "GET /ok HTTP/1.0\r\nHost: x\r\n\r\n");
  bool closed = false;
  const auto all = client.rest(closed);
  CHECK(closed);
  CHECK(status_of_answer(all) == 200);
  CHECK(header_of_answer(all, "Content-Length") == "2");
  const auto options = body_of_answer(all);
  CHECK(status_of_answer(options) == 204);
  CHECK(header_of_answer(options, "Allow") == "GET, HEAD, POST, DELETE, OPTIONS");
  CHECK(header_of_answer(options, "Content-Length") == "");
  const auto star = body_of_answer(options);
  CHECK(header_of_answer(star, "Allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  const auto old = body_of_answer(star);
  CHECK(header_of_answer(old, "Connection") == "close");
  CHECK(body_of_answer(old) == "ok");
}

TEST_CASE("connection: ranges are ignored, also absurd ones") {
  EdgeTestServer server;
  RawClient client(server.port());
  std::string ranges = "0-0";
  for (int i = 0; i < 500; ++i) ranges += ",0-0";
  for (const auto& range : {std::string("bytes=0-0"), "bytes=" + ranges, std::string("nonsense")}) {
    client.send("GET /ok HTTP/1.1\r\nHost: x\r\nRange: " + range + "\r\n\r\n");
    const auto answer = client.answer();
    CHECK(status_of_answer(answer) == 200);
    CHECK(body_of_answer(answer) == "ok");
  }
}

TEST_CASE("connection: what routes throw becomes a problem that tells nothing internal") {
  std::mutex mutex;
  std::string log;
  auto options = short_limits();
  options.on_fault = [&](const RequestContext&, const std::string& what) {
    const std::lock_guard lock(mutex);
    log += what + '\n';
  };
  EdgeTestServer server(options);
  RawClient client(server.port());
  client.send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\nGET /refuse HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto thrown = client.answer();
  CHECK(is_problem(thrown, 500));
  CHECK(thrown.find("swordfish") == std::string::npos);
  const auto refused = client.answer();
  CHECK(is_problem(refused, 422));
  CHECK(nlohmann::json::parse(body_of_answer(refused))["errors"][0]["pointer"] == "/limit");
  CHECK(refused.find("swordfish") == std::string::npos);
  const std::lock_guard lock(mutex);
  CHECK(log == "the password is swordfish\nThe limit must be positive.: the driver said swordfish\n");
}

TEST_CASE("connection: what the library itself refuses is a problem document too") {
  EdgeTestServer server;
  RawClient client(server.port());
  // Two question marks.
  client.send("GET /ok?a?b HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(is_problem(client.answer(), 400));
  client.send(kGetOk);
  CHECK(body_of_answer(client.answer()) == "ok");
}

TEST_CASE("connection: a stream of any length comes through whole") {
  EdgeTestServer server;
  RawClient client(server.port());
  // The next request waits already, so that a busy machine does not make the connection idle for too long.
  client.send(std::string{"GET /stream?bytes=3000000 HTTP/1.1\r\nHost: x\r\n\r\n"} + kGetOk);
  const auto body = body_of_answer(client.answer());
  CHECK(std::count(body.begin(), body.end(), 'x') == 3'000'000);
  CHECK(body_of_answer(client.answer()) == "ok");
}

TEST_CASE("connection: HTTP/1.0 gets a stream without chunks, up to the end of the connection") {
  EdgeTestServer server;
  RawClient client(server.port());
  client.send("GET /stream?bytes=100000 HTTP/1.0\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  bool closed = false;
  const auto answer = client.rest(closed);
  CHECK(closed);
  CHECK(status_of_answer(answer) == 200);
  CHECK(header_of_answer(answer, "Transfer-Encoding") == "");
  CHECK(header_of_answer(answer, "Content-Encoding") == "");
  CHECK(header_of_answer(answer, "Connection") == "close");
  CHECK(body_of_answer(answer) == std::string(100'000, 'x'));
}

TEST_CASE("connection: a whole URL as the target is its path, and is followed by other requests") {
  EdgeTestServer server;
  RawClient client(server.port());
  client.send("GET http://x:8080/ok HTTP/1.1\r\nHost: other\r\n\r\n" + kGetOk);
  CHECK(body_of_answer(client.answer()) == "ok");
  CHECK(body_of_answer(client.answer()) == "ok");
  client.send("POST http://x/echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(body_of_answer(client.answer()) == "hello");
}

TEST_CASE("connection: the last request that a connection may make is told to be so") {
  auto options = short_limits();
  options.connection.requests = 3;
  EdgeTestServer server(options);
  RawClient client(server.port());
  client.send(kGetOk + kGetOk + kGetOk + kGetOk);
  CHECK(header_of_answer(client.answer(), "Connection") == "");
  CHECK(header_of_answer(client.answer(), "Connection") == "");
  CHECK(header_of_answer(client.answer(), "Connection") == "close");
  bool closed = false;
  CHECK(client.rest(closed) == "");
  CHECK(closed);
}

TEST_CASE("connection: whoever is too slow is given up, each in its own way") {
  EdgeTestServer server;
  RawClient idle(server.port()), slow_head(server.port()), slow_body(server.port()), between(server.port());
  const auto start = steady_clock::now();
  slow_head.send("GET /ok HTTP/1.1\r\nHo");
  slow_body.send(post("/echo", 50'000) + "hell");
  between.send(kGetOk);
  CHECK(body_of_answer(between.answer()) == "ok");
  bool closed = false;
  CHECK(is_problem(slow_body.answer(), 408));
  CHECK(is_problem(slow_head.answer(), 408));
  CHECK(slow_head.rest(closed) == "");
  CHECK(closed);
  CHECK(idle.rest(closed) == "");
  CHECK(closed);
  CHECK(between.rest(closed) == "");
  CHECK(closed);
  const auto waited = steady_clock::now() - start;
  CHECK(waited > 900ms);
  CHECK(waited < 3s);
  CHECK(server.routed() == 1);
}

TEST_CASE("connection: one line break before a request is forgiven, and is no sign of life") {
  EdgeTestServer server;
  RawClient client(server.port());
  client.send("\r\n" + kGetOk + "\r\n" + kGetOk);
  CHECK(body_of_answer(client.answer()) == "ok");
  CHECK(body_of_answer(client.answer()) == "ok");
  client.send("\r\n\r\n" + kGetOk);
  CHECK(is_problem(client.answer(), 400));

  RawClient quiet(server.port());
  const auto start = steady_clock::now();
  std::this_thread::sleep_for(700ms);
  quiet.send("\r\n");
  bool closed = false;
  CHECK(quiet.rest(closed) == "");
  CHECK(closed);
  CHECK(steady_clock::now() - start < 1600ms);
  CHECK(server.routed() == 2);
}

TEST_CASE("connection: a client that never reads loses its connection, not the service a worker") {
  auto options = short_limits();
  options.core_workers = options.most_workers = 1;
  EdgeTestServer server(options);
  RawClient deaf(server.port(), 4096);
  deaf.send("GET /stream?bytes=100000000 HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(50ms);
  const auto start = steady_clock::now();
  RawClient other(server.port());
  other.send(kGetOk);
  CHECK(body_of_answer(other.answer()) == "ok");
  CHECK(steady_clock::now() - start < 3s);
}

TEST_CASE("connection: a hundred requests after one another are not held up by Nagle's rule") {
  EdgeTestServer server;
  RawClient client(server.port());
  std::vector<std::chrono::nanoseconds> times;
  for (int i = 0; i < 99; ++i) {
    const auto start = steady_clock::now();
    // In two packets, as simple clients do.
    client.send(post("/echo", 5));
    client.send("hello");
    REQUIRE(body_of_answer(client.answer()) == "hello");
    times.push_back(steady_clock::now() - start);
  }
  // A stall is 40 ms every time. A busy machine makes some slow too, so half of them must be fast.
  std::sort(times.begin(), times.end());
  CHECK(times[49] < 20ms);
}

TEST_CASE("connection: two hundred clients that connect at once are all answered") {
  EdgeTestServer server;
  const auto start = steady_clock::now();
  std::vector<RawClient> clients;
  for (int i = 0; i < 200; ++i) {
    clients.emplace_back(server.port());
    clients.back().send(kGetOk);
  }
  for (auto& client : clients) CHECK(body_of_answer(client.answer()) == "ok");
  CHECK(steady_clock::now() - start < 2s);
}

TEST_CASE("connection: a thousand that say nothing and a hundred that send a byte a second lock nobody out") {
  auto options = short_limits();
  options.most_workers = 64;
  options.connection.idle_timeout = options.connection.head_timeout = 10s;
  EdgeTestServer server(options);
  std::vector<RawClient> idle, slow;
  for (int i = 0; i < 1000; ++i) idle.emplace_back(server.port());
  for (int i = 0; i < 100; ++i) slow.emplace_back(server.port());
  const std::string head = "GET /ok";
  for (std::size_t second = 0; second < 3; ++second) {
    for (auto& client : slow) client.send(head.substr(second, 1));
    const auto start = steady_clock::now();
    RawClient client(server.port());
    client.send(kGetOk);
    CHECK(body_of_answer(client.answer()) == "ok");
    CHECK(steady_clock::now() - start < 1s);
    std::this_thread::sleep_for(1s);
  }
  for (auto& client : slow) client.send(head.substr(3) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  for (auto& client : slow) CHECK(body_of_answer(client.answer()) == "ok");
}

TEST_CASE("connection: when bodies trickle in on every worker, they are given up sooner") {
  auto options = short_limits();
  options.core_workers = options.most_workers = 4;
  options.connection.transfer_grace = 60s;
  options.connection.body_timeout = 60s;
  EdgeTestServer server(options);
  std::vector<RawClient> slow;
  for (int i = 0; i < 8; ++i) {
    slow.emplace_back(server.port());
    slow.back().send(post("/echo", 50'000) + "a");
  }
  std::this_thread::sleep_for(100ms);
  const auto start = steady_clock::now();
  RawClient client(server.port());
  client.send(kGetOk);
  CHECK(body_of_answer(client.answer()) == "ok");
  CHECK(steady_clock::now() - start < 3s);
}

TEST_CASE("connection: when bodies that keep to the minimum rate hold every worker, they are given up too") {
  auto options = short_limits();
  options.core_workers = options.most_workers = 4;
  options.connection.transfer_grace = options.connection.crowded_grace = options.connection.body_timeout = 60s;
  EdgeTestServer server(options);
  std::vector<RawClient> steady;
  for (int i = 0; i < 6; ++i) {
    steady.emplace_back(server.port());
    steady.back().send(post("/echo", 500'000));
  }
  std::atomic<bool> enough{false};
  std::thread sending([&] {
    while (!enough) {
      for (auto& client : steady) client.send(std::string(600, 'a'));
      std::this_thread::sleep_for(100ms);
    }
  });
  std::this_thread::sleep_for(300ms);
  const auto start = steady_clock::now();
  RawClient client(server.port());
  client.send(kGetOk);
  CHECK(body_of_answer(client.answer()) == "ok");
  CHECK(steady_clock::now() - start < 3s);
  enough = true;
  sending.join();
}

TEST_CASE("connection: a body may take its time as long as a worker is free") {
  auto options = short_limits();
  options.connection.body_timeout = 60s;
  EdgeTestServer server(options);
  RawClient client(server.port());
  client.send(post("/echo", 6'000));
  for (int i = 0; i < 10; ++i) {
    std::this_thread::sleep_for(100ms);
    client.send(std::string(600, 'a'));
  }
  CHECK(body_of_answer(client.answer()) == std::string(6'000, 'a'));
}

TEST_CASE("connection: only so many bodies are on their way from one address, unless it is a trusted proxy's") {
  auto options = short_limits();
  options.bodies_per_peer = 3;
  options.connection.transfer_grace = options.connection.body_timeout = 60s;
  options.trusted_proxies = {Network("127.0.0.7/32")};
  EdgeTestServer server(options);
  const auto begin = [&](const std::string& from) {
    RawClient client(server.port(), 0, from);
    client.send(post("/echo", 5) + "hel");
    return client;
  };
  std::vector<RawClient> first, of_proxy;
  for (int i = 0; i < 3; ++i) first.push_back(begin("127.0.0.9"));
  for (int i = 0; i < 5; ++i) of_proxy.push_back(begin("127.0.0.7"));
  std::this_thread::sleep_for(100ms);
  RawClient fourth = begin("127.0.0.9"), other = begin("127.0.0.8");
  const auto refused = fourth.answer();
  CHECK(is_problem(refused, 429));
  CHECK(header_of_answer(refused, "Retry-After") == "5");
  // What is there already is not on its way, and what has no body is not meant.
  RawClient whole(server.port(), 0, "127.0.0.9");
  whole.send(post("/echo", 5) + "hello" + kGetOk);
  CHECK(body_of_answer(whole.answer()) == "hello");
  CHECK(body_of_answer(whole.answer()) == "ok");
  for (auto* clients : {&first, &of_proxy}) {
    for (auto& client : *clients) client.send("lo");
    for (auto& client : *clients) CHECK(body_of_answer(client.answer()) == "hello");
  }
  other.send("lo");
  CHECK(body_of_answer(other.answer()) == "hello");
  // The place is given back just after the answer went out.
  std::this_thread::sleep_for(100ms);
  RawClient next = begin("127.0.0.9");
  next.send("lo");
  CHECK(body_of_answer(next.answer()) == "hello");
}

TEST_CASE("connection: beyond the number of connections that may wait, the oldest gives way") {
  auto options = short_limits();
  options.most_connections = 50;
  options.connection.idle_timeout = 30s;
  EdgeTestServer server(options);
  std::vector<RawClient> clients;
  for (int i = 0; i < 60; ++i) {
    clients.emplace_back(server.port());
    std::this_thread::sleep_for(2ms);
  }
  bool closed = false;
  clients.front().rest(closed);
  CHECK(closed);
  clients.back().send(kGetOk);
  CHECK(body_of_answer(clients.back().answer()) == "ok");
}

TEST_CASE("connection: bodies together take only so much memory") {
  auto options = short_limits();
  options.body_memory = 1'000'000;
  EdgeTestServer server(options);
  RawClient first(server.port()), second(server.port());
  // Four times its length and a quarter of a MiB: together more, each alone less.
  first.send(post("/echo", 120'000));
  std::this_thread::sleep_for(50ms);
  second.send(post("/echo", 20'000));
  const auto answer = second.answer();
  CHECK(is_problem(answer, 503));
  CHECK(header_of_answer(answer, "Retry-After") == "5");
  first.send(std::string(120'000, 'a'));
  CHECK(status_of_answer(first.answer()) == 200);
  // The room is given back just after the answer went out.
  int status = 503;
  for (int i = 0; i < 100 && status == 503; ++i) {
    RawClient third(server.port());
    third.send(post("/echo", 20'000) + std::string(20'000, 'a'));
    status = status_of_answer(third.answer());
  }
  CHECK(status == 200);
}

TEST_CASE("connection: pictures have room of their own, and some of it only for who brings a key") {
  auto options = short_limits();
  options.body_memory = 2'000'000;  // pictures: a quarter, with a key another eighth; each here a little more than an eighth
  EdgeTestServer server(options);
  RawClient first(server.port()), second(server.port()), known(server.port()), other(server.port());
  const auto picture = [](const std::string& header = "") {
    return "POST /small HTTP/1.1\r\nHost: x\r\n" + header + "Content-Type: image/png\r\nContent-Length: 1000\r\n\r\n";
  };
  const std::string key = "Authorization: Bearer x\r\n";
  first.send(picture() + std::string(999, 'a'));
  std::this_thread::sleep_for(50ms);
  second.send(picture());
  CHECK(is_problem(second.answer(), 503));
  known.send(picture(key) + std::string(999, 'a'));
  std::this_thread::sleep_for(50ms);
  other.send(picture(key));
  CHECK(is_problem(other.answer(), 503));
  // None of this keeps out anything else.
  RawClient text(server.port());
  text.send(post("/echo", 3) + "aaa");
  CHECK(status_of_answer(text.answer()) == 200);
  for (RawClient* client : {&first, &known}) {
    client->send("a");
    CHECK(status_of_answer(client->answer()) == 200);
  }
}

TEST_CASE("connection: the library sees nothing of a form, whatever is in it") {
  EdgeTestServer server;
  const auto send = [&](const std::string& type, const std::string& body) {
    RawClient client(server.port());
    client.send("POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return body_of_answer(client.answer());
  };
  const std::string type = "multipart/form-data; boundary=e", form = "--e\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--e--\r\n";
  CHECK(send(type, form) == "0 " + type + " " + form);
  CHECK(send("Multipart/Form-Data", "hello") == "0 Multipart/Form-Data hello");
  // A line for which its own pattern needs many seconds.
  const std::string slow = "--e\r\nContent-Disposition: form-data; name=\"a\"; filename=\"" + std::string(2'000, ' ') + "\r\n\r\n";
  const auto start = steady_clock::now();
  CHECK(send(type, slow) == "0 " + type + " " + slow);
  CHECK(steady_clock::now() - start < 3s);
}

TEST_CASE("connection: stopping finishes what is in work and does not wait for the idle") {
  auto options = short_limits();
  options.connection.idle_timeout = 60s;
  EdgeTestServer server(options);
  RawClient idle(server.port()), busy(server.port());
  idle.send(kGetOk);
  CHECK(body_of_answer(idle.answer()) == "ok");
  busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(50ms);
  const auto start = steady_clock::now();
  server.stop();
  CHECK(steady_clock::now() - start < 2s);
  CHECK(body_of_answer(busy.answer()) == "slow");
  bool closed = false;
  idle.rest(closed);
  CHECK(closed);
}

TEST_CASE("connection: stopping waits for slow clients only so long, and for those who are done by then") {
  auto options = short_limits();
  options.connection.transfer_grace = options.connection.body_timeout = 60s;
  EdgeTestServer server(options);
  RawClient stalled(server.port()), deaf(server.port(), 4096), finishing(server.port());
  stalled.send(post("/echo", 500'000) + "a");
  deaf.send("GET /stream?bytes=1000000000 HTTP/1.1\r\nHost: x\r\n\r\n");
  finishing.send(post("/echo", 5) + "hel");
  std::this_thread::sleep_for(100ms);
  std::thread late([&] {
    std::this_thread::sleep_for(200ms);
    finishing.send("lo");
  });
  const auto start = steady_clock::now();
  server.stop();
  CHECK(steady_clock::now() - start < 3s);
  late.join();
  CHECK(body_of_answer(finishing.answer()) == "hello");
  CHECK(is_problem(stalled.answer(), 408));
}

TEST_CASE("connection: no second server takes the same port") {
  EdgeTestServer server;
  RandomIdSource ids;
  EdgeServer second(short_limits(), ids);
  CHECK_THROWS_AS(second.listen_on("127.0.0.1", server.port()), Error);
}
