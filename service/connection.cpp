#include "connection.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "origin.h"

namespace klotterkoll {
namespace {

using std::chrono::steady_clock;

/// Answers up to this size go out in one send; longer ones in pieces of about it, so that streams need no more.
constexpr std::size_t kGathered = 64 * 1024;

/// What a socket hands over at a time. One for each thread, so that a waiting connection costs no buffer.
std::array<char, 16 * 1024>& scratch() {
  thread_local std::array<char, 16 * 1024> bytes;
  return bytes;
}

void read_name(const sockaddr_storage& name, std::string& address, int& port) {
  Address bytes = *parse_address("0.0.0.0");
  if (name.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(name);
    std::memcpy(bytes.data() + 12, &v4.sin_addr, 4);
    port = ntohs(v4.sin_port);
  } else if (name.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name);
    std::memcpy(bytes.data(), &v6.sin6_addr, 16);
    port = ntohs(v6.sin6_port);
  }
  address = format_address(bytes);
}

}  // namespace

HttpConnection::HttpConnection(socket_t socket, const ConnectionLimits& limits, const Pressure& pressure)
    : socket_(socket), limits_(limits), pressure_(pressure), waiting_since_(steady_clock::now()) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (getpeername(socket_, reinterpret_cast<sockaddr*>(&name), &size) == 0) read_name(name, peer_, peer_port_);
  size = sizeof name;
  if (getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size) == 0) read_name(name, local_, local_port_);
}

HttpConnection::~HttpConnection() { ::close(socket_); }

HttpConnection::Progress HttpConnection::receive(bool stay) {
  while (head_left_ == 0) {
    // A line break before a request is forgiven: RFC 9112, 2.2. One, and it is no sign of life.
    if (!forgiven_ && in_.starts_with("\r\n")) {
      in_.erase(0, 2);
      forgiven_ = true;
    }
    if (const auto length = scanner_.scan(in_, limits_.head)) {
      std::string head = in_.substr(0, length);
      fault_ = read_head(head, limits_.head, head_);
      if (head.size() != length) in_.replace(0, length, head);
      head_left_ = head.size();
      body_left_ = head_.content_length;
      return Progress::ready;
    }
    if ((fault_ = scanner_.fault())) return Progress::ready;

    const bool idle = !begun();
    const auto n = take_in(stay ? 0 : MSG_DONTWAIT);
    if (idle && begun()) waiting_since_ = steady_clock::now();
    if (n == 0) return Progress::closed;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Progress::incomplete;
    if (n < 0 && errno != EINTR) return Progress::closed;
    stay = false;
  }
  return Progress::ready;
}

HttpConnection::Time HttpConnection::deadline() const {
  if (lingering_) return waiting_since_ + limits_.linger_timeout;
  return waiting_since_ + (begun() ? limits_.head_timeout : limits_.idle_timeout);
}

bool HttpConnection::begun() const {
  return !in_.empty() && (forgiven_ || !std::string_view("\r\n").starts_with(in_));
}

bool HttpConnection::time_out() {
  if (lingering_ || !begun()) return false;
  fault_ = Refusal{408, "The request was not complete in time.", {}};
  return true;
}

bool HttpConnection::finish_request() {
  const bool whole = !body_outstanding();
  if (!flush() || !whole) return false;
  in_.erase(0, at_ + head_left_ + static_cast<std::size_t>(body_left_));
  at_ = head_left_ = 0;
  body_left_ = 0;
  scanner_ = {};
  head_ = {};
  receiving_ = sending_ = {};
  forgiven_ = false;
  ++answered_;
  waiting_since_ = steady_clock::now();
  return true;
}

bool HttpConnection::begin_linger() {
  if (!flush()) return false;
  ::shutdown(socket_, SHUT_WR);
  lingering_ = true;
  waiting_since_ = steady_clock::now();
  return linger();
}

bool HttpConnection::linger() {
  for (;;) {
    const auto n = ::recv(socket_, scratch().data(), scratch().size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    dropped_ += static_cast<std::size_t>(n);
    if (n == 0 || dropped_ > limits_.linger_bytes) return false;
  }
}

bool HttpConnection::flush() { return send(nullptr, 0); }

ssize_t HttpConnection::read(char* to, size_t size) {
  if (head_left_ == 0 && body_left_ == 0) return 0;
  if (at_ == in_.size() && !await_body()) return -1;
  auto n = std::min(size, in_.size() - at_);
  if (head_left_ > 0) {
    n = std::min(n, head_left_);
    head_left_ -= n;
  } else {
    n = static_cast<std::size_t>(std::min<std::uint64_t>(n, body_left_));
    body_left_ -= n;
  }
  std::memcpy(to, in_.data() + at_, n);
  at_ += n;
  return static_cast<ssize_t>(n);
}

ssize_t HttpConnection::write(const char* from, size_t size) {
  if (failed_) return -1;
  if (out_.size() + size < kGathered) {
    out_.append(from, size);
  } else if (!send(from, size)) {
    return -1;
  }
  return static_cast<ssize_t>(size);
}

bool HttpConnection::is_writable() const {
  if (!const_cast<HttpConnection*>(this)->flush()) return false;
  pollfd state{socket_, POLLRDHUP, 0};
  return ::poll(&state, 1, 0) == 0;
}

ssize_t HttpConnection::take_in(int flags) {
  const auto n = ::recv(socket_, scratch().data(), scratch().size(), flags);
  if (n > 0) in_.append(scratch().data(), static_cast<std::size_t>(n));
  return n;
}

bool HttpConnection::await_body() {
  in_.clear();
  at_ = 0;
  if (std::exchange(head_.expects_continue, false)) write("HTTP/1.1 100 Continue\r\n\r\n");
  // A client may wait for what we wrote before it goes on.
  if (!flush()) return false;
  for (;;) {
    const auto n = take_in(MSG_DONTWAIT);
    if (n > 0) {
      moved(static_cast<std::size_t>(n), receiving_);
      return true;
    }
    if (n == 0) return false;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    // A client that sends head and body apart may be waiting for the acknowledgement of the head.
    const int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
    if (!wait(POLLIN, receiving_) || receiving_.total > limits_.body_timeout) {
      body_timed_out_ = true;
      return false;
    }
  }
}

bool HttpConnection::send(const char* more, std::size_t size) {
  const std::size_t all = out_.size() + size;
  for (std::size_t done = 0; done < all && !failed_;) {
    const auto gathered = std::min(done, out_.size());
    iovec parts[2] = {{out_.data() + gathered, out_.size() - gathered},
                      {const_cast<char*>(more) + (done - gathered), size - (done - gathered)}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = size == 0 ? 1 : 2;
    const auto n = ::sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
      moved(static_cast<std::size_t>(n), sending_);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      failed_ = !wait(POLLOUT, sending_);
    } else {
      failed_ = errno != EINTR;
    }
  }
  out_.clear();
  return !failed_;
}

bool HttpConnection::wait(short events, Patience& patience) {
  using std::chrono::milliseconds;
  for (;;) {
    // Looked at again and again: when workers run out, the slow ones give theirs back first.
    const auto more = std::chrono::ceil<milliseconds>(left(patience));
    if (more.count() <= 0) return false;
    pollfd state{socket_, events, 0};
    const auto before = steady_clock::now();
    const int n = ::poll(&state, 1, static_cast<int>(std::min<long long>(more.count(), 250)));
    const auto waited = steady_clock::now() - before;
    patience.total += waited;
    patience.behind += waited;
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return false;
  }
}

std::chrono::nanoseconds HttpConnection::left(const Patience& patience) const {
  std::chrono::nanoseconds left = limits_.transfer_grace - patience.behind;
  if (pressure_.crowded)
    left = std::min({left, limits_.crowded_grace - patience.behind, limits_.crowded_total - patience.total});
  const auto ends_at = pressure_.ends_at.load();
  return ends_at == Time::max() ? left : std::min(left, ends_at - steady_clock::now());
}

void HttpConnection::moved(std::size_t bytes, Patience& patience) const {
  const std::chrono::nanoseconds worth(bytes * 1'000'000'000 / limits_.bytes_per_second);
  patience.behind = std::max(patience.behind - worth, std::chrono::nanoseconds{0});
}

}  // namespace klotterkoll
