#include "store/copying.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "commands/commands.h"

namespace klotterkoll {

void register_copy_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("copy", "Copy a whole installation into another database, as when one machine is outgrown");
  command->fallthrough();
  struct Wanted {
    std::string from, to;
  };
  const auto wanted = std::make_shared<Wanted>();
  command->add_option("--from", wanted->from, "The database to copy: sqlite:FILE or postgresql://USER@HOST/DATABASE")->required()->type_name("URL");
  command->add_option("--to", wanted->to, "An empty one; it gets the schema if it has none")->required()->type_name("URL");
  add_format(*command, context);
  command->footer("Rows and statistics are compared before anything is kept. Stop the service first: what is written to the old\n"
                  "database after the copy has begun stays there. References, keys and links stay as they are.\n"
                  "Example:\n  klotterkoll copy --from sqlite:klotterkoll.db --to postgresql://klotterkoll@db.hoor.se/klotterkoll");
  command->callback([&context, wanted] {
    context.run = [&context, wanted] {
      const Copied copied = copy_installation(wanted->from, wanted->to, context.ids, context.clock.now());
      if (context.json) {
        nlohmann::ordered_json rows;
        for (const auto& [table, count] : copied.rows) rows[table] = count;
        std::cout << nlohmann::ordered_json{{"rows", rows}, {"total", copied.total()}, {"photo_files", copied.photos.files},
                                            {"photo_files_missing", copied.photos.missing}}.dump(2)
                  << '\n';
      } else {
        for (const auto& [table, count] : copied.rows) std::cout << table << ": " << count << '\n';
        if (copied.photos.files > 0) std::cout << "files of photos: " << copied.photos.files << '\n';
        std::cout << "Copied " << copied.total() << " rows; counts and statistics agree on both sides.\n";
      }
      if (copied.photos.missing > 0) std::cerr << copied.photos.missing << " files of photos are missing; they were not there to be copied.\n";
      return copied.photos.missing > 0 ? kInPart : kDone;
    };
  });
}

}  // namespace klotterkoll
