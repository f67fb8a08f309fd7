#pragma once

#include "domain/store.h"

namespace klotterkoll {

struct SweepResult {
  std::int64_t looked_at = 0;  ///< cases whose next check was due
  std::int64_t due_soon = 0, overdue = 0, holds_ended = 0;  ///< what was flagged
};

/// Flags what has become due by `as_of`: warnings, passed deadlines, holds that end. Each flag is raised once, whoever
/// sweeps and however often; of several missed warnings the last; past the deadline only that. Events and notices are
/// written with the flag, a few hundred cases a transaction. No case's figures change by it.
SweepResult sweep_deadlines(Store& store, Instant as_of);

}  // namespace klotterkoll
