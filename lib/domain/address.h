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

/// Whether the address begins with the prefix, by whole words and numbers: "Storgatan" begins "Storgatan 12"
/// but not "Storgatanvägen 3"; "Storgatan 1" begins "Storgatan 1" and "Storgatan 1A" but not "Storgatan 12".
/// Both may be given as typed or as keys. An empty prefix begins nothing.
bool address_has_prefix(std::string_view address, std::string_view prefix);

/// Every key that is a prefix of the address in that sense, the longest first: "storgatan 12a" gives "storgatan 12a",
/// "storgatan 12", "storgatan". Look-ups by these replace comparing with every rule there is.
std::vector<std::string> address_prefixes(std::string_view address);

}  // namespace klotterkoll
