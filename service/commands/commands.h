#pragma once

#include "config.h"

namespace klotterkoll {

// One file per subcommand; each function puts its subcommand on the command line.
void register_serve_command(CLI::App& app, Context& context);
void register_migrate_command(CLI::App& app, Context& context);
void register_backup_command(CLI::App& app, Context& context);
void register_copy_command(CLI::App& app, Context& context);
void register_verify_command(CLI::App& app, Context& context);
void register_erase_command(CLI::App& app, Context& context);
void register_municipality_command(CLI::App& app, Context& context);
void register_owner_command(CLI::App& app, Context& context);
void register_keys_command(CLI::App& app, Context& context);
void register_user_command(CLI::App& app, Context& context);
void register_bounce_command(CLI::App& app, Context& context);
void register_import_command(CLI::App& app, Context& context);
void register_import_properties(CLI::App& parent, Context& context);
void register_import_addresses(CLI::App& parent, Context& context);
void register_sweep_command(CLI::App& app, Context& context);
void register_deadline_command(CLI::App& app, Context& context);
void register_statistics_command(CLI::App& app, Context& context);
void register_demo_command(CLI::App& app, Context& context);

/// All of them, in the order in which help lists them.
inline void register_commands(CLI::App& app, Context& context) {
  register_serve_command(app, context);
  register_migrate_command(app, context);
  register_municipality_command(app, context);
  register_owner_command(app, context);
  register_keys_command(app, context);
  register_user_command(app, context);
  register_bounce_command(app, context);
  register_import_command(app, context);
  register_sweep_command(app, context);
  register_deadline_command(app, context);
  register_statistics_command(app, context);
  register_verify_command(app, context);
  register_erase_command(app, context);
  register_backup_command(app, context);
  register_copy_command(app, context);
  register_demo_command(app, context);
}

}  // namespace klotterkoll
