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

/// What lies at the edges of a shape, which must not be empty.
Area bounds_of(const Shape& shape);

/// Why a shape cannot belong to the municipality, in a sentence; empty when it can: a part of it lies outside Sweden for a
/// Swedish one, or all of it outside the municipality's area.
std::string place_fault(const Shape& shape, const Municipality& municipality);

}  // namespace klotterkoll
