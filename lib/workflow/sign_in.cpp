#include "workflow/sign_in.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "domain/mail_address.h"
#include "domain/notice.h"
#include "workflow/telling.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::int64_t kForgottenAtOnce = 500;
constexpr std::chrono::hours kRemembered{1};

constexpr std::string_view kCodeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCodeLength = 8;

std::string random_code(IdSource& ids) {
  std::array<unsigned char, kCodeLength> bytes;
  ids.fill(bytes);
  std::string code;
  for (const unsigned char byte : bytes) code += kCodeLetters[byte % kCodeLetters.size()];
  return code;
}

/// What was typed as the code's letters alone. Anything else stays, and is wrong.
std::string read_code(const std::string& typed) {
  std::string code;
  for (const char c : typed.substr(0, 4 * kCodeLength)) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (upper == '-' || upper == ' ') continue;
    code += upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
  }
  return code;
}

/// A code is short, so that its digest holds the window's too: the same code of two windows has two.
std::string digest_of_code(const SignInRequest& request, const std::string& code) { return digest(request.window_digest + ' ' + code); }

/// The active user that the address stands for here.
std::optional<User> user_of(Transaction& transaction, MunicipalityId municipality, const std::string& email) {
  auto user = is_mail_address(email) ? transaction.users().find_by_email(email) : std::nullopt;
  return user && !user->deactivated_at && user->scope_in(municipality) ? user : std::nullopt;
}

std::optional<User> use(Transaction& transaction, SignInRequest request, Instant now) {
  auto user = transaction.users().find(request.user_id);
  if (!user || user->deactivated_at || !user->scope_in(request.municipality)) return std::nullopt;
  request.ended_at = now;
  transaction.sessions().update(request);
  return user;
}

/// The mail was not accepted in time: it goes nowhere any more, and what was composed is not kept.
void drop_mail(Transaction& transaction, const SignInRequest& request, Instant now) {
  NoticeTable& notices = transaction.notices();
  const auto found = request.message ? notices.find_message(request.message) : std::nullopt;
  if (!found) return;
  // The destination first, as whoever takes it up does.
  notices.find_destination_to_change(found->destination);
  auto message = notices.find_message_to_change(request.message);
  notices.forget_mail(request.message);
  if (!message || message->state != MessageState::waiting) return;
  message->state = MessageState::dropped;
  message->done_at = now;
  notices.update(*message);
}

}  // namespace

std::string ask_to_sign_in(Transaction& transaction, const Settings& settings, const std::string& email, IdSource& ids, Instant now) {
  const MunicipalityId municipality = settings.municipality.id;
  std::string window = random_token(ids, kSecretBytes);
  SignInRequest request;
  request.window_digest = digest(window);
  request.municipality = municipality;
  request.asked_at = now;
  if (const auto user = user_of(transaction, municipality, email)) {
    request.user_id = user->id;
    if (transaction.sessions().count_mails(user->id, now - kRemembered) < kSignInMailsAnHour) {
      Queueing queueing{transaction, municipality, now};
      request.message = queueing.add_mail(Destination::Kind::user, std::to_string(user->id), NoticeKind::sign_in);
      queueing.wake();
    }
  }
  transaction.sessions().add(request);
  return window;
}

std::optional<User> use_link(Transaction& transaction, MunicipalityId municipality, const std::string& token, Instant now) {
  const auto request = transaction.sessions().find_request_of_token(digest(token));
  if (!request || request->municipality != municipality || !is_good(*request, now)) return std::nullopt;
  return use(transaction, *request, now);
}

std::optional<User> use_code(Transaction& transaction, MunicipalityId municipality, const std::string& window, const std::string& typed, Instant now) {
  auto request = transaction.sessions().find_request(digest(window));
  if (!request || request->municipality != municipality) return std::nullopt;
  const bool right = is_good(*request, now) && !request->code_digest.empty() && request->code_digest == digest_of_code(*request, read_code(typed));
  if (right) return use(transaction, *request, now);
  // Of one that has no mail, too: what is written does not tell whether there is a user.
  ++request->wrong_codes;
  transaction.sessions().update(*request);
  return std::nullopt;
}

SignInSecrets make_secrets(Transaction& transaction, SignInRequest request, IdSource& ids) {
  SignInSecrets secrets{random_token(ids, kSecretBytes), ""};
  const std::string code = random_code(ids);
  request.token_digest = digest(secrets.token);
  request.code_digest = digest_of_code(request, code);
  transaction.sessions().update(request);
  secrets.code = code.substr(0, kCodeLength / 2) + '-' + code.substr(kCodeLength / 2);
  return secrets;
}

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

std::int64_t count_sessions(Transaction& transaction, const User& user, Instant now) {
  return std::ranges::count_if(transaction.sessions().of_user(user.id), [&](const Session& session) { return is_good(session, user, now); });
}

void end_session(Transaction& transaction, const std::string& secret) { transaction.sessions().remove(digest(secret)); }

std::int64_t forget_sessions(Store& store, Instant now) {
  const Instant seen_before = now - std::max(kSessionIdle, kOfficersSessionIdle), created_before = now - kSessionLongest;
  std::int64_t all = 0;
  for (std::int64_t forgotten = kForgottenAtOnce; forgotten == kForgottenAtOnce; all += forgotten)
    store.write([&](Transaction& transaction) { forgotten = transaction.sessions().remove_old(seen_before, created_before, kForgottenAtOnce); });
  return all;
}

void forget_sign_ins(Store& store, Instant now) {
  std::vector<SignInRequest> late;
  std::int64_t forgotten = 0;
  do {
    store.read([&](Transaction& transaction) { late = transaction.sessions().waiting_since_before(now - kSignInGood, kForgottenAtOnce); });
    if (!late.empty()) store.write([&](Transaction& transaction) {
      for (SignInRequest request : late) {
        drop_mail(transaction, request, now);
        request.ended_at = now;
        transaction.sessions().update(request);
      }
    });
  } while (std::ssize(late) == kForgottenAtOnce);
  do {
    store.write([&](Transaction& transaction) { forgotten = transaction.sessions().remove_requests(now - kRemembered, kForgottenAtOnce); });
  } while (forgotten == kForgottenAtOnce);
}

}  // namespace klotterkoll
