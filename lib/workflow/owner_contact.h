#pragma once

#include "domain/owner.h"
#include "domain/store.h"

namespace klotterkoll {

/// Adds or replaces an owner, with what follows when its mail addresses are others then. That its cases are known rests on the
/// address that they were told to, which may have been a wrong one. So a new address is told of the cases that are open, in a
/// mail of their own; what waits for the former one is composed anew, for whoever has the address; links that went there end
/// (closing_links.h); and it gets one short mail that it is not written to any more, without links or names.
/// Throws what OwnerTable::save does, and Error{busy} when an address has been taken away kContactChangesADay times in a day:
/// each change writes to whoever is named.
inline constexpr std::int64_t kContactChangesADay = 10;
void save_owner(Transaction& transaction, const Settings& settings, const Owner& owner, Instant now);

}  // namespace klotterkoll
