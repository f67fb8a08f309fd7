#include "access.h"

#include <algorithm>

#include "base/error.h"
#include "base/id.h"

namespace klotterkoll {
namespace {

constexpr std::chrono::seconds kKeptFor{1};
constexpr std::size_t kMostKept = 10'000;

}  // namespace

Actor Caller::actor_in(MunicipalityId municipality) const {
  Actor actor{role, key_id(), ""};
  if (key)
    for (const auto& scope : key->scopes)
      if (scope.municipality == municipality) actor.owner_id = scope.owner_id;
  return actor;
}

bool Caller::belongs_to(MunicipalityId municipality) const {
  if (!key || role == Role::admin) return true;
  return std::ranges::any_of(key->scopes, [&](const auto& scope) { return scope.municipality == municipality; });
}

Caller KeyRing::identify(const std::string& authorization) {
  if (authorization.empty()) return {};
  constexpr std::string_view scheme = "Bearer ";
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };  // schemes are of any case
  if (authorization.size() <= scheme.size() || !std::equal(scheme.begin(), scheme.end(), authorization.begin(), same))
    throw Error{ErrorCode::unauthorized, "Send the key as \"Authorization: Bearer kk_...\"."};
  const std::string hash = digest(std::string_view{authorization}.substr(scheme.size()));
  const Time now = std::chrono::steady_clock::now();
  std::uint64_t forgotten = 0;
  {
    const std::lock_guard lock{mutex_};
    if (const auto at = kept_.find(hash); at != kept_.end() && at->second.until > now)
      return {at->second.key->role, at->second.key};
    forgotten = forgotten_;
  }
  std::optional<ApiKey> found;
  store_.read([&](Transaction& transaction) { found = transaction.keys().find_by_digest(hash); });
  if (!found || found->revoked_at) throw Error{ErrorCode::unauthorized, "This key is not known, or it has been revoked."};
  auto key = std::make_shared<const ApiKey>(std::move(*found));
  const std::lock_guard lock{mutex_};
  if (forgotten == forgotten_) {  // else what was read may be older than what was changed
    if (kept_.size() >= kMostKept) kept_.clear();
    kept_[hash] = {key, now + kKeptFor};
  }
  return {key->role, key};
}

void KeyRing::forget() {
  const std::lock_guard lock{mutex_};
  kept_.clear();
  ++forgotten_;
}

void require_role(const Roles& admitted, const Caller& caller) {
  if (admitted.admit(caller.role)) return;
  if (!caller.key) throw Error{ErrorCode::unauthorized, "This needs a key; send it as \"Authorization: Bearer kk_...\"."};
  throw Error{ErrorCode::forbidden, "A key with the role " + std::string{to_code(caller.role)} + " may not do this."};
}

}  // namespace klotterkoll
