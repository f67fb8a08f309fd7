#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "domain/store.h"
#include "domain/user.h"

namespace klotterkoll {

// The addresses that reporters leave (domain/user.h): each mail to one carries a token by which whoever reads it confirms the
// address, or stops further mails. Both may be said again.

/// A new token for the address, 256 random bits, to be sent to it and nowhere else; only its digest is kept.
std::string make_address_token(Transaction& transaction, MunicipalityId municipality, const std::string& address_digest, IdSource& ids, Instant now);

/// How the address stands; nothing when the token is not known in the municipality.
std::optional<ReporterAddress> address_of_token(Transaction& transaction, MunicipalityId municipality, const std::string& token);
/// From now on it is told what becomes of its reports, also when it had stopped that. Error{not_found}.
ReporterAddress confirm_address(Transaction& transaction, MunicipalityId municipality, const std::string& token, Instant now);
/// It gets no mail any more, whatever is reported with it, nor what waits for it. Error{not_found}.
ReporterAddress stop_mail(Transaction& transaction, MunicipalityId municipality, const std::string& token, Instant now);

/// To be called when a report's contact, `email` in it, has been erased: what is known of the address goes too, unless
/// another report has it; but not that it wanted no mail.
void forget_erased_address(Transaction& transaction, const ReferenceCipher& references, ReportId erased, const std::string& email);

/// By what is in a mail it can be stopped for so long; each mail that follows brings anew what it is stopped by.
inline constexpr std::chrono::days kAddressTokenGood{366};
/// Forgets, in short steps, tokens that are older; gives how many.
std::int64_t forget_address_tokens(Store& store, Instant now);

}  // namespace klotterkoll
