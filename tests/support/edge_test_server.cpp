#include "support/edge_test_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

namespace klotterkoll::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

RouteInfo find_test_route(const std::string& method, const std::string& path) {
  for (const char* name : {"/ok", "/origin", "/stream", "/slow", "/throw", "/refuse"}) {
    if (path == name) return {{"GET"}, 0, {}};
  }
  if (path.starts_with("/s/")) return {{"GET"}, 0, {}};
  const bool post = method == "POST";
  if (path == "/echo") return {{"POST"}, post ? 1024u * 1024u : 0u, {"application/json", "text/*"}};
  if (path == "/small") return {{"GET", "POST", "DELETE"}, post ? 1024u : 0u, {}};
  if (path == "/form") return {{"POST"}, 64 * 1024, {"multipart/form-data"}};
  return {};
}

/// Where the first answer in `bytes` ends; npos while it is incomplete.
std::size_t end_of_answer(std::string_view bytes) {
  const auto head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) return head;
  if (header_of_answer(bytes, "Transfer-Encoding") == "chunked") {
    const auto end = bytes.find("\r\n0\r\n\r\n", head);
    return end == std::string_view::npos ? end : end + 7;
  }
  const auto length = header_of_answer(bytes, "Content-Length");
  const auto end = head + 4 + (length.empty() ? 0 : std::stoul(length));
  return end <= bytes.size() ? end : std::string_view::npos;
}

}  // namespace

EdgeOptions short_limits() {
  EdgeOptions options;
  options.connection.idle_timeout = 1000ms;
  options.connection.head_timeout = 1000ms;
  options.connection.linger_timeout = 500ms;
  options.connection.transfer_grace = 700ms;
  options.connection.crowded_grace = 200ms;
  options.connection.crowded_total = 500ms;
  options.connection.body_timeout = 2000ms;
  options.stop_grace = 700ms;
  options.find_route = find_test_route;
  return options;
}

EdgeTestServer::EdgeTestServer(EdgeOptions options) : server_(std::move(options), ids_) {
  const auto text = [this](const char* body) {
    return [this, body](const httplib::Request&, httplib::Response& response) {
      ++routed_;
      response.set_content(body, "text/plain");
    };
  };
  server_.Get("/ok", text("ok"));
  server_.Get("/small", text("small"));
  server_.Delete("/small", text("gone"));
  server_.Get("/s/([A-Za-z0-9-]+)", text("secret page"));
  server_.Get("/origin", [this](const httplib::Request& request, httplib::Response& response) {
    ++routed_;
    const Origin& origin = EdgeServer::context().origin;
    const nlohmann::json json = {{"address", origin.address}, {"scheme", origin.scheme}, {"host", origin.host},
                                 {"prefix", origin.prefix},   {"remote", request.remote_addr}};
    response.set_content(json.dump(), "application/json");
  });
  server_.Post("/echo", [this](const httplib::Request& request, httplib::Response& response) {
    ++routed_;
    response.set_content(request.body, "text/plain");
  });
  server_.Post("/small", [this](const httplib::Request& request, httplib::Response& response) {
    ++routed_;
    response.set_content(std::to_string(request.body.size()), "text/plain");
  });
  server_.Post("/form", [this](const httplib::Request& request, httplib::Response& response) {
    ++routed_;
    // What the library made of the form, which is nothing, and the form as it came.
    response.set_content(std::to_string(request.files.size() + request.params.size()) + ' ' + EdgeServer::context().form_type + ' ' + request.body,
                         "text/plain");
  });
  server_.Get("/stream", [this](const httplib::Request& request, httplib::Response& response) {
    ++routed_;
    auto left = std::make_shared<std::size_t>(std::stoul(request.get_param_value("bytes")));
    response.set_chunked_content_provider("application/octet-stream", [left](size_t, httplib::DataSink& sink) {
      const std::string piece(std::min<std::size_t>(*left, 8192), 'x');
      *left -= piece.size();
      if (piece.empty()) {
        sink.done();
        return true;
      }
      return sink.write(piece.data(), piece.size());
    });
  });
  server_.Get("/slow", [text](const httplib::Request& request, httplib::Response& response) {
    std::this_thread::sleep_for(300ms);
    text("slow")(request, response);
  });
  server_.Get("/throw", [](const httplib::Request&, httplib::Response&) {
    throw std::runtime_error("the password is swordfish");
  });
  server_.Get("/refuse", [](const httplib::Request&, httplib::Response&) {
    throw Error(ErrorCode::refused, "The limit must be positive.", "/limit").because("the driver said swordfish");
  });
  port_ = server_.listen_on("127.0.0.1", 0);
  thread_ = std::thread([this] { server_.run(); });
  while (!server_.is_running()) std::this_thread::sleep_for(1ms);
}

EdgeTestServer::~EdgeTestServer() { stop(); }

void EdgeTestServer::stop() {
  server_.stop();
  if (thread_.joinable()) thread_.join();
}

RawClient::RawClient(int port, int receive_buffer, const std::string& from)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  inet_pton(AF_INET, from.c_str(), &name.sin_addr);
  if (from != "127.0.0.1") ::bind(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name);
  name.sin_port = htons(static_cast<std::uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) {
    ::close(socket_);
    throw std::runtime_error("cannot connect to the server under test");
  }
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool RawClient::receive(steady_clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
  pollfd state{socket_, POLLIN, 0};
  if (ended_ || left <= 0 || ::poll(&state, 1, static_cast<int>(left)) <= 0) return false;
  char bytes[65536];
  const auto n = ::recv(socket_, bytes, sizeof bytes, 0);
  ended_ = n <= 0;
  reset_ = n < 0;
  if (n > 0) buffer_.append(bytes, static_cast<std::size_t>(n));
  return n > 0;
}

std::string RawClient::answer(std::chrono::milliseconds patience) {
  const auto until = steady_clock::now() + patience;
  for (;;) {
    if (const auto end = end_of_answer(buffer_); end != std::string::npos) {
      std::string answer = buffer_.substr(0, end);
      buffer_.erase(0, end);
      return answer;
    }
    if (!receive(until)) return "";
  }
}

std::string RawClient::rest(bool& closed, std::chrono::milliseconds patience) {
  const auto until = steady_clock::now() + patience;
  while (receive(until)) {
  }
  closed = ended_ && !reset_;
  return std::move(buffer_);
}

int status_of_answer(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}

std::string header_of_answer(std::string_view answer, std::string_view name) {
  const auto head = answer.substr(0, answer.find("\r\n\r\n"));
  const auto start = head.find("\r\n" + std::string(name) + ": ");
  if (start == std::string_view::npos) return "";
  const auto value = head.substr(start + name.size() + 4);
  return std::string(value.substr(0, value.find("\r\n")));
}

std::string body_of_answer(std::string_view answer) {
  const auto head = answer.find("\r\n\r\n");
  return head == std::string_view::npos ? "" : std::string(answer.substr(head + 4));
}

bool is_problem_document(std::string_view answer, int status) {
  const auto problem = nlohmann::json::parse(body_of_answer(answer), nullptr, false);
  return status_of_answer(answer) == status && problem.is_object() && problem.value("status", 0) == status &&
         problem.value("type", "") == "about:blank" && !problem.value("title", "").empty() &&
         problem.value("detail", "").ends_with('.') && problem.value("instance", "").size() == 9 + 36 &&
         header_of_answer(answer, "Content-Type") == "application/problem+json" &&
         header_of_answer(answer, "X-Content-Type-Options") == "nosniff" &&
         header_of_answer(answer, "Date").ends_with("GMT");
}

bool is_problem(std::string_view answer, int status) {
  return is_problem_document(answer, status) && header_of_answer(answer, "X-Frame-Options") == "DENY" &&
         header_of_answer(answer, "Referrer-Policy") == "same-origin";
}

}  // namespace klotterkoll::testing
