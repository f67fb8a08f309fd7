#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace klotterkoll {

/// What two spellings of the same street address have in common: "Storgatan 12 A", "STORGATAN 12a" and
/// "storgatan 12 A, 243 30 Höör" all give "storgatan 12a".
///
/// Folded; punctuation counts as a space; a number and a single letter after it are joined. A postcode after
/// a comma is dropped with what follows it. A town without a postcode stays, because after a comma as well an
/// entrance may stand ("Storgatan 12, uppgång B"). The key of a key is itself.
std::string address_key(std::string_view address);

/// Every key that is a prefix of the address by whole words and numbers, the longest first: "storgatan 12a" gives
/// "storgatan 12a", "storgatan 12", "storgatan"; "Storgatanvägen 3" does not begin with "Storgatan", nor "Storgatan 12"
/// with "Storgatan 1". Look-ups by these replace comparing with every rule there is.
std::vector<std::string> address_prefixes(std::string_view address);

/// Each address once, in its first spelling; those without a key are left out.
std::vector<std::string> distinct_addresses(std::vector<std::string> addresses);

}  // namespace klotterkoll
