#pragma once

#include "domain/store.h"

namespace klotterkoll {

struct SweepResult {
  std::int64_t looked_at = 0;  ///< cases of which something had become due
  std::int64_t due_soon = 0, overdue = 0, holds_ended = 0, unattended = 0;  ///< what was flagged
  /// Cases that could not be looked at, such as one whose history cannot be replayed, and why. They were passed over and
  /// come again with every sweep, until somebody sees to them.
  struct Failure {
    CaseId id;
    std::string reason;
  };
  std::vector<Failure> failures = {};
};

/// Flags what becomes due by `as_of`, which may be earlier or later than `now`: warnings, passed deadlines, and, up to
/// `now` only, holds that end: what has not ended yet may still be ended early or moved. Each flag is raised once, whoever
/// sweeps and however often; of several missed warnings the last; past the deadline only that. Events and notices are
/// written with the flag, a few hundred cases a transaction. No case's figures change by it.
SweepResult sweep_deadlines(Store& store, Instant as_of, Instant now);

}  // namespace klotterkoll
