#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "domain/user.h"

namespace klotterkoll {

/// Somebody of the staff who has signed in with one browser. The secret that the browser keeps is nowhere else, only its digest.
struct Session {
  std::string session_digest;
  std::int64_t user_id = 0;
  Instant created_at, seen_at;
  bool operator==(const Session&) const = default;
};

/// A session ends when nothing was asked with it for so long, and after the longest time in any case. The police and owners work
/// in the field with telephones of their own; what an officer sees holds citizens' contacts.
inline constexpr std::chrono::hours kSessionIdle{14}, kOfficersSessionIdle{4};
inline constexpr std::chrono::days kSessionLongest{7};
/// `seen_at` is written when it is older than this, so that reading pages seldom writes.
inline constexpr std::chrono::minutes kSeenEvery{5};

/// The moment from which the session is not good any more, as things are.
Instant ends_at(const Session& session, const User& user);
/// A session of a user who was deactivated is none.
bool is_good(const Session& session, const User& user, Instant now);

/// What stands for a user where keys stand for others: in the history, in reports and in photos (Actor::key_id).
constexpr std::int64_t kFirstUserKey = std::int64_t{1} << 40;
constexpr std::int64_t actor_key_of(const User& user) { return kFirstUserKey + user.id; }
/// The user's number, when the key is one's.
constexpr std::optional<std::int64_t> user_of_actor_key(std::int64_t key_id) {
  return key_id > kFirstUserKey ? std::optional{key_id - kFirstUserKey} : std::nullopt;
}

/// Somebody who asked to sign in, by an address that may be nobody's. The window that asked has a secret, the mail another two: a
/// link's, and a short code that is good in that window only.
struct SignInRequest {
  std::string window_digest;
  std::int64_t user_id = 0;  ///< 0: the address is no user's here, and nobody learns of it
  MunicipalityId municipality = 0;
  MessageId message;         ///< the mail; none: it was asked for too often
  std::string token_digest, code_digest;  ///< empty until the mail is composed
  int wrong_codes = 0;
  Instant asked_at;
  std::optional<Instant> ended_at;
  bool operator==(const SignInRequest&) const = default;
};

/// A link and its code are good so long, once, and after so many wrong codes not any more.
inline constexpr std::chrono::minutes kSignInGood{15};
inline constexpr int kWrongCodes = 5;
/// So many mails an hour are sent to one user, whoever asks for them.
inline constexpr int kSignInMailsAnHour = 5;
bool is_good(const SignInRequest& request, Instant now);

/// Sessions, in storage, and who asked for one. They are the installation's, as users are.
class SessionTable {
 public:
  virtual ~SessionTable() = default;
  virtual void add(const Session& session) = 0;
  virtual std::optional<Session> find(const std::string& session_digest) = 0;
  virtual void set_seen(const std::string& session_digest, Instant at) = 0;
  virtual void remove(const std::string& session_digest) = 0;
  /// Signs the user out everywhere.
  virtual void remove_of_user(std::int64_t user_id) = 0;
  /// The sessions of a user, good or not.
  virtual std::vector<Session> of_user(std::int64_t user_id) = 0;
  /// Forgets at most `most` that were last seen, or begun, before those moments; gives how many.
  virtual std::int64_t remove_old(Instant seen_before, Instant created_before, std::int64_t most) = 0;

  virtual void add(const SignInRequest& request) = 0;
  /// In a write nobody else changes it until the transaction ends.
  virtual std::optional<SignInRequest> find_request(const std::string& window_digest) = 0;
  virtual std::optional<SignInRequest> find_request_of_token(const std::string& token_digest) = 0;
  virtual std::optional<SignInRequest> find_request_of_message(MessageId message) = 0;
  /// Saves the secrets, the wrong codes and the end.
  virtual void update(const SignInRequest& request) = 0;
  /// How many mails to the user were asked for since then. In a write nobody else asks for one until the transaction ends.
  virtual std::int64_t count_mails(std::int64_t user_id, Instant since) = 0;
  /// Those that asked before that moment and have not ended, the oldest first.
  virtual std::vector<SignInRequest> waiting_since_before(Instant asked_before, std::int64_t most) = 0;
  /// Forgets at most `most` that asked before that moment; gives how many.
  virtual std::int64_t remove_requests(Instant asked_before, std::int64_t most) = 0;
};

}  // namespace klotterkoll
