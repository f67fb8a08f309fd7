#pragma once

#include <exception>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "workflow/telling.h"

namespace klotterkoll {

// Messages on their way: a node takes up destinations with something to do, hands their messages to the Courier, and
// records what became of them with all that follows from it. Killed in between, it or another node sends them again, with
// the same ids, once its lease has run out. Nothing here sleeps or sends (service/delivery.h).

/// A message to be handed to the courier.
struct Handout {
  MessageId message;
  DestinationId destination;
  std::variant<OutgoingMail, OutgoingCall> what;
};

/// What became of a message that was handed out.
struct Tried {
  MessageId message;
  DestinationId destination;
  Attempt attempt;
  Instant at;
  double chance = 0;  ///< in [0, 1), for the pause
};

struct TakenUp {
  std::vector<Handout> handouts;
  std::vector<Tried> outcomes;      ///< of messages that could not be composed: attempts that failed at home
  std::vector<DestinationId> held;    ///< leased, and to be released when all of theirs is recorded
  std::int64_t dropped = 0;
  std::vector<std::string> failures;  ///< what could not be composed, and why
  std::exception_ptr fault;           ///< of the database, which kept some of it from being taken up; the rest is here
};

/// Leases, as `token`, destinations for which there is something to do, mailboxes or webhooks, and composes what may go now,
/// about `most` messages, and of every municipality some before more of another's. Of a mailbox that is one mail, in which all
/// notices leave that are ready; of a webhook up to 64 messages; of a destination that was closed one, to see whether it answers
/// again.
TakenUp take_up(Store& store, const Teller& teller, const DeliveryPace& pace, const std::string& token, bool by_mail, std::int64_t most,
                Instant now);

struct Recorded {
  std::int64_t accepted = 0, retried = 0, parked = 0;
  std::vector<DestinationId> failing;  ///< closed for so long that what waits for them is to be given up
  std::vector<std::string> failures;   ///< of what follows from an outcome: it was recorded without
};

/// Records outcomes, a few dozen at a time, in one transaction with what follows from each: the owner was told of the cases
/// that an accepted message named; a webhook that answers 410 is disabled; officers hear of what was parked, which a test never is; and gives the
/// destinations of `release` back. An outcome of a message that is not waiting any more says nothing new.
Recorded record_outcomes(Store& store, const Teller& teller, const DeliveryPace& pace, std::span<const Tried> outcomes,
                         std::span<const DestinationId> release, const std::string& token);

/// Parks what has waited too long for a destination that has failed for as long, a few hundred messages; gives how many.
std::int64_t give_up_waiting(Store& store, const Teller& teller, const DeliveryPace& pace, DestinationId destination, Instant now);

/// Sends a parked message once more, from the beginning, with its id; a mail with the words that are right now. One that
/// waits already is left alone. Error{not_found}; Error{conflict} for one that was accepted, or has nobody to go to, as one
/// to a former contact.
Message send_again(Transaction& transaction, const Settings& settings, MessageId id, Instant now);

/// Forgets what was done with kMessagesKept ago, and where nothing went since, in short transactions; gives how many messages.
std::int64_t forget_old_messages(Store& store, Instant now);

}  // namespace klotterkoll
