#include <iostream>
#include <nlohmann/json.hpp>

#include "commands/commands.h"
#include "workflow/deadline_sweep.h"

namespace klotterkoll {

void register_sweep_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "sweep", "Flag what is nearly due and what has passed its deadline, as serve does by itself");
  const auto as_of = std::make_shared<std::string>();
  command->add_option("--as-of", *as_of, "Sweep as if it were this time, e.g. 2026-11-25T00:00:00Z; no figure changes by it")
      ->type_name("TIME")
      ->default_str("now");
  add_format(*command, context);
  command->callback([&context, as_of] {
    context.run = [&context, as_of] {
      const Instant at = as_of->empty() ? context.clock.now() : instant_option("--as-of", *as_of);
      const SweepResult result = sweep_deadlines(*context.open(), at);
      if (context.json)
        std::cout << nlohmann::json{{"as_of", format_instant(at)}, {"looked_at", result.looked_at}, {"due_soon", result.due_soon},
                                    {"overdue", result.overdue}, {"holds_ended", result.holds_ended}}.dump(2)
                  << '\n';
      else
        std::cout << "Looked at " << result.looked_at << " cases: " << result.due_soon << " due soon, " << result.overdue
                  << " overdue, " << result.holds_ended << " pauses ended.\n";
      return kDone;
    };
  });
}

}  // namespace klotterkoll
