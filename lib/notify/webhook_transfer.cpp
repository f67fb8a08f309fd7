#include "notify/webhook_transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "notify/quoted.h"
#include "notify/webhook_signature.h"
#include "notify/webhook_url.h"

namespace klotterkoll {
namespace {

using Outcome = Attempt::Outcome;

constexpr std::size_t kBodyRead = 64 << 10, kBodyKept = 1000, kRetryAfterKept = 100;
constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::hours{24};

std::optional<Address> address_of(const curl_sockaddr& address) {
  Address found = *parse_address("0.0.0.0");
  if (address.family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address.addr);
    std::memcpy(found.data() + 12, &in->sin_addr, 4);
    return found;
  }
  if (address.family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(&address.addr);
    std::memcpy(found.data(), &in->sin6_addr, 16);
    return found;
  }
  return std::nullopt;
}

/// Seconds or a date of HTTP, from the attempt on.
std::optional<std::chrono::seconds> parse_retry_after(const std::string& text, Instant at) {
  if (text.empty()) return std::nullopt;
  std::chrono::seconds wanted{0};
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end == text.data() + text.size()) {
    wanted = error == std::errc{} ? std::chrono::seconds{std::min(number, (long long)kLongestRetryAfter.count())} : kLongestRetryAfter;
  } else {
    const std::time_t date = curl_getdate(text.c_str(), nullptr);
    if (date == -1) return std::nullopt;
    wanted = from_unix(date) - at;
  }
  return std::clamp(wanted, std::chrono::seconds{0}, kLongestRetryAfter);
}

bool is_tls_fault(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CERTPROBLEM ||
         code == CURLE_SSL_CIPHER || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR;
}

}  // namespace

WebhookTransfer::WebhookTransfer(const CourierSettings& settings, OutgoingCall call, Courier::Done done)
    : settings_(settings), call_(std::move(call)), done_(std::move(done)) {
  if (auto fault = fault_in_webhook_url(call_.url, settings_.webhook_allow)) fault_ = std::move(*fault);
  else receiver_ = receiver_of(call_.url);
}

bool WebhookTransfer::prepare(CURL* handle) {
  std::string signature;
  try {
    if (!fault_.empty()) throw Error{ErrorCode::refused, fault_};
    if (std::ranges::any_of(call_.webhook_id, is_control)) throw Error{ErrorCode::refused, "A call's id has no control characters."};
    signature = webhook_signature(call_.secrets, call_.webhook_id, call_.at, call_.body);
  } catch (const Error& error) {
    done_({.outcome = Outcome::refused, .detail = error.what()});
    return false;
  }
  headers_.add("content-type: application/json");
  headers_.add("webhook-id: " + call_.webhook_id);
  headers_.add("webhook-timestamp: " + std::to_string(to_unix(call_.at)));
  headers_.add("webhook-signature: " + signature);
  headers_.add("Expect:");  // the body is small: it is not to wait for leave
  curl_easy_setopt(handle, CURLOPT_URL, call_.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call_.body.data());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, settings_.user_agent.c_str());
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // nor one of the environment
  curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings_.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, settings_.ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.call_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.call_connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &WebhookTransfer::open_checked);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &WebhookTransfer::take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &WebhookTransfer::take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  return true;
}

curl_socket_t WebhookTransfer::open_checked(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<WebhookTransfer*>(self);
  const auto found = address_of(*address);
  if (!found || !may_be_called(*found, transfer.settings_.webhook_allow)) {
    transfer.forbidden_ = true;
    return CURL_SOCKET_BAD;
  }
  transfer.tried_ = true;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t WebhookTransfer::take_header(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<WebhookTransfer*>(self)->take_header_line({data, size * count});
  return size * count;
}

void WebhookTransfer::take_header_line(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    head_status_ = 0;
    const auto space = line.find(' ');
    if (space != line.npos) std::from_chars(line.data() + space + 1, line.data() + line.size(), head_status_);
    return;
  }
  // A head counts when it is complete; those of 1xx are followed by another. After it come trailers.
  if (line == "\r\n" || line == "\n") {
    if (head_status_ >= 200) status_ = head_status_;
    return;
  }
  constexpr std::string_view kRetryAfter = "retry-after:";
  if (status_ == 0 && line.size() < kRetryAfter.size() + kRetryAfterKept && fold(line.substr(0, kRetryAfter.size())) == kRetryAfter)
    retry_after_ = trimmed(line.substr(kRetryAfter.size()));
}

std::size_t WebhookTransfer::take_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<WebhookTransfer*>(self);
  const std::size_t bytes = size * count;
  if (transfer.body_.size() < kBodyKept) transfer.body_.append(data, std::min(bytes, kBodyKept - transfer.body_.size()));
  transfer.body_bytes_ += bytes;
  return transfer.body_bytes_ > kBodyRead ? 0 : bytes;  // fewer than given: enough
}

bool WebhookTransfer::finish(CURL*, CURLcode code, const char* error) {
  done_(outcome(code, error));
  return code != CURLE_OPERATION_TIMEDOUT;
}

Attempt WebhookTransfer::outcome(CURLcode code, const char* error) const {
  if (status_ != 0) return outcome_of_answer();
  if (forbidden_ && !tried_)
    return {.outcome = Outcome::refused, .detail = "The receiver's name leads to a private, local or reserved address, and those are not called."};
  Attempt attempt{.outcome = Outcome::retry};
  if (code == CURLE_COULDNT_RESOLVE_HOST) {
    attempt.detail = "The receiver's name was not found.";
  } else if (code == CURLE_COULDNT_CONNECT) {
    attempt.detail = "The receiver could not be reached.";
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    attempt.detail = "The receiver did not answer in time.";
  } else if (is_tls_fault(code)) {
    attempt.detail = "No safe connection: " + quoted(*error != '\0' ? error : curl_easy_strerror(code));
  } else {
    attempt.detail = std::string{"The receiver did not answer as HTTP has it: "} + quoted(curl_easy_strerror(code)) + ".";
  }
  return attempt;
}

Attempt WebhookTransfer::outcome_of_answer() const {
  Attempt attempt{.outcome = Outcome::retry, .status = status_};
  if (status_ < 300) attempt.outcome = Outcome::accepted;
  else if (status_ < 400) attempt.outcome = Outcome::refused;
  else if (status_ == 410) attempt.outcome = Outcome::gone;
  else if (status_ < 500 && status_ != 408 && status_ != 425 && status_ != 429) attempt.outcome = Outcome::refused;
  if (status_ >= 300 && status_ < 400) {
    attempt.detail = "The receiver answered " + std::to_string(status_) + ", a redirect, and those are not followed; register the new address.";
    return attempt;
  }
  const std::string said = quoted(body_);
  attempt.detail = "The receiver answered " + std::to_string(status_) + (said.empty() ? "." : ": " + said);
  if (attempt.outcome == Outcome::retry) attempt.retry_after = parse_retry_after(retry_after_, call_.at);
  return attempt;
}

}  // namespace klotterkoll
