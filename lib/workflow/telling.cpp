#include "workflow/telling.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "domain/webhook.h"
#include "workflow/casework.h"
#include "workflow/faults.h"
#include "workflow/webhooks.h"

namespace klotterkoll {
namespace {

/// Events of one transaction. A sweep or a batch writes no more at once, so that what it tells an owner is gathered.
constexpr std::int64_t kEvents = 500;

/// What comes of a page of events, decided in a read.
struct Plan {
  std::vector<std::int64_t> from, to;
  std::int64_t events = 0;
  struct ToMailbox {
    Recipient recipient;
    QueuedNotice notice;
  };
  std::vector<ToMailbox> notices;
  struct ToWebhook {
    WebhookId webhook;
    Message message;
  };
  std::vector<ToWebhook> messages;
  struct NoChannel {
    CaseId case_id;
    std::string owner_id;
    Instant at;
  };
  std::vector<NoChannel> no_channel;
  std::vector<std::string> failures;
  bool moves() const { return from != to; }
};

/// The steps that the policy escalates; the others are told alike under every policy.
Escalation escalation_of(Transaction& transaction, const Settings& settings, const Event& event) {
  if (event.type != EventType::case_due_soon && event.type != EventType::case_overdue) return {};
  const auto row = transaction.cases().find(event.case_id);
  return row ? policy_of_version(settings.policies, row->policy_version).escalation : Escalation{};
}

class Planning {
 public:
  Planning(Transaction& transaction, const Teller& teller, const Settings& settings, Instant now)
      : transaction_(transaction), teller_(teller), settings_(settings), now_(now) {}

  void plan(const Event& event) {
    ++plan_.events;
    for (const Concerned& concerned : concerned_by(event, escalation_of(transaction_, settings_, event)))
      apart([&] {
        for (Recipient& recipient : teller_.recipients_of(transaction_, settings_, event, concerned)) {
          if (recipient.fault.empty()) apart([&] { tell(recipient, event); });
          else plan_.failures.push_back(recipient.fault);
        }
      });
    if (event.data.imported) return;
    apart([&] {
      for (const WebhookId webhook : teller_.webhooks_for(transaction_, settings_, event)) call(webhook, event);
    });
    if (event.type != EventType::case_assigned || event.owner_id.empty()) return;
    apart([&] {
      if (!can_be_reached(event.owner_id)) plan_.no_channel.push_back({event.case_id, event.owner_id, event.at});
    });
  }

  Plan done() && { return std::move(plan_); }

 private:
  /// What cannot be made for one of those concerned is named, and kept from nobody else.
  template <typename Work>
  void apart(Work&& work) {
    try {
      work();
    } catch (const std::exception& fault) {
      if (is_passing(fault)) throw;
      plan_.failures.emplace_back(fault.what());
    }
  }

  void tell(const Recipient& recipient, const Event& event) {
    QueuedNotice notice;
    notice.event = event.id;
    notice.case_id = event.case_id;
    notice.report = recipient.report;
    notice.leaves_at = teller_.leaves_at(transaction_, settings_, recipient, event, now_);
    plan_.notices.push_back({recipient, notice});
  }

  void call(WebhookId webhook, const Event& event) {
    Message message;
    message.case_id = event.case_id;
    message.position = event.position;
    message.event = event.id;
    message.type = webhook_type(event.type);
    plan_.messages.push_back({webhook, std::move(message)});
  }

  bool can_be_reached(const std::string& owner_id) {
    const auto [at, is_new] = reached_.try_emplace(owner_id, false);
    if (is_new) {
      const auto owner = transaction_.owners().find(settings_.municipality.id, owner_id);
      at->second = (owner && !owner->email.empty()) || teller_.has_webhook(transaction_, settings_, owner_id);
    }
    return at->second;
  }

  Transaction& transaction_;
  const Teller& teller_;
  const Settings& settings_;
  const Instant now_;
  std::map<std::string, bool> reached_;
  Plan plan_;
};

/// An owner whom nothing can reach has been given a case: officers see to it, if it still has the case and was not told.
void mark_no_channel(Transaction& transaction, const Settings& settings, const Plan::NoChannel& found, Instant now) {
  const auto row = transaction.cases().find(found.case_id);
  if (!row || row->state != CaseState::assigned || row->owner_id != found.owner_id || row->told_at || row->attention) return;
  change_case(transaction, settings, found.case_id, std::nullopt, [&](Casework& work) {
    if (work.row().state == CaseState::assigned && work.row().owner_id == found.owner_id && !work.row().told_at)
      work.record(mark_unattended(work.now(), Attention::no_channel, found.at, now));
  });
}

class Telling {
 public:
  Telling(Store& store, const Teller& teller, MunicipalityId municipality, Instant now)
      : store_(store), teller_(teller), municipality_(municipality), now_(now) {}

  void run(Told& told) {
    try {
      tell(kEvents, told);
    } catch (const std::exception& fault) {
      if (is_passing(fault)) throw;
      // One of them is the matter: one by one, and over the one that it is.
      one_by_one(told);
    }
  }

 private:
  void one_by_one(Told& told) {
    for (std::int64_t i = 0; i < kEvents; ++i) {
      try {
        if (!tell(1, told)) return;
      } catch (const std::exception& fault) {
        if (is_passing(fault)) throw;
        told.failures.emplace_back(fault.what());
        pass_over();
        return;
      }
    }
  }

  /// False when there is nothing to tell, or another node has told it.
  bool tell(std::int64_t most, Told& told) {
    Plan plan;
    store_.read([&](Transaction& transaction) {
      const auto settings = transaction.municipalities().settings(municipality_);
      auto from = transaction.notices().told_to(municipality_);
      auto to = from;
      const auto events = transaction.events().after(municipality_, to, most);
      Planning planning{transaction, teller_, *settings, now_};
      for (const auto& noted : events) planning.plan(noted.event);
      plan = std::move(planning).done();
      if (events.empty()) to = from;
      plan.from = std::move(from);
      plan.to = std::move(to);
    });
    if (!plan.moves()) return false;
    bool ours = false;
    store_.write([&](Transaction& transaction) {
      ours = transaction.notices().move_told(municipality_, plan.from, plan.to);
      if (ours) carry_out(transaction, plan);
    });
    if (!ours) return false;
    told.events += plan.events;
    told.notices += std::ssize(plan.notices);
    told.messages += std::ssize(plan.messages);
    std::ranges::move(plan.failures, std::back_inserter(told.failures));
    told.more = told.more || plan.events >= most;
    return true;
  }

  void carry_out(Transaction& transaction, const Plan& plan) {
    Queueing queueing{transaction, municipality_, now_};
    for (const auto& [recipient, notice] : plan.notices) queueing.add(recipient.kind, recipient.ref, notice);
    for (const auto& [webhook, message] : plan.messages) queueing.add(webhook, message);
    queueing.wake();
    if (plan.no_channel.empty()) return;
    const auto settings = transaction.municipalities().settings(municipality_);
    for (const auto& found : plan.no_channel) mark_no_channel(transaction, *settings, found, now_);
  }

  void pass_over() {
    store_.write([&](Transaction& transaction) {
      const auto from = transaction.notices().told_to(municipality_);
      auto to = from;
      transaction.events().after(municipality_, to, 1);
      transaction.notices().move_told(municipality_, from, to);
    });
  }

  Store& store_;
  const Teller& teller_;
  const MunicipalityId municipality_;
  const Instant now_;
};

}  // namespace

Told tell_on(Store& store, const Teller& teller, Instant now) {
  std::vector<Municipality> municipalities;
  store.read([&](Transaction& transaction) { municipalities = transaction.municipalities().list(); });
  Told told;
  for (const Municipality& municipality : municipalities) {
    try {
      Telling{store, teller, municipality.id, now}.run(told);
    } catch (...) {
      if (!told.fault) told.fault = std::current_exception();
    }
  }
  return told;
}

void tell_of_parked(Transaction& transaction, const Settings& settings, const Teller& teller, Instant now) {
  Event parked;
  parked.at = parked.recorded_at = now;
  Queueing queueing{transaction, settings.municipality.id, now};
  for (const Recipient& recipient : teller.recipients_of(transaction, settings, parked, {Audience::officers, ""})) {
    if (!recipient.fault.empty()) continue;
    NoticeTable& notices = transaction.notices();
    QueuedNotice notice;
    notice.kind = NoticeKind::parked;
    notice.leaves_at = teller.leaves_at(transaction, settings, recipient, parked, now);
    if (const auto mailbox = notices.find_destination(settings.municipality.id, recipient.kind, recipient.ref))
      if (const auto last = notices.last_of_parked(mailbox->id)) {
        if (!last->message) continue;
        notice.leaves_at = std::max(notice.leaves_at, last->leaves_at + std::chrono::hours{24});
      }
    queueing.add(recipient.kind, recipient.ref, notice);
  }
  queueing.wake();
}

void Queueing::add(Destination::Kind kind, const std::string& ref, QueuedNotice notice) {
  notice.destination = destination(kind, ref, notice.leaves_at);
  notice.id = transaction_.next_notice_id(municipality_);
  notice.created_at = now_;
  transaction_.notices().add(notice);
}

MessageId Queueing::add(WebhookId webhook, Message message) {
  message.destination = destination(Destination::Kind::webhook, webhook_ref(webhook), now_);
  message.id = transaction_.next_message_id(municipality_);
  message.created_at = message.next_at = now_;
  transaction_.notices().add(message);
  return message.id;
}

MessageId Queueing::add_mail(Destination::Kind kind, const std::string& ref, NoticeKind what) {
  Message message;
  message.destination = destination(kind, ref, now_);
  message.id = transaction_.next_message_id(municipality_);
  message.position = transaction_.notices().next_position(message.destination);
  message.type = to_code(what);
  message.created_at = message.next_at = now_;
  transaction_.notices().add(message);
  return message.id;
}

DestinationId Queueing::destination(Destination::Kind kind, const std::string& ref, Instant wake_at) {
  const auto [at, is_new] = used_.try_emplace({kind, ref}, Used{{}, wake_at});
  if (is_new) at->second.id = transaction_.notices().destination(municipality_, kind, ref);
  at->second.wake_at = std::min(at->second.wake_at, wake_at);
  return at->second.id;
}

void Queueing::wake() {
  // In the order of their keys, so that two writers do not wait for each other.
  std::map<DestinationId, Instant> woken;
  for (const auto& [name, used] : used_) woken.emplace(used.id, used.wake_at);
  for (const auto& [id, at] : woken) transaction_.notices().wake(id, at);
}

}  // namespace klotterkoll
