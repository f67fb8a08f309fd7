#pragma once

#include <functional>
#include <string>

#include "domain/store.h"

namespace klotterkoll {

// What a person may ask for: that what they wrote, and how to reach them, is erased. What is counted stays, and so does that
// something was there: an event `redacted` for each report. Photos are erased one by one (workflow/photos.h).

/// Whose request it is, and what is needed to carry it out.
struct Erasure {
  Actor actor;
  Instant now;
  const ReferenceCipher& references;
  /// A kept answer to a request (Idempotency-Key) without what it tells of the report with this reference.
  std::function<std::string(const std::string& answer, const std::string& report_reference)> without;
};

/// Empties description, object label and contact of a report, also in answers that are kept and in mails that wait; nothing
/// fills them in again.
/// Gives whether there was anything left to do. Error{not_found}.
bool erase_report(Transaction& transaction, const Settings& settings, ReportId id, const Erasure& erasure);
/// The same for every report of the case and of what is merged into it; and forgets what citizens wrote with other events of
/// it, as when they asked for it to be reopened. Gives how many texts there were. Error{not_found}.
std::int64_t erase_reports_of_case(Transaction& transaction, const Settings& settings, CaseId id, const Erasure& erasure);
/// The same for a report that waits for an officer's word, which can still become a case.
/// Error{not_found}; Error{conflict} once it is decided: then it is a report.
bool erase_waiting(Transaction& transaction, const Settings& settings, QueueId id);

}  // namespace klotterkoll
