#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "workflow/register_import.h"

namespace klotterkoll {

/// What an import of the register has done, or would do: counts, the first lines of each kind, and what was refused, in full
/// to a file.
class RegisterReport {
 public:
  /// `word` what a row of the file is called: "Feature" or "Line". `rejected` the file of what is refused, made at the first
  /// of it; empty: none.
  RegisterReport(std::string word, bool dry_run, std::string rejected) : word_(std::move(word)), dry_run_(dry_run), rejected_(std::move(rejected)) {}

  /// `kind` "properties", "objects" or "addresses".
  void count(const std::string& kind, RegisterChange change, const std::string& line);
  /// `row` a feature or line of the file, from 1; `name` what it calls itself.
  void refuse(std::int64_t row, const std::string& name, const std::string& reason);
  void add_owner(const Owner& owner, const std::string& namesake) { owners_.push_back({owner, namesake}); }

  std::int64_t refused() const { return refused_; }
  /// Closes the file. Throws Error{unavailable} when it could not be written.
  void finish();
  void print(std::int64_t rows, bool as_json) const;

 private:
  static constexpr std::int64_t kShown = 10;
  struct Made {
    Owner owner;
    std::string namesake;
  };
  void print_text(std::int64_t rows) const;
  void print_json(std::int64_t rows) const;

  const std::string word_;
  const bool dry_run_;
  const std::string rejected_;
  std::map<std::string, std::array<std::int64_t, kRegisterChanges>> counts_;
  std::map<std::string, std::array<std::vector<std::string>, kRegisterChanges>> lines_;
  std::vector<Made> owners_;
  std::ofstream file_;
  std::int64_t refused_ = 0;
};

}  // namespace klotterkoll
