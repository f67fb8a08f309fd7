#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

extern char** environ;

namespace klotterkoll::test {
namespace {

using std::chrono::steady_clock;

/// Both ends closed on exec, so that a second process does not keep the first one's output open.
std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe could be made");
  return ends;
}

/// False at the end of the stream, which is closed then.
void take(int& from, std::string& to) {
  char bytes[65536];
  const auto count = ::read(from, bytes, sizeof bytes);
  if (count > 0) return void(to.append(bytes, static_cast<std::size_t>(count)));
  ::close(from);
  from = -1;
}

std::vector<std::string> serving(const std::string& url, const std::vector<std::string>& more) {
  std::vector<std::string> words{"serve", "--database", url, "--listen", "127.0.0.1:0", "--rate-limit", "off", "--sweep-every", "0s"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Program of_the_binary(const std::vector<std::string>& arguments, bool unprivileged) {
  Program program{{KLOTTERKOLL_BINARY}};
  if (unprivileged && ::geteuid() == 0) program.words = {"setpriv", "--reuid=65534", "--clear-groups", KLOTTERKOLL_BINARY};
  program.words.insert(program.words.end(), arguments.begin(), arguments.end());
  return program;
}

}  // namespace

std::string Ran::last_line() const {
  std::string text = out;
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

Ran run_command(const std::vector<std::string>& arguments) { return Process{arguments}.wait(); }

Process::Process(const std::vector<std::string>& arguments, bool unprivileged) : Process(of_the_binary(arguments, unprivileged)) {}

Process::Process(Program program) {
  const auto out = make_pipe(), err = make_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  std::vector<std::string>& command = program.words;
  std::vector<char*> words;
  for (std::string& one : command) words.push_back(one.data());
  words.push_back(nullptr);
  const int fault = posix_spawnp(&id_, words.front(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  out_ = out[0];
  err_ = err[0];
  if (fault != 0) throw std::runtime_error("cannot start " + command.front());
}

Process::~Process() {
  if (id_ > 0) {
    signal(SIGKILL);
    wait();
  }
}

void Process::signal(int number) const {
  if (id_ > 0) ::kill(id_, number);
}

void Process::read_some(int timeout_ms) {
  std::array<pollfd, 2> streams{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
  if (::poll(streams.data(), streams.size(), timeout_ms) <= 0) return;
  if (out_ >= 0 && streams[0].revents != 0) take(out_, ran_.out);
  if (err_ >= 0 && streams[1].revents != 0) take(err_, ran_.err);
}

std::string Process::error_with(const std::string& text, std::chrono::seconds patience) {
  const auto until = steady_clock::now() + patience;
  while (ran_.err.find(text) == std::string::npos || !ran_.err.ends_with('\n')) {
    if (steady_clock::now() > until || err_ < 0) throw std::runtime_error("the process did not say \"" + text + "\": " + ran_.err);
    read_some(100);
  }
  return ran_.err;
}

Ran Process::wait() {
  while (out_ >= 0 || err_ >= 0) read_some(1000);
  int status = 0;
  if (id_ > 0 && ::waitpid(id_, &status, 0) == id_) ran_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  id_ = -1;
  return ran_;
}

ServingProcess::ServingProcess(const std::string& database_url, bool unprivileged, const std::vector<std::string>& more)
    : process_(serving(database_url, more), unprivileged) {
  const std::string said = process_.error_with("listening on 127.0.0.1:");
  port_ = std::stoi(said.substr(said.find("127.0.0.1:") + 10));
}

}  // namespace klotterkoll::test
