#pragma once

#include "domain/land.h"

namespace klotterkoll {

/// What a property register would hold of the demonstration's places: made up, as `demo_stories.h` says.
const std::vector<Property>& demo_properties();
const std::vector<PlacedObject>& demo_objects();
/// The addresses of the properties, and other names.
std::vector<AddressPoint> demo_addresses();

}  // namespace klotterkoll
