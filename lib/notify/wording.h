#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "domain/outgoing.h"
#include "notify/texts.h"

namespace klotterkoll {

// Somebody's words before they stand in a mail or a letter: UTF-8 that HTML and XML may hold. What is not is left out or
// replaced: control characters, what is no character, and the marks that turn the direction of writing, with which a
// line may be made to read as another.

/// All on one line.
std::string on_one_line(std::string_view text);
/// With its lines.
std::vector<std::string> in_lines(std::string_view text);
/// At most so many characters, the last one an ellipsis when something was cut off.
std::string cut_to(std::string_view text, std::size_t characters);
std::size_t characters_in(std::string_view text);

/// The texts of a language, with what belongs into them put in place. Cheap to keep, safe to share between threads.
class Wording {
 public:
  /// What a text's names stand for; an empty value counts as absent.
  using Values = std::vector<std::pair<std::string_view, std::string>>;

  /// Throws Error{internal} when the language has no texts, when one is no template, or names what nobody gives it: then it
  /// would silently be empty.
  explicit Wording(Language language);

  Language language() const { return language_; }
  std::string_view code() const { return to_code(language_); }
  bool has(const std::string& name) const { return texts_.contains(name); }
  /// The text with its values. Throws Error{internal} when there is no such text.
  std::string say(const std::string& name, const Values& values = {}) const;
  /// The word of a code; empty when there is none.
  std::string word(const std::string& group, std::string_view code) const;

  /// "torsdag 19 november kl. 23.59"; with the year when it is another than that of `from`.
  std::string moment(Instant instant, const TimeZone& zone, std::optional<Instant> from = {}) const;
  /// "tors 19 nov".
  std::string short_day(Instant instant, const TimeZone& zone) const;
  /// "19 november 2026".
  std::string date(Instant instant, const TimeZone& zone) const;
  /// "tre dagar", "72 timmar": small numbers in words. `days` 0: it is in hours.
  std::string limit(int days, int hours) const;
  /// How much is left, by `hours_left` of a case; empty when it is past or far away.
  std::string left(std::int64_t hours) const;
  /// "på Storgatan 12", "vid 55.93620, 13.54050". Empty for no place.
  std::string at(const std::string& place) const;
  /// "tagg, garageport, byggnad".
  std::string what(Category category, std::optional<Surface> surface, std::optional<ObjectType> object_type) const;
  /// A text that counts.
  std::string count(const std::string& name, std::int64_t n, Values values = {}) const;

 private:
  std::string number(std::int64_t n) const;

  Language language_;
  std::map<std::string, std::string_view, std::less<>> texts_;
};

}  // namespace klotterkoll
