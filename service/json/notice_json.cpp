#include "json/notice_json.h"

#include "json/values.h"
#include "workflow/messages.h"

namespace klotterkoll {

using nlohmann::json;

nlohmann::json notice_to_json(Transaction& transaction, const Settings& settings, const Message& message, const ReferenceCipher& references,
                              const std::string& url) {
  const std::string self = url + "/notices/" + references.encode(message.id);
  const auto destination = transaction.notices().find_destination(message.destination);
  json cases = json::array(), to, links{{"self", {{"href", self}}}};
  for (const CaseId id : cases_of(transaction, message)) cases.push_back(references.encode(id));
  if (destination)
    to = {{"kind", to_code(destination->kind)}, {"name", shown(addressee(transaction, settings, *destination))}};
  const bool has_address = !destination || destination->kind != Destination::Kind::former_contact;
  if (message.state == MessageState::parked && has_address) links["send_again"] = {{"href", self + "/attempts"}, {"method", "POST"}};
  const bool waits = message.state == MessageState::waiting;
  return {{"id", references.encode(message.id)},
          {"type", message.type},
          {"state", to_code(message.state)},
          {"to", to},
          {"cases", cases},
          {"attempts", message.attempts},
          {"status", message.status ? json(message.status) : json{}},
          {"detail", shown(message.detail)},
          {"created_at", shown(message.created_at)},
          {"first_tried_at", shown(message.first_tried_at)},
          {"next_at", waits ? shown(message.next_at) : json{}},
          {"done_at", shown(message.done_at)},
          {"_links", links}};
}

}  // namespace klotterkoll
