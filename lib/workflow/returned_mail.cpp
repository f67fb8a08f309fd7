#include "workflow/returned_mail.h"

#include <set>

#include "domain/mail_address.h"
#include "domain/notice.h"
#include "workflow/casework.h"

namespace klotterkoll {

ReturnedMail take_returned_mail(Store& store, const std::string& message_id, std::span<const std::string> addresses, const std::string& detail,
                                Instant now) {
  const auto begin = message_id.find_first_not_of('<');
  if (begin == std::string::npos) return {};
  const auto id = store.references().decode_message(std::string_view{message_id}.substr(begin, message_id.find('@') - begin));
  if (!id) return {};
  std::set<std::string> unreached;
  for (const std::string& address : addresses) unreached.insert(mail_address_digest(store.references(), address));
  ReturnedMail returned;
  store.write([&](Transaction& transaction) {
    returned = {};
    auto message = transaction.notices().find_message_to_change(*id);
    if (!message || message->state != MessageState::sent || !unreached.contains(message->sent_to)) return;
    const auto destination = transaction.notices().find_destination(message->destination);
    if (!destination || destination->kind == Destination::Kind::webhook) return;
    returned.known = true;
    message->state = MessageState::parked;
    message->detail = detail;
    transaction.notices().update(*message);
    if (destination->kind != Destination::Kind::owner && destination->kind != Destination::Kind::second_contact) return;
    const auto settings = transaction.municipalities().settings(id->municipality());
    std::set<CaseId> cases;
    for (const QueuedNotice& notice : transaction.notices().of_message(*id))
      if (notice.case_id) cases.insert(notice.case_id);
    for (const CaseId case_id : cases)
      change_case(transaction, *settings, case_id, std::nullopt, [&](Casework& work) {
        const CaseRow& row = work.row();
        if (row.state != CaseState::assigned || row.owner_id != destination->ref || row.attention == Attention::bounced) return;
        // A case that came back and was given to it anew has had a mail of its own.
        if (*row.assigned_at > message->created_at) return;
        work.record(mark_unattended(work.now(), Attention::bounced, now, now));
        ++returned.unreached;
      });
  });
  return returned;
}

}  // namespace klotterkoll
