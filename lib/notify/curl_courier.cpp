#include "notify/curl_courier.h"

#include <utility>

#include "base/error.h"
#include "notify/mail_transfer.h"
#include "notify/transfer_loop.h"
#include "notify/webhook_transfer.h"

namespace klotterkoll {

struct CurlCourier::Parts {
  explicit Parts(CourierSettings given)
      : settings(std::move(given)),
        relay(relay_of(settings)),
        mails({.in_all = settings.mails_at_once, .for_one = settings.mails_at_once, .kept_connections = static_cast<long>(settings.mails_at_once)}),
        calls({.in_all = settings.calls_at_once, .for_one = settings.calls_to_one}) {}

  const CourierSettings settings;
  const std::optional<Relay> relay;
  TransferLoop mails, calls;  // the last ones: they end before what they read
};

CurlCourier::CurlCourier(CourierSettings settings) : parts_(std::make_unique<Parts>(std::move(settings))) {}

CurlCourier::~CurlCourier() = default;

void CurlCourier::send(OutgoingMail mail, Done done) {
  parts_->mails.add(std::make_unique<MailTransfer>(parts_->mails, parts_->relay, std::move(mail), std::move(done)));
}

void CurlCourier::send(OutgoingCall call, Done done) {
  parts_->calls.add(std::make_unique<WebhookTransfer>(parts_->settings, std::move(call), std::move(done)));
}

}  // namespace klotterkoll
