#include "workflow/verification.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "commands/commands.h"

namespace klotterkoll {
namespace {

void print(const Verification& result, bool as_json) {
  if (as_json) {
    nlohmann::json differences = nlohmann::json::array();
    for (const Difference& one : result.differences)
      differences.push_back({{"municipality", one.municipality}, {"what", one.what}, {"detail", one.detail}});
    std::cout << nlohmann::json{{"cases", result.cases}, {"events", result.events}, {"tallies", result.tallies},
                                {"difference_count", result.difference_count}, {"differences", differences},
                                {"rebuilt", result.rebuilt}}.dump(2)
              << '\n';
    return;
  }
  for (const Difference& one : result.differences) std::cout << one.municipality << ' ' << one.what << ": " << one.detail << '\n';
  if (result.difference_count > std::ssize(result.differences))
    std::cout << "... and " << result.difference_count - std::ssize(result.differences) << " more\n";
  std::cout << "Recounted " << result.cases << " cases from " << result.events << " events: "
            << (result.difference_count ? std::to_string(result.difference_count) + " differences" : "no differences") << ".\n";
  if (result.rebuilt) std::cout << "The statistics have been replaced by what was counted.\n";
}

}  // namespace

void register_verify_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "verify",
                                  "Recount every case and figure from the events and tell where they differ");
  const auto rebuild = std::make_shared<bool>(false);
  command->add_flag("--rebuild", *rebuild, "Replace the statistics by what was counted; best while nothing is being served");
  add_format(*command, context);
  command->footer("Exit code 0 when nothing differs, 1 when something does.");
  command->callback([&context, rebuild] {
    context.run = [&context, rebuild] {
      const Verification result = verify(*context.open(), *rebuild);
      print(result, context.json);
      return result.difference_count ? kInPart : kDone;
    };
  });
}

}  // namespace klotterkoll
