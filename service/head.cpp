#include "head.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace klotterkoll {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool lists_word(std::string_view list, std::string_view word) {
  for (std::size_t comma = 0; comma != std::string_view::npos; list.remove_prefix(comma + 1)) {
    comma = list.find(',');
    if (same_word(trim(list.substr(0, comma)), word)) return true;
    if (comma == std::string_view::npos) break;
  }
  return false;
}

std::optional<Refusal> refuse(int status, std::string detail) { return Refusal{status, std::move(detail), {}}; }

constexpr std::string_view kScheme = "http://";

bool is_absolute(std::string_view target) { return same_word(target.substr(0, kScheme.size()), kScheme); }

std::optional<Refusal> read_target(std::string_view target, std::string_view method) {
  if (target == "*" && method == "OPTIONS") return std::nullopt;
  if (is_absolute(target)) {
    target.remove_prefix(kScheme.size());
    const auto path = std::min(target.find('/'), target.size());
    if (!is_host(target.substr(0, path))) {
      return refuse(400, "The target of the request must name a host before its path, or be a path that begins with a slash.");
    }
    target.remove_prefix(path);
    if (target.empty()) return std::nullopt;
  }
  if (!target.starts_with('/')) {
    return refuse(400, "The target of the request must be a path that begins with a slash.");
  }
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (is_control(target[i]) || target[i] == '#') {
      return refuse(400, "The target of the request holds a character that must be percent-encoded.");
    }
    // The library passes a broken escape on and knows "%u" ones of its own.
    if (target[i] == '%' && (i + 2 >= target.size() || !is_hex(target[i + 1]) || !is_hex(target[i + 2]))) {
      return refuse(400, "The target of the request holds a percent sign without two hexadecimal digits.");
    }
  }
  return std::nullopt;
}

std::optional<Refusal> read_request_line(std::string_view line, Head& result, bool& old_version) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(400, "The request line must be a method, a target and HTTP/1.1, with one space between them.");
  }
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method) || target.empty() || target.find(' ') != std::string_view::npos) {
    return refuse(400, "The request line must be a method, a target and HTTP/1.1, with one space between them.");
  }
  result.method = method;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (!version.starts_with("HTTP/")) return refuse(400, "The request line must end with HTTP/1.1.");
    return refuse(505, "This service speaks HTTP/1.1.");
  }
  old_version = version == "HTTP/1.0";
  // The library answers any other method before a handler of ours sees it; TRACE and CONNECT get their 405.
  static constexpr std::string_view kMethods[] = {"GET",    "HEAD",    "POST",  "PUT",    "PATCH",
                                                  "DELETE", "OPTIONS", "TRACE", "CONNECT"};
  if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods)) {
    return refuse(501, "This service knows GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS, in capitals.");
  }
  return read_target(target, method);
}

std::optional<Refusal> read_length(std::string_view value, Head& result) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result.content_length);
  const bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  // A number beyond 64 bits is a body beyond every limit.
  if (digits && error == std::errc::result_out_of_range) return refuse(413, "The body is too large.");
  if (digits && error == std::errc{} && end == value.data() + value.size()) return std::nullopt;
  return refuse(400, "Content-Length must be one number, written in digits.");
}

}  // namespace

std::size_t HeadScanner::scan(std::string_view received, const HeadLimits& limits) {
  while (!fault_) {
    const auto end = received.find('\n', scanned_);
    const auto length = std::min(end, received.size()) - line_start_;
    if (length > limits.line_bytes) {
      fault_ = lines_ == 0 ? Refusal{414, "The request line is too long.", {}}
                           : Refusal{431, "A header line is too long.", {}};
    } else if (std::min(end, received.size()) > limits.head_bytes) {
      fault_ = Refusal{431, "The headers are too large.", {}};
    } else if (end == std::string_view::npos) {
      scanned_ = received.size();
      return 0;
    } else if (length == 0 || received[end - 1] != '\r') {
      fault_ = Refusal{400, "Every line of the head must end with CR LF.", {}};
    } else if (lines_ == 0 && received.substr(0, end).find(" HTTP/") == std::string_view::npos) {
      // HTTP/0.9 has no more lines to wait for.
      fault_ = Refusal{400, "The request line must end with HTTP/1.1.", {}};
    } else if (length == 1) {
      return end + 1;
    } else {
      ++lines_;
      line_start_ = scanned_ = end + 1;
    }
  }
  return 0;
}

std::optional<Refusal> read_head(std::string& head, const HeadLimits& limits, Head& result) {
  std::string host;
  auto end = head.find("\r\n");
  bool old_version = false;
  if (auto refusal = read_request_line(std::string_view(head).substr(0, end), result, old_version)) return refusal;

  if (const auto at = head.find(' ') + 1; is_absolute(std::string_view(head).substr(at))) {
    // Whoever sends a whole URL means its host, whatever Host says: RFC 9112, 3.2.2.
    const auto authority = at + kScheme.size(), path = head.find_first_of("/ ", authority);
    host = head.substr(authority, path - authority);
    head.replace(at, path - at, head[path] == '/' ? "" : "/");
    end = head.find("\r\n");
  }

  std::size_t headers = 0, hosts = 0, lengths = 0;
  bool encoded = false, closes = old_version;
  for (auto start = end + 2; start + 2 < head.size(); start = end + 2) {
    end = head.find("\r\n", start);
    const auto line = std::string_view(head).substr(start, end - start);
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_token(name)) {
      return refuse(400, "A header line must begin with a name and a colon, without a space before the colon.");
    }
    if (std::any_of(line.begin(), line.end(), is_control)) {
      return refuse(400, "A header line must not hold control characters.");
    }
    if (++headers > limits.headers) return refuse(431, "There are too many header lines.");

    const auto value = trim(line.substr(colon + 1));
    bool hide = false;
    if (same_word(name, "Content-Length")) {
      if (++lengths > 1) return refuse(400, "There must be at most one Content-Length.");
      if (auto refusal = read_length(value, result)) return refusal;
    } else if (same_word(name, "Transfer-Encoding")) {
      encoded = true;
    } else if (same_word(name, "Host")) {
      ++hosts;
      if (!is_host(value)) return refuse(400, "Host must be a name or an address, with or without a port.");
      if (!host.empty()) {
        head.replace(start, end - start, "Host: " + host);
        end = start + 6 + host.size();
      }
    } else if (same_word(name, "Connection")) {
      closes = closes || lists_word(value, "close");
    } else if (same_word(name, "Expect")) {
      if (!same_word(value, "100-continue")) return refuse(417, "The only expectation met is 100-continue.");
      result.expects_continue = !old_version;
      hide = true;
    } else if (same_word(name, "Range")) {
      hide = true;
    }
    if (hide) {
      head.erase(start, end + 2 - start);
      end = start - 2;
    }
  }
  result.keep_alive = !closes;
  if (encoded && lengths > 0) return refuse(400, "Transfer-Encoding and Content-Length exclude each other.");
  if (encoded) return refuse(411, "Send the body with a Content-Length; a Transfer-Encoding is not accepted.");
  if (hosts != 1) return refuse(400, "There must be exactly one Host header.");
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 255) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  });
}

}  // namespace klotterkoll
