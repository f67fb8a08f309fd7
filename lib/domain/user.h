#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "domain/codes.h"
#include "domain/mail_preferences.h"
#include "domain/notice.h"

namespace klotterkoll {

/// A person on the staff: of the municipality, the police or an owner. Signs in by mail, is told by mail.
struct User {
  std::int64_t id = 0;
  std::string email;  ///< as typed; compared without case
  std::string name;
  /// Where the user was made. It alone sees and changes the address, the name and how mail is wanted; others only what the
  /// user is with them.
  MunicipalityId home = 0;
  struct Scope {
    MunicipalityId municipality = 0;
    Role role = Role::municipality;  ///< municipality, police or owner
    std::string owner_id;            ///< for role owner
    bool notices = true;             ///< is one of the officers who are told
    bool operator==(const Scope&) const = default;
  };
  std::vector<Scope> scopes;  ///< by municipality
  MailPreferences mail;
  Instant created_at;
  std::optional<Instant> deactivated_at;
  std::int64_t version = 1;

  const Scope* scope_in(MunicipalityId municipality) const;
  /// Puts the scope in the place of the one in the same municipality.
  void set_scope(const Scope& scope);
  bool operator==(const User&) const = default;
};

/// Throws Error{refused} with every fault: no mail address, no name, a role that users do not have, an owner's user without
/// its owner, wishes that cannot be met.
void validate(const User& user);

/// Where the notices of a destination go, as it is now.
struct Mailbox {
  std::string email;  ///< empty: it has none
  std::string name;
  MailPreferences mail;
};
/// One whose mail is not only sent as things happen: it has quiet hours, before which it is told ahead, or wants to hear on
/// Fridays.
struct TimedMailbox {
  Destination::Kind kind = Destination::Kind::owner;
  std::string ref;
  MailPreferences mail;
};

/// An address that a reporter left, by its digest (mail_address.h). What was typed gets one mail, and no more until it is
/// confirmed from that mail; what the municipality or the police entered counts as confirmed.
struct ReporterAddress {
  std::string address_digest;
  std::optional<Instant> first_mail_at, confirmed_at, stopped_at;
  MessageId first_message;  ///< the mail that asked whether it is theirs, which may be tried again; none: not asked
  bool wants_mail() const { return confirmed_at && !stopped_at; }
  bool operator==(const ReporterAddress&) const = default;
};

/// A warning that a mailbox has heard of before its moment. For the mail about a weekend, `case_id` is none, `due_at` the
/// moment of the mail, and `warning` -1.
struct ToldAhead {
  CaseId case_id;
  Instant due_at;
  int warning = -1;  ///< index into the policy's warnings
  Destination::Kind kind = Destination::Kind::owner;
  std::string ref;
};

/// The people who are told: users, the mailboxes of owners and officers, and the addresses that reporters left.
class UserTable {
 public:
  virtual ~UserTable() = default;

  /// Gives its number. Error{conflict} when there is one of this address.
  virtual std::int64_t add(const User& user) = 0;
  virtual std::optional<User> find(std::int64_t id) = 0;
  virtual std::optional<User> find_by_email(const std::string& email) = 0;
  /// Those that are something in the municipality, by number, deactivated ones too.
  virtual std::vector<User> list(MunicipalityId municipality) = 0;
  /// Saves everything and counts the version up. Error{stale} when it is no longer at `user.version`.
  virtual void update(const User& user) = 0;

  /// The active users of role municipality who want notices.
  virtual std::vector<std::int64_t> officers(MunicipalityId municipality) = 0;
  /// Of an owner, its second contact, an officer or any active user; nothing when there is no such any more. The two of an owner differ in
  /// the address only.
  virtual std::optional<Mailbox> mailbox(MunicipalityId municipality, Destination::Kind kind, const std::string& ref) = 0;
  /// Owners and officers; a second contact has its owner's hours.
  virtual std::vector<TimedMailbox> timed_mailboxes(MunicipalityId municipality) = 0;

  virtual std::optional<ReporterAddress> find_address(MunicipalityId municipality, const std::string& address_digest) = 0;
  virtual void save_address(MunicipalityId municipality, const ReporterAddress& address) = 0;
  /// With all its tokens. Of one that wants no mail that much is kept, or whoever reports with it again would be heard.
  virtual void forget_address(MunicipalityId municipality, const std::string& address_digest) = 0;
  /// What a mail to the address carries to confirm it, or to stop further ones; only the token's digest is kept.
  virtual void add_token(MunicipalityId municipality, const std::string& token_digest, const std::string& address_digest, Instant now) = 0;
  virtual std::optional<std::string> address_of_token(MunicipalityId municipality, const std::string& token_digest) = 0;
  /// Withdraws a token that has not been sent.
  virtual void remove_token(MunicipalityId municipality, const std::string& token_digest) = 0;
  /// Forgets at most `most` tokens that were made before that moment; gives how many.
  virtual std::int64_t remove_tokens(MunicipalityId municipality, Instant before, std::int64_t most) = 0;
  /// When the mails that asked after `after` whether an address is theirs were first made, the newest first, at most `most`:
  /// those of a municipality, and those to one address, whichever municipality it was typed in.
  virtual std::vector<Instant> first_mails_of(MunicipalityId municipality, Instant after, std::int64_t most) = 0;
  virtual std::vector<Instant> first_mails_to(const std::string& address_digest, Instant after, std::int64_t most) = 0;
  /// Is there a report with this address, beside `except`?
  virtual bool is_address_of_report(MunicipalityId municipality, const std::string& address_digest, ReportId except) = 0;

  /// True when it was not noted before.
  virtual bool note_told_ahead(const ToldAhead& told, MunicipalityId municipality) = 0;
  virtual bool was_told_ahead(const ToldAhead& told, MunicipalityId municipality) = 0;
  /// Is anything noted of this deadline, whatever the warning?
  virtual bool was_told_of(const ToldAhead& told) = 0;
  virtual void forget_told_ahead(MunicipalityId municipality, Instant due_before) = 0;
};

}  // namespace klotterkoll
