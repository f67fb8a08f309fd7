#include "edge_server.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>

#include "workers.h"

namespace klotterkoll {
namespace {

/// What is being answered by this thread. Handlers get no other way to it through the library.
thread_local RequestContext present;
thread_local std::optional<Refusal> present_refusal;  // by the guard
thread_local HttpConnection* present_connection = nullptr;
// What it holds until the answer is out.
thread_local std::size_t reserved_bytes = 0;
thread_local std::atomic<std::size_t>* reserved_from = nullptr;
thread_local std::optional<Address> sending_peer;

constexpr auto kProblemType = "application/problem+json";

/// On every answer unless the route says otherwise (pages bring their own policy).
constexpr std::pair<const char*, const char*> kSecurityHeaders[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"}};
constexpr auto kTransportSecurity = "max-age=31536000";

/// RFC 9110, 5.6.7. The second is kept per thread, since most answers share one.
const std::string& http_date() {
  thread_local std::time_t written = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != written) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    char buffer[40];
    std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    text = buffer;
    written = now;
  }
  return text;
}

void set(httplib::Response& response, const char* name, const std::string& value) {
  response.headers.erase(name);
  response.set_header(name, value);
}

std::vector<std::string> values_of(const httplib::Request& request, const char* name) {
  std::vector<std::string> values;
  const auto [first, last] = request.headers.equal_range(name);
  std::transform(first, last, std::back_inserter(values), [](const auto& header) { return header.second; });
  return values;
}

/// What a body of so many bytes can cost until it is answered: its text, which doubles while it grows, a copy of what it
/// says, and the bounded number of values that are made of it (schema_check.h), of about a hundred bytes each.
std::size_t memory_for(std::size_t body) { return body == 0 ? 0 : 4 * body + 256 * 1024; }

/// A picture is only its bytes, which double while they grow.
std::size_t memory_for_picture(std::size_t body) { return body == 0 ? 0 : 2 * body + 256 * 1024; }

/// How many files may be open, after asking for as many as the system gives.
std::size_t open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  if (limit.rlim_cur <= before || setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  return limit.rlim_cur;
}

/// Newer versions of the library want the addresses as arguments instead of asking the stream.
template <typename Process>
bool call_process(Process&& process, HttpConnection& connection, bool close, bool& closed,
                  const std::function<void(httplib::Request&)>& prepare) {
  if constexpr (requires { process(connection, close, closed, prepare); }) {
    return process(connection, close, closed, prepare);
  } else {
    std::string remote, local;
    int remote_port = 0, local_port = 0;
    connection.get_remote_ip_and_port(remote, remote_port);
    connection.get_local_ip_and_port(local, local_port);
    return process(connection, remote, remote_port, local, local_port, close, closed, prepare);
  }
}

}  // namespace

EdgeServer::EdgeServer(EdgeOptions options, IdSource& ids) : options_(std::move(options)), ids_(ids) {
  set_tcp_nodelay(true);
  // Used for the wait of a worker for the next request of its client; see ConnectionLimits::stay_timeout.
  set_read_timeout(options_.connection.stay_timeout);
  set_keep_alive_max_count(options_.connection.requests);
  set_keep_alive_timeout(std::max<time_t>(1, options_.connection.idle_timeout.count() / 1000));
  new_task_queue = [this] { return make_workers(); };
  set_pre_routing_handler([this](const auto& request, auto& response) { return before_routing(request, response); });
  set_post_routing_handler([this](const auto& request, auto& response) { complete(request, response); });
  set_error_handler(HandlerWithResponse([this](const auto& request, auto& response) {
    const HandlerResponse explained = explain(response);
    return options_.dress_problem && options_.dress_problem(request, response) ? HandlerResponse::Handled : explained;
  }));
  set_exception_handler([this](const auto&, auto& response, std::exception_ptr thrown) {
    answer_exception(response, std::move(thrown));
  });
}

int EdgeServer::listen_on(const std::string& host, int port) {
  socket_t listener = -1;
  set_socket_options([&listener](socket_t socket) {
    listener = socket;
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  const int bound = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
  // The library listens with a backlog of 5; a second call widens it.
  if (bound < 0 || ::listen(listener, 1024) != 0) {
    const bool taken = errno == EADDRINUSE;
    throw Error(ErrorCode::unavailable, "Cannot listen on " + host + ":" + std::to_string(port) +
                                            (taken ? ": something else listens there; choose another place with --listen." : "."));
  }
  return bound;
}

void EdgeServer::run() {
  listen_after_bind();
  room_.reset();
}

RequestContext& EdgeServer::context() { return present; }

httplib::TaskQueue* EdgeServer::make_workers() {
  const auto files = open_files();
  const auto spare = options_.most_workers + 128;
  const auto most = std::min(options_.most_connections, files > 2 * spare ? files - spare : files / 2);
  auto workers = std::make_unique<Workers>(options_.core_workers, options_.most_workers, pressure_.crowded, [this] {
    pressure_.ends_at = std::chrono::steady_clock::now() + options_.stop_grace;
    room_->close();
  });
  workers_ = workers.get();
  room_ = std::make_unique<WaitingRoom>(most, [this](std::unique_ptr<HttpConnection> connection) {
    // A job must be copyable, hence the shared owner.
    auto owner = std::make_shared<std::unique_ptr<HttpConnection>>(std::move(connection));
    workers_->enqueue([this, owner] { serve(std::move(*owner), true); });
  });
  return workers.release();
}

bool EdgeServer::process_and_close_socket(socket_t socket) {
  serve(std::make_unique<HttpConnection>(socket, options_.connection, pressure_), false);
  return true;
}

void EdgeServer::serve(std::unique_ptr<HttpConnection> connection, bool stay) {
  for (;; stay = true) {
    if (!connection->fault()) {
      const auto progress = connection->receive(stay && !pressure_.crowded && svr_sock_ != INVALID_SOCKET);
      if (progress == HttpConnection::Progress::closed) return;
      if (progress == HttpConnection::Progress::incomplete) break;
    }
    if (!answer(*connection)) {
      if (!connection->begin_linger()) return;
      break;
    }
  }
  room_->admit(std::move(connection));
}

bool EdgeServer::answer(HttpConnection& connection) {
  present = {std::chrono::steady_clock::now(), random_uuid(ids_), {}, {}, false};
  present_connection = &connection;
  bool more = false;
  if (connection.fault()) {
    refuse(connection);
  } else {
    present.close = connection.last() || !connection.head().keep_alive || svr_sock_ == INVALID_SOCKET;
    more = process(connection) && !present.close;
  }
  if (reserved_from) *reserved_from -= std::exchange(reserved_bytes, 0);
  leave_body();
  present_connection = nullptr;
  return more && connection.finish_request();
}

bool EdgeServer::process(HttpConnection& connection) {
  bool closed = false;
  const auto call = [this](auto&&... arguments) -> decltype(process_request(arguments...)) {
    return process_request(arguments...);
  };
  try {
    return call_process(call, connection, present.close, closed, [this](auto& request) { prepare(request); }) && !closed;
  } catch (const std::exception& fault) {
    // A content provider that throws: the answer is cut off, which is all that can be told at this point.
    if (options_.on_fault) options_.on_fault(present, fault.what());
    return false;
  }
}

void EdgeServer::refuse(HttpConnection& connection) {
  const Refusal& refusal = *connection.fault();
  present.origin.address = connection.peer();
  const auto body = problem_json(refusal.status, title_of(refusal.status), refusal.detail, present.request_id);
  std::string answer = "HTTP/1.1 " + std::to_string(refusal.status) + " " + std::string(title_of(refusal.status)) +
                       "\r\nContent-Type: " + kProblemType + "\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\nConnection: close\r\nDate: " + http_date() + "\r\n";
  for (const auto& [name, value] : kSecurityHeaders) answer += std::string(name) + ": " + value + "\r\n";
  answer += "\r\n";
  connection.write(connection.head().method == "HEAD" ? answer : answer + body);
  if (options_.on_refused) options_.on_refused(present, refusal);
}

void EdgeServer::prepare(httplib::Request& request) {
  // The library puts these in as if the client had sent them, beside those that a client did send.
  for (const auto* name : {"REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR", "LOCAL_PORT"}) request.headers.erase(name);
  request.ranges.clear();
  // The library would choose brotli at its highest quality: a second of work for a megabyte.
  if (const auto accepted = request.headers.find("Accept-Encoding"); accepted != request.headers.end()) {
    const bool gzip = accepted->second.find("gzip") != std::string::npos &&
                      accepted->second.find("gzip;q=0") == std::string::npos;
    request.headers.erase("Accept-Encoding");
    if (gzip) request.set_header("Accept-Encoding", "gzip");
  }
  present.origin = origin_of(request.remote_addr, options_.proxy_headers,
                             [&](const char* name) { return values_of(request, name); }, options_.trusted_proxies);
  request.remote_addr = present.origin.address;
  present_refusal = check(request, options_.request, options_.find_route);
  if (is_multipart(request.get_header_value("Content-Type"))) {
    present.form_type = request.get_header_value("Content-Type");
    request.headers.erase("Content-Type");
  }
}

EdgeServer::HandlerResponse EdgeServer::before_routing(const httplib::Request& request, httplib::Response& response) {
  if (const auto refusal = std::exchange(present_refusal, std::nullopt)) {
    set_problem(response, refusal->status, refusal->detail);
    if (refusal->status == 405) response.set_header("Allow", allow(refusal->allow));
    // Someone who only lost the way may go on; who sends what is not HTTP as we speak it may not.
    if (refusal->status != 404 && refusal->status != 405) present.close = true;
    return HandlerResponse::Handled;
  }
  if (request.method == "OPTIONS") {
    const auto methods = request.path == "*" ? std::vector<std::string>{"GET", "POST", "PUT", "PATCH", "DELETE"}
                                             : options_.find_route(request.method, request.path).methods;
    response.set_header("Allow", allow(methods));
    response.status = 204;
    return HandlerResponse::Handled;
  }
  if (!reserve_memory(request)) {
    set_problem(response, 503, "Too much is being sent at this moment; try again in a few seconds.");
    return HandlerResponse::Handled;
  }
  if (present_connection->body_outstanding() && !admit_body()) {
    set_problem(response, 429, "Too many bodies are on their way from this address; send fewer at a time.");
    set(response, "Retry-After", "5");
    return HandlerResponse::Handled;
  }
  return options_.before_route ? options_.before_route(request, response) : HandlerResponse::Unhandled;
}

bool EdgeServer::reserve_memory(const httplib::Request& request) {
  const auto length = static_cast<std::size_t>(present_connection->head().content_length);
  // Pictures, which anybody may send, take from a share of their own, so that they never keep a report out; and those of
  // strangers never keep out those of whoever brings a key. Whether it is one is asked before the body is read.
  const bool picture = !present.form_type.empty() || request.get_header_value("Content-Type").starts_with("image/");
  std::size_t most = options_.body_memory;
  if (picture) most = most / 4 + (request.has_header("Authorization") ? most / 8 : 0);
  reserved_bytes = picture ? memory_for_picture(length) : memory_for(length);
  reserved_from = picture ? &picture_bytes_ : &body_bytes_;
  return (*reserved_from += reserved_bytes) <= most || reserved_bytes == 0;
}

bool EdgeServer::admit_body() {
  const auto peer = parse_address(present_connection->peer());
  if (!peer || std::ranges::any_of(options_.trusted_proxies, [&](const Network& n) { return n.contains(*peer); })) return true;
  const Address network = network_of(*peer);
  const std::lock_guard lock(bodies_mutex_);
  auto& bodies = bodies_[network];
  if (bodies >= options_.bodies_per_peer) return false;
  ++bodies;
  sending_peer = network;
  return true;
}

void EdgeServer::leave_body() {
  if (!sending_peer) return;
  const std::lock_guard lock(bodies_mutex_);
  if (const auto peer = bodies_.find(*sending_peer); --peer->second == 0) bodies_.erase(peer);
  sending_peer.reset();
}

EdgeServer::HandlerResponse EdgeServer::explain(httplib::Response& response) {
  if (!response.body.empty() || response.content_provider_) return HandlerResponse::Unhandled;
  if (response.status == 400 && present_connection->body_timed_out()) {
    set_problem(response, 408, "The body did not arrive in time.");
    return HandlerResponse::Handled;
  }
  const auto detail = [&]() -> std::string {
    switch (response.status) {
      case 400: return "The request could not be read.";
      case 404: return "There is nothing at this path.";
      case 413: return "The body is too large.";
      case 500: return "Something went wrong here. The id in \"instance\" helps us to find out what.";
      default: return std::string(title_of(response.status)) + ".";
    }
  }();
  set_problem(response, response.status, detail);
  return HandlerResponse::Handled;
}

void EdgeServer::answer_exception(httplib::Response& response, std::exception_ptr thrown) {
  // What the route had begun is void; what was said before it, of the caller's rate and trace, stands.
  std::erase_if(response.headers, [](const auto& header) {
    constexpr std::string_view kept[] = {"RateLimit", "RateLimit-Policy", "Retry-After", "traceparent"};
    return std::ranges::find(kept, header.first) == std::end(kept);
  });
  response.body.clear();
  response.content_provider_ = nullptr;
  response.content_length_ = 0;
  std::string what;
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::internal) {
      if (!error.cause().empty() && options_.on_fault) options_.on_fault(present, error.what() + (": " + error.cause()));
      set_problem(response, status_of(error.code()), error.what(), error.faults());
      return;
    }
    what = error.what();
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "something that is no exception";
  }
  if (options_.on_fault) options_.on_fault(present, what);
  response.status = 500;
  explain(response);
}

void EdgeServer::complete(const httplib::Request& request, httplib::Response& response) {
  // What is left unread of a body would be taken for the next request.
  if (present_connection->body_outstanding()) present.close = true;
  if (present.close) {
    response.headers.erase("Keep-Alive");
    set(response, "Connection", "close");
  }
  if (request.version == "HTTP/1.0" && response.is_chunked_content_provider_) {
    // Chunks are unknown to it, and the end of the connection is the end of the answer: RFC 9112, 6.1.
    response.is_chunked_content_provider_ = false;
    response.headers.erase("Transfer-Encoding");
    response.headers.erase("Content-Encoding");
  }
  response.headers.erase("Accept-Ranges");
  if (response.status == 204 || response.status == 304) response.headers.erase("Content-Length");
  set(response, "Date", http_date());
  for (const auto& [name, value] : kSecurityHeaders) {
    if (!response.has_header(name)) response.set_header(name, value);
  }
  if (present.origin.scheme == "https") set(response, "Strict-Transport-Security", kTransportSecurity);
  if (options_.after_route) options_.after_route(request, response);
}

void EdgeServer::set_problem(httplib::Response& response, int status, const std::string& detail,
                             const std::vector<Fault>& faults) {
  response.status = status;
  response.set_content(problem_json(status, title_of(status), detail, present.request_id, faults), kProblemType);
  if (status == 401) set(response, "WWW-Authenticate", "Bearer");
  if (status == 503) set(response, "Retry-After", "5");
}

}  // namespace klotterkoll
