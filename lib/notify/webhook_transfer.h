#pragma once

#include <string>
#include <string_view>

#include "domain/outgoing.h"
#include "notify/curl_courier.h"
#include "notify/curl_list.h"
#include "notify/transfer_loop.h"

namespace klotterkoll {

/// One call of a webhook.
class WebhookTransfer final : public Transfer {
 public:
  /// `settings` must outlive it.
  WebhookTransfer(const CourierSettings& settings, OutgoingCall call, Courier::Done done);

  const std::string& receiver() const override { return receiver_; }
  bool prepare(CURL* handle) override;
  bool finish(CURL* handle, CURLcode code, const char* error) override;

 private:
  static curl_socket_t open_checked(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);
  void take_header_line(std::string_view line);
  Attempt outcome(CURLcode code, const char* error) const;
  Attempt outcome_of_answer() const;

  const CourierSettings& settings_;
  const OutgoingCall call_;
  const Courier::Done done_;
  std::string fault_, receiver_;
  CurlList headers_;
  bool tried_ = false;            ///< an address that may be called was found
  bool forbidden_ = false;        ///< one that may not
  int status_ = 0;                ///< of an answer whose head is complete
  int head_status_ = 0;           ///< of the head that is being read
  std::string retry_after_, body_;
  std::size_t body_bytes_ = 0;
};

}  // namespace klotterkoll
