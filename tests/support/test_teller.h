#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "domain/owner.h"
#include "workflow/delivery.h"

namespace klotterkoll::test {

/// Who is told of what, and in what words, as simply as can be: owners by their addresses, one officer, no reporters; at once.
/// A test says which webhooks there are, and what goes wrong.
struct TestTeller {
  std::map<WebhookId, std::string> webhooks;  ///< whose; "": the kommun's
  std::set<WebhookId> disabled;
  std::set<CaseId> poison;  ///< cases of which nothing can be told
  bool moot = false;        ///< nobody is there to send a mail to
  bool breaks = false;      ///< mails and calls cannot be composed
  std::optional<Instant> later;  ///< no mail may leave before
  std::string words = "first";   ///< what mails say, which they rest on
  int composed = 0;

  Teller teller() {
    Teller told;
    told.recipients_of = [this](Transaction& transaction, const Settings& settings, const Event& event, const Concerned& concerned) {
      if (poison.contains(event.case_id)) throw Error{ErrorCode::internal, "nothing can be made of this event"};
      std::vector<Recipient> recipients;
      if (concerned.audience == Audience::officers) recipients.push_back({Destination::Kind::officer, "1", {}});
      if (concerned.audience != Audience::owner && concerned.audience != Audience::second_contact) return recipients;
      const auto owner = transaction.owners().find(settings.municipality.id, concerned.owner_id);
      const bool first = concerned.audience == Audience::owner;
      if (owner && !(first ? owner->email : owner->second_email).empty())
        recipients.push_back({first ? Destination::Kind::owner : Destination::Kind::second_contact, concerned.owner_id, {}});
      return recipients;
    };
    told.leaves_at = [](Transaction&, const Settings&, const Recipient&, const Event& event, Instant) { return event.recorded_at + kGathered; };
    told.webhooks_for = [this](Transaction&, const Settings&, const Event& event) {
      std::vector<WebhookId> called;
      for (const auto& [id, owner_id] : webhooks)
        if (!disabled.contains(id) && (owner_id.empty() || owner_id == event.owner_id)) called.push_back(id);
      return called;
    };
    told.has_webhook = [this](Transaction&, const Settings&, const std::string& owner_id) {
      return std::ranges::any_of(webhooks, [&](const auto& one) { return one.second == owner_id && !disabled.contains(one.first); });
    };
    told.owner_of_webhook = [this](Transaction&, WebhookId id) {
      const auto at = webhooks.find(id);
      return at == webhooks.end() ? std::nullopt : std::optional{at->second};
    };
    told.disable_webhook = [this](Transaction&, WebhookId id, Instant) { disabled.insert(id); };
    told.compose_mail = [this](Transaction&, const Settings&, const Destination& destination, const Message& message,
                               std::span<const QueuedNotice> notices, const KeptMail* kept, Instant now) -> Composed {
      if (breaks) throw Error{ErrorCode::internal, "no words"};
      if (moot) return {};
      if (later && now < *later) return {{}, later};
      if (kept && kept->basis == words) return {*kept, {}};
      ++composed;
      KeptMail mail;
      mail.mail.message_id = std::to_string(message.id.value);
      mail.mail.to = destination.ref + "@example.se";
      mail.mail.subject = words;
      mail.mail.text = std::to_string(notices.size());
      mail.mail.date = now;
      mail.basis = words;
      return {mail, {}};
    };
    told.compose_call = [this](Transaction&, const Settings&, WebhookId webhook, const Message& message, Instant now) -> std::optional<OutgoingCall> {
      if (breaks) throw Error{ErrorCode::internal, "no words"};
      if (disabled.contains(webhook)) return std::nullopt;
      return OutgoingCall{.webhook_id = std::to_string(message.id.value), .url = "https://example.se/", .body = message.type, .at = now};
    };
    return told;
  }
};

}  // namespace klotterkoll::test
