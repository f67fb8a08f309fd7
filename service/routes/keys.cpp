#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/values.h"
#include "router.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kKeys = "/api/v1/municipalities/{}/keys";

json key_to_json(const ApiKey& key, Transaction& transaction) {
  json municipalities = json::array(), owner;
  for (const auto& scope : key.scopes) {
    municipalities.push_back(transaction.municipalities().settings(scope.municipality)->municipality.code);
    if (!scope.owner_id.empty()) owner = scope.owner_id;
  }
  return {{"key_id", std::to_string(key.id)}, {"role", to_code(key.role)}, {"owner_id", owner}, {"name", key.name},
          {"municipalities", municipalities}, {"created_at", shown(key.created_at)}, {"revoked_at", shown(key.revoked_at)}};
}

std::string owner_of(const ApiKey& key, MunicipalityId municipality) {
  for (const auto& scope : key.scopes)
    if (scope.municipality == municipality) return scope.owner_id;
  return "";
}

/// Owners manage their own keys, a municipality those that are good for it, an admin all.
bool may_manage(const Actor& actor, const ApiKey& key, MunicipalityId municipality) {
  const bool here = std::ranges::any_of(key.scopes, [&](const auto& scope) { return scope.municipality == municipality; });
  if (actor.role == Role::owner) return here && key.role == Role::owner && owner_of(key, municipality) == actor.owner_id;
  return here || actor.role == Role::admin;
}

ApiKey load(Call& call, Transaction& transaction, const Settings& settings) {
  const std::string& written = call.parameter(1);
  const bool number = !written.empty() && written.size() < 16 && std::ranges::all_of(written, [](char c) { return c >= '0' && c <= '9'; });
  const auto key = number ? transaction.keys().find(std::stoll(written)) : std::nullopt;
  if (!key || !may_manage(call.actor(settings), *key, settings.municipality.id)) throw Error{ErrorCode::not_found, "There is no such key."};
  return *key;
}

void list_keys(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    auto keys = transaction.keys().list(settings->municipality.id);
    std::erase_if(keys, [&](const ApiKey& key) { return !may_manage(actor, key, settings->municipality.id); });
    std::ranges::reverse(keys);
    json items = json::array();
    for (auto i = page.offset; i < std::min(page.offset + page.limit, std::ssize(keys)); ++i)
      items.push_back(key_to_json(keys[static_cast<std::size_t>(i)], transaction));
    call.no_store();
    call.answer_list(items, std::ssize(keys), page);
    return true;
  });
}

/// The key in the body, for the municipality in the path and those named beside it that the caller may speak for.
ApiKey key_from_json(Call& call, Transaction& transaction, const Settings& settings, const json& body) {
  const Actor actor = call.actor(settings);
  ApiKey key;
  key.role = code_from<Role>(body.value("role", "")).value_or(Role::citizen);
  key.name = body.value("name", "");
  key.created_at = call.now;
  const std::string owner_id = body.value("owner_id", "");
  if (actor.role == Role::owner && (key.role != Role::owner || owner_id != actor.owner_id))
    throw Error{ErrorCode::forbidden, "An owner makes keys for itself: role owner and owner_id " + actor.owner_id + "."};
  if (key.role == Role::admin && actor.role != Role::admin) throw Error{ErrorCode::forbidden, "Only an admin makes admin keys."};
  if ((key.role == Role::owner) != !owner_id.empty())
    throw Error{ErrorCode::refused, key.role == Role::owner ? "A key of role owner names its owner_id." : "Only a key of role owner has an owner_id; leave it out.", "/owner_id"};
  std::vector<std::string> codes = body.value("municipalities", std::vector<std::string>{});
  codes.push_back(settings.municipality.code);
  std::ranges::sort(codes);
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  if (key.role == Role::admin) codes.clear();
  for (const std::string& code : codes) {
    const auto id = transaction.municipalities().find_id(code);
    if (!id || !call.caller.belongs_to(*id)) throw Error{ErrorCode::refused, "The municipality \"" + code + "\" is not known, or none of yours.", "/municipalities"};
    if (!owner_id.empty() && !transaction.owners().find(*id, owner_id))
      throw Error{ErrorCode::refused, "There is no owner \"" + owner_id + "\" in " + code + ".", "/owner_id"};
    key.scopes.push_back({*id, owner_id});
  }
  return key;
}

void post_key(Call& call) {
  call.allow_query({});
  const json body = call.body("key");
  const std::string secret = "kk_" + random_token(call.app.ids, 32);
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    ApiKey key = key_from_json(call, transaction, *settings, body);
    key.key_digest = digest(secret);
    key.id = transaction.keys().add(key);
    Created created;
    json shown_once = key_to_json(key, transaction);
    shown_once["key"] = secret;
    created.body = shown_once.dump();
    created.location = "/municipalities/" + settings->municipality.code + "/keys/" + std::to_string(key.id);
    created.secret = true;
    return [created = std::move(created)] { return created; };
  });
}

void get_key(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    call.no_store();
    call.answer(key_to_json(load(call, transaction, *settings), transaction));
    return true;
  });
}

void delete_key(Call& call) {
  call.allow_query({});
  const json answer = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const ApiKey key = load(call, transaction, *settings);
    if (key.scopes.size() > 1 && call.caller.role != Role::admin &&
        !std::ranges::all_of(key.scopes, [&](const auto& scope) { return call.caller.belongs_to(scope.municipality); }))
      throw Error{ErrorCode::forbidden, "This key is good for other municipalities too; an admin revokes it."};
    transaction.keys().revoke(key.id, call.now);
    return key_to_json(transaction.keys().find(key.id).value(), transaction);
  });
  call.app.keys.forget();
  call.no_store();
  call.answer(answer);
}

}  // namespace

std::vector<Route> key_routes() {
  const Roles managers{Role::owner, Role::municipality, Role::admin};
  return {{"GET", kKeys, managers, list_keys},
          with_json({"POST", kKeys, managers, post_key}),
          {"GET", kKeys + "/{}", managers, get_key},
          {"DELETE", kKeys + "/{}", managers, delete_key}};
}

}  // namespace klotterkoll
