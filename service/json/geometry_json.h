#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "domain/land.h"

namespace klotterkoll {

/// A GeoJSON geometry (RFC 7946) as a shape: Point, LineString, Polygon and their Multi forms; heights are left out. Appends
/// a fault at `pointer` when it is none; whether the shape is sound is told by workflow/land_register.h.
Shape shape_from_geojson(const nlohmann::json& geometry, const std::string& pointer, std::vector<Fault>& faults);

/// The shape as the simplest geometry that holds it: points of one kind as a Multi form when there are several, different
/// kinds as a GeometryCollection; null when it is empty.
nlohmann::json shape_to_geojson(const Shape& shape);

}  // namespace klotterkoll
