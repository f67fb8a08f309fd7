#include "workflow/sign_in.h"

#include <algorithm>

#include "base/error.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::int64_t kForgottenAtOnce = 500;

}  // namespace

std::string begin_session(Transaction& transaction, const User& user, IdSource& ids, Instant now) {
  if (user.deactivated_at) throw Error{ErrorCode::forbidden, "This user has been deactivated."};
  std::string secret = random_token(ids, kSecretBytes);
  transaction.sessions().add({digest(secret), user.id, now, now});
  return secret;
}

std::optional<SignedIn> find_session(Transaction& transaction, const std::string& secret, Instant now) {
  auto session = transaction.sessions().find(digest(secret));
  auto user = session ? transaction.users().find(session->user_id) : std::nullopt;
  if (!user || !is_good(*session, *user, now)) return std::nullopt;
  return SignedIn{std::move(*session), std::move(*user)};
}

void end_session(Transaction& transaction, const std::string& secret) { transaction.sessions().remove(digest(secret)); }

std::int64_t forget_sessions(Store& store, Instant now) {
  const Instant seen_before = now - std::max(kSessionIdle, kOfficersSessionIdle), created_before = now - kSessionLongest;
  std::int64_t all = 0;
  for (std::int64_t forgotten = kForgottenAtOnce; forgotten == kForgottenAtOnce; all += forgotten)
    store.write([&](Transaction& transaction) { forgotten = transaction.sessions().remove_old(seen_before, created_before, kForgottenAtOnce); });
  return all;
}

}  // namespace klotterkoll
