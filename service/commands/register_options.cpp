#include "commands/register_options.h"

namespace klotterkoll {

void add_register_options(CLI::App& command, RegisterOptions& wanted, const std::string& files, const std::string& whole, const std::string& gone) {
  command.add_option("file", wanted.file, files)->required()->type_name("FILE");
  command.add_option("--municipality", wanted.municipality, "The municipality's code")->required()->type_name("CODE");
  command.add_option("--map", wanted.maps, "Which member or column tells a field; one that is called like it needs none; may be repeated")
      ->allow_extra_args(false)
      ->type_name("FIELD=NAME");
  command.add_option("--layer", wanted.layer, "Only this layer of a file that has several")->type_name("NAME");
  command.add_flag("--dry-run", wanted.dry_run, "Say what would be done and write nothing");
  command.add_flag("--partial", wanted.partial, "The file is a part of " + whole + ": nothing " + gone + " that is not in it");
  command.add_flag("--force", wanted.force, "What is not in the file " + gone + ", however much it is");
  command.add_option("--rejected", wanted.rejected, "Where it is told what cannot be taken")->type_name("PATH")->default_str("FILE.rejected.csv");
}

}  // namespace klotterkoll
