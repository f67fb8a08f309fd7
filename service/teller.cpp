#include "teller.h"

#include <algorithm>

#include "domain/webhook.h"
#include "json/webhook_json.h"
#include "workflow/mail.h"
#include "workflow/webhooks.h"

namespace klotterkoll {

Teller make_teller(const Store& store, const MailWriter& writer, IdSource& ids, std::string public_url, std::string mail_domain) {
  const ReferenceCipher& references = store.references();
  Teller teller;
  teller.recipients_of = [&references](Transaction& transaction, const Settings& settings, const Event& event, const Concerned& concerned) {
    return recipients_of(transaction, settings, references, event, concerned);
  };
  teller.leaves_at = leaves_at;
  teller.webhooks_for = webhooks_for;
  teller.has_webhook = [](Transaction& transaction, const Settings& settings, const std::string& owner_id) {
    const auto webhooks = transaction.webhooks().list(settings.municipality.id);
    return std::ranges::any_of(webhooks, [&](const Webhook& webhook) { return webhook.owner_id == owner_id && !webhook.disabled_at; });
  };
  teller.owner_of_webhook = [](Transaction& transaction, WebhookId id) -> std::optional<std::string> {
    const auto webhook = transaction.webhooks().find(id);
    return webhook ? std::optional{webhook->owner_id} : std::nullopt;
  };
  teller.disable_webhook = [](Transaction& transaction, WebhookId id, Instant now) { disable_webhook(transaction, id, kGone, now); };
  teller.compose_mail = [site = MailSite{public_url, std::move(mail_domain), writer, references}, &ids](
                            Transaction& transaction, const Settings& settings, const Destination& destination, const Message& message,
                            std::span<const QueuedNotice> notices, const KeptMail* kept, Instant now) {
    return compose_mail(transaction, settings, destination, message, notices, kept, site, ids, now);
  };
  teller.compose_call = [&references, public_url](Transaction& transaction, const Settings& settings, WebhookId id, const Message& message,
                                                  Instant now) {
    return compose_call(transaction, settings, references, public_url, id, message, now);
  };
  return teller;
}

}  // namespace klotterkoll
