#include "waiting_room.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

namespace klotterkoll {
namespace {

/// How exact the timeouts are: the room is looked through this often.
constexpr std::chrono::milliseconds kTick{100};

}  // namespace

WaitingRoom::WaitingRoom(std::size_t most, std::function<void(std::unique_ptr<HttpConnection>)> on_ready)
    : most_(most), on_ready_(std::move(on_ready)), poll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{EPOLLIN, {.fd = wake_}};
  if (poll_ < 0 || wake_ < 0 || epoll_ctl(poll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot watch connections");
  }
  thread_ = std::thread([this] { watch(); });
}

WaitingRoom::~WaitingRoom() {
  close();
  ::close(poll_);
  ::close(wake_);
}

void WaitingRoom::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  eventfd_write(wake_, 1);
  if (thread_.joinable()) thread_.join();
  waiting_.clear();
}

void WaitingRoom::admit(std::unique_ptr<HttpConnection> connection) {
  const int socket = connection->socket();
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  waiting_[socket] = std::move(connection);
  epoll_event event{EPOLLIN | EPOLLRDHUP, {.fd = socket}};
  if (epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &event) != 0) waiting_.erase(socket);
  if (waiting_.size() > most_) eventfd_write(wake_, 1);
}

void WaitingRoom::watch() {
  std::array<epoll_event, 256> events;
  auto swept = std::chrono::steady_clock::now();
  for (;;) {
    const int n = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), static_cast<int>(kTick.count()));
    if (const std::lock_guard lock(mutex_); closed_) return;
    bool crowded = false;
    for (int i = 0; i < n; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == wake_) {
        eventfd_t count = 0;
        eventfd_read(wake_, &count);
        crowded = true;
      } else {
        look(socket);
      }
    }
    if (const auto now = std::chrono::steady_clock::now(); crowded || now - swept >= kTick) {
      sweep();
      swept = now;
    }
  }
}

void WaitingRoom::look(int socket) {
  HttpConnection* connection = nullptr;
  {
    const std::lock_guard lock(mutex_);
    connection = waiting_.at(socket).get();
  }
  // Nobody else takes it out, so it needs no lock while it is looked at.
  if (connection->lingering()) {
    if (!connection->linger()) release(socket);
    return;
  }
  switch (connection->receive(false)) {
    case HttpConnection::Progress::incomplete: break;
    case HttpConnection::Progress::closed: release(socket); break;
    case HttpConnection::Progress::ready: on_ready_(release(socket)); break;
  }
}

void WaitingRoom::sweep() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::pair<HttpConnection::Time, int>> expired, others;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [socket, connection] : waiting_) {
      (connection->deadline() <= now ? expired : others).emplace_back(connection->waiting_since(), socket);
    }
  }
  for (const auto& [since, socket] : expired) {
    auto connection = release(socket);
    if (connection->time_out()) on_ready_(std::move(connection));
  }
  if (others.size() > most_) {
    const auto surplus = static_cast<std::ptrdiff_t>(others.size() - most_);
    std::nth_element(others.begin(), others.begin() + surplus, others.end());
    for (auto oldest = others.begin(); oldest != others.begin() + surplus; ++oldest) release(oldest->second);
  }
}

std::unique_ptr<HttpConnection> WaitingRoom::release(int socket) {
  const std::lock_guard lock(mutex_);
  auto node = waiting_.extract(socket);
  epoll_ctl(poll_, EPOLL_CTL_DEL, socket, nullptr);
  return std::move(node.mapped());
}

}  // namespace klotterkoll
