#include <iostream>

#include "commands/commands.h"
#include "store/sql_store.h"

namespace klotterkoll {

void register_migrate_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "migrate", "Create the database, or bring its schema up to date");
  command->callback([&context] {
    context.run = [&context] {
      const auto ran = migrate(context.database, context.ids, context.clock.now());
      for (const std::string& name : ran) std::cout << "Applied " << name << ".\n";
      if (ran.empty()) std::cout << "The schema is up to date.\n";
      return kDone;
    };
  });
}

}  // namespace klotterkoll
