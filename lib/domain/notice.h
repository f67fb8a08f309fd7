#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "domain/codes.h"
#include "domain/event.h"
#include "domain/outgoing.h"
#include "domain/policy.h"

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
/// and be erased.
struct Destination {
  enum class Kind { owner, second_contact, officer, reporter, webhook };
  DestinationId id;
  Kind kind = Kind::owner;
  std::string ref;
  int failures = 0;                      ///< in a row
  std::optional<Instant> closed_until;   ///< nothing is tried before: too much has failed in a row
  bool operator==(const Destination&) const = default;
};
constexpr auto names_of(Destination::Kind) {
  return std::array<Names, 5>{"owner", "second_contact", "officer", "reporter", "webhook"};
}

/// What a notice tells: an event of a case; a warning that would fall into quiet hours, told ahead of them; the cases that
/// run out over the weekend; a message that was given up; or that an address is to be confirmed.
enum class NoticeKind { event, warning_ahead, weekend, parked, confirm_address };
constexpr auto names_of(NoticeKind) {
  return std::array<Names, 5>{"event", "warning_ahead", "weekend", "parked", "confirm_address"};
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
};
constexpr auto names_of(MessageState) { return std::array<Names, 4>{"waiting", "sent", "parked", "dropped"}; }

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
  bool operator==(const Message&) const = default;
};

/// A message is tried again after 5 s, then each time four times as long up to 4 h, with up to a fifth more or less by
/// chance, but not sooner than the receiver asks; and given up when this long has passed since the first attempt.
inline constexpr std::chrono::hours kTriedFor{24};
/// `chance` in [0, 1).
std::chrono::seconds pause_after(int attempts, double chance);

/// After so many failures in a row a destination is left alone, from 30 s up to 1 h, and then tried with one message.
inline constexpr int kFailuresToClose = 5;
std::chrono::seconds closed_for(int failures);

/// Mails of one sweep or batch go together: what is to leave at once leaves this much after it happened.
inline constexpr std::chrono::seconds kGathered{5};
/// Rows of what was sent, dropped or parked are kept so long, for bounces and for the list of deliveries.
inline constexpr std::chrono::days kMessagesKept{90};

/// Notices, messages and where they go, in storage.
class NoticeTable {
 public:
  virtual ~NoticeTable() = default;
};

}  // namespace klotterkoll
