#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "domain/codes.h"
#include "domain/event.h"
#include "domain/outgoing.h"
#include "domain/policy.h"
#include "domain/store.h"

namespace klotterkoll {

// Telling people. The history is what is told on: a reader walks it by a cursor that commits together with what comes of
// each event (workflow/telling.h), so nothing is told twice or forgotten, and a report that is taken writes nothing more
// for it. What comes of an event is a notice to a mailbox, or a message to a webhook. Notices that leave a mailbox's
// queue at the same time become one message. A message is tried until it is accepted, refused or given up.

/// One of those whom an event concerns.
struct Concerned {
  Audience audience = Audience::owner;
  std::string owner_id;  ///< of an owner and a second contact
  bool operator==(const Concerned&) const = default;
};
/// Whom an event concerns, the one who did it left out. `escalation` that of the case's policy.
std::vector<Concerned> concerned_by(const Event& event, const Escalation& escalation);

/// Where notices and messages go; each waits for itself alone. `ref` is the owner's id, the user's number, the digest of a
/// reporter's address or the webhook's key: the address itself is looked up when something leaves, so that it may change,
/// and be erased. A former contact is the address that was an owner's until it was changed: it stands in the one mail that says
/// so, until that is done with, and `ref` is the owner's id.
struct Destination {
  enum class Kind { owner, second_contact, officer, reporter, webhook, former_contact, user };
  DestinationId id;
  Kind kind = Kind::owner;
  std::string ref;
  int failures = 0;                      ///< in a row
  std::optional<Instant> failing_since;  ///< of the first of them
  std::optional<Instant> closed_until;   ///< nothing is tried before: too much has failed in a row
  bool by_mail() const { return kind != Kind::webhook; }
  bool is_closed(Instant now) const { return closed_until && *closed_until > now; }
  bool operator==(const Destination&) const = default;
};
constexpr auto names_of(Destination::Kind) {
  return std::array<Names, 7>{"owner", "second_contact", "officer", "reporter", "webhook", "former_contact", "user"};
}

/// What a notice tells: an event of a case; a warning that would fall into quiet hours, told ahead of them; the cases that
/// run out over the weekend; a message that was given up; that an address is to be confirmed; to an owner whose address has
/// been changed one of its open cases, and to the former address that it was changed; to a user how to sign in.
enum class NoticeKind { event, warning_ahead, weekend, parked, confirm_address, open_case, address_changed, sign_in };
constexpr auto names_of(NoticeKind) {
  return std::array<Names, 8>{"event", "warning_ahead", "weekend", "parked", "confirm_address", "open_case", "address_changed", "sign_in"};
}

/// Something that a mailbox is to be told.
struct QueuedNotice {
  NoticeId id;
  DestinationId destination;
  MessageId message;  ///< which it leaves with; none yet: it waits for `leaves_at`
  NoticeKind kind = NoticeKind::event;
  EventId event;    ///< of kind event
  CaseId case_id;   ///< none for weekend and parked
  ReportId report;  ///< to a reporter: by which report
  Instant created_at, leaves_at;
  bool operator==(const QueuedNotice&) const = default;
};

enum class MessageState {
  waiting,  ///< for its first or its next attempt
  sent,     ///< accepted by the other side
  parked,   ///< given up: refused, or tried in vain for kTriedFor; the kommun sees it and may send it again
  dropped,  ///< there is nobody to send it to any more, or no reason
  failed,   ///< a test that was not accepted: it is tried once, and whoever asked for it sees what came of it
};
constexpr auto names_of(MessageState) { return std::array<Names, 5>{"waiting", "sent", "parked", "dropped", "failed"}; }

/// One thing that is sent, and sent again until it is accepted, always with the same id.
struct Message {
  MessageId id;
  DestinationId destination;
  /// Messages of one case leave for one destination in the order of their positions: of a webhook the event's, of a
  /// mailbox, where `case_id` is none, the order in which they were made.
  CaseId case_id;
  std::int64_t position = 0;
  EventId event;     ///< of a webhook's message; none: a test
  std::string type;  ///< of a webhook "case.due_soon"; of a mail the kind of its first notice
  MessageState state = MessageState::waiting;
  int attempts = 0;
  Instant created_at, next_at;
  std::optional<Instant> first_tried_at, done_at;
  int status = 0;      ///< of the last attempt
  std::string detail;  ///< of the last attempt
  std::string sent_to; ///< of a mail the keyed digest of the address it was last made for (mail_address.h)
  bool operator==(const Message&) const = default;
};

/// A mail as it was composed, with what it rests on. It is sent as it is for as long as it says what would be said now, so
/// that who has taken it without our knowing gets the same again, and not links that have replaced those it has.
struct KeptMail {
  OutgoingMail mail;
  std::string basis;                            ///< a digest of to whom and what it says, but for its links
  std::map<CaseId, std::string> closing_urls;   ///< those it holds
  std::string address_token;                    ///< of a reporter: that by which it confirms the address, or stops
};

/// What comes of composing it. Without a mail, and no moment to try again, there is nobody to send it to, or no reason.
struct Composed {
  std::optional<KeptMail> mail;
  std::optional<Instant> later;  ///< it may not leave before
};

/// A message is given up when this long has passed since its first attempt.
inline constexpr std::chrono::hours kTriedFor{24};
/// How patient delivery is. Tests are in more of a hurry.
struct DeliveryPace {
  std::chrono::seconds first_pause{5}, longest_pause{std::chrono::hours{4}};
  std::chrono::seconds first_closed{30}, longest_closed{std::chrono::hours{1}};
  std::chrono::seconds tried_for{kTriedFor};
  /// A node that holds a destination and is not heard of any more loses it after this.
  std::chrono::seconds lease{120};
};
/// A message is tried again after the first pause, then each time four times as long up to the longest, with up to a fifth
/// more or less by chance, but not sooner than the receiver asks. `chance` in [0, 1).
std::chrono::seconds pause_after(int attempts, double chance, const DeliveryPace& pace = {});

/// After so many failures in a row a destination is left alone, each time twice as long, and then tried with one message.
inline constexpr int kFailuresToClose = 5;
std::chrono::seconds closed_for(int failures, const DeliveryPace& pace = {});

/// Mails of one sweep or batch go together: what is to leave at once leaves this much after it happened.
inline constexpr std::chrono::seconds kGathered{5};
/// Rows of what was sent, dropped or parked are kept so long, for bounces and for the list of deliveries.
inline constexpr std::chrono::days kMessagesKept{90};

/// What waits, for those who watch over the service.
struct WaitingMessages {
  std::int64_t waiting = 0;  ///< messages and notices that have not been accepted yet
  std::int64_t parked = 0;
  std::optional<Instant> oldest;  ///< when the oldest of those that wait was made
};

/// Notices, messages and where they go, in storage.
///
/// Whoever adds something to a destination wakes it afterwards, once. So its row is written, and a node that gives the
/// destination back at that moment sees what was added, or is seen.
class NoticeTable {
 public:
  virtual ~NoticeTable() = default;

  // How far the history has been told on.
  /// A cursor as EventTable::after takes it; empty: nothing of it has been.
  virtual std::vector<std::int64_t> told_to(MunicipalityId municipality) = 0;
  /// False, and nothing is changed, when it is not at `from` any more: another node has told on.
  virtual bool move_told(MunicipalityId municipality, const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to) = 0;
  /// Nobody is told of what is committed now: a demonstration's past, a filled database.
  virtual void pass_over_history(MunicipalityId municipality) = 0;

  // Where to.
  /// The destination's key; it is made when it is not there.
  virtual DestinationId destination(MunicipalityId municipality, Destination::Kind kind, const std::string& ref) = 0;
  virtual std::optional<Destination> find_destination(MunicipalityId municipality, Destination::Kind kind, const std::string& ref) = 0;
  virtual std::optional<Destination> find_destination(DestinationId id) = 0;
  /// The same in a write, and nobody else leases or wakes it until the transaction ends.
  virtual std::optional<Destination> find_destination_to_change(DestinationId id) = 0;
  /// Saves failures and until when it is closed.
  virtual void update(const Destination& destination) = 0;
  /// There is something to do for it at `at`, if not before. Error{conflict} when it has just been forgotten: done again, it
  /// is made anew.
  virtual void wake(DestinationId id, Instant at) = 0;

  // What.
  virtual void add(const QueuedNotice& notice) = 0;
  virtual void add(const Message& message) = 0;
  virtual std::optional<Message> find_message(MessageId id) = 0;
  /// The same in a write, and nobody else changes it until the transaction ends.
  virtual std::optional<Message> find_message_to_change(MessageId id) = 0;
  /// Saves what attempts change.
  virtual void update(const Message& message) = 0;
  /// The notices that left with a message, oldest first.
  virtual std::vector<QueuedNotice> of_message(MessageId id) = 0;
  /// The newest messages to a destination.
  virtual std::vector<Message> of_destination(DestinationId id, std::int64_t most) = 0;
  /// When messages of this type to a destination were made, those made after `since`, the oldest first.
  virtual std::vector<Instant> made_since(DestinationId id, const std::string& type, Instant since) = 0;
  /// Messages of a municipality: parked or dropped ones, the last first, or waiting ones by destination and next attempt.
  virtual Listing<Message> list(MunicipalityId municipality, MessageState state, const Page& page) = 0;
  /// The last notice of this kind to a mailbox that tells of parked messages: waiting, or gone with its message.
  virtual std::optional<QueuedNotice> last_of_parked(DestinationId id) = 0;
  virtual WaitingMessages count_waiting(MunicipalityId municipality) = 0;

  // A composed mail, kept until the message is done with.
  virtual void keep_mail(MessageId id, const KeptMail& mail) = 0;
  virtual std::optional<KeptMail> kept_mail(MessageId id) = 0;
  virtual void forget_mail(MessageId id) = 0;
  /// All of the municipality's: each is composed anew if it is still to go. Not those to former contacts, whose address is
  /// nowhere else and which tell of no case.
  virtual void forget_mails(MunicipalityId municipality) = 0;
  /// The message is a mail made for the address of this digest.
  virtual void note_sent_to(MessageId id, const std::string& address_digest) = 0;

  // Delivery.
  struct Due {
    DestinationId id;
    Instant next_at;
  };
  /// Destinations for which there is something to do and that nobody has leased, the longest due first; mailboxes or webhooks.
  virtual std::vector<Due> due(MunicipalityId municipality, bool by_mail, Instant now, std::int64_t most) = 0;
  /// Takes it until `until`, as `token`; nothing when there is nothing to do any more, or somebody else has it.
  virtual std::optional<Destination> lease(DestinationId id, Instant now, Instant until, const std::string& token) = 0;
  /// False when the lease has run out and somebody else has it.
  virtual bool extend_lease(DestinationId id, Instant until, const std::string& token) = 0;
  /// Gives it back, with when there is something to do next; nothing happens when somebody else has it.
  virtual void release(DestinationId id, const std::string& token) = 0;
  /// Waiting messages that may go now: their time has come, and none of the same case that was before them waits.
  virtual std::vector<Message> ready_messages(DestinationId id, Instant now, std::int64_t most) = 0;
  virtual bool has_waiting_messages(DestinationId id) = 0;
  /// Notices that leave a mailbox together at `now`, oldest first: those whose time has come, and with them those that only
  /// wait to be gathered. All of the frame of the first: events and warnings, or one of the other kinds.
  virtual std::vector<QueuedNotice> ready_notices(DestinationId id, Instant now, std::int64_t most) = 0;
  /// The next position of a mailbox's messages.
  virtual std::int64_t next_position(DestinationId id) = 0;
  virtual void leave_with(MessageId message, const QueuedNotice& notice) = 0;
  /// Waiting messages of a destination, the next first.
  virtual std::vector<Message> waiting_messages(DestinationId id, std::int64_t most) = 0;
  /// Those that were made, or tried first, before that moment.
  virtual std::vector<Message> waiting_since_before(DestinationId id, Instant before, std::int64_t most) = 0;

  // Where answers go.
  /// The mailbox that somebody at the municipality reads; empty: it has named none.
  virtual std::string reply_to(MunicipalityId municipality) = 0;
  virtual void set_reply_to(MunicipalityId municipality, const std::string& email) = 0;

  // Forgetting.
  /// Destinations after `after` in order of key.
  virtual std::vector<DestinationId> destinations_after(MunicipalityId municipality, DestinationId after, std::int64_t most) = 0;
  /// Forgets messages made and done with before that moment, with their notices; gives how many.
  virtual std::int64_t forget_messages(DestinationId id, Instant before, std::int64_t most) = 0;
  /// Forgets the destination if nothing is there for it, done or to be done; false when there is.
  virtual bool forget_idle(DestinationId id) = 0;
};

}  // namespace klotterkoll
