#include "support/workshop.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace klotterkoll::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

Workshop::Workshop() {
  std::string pattern = (std::filesystem::temp_directory_path() / "klotterkoll-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder can be made");
  folder_ = pattern;
}

Workshop::~Workshop() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

CommandResult Workshop::run(const std::vector<std::string>& arguments, const Environment& environment) const {
  std::vector<std::string> command{KLOTTERKOLL_BINARY};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(command, environment);
}

CommandResult Workshop::run_program(const std::vector<std::string>& command, const Environment& environment) const {
  return wait(spawn(command, environment));
}

pid_t Workshop::start(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{KLOTTERKOLL_BINARY};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return spawn(command, {});
}

pid_t Workshop::spawn(const std::vector<std::string>& command, const Environment& environment) const {
  std::vector<std::string> arguments = command, variables;
  for (char** at = environ; *at; ++at)
    if (!std::string{*at}.starts_with("KLOTTERKOLL_")) variables.emplace_back(*at);
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  // Files rather than pipes: no output is so long that a program would wait for its reader.
  const std::string out = folder_ / "stdout", err = folder_ / "stderr";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addchdir_np(&actions, folder_.c_str());
  pid_t process = 0;
  const int fault = posix_spawnp(&process, arguments.front().c_str(), &actions, nullptr, pointers(arguments).data(),
                                 pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (fault) throw std::runtime_error(command.front() + " cannot be started");
  return process;
}

CommandResult Workshop::wait(pid_t process) const {
  int status = 0;
  waitpid(process, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read("stdout"), read("stderr")};
}

void Workshop::write(const std::string& name, const std::string& bytes) const {
  std::ofstream{folder_ / name, std::ios::binary} << bytes;
}

std::string Workshop::read(const std::string& name) const {
  std::ifstream file{folder_ / name, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace klotterkoll::test
