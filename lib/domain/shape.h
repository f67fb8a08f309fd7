#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "domain/land.h"

namespace klotterkoll {

// Geometry of shapes, exact: points lie on a grid of 1e-7 degrees (a centimetre), so that neighbours who share an edge share
// it to the last digit, and a point on it belongs to one of the two.

struct GridPoint {
  std::int32_t x = 0;  ///< longitude
  std::int32_t y = 0;  ///< latitude
  auto operator<=>(const GridPoint&) const = default;
};
inline constexpr double kGridPerDegree = 1e7;

/// The nearest point of the grid. `point` must be of the earth.
GridPoint on_grid(Point point);
Point from_grid(GridPoint point);

/// Does the ray from `p` to the east cross the edge from `a` to `b`? A point is inside a ring when its ray crosses an odd
/// number of edges. An edge holds its lower end and not its upper one, so that of a partition exactly one holds each point.
/// Exact for edges of up to 90 degrees.
inline bool crosses_ray(GridPoint a, GridPoint b, GridPoint p) {
  if ((a.y <= p.y) == (b.y <= p.y)) return false;
  const auto side = (std::int64_t{b.x} - a.x) * (std::int64_t{p.y} - a.y) - (std::int64_t{p.x} - a.x) * (std::int64_t{b.y} - a.y);
  return b.y > a.y ? side > 0 : side < 0;
}

/// Metres of a grid step at a latitude, as if the earth were flat there: right to a centimetre within a kilometre.
struct GridScale {
  explicit GridScale(Point near);
  double x_m, y_m;
  /// From `p` to the nearest point of the edge.
  double distance_m(GridPoint p, GridPoint a, GridPoint b) const;
};

/// Does one of its polygons hold the point? Holes are not part of it.
bool covers(const Shape& shape, Point point);
/// Metres from the point to the nearest of its points, lines and edges; 0 on a polygon. Infinite for an empty shape.
double distance_m(const Shape& shape, Point point);
/// The shape with its points on the grid, and without points that repeat the one before.
Shape snapped(const Shape& shape);

/// Twice the area that the ring encloses, in squares of the grid.
double doubled_area(std::span<const GridPoint> ring);

/// What lies at the edges of a shape, which must not be empty.
Area bounds_of(const Shape& shape);

/// What is wrong with it, in a sentence; empty when nothing is: nothing in it, coordinates that are no degrees, hundreds of
/// kilometres wide, a line of one point, a ring that is open, has no area, or crosses itself or another of its polygon by more
/// than 3 cm, a hole outside. Rings may touch. A large one takes a tenth of a second.
std::string fault_in(const Shape& shape);
/// The same of a shape of this municipality, for files and people alike: beyond that a part of it lies outside Sweden for a
/// Swedish one, where swapped coordinates are named as such, or all of it outside the municipality's area.
std::string fault_in(const Shape& shape, const Municipality& municipality);

}  // namespace klotterkoll
