#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "access.h"
#include "base/clock.h"
#include "workflow/sign_in.h"

namespace klotterkoll {

/// The cookie that holds a session's secret. The prefix binds it to our host, to https and to the whole of it.
inline constexpr const char* kSessionCookie = "__Host-klotterkoll";

/// Somebody who has signed in, on the way through a request.
struct Visitor {
  std::string secret;  ///< of the session
  SignedIn signed_in;
  std::string form_token;  ///< what forms of this session carry, so that no other site can send them

  /// The one who acts in a municipality, as keys give it (the user's number stands for the key); a citizen where the user is nothing.
  Caller caller_in(MunicipalityId municipality) const;
};

/// Knows who has signed in. What was found is kept for a second, so that a session that was ended on another node, or a user
/// who was deactivated there, is let in for less than two; here it ends at once (`forget`). Safe to call from several threads.
class Sessions {
 public:
  Sessions(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  /// Null when the secret is none, or its session has ended.
  std::shared_ptr<const Visitor> find(const std::string& secret);
  void forget();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Kept {
    std::shared_ptr<const Visitor> visitor;
    Time until;
  };
  Store& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;  ///< by digest
  std::uint64_t forgotten_ = 0;
};

/// The value of a cookie in a Cookie header; empty when it is not there.
std::string cookie_in(const std::string& header, std::string_view name);
/// What Set-Cookie says to keep a session's secret; an empty one takes it away.
std::string session_cookie(const std::string& secret);

}  // namespace klotterkoll
