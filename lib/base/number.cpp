#include "base/number.h"

#include <charconv>
#include <string>

#include "base/text.h"

namespace klotterkoll {
namespace {

/// Trimmed, with "+" left out and the typographic minus, which Swedish number formats use, as "-".
std::string with_plain_sign(std::string_view text) {
  constexpr std::string_view minus = "\u2212";
  std::string number = trimmed(text);
  if (number.starts_with(minus)) return '-' + number.substr(minus.size());
  // A second sign is left for the digits' check to refuse.
  if (number.starts_with('+')) return number.substr(1).starts_with('-') ? "" : number.substr(1);
  return number;
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at;
}

}  // namespace

std::optional<double> parse_decimal(std::string_view text) {
  std::string number = with_plain_sign(text);
  const std::size_t first = number.starts_with('-') ? 1 : 0;
  std::size_t at = skip_digits(number, first);
  if (at == first) return std::nullopt;
  if (at < number.size() && (number[at] == '.' || number[at] == ',')) {
    number[at] = '.';
    const std::size_t fraction = at + 1;
    at = skip_digits(number, fraction);
    if (at == fraction) return std::nullopt;
  }
  // Checked here because from_chars would go on to take "1e5" and "inf".
  if (at != number.size()) return std::nullopt;
  double value = 0;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), value);
  return problem == std::errc{} ? std::optional{value} : std::nullopt;
}

}  // namespace klotterkoll
