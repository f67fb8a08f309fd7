#include "workflow/delivery.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "workflow/casework.h"
#include "workflow/faults.h"
#include "workflow/messages.h"
#include "workflow/webhooks.h"

namespace klotterkoll {
namespace {

/// Mailboxes whose mails are composed in one transaction: that takes a while, and reports wait for the writer.
constexpr std::int64_t kMailboxes = 8;
constexpr std::int64_t kWebhooks = 32;
/// Messages of one webhook that are handed out together; fewer after a failure, since a receiver that hangs is asked one
/// at a time, and what is in hand is nobody else's.
constexpr std::int64_t kMessagesOfOne = 64, kMessagesOfFailing = 8;
/// Notices of one mail. Those beyond follow in the next.
constexpr std::int64_t kNoticesInMail = 500;
constexpr std::int64_t kParkedAtOnce = 500, kForgottenAtOnce = 500;
constexpr const char* kNobody = "There is nobody to send it to any more.";

bool is_closed(const Destination& destination, Instant now) { return destination.closed_until && *destination.closed_until > now; }

void drop(Transaction& transaction, Message message, Instant now) {
  message.state = MessageState::dropped;
  message.done_at = now;
  message.detail = kNobody;
  transaction.notices().update(message);
  transaction.notices().forget_mail(message.id);
}

class TakingUp {
 public:
  TakingUp(Store& store, const Teller& teller, const DeliveryPace& pace, const std::string& token, Instant now)
      : store_(store), teller_(teller), until_(now + pace.lease), token_(token), now_(now) {}

  void mailboxes(MunicipalityId municipality, std::span<const DestinationId> due) {
    for (std::size_t first = 0; first < due.size(); first += kMailboxes)
      mailboxes_at_once(municipality, due.subspan(first, std::min<std::size_t>(kMailboxes, due.size() - first)));
  }

  /// Leased in a write, composed in a read, since an event is what it is.
  void webhooks(MunicipalityId municipality, std::span<const DestinationId> due, std::int64_t most) {
    std::vector<Destination> leased;
    store_.write([&](Transaction& transaction) {
      leased.clear();
      for (const DestinationId id : due)
        if (const auto taken = transaction.notices().lease(id, now_, until_, token_)) leased.push_back(*taken);
    });
    std::vector<Message> nobodys;
    std::vector<DestinationId> idle;
    store_.read([&](Transaction& transaction) {
      const auto settings = transaction.municipalities().settings(municipality);
      for (const Destination& destination : leased) {
        const auto before = result_.handouts.size() + result_.outcomes.size();
        std::int64_t ready = destination.failures >= kFailuresToClose ? 1 : destination.failures > 0 ? kMessagesOfFailing : kMessagesOfOne;
        if (is_closed(destination, now_) || most <= 0) ready = 0;
        if (ready > 0)
          for (Message& message : transaction.notices().ready_messages(destination.id, now_, std::min(ready, most)))
            if (!compose(transaction, *settings, destination, message)) nobodys.push_back(std::move(message));
        const auto taken = result_.handouts.size() + result_.outcomes.size() - before;
        most -= static_cast<std::int64_t>(taken);
        (taken > 0 ? result_.held : idle).push_back(destination.id);
      }
    });
    if (idle.empty() && nobodys.empty()) return;
    store_.write([&](Transaction& transaction) {
      for (const Message& message : nobodys)
        if (const auto waiting = transaction.notices().find_message_to_change(message.id); waiting && waiting->state == MessageState::waiting)
          drop(transaction, *waiting, now_);
      for (const DestinationId id : idle) transaction.notices().release(id, token_);
    });
    result_.dropped += std::ssize(nobodys);
  }

  std::int64_t taken() const { return std::ssize(result_.handouts) + std::ssize(result_.outcomes); }
  TakenUp done() && { return std::move(result_); }

 private:
  /// False when there is nobody to call.
  bool compose(Transaction& transaction, const Settings& settings, const Destination& destination, const Message& message) {
    try {
      auto call = teller_.compose_call(transaction, settings, webhook_of(destination), message, now_);
      if (!call) return false;
      result_.handouts.push_back({message.id, destination.id, *std::move(call)});
    } catch (const std::exception& fault) {
      if (is_unavailable(fault)) throw;
      fail(message.id, destination.id, fault.what());
    }
    return true;
  }

  void fail(MessageId message, DestinationId destination, const std::string& why) {
    Attempt attempt;
    attempt.detail = "It could not be composed.";
    result_.outcomes.push_back({message, destination, attempt, now_, 0.5});
    result_.failures.push_back(why);
  }

  void mailboxes_at_once(MunicipalityId municipality, std::span<const DestinationId> due) {
    TakenUp round;
    try {
      store_.write([&](Transaction& transaction) {
        round = {};
        const auto settings = transaction.municipalities().settings(municipality);
        for (const DestinationId id : due) take_mail(transaction, *settings, id, round);
      });
    } catch (const std::exception& fault) {
      if (is_passing(fault)) throw;
      if (due.size() > 1) {
        for (const DestinationId& id : due) mailboxes_at_once(municipality, {&id, 1});
      } else {
        fail_mailbox(due.front(), fault.what());
      }
      return;
    }
    std::ranges::move(round.handouts, std::back_inserter(result_.handouts));
    std::ranges::move(round.held, std::back_inserter(result_.held));
    result_.dropped += round.dropped;
  }

  void take_mail(Transaction& transaction, const Settings& settings, DestinationId id, TakenUp& round) {
    NoticeTable& notices = transaction.notices();
    const auto destination = notices.lease(id, now_, until_, token_);
    if (!destination) return;
    if (const auto message = is_closed(*destination, now_) ? std::nullopt : mail_of(transaction, *destination)) {
      auto mail = notices.kept_mail(message->id);
      if (!mail) {
        mail = teller_.compose_mail(transaction, settings, *destination, *message, notices.of_message(message->id), now_);
        if (mail) notices.keep_mail(message->id, *mail);
      }
      if (mail) {
        round.handouts.push_back({message->id, id, *std::move(mail)});
        round.held.push_back(id);
        return;
      }
      drop(transaction, *message, now_);
      ++round.dropped;
    }
    notices.release(id, token_);
  }

  /// The mail that waits, or else one of all notices that are ready.
  std::optional<Message> mail_of(Transaction& transaction, const Destination& destination) {
    NoticeTable& notices = transaction.notices();
    if (auto ready = notices.ready_messages(destination.id, now_, 1); !ready.empty()) return std::move(ready.front());
    if (notices.has_waiting_messages(destination.id)) return std::nullopt;
    const auto leaving = notices.ready_notices(destination.id, now_, kNoticesInMail);
    if (leaving.empty()) return std::nullopt;
    Message message;
    message.id = transaction.next_message_id(destination.id.municipality());
    message.destination = destination.id;
    message.position = notices.next_position(destination.id);
    message.type = to_code(leaving.front().kind);
    message.created_at = message.next_at = now_;
    notices.add(message);
    for (const QueuedNotice& notice : leaving) notices.leave_with(message.id, notice);
    return message;
  }

  /// Its mail cannot be composed: that is an attempt that failed, so that it does not come again at once, nor for ever.
  void fail_mailbox(DestinationId id, const std::string& why) {
    std::optional<Message> message;
    store_.write([&](Transaction& transaction) {
      message.reset();
      const auto destination = transaction.notices().lease(id, now_, until_, token_);
      if (!destination) return;
      message = mail_of(transaction, *destination);
      if (!message) transaction.notices().release(id, token_);
    });
    if (!message) return;
    fail(message->id, id, why);
    result_.held.push_back(id);
  }

  Store& store_;
  const Teller& teller_;
  const Instant until_;
  const std::string& token_;
  const Instant now_;
  TakenUp result_;
};

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
    if (message->state != MessageState::waiting) notices.forget_mail(message->id);
    if (message->state == MessageState::parked) parked(*message);
    if (with_consequences_ && message->state == MessageState::sent) tell_owners(*destination, *message, outcome.at);
    if (outcome.attempt.outcome == Attempt::Outcome::gone && !destination->by_mail())
      teller_.disable_webhook(transaction_, webhook_of(*destination), outcome.at);
  }

  void park(Message message, Instant now) {
    give_up(message, now);
    if (message.detail.empty()) message.detail = "The receiver has not answered for so long that it was not tried.";
    transaction_.notices().update(message);
    transaction_.notices().forget_mail(message.id);
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
    if (is_closed(destination, at)) return;
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

/// Destinations with something to do, at most `most`, by municipality: of each the longest due, and one of each in turn, so that
/// what waits in one municipality delays no other.
std::map<MunicipalityId, std::vector<DestinationId>> due_in_turn(Store& store, bool by_mail, std::int64_t most, Instant now) {
  using Turn = std::tuple<std::size_t, Instant, DestinationId>;
  std::vector<Turn> turns;
  store.read([&](Transaction& transaction) {
    turns.clear();
    for (const Municipality& municipality : transaction.municipalities().list()) {
      std::size_t turn = 0;
      for (const auto& [id, next_at] : transaction.notices().due(municipality.id, by_mail, now, most))
        turns.emplace_back(turn++, next_at, id);
    }
  });
  std::ranges::sort(turns);
  if (std::ssize(turns) > most) turns.resize(static_cast<std::size_t>(most));
  std::map<MunicipalityId, std::vector<DestinationId>> due;
  for (const auto& [turn, next_at, id] : turns) due[id.municipality()].push_back(id);
  return due;
}

void add(Recorded& sum, Recorded part) {
  sum.accepted += part.accepted;
  sum.retried += part.retried;
  sum.parked += part.parked;
  std::ranges::move(part.failing, std::back_inserter(sum.failing));
  std::ranges::move(part.failures, std::back_inserter(sum.failures));
}

}  // namespace

TakenUp take_up(Store& store, const Teller& teller, const DeliveryPace& pace, const std::string& token, bool by_mail, std::int64_t most,
                Instant now) {
  const auto due = due_in_turn(store, by_mail, by_mail ? most : std::min(most, kWebhooks), now);
  TakingUp taking{store, teller, pace, token, now};
  std::exception_ptr fault;
  std::int64_t left = most, municipalities = std::ssize(due);
  for (const auto& [municipality, destinations] : due) {
    const auto before = taking.taken();
    try {
      if (by_mail)
        taking.mailboxes(municipality, destinations);
      else
        taking.webhooks(municipality, destinations, (left + municipalities - 1) / municipalities);
    } catch (...) {
      if (!fault) fault = std::current_exception();
    }
    left -= taking.taken() - before;
    --municipalities;
  }
  TakenUp taken = std::move(taking).done();
  taken.fault = fault;
  return taken;
}

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
    case MessageState::parked: break;
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

std::int64_t forget_old_messages(Store& store, Instant now) {
  std::int64_t forgotten = 0;
  std::vector<Municipality> municipalities;
  store.read([&](Transaction& transaction) { municipalities = transaction.municipalities().list(); });
  for (const Municipality& municipality : municipalities) {
    for (DestinationId after;;) {
      std::vector<DestinationId> destinations;
      store.read([&](Transaction& transaction) { destinations = transaction.notices().destinations_after(municipality.id, after, kForgottenAtOnce); });
      if (destinations.empty()) break;
      after = destinations.back();
      for (std::size_t at = 0; at < destinations.size();) {
        std::int64_t gone = 0;
        std::size_t reached = at;
        store.write([&](Transaction& transaction) {
          gone = 0;
          for (reached = at; reached < destinations.size(); ++reached) {
            gone += transaction.notices().forget_messages(destinations[reached], now - kMessagesKept, kForgottenAtOnce - gone);
            if (gone >= kForgottenAtOnce) break;  // there may be more of this one
          }
        });
        at = reached;
        forgotten += gone;
      }
    }
  }
  return forgotten;
}

}  // namespace klotterkoll
