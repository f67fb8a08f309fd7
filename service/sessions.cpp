#include "sessions.h"

#include "base/id.h"

namespace klotterkoll {
namespace {

constexpr std::chrono::seconds kKeptFor{1};
constexpr std::size_t kMostKept = 10'000;
constexpr std::size_t kTokenLength = 32;

}  // namespace

Caller Visitor::caller_in(MunicipalityId municipality) const {
  const User& user = signed_in.user;
  const User::Scope* scope = user.scope_in(municipality);
  if (!scope) return {};
  auto key = std::make_shared<ApiKey>();
  key->id = actor_key_of(user);
  key->role = scope->role;
  key->name = user.name;
  key->scopes = {{municipality, scope->owner_id}};
  return {scope->role, std::move(key)};
}

std::shared_ptr<const Visitor> Sessions::find(const std::string& secret) {
  if (secret.empty()) return nullptr;
  const std::string key = digest(secret);
  const Time now = std::chrono::steady_clock::now();
  std::uint64_t forgotten = 0;
  {
    const std::lock_guard lock{mutex_};
    if (const auto at = kept_.find(key); at != kept_.end() && at->second.until > now) return at->second.visitor;
    forgotten = forgotten_;
  }
  const Instant at = clock_.now();
  std::optional<SignedIn> found;
  store_.read([&](Transaction& transaction) { found = find_session(transaction, secret, at); });
  if (!found) return nullptr;
  if (at >= found->session.seen_at + kSeenEvery)
    store_.write([&](Transaction& transaction) { transaction.sessions().set_seen(found->session.session_digest, at); });
  auto visitor = std::make_shared<const Visitor>(Visitor{secret, std::move(*found), digest("form of " + secret).substr(0, kTokenLength)});
  const std::lock_guard lock{mutex_};
  if (forgotten == forgotten_) {  // else what was read may be older than what was changed
    if (kept_.size() >= kMostKept) kept_.clear();
    kept_[key] = {visitor, now + kKeptFor};
  }
  return visitor;
}

void Sessions::forget() {
  const std::lock_guard lock{mutex_};
  kept_.clear();
  ++forgotten_;
}

std::string cookie_in(const std::string& header, std::string_view name) {
  for (std::string_view rest = header; !rest.empty();) {
    const auto end = std::min(rest.find(';'), rest.size());
    std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) return std::string{one.substr(name.size() + 1)};
  }
  return "";
}

std::string session_cookie(const std::string& secret) {
  // Lax, not Strict: the link in a mail to the staff leads to a page, and whoever follows it is still signed in.
  std::string cookie = kSessionCookie;
  cookie += "=" + secret + "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=";
  cookie += secret.empty() ? "0" : std::to_string(std::chrono::seconds{kSessionLongest}.count());
  return cookie;
}

}  // namespace klotterkoll
