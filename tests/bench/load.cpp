// Asks one server on 127.0.0.1 for as much as it answers, over a number of connections with one request on the way in
// each, and prints what it saw as JSON. One thread and prepared texts, because it shares the machine with the server.
// PORT may be several, with commas between: the connections go to each in turn.
// usage: load PORT KEY CONNECTIONS SECONDS report           POST reports, each another one
//        load PORT KEY CONNECTIONS SECONDS noop-post        the same bodies to the empty handler
//        load PORT KEY CONNECTIONS SECONDS noop-get         GET the empty handler
//        load PORT KEY CONNECTIONS SECONDS get FILE         GET the paths in FILE, one a line, in turn
// Exit code 1 when an answer had another status than 200 (get), 201 (report) or 204 (the empty handlers).

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "reports.h"

namespace klotterkoll::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Makes the next request's text.
class Requests {
 public:
  Requests(const std::string& what, const std::string& key, const std::string& file)
      : headers_(" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + key + "\r\n"),
        posts_(what == "report" || what == "noop-post"),
        path_("/api/v1/municipalities/1267/" + std::string{what == "report" ? "reports" : "bench/noop"}),
        // No run sends what another has sent, since none makes a million a second; the filler's numbers lie below these.
        next_(10'000'000 + static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()) / 1'000 % 80'000'000'000) {
    if (what == "noop-get") paths_.push_back(path_);
    std::ifstream paths{file};
    for (std::string line; std::getline(paths, line);) paths_.push_back(line);
    if (!posts_ && paths_.empty()) throw std::runtime_error("there are no paths in " + file);
  }

  void next(std::string& text) {
    const std::uint64_t n = next_++;
    if (!posts_) {
      text = "GET " + paths_[n % paths_.size()] + headers_ + "\r\n";
      return;
    }
    const Observation seen = observation(n);
    body_ = R"({"police_reference":")" + police_reference(n) + R"(","external_id":"load-)" + std::to_string(n) +
            R"(","location":{"lat":)" + std::to_string(seen.lat) + R"(,"lon":)" + std::to_string(seen.lon) + R"(,"address":")" +
            seen.address + R"("},"description":")" + seen.description + R"(","category":")" + seen.category +
            R"(","surface":"wall","object_type":"building"})";
    text = "POST " + path_ + headers_ + "Content-Type: application/json\r\nContent-Length: " + std::to_string(body_.size()) +
           "\r\n\r\n" + body_;
  }

 private:
  const std::string headers_;
  const bool posts_;
  const std::string path_;
  std::vector<std::string> paths_;
  std::uint64_t next_;
  std::string body_;
};

[[noreturn]] void fail(const char* what) { throw std::runtime_error(std::string{what} + ": " + std::strerror(errno)); }

/// One connection; connected anew when the server has ended it. Requests fit the socket's buffer, so sending blocks not.
class Client {
 public:
  Client(int poll, int port) : poll_(poll), port_(port) { connect(); }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;

  void send(Requests& requests) {
    requests.next(request_);
    sent_at_ = Clock::now();
    send_text();
  }

  /// Reads what is there. Returns the status once the answer is whole, 0 before.
  int receive() {
    const std::size_t before = answer_.size();
    answer_.resize(before + 16'384);
    const ssize_t count = ::recv(socket_, answer_.data() + before, 16'384, 0);
    answer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0) fail("recv");
    if (count == 0) throw std::runtime_error("the server ended a connection within an answer");
    const auto end = answer_.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    const std::string_view head{answer_.data(), end + 2};
    const auto length_at = head.find("\r\nContent-Length: ");
    const std::size_t length = length_at == head.npos ? 0 : std::stoul(std::string{head.substr(length_at + 18, 12)});
    if (answer_.size() < end + 4 + length) return 0;
    const int status = std::stoi(answer_.substr(9, 3));
    if (head.find("\r\nConnection: close") != head.npos) {
      ::close(socket_);
      connect();
    }
    answer_.clear();
    return status;
  }

  std::int64_t waited_us() const { return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - sent_at_).count(); }

 private:
  void connect() {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
    const int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, socket_, &event) != 0) fail("epoll_ctl");
  }

  void send_text() {
    if (::send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size())) fail("send");
  }

  const int poll_, port_;
  int socket_ = -1;
  std::string request_, answer_;
  Clock::time_point sent_at_;
};

int run(const std::vector<int>& ports, Requests& requests, std::size_t connections, double seconds, int wanted) {
  const int poll = epoll_create1(0);
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < connections; ++i) clients.push_back(std::make_unique<Client>(poll, ports[i % ports.size()]));
  std::map<int, std::int64_t> statuses;
  std::vector<std::int64_t> waited;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (auto& client : clients) client->send(requests);
  std::size_t under_way = connections;
  std::vector<epoll_event> events(connections);
  while (under_way > 0) {
    const int ready = epoll_wait(poll, events.data(), static_cast<int>(events.size()), 10'000);
    if (ready == 0) throw std::runtime_error("no answer for ten seconds");
    for (int i = 0; i < ready; ++i) {
      Client& client = *static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      const int status = client.receive();
      if (status == 0) continue;
      ++statuses[status];
      waited.push_back(client.waited_us());
      Clock::now() < end ? client.send(requests) : static_cast<void>(--under_way);
    }
  }
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  close(poll);
  std::ranges::sort(waited);
  std::cout << R"({"rate": )" << static_cast<double>(waited.size()) / took << R"(, "requests": )" << waited.size() << R"(, "p50_us": )"
            << waited[waited.size() / 2] << R"(, "p99_us": )" << waited[waited.size() * 99 / 100] << R"(, "statuses": {)";
  const char* comma = "";
  for (const auto& [status, count] : statuses) std::cout << std::exchange(comma, ", ") << '"' << status << R"(": )" << count;
  std::cout << "}}\n";
  return statuses.size() == 1 && statuses.contains(wanted) ? 0 : 1;
}

}  // namespace
}  // namespace klotterkoll::bench

int main(int argc, char** argv) try {
  const std::string what = argc > 5 ? argv[5] : "";
  const bool noop = what == "noop-post" || what == "noop-get";
  if ((what != "report" && what != "get" && !noop) || (what == "get") != (argc == 7)) {
    std::cerr << "usage: load PORT[,PORT...] KEY CONNECTIONS SECONDS report|noop-post|noop-get|get [FILE]\n";
    return 2;
  }
  klotterkoll::bench::Requests requests{what, argv[2], argc == 7 ? argv[6] : ""};
  const int wanted = what == "report" ? 201 : noop ? 204 : 200;
  std::vector<int> ports;
  std::istringstream list{argv[1]};
  for (std::string port; std::getline(list, port, ',');) ports.push_back(std::stoi(port));
  return klotterkoll::bench::run(ports, requests, std::stoul(argv[3]), std::stod(argv[4]), wanted);
} catch (const std::exception& fault) {
  std::cerr << "load: " << fault.what() << '\n';
  return 2;
}
