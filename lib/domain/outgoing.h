#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/codes.h"

namespace klotterkoll {

// The port through which something leaves the house: a letter by SMTP, or a webhook's call. `notify/` implements it with
// libcurl. What is to be told, to whom, and what follows from an outcome is not known there.

/// The language of a recipient's texts.
enum class Language { sv, en };
constexpr auto names_of(Language) { return std::array<Names, 2>{"sv", "en"}; }

/// A mail, composed. All text is UTF-8 without control characters but line feeds in `text` and `html`; whoever sends it
/// encodes headers and bodies, so that nothing in a subject or an address can become a header of its own.
struct OutgoingMail {
  std::string message_id;   ///< without <>; the same at every attempt
  std::string from_name;    ///< shown beside the installation's --mail-from
  std::string reply_to;     ///< a mailbox that somebody reads; empty: --mail-from
  std::string to;           ///< one address
  std::string subject, text, html;
  std::string thread_id;    ///< without <>; mails of one case share it (References); empty: none
  std::string unsubscribe_url;  ///< List-Unsubscribe with one click (RFC 8058); empty: it does not apply
  Language language = Language::sv;
  Instant date;
};

/// A webhook's call after Standard Webhooks: a POST of `body` to `url`, signed with each of the secrets.
struct OutgoingCall {
  std::string webhook_id;            ///< the same at every attempt
  std::string url;
  std::vector<std::string> secrets;  ///< "whsec_" and base64; the present one first
  std::string body;                  ///< JSON
  Instant at;                        ///< of the attempt: it is signed along, and old ones are refused
};

/// What became of an attempt.
struct Attempt {
  enum class Outcome {
    accepted,  ///< the other side has said that it has it
    retry,     ///< it may go later: no connection, a timeout, 408, 425, 429, 5xx; SMTP 4xx
    refused,   ///< it never will: other 4xx, a redirect, SMTP 5xx, an address that is not to be called
    gone,      ///< 410: the receiver wants no more
  };
  Outcome outcome = Outcome::retry;
  int status = 0;      ///< of HTTP or SMTP; 0: there was no answer
  std::string detail{};  ///< a sentence for the kommun, at most 300 characters; nothing of it is trusted
  std::optional<std::chrono::seconds> retry_after{};  ///< as the receiver asked, at most 24 h
  /// The relay itself could not be reached or would not talk, whatever the recipient.
  bool relay_down = false;
};
constexpr auto names_of(Attempt::Outcome) { return std::array<Names, 4>{"accepted", "retry", "refused", "gone"}; }

/// Sends. Safe to call from several threads; `done` is called once for each, from a thread of the courier's, soon and
/// without throwing; or not at all when the courier is destroyed first.
class Courier {
 public:
  using Done = std::function<void(const Attempt&)>;
  virtual ~Courier() = default;
  virtual void send(OutgoingMail mail, Done done) = 0;
  virtual void send(OutgoingCall call, Done done) = 0;
};

}  // namespace klotterkoll
