#include "commands/register_report.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/tabular.h"
#include "base/text.h"

namespace klotterkoll {
namespace {

constexpr std::array<const char*, kRegisterChanges> kPlain{"added", "to a new owner", "changed", "ended", "unchanged"};
constexpr std::size_t kOwnersShown = 20;

}  // namespace

void RegisterReport::count(const std::string& kind, RegisterChange change, const std::string& line) {
  const auto at = static_cast<std::size_t>(change);
  ++counts_[kind][at];
  if (auto& lines = lines_[kind][at]; change != RegisterChange::unchanged && lines.size() < kShown) lines.push_back(line);
}

void RegisterReport::refuse(std::int64_t row, const std::string& name, const std::string& reason) {
  if (++refused_ <= kShown) std::cerr << word_ << ' ' << row << (name.empty() ? "" : " (" + shortened(name, 80) + ")") << ": " << reason << '\n';
  if (rejected_.empty()) return;
  if (!file_.is_open()) {
    file_.open(rejected_, std::ios::binary | std::ios::trunc);
    if (!file_) throw Error{ErrorCode::unavailable, "What is refused cannot be written to " + rejected_ + "; name another file with --rejected."};
    file_ << "\xEF\xBB\xBF" << csv_row(std::vector<std::string>{fold(word_), "name", "reason"}, ';');  // the mark tells Excel that it is UTF-8
  }
  file_ << csv_row(std::vector<std::string>{std::to_string(row), is_clean_text(name) ? name : "", reason}, ';');
}

void RegisterReport::finish() {
  if (refused_ > kShown) std::cerr << "... and " << refused_ - kShown << " more.\n";
  if (!file_.is_open()) return;
  file_.close();
  if (!file_) throw Error{ErrorCode::unavailable, "What is refused could not be written to " + rejected_ + "."};
}

void RegisterReport::print(std::int64_t rows, bool as_json) const { as_json ? print_json(rows) : print_text(rows); }

void RegisterReport::print_text(std::int64_t rows) const {
  for (std::size_t i = 0; i < owners_.size() && i < kOwnersShown; ++i) {
    const auto& [owner, namesake] = owners_[i];
    std::cout << (dry_run_ ? "Owner to be added: " : "Owner added: ") << owner.owner_id << " (" << owner.name << ")";
    if (!namesake.empty()) std::cout << "; " << namesake << " has the same name: if it is the same, say --owner " << owner.owner_id << "=" << namesake;
    std::cout << '\n';
  }
  if (owners_.size() > kOwnersShown) std::cout << "... and " << owners_.size() - kOwnersShown << " owners more.\n";
  if (dry_run_)
    for (const auto& [kind, changes] : lines_)
      for (std::size_t i = 0; i < kRegisterChanges; ++i) {
        for (const std::string& line : changes[i]) std::cout << kind << ", " << kPlain[i] << ": " << line << '\n';
        const std::int64_t more = counts_.at(kind)[i] - std::ssize(changes[i]);
        if (more > 0 && !changes[i].empty()) std::cout << "... and " << more << " more.\n";
      }
  if (dry_run_) std::cout << "Nothing was written. It would be:\n";
  for (const auto& [kind, counts] : counts_) {
    std::cout << kind << ": ";
    for (std::size_t i = 0; i < kRegisterChanges; ++i) std::cout << (i ? ", " : "") << counts[i] << ' ' << kPlain[i];
    std::cout << '\n';
  }
  std::cout << rows << ' ' << fold(word_) << (rows == 1 ? ", " : "s, ") << refused_ << " refused"
            << (refused_ > 0 && !rejected_.empty() ? "; all of them are told in " + rejected_ : "") << ".\n";
}

void RegisterReport::print_json(std::int64_t rows) const {
  nlohmann::json result{{"dry_run", dry_run_}, {"features", rows}, {"refused", refused_},
                        {"refused_file", refused_ > 0 ? rejected_ : ""}, {"owners_added", nlohmann::json::array()}};
  for (const auto& [owner, namesake] : owners_)
    result["owners_added"].push_back({{"owner_id", owner.owner_id}, {"name", owner.name}, {"same_name_as", namesake}});
  for (const auto& [kind, counts] : counts_) {
    nlohmann::json& one = result[kind];
    for (std::size_t i = 0; i < kRegisterChanges; ++i) one[std::string{names_of(RegisterChange{})[i]}] = counts[i];
    one["first"] = nlohmann::json::object();
    if (const auto lines = lines_.find(kind); lines != lines_.end())
      for (std::size_t i = 0; i < kRegisterChanges; ++i)
        if (!lines->second[i].empty()) one["first"][std::string{names_of(RegisterChange{})[i]}] = lines->second[i];
  }
  std::cout << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace klotterkoll
