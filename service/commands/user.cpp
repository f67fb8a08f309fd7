#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/mail_options.h"
#include "domain/user.h"

namespace klotterkoll {
namespace {

struct Wanted {
  std::string municipality, role, owner_id, email, name;
  bool no_notices = false;
  MailOptions mail;
};

int add(Context& context, const Wanted& wanted) {
  const Role role = code_option<Role>("--role", wanted.role);
  User made;
  made.email = wanted.email;
  made.name = wanted.name;
  made.mail = wanted.mail.read();
  made.created_at = context.clock.now();
  bool known = false;
  context.open()->write([&](Transaction& transaction) {
    const Municipality municipality = require_municipality(transaction, wanted.municipality);
    if (!wanted.owner_id.empty() && !transaction.owners().find(municipality.id, wanted.owner_id))
      throw Error{ErrorCode::not_found, "There is no owner \"" + wanted.owner_id + "\" in " + municipality.name + "; add it with klotterkoll owner add."};
    User user = made;
    const auto present = transaction.users().find_by_email(wanted.email);
    known = present.has_value();
    user.home = municipality.id;
    if (present) {
      user.id = present->id;
      user.version = present->version;
      user.home = present->home;
      user.created_at = present->created_at;
      user.scopes = present->scopes;
    }
    user.set_scope({municipality.id, role, wanted.owner_id, !wanted.no_notices});
    validate(user);
    known ? transaction.users().update(user) : static_cast<void>(transaction.users().add(user));
  });
  std::cout << (known ? "Updated " : "Added ") << wanted.name << " <" << wanted.email << ">, " << wanted.role << " in " << wanted.municipality << ".\n";
  if (!known)
    std::cout << "To sign in, open /logga-in of the service (where there are several municipalities /" << wanted.municipality
              << "/logga-in) and type the address; a mail with a link comes to it.\n";
  return kDone;
}

int list(Context& context, const std::string& code) {
  nlohmann::json all = nlohmann::json::array();
  context.open()->read([&](Transaction& transaction) {
    const MunicipalityId here = require_municipality(transaction, code).id;
    for (const User& user : transaction.users().list(here)) {
      const User::Scope& scope = *user.scope_in(here);
      if (!context.json) {
        std::cout << user.id << "  " << user.name << "  " << user.email << "  " << to_code(scope.role);
        if (!scope.owner_id.empty()) std::cout << ' ' << scope.owner_id;
        if (scope.role == Role::municipality && !scope.notices) std::cout << "  no notices";
        if (user.deactivated_at) std::cout << "  deactivated " << format_instant(*user.deactivated_at);
        std::cout << '\n';
      }
      all.push_back({{"user_id", user.id}, {"name", user.name}, {"email", user.email}, {"role", to_code(scope.role)},
                     {"owner_id", scope.owner_id.empty() ? nlohmann::json{} : nlohmann::json(scope.owner_id)}, {"notices", scope.notices},
                     {"deactivated_at", user.deactivated_at ? nlohmann::json(format_instant(*user.deactivated_at)) : nlohmann::json{}}});
    }
  });
  if (context.json) std::cout << all.dump(2) << '\n';
  return kDone;
}

int deactivate(Context& context, const std::string& email) {
  bool already = false;
  context.open()->write([&](Transaction& transaction) {
    auto user = transaction.users().find_by_email(email);
    if (!user) throw Error{ErrorCode::not_found, "There is no user " + email + "; klotterkoll user list shows them."};
    already = user->deactivated_at.has_value();
    if (already) return;
    user->deactivated_at = context.clock.now();
    transaction.users().update(*user);
  });
  std::cout << email << (already ? " was deactivated already.\n" : " is deactivated: signed out everywhere within two seconds, and gets no mail any more.\n");
  return kDone;
}

}  // namespace

void register_user_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("user", "Add, list and deactivate the people who sign in and are told by mail");
  command->require_subcommand(1)->fallthrough();

  const auto wanted = std::make_shared<Wanted>();
  CLI::App* adding = add_command(*command, context, "add", "Add a user, or say anew who one is; one of that address gets its part in the municipality");
  adding->add_option("--municipality", wanted->municipality, "The municipality's code")->required()->type_name("CODE");
  adding->add_option("--role", wanted->role, "municipality, police or owner")->required();
  adding->add_option("--owner", wanted->owner_id, "Which owner, for role owner")->type_name("ID");
  adding->add_option("--email", wanted->email, "The mail address")->required();
  adding->add_option("--name", wanted->name, "Such as \"Anna Ek\"")->required();
  adding->add_flag("--no-notices", wanted->no_notices, "Is not one of the officers who are told of what nobody acts on and what is overdue");
  wanted->mail.add_to(*adding);
  adding->footer("Users of role municipality are the officers. Example:\n"
                 "  klotterkoll user add --municipality 1267 --role municipality --email anna.ek@hoor.example.se --name \"Anna Ek\" \\\n"
                 "    --digest-at 08:00 --quiet 18:00-07:00 --weekend-digest");
  adding->callback([&context, wanted] { context.run = [&context, wanted] { return add(context, *wanted); }; });

  const auto code = std::make_shared<std::string>();
  CLI::App* listing = add_command(*command, context, "list", "List a municipality's users, deactivated ones too");
  listing->add_option("--municipality", *code, "The municipality's code")->required()->type_name("CODE");
  add_format(*listing, context);
  listing->footer("Example:\n  klotterkoll user list --municipality 1267");
  listing->callback([&context, code] { context.run = [&context, code] { return list(context, *code); }; });

  const auto email = std::make_shared<std::string>();
  CLI::App* ending = add_command(*command, context, "deactivate", "Deactivate a user, who is then signed out and gets no mail any more");
  ending->add_option("email", *email, "The mail address")->required()->type_name("EMAIL");
  ending->footer("Example:\n  klotterkoll user deactivate anna.ek@hoor.example.se");
  ending->callback([&context, email] { context.run = [&context, email] { return deactivate(context, *email); }; });
}

}  // namespace klotterkoll
