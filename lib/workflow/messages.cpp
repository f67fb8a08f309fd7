#include "workflow/messages.h"

#include <algorithm>

#include "domain/user.h"
#include "domain/webhook.h"
#include "workflow/webhooks.h"

namespace klotterkoll {
namespace {

/// "drift.hfab.se" of "https://drift.hfab.se/klotter": of an address that calls are made to, the rest may be a secret.
std::string host_of(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return "";
  const auto first = scheme + 3, last = std::min(url.find_first_of("/?#", first), url.size());
  return url.substr(first, last - first);
}

}  // namespace

std::string addressee(Transaction& transaction, const Settings& settings, const Destination& destination) {
  switch (destination.kind) {
    case Destination::Kind::owner:
    case Destination::Kind::second_contact:
    case Destination::Kind::former_contact: {
      const auto owner = settings.owners.find(destination.ref);
      return owner == settings.owners.end() ? "" : owner->second.name;
    }
    case Destination::Kind::officer:
    case Destination::Kind::user: {
      const auto mailbox = transaction.users().mailbox(settings.municipality.id, destination.kind, destination.ref);
      return mailbox ? mailbox->name : "";
    }
    case Destination::Kind::webhook: {
      const auto webhook = transaction.webhooks().find(webhook_of(destination));
      return webhook ? host_of(webhook->url) : "";
    }
    case Destination::Kind::reporter: break;
  }
  return "";
}

std::vector<CaseId> cases_of(Transaction& transaction, const Message& message) {
  std::vector<CaseId> cases;
  if (message.case_id) cases.push_back(message.case_id);
  for (const QueuedNotice& notice : transaction.notices().of_message(message.id))
    if (notice.case_id && std::ranges::find(cases, notice.case_id) == cases.end()) cases.push_back(notice.case_id);
  return cases;
}

}  // namespace klotterkoll
