#include "domain/deadline.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "commands/commands.h"
#include "json/deadline_json.h"

namespace klotterkoll {
namespace {

struct Wanted {
  std::string received_at, mode = "calendar_days", time_zone = "Europe/Stockholm", calendar = "se";
  std::optional<int> limit;
};

int reckon(Context& context, const Wanted& wanted) {
  const Instant received = instant_option("--received-at", wanted.received_at);
  Policy policy;
  policy.limit = limit_in(code_option<CountingMode>("--mode", wanted.mode), wanted.limit);
  policy.time_zone = wanted.time_zone;
  policy.calendar = code_option<Calendar>("--calendar", wanted.calendar);
  validate(policy);
  const Deadline deadline = reckon_deadline(policy, policy.limit, received);
  if (context.json) {
    std::cout << nlohmann::json::parse(deadline_json(deadline, policy, 0)).dump(2) << '\n';
    return kDone;
  }
  const TimeZone zone{policy.time_zone};
  for (const ReckonedDay& day : deadline.days) std::cout << describe_en(day) << '\n';
  std::cout << "Due at " << format_local(deadline.due_at, zone) << " (" << describe(policy.limit) << ").\n";
  return kDone;
}

}  // namespace

void register_deadline_command(CLI::App& app, Context& context) {
  // It needs no database, so it is given none.
  CLI::App* command = app.add_subcommand("deadline", "Reckon the deadline of a report, day by day; needs no database");
  command->fallthrough();
  const auto wanted = std::make_shared<Wanted>();
  command->add_option("--received-at", wanted->received_at, "When the report was received, with its zone: 2026-04-02T10:00:00+02:00")
      ->required()
      ->type_name("TIME");
  command->add_option("--mode", wanted->mode, "calendar_days, calendar_days_next_weekday, working_days or hours")->capture_default_str();
  command->add_option("--limit", wanted->limit, "Days; in mode hours hours")->default_str("3, or 72 hours");
  command->add_option("--time-zone", wanted->time_zone, "Where the days begin and end")->capture_default_str();
  command->add_option("--calendar", wanted->calendar, "Whose public holidays are days off: se or none")->capture_default_str();
  add_format(*command, context);
  command->footer("Example:\n  klotterkoll deadline --received-at 2026-04-02T10:00:00+02:00 --mode working_days");
  command->callback([&context, wanted] { context.run = [&context, wanted] { return reckon(context, *wanted); }; });
}

}  // namespace klotterkoll
