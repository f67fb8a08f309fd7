#include "workflow/first_mails.h"

namespace klotterkoll {
namespace {

using std::chrono::hours;

ReporterAddress find(Transaction& transaction, MunicipalityId municipality, const std::string& address_digest) {
  ReporterAddress unknown;
  unknown.address_digest = address_digest;
  return transaction.users().find_address(municipality, address_digest).value_or(unknown);
}

}  // namespace

Admission admit(Transaction& transaction, MunicipalityId municipality, const std::string& address_digest, MessageId message, Instant made_at,
                bool by_staff, Instant now) {
  const ReporterAddress address = find(transaction, municipality, address_digest);
  if (address.stopped_at) return {};
  if (address.confirmed_at || by_staff) return {true, false, {}};
  if (address.first_mail_at) return {address.first_message == message, true, {}};
  if (now > made_at + kFirstMailWaits) return {};
  UserTable& users = transaction.users();
  if (std::ssize(users.first_mails_to(address_digest, now - hours{24}, kFirstMailsToOneADay)) >= kFirstMailsToOneADay) return {};
  const auto lately = users.first_mails_of(municipality, now - hours{1}, kFirstMailsAnHour);
  if (std::ssize(lately) >= kFirstMailsAnHour) return {false, true, lately.back() + hours{1}};
  return {true, true, {}};
}

void note_mail_to(Transaction& transaction, MunicipalityId municipality, const std::string& address_digest, const Admission& admission,
                  MessageId message, Instant now) {
  ReporterAddress address = find(transaction, municipality, address_digest);
  const ReporterAddress before = address;
  if (!address.first_mail_at) {
    address.first_mail_at = now;
    if (admission.first) address.first_message = message;
  }
  if (!admission.first && !address.confirmed_at) address.confirmed_at = now;
  if (!(address == before)) transaction.users().save_address(municipality, address);
}

}  // namespace klotterkoll
