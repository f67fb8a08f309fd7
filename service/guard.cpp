#include "guard.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/text.h"

namespace klotterkoll {
namespace {

using Checked = std::optional<Refusal>;

Checked refuse(int status, std::string detail) { return Refusal{status, std::move(detail), {}}; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

/// In lower case and without parameters.
std::string media_type(std::string_view content_type) {
  auto type = lower(content_type.substr(0, content_type.find(';')));
  type.erase(type.find_last_not_of(' ') + 1);
  return type;
}

bool has_dot_segment(std::string_view path) {
  for (std::size_t slash = 0; slash != std::string_view::npos;) {
    const auto next = path.find('/', slash + 1);
    const auto segment = path.substr(slash + 1, next == std::string_view::npos ? next : next - slash - 1);
    if (segment == "." || segment == "..") return true;
    slash = next;
  }
  return false;
}

Checked check_target(const httplib::Request& request, const RequestLimits& limits) {
  if (request.target.size() > limits.target || request.path.size() > limits.path) {
    return refuse(414, "The path may have " + std::to_string(limits.path) + " characters, with its query " +
                           std::to_string(limits.target) + ".");
  }
  if (request.path == "*" && request.method == "OPTIONS") return std::nullopt;
  if (std::ranges::any_of(request.path, is_control) || !is_utf8(request.path)) {
    return refuse(400, "The path must be UTF-8 without control characters.");
  }
  // An encoded slash and a dot segment mean one path to us and another to a proxy in front.
  const auto raw_path = lower(std::string_view(request.target).substr(0, request.target.find('?')));
  if (!request.path.starts_with('/') || raw_path.find("%2f") != std::string::npos || has_dot_segment(request.path)) {
    return refuse(400, "The path must begin with a slash and hold no encoded slash and no dot segment.");
  }
  for (const auto& [name, value] : request.params) {
    if (!is_utf8(name) || !is_utf8(value) || name.find('\0') != std::string::npos ||
        value.find('\0') != std::string::npos) {
      return refuse(400, "The query must be UTF-8 without null characters.");
    }
  }
  return std::nullopt;
}

Checked check_headers(const httplib::Request& request, const RequestLimits& limits) {
  if (request.headers.size() > limits.headers) return refuse(431, "There are too many header lines.");
  for (const auto& [name, value] : request.headers) {
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return refuse(400, "The header " + name + " holds an encoded line break or null character.");
    }
  }
  if (request.get_header_value_count("Host") != 1) return refuse(400, "There must be exactly one Host header.");
  return std::nullopt;
}

/// Sets `length` when there is a Content-Length.
Checked check_framing(const httplib::Request& request, std::optional<std::size_t>& length) {
  if (request.has_header("Transfer-Encoding")) {
    return refuse(411, "Send the body with a Content-Length; a Transfer-Encoding is not accepted.");
  }
  const auto count = request.get_header_value_count("Content-Length");
  if (count == 0) return std::nullopt;
  const std::string value = request.get_header_value("Content-Length");
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (count > 1 || value.find_first_not_of("0123456789") != std::string::npos || end != value.data() + value.size()) {
    return refuse(400, "Content-Length must be one number, written in digits.");
  }
  if (error == std::errc::result_out_of_range) return refuse(413, "The body is too large.");
  length = number;
  return std::nullopt;
}

bool is_among(std::string_view type, const std::vector<std::string>& accepted) {
  return std::any_of(accepted.begin(), accepted.end(), [&](std::string_view one) {
    return one == type || (one.ends_with("/*") && type.starts_with(one.substr(0, one.size() - 1)));
  });
}

Checked check_body(const httplib::Request& request, const RouteInfo& route, std::optional<std::size_t> length) {
  const auto& method = request.method;
  const bool takes_body = method == "POST" || method == "PUT" || method == "PATCH";
  if (!takes_body) {
    return length.value_or(0) == 0 ? std::nullopt : refuse(400, "A " + method + " request has no body.");
  }
  const std::string type = media_type(request.get_header_value("Content-Type"));
  const bool form = is_multipart(type) || type == "application/x-www-form-urlencoded";
  const std::size_t most = is_multipart(type) && route.form_limit > 0 ? route.form_limit : route.body_limit;
  if (!length) return refuse(411, "A " + method + " request must tell its length in Content-Length.");
  if (*length > most) {
    return refuse(413, most == 0 ? "There is no body here." : "The body may have " + std::to_string(most) + " bytes here.");
  }
  if (request.has_header("Content-Encoding")) {
    return refuse(415, "Send the body as it is; a Content-Encoding is not accepted.");
  }
  if (*length == 0 && !request.has_header("Content-Type")) return std::nullopt;
  const bool accepted = route.content_types.empty() ? !form : is_among(type, route.content_types);
  if (!accepted || request.get_header_value_count("Content-Type") > 1) {
    std::string detail = "The body is not of a type that is accepted here";
    for (const auto& one : route.content_types) detail += (&one == &route.content_types.front() ? ": " : ", ") + one;
    return refuse(415, detail + ".");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> check(const httplib::Request& request, const RequestLimits& limits, const FindRoute& find_route) {
  std::optional<std::size_t> length;
  if (auto refusal = check_target(request, limits)) return refusal;
  if (auto refusal = check_headers(request, limits)) return refusal;
  if (auto refusal = check_framing(request, length)) return refusal;

  if (request.path == "*") return check_body(request, {}, length);
  const RouteInfo route = find_route(request.method == "HEAD" ? "GET" : request.method, request.path);
  if (route.methods.empty()) return refuse(404, "There is nothing at this path.");
  const auto answers = [&](std::string_view method) {
    return std::find(route.methods.begin(), route.methods.end(), method) != route.methods.end();
  };
  if (!answers(request.method) && request.method != "OPTIONS" && !(request.method == "HEAD" && answers("GET"))) {
    return Refusal{405, "This path answers " + allow(route.methods) + ".", route.methods};
  }
  return check_body(request, route, length);
}

bool is_multipart(std::string_view content_type) { return media_type(content_type).starts_with("multipart/"); }

std::string allow(const std::vector<std::string>& methods) {
  std::string value;
  for (const auto& method : methods) {
    value += method + ", ";
    if (method == "GET") value += "HEAD, ";
  }
  return value + "OPTIONS";
}

}  // namespace klotterkoll
