#include "workflow/closing_links.h"

#include <algorithm>

#include "base/error.h"
#include "domain/mail_address.h"
#include "domain/user.h"
#include "workflow/forgetting.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kTokenBytes = 32;

/// Who gave the case back last since that moment; asked only when the case is not the link's owner's any more.
std::string last_rejected_by(Transaction& transaction, const ClosingLink& link) {
  std::string owner_id;
  for (const Event& event : transaction.events().of_case(link.case_id))
    if (event.type == EventType::case_rejected && event.recorded_at >= link.created_at)
      owner_id = event.data.former_owner_id.value_or("");
  return owner_id;
}

/// Says nothing to whoever has not the token: neither can be found from it by trying.
std::string sent_to(const std::string& token, const std::string& email) { return digest(token + ' ' + mail_address_key(email)); }

std::string token_of(const std::string& closing_url) { return closing_url.substr(closing_url.rfind('/') + 1); }

/// Was it handed over, or did it go to an address that is the owner's still?
bool is_with_owner(Transaction& transaction, const ClosingLink& link, const std::string& token) {
  if (link.sent_to.empty()) return true;
  for (const auto kind : {Destination::Kind::owner, Destination::Kind::second_contact})
    if (const auto mailbox = transaction.users().mailbox(link.case_id.municipality(), kind, link.owner_id);
        mailbox && !mailbox->email.empty() && sent_to(token, mailbox->email) == link.sent_to)
      return true;
  return false;
}

std::optional<OpenedLink> open(Transaction& transaction, const Settings& settings, const std::string& token, Instant now, bool to_act) {
  auto link = transaction.links().find(settings.municipality.id, digest(token));
  if (!link) return std::nullopt;
  auto row = to_act ? transaction.cases().find_to_change(link->case_id) : transaction.cases().find(link->case_id);
  if (!row) return std::nullopt;
  // Another who holds the case may have used the link while this one waited for it.
  if (to_act) link = transaction.links().find(settings.municipality.id, link->link_digest);
  if (!link) return std::nullopt;
  OpenedLink opened{std::move(*link), std::move(*row), LinkState::good};
  const bool still_theirs = opened.row.owner_id == opened.link.owner_id && opened.row.assigned_at == opened.link.assigned_at;
  opened.state = state_of(opened.link, opened.row, still_theirs ? "" : last_rejected_by(transaction, opened.link), now);
  if (!is_with_owner(transaction, opened.link, token)) opened.state = LinkState::revoked;
  return opened;
}

CaseAction action_of(const OpenedLink& opened, const std::string& note, Instant now) {
  return {opened.row.id, {}, opened.actor(), now, note};
}

void require_good(const OpenedLink& opened) {
  if (!opened.good()) throw Error{ErrorCode::conflict, "This link is " + std::string{to_code(opened.state)} + " and closes nothing any more."};
}

}  // namespace

LinkState state_of(const ClosingLink& link, const CaseRow& row, const std::string& last_rejected_by, Instant now) {
  if (row.owner_id != link.owner_id || row.assigned_at != link.assigned_at)
    return !last_rejected_by.empty() && last_rejected_by == link.owner_id && row.owner_id.empty() ? LinkState::given_back : LinkState::revoked;
  if (now >= link.expires_at) return LinkState::expired;
  return link.used_at ? LinkState::used : LinkState::good;
}

bool OpenedLink::corrects(Instant now) const {
  return state == LinkState::used && row.state == CaseState::removed && row.removal_entered_at == link.used_at &&
         now < *row.removal_entered_at + kOwnerCorrects;
}

std::string closing_url_for(Transaction& transaction, const Settings& settings, const CaseRow& row, const std::string& public_url,
                            const std::string& email, IdSource& ids, Instant now) {
  if (row.owner_id.empty() || !row.assigned_at) throw Error{ErrorCode::conflict, "The case is nobody's, so nobody can have a link that closes it."};
  const std::string token = random_token(ids, kTokenBytes);
  ClosingLink link;
  link.id = transaction.next_link_id(settings.municipality.id);
  link.link_digest = digest(token);
  link.case_id = row.id;
  link.owner_id = row.owner_id;
  link.assigned_at = *row.assigned_at;
  if (!email.empty()) link.sent_to = sent_to(token, email);
  link.created_at = now;
  link.expires_at = std::max(now + kLinkGood, row.due_at + kLinkGoodAfterDue);
  transaction.links().add(link);
  return public_url + "/atgarda/" + settings.municipality.code + "/" + token;
}

bool holds_for(Transaction& transaction, const CaseRow& row, const std::string& closing_url, const std::string& email, Instant now) {
  const std::string token = token_of(closing_url);
  const auto link = transaction.links().find(row.id.municipality(), digest(token));
  return link && link->case_id == row.id && link->sent_to == sent_to(token, email) && state_of(*link, row, "", now) == LinkState::good;
}

void withdraw_link(Transaction& transaction, MunicipalityId municipality, const std::string& closing_url) {
  transaction.links().remove(municipality, digest(token_of(closing_url)));
}

std::optional<OpenedLink> open_link(Transaction& transaction, const Settings& settings, const std::string& token, Instant now) {
  return open(transaction, settings, token, now, false);
}

std::optional<OpenedLink> open_link_to_act(Transaction& transaction, const Settings& settings, const std::string& token, Instant now) {
  return open(transaction, settings, token, now, true);
}

void require_closing(const OpenedLink& opened, Instant now) {
  if (opened.corrects(now)) return;
  require_good(opened);
  require(opened.row.state, Action::record_removal);
}

CaseRow close_by_link(Transaction& transaction, const Settings& settings, const OpenedLink& opened, const Removal& removal,
                      const std::string& note, const std::vector<PhotoId>& photos, Instant now) {
  require_closing(opened, now);
  const CaseRow closed = record_removal_of_case(transaction, settings, action_of(opened, note, now), removal, photos);
  transaction.links().mark_used(opened.link, now);
  return closed;
}

CaseRow reject_by_link(Transaction& transaction, const Settings& settings, const OpenedLink& opened, const std::string& reason,
                       const std::string& note, Instant now) {
  if (opened.state == LinkState::given_back) return opened.row;
  require_good(opened);
  return reject_case(transaction, settings, action_of(opened, note, now), reason, "");
}

CaseRow hold_by_link(Transaction& transaction, const Settings& settings, const OpenedLink& opened, HoldReason reason, Instant until,
                     const std::string& note, Instant now) {
  require_good(opened);
  const Case folded = replay(transaction.events().of_case(opened.row.id), settings.policies, settings.zone);
  const bool asked = std::ranges::any_of(folded.holds, [&](const Hold& hold) {
    return hold.status == HoldStatus::requested && !hold.decided_at && !hold.ended_at && hold.reason == reason && hold.until == until;
  });
  return asked ? opened.row : hold_case(transaction, settings, action_of(opened, note, now), reason, until);
}

CaseRow name_by_link(Transaction& transaction, const Settings& settings, const OpenedLink& opened,
                     const std::string& external_reference, Instant now) {
  if (opened.state != LinkState::used) require_good(opened);
  return set_external_reference_of_case(transaction, settings, action_of(opened, "", now), external_reference);
}

std::int64_t forget_links(Store& store, Instant now) {
  return forget_in_steps(store, [&](Transaction& transaction, MunicipalityId municipality, std::int64_t most) {
    return transaction.links().remove_expired(municipality, now - kLinkRemembered, most);
  });
}

}  // namespace klotterkoll
