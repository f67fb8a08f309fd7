#pragma once

#include "call.h"

namespace klotterkoll {

/// Takes up to 1,000 reports as JSON, NDJSON or CSV. Each row is kept or refused by itself; each goes to the municipality
/// that it names, else to the one among the key's in whose area its point lies, else to the one in the path.
void post_batch(Call& call);

}  // namespace klotterkoll
