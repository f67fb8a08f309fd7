#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/confirmation_json.h"
#include "json/values.h"
#include "router.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kConfirmations = "/api/v1/municipalities/{}/confirmations";

QueueId queue_id(const Call& call) {
  const auto id = call.app.store.references().decode_queued(call.parameter(1));
  if (!id) throw Error{ErrorCode::not_found, "There is no such report that waits."};
  return *id;
}

/// The police see what was sent with their own key, the municipality everything.
std::optional<std::int64_t> key_of(const Actor& actor) {
  return actor.role == Role::municipality ? std::nullopt : std::optional{actor.key_id};
}

void write_one(JsonWriter& out, const Call& call, Transaction& transaction, const Settings& settings, const Confirmation& confirmation) {
  write_confirmation(out, transaction, confirmation, settings, call.app.store.references(), call.actor(settings), call.now,
                     call.municipality_url(settings));
}

void list_confirmations(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const MunicipalityId municipality = settings->municipality.id;
    const auto key = key_of(call.actor(*settings));
    const auto waiting = transaction.queue().waiting(municipality, key, page.limit, page.offset);
    const std::string items = json_text([&](JsonWriter& out) {
      out.array([&] {
        for (const Confirmation& one : waiting) write_one(out, call, transaction, *settings, one);
      });
    });
    call.no_store();
    call.answer_list(items, std::ssize(waiting), transaction.queue().count_waiting(municipality, key).count, page);
    return true;
  });
}

void get_confirmation(Call& call) {
  call.allow_query({});
  const QueueId id = queue_id(call);
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto key = key_of(call.actor(*settings));
    const auto found = id.municipality() == settings->municipality.id ? transaction.queue().find(id) : std::nullopt;
    if (!found || (key && found->key_id != *key)) throw Error{ErrorCode::not_found, "There is no such report that waits."};
    call.no_store();
    call.answer(json_text([&](JsonWriter& out) { write_one(out, call, transaction, *settings, *found); }));
    return true;
  });
}

void put_decision(Call& call) {
  call.allow_query({});
  const json body = call.body("confirmation_decision");
  const QueueId id = queue_id(call);
  ConfirmationDecision decision;
  decision.note = text_in(body, "note");
  const std::string joins = text_in(body, "joins");
  const bool opens = body.contains("opens") && body["opens"].get<bool>();
  if (joins.empty() != opens)
    throw Error{ErrorCode::malformed, "Say one of the two: \"joins\" with the reference of the case it is of, or \"opens\": true for a new one.", "/joins"};
  if (!joins.empty()) {
    decision.joins = call.app.store.references().decode_case(joins);
    if (!decision.joins) throw Error{ErrorCode::malformed, "\"" + joins + "\" is no case reference; it looks like HR7K-2M9Q-X4.", "/joins"};
  }
  const std::string text = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Confirmation decided = decide_confirmation(transaction, *settings, id, decision, call.actor(*settings), call.now);
    return json_text([&](JsonWriter& out) { write_one(out, call, transaction, *settings, decided); });
  });
  call.no_store();
  call.answer(text);
}

}  // namespace

std::vector<Route> confirmation_routes() {
  return {{"GET", kConfirmations, {Role::police, Role::municipality}, list_confirmations},
          {"GET", kConfirmations + "/{}", {Role::police, Role::municipality}, get_confirmation},
          with_json({"PUT", kConfirmations + "/{}/decision", {Role::municipality}, put_decision})};
}

}  // namespace klotterkoll
