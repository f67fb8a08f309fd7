#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "commands/commands.h"
#include "json/policy_json.h"

namespace klotterkoll {
namespace {

struct Wanted {
  std::string code, name, time_zone = "Europe/Stockholm", calendar = "se", mode = "calendar_days", host;
  std::optional<int> limit;
};

int add(Context& context, const Wanted& wanted) {
  Municipality municipality;
  municipality.code = wanted.code;
  municipality.name = wanted.name;
  municipality.time_zone = wanted.time_zone;
  municipality.calendar = code_option<Calendar>("--calendar", wanted.calendar);
  municipality.host = wanted.host;
  const Policy policy = first_policy(municipality, code_option<CountingMode>("--mode", wanted.mode), wanted.limit);
  context.open()->write([&](Transaction& transaction) { transaction.municipalities().add(municipality, policy); });
  std::cout << "Added " << wanted.name << " (" << wanted.code << "): " << describe(policy.limit) << ".\n";
  return kDone;
}

int list(Context& context) {
  nlohmann::json all = nlohmann::json::array();
  context.open()->read([&](Transaction& transaction) {
    for (const Municipality& one : transaction.municipalities().list()) {
      const auto settings = transaction.municipalities().settings(one.id);
      const Policy& policy = policy_on(settings->policies, settings->zone.date_of(context.clock.now()));
      all.push_back({{"code", one.code}, {"name", one.name}, {"host", one.host}, {"demo", one.demo},
                     {"policy", policy_to_json(policy)}});
    }
  });
  if (context.json) {
    std::cout << all.dump(2) << '\n';
    return kDone;
  }
  for (const auto& one : all) {
    const auto& policy = one["policy"];
    std::cout << one["code"].get<std::string>() << "  " << one["name"].get<std::string>() << "  " << policy["limit"] << ' '
              << policy["mode"].get<std::string>() << "  " << policy["time_zone"].get<std::string>() << "  calendar "
              << policy["calendar"].get<std::string>() << (one["demo"].get<bool>() ? "  demonstration" : "") << '\n';
  }
  return kDone;
}

}  // namespace

void register_municipality_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("municipality", "Add a municipality, or list them");
  command->require_subcommand(1)->fallthrough();

  const auto wanted = std::make_shared<Wanted>();
  CLI::App* adding = add_command(*command, context, "add", "Add a municipality with the counting rule it begins with");
  adding->add_option("--code", wanted->code, "a-z, 0-9 and \"-\"; Swedish municipalities use their SCB code, such as 1267")->required();
  adding->add_option("--name", wanted->name, "Its name, such as Höör")->required();
  adding->add_option("--mode", wanted->mode, "How the limit is counted: calendar_days, calendar_days_next_weekday, working_days or hours")
      ->capture_default_str();
  adding->add_option("--limit", wanted->limit, "How much time the owner has: days, in mode hours hours")->default_str("3, or 72 hours");
  adding->add_option("--time-zone", wanted->time_zone, "Where its days begin and end")->capture_default_str();
  adding->add_option("--calendar", wanted->calendar, "Whose public holidays are days off: se or none")->capture_default_str();
  adding->add_option("--host", wanted->host, "The host name its pages answer to, such as klotter.hoor.se");
  adding->footer("Example:\n  klotterkoll municipality add --code 1267 --name Höör --mode calendar_days --limit 3");
  adding->callback([&context, wanted] { context.run = [&context, wanted] { return add(context, *wanted); }; });

  CLI::App* listing = add_command(*command, context, "list", "List the municipalities with the rule in force today");
  add_format(*listing, context);
  listing->footer("Example:\n  klotterkoll municipality list");
  listing->callback([&context] { context.run = [&context] { return list(context); }; });
}

}  // namespace klotterkoll
