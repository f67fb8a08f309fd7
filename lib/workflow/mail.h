#pragma once

#include <optional>
#include <span>
#include <string>

#include "domain/mail_content.h"
#include "domain/notice.h"
#include "domain/store.h"

namespace klotterkoll {

/// Most things that one mail tells, the most urgent first; `MailContent::more` counts those beside them.
inline constexpr std::size_t kItemsOfMail = 500;

/// What a mail needs to know of the installation.
struct MailSite {
  std::string public_url;   ///< without a slash at its end
  std::string mail_domain;  ///< of message ids, "klotter.example.se"
  const MailWriter& writer;
  const ReferenceCipher& references;
  std::size_t most_items = kItemsOfMail;
};

/// One mail of the notices that leave a mailbox together: what of them still holds, reduced to what the recipient may see.
/// In a write, because a mail carries links that are made for it. Nothing when there is nobody to send it to (no address any
/// more, a reporter who has not confirmed it or wants no mail), or when the cases have overtaken all of it.
///
/// `kept`: as it was composed for an earlier attempt, if it was. It is given back while it is still what is to be said; else
/// it is composed anew, with those of its links that hold, and the others are withdrawn.
Composed compose_mail(Transaction& transaction, const Settings& settings, const Destination& destination, const Message& message,
                      std::span<const QueuedNotice> notices, const KeptMail* kept, const MailSite& site, IdSource& ids, Instant now);

}  // namespace klotterkoll
