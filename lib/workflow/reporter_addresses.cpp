#include "workflow/reporter_addresses.h"

#include "base/error.h"
#include "domain/mail_address.h"
#include "workflow/forgetting.h"
#include "workflow/kept_mail.h"

namespace klotterkoll {
namespace {

ReporterAddress get(Transaction& transaction, MunicipalityId municipality, const std::string& token) {
  auto address = address_of_token(transaction, municipality, token);
  if (!address) throw Error{ErrorCode::not_found, "This link is not known; it may have been shortened on its way."};
  return *address;
}

}  // namespace

std::string make_address_token(Transaction& transaction, MunicipalityId municipality, const std::string& address_digest, IdSource& ids, Instant now) {
  const std::string token = random_token(ids, 32);
  transaction.users().add_token(municipality, digest(token), address_digest, now);
  return token;
}

std::optional<ReporterAddress> address_of_token(Transaction& transaction, MunicipalityId municipality, const std::string& token) {
  const auto address_digest = transaction.users().address_of_token(municipality, digest(token));
  return address_digest ? transaction.users().find_address(municipality, *address_digest) : std::nullopt;
}

ReporterAddress confirm_address(Transaction& transaction, MunicipalityId municipality, const std::string& token, Instant now) {
  ReporterAddress address = get(transaction, municipality, token);
  if (address.wants_mail()) return address;
  if (!address.confirmed_at) address.confirmed_at = now;
  address.stopped_at.reset();
  transaction.users().save_address(municipality, address);
  return address;
}

ReporterAddress stop_mail(Transaction& transaction, MunicipalityId municipality, const std::string& token, Instant now) {
  ReporterAddress address = get(transaction, municipality, token);
  if (address.stopped_at) return address;
  address.stopped_at = now;
  transaction.users().save_address(municipality, address);
  give_up_mails_to(transaction, municipality, Destination::Kind::reporter, address.address_digest);
  return address;
}

void forget_erased_address(Transaction& transaction, const ReferenceCipher& references, ReportId erased, const std::string& email) {
  if (email.empty()) return;
  const std::string address_digest = mail_address_digest(references, email);
  if (transaction.users().is_address_of_report(erased.municipality(), address_digest, erased)) return;
  transaction.users().forget_address(erased.municipality(), address_digest);
}

std::int64_t forget_address_tokens(Store& store, Instant now) {
  return forget_in_steps(store, [&](Transaction& transaction, MunicipalityId municipality, std::int64_t most) {
    return transaction.users().remove_tokens(municipality, now - kAddressTokenGood, most);
  });
}

}  // namespace klotterkoll
