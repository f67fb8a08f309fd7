#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace klotterkoll {

/// The number of a police report as "5000-K123456-26": four digits of the unit, K and one to seven digits,
/// the year's last two. Case, spaces and every kind of dash are forgiven ("5000 k123456 26",
/// "5000K123456–26"), but something must stand before the year: without it a number cut short would be read
/// as another one. Nothing when it is no such number; `police_reference_fault` tells why.
std::optional<std::string> parse_police_reference(std::string_view text);

/// A sentence on what is wrong with a police reference and what would be right; empty when it is right.
std::string police_reference_fault(std::string_view text);

}  // namespace klotterkoll
