#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "domain/mail_address.h"
#include "domain/user.h"
#include "json/mail_json.h"
#include "json/values.h"
#include "router.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kUsers = "/api/v1/municipalities/{}/users";

/// What a municipality sees: of a user of another one what it is here, and neither the address nor how it wants mail.
json user_to_json(const User& user, Transaction& transaction, MunicipalityId here) {
  const User::Scope& scope = *user.scope_in(here);
  const bool own = user.home == here;
  return {{"user_id", std::to_string(user.id)}, {"email", own ? shown(user.email) : json{}}, {"name", user.name},
          {"role", to_code(scope.role)}, {"owner_id", shown(scope.owner_id)}, {"notices", scope.notices},
          {"home", transaction.municipalities().settings(user.home)->municipality.code}, {"mail", own ? mail_to_json(user.mail) : json{}},
          {"created_at", shown(user.created_at)}, {"deactivated_at", shown(user.deactivated_at)}, {"version", user.version}};
}

std::string etag(const User& user, const Actor& actor) { return '"' + std::to_string(user.version) + '.' + std::string{to_code(actor.role)} + '"'; }

User::Scope scope_from_json(const json& body, Transaction& transaction, MunicipalityId here) {
  User::Scope scope{here, code_in<Role>(body, "role").value_or(Role::citizen), text_in(body, "owner_id"), body.value("notices", true)};
  if (!scope.owner_id.empty() && !transaction.owners().find(here, scope.owner_id))
    throw Error{ErrorCode::refused, "There is no owner \"" + scope.owner_id + "\" here.", "/owner_id"};
  return scope;
}

/// Sets what the body says of the user here, and what it says of the person when that is the municipality's to say.
void set_from_json(User& user, const json& body, Transaction& transaction, MunicipalityId here) {
  user.set_scope(scope_from_json(body, transaction, here));
  if (user.home != here) {
    for (const char* member : {"name", "mail"})
      if (body.contains(member))
        throw Error{ErrorCode::refused, "This user belongs to another municipality, which alone changes that; leave it out.", std::string{"/"} + member};
  } else {
    const std::string email = text_in(body, "email");
    const bool elsewhere = std::ranges::any_of(user.scopes, [&](const User::Scope& scope) { return scope.municipality != here; });
    // What another municipality sends to its officer must not go where this one says.
    if (elsewhere && mail_address_key(email) != mail_address_key(user.email))
      throw Error{ErrorCode::conflict, "Another municipality sends its mail to this user too, so the address stays; add another user.", "/email"};
    user.email = email;
    user.name = text_in(body, "name");
    if (const auto mail = mail_in(body)) user.mail = *mail;
  }
  validate(user);
}

User load(Call& call, Transaction& transaction, MunicipalityId here) {
  const std::string& written = call.parameter(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), number);
  const bool whole = error == std::errc{} && end == written.data() + written.size();
  auto user = whole ? transaction.users().find(number) : std::nullopt;
  if (!user || !user->scope_in(here)) throw Error{ErrorCode::not_found, "There is no such user."};
  return *user;
}

void require_version(const User& user, std::int64_t version) {
  if (user.version != version)
    throw Error{ErrorCode::stale, "The user has changed since version " + std::to_string(version) + "; it is now at " + std::to_string(user.version) + "."};
}

void list_users(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const MunicipalityId here = call.settings(transaction)->municipality.id;
    auto users = transaction.users().list(here);
    std::ranges::reverse(users);
    json items = json::array();
    for (const User& user : page_of(users, page)) items.push_back(user_to_json(user, transaction, here));
    call.no_store();
    call.answer_list(items, std::ssize(users), page);
    return true;
  });
}

void post_user(Call& call) {
  call.allow_query({});
  const json body = call.body("user");
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    const MunicipalityId here = settings->municipality.id;
    auto user = transaction.users().find_by_email(text_in(body, "email"));
    if (user && user->home == here && !user->deactivated_at)
      throw Error{ErrorCode::conflict, "There is a user of this address already.", "/email"};
    if (user && user->home != here && (user->scope_in(here) || user->deactivated_at))
      throw Error{ErrorCode::conflict, user->deactivated_at ? "This user has been deactivated by the municipality that it belongs to."
                                                            : "There is a user of this address already.", "/email"};
    if (user && user->home != here) {
      // Somebody of another municipality gets a part here; who that is, is not changed from here.
      user->set_scope(scope_from_json(body, transaction, here));
      validate(*user);
      transaction.users().update(*user);
    } else if (user) {
      user->deactivated_at.reset();
      set_from_json(*user, body, transaction, here);
      transaction.users().update(*user);
    } else {
      user.emplace();
      user->home = here;
      user->created_at = call.now;
      set_from_json(*user, body, transaction, here);
      user->id = transaction.users().add(*user);
    }
    const User saved = transaction.users().find(user->id).value();
    call.response.headers.erase("ETag");  // of an attempt that was undone
    call.response.set_header("ETag", etag(saved, call.actor(*settings)));
    Created created;
    created.body = user_to_json(saved, transaction, here).dump();
    created.location = "/municipalities/" + settings->municipality.code + "/users/" + std::to_string(saved.id);
    return [created = std::move(created)] { return created; };
  });
}

void get_user(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const User user = load(call, transaction, settings->municipality.id);
    call.no_store();
    if (!call.tagged(etag(user, call.actor(*settings)))) call.answer(user_to_json(user, transaction, settings->municipality.id));
    return true;
  });
}

void put_user(Call& call) {
  call.allow_query({});
  const std::int64_t version = call.required_if_match();
  const json body = call.body("user");
  const json answer = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const MunicipalityId here = settings->municipality.id;
    const User present = load(call, transaction, here);
    require_version(present, version);
    User next = present;
    if (next.home != here && body.contains("email"))
      throw Error{ErrorCode::refused, "This user belongs to another municipality, which alone changes that; leave it out.", "/email"};
    set_from_json(next, body, transaction, here);
    if (const auto other = transaction.users().find_by_email(next.email); other && other->id != next.id)
      throw Error{ErrorCode::conflict, "There is a user of this address already.", "/email"};
    if (!(next == present)) transaction.users().update(next);
    const User saved = transaction.users().find(present.id).value();
    call.response.headers.erase("ETag");  // of an attempt that was undone
    call.response.set_header("ETag", etag(saved, call.actor(*settings)));
    return user_to_json(saved, transaction, here);
  });
  call.no_store();
  call.answer(answer);
}

/// A municipality's own user is deactivated, everywhere; of another's user the part that it has here is taken away.
void delete_user(Call& call) {
  call.allow_query({});
  const std::int64_t version = call.required_if_match();
  write(call, [&](Transaction& transaction) {
    const MunicipalityId here = call.settings(transaction)->municipality.id;
    User user = load(call, transaction, here);
    require_version(user, version);
    if (user.deactivated_at && user.home == here) return true;
    if (user.home == here) user.deactivated_at = call.now;
    else std::erase_if(user.scopes, [&](const User::Scope& scope) { return scope.municipality == here; });
    transaction.users().update(user);
    return true;
  });
  call.response.status = 204;
}

}  // namespace

std::vector<Route> user_routes() {
  const Roles officer{Role::municipality};
  return {{"GET", kUsers, officer, list_users},
          with_json({"POST", kUsers, officer, post_user}),
          {"GET", kUsers + "/{}", officer, get_user},
          with_json({"PUT", kUsers + "/{}", officer, put_user}),
          {"DELETE", kUsers + "/{}", officer, delete_user}};
}

}  // namespace klotterkoll
