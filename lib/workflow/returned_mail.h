#pragma once

#include <span>
#include <string>

#include "domain/store.h"

namespace klotterkoll {

/// What a mail that came back has led to.
struct ReturnedMail {
  bool known = false;            ///< it was one of ours that had been accepted
  std::int64_t unreached = 0;    ///< cases whose owner has not been told after all
};

/// A mail server has said of a mail that it had accepted that it could not be delivered: the message is parked, with
/// `detail` as what was said, and the open cases that it told their present owner of are put on the officers' list
/// (`case_unattended`, bounced). `message_id` is that of the mail, with or without <>; `addresses` those that are said not to
/// have been reached. Whoever has had a mail of ours can name its id, and whoever forwarded it an address: what is not ours,
/// has not been sent, or went to none of the addresses changes nothing. Said again it changes nothing either.
ReturnedMail take_returned_mail(Store& store, const std::string& message_id, std::span<const std::string> addresses, const std::string& detail,
                                Instant now);

}  // namespace klotterkoll
