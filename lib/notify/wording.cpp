#include "notify/wording.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <kainjow/mustache.hpp>

#include "base/error.h"

namespace klotterkoll {
namespace {

namespace mustache = kainjow::mustache;

/// All that texts may name. What stands for each is told by whoever says the text.
constexpr std::array<std::string_view, 27> kNames{
    "at",   "because", "code", "contact",  "date",    "day",     "due",     "due_day",      "hour",   "left",  "limit", "list",  "minute", "month",
    "n",    "name",    "one",      "owner",   "past",    "place",   "municipality", "reason", "reference", "removed", "until", "weekday", "year"};

/// The names in a template's tags. It is known to be valid.
std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  for (auto at = text.find("{{"); at != text.npos; at = text.find("{{", at + 2)) {
    const auto begin = text.find_first_not_of("{#^/& ", at), end = text.find_first_of("} ", begin);
    names.emplace_back(text.substr(begin, end - begin));
  }
  return names;
}

enum class Kind { kept, space, newline, dropped };

/// What becomes of a character in somebody's words.
Kind kind_of(std::int32_t c) {
  if (c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029) return Kind::newline;
  if (c == '\t') return Kind::space;
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return Kind::dropped;
  const bool turns = c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  const bool none = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF) || (c >= 0xFFF9 && c <= 0xFFFB) || c == 0xFEFF;
  return turns || none ? Kind::dropped : Kind::kept;
}

/// Shows every character: its kind and its bytes. What is no UTF-8 is shown as U+FFFD.
template <typename Visit>
void each_character(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    std::int32_t character = 0;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &character);
    if (size <= 0) {
      visit(Kind::kept, std::string_view{"\uFFFD"});
      text.remove_prefix(1);
    } else {
      visit(kind_of(character), text.substr(0, static_cast<std::size_t>(size)));
      text.remove_prefix(static_cast<std::size_t>(size));
    }
  }
}

void trim_end(std::string& text) {
  while (text.ends_with(' ')) text.pop_back();
}

/// "Storgatan 12" and "HÖÖR KVARNBÄCK 1:23" are places one is at; coordinates and free words are places one is by.
bool is_address(std::string_view place) {
  const auto digit = place.find_first_of("0123456789");
  return digit != place.npos && digit > 1 && place[digit - 1] == ' ' && !std::isdigit(static_cast<unsigned char>(place.front()));
}

std::string two_digits(std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }

}  // namespace

std::string on_one_line(std::string_view text) {
  std::string line;
  each_character(text, [&](Kind kind, std::string_view bytes) {
    if (kind == Kind::dropped) return;
    if (kind != Kind::kept || bytes == " ") {
      if (!line.empty() && !line.ends_with(' ')) line += ' ';
    } else {
      line += bytes;
    }
  });
  trim_end(line);
  return line;
}

std::vector<std::string> in_lines(std::string_view text) {
  std::vector<std::string> lines(1);
  each_character(text, [&](Kind kind, std::string_view bytes) {
    if (kind == Kind::newline) lines.emplace_back();
    else if (kind == Kind::space) lines.back() += ' ';
    else if (kind == Kind::kept) lines.back() += bytes;
  });
  for (std::string& line : lines) trim_end(line);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string cut_to(std::string_view text, std::size_t characters) {
  if (characters_in(text) <= characters) return std::string{text};
  std::string cut;
  std::size_t count = 0;
  each_character(text, [&](Kind, std::string_view bytes) {
    if (++count < characters) cut += bytes;
  });
  trim_end(cut);
  return cut + "…";
}

Wording::Wording(Language language) : language_(language) {
  for (const NamedText& one : texts_in(code())) {
    texts_.emplace(one.name, one.text);
    const mustache::mustache parsed{std::string{one.text}};
    if (!parsed.is_valid()) throw Error{ErrorCode::internal, std::string{code()} + ": " + std::string{one.name} + ": " + parsed.error_message()};
    for (const std::string& name : names_in(one.text))
      if (std::ranges::find(kNames, name) == kNames.end())
        throw Error{ErrorCode::internal, std::string{code()} + ": " + std::string{one.name} + " names \"" + name + "\", which nothing stands for"};
  }
  if (texts_.empty()) throw Error{ErrorCode::internal, "there are no texts in " + std::string{code()}};
}

std::string Wording::say(const std::string& name, const Values& values) const {
  const auto at = texts_.find(name);
  if (at == texts_.end()) throw Error{ErrorCode::internal, std::string{code()} + " has no text \"" + name + "\""};
  if (at->second.find("{{") == std::string_view::npos) return std::string{at->second};
  mustache::data data;
  for (const auto& [key, value] : values)
    if (!value.empty()) data.set(std::string{key}, value);
  mustache::mustache text{std::string{at->second}};
  text.set_custom_escape([](const std::string& value) { return value; });  // it is no markup yet
  return text.render(data);
}

std::string Wording::word(const std::string& group, std::string_view of_code) const {
  const auto at = texts_.find(group + "." + std::string{of_code});
  return at == texts_.end() ? "" : std::string{at->second};
}

std::string Wording::number(std::int64_t n) const {
  const std::string in_words = word("numbers", std::to_string(n));
  return in_words.empty() ? std::to_string(n) : in_words;
}

std::string Wording::count(const std::string& name, std::int64_t n, Values values) const {
  values.emplace_back("n", std::to_string(n));
  if (n == 1) values.emplace_back("one", "1");
  return say(name, values);
}

namespace {

struct Parts {
  std::chrono::year_month_day date;
  unsigned weekday;  ///< from Sunday
  std::int64_t hour, minute;
};

Parts parts_of(Instant instant, const TimeZone& zone) {
  const LocalTime local = zone.to_local(instant);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto time = local - day;
  const std::chrono::sys_days civil{day.time_since_epoch()};
  return {std::chrono::year_month_day{civil}, std::chrono::weekday{civil}.c_encoding(), time / std::chrono::hours{1},
          time % std::chrono::hours{1} / std::chrono::minutes{1}};
}

std::string day_of(const Parts& parts) { return std::to_string(unsigned{parts.date.day()}); }
std::string month_number(const Parts& parts) { return std::to_string(unsigned{parts.date.month()} - 1); }
std::string year_of(const Parts& parts) { return std::to_string(int{parts.date.year()}); }

}  // namespace

std::string Wording::moment(Instant instant, const TimeZone& zone, std::optional<Instant> from) const {
  const Parts parts = parts_of(instant, zone);
  const bool other_year = from && parts_of(*from, zone).date.year() != parts.date.year();
  return say("moment", {{"weekday", word("weekdays", std::to_string(parts.weekday))},
                        {"day", day_of(parts)},
                        {"month", word("months", month_number(parts))},
                        {"year", other_year ? year_of(parts) : ""},
                        {"hour", two_digits(parts.hour)},
                        {"minute", two_digits(parts.minute)}});
}

std::string Wording::short_day(Instant instant, const TimeZone& zone) const {
  const Parts parts = parts_of(instant, zone);
  return say("short_day", {{"weekday", word("weekdays_short", std::to_string(parts.weekday))},
                           {"day", day_of(parts)},
                           {"month", word("months_short", month_number(parts))}});
}

std::string Wording::date(Instant instant, const TimeZone& zone) const {
  const Parts parts = parts_of(instant, zone);
  return say("date", {{"day", day_of(parts)}, {"month", word("months", month_number(parts))}, {"year", year_of(parts)}});
}

std::string Wording::limit(int days, int hours) const {
  const int n = days > 0 ? days : hours;
  return say(days > 0 ? "days" : "hours", {{"n", number(n)}, {"one", n == 1 ? "1" : ""}});
}

std::string Wording::left(std::int64_t hours) const {
  constexpr std::int64_t kTold = 72;  // the day says it better when it is farther away
  if (hours < 0 || hours > kTold) return "";
  return hours == 0 ? say("less_than_an_hour") : limit(0, static_cast<int>(hours));
}

std::string Wording::what(Category category, std::optional<Surface> surface, std::optional<ObjectType> object_type) const {
  std::string named = word("categories", to_code(category));
  for (const std::string& more : {surface ? word("surfaces", to_code(*surface)) : "", object_type ? word("object_types", to_code(*object_type)) : ""})
    if (!more.empty()) named += ", " + more;
  return named;
}

std::string Wording::at(const std::string& place) const {
  return place.empty() ? "" : say(is_address(place) ? "at_address" : "at_other", {{"place", place}});
}

}  // namespace klotterkoll
