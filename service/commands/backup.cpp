#include <iostream>

#include "commands/commands.h"
#include "store/sql_store.h"

namespace klotterkoll {

void register_backup_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "backup", "Copy the database into a new file, also while it is in use");
  const auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "The file to write; it must not exist")->required()->type_name("FILE");
  command->footer("Put back with the service stopped: copy the saved file to where the database was, without its -wal and -shm.\n"
                  "Example:\n  klotterkoll backup klotterkoll-$(date +%F).db");
  command->callback([&context, file] {
    context.run = [&context, file] {
      backup(context.database, *file);
      std::cout << "Saved to " << *file << ".\n";
      return kDone;
    };
  });
}

}  // namespace klotterkoll
