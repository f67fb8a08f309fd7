#include "geo/feature_shape.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace klotterkoll {
namespace {

struct GeometryType {
  std::string_view name;
  int level;  ///< arrays around a number
};
constexpr std::array kTypes{GeometryType{"Point", 1},   GeometryType{"MultiPoint", 2},      GeometryType{"LineString", 2},
                            GeometryType{"Polygon", 3}, GeometryType{"MultiLineString", 3}, GeometryType{"MultiPolygon", 4}};

[[noreturn]] void refuse(const std::string& sentence) { throw Error{ErrorCode::malformed, sentence}; }

std::string numbers(double a, double b) {
  std::array<char, 64> text{};
  const double larger = std::max(std::abs(a), std::abs(b));
  std::snprintf(text.data(), text.size(), larger < 1000 ? "%.6f, %.6f" : larger < 1e8 ? "%.1f, %.1f" : "%g, %g", a, b);
  return text.data();
}

void check_numbers(const Position& p) {
  if (std::abs(p.x) <= 180 && std::abs(p.y) <= 90) return;
  if (is_swapped_sweref(p)) refuse("North and east are swapped: " + numbers(p.x, p.y) + " has north first; GeoJSON has east first.");
  if (std::abs(p.x) <= 90 && std::abs(p.y) <= 180)
    refuse("lat and lon are swapped: " + numbers(p.x, p.y) + " has lat first; GeoJSON has lon first.");
  refuse("The position " + numbers(p.x, p.y) + " is neither WGS 84 (degrees) nor SWEREF 99 TM (metres); turn the file into one of them.");
}

std::vector<Point> points_of(std::span<const Position> positions) {
  std::vector<Point> points;
  points.reserve(positions.size());
  for (const Position& p : positions) points.push_back({p.y, p.x});
  return points;
}

/// The positions of each line or ring.
std::vector<std::vector<Point>> parts_of(const Coordinates& from, std::size_t first, std::size_t last) {
  std::vector<std::vector<Point>> parts;
  for (std::size_t i = first; i < last; ++i) {
    const std::size_t begin = i ? from.ends[i - 1] : 0;
    parts.push_back(points_of(std::span{from.positions}.subspan(begin, from.ends[i] - begin)));
  }
  return parts;
}

Polygon polygon_of(std::vector<std::vector<Point>> rings) {
  Polygon polygon;
  polygon.outer = std::move(rings.front());
  polygon.holes.assign(std::make_move_iterator(rings.begin() + 1), std::make_move_iterator(rings.end()));
  return polygon;
}

}  // namespace

Shape shape_of(const Feature& feature, const Sweref& sweref) {
  if (!feature.fault.empty()) refuse(feature.fault);
  Shape shape;
  const std::string& type = feature.geometry_type;
  if (type.empty()) {
    if (!feature.coordinates.positions.empty()) refuse("The geometry has no type.");
    return shape;
  }
  const auto known = std::ranges::find(kTypes, type, &GeometryType::name);
  if (known == kTypes.end()) refuse("A geometry of type " + shortened(type, 40) + " is not read; points, lines and polygons are.");
  if (feature.coordinates.positions.empty()) refuse("The " + type + " is empty.");
  if (feature.coordinates.level != known->level) refuse("The coordinates are not nested as those of a " + type + ".");

  Coordinates metres;
  const Coordinates* from = &feature.coordinates;
  if (std::ranges::all_of(from->positions, is_sweref)) {
    metres = *from;
    sweref.to_wgs84(metres.positions);
    from = &metres;
  }
  for (const Position& p : from->positions) check_numbers(p);

  if (type == "Point" || type == "MultiPoint") shape.points = points_of(from->positions);
  if (type == "LineString" || type == "MultiLineString") shape.lines = parts_of(*from, 0, from->ends.size());
  if (type == "Polygon") shape.polygons.push_back(polygon_of(parts_of(*from, 0, from->ends.size())));
  if (type == "MultiPolygon")
    for (std::size_t i = 0; i < from->group_ends.size(); ++i)
      shape.polygons.push_back(polygon_of(parts_of(*from, i ? from->group_ends[i - 1] : 0, from->group_ends[i])));
  return shape;
}

}  // namespace klotterkoll
