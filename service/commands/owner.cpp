#include <iostream>
#include <nlohmann/json.hpp>

#include "commands/commands.h"
#include "commands/mail_options.h"
#include "workflow/owner_contact.h"

namespace klotterkoll {
namespace {

struct Wanted {
  std::string municipality, kind = "company";
  Owner owner;
  MailOptions mail;
};

std::string counted(std::size_t count, const char* one, const char* several) { return std::to_string(count) + ' ' + (count == 1 ? one : several); }

std::string places_of(const Owner& owner) {
  return counted(owner.address_prefixes.size(), "address", "addresses") + ", " + counted(owner.designations.size(), "property", "properties");
}

int add(Context& context, Wanted& wanted) {
  wanted.owner.kind = code_option<OwnerKind>("--kind", wanted.kind);
  wanted.owner.mail = wanted.mail.read();
  validate(wanted.owner);
  bool known = false;
  context.open()->write([&](Transaction& transaction) {
    const Municipality municipality = require_municipality(transaction, wanted.municipality);
    known = transaction.owners().find(municipality.id, wanted.owner.owner_id).has_value();
    save_owner(transaction, *transaction.municipalities().settings(municipality.id), wanted.owner, context.clock.now());
  });
  std::cout << (known ? "Updated " : "Added ") << wanted.owner.owner_id << " (" << wanted.owner.name << "): "
            << places_of(wanted.owner) << (known ? "; what it had before has been replaced" : "") << ".\n";
  return kDone;
}

int list(Context& context, const std::string& code) {
  std::vector<Owner> owners;
  context.open()->read([&](Transaction& transaction) {
    owners = transaction.owners().list(require_municipality(transaction, code).id);
  });
  nlohmann::json all = nlohmann::json::array();
  for (const Owner& owner : owners) {
    if (!context.json)
      std::cout << owner.owner_id << "  " << owner.name << "  " << to_code(owner.kind) << "  " << places_of(owner) << '\n';
    all.push_back({{"owner_id", owner.owner_id}, {"name", owner.name}, {"kind", to_code(owner.kind)}, {"email", owner.email},
                   {"second_email", owner.second_email}, {"phone", owner.phone}, {"address_prefixes", owner.address_prefixes}, {"designations", owner.designations}});
  }
  if (context.json) std::cout << all.dump(2) << '\n';
  return kDone;
}

}  // namespace

void register_owner_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("owner", "Add an owner, or say anew what one is and has; or list them");
  command->require_subcommand(1)->fallthrough();

  const auto wanted = std::make_shared<Wanted>();
  CLI::App* adding = add_command(*command, context, "add", "Add an owner. One with the same id is replaced, whole: what is not said again is gone, which is told");
  adding->add_option("--municipality", wanted->municipality, "The municipality's code")->required()->type_name("CODE");
  adding->add_option("--id", wanted->owner.owner_id, "a-z, 0-9 and \"-\", such as hfab")->required()->type_name("ID");
  adding->add_option("--name", wanted->owner.name, "Such as \"Höörs Fastighets AB\"")->required();
  adding->add_option("--kind", wanted->kind, "municipality, public_company, authority, company or private; the first three are named in public")
      ->capture_default_str();
  adding->add_option("--email", wanted->owner.email, "Where its cases are told");
  adding->add_option("--second-email", wanted->owner.second_email, "Who is told too at the last warning, and when the deadline has passed");
  adding->add_option("--phone", wanted->owner.phone, "Its telephone number");
  wanted->mail.add_to(*adding);
  adding->add_option("--address-prefix", wanted->owner.address_prefixes,
                     "An address or the beginning of one that is this owner's: Storgatan, \"Storgatan 12\"; may be repeated")
      ->allow_extra_args(false)
      ->type_name("ADDRESS");
  adding->add_option("--designation", wanted->owner.designations, "A property that is this owner's: \"Kvarnbäck 1:23\"; may be repeated")
      ->allow_extra_args(false)
      ->type_name("DESIGNATION");
  adding->footer("Reports at these places become this owner's cases. Example:\n"
                 "  klotterkoll owner add --municipality 1267 --id hfab --name \"Höörs Fastighets AB\" --kind public_company \\\n"
                 "    --email drift@hfab.example.se --address-prefix \"Storgatan 12\" --designation \"Kvarnbäck 1:23\"");
  adding->callback([&context, wanted] { context.run = [&context, wanted] { return add(context, *wanted); }; });

  const auto code = std::make_shared<std::string>();
  CLI::App* listing = add_command(*command, context, "list", "List a municipality's owners");
  listing->add_option("--municipality", *code, "The municipality's code")->required()->type_name("CODE");
  add_format(*listing, context);
  listing->footer("Example:\n  klotterkoll owner list --municipality 1267");
  listing->callback([&context, code] { context.run = [&context, code] { return list(context, *code); }; });
}

}  // namespace klotterkoll
