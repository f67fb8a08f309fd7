#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/queue.h"
#include "workflow/intake.h"

namespace klotterkoll {

// A night's batch of the police tells of walls that somebody may have reported, or cleaned, before it was sent. Taken as new
// cases these would be misses from their birth; so such a row waits for an officer, who says whether it is of a case that is
// there. Its clock does not wait: whatever is said, it was received when it was sent.

/// What became of a row of a batch: a report, or one that waits.
struct Batched {
  std::optional<Taken> taken;
  QueueId waiting;
};

/// Takes a report as `take_report` does, but for the police's that names no case, was not sent before, and lies within 30 m of
/// an open case (by its point, else by that of its address) or was seen before a removal there of the last 14 days: that one
/// waits. Sent again while it waits it is the same one, and texts that it lacked are kept.
Batched take_batched_report(Transaction& transaction, const Settings& settings, const ReportDraft& draft, const Actor& actor, Instant now);

/// A case that a waiting report may be of.
struct Candidate {
  CaseRow row;
  double away_m = 0;
};
/// The nearest 10 as they are now, of removed ones those since 14 days before it was sent. First those whose photos show nearly
/// what its own show, then the others; nearest first.
std::vector<Candidate> candidates_for(Transaction& transaction, const Settings& settings, const Confirmation& waiting);

/// An officer's word: it is of that case, which may be removed already, or a new one.
struct ConfirmationDecision {
  std::optional<CaseId> joins;  ///< none: it opens a case
  std::string note;             ///< kept with the case as an internal comment
};
/// Takes the report as if it had been taken when it was sent, and says what it has become; the same word again changes nothing.
/// When it has been sent in another way meanwhile it is `repeated`: that report, whatever was said. Error{not_found};
/// Error{conflict} when another word was given; and what joining throws.
Confirmation decide_confirmation(Transaction& transaction, const Settings& settings, QueueId id, const ConfirmationDecision& decision,
                                 const Actor& by, Instant now);

}  // namespace klotterkoll
