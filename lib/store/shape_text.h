#pragma once

#include <string>
#include <string_view>

#include "domain/land.h"

namespace klotterkoll {

/// A shape as it is stored: its parts with a space between, each a letter (p points, l a line, o an outer ring, h a hole of
/// the ring before it) and the steps from point to point in units of 1e-7 degrees, in the manner of an encoded polyline. A
/// ring's last point, which is its first, is left out. A parcel takes about 50 bytes.
std::string shape_to_text(const Shape& shape);
/// Throws Error{internal} for text that is none.
Shape shape_from_text(std::string_view text);

}  // namespace klotterkoll
