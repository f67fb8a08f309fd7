#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "domain/store.h"

namespace klotterkoll {

/// The key under which imported reports are known: no API key has it, so that what citizens or other systems send with
/// the same external id is never taken for an imported row, nor the other way round.
inline constexpr std::int64_t kImportKeyId = -1;

/// One row of another system's history: a report and what has become of it since.
struct HistoryRow {
  std::string external_id;  ///< the other system's id of it; empty when it has none
  GivenTimes times;         ///< `reported_at` is needed; `received_at` is the same unless given
  std::optional<Instant> removed_at;
  std::optional<Instant> recorded_at;  ///< when the removal or dismissal was entered there; `removed_at` unless given
  Place place;
  std::string police_reference;  ///< in its normal form (parse_police_reference)
  std::string description;
  Category category = Category::other;
  Source source = Source::citizen;
  std::string owner_id;  ///< empty: routed by the rules of the day of import
  bool proactive = false;  ///< found by the party that removed it; never guessed from the source
  std::optional<DismissalReason> dismissed;
};

/// What is wrong with a row by the rules of the domain; empty when it can be taken. History may be of any age, but not of
/// the future, and a removal lies at most 30 days before its report, as everywhere.
std::vector<Fault> check_history(const HistoryRow& row, const Municipality& municipality, Instant now);

/// By what the same row is known again: its external id; without one a digest of what tells of the observation
/// (`reported_at`, place, police reference, description), never of what became of it. Two rows without an id that agree
/// in all of that are one.
std::string identity_of(const HistoryRow& row);

enum class ImportOutcome {
  added,      ///< a case was opened, with its removal or dismissal if the row tells of one
  completed,  ///< the case was there and open; its removal or dismissal has been added
  known       ///< nothing that was not there already
};

/// What `import_history` would do with one row after another; writes nothing.
class ImportForecast {
 public:
  ImportOutcome foresee(Transaction& transaction, const Settings& settings, const HistoryRow& row);

 private:
  std::unordered_set<std::string> added_, closed_;  ///< identities of rows that opened and closed a case
};

/// Takes a row that `check_history` found no fault with. The case is opened as history: no notice tells of what the row
/// tells, and only warnings that lie ahead of `now` will come. The owner counts as owner from `received_at` on, and what
/// the file says was recorded then counts as recorded then, so that old cases are judged as the other system would.
/// A removal that was undone here is not put back by importing the same row again.
/// Error{refused} at /owner_id when the given owner is not known.
ImportOutcome import_history(Transaction& transaction, const Settings& settings, const HistoryRow& row, Instant now);

}  // namespace klotterkoll
