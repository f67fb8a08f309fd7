#pragma once

#include <optional>
#include <string>

#include "base/id.h"
#include "base/time.h"
#include "domain/codes.h"

namespace klotterkoll {

enum class EventType {
  case_opened, report_linked, report_repeated, case_assigned, case_unassigned, case_rejected, owner_told, details_changed,
  police_reference_added, hold_requested, hold_started, hold_ended, hold_refused, case_due_soon, case_overdue,
  removal_recorded, removal_corrected, removal_withdrawn, reopen_requested, case_reopened, case_dismissed,
  case_not_removed, decision_undone, case_merged, merge_undone, case_split, comment_added, photo_added, photo_released,
  redacted, case_unattended, external_reference_set,
};
constexpr auto names_of(EventType) {
  return std::array<Names, 32>{
      "case_opened", "report_linked", "report_repeated", "case_assigned", "case_unassigned", "case_rejected",
      "owner_told", "details_changed", "police_reference_added", "hold_requested", "hold_started", "hold_ended",
      "hold_refused", "case_due_soon", "case_overdue", "removal_recorded", "removal_corrected", "removal_withdrawn",
      "reopen_requested", "case_reopened", "case_dismissed", "case_not_removed", "decision_undone", "case_merged",
      "merge_undone", "case_split", "comment_added", "photo_added", "photo_released", "redacted", "case_unattended",
      "external_reference_set"};
}

/// Who did something. `key_id` is the API key, 0 for citizens and the service itself; names are looked up, not stored,
/// so that a person's name can be erased without touching history.
struct Actor {
  Role role = Role::system;
  std::int64_t key_id = 0;
  std::string owner_id;  ///< for role owner: which one
  bool operator==(const Actor&) const = default;
};

/// What an event tells: codes, times and keys only, never free text. Which members are set follows from the type; each
/// is named as in JSON. Members that are not set are not stored.
struct EventData {
  // case_opened, report_linked, report_repeated
  std::optional<ReportId> report;
  std::optional<Source> source;
  std::optional<Instant> observed_at, reported_at, received_at;
  std::optional<std::string> reporter;         ///< the reporting party, see Report::reporter
  std::optional<int> policy_version;           ///< case_opened
  std::optional<CaseId> previous_case;         ///< case_opened: the case of the same spot before this one
  std::optional<bool> imported;                ///< case_opened: history; nobody is warned of what was past then
  // case_opened, details_changed
  std::optional<Category> category;
  std::optional<bool> category_confirmed;
  std::optional<Surface> surface;
  std::optional<ObjectType> object_type;
  std::optional<bool> place_changed;           ///< details_changed: the place itself is not history, its row is masked
  std::optional<std::string> district_id;      ///< case_opened, or with place_changed: in which the place lay then; not set: in none
  // case_assigned, case_unassigned, case_rejected
  std::optional<std::string> owner_id;         ///< the new owner
  std::optional<std::string> former_owner_id;
  std::optional<std::string> rule;             ///< the routing rule that decided
  std::optional<std::string> suggested_owner_id;
  std::optional<std::string> reason;           ///< coded: rejection, dismissal, non-removal, hold, Attention
  std::optional<std::string> channel;          ///< owner_told: a Channel; case_unattended because a notice came back: the same
  // removal_recorded, removal_corrected
  std::optional<Instant> removed_at;
  std::optional<RemovalMethod> method;
  std::optional<std::int64_t> cost_sek;
  std::optional<bool> evidence_confirmed;      ///< an officer vouches for the date and names the evidence in the note
  std::optional<bool> redated;                 ///< removal_corrected: the date is another, entered now
  std::optional<std::string> remover;          ///< the removing party, see Report::reporter
  // holds
  std::optional<HoldId> hold;
  std::optional<Instant> starts_at, until;
  // case_due_soon, case_overdue
  std::optional<int> warning;                  ///< index into the policy's warnings
  std::optional<bool> last_warning;            ///< no other comes before the deadline
  std::optional<Instant> due_at;
  // case_merged (on the case that goes: target; on the target: from, with the starts it brings), merge_undone, case_split
  // (target: the case it opened; that one's case_opened: from, with the starts it brings)
  std::optional<CaseId> target, from;
  // report_repeated
  std::optional<bool> text_added;
  // photo_added (with role, and report or hold when it came with one), photo_released (false: no longer), redacted (a photo,
  // or the texts of a report)
  std::optional<PhotoId> photo;
  std::optional<std::string> photo_role;
  std::optional<bool> released;
  bool operator==(const EventData&) const = default;
};

/// A past fact about a case: appended, never edited. Events with the same case, in the order of their positions, are its
/// history.
struct Event {
  EventId id;
  CaseId case_id;
  std::int64_t position = 0;  ///< in the case's history, from 1; 0: not known here, it becomes the last
  EventType type = EventType::case_opened;
  Instant at;           ///< when it happened, as claimed
  Instant recorded_at;  ///< when it was entered here
  Actor by;
  std::string owner_id;  ///< the case's owner after the event; empty: none
  Visibility visibility = Visibility::public_;
  EventData data;
};

}  // namespace klotterkoll
