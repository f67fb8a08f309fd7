#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "commands/commands.h"

namespace klotterkoll {
namespace {

struct Wanted {
  std::vector<std::string> municipalities;
  std::string role, owner_id, name;
};

Role role_of_key(const std::string& text) {
  const auto role = code_from<Role>(text);
  if (!role || *role == Role::citizen || *role == Role::system)
    refuse_option("--role", text, "police, owner, municipality, channel or admin; citizens need no key");
  return *role;
}

void check(const Wanted& wanted, Role role) {
  const auto refuse = [](const std::string& sentence) { throw Error{ErrorCode::malformed, sentence}; };
  if (role == Role::admin && !wanted.municipalities.empty()) refuse("--municipality: an admin's key holds in the whole installation.");
  if (role != Role::admin && wanted.municipalities.empty()) refuse("--municipality: say where the key holds.");
  if ((role == Role::owner) == wanted.owner_id.empty())
    refuse(role == Role::owner ? "--owner: say which owner the key is for." : "--owner: only keys of role owner are for one owner.");
}

int create(Context& context, const Wanted& wanted) {
  ApiKey key;
  key.role = role_of_key(wanted.role);
  check(wanted, key.role);
  const std::string secret = issue_secret(key, context.ids);
  key.name = wanted.name;
  validate(key);
  key.created_at = context.clock.now();
  std::int64_t id = 0;
  context.open()->write([&](Transaction& transaction) {
    ApiKey added = key;
    for (const std::string& code : wanted.municipalities) {
      const Municipality municipality = require_municipality(transaction, code);
      if (!wanted.owner_id.empty() && !transaction.owners().find(municipality.id, wanted.owner_id))
        throw Error{ErrorCode::not_found, "There is no owner \"" + wanted.owner_id + "\" in " + municipality.name +
                                              "; add it with klotterkoll owner add."};
      added.scopes.push_back({municipality.id, wanted.owner_id});
    }
    id = transaction.keys().add(added);
  });
  std::cout << "Key " << id << " for " << wanted.name << "; it is shown this once:\n" << secret << '\n';
  return kDone;
}

int list(Context& context, const std::string& code) {
  nlohmann::json all = nlohmann::json::array();
  context.open()->read([&](Transaction& transaction) {
    std::map<MunicipalityId, std::string> codes;
    for (const Municipality& one : transaction.municipalities().list()) codes[one.id] = one.code;
    std::optional<MunicipalityId> only;
    if (!code.empty()) only = require_municipality(transaction, code).id;
    for (const ApiKey& key : transaction.keys().list(only)) {
      nlohmann::json one{{"id", key.id}, {"role", to_code(key.role)}, {"name", key.name}, {"municipalities", nlohmann::json::array()},
                         {"owner_id", key.scopes.empty() || key.scopes.front().owner_id.empty()
                                          ? nlohmann::json(nullptr) : nlohmann::json(key.scopes.front().owner_id)},
                         {"created_at", format_instant(key.created_at)},
                         {"revoked_at", key.revoked_at ? nlohmann::json(format_instant(*key.revoked_at)) : nlohmann::json(nullptr)}};
      for (const auto& scope : key.scopes) one["municipalities"].push_back(codes[scope.municipality]);
      all.push_back(std::move(one));
    }
  });
  if (context.json) {
    std::cout << all.dump(2) << '\n';
    return kDone;
  }
  for (const auto& one : all) {
    std::cout << one["id"] << "  " << one["role"].get<std::string>();
    for (const auto& where : one["municipalities"]) std::cout << ' ' << where.get<std::string>();
    if (!one["owner_id"].is_null()) std::cout << ' ' << one["owner_id"].get<std::string>();
    std::cout << "  " << one["name"].get<std::string>();
    if (!one["revoked_at"].is_null()) std::cout << "  revoked " << one["revoked_at"].get<std::string>();
    std::cout << '\n';
  }
  return kDone;
}

int revoke(Context& context, std::int64_t id) {
  bool already = false;
  context.open()->write([&](Transaction& transaction) {
    const auto key = transaction.keys().find(id);
    if (!key) throw Error{ErrorCode::not_found, "There is no key " + std::to_string(id) + "; klotterkoll keys list shows them."};
    already = key->revoked_at.has_value();
    if (!already) transaction.keys().revoke(id, context.clock.now());
  });
  std::cout << "Key " << id << (already ? " was revoked already.\n" : " is revoked.\n");
  return kDone;
}

}  // namespace

void register_keys_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("keys", "Create, list and revoke API keys");
  command->require_subcommand(1)->fallthrough();

  const auto wanted = std::make_shared<Wanted>();
  CLI::App* creating = add_command(*command, context, "create", "Create a key and print it, once, as the last line");
  creating->add_option("--municipality", wanted->municipalities, "The code of a municipality it holds in; may be repeated")
      ->allow_extra_args(false)
      ->type_name("CODE");
  creating->add_option("--role", wanted->role, "police, owner, municipality, channel (another portal) or admin (the installation)")
      ->required();
  creating->add_option("--owner", wanted->owner_id, "Which owner, for role owner")->type_name("ID");
  creating->add_option("--name", wanted->name, "Who or what uses it, such as \"HFAB driftsystem\"")->required();
  creating->footer("Clients send it as: Authorization: Bearer kk_...\nOnly a digest of it is kept; a lost key is replaced by a new one.\n"
                   "Example:\n  klotterkoll keys create --municipality 1267 --role owner --owner hfab --name \"HFAB driftsystem\"");
  creating->callback([&context, wanted] { context.run = [&context, wanted] { return create(context, *wanted); }; });

  const auto code = std::make_shared<std::string>();
  CLI::App* listing = add_command(*command, context, "list", "List the keys, revoked ones too");
  listing->add_option("--municipality", *code, "Only the keys that hold in this municipality")->type_name("CODE");
  add_format(*listing, context);
  listing->footer("Example:\n  klotterkoll keys list --municipality 1267");
  listing->callback([&context, code] { context.run = [&context, code] { return list(context, *code); }; });

  const auto id = std::make_shared<std::int64_t>();
  CLI::App* revoking = add_command(*command, context, "revoke", "Revoke a key; running services refuse it within two seconds");
  revoking->add_option("id", *id, "The key's number, as keys list shows it")->required()->type_name("ID");
  revoking->footer("Example:\n  klotterkoll keys revoke 7");
  revoking->callback([&context, id] { context.run = [&context, id] { return revoke(context, *id); }; });
}

}  // namespace klotterkoll
