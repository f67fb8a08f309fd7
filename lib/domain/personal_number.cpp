#include "domain/personal_number.h"

#include <string>

namespace klotterkoll {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Of ten digits: the date's month and day, and the check digit.
bool is_right(std::string_view ten) {
  const auto two = [&](std::size_t at) { return (ten[at] - '0') * 10 + (ten[at + 1] - '0'); };
  const int month = two(2), day = two(4) > 60 ? two(4) - 60 : two(4);
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  int sum = 0;
  for (std::size_t i = 0; i < ten.size(); ++i) {
    const int product = (ten[i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += product / 10 + product % 10;
  }
  return sum % 10 == 0;
}

/// Is there one of `date_digits` and four at `at`?
bool stands_at(std::string_view text, std::size_t at, std::size_t date_digits) {
  std::string digits;
  std::size_t next = at;
  for (; next < text.size() && is_digit(text[next]) && digits.size() < date_digits; ++next) digits += text[next];
  if (digits.size() < date_digits) return false;
  if (next < text.size() && (text[next] == '-' || text[next] == '+' || text[next] == ' ')) ++next;
  for (; next < text.size() && is_digit(text[next]) && digits.size() < date_digits + 4; ++next) digits += text[next];
  if (digits.size() < date_digits + 4 || (next < text.size() && is_digit(text[next]))) return false;
  if (date_digits == 8 && !(digits.starts_with("19") || digits.starts_with("20"))) return false;
  return is_right(std::string_view{digits}.substr(date_digits - 6));
}

}  // namespace

bool mentions_personal_number(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if (is_digit(text[at]) && (at == 0 || !is_digit(text[at - 1])) && (stands_at(text, at, 6) || stands_at(text, at, 8))) return true;
  return false;
}

}  // namespace klotterkoll
