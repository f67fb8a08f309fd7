#include <algorithm>
#include <exception>
#include <iterator>
#include <map>
#include <tuple>

#include "workflow/delivery.h"
#include "workflow/faults.h"
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
constexpr const char* kNobody = "There is nobody to send it to any more.";

void drop(Transaction& transaction, Message message, Instant now) {
  message.state = MessageState::dropped;
  message.done_at = now;
  message.detail = kNobody;
  transaction.notices().update(message);
  transaction.notices().forget_mail(message.id);
}

bool same(const KeptMail& one, const KeptMail& other) {
  return one.basis == other.basis && one.mail.date == other.mail.date && one.closing_urls == other.closing_urls && one.address_token == other.address_token;
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
        if (destination.is_closed(now_) || most <= 0) ready = 0;
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
    if (auto message = destination->is_closed(now_) ? std::nullopt : mail_of(transaction, *destination)) {
      const auto kept = notices.kept_mail(message->id);
      Composed composed =
          teller_.compose_mail(transaction, settings, *destination, *message, notices.of_message(message->id), kept ? &*kept : nullptr, now_);
      if (composed.mail) {
        if (!kept || !same(*kept, *composed.mail)) notices.keep_mail(message->id, *composed.mail);
        round.handouts.push_back({message->id, id, std::move(composed.mail->mail)});
        round.held.push_back(id);
        return;
      }
      if (composed.later) {
        message->next_at = std::max(*composed.later, now_ + std::chrono::seconds{1});
        notices.update(*message);
      } else {
        drop(transaction, *message, now_);
        ++round.dropped;
      }
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

}  // namespace klotterkoll
