#include "domain/session.h"

#include <algorithm>

namespace klotterkoll {

Instant ends_at(const Session& session, const User& user) {
  const bool officer = std::ranges::any_of(user.scopes, [](const User::Scope& scope) { return scope.role == Role::municipality; });
  return std::min<Instant>(session.seen_at + (officer ? kOfficersSessionIdle : kSessionIdle), session.created_at + kSessionLongest);
}

bool is_good(const Session& session, const User& user, Instant now) { return !user.deactivated_at && now < ends_at(session, user); }

}  // namespace klotterkoll
