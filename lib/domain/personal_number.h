#pragma once

#include <string_view>

namespace klotterkoll {

/// Does something in the text look like a Swedish personal number (personnummer) or coordination number? Six or eight digits of a
/// date, a day being counted up by 60 in coordination numbers, then a hyphen, a plus sign, a space or nothing, and four digits of
/// which the last is right by the Luhn rule. What is part of a longer number is none.
/// Source   Folkbokföringslag (1991:481) 18 §; Lag (2022:1697) om samordningsnummer.
bool mentions_personal_number(std::string_view text);

}  // namespace klotterkoll
