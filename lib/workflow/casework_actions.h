#pragma once

#include "workflow/casework.h"

namespace klotterkoll {

// The steps people take with a case, by name. Each loads the case, decides by the rules of `domain/case.h`, and saves it
// with its consequences; each gives the case as it is then. Saying again what is so already changes nothing; a note that is
// new then is kept as an internal comment, since what was decided, and when, stays.
// All throw Error{not_found} for an unknown case, Error{stale} when `version` is not the present one, and what the
// decision throws: conflict, forbidden, refused.

/// Which case, seen at which version, by whom and when.
struct CaseAction {
  CaseId id;
  std::optional<std::int64_t> version;  ///< from If-Match
  Actor actor;
  Instant now;
  std::string note;  ///< free text that goes with the event
};

/// Error{refused} at /owner_id when the owner is not known.
CaseRow assign_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const std::string& owner_id);
CaseRow unassign_case(Transaction& transaction, const Settings& settings, const CaseAction& action);
/// `suggested_owner_id` may be empty.
CaseRow reject_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const std::string& reason,
                    const std::string& suggested_owner_id);

/// Changes place, surface, object type or category. A new place is routed anew; where nobody is found there, an owner
/// that was found by routing is let go and one that an officer named stays.
struct NewDetails {
  std::optional<Place> place;
  Details details;
};
CaseRow change_details_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const NewDetails& wanted);
/// `police_reference` in its normal form (parse_police_reference).
CaseRow add_police_reference_to_case(Transaction& transaction, const Settings& settings, const CaseAction& action,
                                     const std::string& police_reference);

/// The note, with the evidence that an officer names for a removal recorded late, is the event's; another note alone is a
/// correction too.
/// `photos` of the clean surface, sent before, are kept with the case; what is refused of them is at /photo_ids.
CaseRow record_removal_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const Removal& removal,
                               const std::vector<PhotoId>& photos = {});
CaseRow undo_removal_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action);
CaseRow request_reopening_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action);

CaseRow dismiss_case(Transaction& transaction, const Settings& settings, const CaseAction& action, DismissalReason reason);
CaseRow give_up_case(Transaction& transaction, const Settings& settings, const CaseAction& action, NonRemovalReason reason);
/// Undoes the dismissal or the giving-up; Error{conflict} when the case is in neither of the two named by `from`.
CaseRow undo_decision_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, CaseState from);

/// Asks for a pause of the case, for its owner, or makes one, for the municipality and the police.
/// `photos` that show why, sent before, are kept with the case; what is refused of them is at /photo_ids.
CaseRow hold_case(Transaction& transaction, const Settings& settings, const CaseAction& action, HoldReason reason, std::optional<Instant> until,
                  const std::vector<PhotoId>& photos = {});
/// Grants or refuses a request; granted it counts from when it was asked. Error{not_found} when the case has no such pause.
CaseRow decide_hold_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, HoldId hold, bool granted);
CaseRow end_hold_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, HoldId hold);

/// Merges the case into another, which takes over its start and its reports. Error{not_found} at /into for a case that is not
/// there, and what `merge` says.
CaseRow merge_case(Transaction& transaction, const Settings& settings, const CaseAction& action, CaseId into);
/// Takes it out again, in any state of the target, and tells every case further down the chain what it now brings.
CaseRow undo_merge_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action);

/// Opens a second case for another work that the same reports tell of, which is then what `other` says, and gives that one.
/// Its owner is the one given, else sought by the place as for any report; Error{refused} at /owner_id when it is not known.
CaseRow split_case(Transaction& transaction, const Settings& settings, const CaseAction& action, const Details& other,
                   const std::string& owner_id);

/// An officer records that the owner was told by a call or a letter. What is known already changes nothing.
CaseRow tell_owner_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action, Channel channel, Instant told_at);
/// Keeps what the present owner's own system calls the case, said by that owner or an officer; empty takes it away.
/// Error{refused} at /external_reference for more than kLongestExternalReference characters, or several lines.
inline constexpr std::size_t kLongestExternalReference = 100;
CaseRow set_external_reference_of_case(Transaction& transaction, const Settings& settings, const CaseAction& action,
                                       const std::string& external_reference);

/// Comments do not change the case; the text is the event's note. An owner comments on its own cases.
CaseRow comment_on_case(Transaction& transaction, const Settings& settings, const CaseAction& action, Visibility visibility);

}  // namespace klotterkoll
