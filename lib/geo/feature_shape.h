#pragma once

#include <string>

#include "domain/land.h"
#include "geo/sweref.h"

namespace klotterkoll {

/// The shape of a feature in WGS 84, whichever of its two coordinate systems the file has: SWEREF 99 TM is known by its
/// numbers. A feature without a geometry has an empty one. Rings and lines are as the file has them.
/// Throws Error{malformed} with a sentence: the feature's fault, a type of geometry that is not read, arrays that are not
/// that type's, no coordinates, north before east, metres of another system.
Shape shape_of(const Feature& feature, const Sweref& sweref);

}  // namespace klotterkoll
