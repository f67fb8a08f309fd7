#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace klotterkoll::test {

/// What a program has done.
struct CommandResult {
  int exit_code = 0;  ///< 128 and the signal's number when one ended it
  std::string out, err;
};

/// A folder of its own for a test that runs the real executable; gone with it.
class Workshop {
 public:
  Workshop();
  ~Workshop();
  Workshop(const Workshop&) = delete;

  using Environment = std::map<std::string, std::string>;
  /// Runs klotterkoll with these arguments in the folder and waits for it. Of the test's environment it sees all but the
  /// KLOTTERKOLL_ variables.
  CommandResult run(const std::vector<std::string>& arguments, const Environment& environment = {}) const;
  /// Any program of the PATH.
  CommandResult run_program(const std::vector<std::string>& command, const Environment& environment = {}) const;
  /// Starts klotterkoll without waiting; `wait` gives what became of it.
  pid_t start(const std::vector<std::string>& arguments) const;
  CommandResult wait(pid_t process) const;

  void write(const std::string& name, const std::string& bytes) const;
  std::string read(const std::string& name) const;
  std::string path(const std::string& name) const { return folder_ / name; }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

 private:
  pid_t spawn(const std::vector<std::string>& command, const Environment& environment) const;
  std::filesystem::path folder_;
};

}  // namespace klotterkoll::test
