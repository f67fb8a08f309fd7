#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "domain/case.h"

namespace klotterkoll {

/// A link that lets an owner close one case without an account. The secret itself is nowhere, only its digest.
struct ClosingLink {
  LinkId id;
  std::string link_digest;
  CaseId case_id;
  std::string owner_id;
  Instant assigned_at;  ///< of the case when the link was made: given to another, or anew, it is not good any more
  std::string sent_to;  ///< the digest of its token and the address that it was mailed to; empty: handed over otherwise
  Instant created_at, expires_at;
  std::optional<Instant> used_at;  ///< for closing; it then shows, and says so
  bool operator==(const ClosingLink&) const = default;
};

/// How long a link is good: so long after it was made, or after the deadline when that is later; an owner that is late is
/// to find it good still. And how long after that it is remembered, so that its page can say that it has expired.
inline constexpr std::chrono::days kLinkGood{90}, kLinkGoodAfterDue{14}, kLinkRemembered{30};

/// What a link opens now.
enum class LinkState {
  good,       ///< all that an owner may do with its case
  used,       ///< it has closed the case: to look, and for a day to correct
  given_back, ///< this owner has said that the case is not its own
  revoked,    ///< the case is another's by now, or was given to the owner anew, which had a link of its own; or the link went
              ///< to an address that is not the owner's any more
  expired,
};
constexpr auto names_of(LinkState) { return std::array<Names, 5>{"good", "used", "given_back", "revoked", "expired"}; }

/// `row` the link's case. Of given_back and revoked `last_rejected_by` decides: who gave the case back last, empty when
/// nobody has since the link was made.
LinkState state_of(const ClosingLink& link, const CaseRow& row, const std::string& last_rejected_by, Instant now);

/// Links, what owners call their cases, and the secret addresses of calendars, in storage.
class LinkTable {
 public:
  virtual ~LinkTable() = default;
  virtual void add(const ClosingLink& link) = 0;
  virtual std::optional<ClosingLink> find(MunicipalityId municipality, const std::string& link_digest) = 0;
  virtual void mark_used(const ClosingLink& link, Instant at) = 0;
  /// Nobody is to have it. One that was used stays: somebody has it.
  virtual void remove(MunicipalityId municipality, const std::string& link_digest) = 0;
  /// Forgets at most `most` links that expired before that moment; gives how many.
  virtual std::int64_t remove_expired(MunicipalityId municipality, Instant before, std::int64_t most) = 0;

  /// The number that the owner's own system has given the case; empty for none.
  virtual std::string external_reference(CaseId id, const std::string& owner_id) = 0;
  /// Empty takes it away.
  virtual void set_external_reference(CaseId id, const std::string& owner_id, const std::string& external_reference) = 0;
  /// The cases that are called exactly so, by this owner or, when it is empty, by any; the newest 20.
  virtual std::vector<CaseId> cases_of_external_reference(MunicipalityId municipality, const std::string& external_reference,
                                                          const std::string& owner_id) = 0;

  /// The owner whose calendar has the address of this digest.
  virtual std::optional<std::string> owner_of_feed(MunicipalityId municipality, const std::string& feed_digest) = 0;
  /// When the owner's calendar got its address; none: it has none.
  virtual std::optional<Instant> feed_made_at(MunicipalityId municipality, const std::string& owner_id) = 0;
  /// From now on the calendar has this address and no other.
  virtual void set_feed(MunicipalityId municipality, const std::string& owner_id, const std::string& feed_digest, Instant at) = 0;
  virtual void remove_feed(MunicipalityId municipality, const std::string& owner_id) = 0;
};

}  // namespace klotterkoll
