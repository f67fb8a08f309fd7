#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/notice_json.h"
#include "json/values.h"
#include "router.h"
#include "workflow/delivery.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kNotices = "/api/v1/municipalities/{}/notices";

Error no_such_notice() { return {ErrorCode::not_found, "There is no such notice in this municipality."}; }

MessageId message_id(const Call& call) {
  const auto id = call.app.store.references().decode_message(call.parameter(1));
  if (!id) throw no_such_notice();
  return *id;
}

json shown_notice(const Call& call, Transaction& transaction, const Settings& settings, const Message& message) {
  return notice_to_json(transaction, settings, message, call.app.store.references(), call.municipality_url(settings));
}

void list_notices(Call& call) {
  call.allow_query({"state", "limit", "page"});
  const MessageState state = call.query_code<MessageState>("state").value_or(MessageState::parked);
  if (state == MessageState::sent || state == MessageState::failed)
    throw Error{ErrorCode::malformed, "What was sent is not listed: a case's history says when its owner was told; nor are tests. Write parked, waiting or dropped.",
                "state"};
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto listed = transaction.notices().list(settings->municipality.id, state, page);
    json items = json::array();
    for (const Message& message : listed.items) items.push_back(shown_notice(call, transaction, *settings, message));
    call.no_store();
    call.answer_list(items, listed.total, page);
    return true;
  });
}

void get_notice(Call& call) {
  call.allow_query({});
  const MessageId id = message_id(call);
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto found = id.municipality() == settings->municipality.id ? transaction.notices().find_message(id) : std::nullopt;
    if (!found) throw no_such_notice();
    call.no_store();
    call.answer(shown_notice(call, transaction, *settings, *found));
    return true;
  });
}

/// 202 when it is put in line again, 200 when it waits already.
void post_attempt(Call& call) {
  call.allow_query({});
  const MessageId id = message_id(call);
  int status = 200;
  const json answer = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto before = id.municipality() == settings->municipality.id ? transaction.notices().find_message(id) : std::nullopt;
    if (!before) throw no_such_notice();
    status = before->state == MessageState::parked ? 202 : 200;
    return shown_notice(call, transaction, *settings, send_again(transaction, *settings, id, call.now));
  });
  call.no_store();
  call.answer(answer, status);
}

}  // namespace

std::vector<Route> notice_routes() {
  return {{"GET", kNotices, {Role::municipality}, list_notices},
          {"GET", kNotices + "/{}", {Role::municipality}, get_notice},
          {"POST", kNotices + "/{}/attempts", {Role::municipality}, post_attempt}};
}

}  // namespace klotterkoll
