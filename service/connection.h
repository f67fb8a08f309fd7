#pragma once

#include <httplib.h>
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#error "Link PkgConfig::HTTPLIB: Debian's library is built with TLS, and the define changes the layout of its types."
#endif

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "head.h"
#include "problem.h"

namespace klotterkoll {

/// How long and how much one connection may. The defaults suit people; tests use shorter times.
struct ConnectionLimits {
  HeadLimits head;
  std::size_t requests = 100;                       ///< answered on one connection, then it is closed
  std::chrono::milliseconds idle_timeout{3'000};    ///< without a byte between requests
  std::chrono::milliseconds head_timeout{10'000};   ///< from the first byte of a head to its last
  std::chrono::milliseconds linger_timeout{2'000};  ///< after the last answer, for the client to read it and close
  std::size_t linger_bytes = 32 * 1024 * 1024;      ///< and what is read and dropped meanwhile
  /// A worker waits this long for the next request itself before it lets the connection go: a client that is busy
  /// has its next request answered without a change of threads.
  std::chrono::milliseconds stay_timeout{5};

  /// Waiting for a body or for a client to read costs a worker, so a transfer has a minimum rate: it is given up when
  /// it has fallen `transfer_grace` behind `bytes_per_second`, and a body when it was waited for `body_timeout` in all.
  std::chrono::milliseconds transfer_grace{10'000};
  /// While no worker is free, instead of `transfer_grace`, and for all waiting for one body or answer: many who each
  /// keep just to the minimum rate must not have all workers together.
  std::chrono::milliseconds crowded_grace{1'000}, crowded_total{3'000};
  std::chrono::milliseconds body_timeout{300'000};
  std::size_t bytes_per_second = 4 * 1024;
};

/// What the state of the whole service means for everybody who is waited for.
struct Pressure {
  std::atomic<bool> crowded{false};  ///< requests wait and no worker is free
  /// When clients are no longer waited for, because the service stops.
  std::atomic<std::chrono::steady_clock::time_point> ends_at{std::chrono::steady_clock::time_point::max()};
};

/// How patiently a client is waited for in one direction.
struct Patience {
  std::chrono::nanoseconds total{};   ///< waited in all
  std::chrono::nanoseconds behind{};  ///< waited beyond what the bytes that moved were worth; never saved up
};

/// One connection: the stream that the library reads a request from and writes its answer to, and the guard of what
/// the library sees. The head is read whole and checked first, the library can never read beyond the body that was
/// announced, and what it writes goes out in one send.
///
/// Belongs to one thread at a time: a worker while a request is answered, the waiting room else.
class HttpConnection final : public httplib::Stream {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Progress { incomplete, ready, closed };

  /// Takes over `socket`; it is closed with the connection. `pressure` is looked at while waiting for the client.
  HttpConnection(socket_t socket, const ConnectionLimits& limits, const Pressure& pressure);
  ~HttpConnection() override;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Receives what has arrived. `ready`: a whole head, or one with a fault. With `stay` it waits for `stay_timeout`.
  Progress receive(bool stay);
  /// What is wrong with the head; the connection must end after the answer.
  const std::optional<Refusal>& fault() const { return fault_; }
  const Head& head() const { return head_; }

  /// When to give up waiting for the client, by the limits for what it is waited for.
  Time deadline() const;
  Time waiting_since() const { return waiting_since_; }
  /// Makes the expired wait for the rest of a head a fault. False when nothing of one came: then no answer is due.
  bool time_out();

  /// Whether this answer is the last one that the limits allow.
  bool last() const { return answered_ + 1 >= limits_.requests; }
  /// Whether a part of the body is still to come from the client, so that nothing may follow on this connection.
  bool body_outstanding() const { return head_left_ + body_left_ > in_.size() - at_; }
  bool body_timed_out() const { return body_timed_out_; }
  /// Sends what was written and forgets the request. False when no other can follow.
  bool finish_request();

  /// Sends, tells the client that nothing more comes, and from then on only drops what it still sends: closing at
  /// once would reset the connection and could take the answer with it.
  /// False when the client is gone already.
  bool begin_linger();
  bool lingering() const { return lingering_; }
  /// Drops what has arrived. False when it is time to close.
  bool linger();

  /// Sends what was gathered, waiting for the client as long as its patience lasts. False when it is gone.
  bool flush();

  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  using Stream::write;
  bool is_readable() const override { return true; }
  /// A route that streams slowly asks this whether somebody still listens, so what it wrote is sent first.
  bool is_writable() const override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip = peer_, port = peer_port_; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip = local_, port = local_port_; }
  socket_t socket() const override { return socket_; }
  const std::string& peer() const { return peer_; }

 private:
  bool begun() const;
  ssize_t take_in(int flags);
  bool await_body();
  bool send(const char* more, std::size_t size);
  bool wait(short events, Patience& patience);
  std::chrono::nanoseconds left(const Patience& patience) const;
  void moved(std::size_t bytes, Patience& patience) const;

  const socket_t socket_;
  const ConnectionLimits& limits_;
  const Pressure& pressure_;
  std::string peer_, local_;
  int peer_port_ = 0, local_port_ = 0;

  std::string in_;         ///< received and not forgotten; the library reads on at `at_`
  std::size_t at_ = 0;
  std::string out_;        ///< written and not sent
  HeadScanner scanner_;
  Head head_;
  std::optional<Refusal> fault_;
  std::size_t head_left_ = 0;    ///< bytes of the head that the library has not read yet
  std::uint64_t body_left_ = 0;  ///< bytes of the body that the library has not read yet
  std::size_t answered_ = 0;
  Time waiting_since_;
  Patience receiving_, sending_;
  std::size_t dropped_ = 0;
  bool forgiven_ = false;  ///< a line break before the request
  bool body_timed_out_ = false, failed_ = false, lingering_ = false;
};

}  // namespace klotterkoll
