#pragma once

#include "domain/notice.h"
#include "domain/store.h"

namespace klotterkoll {

/// Queues what mailboxes are told at hours of their own rather than as it happens: warnings that will fall into their quiet
/// hours, before these begin, once for each deadline and warning; and on Fridays what runs out before the end of Monday.
/// To be run every few minutes (mail_times.h, kLookAhead); twice does no harm, nor do several nodes at once.
void tell_ahead(Store& store, Instant now);

/// Open cases whose deadline lies in [from, before), of that owner, or of all when it is empty: the first `most` of them, and
/// how many they are, to kCountedUpTo. By an index, so that it may be asked in a write.
Listing<CaseRow> first_due(Transaction& transaction, MunicipalityId municipality, const std::string& owner_id, Instant from, Instant before,
                           std::int64_t most);

}  // namespace klotterkoll
