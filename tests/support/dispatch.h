#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/town.h"
#include "workflow/delivery.h"
#include "workflow/mail.h"
#include "workflow/recipients.h"

namespace klotterkoll::test {

/// Says of a mail what it holds, a line for each thing.
class PlainWriter final : public MailWriter {
 public:
  MailText write(const MailContent& content) const override {
    MailText text;
    text.subject = std::to_string(static_cast<int>(content.frame));
    for (const MailItem& item : content.items)
      text.text += std::string{to_code(item.topic)} + '|' + item.reference + '|' + item.place + '|' + item.description + '|' + item.closing_url + '\n';
    text.text += content.recipient_name + '|' + content.confirm_url + '|' + content.unsubscribe_url + '\n';
    return text;
  }
};

/// Höör with a node that composes mails as the service does, and hands them to a relay that answers as a test wants.
class Dispatch : public Town {
 public:
  explicit Dispatch(const Policy& policy = without_attention()) : Town(policy) {
    teller.recipients_of = [this](Transaction& transaction, const Settings& used, const Event& event, const Concerned& concerned) {
      return recipients_of(transaction, used, store->references(), event, concerned);
    };
    teller.leaves_at = [](Transaction& transaction, const Settings& used, const Recipient& recipient, const Event& event, Instant now) {
      return leaves_at(transaction, used, recipient, event, now);
    };
    teller.webhooks_for = [](Transaction&, const Settings&, const Event&) { return std::vector<WebhookId>{}; };
    teller.has_webhook = [](Transaction&, const Settings&, const std::string&) { return false; };
    teller.compose_mail = [this](Transaction& transaction, const Settings& used, const Destination& destination, const Message& message,
                                 std::span<const QueuedNotice> notices, const KeptMail* kept, Instant now) {
      return compose_mail(transaction, used, destination, message, notices, kept,
                          {"https://klotter.example.se", "klotter.example.se", writer, store->references()}, ids, now);
    };
  }

  /// Lets so much time pass, tells what has happened, and tries once what is due then; the mails, by who they went to.
  std::map<std::string, OutgoingMail> send(const Attempt& answer, std::chrono::seconds after = kGathered) {
    while (tell_on(*store, teller, clock.now()).events > 0) {}
    clock.pass(after);
    const TakenUp taken = take_up(*store, teller, pace, "node", true, 1000, clock.now());
    dropped = taken.dropped;
    std::map<std::string, OutgoingMail> mails;
    std::vector<Tried> outcomes = taken.outcomes;
    for (const Handout& handout : taken.handouts) {
      const auto& mail = std::get<OutgoingMail>(handout.what);
      mails[mail.to] = mail;
      outcomes.push_back({handout.message, handout.destination, answer, clock.now(), 0.5});
    }
    record_outcomes(*store, teller, pace, outcomes, taken.held, "node");
    return mails;
  }
  std::map<std::string, OutgoingMail> accept(std::chrono::seconds after = kGathered) {
    return send({.outcome = Attempt::Outcome::accepted, .status = 250, .detail = "250"}, after);
  }
  std::map<std::string, OutgoingMail> put_off(std::chrono::seconds after = kGathered) {
    return send({.outcome = Attempt::Outcome::retry, .status = 451, .detail = "451"}, after);
  }
  std::map<std::string, OutgoingMail> refuse(std::chrono::seconds after = kGathered) {
    return send({.outcome = Attempt::Outcome::refused, .status = 550, .detail = "550"}, after);
  }

  Taken report_by(const std::string& email, const Actor& actor, const std::string& address = "Storgatan 12") {
    ReportDraft draft = tag_at(address);
    draft.description = "Stor tagg";
    draft.contact = {"Bo Ek", email, "070-1"};
    return report(draft, actor);
  }
  std::int64_t bodies() { return store.ask("SELECT COUNT(*) FROM message_bodies"); }
  std::int64_t messages(const std::string& state) { return store.ask("SELECT COUNT(*) FROM messages WHERE state = '" + state + "'"); }
  /// The token of the first link that closes a case in a mail; empty: it has none.
  static std::string closing_token(const OutgoingMail& mail) {
    const std::string head = "/atgarda/1267/";
    const auto at = mail.text.find(head);
    return at == mail.text.npos ? "" : mail.text.substr(at + head.size(), 43);
  }

  PlainWriter writer;
  RandomIdSource ids;
  Teller teller;
  DeliveryPace pace;
  std::int64_t dropped = 0;  ///< of the last attempt
};

}  // namespace klotterkoll::test
