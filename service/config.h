#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/id.h"
#include "domain/store.h"

namespace klotterkoll {

/// Exit codes of the program. What could not be done is told in one sentence on standard error.
enum ExitCode { kDone = 0, kInPart = 1, kCouldNot = 2 };

/// What every subcommand is given. It registers itself on the command line, and when it is the chosen one, leaves in
/// `run` what is to be done once everything has been read and found right.
struct Context {
  std::string database = "sqlite:klotterkoll.db";
  bool json = false;  ///< of what prints a result
  std::function<int()> run;
  SystemClock clock;
  RandomIdSource ids;

  /// The store behind `database`. Throws Error{unavailable} as open_store does.
  std::unique_ptr<Store> open() const;
};

/// A subcommand that uses the database: it takes --database too, after its name.
CLI::App* add_command(CLI::App& parent, Context& context, const std::string& name, const std::string& description);
/// --format text|json.
void add_format(CLI::App& command, Context& context);
/// The variable KLOTTERKOLL_NAME_OF_OPTION means the same as the option.
CLI::Option* with_environment(CLI::Option* option);

/// Reads an instant, day or whole enum from the command line. Each throws Error{malformed} that names the option.
Instant instant_option(const std::string& option, const std::string& text);
LocalDate day_option(const std::string& option, const std::string& text);
template <typename Enum>
Enum code_option(const std::string& option, const std::string& text);

/// The municipality of that code. Throws Error{not_found} naming those there are.
Municipality require_municipality(Transaction& transaction, const std::string& code);

/// Reads flags, then the environment, then the TOML file of --config, the first that says something winning; runs what is
/// asked for, and gives the exit code. The one place where failures become sentences and codes.
int run_command_line(int argc, const char* const* argv);

/// "3 calendar days", "72 hours".
std::string describe(const Limit& limit);

[[noreturn]] void refuse_option(const std::string& option, const std::string& text, const std::string& wanted);

template <typename Enum>
Enum code_option(const std::string& option, const std::string& text) {
  if (const auto value = code_from<Enum>(text)) return *value;
  std::string names;
  for (const auto name : names_of(Enum{})) names += (names.empty() ? "" : ", ") + std::string{name};
  refuse_option(option, text, "one of " + names);
}

}  // namespace klotterkoll
