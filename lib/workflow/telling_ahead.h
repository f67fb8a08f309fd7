#pragma once

#include <functional>

#include "domain/notice.h"
#include "domain/store.h"

namespace klotterkoll {

/// Queues what mailboxes are told at hours of their own rather than as it happens: warnings that will fall into their quiet
/// hours, before these begin, once for each deadline and warning; and on Fridays what runs out before the end of Monday.
/// To be run every few minutes (mail_times.h, kLookAhead); twice does no harm, nor do several nodes at once.
void tell_ahead(Store& store, Instant now);

/// Shows the open cases with a deadline before `before`, the first first; of that owner, or of all when it is empty.
void each_due_before(Transaction& transaction, MunicipalityId municipality, const std::string& owner_id, Instant before,
                     const std::function<void(const CaseRow&)>& visit);

}  // namespace klotterkoll
