#pragma once

#include <optional>
#include <string>

#include "domain/session.h"
#include "domain/store.h"

namespace klotterkoll {

// How the staff come in and go out.

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

void end_session(Transaction& transaction, const std::string& secret);
/// Forgets sessions that have ended, in short transactions; gives how many.
std::int64_t forget_sessions(Store& store, Instant now);

}  // namespace klotterkoll
