#pragma once

#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/notice.h"
#include "domain/store.h"
#include "workflow/recipients.h"

namespace klotterkoll {

/// What telling needs of those who know people, webhooks and words. The service puts it together: mails' texts and
/// webhooks' JSON are not the workflow's.
struct Teller {
  /// The mailboxes of one of those whom an event concerns.
  std::function<std::vector<Recipient>(Transaction&, const Settings&, const Event&, const Concerned&)> recipients_of;
  /// When it may leave for that mailbox: digests, quiet hours.
  std::function<Instant(Transaction&, const Settings&, const Recipient&, const Event&, Instant now)> leaves_at;
  /// The webhooks that are to be called for an event.
  std::function<std::vector<WebhookId>(Transaction&, const Settings&, const Event&)> webhooks_for;
  /// Has the owner a webhook of its own that is called?
  std::function<bool(Transaction&, const Settings&, const std::string& owner_id)> has_webhook;
  /// Whose it is, empty: the kommun's; nothing when there is no such webhook any more.
  std::function<std::optional<std::string>(Transaction&, WebhookId)> owner_of_webhook;
  /// The receiver wants no more (410).
  std::function<void(Transaction&, WebhookId, Instant now)> disable_webhook;
  /// What is to be said now, with `kept` what was composed for an earlier attempt, if there was one. Every attempt asks.
  std::function<Composed(Transaction&, const Settings&, const Destination&, const Message&, std::span<const QueuedNotice>, const KeptMail* kept,
                         Instant now)>
      compose_mail;
  /// Nothing when there is nobody to call any more.
  std::function<std::optional<OutgoingCall>(Transaction&, const Settings&, WebhookId, const Message&, Instant now)> compose_call;
};

/// What came of telling on.
struct Told {
  std::int64_t events = 0, notices = 0, messages = 0;
  bool more = false;                  ///< there may be more to tell
  std::vector<std::string> failures;  ///< why somebody could not be told of an event, or an event of nobody
  std::exception_ptr fault;           ///< of the database: not all of the municipalities were told on, the others were
};

/// Tells the next events of every municipality's history, at most one page each: notices for mailboxes, messages for
/// webhooks, and of a case given to an owner whom nothing can reach, `case_unattended`. What comes of a page commits together
/// with the cursor; of several nodes that tell the same page at once one does, the others' work is dropped.
/// Of whom nothing can be made out is passed over and named, and the others are told; so is an event that cannot be read.
Told tell_on(Store& store, const Teller& teller, Instant now);

/// Officers are to hear that messages were parked. However many they are, each of them gets one mail a day.
void tell_of_parked(Transaction& transaction, const Settings& settings, const Teller& teller, Instant now);

/// Queues what a transaction tells, and wakes each destination once.
class Queueing {
 public:
  Queueing(Transaction& transaction, MunicipalityId municipality, Instant now)
      : transaction_(transaction), municipality_(municipality), now_(now) {}

  /// `notice` without its keys, destination and created_at.
  void add(Destination::Kind kind, const std::string& ref, QueuedNotice notice);
  /// `message` the same; it is to go now.
  MessageId add(WebhookId webhook, Message message);
  /// A mail to go now that is not gathered of notices.
  MessageId add_mail(Destination::Kind kind, const std::string& ref, NoticeKind what);
  /// To be called once, at the end.
  void wake();

 private:
  DestinationId destination(Destination::Kind kind, const std::string& ref, Instant wake_at);

  Transaction& transaction_;
  const MunicipalityId municipality_;
  const Instant now_;
  struct Used {
    DestinationId id;
    Instant wake_at;
  };
  std::map<std::pair<Destination::Kind, std::string>, Used> used_;
};

}  // namespace klotterkoll
