#pragma once

#include <string>

#include "domain/notice.h"
#include "domain/store.h"

namespace klotterkoll {

// Composed mails that wait for their next attempt. They hold links, words and an address, so they go as soon as something of
// that is not to be sent any more; what is still to be told is composed anew when its time comes.

/// Ends those links of `kept` that are not in `instead`, the mail that goes in its place; none: nothing goes.
void withdraw(Transaction& transaction, MunicipalityId municipality, const KeptMail& kept, const KeptMail* instead);
/// Forgets what was composed for the message, with its links: it was not taken, and does not go as it is.
void give_up_mail(Transaction& transaction, MessageId id);
/// The same of all that waits for a mailbox.
void give_up_mails_to(Transaction& transaction, MunicipalityId municipality, Destination::Kind kind, const std::string& ref);

}  // namespace klotterkoll
