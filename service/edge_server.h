#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "connection.h"
#include "guard.h"
#include "origin.h"
#include "waiting_room.h"

namespace klotterkoll {

/// What the edge knows of the request that this thread answers now.
struct RequestContext {
  std::chrono::steady_clock::time_point since;  ///< when its head was whole
  std::string request_id;  ///< a UUID; "instance" of a problem and the key of the log line
  Origin origin;           ///< the client's address, and the public URL as a trusted proxy told it
  /// The Content-Type of a multipart body, and empty for every other. It is kept from the library, which would take the
  /// form apart itself, with a pattern that needs seconds for a long line; so the body is the form as it was sent.
  std::string form_type;
  bool close = false;  ///< the connection ends after this answer
};

/// How a service sets the edge up.
struct EdgeOptions {
  ConnectionLimits connection;
  RequestLimits request;
  std::vector<Network> trusted_proxies;
  ProxyHeaders proxy_headers = ProxyHeaders::x_forwarded;
  std::size_t core_workers = 8;
  std::size_t most_workers = 512;
  /// Bodies that may be on their way from one address (of IPv6: one /64) at a time, since each holds a worker until it
  /// is whole; beyond it 429. Trusted proxies speak for many and have no such bound.
  std::size_t bodies_per_peer = 64;
  /// How long slow clients are still waited for when the service stops.
  std::chrono::milliseconds stop_grace{3'000};
  /// Waiting connections; bounded by the open files that the system allows too.
  std::size_t most_connections = 4096;
  /// Bytes that all bodies which are being read or answered may cost, with what is made of them (memory_for); beyond it
  /// a request with a body is 503. Pictures and forms have a quarter as much for themselves, and another eighth when they
  /// come with a key.
  std::size_t body_memory = 512 * 1024 * 1024;

  FindRoute find_route;
  /// Runs after the guard and before the route (roles, rate limits). May throw Error, or answer and return Handled.
  httplib::Server::HandlerWithResponse before_route;
  /// Gives a problem another dress, for people who meet it in a browser; true when it has. Must not throw.
  std::function<bool(const httplib::Request&, httplib::Response&)> dress_problem;
  /// Runs last, when the answer is complete but for its length (RateLimit, caching). Must not throw.
  httplib::Server::Handler after_route;
  /// A request that the connection refused before the library saw it, for log and metrics. Must not throw.
  std::function<void(const RequestContext&, const Refusal&)> on_refused;
  /// What was thrown and is not an Error, of which the client sees only the request id; and what is behind an Error, of
  /// which it sees the sentence. Must not throw.
  std::function<void(const RequestContext&, const std::string& what)> on_fault;
};

/// The library's server behind bounded, checked connections, with the guard before every route, problem documents for
/// every refusal (the library's own too), security headers and Date on every answer. Routes are added as usual.
///
/// It takes the library's pre-routing, post-routing, error and exception handlers; `EdgeOptions` has what a service
/// needs of them.
class EdgeServer final : public httplib::Server {
 public:
  /// `ids` makes the request ids; must outlive the server and be safe to call from several threads.
  EdgeServer(EdgeOptions options, IdSource& ids);

  /// Listens on `host` and `port` (0: any free one) with room for a burst of connections, and no second process on
  /// the same port. Returns the port. Throws Error{unavailable} when it cannot.
  int listen_on(const std::string& host, int port);
  /// Answers until stop() is called: `listen_after_bind()` of the library. Requests in work are finished.
  void run();

  /// Of the request that the calling thread answers; only within handlers and content providers.
  static RequestContext& context();
  /// Makes `response` a problem document. 401 gets WWW-Authenticate, 503 Retry-After.
  static void set_problem(httplib::Response& response, int status, const std::string& detail,
                          const std::vector<Fault>& faults = {});

 private:
  bool process_and_close_socket(socket_t socket) override;
  void serve(std::unique_ptr<HttpConnection> connection, bool stay);
  bool answer(HttpConnection& connection);
  void refuse(HttpConnection& connection);
  bool process(HttpConnection& connection);

  void prepare(httplib::Request& request);
  HandlerResponse before_routing(const httplib::Request& request, httplib::Response& response);
  bool reserve_memory(const httplib::Request& request);
  bool admit_body();
  void leave_body();
  HandlerResponse explain(httplib::Response& response);
  void answer_exception(httplib::Response& response, std::exception_ptr thrown);
  void complete(const httplib::Request& request, httplib::Response& response);
  httplib::TaskQueue* make_workers();

  const EdgeOptions options_;
  IdSource& ids_;
  Pressure pressure_;
  std::atomic<std::size_t> body_bytes_{0}, picture_bytes_{0};
  std::mutex bodies_mutex_;
  std::map<Address, std::size_t> bodies_;  ///< on their way, by network_of the peer
  httplib::TaskQueue* workers_ = nullptr;
  std::unique_ptr<WaitingRoom> room_;
};

}  // namespace klotterkoll
