#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "edge_server.h"

namespace klotterkoll::testing {

/// The limits of tests: the same behaviour as in service, sooner.
EdgeOptions short_limits();

/// An EdgeServer with a few routes on a free loopback port, in a thread of its own.
///
///   GET  /ok                    "ok"
///   GET  /s/{token}             "secret page"
///   GET  /origin                JSON: address, scheme, host, prefix as the service understood them
///   POST /echo                  the body back, at most 1 MiB, JSON or text
///   POST /small                 its length, at most 1 KiB, any type but forms
///   POST /form                  the number of files, multipart, at most 64 KiB
///   GET  /stream?bytes=         so many bytes in chunks
///   GET  /slow                  "slow" after 300 ms
///   GET  /throw, GET /refuse    an exception that is not ours; an Error{refused}
class EdgeTestServer {
 public:
  explicit EdgeTestServer(EdgeOptions options = short_limits());
  ~EdgeTestServer();

  int port() const { return port_; }
  /// Requests that reached a route; what the guard and the connection refuse does not count.
  int routed() const { return routed_; }
  void stop();

 private:
  RandomIdSource ids_;
  std::atomic<int> routed_{0};
  EdgeServer server_;
  int port_;
  std::thread thread_;
};

/// A client that sends exactly the bytes it is told to.
class RawClient {
 public:
  /// `receive_buffer` bytes of SO_RCVBUF, 0 for the system's choice; `from` the loopback address to come from.
  explicit RawClient(int port, int receive_buffer = 0, const std::string& from = "127.0.0.1");
  ~RawClient();
  RawClient(RawClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}
  RawClient& operator=(RawClient&&) = delete;

  /// False when the other end is gone.
  bool send(std::string_view bytes);
  /// One whole answer, by its Content-Length or its chunks; "" when none comes in time.
  std::string answer(std::chrono::milliseconds patience = std::chrono::seconds(5));
  /// All that comes until the server closes; `closed` tells whether it did in time, and properly (no reset).
  std::string rest(bool& closed, std::chrono::milliseconds patience = std::chrono::seconds(5));
  int socket() const { return socket_; }

 private:
  bool receive(std::chrono::steady_clock::time_point until);

  int socket_;
  std::string buffer_;
  bool ended_ = false, reset_ = false;
};

/// Of an answer as received.
int status_of_answer(std::string_view answer);
std::string header_of_answer(std::string_view answer, std::string_view name);
std::string body_of_answer(std::string_view answer);

/// Whether an answer is a problem document with all its members and the status repeated.
bool is_problem_document(std::string_view answer, int status);
/// The same, with what the service sends on every answer.
bool is_problem(std::string_view answer, int status);

}  // namespace klotterkoll::testing
