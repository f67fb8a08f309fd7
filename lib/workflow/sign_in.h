#pragma once

#include <optional>
#include <string>

#include "domain/session.h"
#include "domain/store.h"

namespace klotterkoll {

// How the staff come in and go out.
//
// Who wants to sign in types a mail address. A user of that address gets a mail with a link, which signs in whatever window it is
// opened in, and a short code, which signs in the window that asked. Whatever was typed, that window is told the same, and the same
// is written: so nobody learns whose addresses are known. The secrets are made when the mail is composed (sign_in_mail.h).

/// Notes that somebody asked, and puts the mail in line for an active user of the municipality with that address, unless
/// kSignInMailsAnHour have been. Gives the secret that the window keeps.
std::string ask_to_sign_in(Transaction& transaction, const Settings& settings, const std::string& email, IdSource& ids, Instant now);

/// Uses up the link of a mail of this municipality; gives the user. Nothing when there is none such, it is too old or was used, or the
/// user is nothing in the municipality any more.
std::optional<User> use_link(Transaction& transaction, MunicipalityId municipality, const std::string& token, Instant now);
/// The same with what was typed as the code in the window of that secret. Dashes, spaces, lower case, and O for 0, I and L for 1 are
/// forgiven. A wrong one is counted.
std::optional<User> use_code(Transaction& transaction, MunicipalityId municipality, const std::string& window, const std::string& typed, Instant now);

/// Makes new secrets for the request of a mail: the link's token and the code, "ABCD-EFGH". Those made before are none any more.
struct SignInSecrets {
  std::string token, code;
};
SignInSecrets make_secrets(Transaction& transaction, SignInRequest request, IdSource& ids);

/// Begins a session of a user and gives the secret that the browser keeps: 256 random bits. Error{forbidden} for a user who was
/// deactivated.
std::string begin_session(Transaction& transaction, const User& user, IdSource& ids, Instant now);

/// Who has signed in, with the session.
struct SignedIn {
  Session session;
  User user;
};
/// Nothing when the secret is none, or its session has ended.
std::optional<SignedIn> find_session(Transaction& transaction, const std::string& secret, Instant now);

/// With how many browsers the user is signed in.
std::int64_t count_sessions(Transaction& transaction, const User& user, Instant now);

void end_session(Transaction& transaction, const std::string& secret);
/// Forgets sessions that have ended, in short transactions; gives how many.
std::int64_t forget_sessions(Store& store, Instant now);
/// Drops mails that could not be delivered while what they hold was good, and forgets who asked an hour ago.
void forget_sign_ins(Store& store, Instant now);

}  // namespace klotterkoll
