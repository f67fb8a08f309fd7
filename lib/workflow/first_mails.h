#pragma once

#include <optional>
#include <string>

#include "domain/store.h"
#include "domain/user.h"

namespace klotterkoll {

// An address that a stranger has typed gets one mail, which asks whether it is theirs. Whoever types those of others can have
// us write to them, each once in every municipality; so there are few such mails, whoever asks for them from wherever. A limit
// for each sender would not do: senders are cheaper than victims. Of several nodes each may send a few more.

/// Such mails that leave in a municipality within an hour. Those beyond wait for their turn, a day at most: then they would
/// tell of what is long past, and who floods us does not keep others waiting for longer.
inline constexpr std::int64_t kFirstMailsAnHour = 60;
inline constexpr std::chrono::hours kFirstMailWaits{24};
/// Such mails to one address within a day, from all municipalities of the installation. Those beyond do not leave.
inline constexpr std::int64_t kFirstMailsToOneADay = 3;

/// May a mail to this address leave now?
struct Admission {
  bool admitted = false;
  bool first = false;            ///< it is to ask whether the address is theirs, and to say no more
  std::optional<Instant> later;  ///< not admitted before this moment; none: never
};
/// `message` made at `made_at`; a mail that was admitted is admitted again, so that it can be tried again. `by_staff`: an
/// officer or the police have entered the address, which counts as confirmed by that.
Admission admit(Transaction& transaction, MunicipalityId municipality, const std::string& address_digest, MessageId message, Instant made_at,
                bool by_staff, Instant now);
/// Notes that it is being sent.
void note_mail_to(Transaction& transaction, MunicipalityId municipality, const std::string& address_digest, const Admission& admission,
                  MessageId message, Instant now);

}  // namespace klotterkoll
