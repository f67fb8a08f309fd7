#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/deadline.h"
#include "domain/event.h"
#include "domain/hold.h"
#include "domain/owner.h"
#include "domain/place.h"
#include "domain/report.h"

namespace klotterkoll {

/// One duty to remove graffiti from one surface, as it stands now: what its row holds. Everything here but the place and
/// the routing follows from the case's events (`apply`), so that it can be recomputed and checked.
struct CaseRow {
  CaseId id;
  std::int64_t version = 1;  ///< counts changes; flags, comments and repeated reports are none
  CaseState state = CaseState::unassigned;
  Source source = Source::citizen;  ///< the first report's
  Category category = Category::other;
  bool category_confirmed = false;  ///< false while it is a citizen's proposal
  std::optional<Surface> surface;
  std::optional<ObjectType> object_type;
  Place place;                      ///< as told; its point may be the register's (`point_derived`)
  bool point_derived = false;       ///< nobody told the point: the register has the told address there
  std::string address_key, designation_key;  ///< the place's canonical forms, for finding it (set_place)

  std::string owner_id;  ///< empty: unassigned
  std::string routing_rule;  ///< which rule found the owner: a step of workflow/routing.h, officer or none
  bool routing_uncertain = false;  ///< it was found by what is near, or several could be meant
  std::string routing_trace;  ///< how the owner was sought: a line for each step, "step TAB looked at TAB result"
  std::string property_designation;  ///< of the property that the register has at the place; empty: none, or it was not sought
  std::string district_id;           ///< in which the place lies; empty: in none that is known
  std::string nearest_address;       ///< where a point was told and no address: the register's nearest; empty: none

  Instant opened_at;          ///< when the case was made
  Instant clock_started_at;   ///< derived from all reports of the case and of those merged into it
  Instant first_reported_at;  ///< the earliest reported_at and received_at among them
  Instant first_received_at;
  int policy_version = 1;
  Instant due_at;
  Instant due_at_without_holds;
  std::optional<Instant> own_due_at;  ///< the same policy reckoned from when the deciding owner was told

  std::optional<Instant> assigned_at, told_at;  ///< of the present owner
  std::optional<Instant> removed_at, recorded_at;
  std::optional<Instant> removal_entered_at;  ///< when the removal was entered first; unlike recorded_at no correction moves it
  std::optional<RemovalMethod> method;
  std::optional<std::int64_t> cost_sek;
  bool evidence_confirmed = false;
  /// All reports are by the party that removed it: its own find, outside the population.
  bool proactive = false;

  std::optional<DismissalReason> dismissal;
  std::optional<NonRemovalReason> non_removal;
  CaseId merged_into;
  std::optional<Instant> decided_at;  ///< of dismissal, non-removal or merge
  std::string former_owner_id;        ///< whose it was before the present owner, or nobody, came; empty: nobody's
  std::string deciding_owner_id;      ///< the owner at the deciding moment; empty: none (see deciding_owner in case.cpp)

  std::optional<Instant> held_from, held_until;  ///< the running or next granted hold
  bool has_holds = false;                        ///< there are or were any, requested ones included
  std::optional<Instant> hold_requested_at;      ///< of an open case: the oldest request that waits for a decision
  std::optional<Instant> warn_at;                ///< the first warning between the start and `due_at`
  Instant checked_until;                         ///< up to here the moments of the present deadline have been flagged
  std::optional<Attention> attention;            ///< of an open case: why an officer should look at it
  std::optional<Instant> unattended_at;          ///< when officers are to be told that nobody acts, if nobody does before
  std::optional<Instant> next_check_at;          ///< the earliest thing still to happen; none when nothing is to come
  int report_count = 0;
  int merged_count = 0;  ///< cases merged into this one itself
  int photo_count = 0;  ///< those that have not been erased
  CaseId previous_case;
  CaseId split_from;  ///< the case whose reports told of this work too

  bool open() const { return state == CaseState::unassigned || state == CaseState::assigned; }
  bool operator==(const CaseRow&) const = default;
};

/// Sets the place with its canonical forms.
void set_place(CaseRow& row, Place place, const std::string& municipality_name);
/// The place without what the register added to it.
Place told_place(const CaseRow& row);

/// A case with all that its history tells: the fold of its events. What is not in the row is kept here.
struct Case {
  struct ReportTimes {
    ReportId report;
    Instant reported_at, received_at, earliest_seen_at;  ///< the smallest of observed_at and reported_at
    std::string reporter;
    Actor by;
  };
  struct MergedIn {
    CaseId from;
    Instant reported_at, received_at, earliest_seen_at;
    std::string reporter;
  };
  struct Tenure {
    Instant from;
    std::string owner_id;  ///< empty: nobody's
    std::optional<Instant> told_at;
    std::optional<Channel> told_by;  ///< of told_at
    bool gave_sign = false;          ///< the owner has done or said something
    bool unattended = false;         ///< officers have been told that nobody acts
  };
  CaseRow row;
  std::vector<ReportTimes> reports;
  std::vector<MergedIn> merged_in;
  std::vector<Tenure> tenures;
  std::vector<Hold> holds;
  std::vector<FormerLimit> former_limits;  ///< of the categories there were before the present one
  std::string remover;
  Instant flags_from;  ///< nobody is warned of moments up to this: the start, or the import's moment
  std::map<Instant, Instant> flagged;  ///< for each deadline there was: the moment up to which it has been flagged
  bool imported = false;
};

/// Folds one event into the case, as it stands or from nothing (`case_opened`), and derives what follows from it:
/// the start, the deadline, who is judged by it, what comes next. `policy` is the version the case was opened under.
/// Events that change nothing (flags, comments) pass. Never throws on events that this code wrote.
void apply(Case& folded, const Event& event, const Policy& policy, const TimeZone& zone);

/// The whole history at once. `events` in order, the first one `case_opened`.
Case replay(std::span<const Event> events, const Policies& policies, const TimeZone& zone);

/// The earliest moment at which the graffiti was seen or reported, by the reports of the case and of those merged into it.
Instant earliest_seen(const Case& told);
/// Are all of these reports by this one party? Never by the empty one.
bool all_reports_by(const Case& told, const std::string& party);

/// What can be done to a case, by name (design.md, The life of a case).
enum class Action {
  assign, unassign, reject, hold, change_details, add_police_reference, record_removal, correct_removal, withdraw_removal,
  reopen, request_reopening, dismiss, undo_dismissal, give_up, undo_giving_up, merge, undo_merge, split,
};
constexpr auto names_of(Action) {
  return std::array<Names, 18>{"assign", "unassign", "reject", "hold", "change_details", "add_police_reference",
                               "record_removal", "correct_removal", "withdraw_removal", "reopen", "request_reopening",
                               "dismiss", "undo_dismissal", "give_up", "undo_giving_up", "merge", "undo_merge", "split"};
}

/// The state table: is the action possible from the state, whoever asks?
bool allows(CaseState state, Action action);
/// Throws Error{conflict} naming the state and what is allowed from there.
void require(CaseState state, Action action);
/// What the one who asks may do now: the state table, whose case it is, and the owner's 24 hours. An owner's hold is a
/// request; the police's is not among these, since the row does not tell who reported.
std::vector<Action> allowed_actions(const CaseRow& row, const Actor& actor, Instant now);

/// The owner corrects or withdraws a removal for so long after it was first entered; the municipality always.
inline constexpr std::chrono::hours kOwnerCorrects{24};
/// Anyone may ask that a case be reopened for so long after `removed_at`.
inline constexpr std::chrono::days kReopenRequests{14};
/// A removal may be dated this much before the graffiti was first seen or reported, not more.
inline constexpr std::chrono::days kRemovalBeforeReport{30};

/// How the clock stands; nothing when the case is not open. Past the deadline is overdue, held or not: a hold that could
/// help has moved the deadline.
std::optional<ClockState> clock_of(const CaseRow& row, Instant now);
/// Whole hours to `due_at`, rounded towards the past: 0 in the last hour, -1 in the first hour after. Open cases only.
std::optional<std::int64_t> hours_left(const CaseRow& row, Instant now);

/// Throws Error{forbidden} when an owner asks for a case that is not its own.
void require_own(const CaseRow& row, const Actor& by);

// Decisions: each checks the rules of the domain and gives the event that records it, ready to be appended and applied.
// `now` is both when and when recorded unless said otherwise. All throw Error{conflict} by the state table,
// Error{forbidden} when an owner asks for another's case, and Error{refused} as said.

/// Opens a case for its first report. `previous` is a removed or closed case of the same spot; `district_id` that of its
/// place, empty for none.
Event open_case(CaseId id, const Report& report, const Policy& policy, CaseId previous, const std::string& district_id, const Actor& by);
/// A removed case takes one only when an officer has said that it tells of the graffiti that was removed, `to_removed`.
Event link_report(const Case& joined, const Report& report, const Actor& by, bool to_removed = false);
/// `rule` tells how the owner was found.
Event assign(const Case& current, const std::string& owner_id, const std::string& rule, const Actor& by, Instant now);
Event unassign(const Case& current, const Actor& by, Instant now);
Event reject(const Case& current, const std::string& reason, const std::string& suggested_owner_id, const Actor& by,
             Instant now);

struct Removal {
  Instant removed_at;
  std::optional<RemovalMethod> method = {};
  std::optional<std::int64_t> cost_sek = {};
  bool evidence_confirmed = false;
  bool other_note = false;  ///< the note that goes with it is not the one that is recorded
};
/// Records the removal, or corrects one that is recorded; nothing when it says what is recorded already.
/// `remover` the removing party. Error{refused}: in the future, or more than 30 days before the graffiti was first seen.
/// Only the municipality confirms evidence, Error{forbidden}; an owner's correction that leaves the date alone keeps it.
std::optional<Event> record_removal(const Case& current, const Removal& removal, const std::string& remover,
                                    const Actor& by, Instant now);
/// The owner withdraws within 24 hours; the municipality reopens: both undo the removal, on the original clock.
Event undo_removal(const Case& current, const Actor& by, Instant now);
Event request_reopening(const Case& current, const Actor& by, Instant now);
Event dismiss(const Case& current, DismissalReason reason, const Actor& by, Instant now);
Event give_up(const Case& current, NonRemovalReason reason, const Actor& by, Instant now);
/// Undoes a dismissal or a giving-up.
Event undo_decision(const Case& current, const Actor& by, Instant now);

struct Details {
  std::optional<Category> category;
  std::optional<Surface> surface;
  std::optional<ObjectType> object_type;
  bool place_changed = false;
  std::string district_id = {};  ///< in which the new place lies; empty: in none
};
/// Nothing when nothing changes. An officer who names a category confirms it.
std::optional<Event> change_details(const Case& current, const Details& details, const Actor& by, Instant now);
Event add_police_reference(const Case& current, const Actor& by, Instant now);

/// Merging is a link. Gives the event on the case that goes and the one on its target, which carries the starts it brings.
/// Error{refused}: into itself, into another municipality's, or into a case that is itself merged or neither open nor removed.
struct MergeEvents {
  Event on_case, on_target;
};
MergeEvents merge(const Case& current, const Case& target, const Actor& by, Instant now);
MergeEvents undo_merge(const Case& current, const Case& target, const Actor& by, Instant now);
/// Tells a target anew what a case merged into it brings. To be recorded when that has changed, which is when a merge
/// further down the chain is undone: of A into B into C, C knows A's times only from B.
Event renew_merge(const Case& merged, const Case& target, const Actor& by, Instant now);

/// A second case from the same reports, which told of two works: a cabinet and the façade behind it. Gives the event on the
/// case, which stays as it is, and the one that opens the other as `id`: with the same start and policy and what is known
/// of the work (its category may then be changed, by the rules of any change), and with no owner and no hold of its own.
/// Its first report stands for all. Nothing undoes a split; a needless case is merged back. `district_id` that of the place.
struct SplitEvents {
  Event on_case, opened;
};
SplitEvents split(const Case& current, CaseId id, const std::string& district_id, const Actor& by, Instant now);
/// Tells a case that was just split off of another of the reports that told of both works.
Event share_report(const Case& split_off, const Report& report, const Actor& by, Instant now);

// Holds (hold.h has the counting). `policy` is the case's. Error{refused} by validate_hold; Error{forbidden} by who may:
// an owner asks for its own case and the municipality decides; the municipality makes holds, and the police one for
// evidence, 48 hours in all, on a case that they reported with the same key; each ends what it asked for or made, the municipality all.
// `reported_it`: the police did, by a report that came with another case (merged into this one, or split).
Event request_hold(const Case& current, const Policy& policy, HoldId id, HoldReason reason, std::optional<Instant> until,
                   const Actor& by, Instant now);
Event start_hold(const Case& current, const Policy& policy, HoldId id, HoldReason reason, std::optional<Instant> until,
                 const Actor& by, Instant now, bool reported_it = false);
/// Decides a request: granted, it counts from when it was asked.
Event decide_hold(const Case& current, HoldId id, bool granted, const Actor& by, Instant now);
Event end_hold(const Case& current, HoldId id, const Actor& by, Instant now, bool reported_it = false);

/// The present owner was told of its case at `told_at`: a receiver accepted what was sent, or an officer records a call or
/// letter. Nothing when it knew by then already. Error{conflict} when the case is not assigned; Error{refused} for a moment in the future or before
/// the case was given to the owner.
std::optional<Event> tell_owner(const Case& current, Channel channel, Instant told_at, const Actor& by, Instant now);
/// The owner's own system calls the case something, which is kept beside it; or no longer does. Error{conflict} when nobody
/// has the case.
Event set_external_reference(const Case& current, const Actor& by, Instant now);
/// Puts an open case on the officers' list. With `bounced` an owner that was told by mail has not been told after all.
Event mark_unattended(const Case& current, Attention why, Instant at, Instant now);

/// What a sweep finds to be told at `as_of`: at most one flag, the last missed warning or that the deadline has passed.
struct Flag {
  EventType type = EventType::case_due_soon;
  int warning = -1;  ///< index into the policy's warnings; -1 for case_overdue
  Instant at;        ///< the moment it became true
  bool last = false;  ///< no warning comes after it
};
std::optional<Flag> flag_due(const CaseRow& row, const Policy& policy, Instant as_of);
/// The earliest thing that is still to be flagged of an open case, or that was and has not been: a warning, the deadline,
/// the end of a hold, nobody acting. It does not depend on now, so nothing is lost while nobody sweeps.
std::optional<Instant> next_check(const CaseRow& row, const Policy& policy);

}  // namespace klotterkoll
