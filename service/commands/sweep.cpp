#include <iostream>
#include <nlohmann/json.hpp>

#include "commands/commands.h"
#include "workflow/deadline_sweep.h"

namespace klotterkoll {

void register_sweep_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "sweep", "Flag what is nearly due and what has passed its deadline, as serve does by itself");
  const auto as_of = std::make_shared<std::string>();
  command->add_option("--as-of", *as_of, "Sweep as if it were this time, e.g. 2026-11-25T00:00:00Z; no figure changes by it, and no pause is ended before its time")
      ->type_name("TIME")
      ->default_str("now");
  add_format(*command, context);
  command->footer("With --as-of in the future it writes flags into the histories that nothing takes back: only where all is made up.\n"
                  "Example:\n  klotterkoll sweep");
  command->callback([&context, as_of] {
    context.run = [&context, as_of] {
      const Instant now = context.clock.now();
      const Instant at = as_of->empty() ? now : instant_option("--as-of", *as_of);
      const auto store = context.open();
      const SweepResult result = sweep_deadlines(*store, at, now);
      for (const auto& [id, reason] : result.failures)
        std::cerr << "The case " << store->references().encode(id) << " was passed over: " << reason << '\n';
      if (context.json)
        std::cout << nlohmann::json{{"as_of", format_instant(at)}, {"looked_at", result.looked_at}, {"due_soon", result.due_soon},
                                    {"overdue", result.overdue}, {"holds_ended", result.holds_ended}, {"unattended", result.unattended},
                                    {"failed", result.failures.size()}}.dump(2)
                  << '\n';
      else
        std::cout << "Looked at " << result.looked_at << " cases: " << result.due_soon << " due soon, " << result.overdue
                  << " overdue, " << result.holds_ended << " pauses ended, " << result.unattended << " that nobody acts on.\n";
      return result.failures.empty() ? kDone : kInPart;
    };
  });
}

}  // namespace klotterkoll
