#include "notify/mail_transfer.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "notify/curl_url.h"
#include "notify/mime.h"
#include "notify/quoted.h"

namespace klotterkoll {
namespace {

using Outcome = Attempt::Outcome;

constexpr std::size_t kReplyKept = 1000;

/// Is that the relay's own state, or what it wants of us whatever the mail? Other 5yz are final: by RFC 5321 4.2.1 the command
/// is not to be sent in the same way again. At MAIL they are about the sender's address (550, 553), what the mail is (552,
/// 554, 555, 501, 504) or a policy, and a mail that is tried until the settings are other would be heard of by nobody.
bool is_state_of_relay(int status) {
  switch (status) {
    case 421:                                    // it closes, at whatever command (RFC 5321 3.8)
    case 500: case 502: case 503:                // it does not know MAIL, or not now: it is no mail server, or not in order
    case 521:                                    // it takes no mail at all (RFC 7504)
    case 530: case 534: case 535: case 538:      // it wants a login, another one, or encryption (RFC 4954, RFC 3207)
      return true;
    default: return false;
  }
}

bool is_this_machine(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host);
  return fold(host) == "localhost" || (address && (Network{"127.0.0.0/8"}.contains(*address) || Network{"::1"}.contains(*address)));
}

}  // namespace

std::optional<Relay> relay_of(const CourierSettings& settings) {
  if (settings.smtp_url.empty()) return std::nullopt;
  CurlUrl url{settings.smtp_url};
  const std::string scheme = url.valid() ? url.part(CURLUPART_SCHEME) : "";
  const std::string host = url.valid() ? url.part(CURLUPART_HOST) : "";
  if ((scheme != "smtp" && scheme != "smtps") || host.empty())
    throw Error{ErrorCode::refused, "The mail server is written smtp://host:25 or smtps://user:password@host."};
  Relay relay;
  try {
    relay.mail_from = ascii_address(settings.mail_from);
  } catch (const Error&) {
    throw Error{ErrorCode::refused, "\"" + quoted(settings.mail_from) + "\" is no address for mails to come from; write one such as klotter@example.se."};
  }
  relay.user = url.part(CURLUPART_USER, CURLU_URLDECODE);
  relay.password = url.part(CURLUPART_PASSWORD, CURLU_URLDECODE);
  relay.url = url.without_credentials();
  relay.ca_file = settings.ca_file;
  const bool strict = settings.require_tls || !relay.user.empty() || scheme == "smtps";
  relay.verify = strict;
  relay.tls = strict ? CURLUSESSL_ALL : is_this_machine(host) ? CURLUSESSL_NONE : CURLUSESSL_TRY;
  relay.timeout = settings.mail_timeout;
  relay.connect_timeout = settings.mail_connect_timeout;
  return relay;
}

MailTransfer::MailTransfer(TransferLoop& loop, const std::optional<Relay>& relay, OutgoingMail mail, Courier::Done done)
    : loop_(loop), relay_(relay), mail_(std::move(mail)), done_(std::move(done)) {}

const std::string& MailTransfer::receiver() const {
  static const std::string kRelay = "smtp";
  return kRelay;
}

bool MailTransfer::prepare(CURL* handle) {
  if (!relay_) {
    done_({.outcome = Outcome::retry, .detail = "No mail server has been set (--smtp).", .relay_down = true});
    return false;
  }
  try {
    recipients_.add("<" + ascii_address(mail_.to) + ">");
    body_ = to_mime(mail_, relay_->mail_from);
  } catch (const Error& error) {
    done_({.outcome = Outcome::refused, .detail = error.what()});
    return false;
  }
  from_ = "<" + relay_->mail_from + ">";
  curl_easy_setopt(handle, CURLOPT_URL, relay_->url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  if (!relay_->user.empty()) {
    curl_easy_setopt(handle, CURLOPT_USERNAME, relay_->user.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, relay_->password.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_USE_SSL, relay_->tls);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, relay_->verify ? 1L : 0L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, relay_->verify ? 2L : 0L);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!relay_->ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, relay_->ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(handle, CURLOPT_MAIL_FROM, from_.c_str());
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients_.get());
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, &MailTransfer::give_body);
  curl_easy_setopt(handle, CURLOPT_READDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &MailTransfer::drop);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(relay_->timeout.count()));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(relay_->connect_timeout.count()));
  // Bounds the wait for an answer to QUIT, which blocks.
  curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, std::max(1L, static_cast<long>(relay_->timeout.count() / 1000)));
  // The conversation, to know whose fault a refusal is: libcurl's code alone does not tell.
  curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, &MailTransfer::take_debug);
  curl_easy_setopt(handle, CURLOPT_DEBUGDATA, this);
  loop_.watch(handle);
  return true;
}

std::size_t MailTransfer::give_body(char* to, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<MailTransfer*>(self);
  const std::size_t bytes = std::min(size * count, transfer.body_.size() - transfer.given_);
  std::memcpy(to, transfer.body_.data() + transfer.given_, bytes);
  transfer.given_ += bytes;
  return bytes;
}

std::size_t MailTransfer::drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int MailTransfer::take_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  auto& transfer = *static_cast<MailTransfer*>(self);
  if (type == CURLINFO_HEADER_OUT) transfer.take_command({data, size});
  if (type == CURLINFO_HEADER_IN) transfer.take_reply({data, size});
  return 0;
}

void MailTransfer::take_command(std::string_view command) {
  quitting_ = command.starts_with("QUIT");
  if (quitting_) return;  // what was said before is what counts
  // What is none of these belongs to the greeting: EHLO, STARTTLS, AUTH and what follows it, which is never kept.
  if (command.starts_with("MAIL ")) stage_ = Stage::mail;
  if (command.starts_with("RCPT ")) stage_ = Stage::rcpt;
  if (command.starts_with("DATA")) stage_ = Stage::data;
  status_ = 0;
  reply_.clear();
}

void MailTransfer::take_reply(std::string_view line) {
  if (quitting_) return;
  int status = 0;
  if (std::from_chars(line.data(), line.data() + std::min<std::size_t>(line.size(), 3), status).ec == std::errc{}) {
    // The answer to the body comes without a command before it.
    if (status != status_) reply_.clear();
    status_ = status;
  }
  if (reply_.size() < kReplyKept) reply_ += line;
}

bool MailTransfer::finish(CURL*, CURLcode code, const char* error) {
  done_(outcome(code, error));
  return code != CURLE_OPERATION_TIMEDOUT;
}

Attempt MailTransfer::outcome(CURLcode code, const char* error) const {
  constexpr int kClosing = 421;
  const bool refusal = status_ >= 400 && status_ < 600;
  Attempt attempt{.outcome = Outcome::retry, .status = status_};
  if (code == CURLE_OK) {
    attempt.outcome = Outcome::accepted;
    attempt.detail = "The mail server answered " + quoted(reply_);
    return attempt;
  }
  // Until the mail has begun, nothing is about it. When the sender has been named, it may be; that the relay cannot take it
  // just now (4yz), or says nothing, is not yet the recipient's matter, of whom it has not heard.
  if (stage_ == Stage::greeting || status_ == kClosing) attempt.relay_down = true;
  if (stage_ == Stage::mail) attempt.relay_down = status_ < 500 || is_state_of_relay(status_);
  if (refusal) {
    if (status_ >= 500 && !attempt.relay_down) attempt.outcome = Outcome::refused;
    attempt.detail = "The mail server answered " + quoted(reply_);
  } else {
    attempt.status = 0;
    attempt.detail = "The mail server did not take it: " + quoted(code == CURLE_OPERATION_TIMEDOUT || *error == '\0' ? curl_easy_strerror(code) : error) + ".";
  }
  return attempt;
}

}  // namespace klotterkoll
