#include "pages/words.h"

#include <algorithm>
#include <cstdio>

#include "base/error.h"

namespace klotterkoll {
namespace {

/// The n-th of words with a space between them.
std::string word_of(std::string_view words, unsigned n) {
  for (; n > 0; --n) words.remove_prefix(std::min(words.find(' ') + 1, words.size()));
  return std::string{words.substr(0, words.find(' '))};
}

}  // namespace

const WebLanguage* find_language(std::string_view code) {
  const auto all = web_languages();
  const auto at = std::ranges::find(all, code, &WebLanguage::code);
  return at == all.end() ? nullptr : &*at;
}

Words::Words(Language language) : language_(find_language(to_code(language))) {}

std::string Words::operator()(std::string_view name) const {
  const auto texts = language_->texts;
  const auto at = std::ranges::lower_bound(texts, name, {}, &WebText::name);
  if (at == texts.end() || at->name != name) throw Error{ErrorCode::internal, "the pages have no text \"" + std::string{name} + "\""};
  return std::string{at->text};
}

std::string Words::operator()(std::string_view name, const std::vector<std::pair<std::string_view, std::string>>& marks) const {
  // One pass over the text, so that a mark in what is filled in stays as it is.
  const std::string text = (*this)(name);
  std::string filled;
  for (std::string_view rest = text; !rest.empty();) {
    const auto mark = std::ranges::find_if(marks, [&](const auto& one) { return rest.starts_with(one.first); });
    filled += mark == marks.end() ? std::string{rest.front()} : mark->second;
    rest.remove_prefix(mark == marks.end() ? 1 : mark->first.size());
  }
  return filled;
}

std::string Words::day(LocalDate day) const {
  const std::chrono::year_month_day date{day};
  const auto month = static_cast<unsigned>(date.month()) - 1;
  return (*this)("on_day", {{"{weekday}", word_of((*this)("weekdays"), std::chrono::weekday{day}.c_encoding())},
                            {"{day}", std::to_string(static_cast<unsigned>(date.day()))},
                            {"{month}", word_of((*this)("months"), month)},
                            {"{year}", std::to_string(static_cast<int>(date.year()))}});
}

std::string Words::when(Instant at, const TimeZone& zone) const {
  const LocalTime local = zone.to_local(at);
  const LocalDate date = std::chrono::floor<std::chrono::days>(local);
  std::string time = format_time_of_day(std::chrono::floor<std::chrono::minutes>(local - date));
  std::ranges::replace(time, ':', (*this)("clock_separator").front());
  return (*this)("when", {{"{on_day}", day(date)}, {"{time}", time}});
}

std::string Words::counted(std::string_view one, std::string_view many, std::int64_t count) const {
  return count == 1 ? (*this)(one) : (*this)(many, {{"{n}", std::to_string(count)}});
}

std::string Words::duration(std::chrono::seconds time) const {
  const std::int64_t hours = std::chrono::floor<std::chrono::hours>(time).count();
  if (hours < 48) return counted("hour", "hours", hours);
  const std::string days = counted("day", "days", hours / 24);
  return hours % 24 == 0 ? days : (*this)("and", {{"{a}", days}, {"{b}", counted("hour", "hours", hours % 24)}});
}

std::string Words::left(Instant due_at, Instant now) const {
  const bool over = now > due_at;
  const std::chrono::seconds time = over ? now - due_at : due_at - now;
  if (time < std::chrono::hours{1}) return (*this)(over ? "overdue_by_less_than_hour" : "left_less_than_hour");
  return (*this)(over ? "overdue_by" : "left", {{"{time}", duration(time)}});
}

}  // namespace klotterkoll
