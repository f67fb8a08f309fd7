#include "domain/session.h"

#include <algorithm>

namespace klotterkoll {

Instant ends_at(const Session& session, const User& user) {
  const bool officer = std::ranges::any_of(user.scopes, [](const User::Scope& scope) { return scope.role == Role::municipality; });
  return std::min<Instant>(session.seen_at + (officer ? kOfficersSessionIdle : kSessionIdle), session.created_at + kSessionLongest);
}

bool is_good(const Session& session, const User& user, Instant now) { return !user.deactivated_at && now < ends_at(session, user); }

bool is_good(const SignInRequest& request, Instant now) {
  return request.user_id != 0 && request.message && !request.ended_at && request.wrong_codes < kWrongCodes && now < request.asked_at + kSignInGood;
}

}  // namespace klotterkoll
