#pragma once

#include <string>
#include <vector>

#include "domain/notice.h"
#include "domain/store.h"

namespace klotterkoll {

/// A mailbox that is told: the kind and `ref` of its Destination, and, of a reporter, by which report.
struct Recipient {
  Destination::Kind kind = Destination::Kind::owner;
  std::string ref;
  ReportId report;
  std::string fault{};  ///< why it could not be looked up, and so is told nothing; empty: it is told
  bool operator==(const Recipient&) const = default;
};

/// The mailboxes of one of those whom an event concerns, each once. None when an owner has no address, no user wants an
/// officer's notices, or no reporter left an address that may be written to. Who has been warned ahead is not warned again.
/// A mailbox that cannot be looked up is named with its fault, and keeps nothing from the others.
std::vector<Recipient> recipients_of(Transaction& transaction, const Settings& settings, const ReferenceCipher& references,
                                     const Event& event, const Concerned& concerned);

/// When a notice of the event may leave for the mailbox (mail_times.h). Second contacts are told at once, whatever digests
/// their owner has chosen; quiet hours are theirs too.
Instant leaves_at(Transaction& transaction, const Settings& settings, const Recipient& recipient, const Event& event, Instant now);

}  // namespace klotterkoll
