#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace klotterkoll {

/// A property's name in the Swedish register, in capitals: HÖÖR KVARNBÄCK 1:23>2.
struct Designation {
  std::string municipality;  ///< the register area: "HÖÖR"
  std::string district;      ///< trakt or kvarter: "KVARNBÄCK", "ELDAREN"
  std::string unit;  ///< "1:23", or "5" in a kvarter; "S:1", "FS:1" and "GA:1" for what properties share
  std::string area;  ///< "2" when one of a property's separate areas is named, else empty

  /// How it is shown: "HÖÖR KVARNBÄCK 1:23>2".
  std::string display() const;
  /// How the property is compared: "höör kvarnbäck 1:23", without the area, since all areas have one owner.
  std::string property_key() const;
  bool operator==(const Designation&) const = default;
};

/// Reads a designation in any case and spacing. `municipality_name` is that of the register ("Höör", not
/// "Höörs kommun") and is supplied where the text leaves it out. Where no other word stands before the unit,
/// the name is the district's: "Höör 1:5" is HÖÖR HÖÖR 1:5. Nothing when there is no district or no unit, and
/// for text above 120 bytes.
std::optional<Designation> parse_designation(std::string_view text, std::string_view municipality_name);

/// What two spellings of the same designation, area included, have in common: "höör kvarnbäck 1:23>2". Text
/// that is no designation gives its folded form, so that it still equals itself.
std::string designation_key(std::string_view text, std::string_view municipality_name);

/// The key of the whole property that the text names, whichever of its areas: what an owner is looked up by.
std::string property_key(std::string_view text, std::string_view municipality_name);

}  // namespace klotterkoll
