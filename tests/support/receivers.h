#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/process.h"

namespace klotterkoll::test {

/// A mail server, a webhook's receiver or a map service as a process on a free loopback port, which writes down what it takes before it answers.
/// Ended, and its folder removed, when it goes out of scope. What they can be told stands at the head of the scripts.
class Receiver {
 public:
  using Options = std::vector<std::string>;

  /// tests/support/receivers/smtp_receiver.py
  static Receiver of_mails(const Options& options = {});
  /// tests/support/receivers/webhook_receiver.mjs. Throws when its npm packages are not installed (scripts/test does).
  static Receiver of_calls(const Options& options = {});
  /// tests/support/receivers/tile_server.py
  static Receiver of_tiles();

  int port() const { return port_; }
  /// What it has written down so far, in order.
  std::vector<nlohmann::json> taken() const;
  /// A mail as it came, by `file` in what was written down.
  std::string mail(const std::string& file) const;
  Process& process() { return *process_; }

 private:
  struct Folder {
    Folder();
    ~Folder();
    std::filesystem::path path;
  };
  Receiver(std::unique_ptr<Folder> folder, Program program);

  std::unique_ptr<Folder> folder_;
  std::unique_ptr<Process> process_;
  int port_;
};

/// A certificate for "localhost" and 127.0.0.1 that is its own authority, made anew.
struct Certificate {
  Certificate();
  ~Certificate();
  Certificate(const Certificate&) = delete;
  std::string certificate_file, key_file;

 private:
  std::filesystem::path folder_;
};

}  // namespace klotterkoll::test
