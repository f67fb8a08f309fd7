#include "workflow/delivery.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "workflow/casework.h"
#include "workflow/faults.h"
#include "workflow/kept_mail.h"
#include "workflow/messages.h"
#include "workflow/webhooks.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kParkedAtOnce = 500;

class Recording {
 public:
  Recording(Transaction& transaction, const Teller& teller, const DeliveryPace& pace, bool with_consequences)
      : transaction_(transaction), teller_(teller), pace_(pace), with_consequences_(with_consequences) {}

  void record(const Tried& outcome) {
    NoticeTable& notices = transaction_.notices();
    // The destination first, as whoever takes it up does.
    auto destination = notices.find_destination_to_change(outcome.destination);
    auto message = notices.find_message_to_change(outcome.message);
    if (!destination || !message || message->state != MessageState::waiting) return;
    apply(outcome, *message, *destination);
    notices.update(*message);
    notices.update(*destination);
    if (message->state == MessageState::sent) notices.forget_mail(message->id);
    if (message->state == MessageState::parked) {
      give_up_mail(transaction_, message->id);
      parked(*message);
    }
    if (with_consequences_ && message->state == MessageState::sent) tell_owners(*destination, *message, outcome.at);
    if (outcome.attempt.outcome == Attempt::Outcome::gone && !destination->by_mail())
      teller_.disable_webhook(transaction_, webhook_of(*destination), outcome.at);
  }

  void park(Message message, Instant now) {
    give_up(message, now);
    if (message.detail.empty()) message.detail = "The receiver has not answered for so long that it was not tried.";
    transaction_.notices().update(message);
    give_up_mail(transaction_, message.id);
    if (message.state == MessageState::parked) parked(message);
  }

  /// What is told once, however many outcomes there were.
  void finish(Instant now) {
    if (!with_consequences_) return;
    for (const MunicipalityId municipality : parked_in_) tell_of_parked(transaction_, settings(municipality), teller_, now);
  }

  const Recorded& recorded() const { return recorded_; }

 private:
  void apply(const Tried& outcome, Message& message, Destination& destination) {
    const Attempt& attempt = outcome.attempt;
    message.status = attempt.status;
    message.detail = attempt.detail;
    // While the relay is down nothing has been tried, for all that the recipient knows.
    if (!attempt.relay_down) {
      ++message.attempts;
      if (!message.first_tried_at) message.first_tried_at = outcome.at;
    }
    switch (attempt.outcome) {
      case Attempt::Outcome::accepted:
        end(message, MessageState::sent, outcome.at);
        destination.failures = 0;
        destination.failing_since.reset();
        destination.closed_until.reset();
        ++recorded_.accepted;
        return;
      case Attempt::Outcome::refused:
      case Attempt::Outcome::gone: give_up(message, outcome.at); return;
      case Attempt::Outcome::retry: break;
    }
    if (!attempt.relay_down) count_failure(destination, outcome.at);
    if (is_test(message)) return give_up(message, outcome.at);
    // While the relay is down nothing is tried, and no time runs out.
    const auto last_at = message.first_tried_at && !attempt.relay_down ? std::optional{*message.first_tried_at + pace_.tried_for} : std::nullopt;
    if (last_at && outcome.at >= *last_at) return give_up(message, outcome.at);
    message.next_at = outcome.at + pause_after(std::max(1, message.attempts), outcome.chance, pace_);
    if (last_at) message.next_at = std::min(message.next_at, *last_at);
    if (attempt.retry_after) message.next_at = std::max(message.next_at, outcome.at + *attempt.retry_after);
    ++recorded_.retried;
  }

  void count_failure(Destination& destination, Instant at) {
    // Of those that were under way when it was closed.
    if (destination.is_closed(at)) return;
    if (destination.failures++ == 0) destination.failing_since = at;
    if (destination.failures < kFailuresToClose) return;
    destination.closed_until = at + closed_for(destination.failures, pace_);
    if (destination.failing_since && *destination.failing_since + pace_.tried_for <= at) recorded_.failing.push_back(destination.id);
  }

  /// A test is tried once: whoever asked for it looks at what came of it, and nobody else is told.
  static void give_up(Message& message, Instant at) { end(message, is_test(message) ? MessageState::failed : MessageState::parked, at); }

  static void end(Message& message, MessageState state, Instant at) {
    message.state = state;
    message.done_at = at;
  }

  void parked(const Message& message) {
    ++recorded_.parked;
    // That a mail about parked messages was parked is on the list, and in no other such mail.
    if (message.type != to_code(NoticeKind::parked)) parked_in_.insert(message.id.municipality());
  }

  /// The other side has it, and so the owner knows of the cases that it names, if they are still its own.
  void tell_owners(const Destination& destination, const Message& message, Instant at) {
    std::optional<std::string> owner_id;
    if (!destination.by_mail())
      owner_id = teller_.owner_of_webhook(transaction_, webhook_of(destination));
    else if (destination.kind == Destination::Kind::owner || destination.kind == Destination::Kind::second_contact)
      owner_id = destination.ref;
    if (!owner_id || owner_id->empty()) return;
    const Channel channel = destination.by_mail() ? Channel::mail : Channel::webhook;
    for (const CaseId id : cases_of(transaction_, message)) tell_owner_of(id, *owner_id, channel, at, message.created_at);
  }

  void tell_owner_of(CaseId id, const std::string& owner_id, Channel channel, Instant at, Instant made_at) {
    const auto is_news = [&](const CaseRow& row) {
      return row.state == CaseState::assigned && row.owner_id == owner_id && !row.told_at && *row.assigned_at <= made_at;
    };
    const auto row = transaction_.cases().find(id);
    if (!row || !is_news(*row)) return;
    change_case(transaction_, settings(id.municipality()), id, std::nullopt, [&](Casework& work) {
      if (!is_news(work.row())) return;
      // Nodes' clocks differ by a second or two.
      const Instant told_at = std::max(at, *work.row().assigned_at);
      if (const auto event = tell_owner(work.now(), channel, told_at, Actor{}, told_at)) work.record(*event);
    });
  }

  const Settings& settings(MunicipalityId municipality) {
    auto& kept = settings_[municipality];
    if (!kept) kept = transaction_.municipalities().settings(municipality);
    return *kept;
  }

  Transaction& transaction_;
  const Teller& teller_;
  const DeliveryPace& pace_;
  const bool with_consequences_;
  std::map<MunicipalityId, std::shared_ptr<const Settings>> settings_;
  std::set<MunicipalityId> parked_in_;
  Recorded recorded_;
};

Recorded record_at_once(Store& store, const Teller& teller, const DeliveryPace& pace, std::span<const Tried> outcomes,
                        std::span<const DestinationId> release, const std::string& token, bool with_consequences) {
  Recorded recorded;
  store.write([&](Transaction& transaction) {
    Recording recording{transaction, teller, pace, with_consequences};
    for (const Tried& outcome : outcomes) recording.record(outcome);
    if (!outcomes.empty()) recording.finish(outcomes.back().at);
    for (const DestinationId id : release) transaction.notices().release(id, token);
    recorded = recording.recorded();
  });
  return recorded;
}

void add(Recorded& sum, Recorded part) {
  sum.accepted += part.accepted;
  sum.retried += part.retried;
  sum.parked += part.parked;
  std::ranges::move(part.failing, std::back_inserter(sum.failing));
  std::ranges::move(part.failures, std::back_inserter(sum.failures));
}

}  // namespace

Recorded record_outcomes(Store& store, const Teller& teller, const DeliveryPace& pace, std::span<const Tried> outcomes,
                         std::span<const DestinationId> release, const std::string& token) {
  try {
    return record_at_once(store, teller, pace, outcomes, release, token, true);
  } catch (const std::exception& fault) {
    if (is_passing(fault) || outcomes.empty()) throw;
  }
  // What follows from one of them cannot be written. That it was sent is so nonetheless.
  Recorded recorded;
  for (const Tried& outcome : outcomes) {
    try {
      add(recorded, record_at_once(store, teller, pace, {&outcome, 1}, {}, token, true));
    } catch (const std::exception& fault) {
      if (is_passing(fault)) throw;
      recorded.failures.emplace_back(fault.what());
      add(recorded, record_at_once(store, teller, pace, {&outcome, 1}, {}, token, false));
    }
  }
  record_at_once(store, teller, pace, {}, release, token, true);
  return recorded;
}

std::int64_t give_up_waiting(Store& store, const Teller& teller, const DeliveryPace& pace, DestinationId id, Instant now) {
  std::int64_t parked = 0;
  store.write([&](Transaction& transaction) {
    parked = 0;
    const auto destination = transaction.notices().find_destination_to_change(id);
    if (!destination || !destination->failing_since || *destination->failing_since + pace.tried_for > now) return;
    Recording recording{transaction, teller, pace, true};
    for (const Message& message : transaction.notices().waiting_since_before(id, now - pace.tried_for, kParkedAtOnce))
      recording.park(message, now);
    recording.finish(now);
    parked = recording.recorded().parked;
  });
  return parked;
}

Message send_again(Transaction& transaction, const Settings& settings, MessageId id, Instant now) {
  NoticeTable& notices = transaction.notices();
  auto message = id.municipality() == settings.municipality.id ? notices.find_message(id) : std::nullopt;
  if (!message) throw Error{ErrorCode::not_found, "There is no such message in this municipality."};
  auto destination = notices.find_destination_to_change(message->destination);
  message = notices.find_message_to_change(id);
  switch (message->state) {
    case MessageState::waiting: return *message;
    case MessageState::parked:
      if (destination->kind != Destination::Kind::former_contact) break;
      throw Error{ErrorCode::conflict, "It went to an address that the owner had before, which is kept no longer than it is tried."};
    case MessageState::sent: throw Error{ErrorCode::conflict, "It has been accepted already, and is not sent again."};
    case MessageState::dropped: throw Error{ErrorCode::conflict, "There is nobody to send it to any more."};
    case MessageState::failed: throw Error{ErrorCode::conflict, "It was a test, which is tried once; ask for another."};
  }
  message->state = MessageState::waiting;
  message->attempts = 0;
  message->first_tried_at = message->next_at = now;
  message->done_at.reset();
  notices.update(*message);
  destination->closed_until.reset();
  notices.update(*destination);
  notices.wake(destination->id, now);
  return *message;
}

}  // namespace klotterkoll
