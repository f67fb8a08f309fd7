#pragma once

#include <string>

#include "domain/link.h"
#include "workflow/casework_actions.h"

namespace klotterkoll {

// Links that let an owner close one case without an account. Whoever holds one acts as the case's owner, on that case
// alone, for as long as the case is this owner's and was not given to it anew, and, if it was mailed, for as long as the
// address that it went to is one of the owner's two: it may have been a wrong one.

/// Makes a link of the case for its present owner and gives its address, `{public_url}/atgarda/{code}/{token}`; the token
/// is 256 random bits and kept nowhere. Each call makes another; all of them are good. `row` as it is in this transaction.
/// `email`: to what address it is mailed; empty: it is handed over otherwise, as with a letter.
/// Throws Error{conflict} when the case is nobody's.
std::string closing_url_for(Transaction& transaction, const Settings& settings, const CaseRow& row, const std::string& public_url,
                            const std::string& email, IdSource& ids, Instant now);
/// Would that link, mailed to `email`, still do for the case as it is?
bool holds_for(Transaction& transaction, const CaseRow& row, const std::string& closing_url, const std::string& email, Instant now);
/// The link of a mail that was not sent, and is not to be.
void withdraw_link(Transaction& transaction, MunicipalityId municipality, const std::string& closing_url);

/// A link with its case, as it is opened.
struct OpenedLink {
  ClosingLink link;
  CaseRow row;
  LinkState state = LinkState::good;
  std::string owner_id() const { return link.owner_id; }
  /// The one who acts through it: no key, but that owner.
  Actor actor() const { return {Role::owner, 0, link.owner_id}; }
  /// Is it good for whatever an owner may do?
  bool good() const { return state == LinkState::good; }
  /// May what it has recorded be corrected through it?
  bool corrects(Instant now) const;
};

/// Nothing when there is no such link in the municipality. In a write nobody else changes the case until the transaction ends.
std::optional<OpenedLink> open_link(Transaction& transaction, const Settings& settings, const std::string& token, Instant now);
std::optional<OpenedLink> open_link_to_act(Transaction& transaction, const Settings& settings, const std::string& token, Instant now);

/// Throws Error{conflict} when a removal cannot be recorded, or corrected, through the link: to be asked before work is done for
/// it. What close_by_link asks itself is asked under the case's lock.
void require_closing(const OpenedLink& opened, Instant now);
/// Closes the case through the link, or corrects within 24 hours what it has closed; the link is used then. The same said
/// again changes nothing. Error{conflict} when the link is not good for it, and what record_removal_of_case throws.
CaseRow close_by_link(Transaction& transaction, const Settings& settings, const OpenedLink& opened, const Removal& removal,
                      const std::string& note, const std::vector<PhotoId>& photos, Instant now);
/// Gives the case back. Said again by a link that has done so it changes nothing.
CaseRow reject_by_link(Transaction& transaction, const Settings& settings, const OpenedLink& opened, const std::string& reason,
                       const std::string& note, Instant now);
/// Asks for a pause; the same request, while it waits, is not made twice.
CaseRow hold_by_link(Transaction& transaction, const Settings& settings, const OpenedLink& opened, HoldReason reason, Instant until,
                     const std::string& note, Instant now);
/// Writes down what the owner's own system calls the case; empty takes it away.
CaseRow name_by_link(Transaction& transaction, const Settings& settings, const OpenedLink& opened,
                     const std::string& external_reference, Instant now);

/// Forgets, in short steps, links that expired 30 days ago; gives how many.
std::int64_t forget_links(Store& store, Instant now);

}  // namespace klotterkoll
