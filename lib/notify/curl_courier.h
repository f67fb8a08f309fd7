#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/network.h"
#include "domain/outgoing.h"

namespace klotterkoll {

struct CourierSettings {
  /// smtp://host:25 or smtps://user:password@host, percent-encoded; a path is what we call ourselves (EHLO). Empty: mails wait.
  ///
  /// TLS: smtps has it from the start. With smtp it is required and the server's certificate checked when there are credentials,
  /// or with `require_tls`. Else it is used where the server offers it, unchecked, against those who only listen; and not at
  /// all with a server on this machine, whose certificate is its own word.
  std::string smtp_url;
  std::string mail_from;  ///< the address that mails come from, and that bounces go to
  bool require_tls = false;
  std::vector<Network> webhook_allow;  ///< networks that webhooks may call although they are not public
  std::string ca_file;                 ///< PEM; empty: the system's
  std::string user_agent = "Klotterkoll";
  std::chrono::milliseconds call_timeout{15'000}, call_connect_timeout{5'000};
  std::chrono::milliseconds mail_timeout{60'000}, mail_connect_timeout{10'000};
  std::size_t calls_at_once = 256, calls_to_one = 8, mails_at_once = 8;
};

/// Sends with libcurl: mails through a relay, several over one connection, and webhooks' calls. Each kind has a thread that runs
/// many at once, so neither waits for the other, and a receiver that hangs delays nobody else.
///
/// A call is an HTTP POST without redirects, proxies, cookies or credentials. The address it goes to is checked when the
/// connection is made, after its name has been resolved. Of the answer at most 64 KiB are read, and little is kept.
class CurlCourier final : public Courier {
 public:
  /// Throws Error{refused} with a sentence when `smtp_url` or `mail_from` is not such.
  explicit CurlCourier(CourierSettings settings);
  /// Breaks off what is under way, at once.
  ~CurlCourier() override;

  void send(OutgoingMail mail, Done done) override;
  void send(OutgoingCall call, Done done) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace klotterkoll
