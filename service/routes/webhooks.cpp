#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/values.h"
#include "json/webhook_json.h"
#include "notify/base64.h"
#include "notify/webhook_url.h"
#include "router.h"
#include "workflow/webhooks.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kWebhooks = "/api/v1/municipalities/{}/webhooks";

std::string new_secret(IdSource& ids) {
  std::array<unsigned char, 32> bytes;
  ids.fill(bytes);
  return "whsec_" + base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// An owner manages its own, the kommun all of them.
bool may_manage(const Actor& actor, const Webhook& webhook) {
  return actor.role == Role::municipality || webhook.owner_id == actor.owner_id;
}

Webhook managed(const Call& call, const Settings& settings, std::optional<Webhook> webhook) {
  if (!webhook || webhook->id.municipality() != settings.municipality.id || !may_manage(call.actor(settings), *webhook))
    throw Error{ErrorCode::not_found, "There is no such webhook."};
  return *std::move(webhook);
}

WebhookId webhook_id(const Call& call) {
  const auto id = call.app.store.references().decode_webhook(call.parameter(1));
  if (!id) throw Error{ErrorCode::not_found, "There is no such webhook."};
  return *id;
}

Webhook get(const Call& call, Transaction& transaction, const Settings& settings) {
  return managed(call, settings, transaction.webhooks().find(webhook_id(call)));
}
Webhook get_to_change(const Call& call, Transaction& transaction, const Settings& settings) {
  return managed(call, settings, transaction.webhooks().find_to_change(webhook_id(call)));
}

std::string etag(const Webhook& webhook, const Actor& actor) {
  return '"' + std::to_string(webhook.version) + '.' + std::string{to_code(actor.role)} + '"';
}

void require_version(const Webhook& webhook, std::int64_t version) {
  if (webhook.version != version)
    throw Error{ErrorCode::stale, "The webhook has changed since version " + std::to_string(version) + "; it is now at " + std::to_string(webhook.version) + "."};
}

/// What the body says of it. Error{refused} for an address that is not to be called or types that no event has.
void read_into(Webhook& webhook, const json& body, const Call& call) {
  webhook.url = body.value("url", "");
  if (const auto fault = fault_in_webhook_url(webhook.url, call.app.webhook_allow)) throw Error{ErrorCode::refused, *fault, "/url"};
  webhook.types = body.value("types", std::vector<std::string>{});
  validate_types(webhook.types);
  if (body.value("enabled", true)) enable(webhook);
  else disable(webhook, kByHand, call.now);
}

std::string path_of(const Call& call, const Settings& settings, const Webhook& webhook) {
  return "/municipalities/" + settings.municipality.code + "/webhooks/" + call.app.store.references().encode(webhook.id);
}

json with_secret(const Call& call, const Webhook& webhook) {
  json shown_once = webhook_to_json(webhook, call.app.store.references());
  shown_once["secret"] = webhook.secret;
  return shown_once;
}

void require_room(Transaction& transaction, const Settings& settings, const std::string& owner_id) {
  const std::int64_t most = owner_id.empty() ? kMunicipalitysWebhooks : kOwnersWebhooks;
  if (transaction.webhooks().count_to_add(settings.municipality.id, owner_id) >= most)
    throw Error{ErrorCode::conflict, "There are " + std::to_string(most) + " webhooks already, which is the most; remove one first."};
}

void list_webhooks(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    auto webhooks = transaction.webhooks().list(settings->municipality.id);
    std::erase_if(webhooks, [&](const Webhook& webhook) { return !may_manage(actor, webhook); });
    std::ranges::reverse(webhooks);
    json items = json::array();
    for (const Webhook& webhook : page_of(webhooks, page)) items.push_back(webhook_to_json(webhook, call.app.store.references()));
    call.no_store();
    call.answer_list(items, std::ssize(webhooks), page);
    return true;
  });
}

void post_webhook(Call& call) {
  call.allow_query({});
  const json body = call.body("webhook");
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    Webhook webhook;
    read_into(webhook, body, call);
    webhook.owner_id = actor.owner_id;
    require_room(transaction, *settings, webhook.owner_id);
    webhook.id = transaction.next_webhook_id(settings->municipality.id);
    webhook.secret = new_secret(call.app.ids);
    webhook.created_at = call.now;
    transaction.webhooks().add(webhook);
    call.response.headers.erase("ETag");  // of an attempt that was undone
    call.response.set_header("ETag", etag(webhook, actor));
    Created created{with_secret(call, webhook).dump(), path_of(call, *settings, webhook)};
    created.secret = true;
    return [created = std::move(created)] { return created; };
  });
}

void get_webhook(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Webhook webhook = get(call, transaction, *settings);
    call.no_store();
    if (!call.tagged(etag(webhook, call.actor(*settings)))) call.answer(webhook_to_json(webhook, call.app.store.references()));
    return true;
  });
}

void put_webhook(Call& call) {
  call.allow_query({});
  const std::int64_t version = call.required_if_match();
  const json body = call.body("webhook");
  const json answer = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Webhook present = get_to_change(call, transaction, *settings);
    require_version(present, version);
    Webhook next = present;
    read_into(next, body, call);
    if (next != present) {
      transaction.webhooks().update(next);
      ++next.version;
    }
    call.response.headers.erase("ETag");  // of an attempt that was undone
    call.response.set_header("ETag", etag(next, call.actor(*settings)));
    return webhook_to_json(next, call.app.store.references());
  });
  call.no_store();
  call.answer(answer);
}

void delete_webhook(Call& call) {
  call.allow_query({});
  const std::int64_t version = call.required_if_match();
  write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Webhook webhook = get_to_change(call, transaction, *settings);
    require_version(webhook, version);
    transaction.webhooks().remove(webhook.id);  // what waits for it is dropped when its turn comes
    return true;
  });
  call.response.status = 204;
}

void post_secret(Call& call) {
  call.allow_query({});
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    Webhook webhook = get_to_change(call, transaction, *settings);
    change_secret(webhook, new_secret(call.app.ids), call.now);
    transaction.webhooks().update(webhook);
    ++webhook.version;
    Created created{with_secret(call, webhook).dump(), path_of(call, *settings, webhook)};
    created.secret = true;
    return [created = std::move(created)] { return created; };
  });
}

void post_test(Call& call) {
  call.allow_query({});
  std::chrono::seconds wait{0};
  try {
    create(call, [&](Transaction& transaction) -> Render {
      const auto settings = call.settings(transaction);
      const Webhook webhook = get_to_change(call, transaction, *settings);
      wait = next_test_in(transaction, webhook.id, call.now);
      const MessageId id = queue_test(transaction, webhook, call.now);
      Created created{json{{"delivery_id", call.app.store.references().encode(id)}}.dump(), path_of(call, *settings, webhook) + "/deliveries", 202};
      return [created = std::move(created)] { return created; };
    });
  } catch (const Error& error) {
    if (error.code() == ErrorCode::busy && wait.count() > 0) call.response.set_header("Retry-After", std::to_string(wait.count()));
    throw;
  }
}

void list_deliveries(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Webhook webhook = get(call, transaction, *settings);
    const auto deliveries = deliveries_of(transaction, webhook.id);
    json items = json::array();
    for (const Message& message : page_of(deliveries, page)) items.push_back(delivery_to_json(message, call.app.store.references()));
    call.no_store();
    call.answer_list(items, std::ssize(deliveries), page);
    return true;
  });
}

}  // namespace

std::vector<Route> webhook_routes() {
  const Roles managers{Role::owner, Role::municipality};
  return {{"GET", kWebhooks, managers, list_webhooks},
          with_json({"POST", kWebhooks, managers, post_webhook}),
          {"GET", kWebhooks + "/{}", managers, get_webhook},
          with_json({"PUT", kWebhooks + "/{}", managers, put_webhook}),
          {"DELETE", kWebhooks + "/{}", managers, delete_webhook},
          {"POST", kWebhooks + "/{}/secrets", managers, post_secret},
          {"POST", kWebhooks + "/{}/tests", managers, post_test},
          {"GET", kWebhooks + "/{}/deliveries", managers, list_deliveries}};
}

}  // namespace klotterkoll
