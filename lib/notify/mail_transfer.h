#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/outgoing.h"
#include "notify/curl_courier.h"
#include "notify/curl_list.h"
#include "notify/transfer_loop.h"

namespace klotterkoll {

/// The mail server that takes our mails, as the settings name it.
struct Relay {
  std::string url, user, password, mail_from, ca_file;
  long tls = 0;        ///< of CURLOPT_USE_SSL
  bool verify = true;  ///< its certificate
  std::chrono::milliseconds timeout, connect_timeout;
};
/// Nothing without `smtp_url`. Throws Error{refused} with a sentence, which repeats no password.
std::optional<Relay> relay_of(const CourierSettings& settings);

/// One mail to one recipient.
class MailTransfer final : public Transfer {
 public:
  /// `loop` and `relay` must outlive it.
  MailTransfer(TransferLoop& loop, const std::optional<Relay>& relay, OutgoingMail mail, Courier::Done done);

  const std::string& receiver() const override;
  bool prepare(CURL* handle) override;
  bool finish(CURL* handle, CURLcode code, const char* error) override;

 private:
  /// How far the conversation has come: the last command that we sent.
  enum class Stage { greeting, mail, rcpt, data };

  static int take_debug(CURL* handle, curl_infotype type, char* data, std::size_t size, void* self);
  static std::size_t give_body(char* to, std::size_t size, std::size_t count, void* self);
  static std::size_t drop(char* data, std::size_t size, std::size_t count, void* nothing);
  void take_command(std::string_view command);
  void take_reply(std::string_view line);
  Attempt outcome(CURLcode code, const char* error) const;

  TransferLoop& loop_;
  const std::optional<Relay>& relay_;
  const OutgoingMail mail_;
  const Courier::Done done_;
  std::string body_, from_;
  std::size_t given_ = 0;
  CurlList recipients_;
  Stage stage_ = Stage::greeting;
  bool quitting_ = false;
  int status_ = 0;      ///< of the last reply to the last command; 0: none came
  std::string reply_;   ///< its text
};

}  // namespace klotterkoll
