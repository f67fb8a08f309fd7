#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "domain/outgoing.h"
#include "web/web.h"

namespace klotterkoll {

/// The language of that code, when there are texts of it.
const WebLanguage* find_language(std::string_view code);

/// The words of the pages in one language (web/texts). A cheap value.
class Words {
 public:
  explicit Words(const WebLanguage& language) : language_(&language) {}
  explicit Words(Language language);
  const WebLanguage& language() const { return *language_; }
  std::string_view code() const { return language_->code; }

  /// The text of that name. Error{internal} when there is none.
  std::string operator()(std::string_view name) const;
  /// The same with {marks} filled in.
  std::string operator()(std::string_view name, const std::vector<std::pair<std::string_view, std::string>>& marks) const;

  /// "onsdag 25 november 2026 kl. 23.59".
  std::string when(Instant at, const TimeZone& zone) const;
  /// "onsdag 25 november 2026".
  std::string day(LocalDate day) const;
  /// "3 dagar och 5 timmar", "5 timmar": whole hours, rounded down; days from 48 hours on. `time` at least an hour.
  std::string duration(std::chrono::seconds time) const;
  /// How long it is to `due_at`, or how long it has passed: "3 dagar och 5 timmar kvar".
  std::string left(Instant due_at, Instant now) const;

 private:
  std::string counted(std::string_view one, std::string_view many, std::int64_t count) const;
  const WebLanguage* language_;
};

}  // namespace klotterkoll
