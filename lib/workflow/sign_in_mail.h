#pragma once

#include "workflow/mail.h"

namespace klotterkoll {

/// The mail that somebody who asked to sign in gets: a link and a code (sign_in.h). Its secrets are made here and stand in the composed
/// mail alone, which is kept until it is accepted or they are good no longer. Nothing when it is too late for it.
Composed compose_sign_in_mail(Transaction& transaction, const Settings& settings, const Destination& destination, const Message& message,
                              const KeptMail* kept, const MailSite& site, IdSource& ids, Instant now);

}  // namespace klotterkoll
