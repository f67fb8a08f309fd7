#include "workflow/kept_mail.h"

#include "domain/user.h"
#include "workflow/closing_links.h"

namespace klotterkoll {
namespace {

/// A mailbox has one mail under way, and a few more when an officer sends parked ones again.
constexpr std::int64_t kMailsOfOne = 100;

}  // namespace

void withdraw(Transaction& transaction, MunicipalityId municipality, const KeptMail& kept, const KeptMail* instead) {
  for (const auto& [id, url] : kept.closing_urls) {
    const bool stays = instead && instead->closing_urls.contains(id) && instead->closing_urls.at(id) == url;
    if (!stays) withdraw_link(transaction, municipality, url);
  }
  if (!kept.address_token.empty() && !(instead && instead->address_token == kept.address_token))
    transaction.users().remove_token(municipality, digest(kept.address_token));
}

void give_up_mail(Transaction& transaction, MessageId id) {
  if (const auto kept = transaction.notices().kept_mail(id)) withdraw(transaction, id.municipality(), *kept, nullptr);
  transaction.notices().forget_mail(id);
}

void give_up_mails_to(Transaction& transaction, MunicipalityId municipality, Destination::Kind kind, const std::string& ref) {
  const auto mailbox = transaction.notices().find_destination(municipality, kind, ref);
  if (!mailbox) return;
  for (const Message& message : transaction.notices().waiting_messages(mailbox->id, kMailsOfOne)) give_up_mail(transaction, message.id);
}

}  // namespace klotterkoll
