#include "config.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "base/error.h"
#include "commands/commands.h"
#include "geo/spot_index_cache.h"
#include "store/sql_store.h"

namespace klotterkoll {
namespace {

std::string variable_of(std::string option_name) {
  for (char& c : option_name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return "KLOTTERKOLL_" + option_name;
}

/// TOML as CLI11 reads it, without what the environment says: the library would let the file win.
class TomlBelowEnvironment : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    auto read = CLI::ConfigTOML::from_config(input);
    std::erase_if(read, [&](const CLI::ConfigItem& item) {
      const bool has_variable = item.name == "database" || (item.parents.size() == 1 && item.parents.front() == "serve");
      return has_variable && std::getenv(variable_of(item.name).c_str());
    });
    return read;
  }
};

void say(const std::string& sentence) { std::cerr << "klotterkoll: " << sentence << '\n'; }

/// What was not understood goes before what was missing: it is most often a misspelling of it.
std::string sentence_of(const CLI::ParseError& refusal, const CLI::App& app) {
  constexpr std::string_view unknown_setting = "INI was not able to parse ";  // so the library says it, also of TOML
  const auto rest = app.remaining(true);
  std::string sentence = rest.empty() ? refusal.what() : "\"" + rest.front() + "\" is not understood";
  if (sentence.starts_with(unknown_setting)) sentence = "The file of settings: there is no setting \"" + sentence.substr(unknown_setting.size()) + "\"";
  if (!sentence.ends_with('.')) sentence += '.';
  // The help that tells is that of the subcommand.
  std::string command = "klotterkoll";
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    command += ' ' + at->get_name();
  }
  return sentence + " See " + command + " --help.";
}

int run(Context& context) {
  try {
    const int code = context.run();
    std::cout.flush();
    if (std::cout) return code;
    say("The output could not be written.");
  } catch (const Error& error) {
    if (error.faults().empty()) say(error.what() + (error.cause().empty() ? "" : " (" + error.cause() + ")"));
    for (const Fault& fault : error.faults()) say(fault.message);
  } catch (const std::bad_alloc&) {
    say("There is not enough memory.");
  } catch (const std::exception& failure) {
    say(std::string{"This should not have happened: "} + failure.what());
  }
  return kCouldNot;
}

}  // namespace

std::unique_ptr<Store> Context::open() const { return open_store({.url = database, .spots = std::make_shared<SpotIndexCache>()}); }

CLI::App* add_command(CLI::App& parent, Context& context, const std::string& name, const std::string& description) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->fallthrough();  // --config goes anywhere
  command->footer("");     // not its parent's
  command->add_option("--database", context.database, "Where the data lies: sqlite:FILE or postgresql://USER@HOST/DATABASE; or KLOTTERKOLL_DATABASE")
      ->type_name("URL")
      ->capture_default_str();
  return command;
}

void add_format(CLI::App& command, Context& context) {
  command
      .add_option_function<std::string>("--format", [&context](const std::string& format) { context.json = format == "json"; },
                                        "How the result is printed: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->default_str("text");
}

CLI::Option* with_environment(CLI::Option* option) { return option->envname(variable_of(option->get_single_name())); }

void refuse_option(const std::string& option, const std::string& text, const std::string& wanted) {
  throw Error{ErrorCode::malformed, option + ": \"" + text + "\" cannot be read; write " + wanted + "."};
}

Instant instant_option(const std::string& option, const std::string& text) {
  if (const auto instant = parse_instant(text)) return *instant;
  refuse_option(option, text, "a time with its zone, such as 2026-11-25T00:00:00+01:00");
}

LocalDate day_option(const std::string& option, const std::string& text) {
  if (const auto day = parse_date(text)) return *day;
  refuse_option(option, text, "a day such as 2026-01-31");
}

std::string describe(const Limit& limit) {
  const bool one = limit.amount == 1;
  const std::string amount = std::to_string(limit.amount) + ' ';
  const std::string days = one ? "day" : "days";
  switch (limit.mode) {
    case CountingMode::calendar_days: return amount + "calendar " + days;
    case CountingMode::calendar_days_next_weekday: return amount + "calendar " + days + ", to the next weekday";
    case CountingMode::working_days: return amount + "working " + days;
    case CountingMode::hours: return amount + (one ? "hour" : "hours");
  }
  return amount;
}

Municipality require_municipality(Transaction& transaction, const std::string& code) {
  if (auto found = transaction.municipalities().find(code)) return *found;
  std::string codes;
  for (const Municipality& one : transaction.municipalities().list()) codes += (codes.empty() ? "" : ", ") + one.code;
  throw Error{ErrorCode::not_found,
              "There is no municipality \"" + code + "\"" +
                  (codes.empty() ? "; add it with klotterkoll municipality add." : "; there are " + codes + ".")};
}

int run_command_line(int argc, const char* const* argv) {
  umask(077);  // what is written holds K-numbers and names: nobody else on the machine reads it
  Context context;
  CLI::App app{"Klotterkoll keeps the promise \"graffiti is gone within three days\": it takes reports, gives each case to the\n"
               "owner of the surface, warns before the limit, marks what has passed it, and counts how well the promise is kept.",
               "klotterkoll"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "klotterkoll " KLOTTERKOLL_VERSION);
  with_environment(app.add_option("--database", context.database, "Where the data lies: sqlite:FILE or postgresql://USER@HOST/DATABASE")
                       ->type_name("URL")
                       ->capture_default_str());
  // The library reads this option before it looks at the environment.
  const char* const config = std::getenv("KLOTTERKOLL_CONFIG");
  app.set_config("--config", config ? config : "", "A TOML file with the same settings; a subcommand's under its name: [serve]",
                 config != nullptr)
      ->type_name("FILE");
  app.allow_config_extras(CLI::config_extras_mode::error);  // a misspelt setting would be a silent default
  app.config_formatter(std::make_shared<TomlBelowEnvironment>());
  app.footer(
      "To begin:\n"
      "  klotterkoll migrate\n"
      "  klotterkoll municipality add --code 1267 --name Höör\n"
      "  klotterkoll owner add --municipality 1267 --id hfab --name \"Höörs Fastighets AB\" --address-prefix Storgatan\n"
      "  klotterkoll keys create --municipality 1267 --role police --name \"Polisen\"\n"
      "  klotterkoll serve\n"
      "Each command explains itself: klotterkoll import reports --help\n"
      "A flag, a variable (KLOTTERKOLL_DATABASE for --database) and the TOML file mean the same; the first of them wins.\n"
      "Exit codes: 0 done; 1 done in part, or differences found; 2 could not, with one sentence on standard error.");
  register_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& refusal) {
    if (refusal.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(refusal);  // --help, --version
    say(sentence_of(refusal, app));
    return kCouldNot;
  }
  return run(context);
}

}  // namespace klotterkoll
