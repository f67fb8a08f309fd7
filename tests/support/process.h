#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace klotterkoll::test {

/// What a command that has ended said.
struct Ran {
  int status = 0;  ///< the exit code; 128 + the signal when one ended it
  std::string out, err;
  /// The last line of `out`, where commands put what others read.
  std::string last_line() const;
};

/// Runs the klotterkoll binary of this build until it ends.
Ran run_command(const std::vector<std::string>& arguments);

/// A program other than the binary: its name or path, and its arguments.
struct Program {
  std::vector<std::string> words;
};

/// The binary as a process of its own, its standard output and error kept. Ended with SIGKILL when it goes out of scope.
class Process {
 public:
  /// `unprivileged`: as nobody when the tests run as root, to whom no file is closed.
  explicit Process(const std::vector<std::string>& arguments, bool unprivileged = false);
  explicit Process(Program program);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  void signal(int number) const;
  /// Waits until standard error holds the text, and gives all of it. Throws std::runtime_error when it takes longer than the patience.
  std::string error_with(const std::string& text, std::chrono::seconds patience = std::chrono::seconds{10});
  /// Waits for the end.
  Ran wait();

 private:
  void read_some(int timeout_ms);

  pid_t id_ = -1;
  int out_ = -1, err_ = -1;
  Ran ran_;
};

/// `klotterkoll serve` on a free loopback port over a database that is there, without sweeps and without a rate limit. Without
/// `more` no mail leaves it.
class ServingProcess {
 public:
  explicit ServingProcess(const std::string& database_url, bool unprivileged = false, const std::vector<std::string>& more = {"--smtp", "off"});
  int port() const { return port_; }
  Process& process() { return process_; }

 private:
  Process process_;
  int port_;
};

}  // namespace klotterkoll::test
