#pragma once

#include <optional>
#include <string_view>

namespace klotterkoll {

/// "55.9362", "55,9362", "-13,5", "+7": digits with one decimal point or comma between them, a sign, spaces
/// around. Nothing for thousands separators (whichever of 1.234 and 1,234 was meant, it is read as a
/// decimal), exponents, hexadecimal, NaN, infinity, and what no double holds.
std::optional<double> parse_decimal(std::string_view text);

}  // namespace klotterkoll
