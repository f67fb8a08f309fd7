#pragma once

#include <memory>
#include <string>
#include <vector>

#include "commands/commands.h"

namespace klotterkoll {

/// What every import of the register is told on the command line.
struct RegisterOptions {
  std::string file, municipality, layer, rejected;
  std::vector<std::string> maps;
  bool dry_run = false, partial = false, force = false;
};

/// Adds them to a command, which keeps `wanted` alive. `files` which files are read, `whole` what the file is a part of
/// ("the register"), `gone` what becomes of what is not in it ("ends").
void add_register_options(CLI::App& command, RegisterOptions& wanted, const std::string& files, const std::string& whole, const std::string& gone);

}  // namespace klotterkoll
