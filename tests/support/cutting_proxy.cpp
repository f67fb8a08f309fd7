#include "support/cutting_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace klotterkoll::test {
namespace {

constexpr std::string_view kCommit{"COMMIT\0", 7};
constexpr std::chrono::milliseconds kLate{400};

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string receive(int socket) {
  std::array<char, 65536> buffer;
  const auto got = recv(socket, buffer.data(), buffer.size(), 0);
  return got > 0 ? std::string{buffer.data(), static_cast<std::size_t>(got)} : "";
}

}  // namespace

CuttingProxy::CuttingProxy(std::string socket) : socket_(std::move(socket)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("the proxy cannot listen");
  port_ = ntohs(address.sin_port);
  listening_ = std::jthread{[this] { serve(); }};
}

CuttingProxy::~CuttingProxy() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  listening_.join();
  close_door();
  threads_.clear();
  close(listener_);
}

void CuttingProxy::close_door() {
  open_ = false;
  const std::lock_guard lock{mutex_};
  for (const int client : clients_) shutdown(client, SHUT_RDWR);
}

void CuttingProxy::serve() {
  for (;;) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0 || stopping_) return;
    if (!open_) {
      close(client);
      continue;
    }
    const std::lock_guard lock{mutex_};
    clients_.push_back(client);
    threads_.emplace_back([this, client] { pass(client); });
  }
}

bool CuttingProxy::pass_to_server(int client, int server) {
  const std::string bytes = receive(client);
  if (bytes.empty()) return false;
  // It is a message of its own: its kind, its length, its text.
  const bool commits = bytes.size() == 5 + kCommit.size() && bytes.ends_with(kCommit);
  Cut cut = Cut::never;
  if (commits) cut = cut_.exchange(Cut::never);
  if (cut == Cut::never) return send_all(server, bytes);
  if (cut == Cut::after_commit) {
    send_all(server, bytes);
    receive(server);  // the server has answered
  } else if (cut == Cut::late_commit) {
    shutdown(client, SHUT_RDWR);
    std::this_thread::sleep_for(kLate);
    send_all(server, bytes);
    receive(server);
  }
  ++cuts_;
  return false;
}

void CuttingProxy::pass(int client) {
  const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    for (;;) {
      std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
      if (poll(ends.data(), ends.size(), -1) < 0) break;
      if (ends[0].revents && !pass_to_server(client, server)) break;
      if (ends[1].revents) {
        const std::string bytes = receive(server);
        if (bytes.empty() || !send_all(client, bytes)) break;
      }
    }
  }
  close(server);
  const std::lock_guard lock{mutex_};
  std::erase(clients_, client);
  close(client);
}

}  // namespace klotterkoll::test
