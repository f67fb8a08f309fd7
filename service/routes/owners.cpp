#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/mail_json.h"
#include "json/values.h"
#include "router.h"
#include "workflow/owner_contact.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kOwners = "/api/v1/municipalities/{}/owners";

json owner_to_json(const Owner& owner, bool whole) {
  json out = {{"owner_id", owner.owner_id}, {"name", owner.name}, {"kind", to_code(owner.kind)}};
  if (!whole) return out;
  out["email"] = shown(owner.email);
  out["second_email"] = shown(owner.second_email);
  out["phone"] = shown(owner.phone);
  out["mail"] = mail_to_json(owner.mail);
  out["address_prefixes"] = owner.address_prefixes;
  out["designations"] = owner.designations;
  out["version"] = owner.version;
  return out;
}

/// Wishes that are not said stay: they are the owner's own to change.
void set_contact(Owner& owner, const json& body) {
  owner.email = text_in(body, "email");
  owner.second_email = text_in(body, "second_email");
  owner.phone = text_in(body, "phone");
  if (const auto mail = mail_in(body)) owner.mail = *mail;
}

json contact_to_json(const Owner& owner) {
  return {{"email", shown(owner.email)}, {"second_email", shown(owner.second_email)}, {"phone", shown(owner.phone)},
          {"mail", mail_to_json(owner.mail)}, {"version", owner.version}};
}

Owner owner_from_json(const json& body) {
  Owner owner;
  owner.owner_id = body.value("owner_id", "");
  owner.name = body.value("name", "");
  owner.kind = code_from<OwnerKind>(body.value("kind", "company")).value_or(OwnerKind::company);
  set_contact(owner, body);
  owner.address_prefixes = body.value("address_prefixes", std::vector<std::string>{});
  owner.designations = body.value("designations", std::vector<std::string>{});
  validate(owner);
  return owner;
}

bool sees_all(const Actor& actor, const Owner& owner) {
  return actor.role == Role::municipality || (actor.role == Role::owner && actor.owner_id == owner.owner_id);
}

/// Police know every owner by name; anyone else the public bodies.
bool may_see(const Actor& actor, const Owner& owner) {
  return actor.role == Role::police || sees_all(actor, owner) || is_public_body(owner.kind);
}

std::string etag(const Owner& owner, const Actor& actor) {
  return '"' + std::to_string(owner.version) + '.' + std::string{to_code(actor.role)} + '"';
}

Owner get(Transaction& transaction, const Settings& settings, const std::string& owner_id) {
  auto owner = transaction.owners().find(settings.municipality.id, owner_id);
  if (!owner) throw Error{ErrorCode::not_found, "There is no owner \"" + owner_id + "\" in " + settings.municipality.name + "."};
  return *owner;
}

void require_version(const Owner& owner, std::int64_t version) {
  if (owner.version != version)
    throw Error{ErrorCode::stale, "The owner has changed since version " + std::to_string(version) + "; it is now at " + std::to_string(owner.version) + "."};
}

void list_owners(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    auto owners = transaction.owners().list(settings->municipality.id);
    std::erase_if(owners, [&](const Owner& owner) { return !may_see(actor, owner); });
    json items = json::array();
    for (const Owner& owner : page_of(owners, page)) items.push_back(owner_to_json(owner, sees_all(actor, owner)));
    if (actor.role != Role::citizen) call.no_store();
    call.answer_list(items, std::ssize(owners), page);
    return true;
  });
}

void post_owner(Call& call) {
  call.allow_query({});
  const Owner owner = owner_from_json(call.body("owner"));
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    if (transaction.owners().find(settings->municipality.id, owner.owner_id))
      throw Error{ErrorCode::conflict, "There is an owner \"" + owner.owner_id + "\" already; change it with PUT.", "/owner_id"};
    save_owner(transaction, *settings, owner, call.now);
    call.response.set_header("ETag", etag(owner, call.actor(*settings)));
    Created created;
    created.body = owner_to_json(get(transaction, *settings, owner.owner_id), true).dump();
    created.location = "/municipalities/" + settings->municipality.code + "/owners/" + owner.owner_id;
    return [created = std::move(created)] { return created; };
  });
}

void get_owner(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    const Owner owner = get(transaction, *settings, call.parameter(1));
    if (!may_see(actor, owner)) throw Error{ErrorCode::not_found, "There is no owner \"" + owner.owner_id + "\" that you may see."};
    if (actor.role != Role::citizen) call.no_store();
    if (!call.tagged(etag(owner, actor))) call.answer(owner_to_json(owner, sees_all(actor, owner)));
    return true;
  });
}

void put_owner(Call& call) {
  call.allow_query({});
  const std::int64_t version = call.required_if_match();
  json body = call.body("owner");
  const Owner wanted = owner_from_json(body);
  if (wanted.owner_id != call.parameter(1))
    throw Error{ErrorCode::refused, "An owner's id stays as it is; the path says " + call.parameter(1) + ".", "/owner_id"};
  const json answer = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Owner present = get(transaction, *settings, wanted.owner_id);
    require_version(present, version);
    Owner next = wanted;
    next.version = present.version;
    if (!body.contains("mail")) next.mail = present.mail;
    if (owner_to_json(next, true) != owner_to_json(present, true)) save_owner(transaction, *settings, next, call.now);
    const Owner saved = get(transaction, *settings, wanted.owner_id);
    call.response.headers.erase("ETag");  // of an attempt that was undone
    call.response.set_header("ETag", etag(saved, call.actor(*settings)));
    return owner_to_json(saved, true);
  });
  call.no_store();
  call.answer(answer);
}

void delete_owner(Call& call) {
  call.allow_query({});
  const std::int64_t version = call.required_if_match();
  write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    require_version(get(transaction, *settings, call.parameter(1)), version);
    transaction.owners().remove(settings->municipality.id, call.parameter(1));
    return true;
  });
  call.response.status = 204;
}

/// The owner whose contact the caller may read and change: an officer's any, an owner's its own.
Owner get_own(Call& call, Transaction& transaction, const Settings& settings) {
  Owner owner = get(transaction, settings, call.parameter(1));
  if (!sees_all(call.actor(settings), owner)) throw Error{ErrorCode::not_found, "There is no owner \"" + owner.owner_id + "\" whose contact you may see."};
  return owner;
}

void get_contact(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Owner owner = get_own(call, transaction, *settings);
    call.no_store();
    if (!call.tagged(etag(owner, call.actor(*settings)))) call.answer(contact_to_json(owner));
    return true;
  });
}

void put_contact(Call& call) {
  call.allow_query({});
  const std::int64_t version = call.required_if_match();
  const json body = call.body("owner_contact");
  const json answer = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Owner present = get_own(call, transaction, *settings);
    require_version(present, version);
    Owner next = present;
    set_contact(next, body);
    validate(next);
    if (!(next == present)) save_owner(transaction, *settings, next, call.now);
    const Owner saved = get(transaction, *settings, next.owner_id);
    call.response.headers.erase("ETag");  // of an attempt that was undone
    call.response.set_header("ETag", etag(saved, call.actor(*settings)));
    return contact_to_json(saved);
  });
  call.no_store();
  call.answer(answer);
}

}  // namespace

std::vector<Route> owner_routes() {
  const Roles officer{Role::municipality}, officer_and_owner{Role::owner, Role::municipality};
  return {{"GET", kOwners, kPublic, list_owners},
          with_json({"POST", kOwners, officer, post_owner}, kOwnerBody),
          {"GET", kOwners + "/{}", kPublic, get_owner},
          with_json({"PUT", kOwners + "/{}", officer, put_owner}, kOwnerBody),
          {"DELETE", kOwners + "/{}", officer, delete_owner},
          {"GET", kOwners + "/{}/contact", officer_and_owner, get_contact},
          with_json({"PUT", kOwners + "/{}/contact", officer_and_owner, put_contact})};
}

}  // namespace klotterkoll
