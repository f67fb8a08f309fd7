#include <iostream>

#include "commands/commands.h"
#include "store/sql_store.h"

namespace klotterkoll {

void register_backup_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "backup", "Copy the database into a new file, and its photos into a folder beside it, also while it is in use");
  const auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "The file to write; it must not exist")->required()->type_name("FILE");
  command->footer("Put back with the service stopped: copy the saved file to where the database was, without its -wal and -shm.\n"
                  "Example:\n  klotterkoll backup klotterkoll-$(date +%F).db");
  command->callback([&context, file] {
    context.run = [&context, file] {
      const CopiedPhotos photos = backup(context.database, *file, context.clock.now());
      std::cout << "Saved to " << *file << ".\n";
      if (photos.files > 0) std::cout << "Its photos, " << photos.files << " files, are in " << photo_folder_of(*file) << ".\n";
      if (photos.missing > 0) std::cerr << photos.missing << " files of photos are missing; they were not there to be copied.\n";
      return photos.missing > 0 ? kInPart : kDone;
    };
  });
}

}  // namespace klotterkoll
