#include "domain/shape.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <limits>
#include <numbers>
#include <vector>

namespace klotterkoll {
namespace {

constexpr double kMetresPerDegree = 6'371'008.8 * std::numbers::pi / 180;
constexpr double kWidest_degrees = 10;
/// Rings that overlap by no more than this cross only because their points were rounded: three steps of the grid.
constexpr double kTouch = 3;

template <typename Visit>
void each_edge(const std::vector<Point>& line, Visit&& visit) {
  for (std::size_t i = 1; i < line.size(); ++i) visit(on_grid(line[i - 1]), on_grid(line[i]));
}

template <typename Visit>
void each_ring(const Polygon& polygon, Visit&& visit) {
  visit(polygon.outer);
  for (const auto& hole : polygon.holes) visit(hole);
}

bool ring_holds(const std::vector<Point>& ring, GridPoint point) {
  bool inside = false;
  each_edge(ring, [&](GridPoint a, GridPoint b) { inside ^= crosses_ray(a, b, point); });
  return inside;
}

bool polygon_holds(const Polygon& polygon, GridPoint point) {
  bool inside = false;
  each_ring(polygon, [&](const auto& ring) { inside ^= ring_holds(ring, point); });
  return inside;
}

std::vector<Point> snapped(const std::vector<Point>& points) {
  std::vector<Point> out;
  for (const Point& point : points)
    if (const Point next = from_grid(on_grid(point)); out.empty() || next != out.back()) out.push_back(next);
  return out;
}

template <typename Visit>
void each_point(const Shape& shape, Visit&& visit) {
  std::ranges::for_each(shape.points, visit);
  for (const auto& line : shape.lines) std::ranges::for_each(line, visit);
  for (const Polygon& polygon : shape.polygons) each_ring(polygon, [&](const auto& ring) { std::ranges::for_each(ring, visit); });
}

struct Edge {
  GridPoint a, b;
  std::size_t ring = 0, number = 0, count = 0;  ///< which of the ring's edges, of how many
  std::int32_t low() const { return std::min(a.y, b.y); }
  std::int32_t high() const { return std::max(a.y, b.y); }
};

/// How far `p` lies to the left of the edge's line, in steps of the grid.
double left_of(const Edge& edge, GridPoint p) {
  const double dx = double(edge.b.x) - edge.a.x, dy = double(edge.b.y) - edge.a.y, length = std::hypot(dx, dy);
  return length == 0 ? 0 : (dx * (double(p.y) - edge.a.y) - dy * (double(p.x) - edge.a.x)) / length;
}

bool on_both_sides(double one, double other) { return std::min(one, other) < -kTouch && std::max(one, other) > kTouch; }

bool lie_apart(const Edge& one, const Edge& other) {
  return std::max(one.a.x, one.b.x) < std::min(other.a.x, other.b.x) || std::max(other.a.x, other.b.x) < std::min(one.a.x, one.b.x);
}

bool cross(const Edge& one, const Edge& other) {
  return on_both_sides(left_of(one, other.a), left_of(one, other.b)) && on_both_sides(left_of(other, one.a), left_of(other, one.b));
}

/// So many pairs of edges that lie side by side are looked at; a property has a few for each edge, and more would keep others
/// waiting.
constexpr std::size_t kMostPairs = 4'000'000;

std::string crossing_fault(const Polygon& polygon) {
  std::vector<Edge> edges;
  std::size_t ring = 0;
  each_ring(polygon, [&](const auto& points) {
    std::size_t number = 0;
    each_edge(points, [&](GridPoint a, GridPoint b) { edges.push_back({a, b, ring, number++, points.size() - 1}); });
    ++ring;
  });
  std::ranges::sort(edges, {}, &Edge::low);
  std::size_t pairs = 0;
  for (auto one = edges.begin(); one != edges.end(); ++one)
    for (auto other = one + 1; other != edges.end() && other->low() <= one->high(); ++other) {
      if (lie_apart(*one, *other)) continue;
      if (++pairs > kMostPairs) return "The polygon is too intricate to be checked: too many of its edges lie side by side. Simplify it.";
      const auto apart = one->number > other->number ? one->number - other->number : other->number - one->number;
      const bool neighbours = one->ring == other->ring && (apart <= 1 || apart + 1 == one->count);
      if (!neighbours && cross(*one, *other)) return "The polygon crosses itself.";
    }
  return "";
}

std::string ring_fault(const std::vector<Point>& ring, const char* what) {
  const std::string name{what};
  if (ring.empty()) return "The polygon is empty.";
  if (ring.front() != ring.back()) return name + " is open: its last point must be its first.";
  if (snapped(ring).size() < 4) return name + " has fewer than three different corners.";
  return "";
}

/// To be asked when nothing crosses: of a bow tie the halves cancel each other out.
bool has_area(const std::vector<Point>& ring) {
  std::vector<GridPoint> corners;
  std::ranges::transform(ring, std::back_inserter(corners), on_grid);
  return doubled_area(corners) > 0;
}

std::string polygon_fault(const Polygon& polygon) {
  if (std::string fault = ring_fault(polygon.outer, "The outer ring"); !fault.empty()) return fault;
  for (const auto& hole : polygon.holes)
    if (std::string fault = ring_fault(hole, "A hole"); !fault.empty()) return fault;
  if (std::string fault = crossing_fault(polygon); !fault.empty()) return fault;
  if (!has_area(polygon.outer) || !std::ranges::all_of(polygon.holes, has_area)) return "The polygon, or a hole of it, has no area.";
  // Since no ring crosses another, one corner tells of a hole; it must not lie so near the edge that rounding decides.
  for (const auto& hole : polygon.holes)
    for (const Point& corner : hole) {
      double nearest = std::numeric_limits<double>::infinity();
      const GridPoint point = on_grid(corner);
      each_edge(polygon.outer, [&](GridPoint a, GridPoint b) {
        const double dx = double(b.x) - a.x, dy = double(b.y) - a.y, square = dx * dx + dy * dy;
        const double along = square == 0 ? 0 : std::clamp(((double(point.x) - a.x) * dx + (double(point.y) - a.y) * dy) / square, 0.0, 1.0);
        nearest = std::min(nearest, std::hypot(double(point.x) - a.x - along * dx, double(point.y) - a.y - along * dy));
      });
      if (nearest <= kTouch) continue;
      if (!ring_holds(polygon.outer, point)) return "A hole lies outside the polygon.";
      break;
    }
  return "";
}

/// Coordinates that cannot be those of a shape, wherever it should lie.
std::string extent_fault(const Shape& shape) {
  if (shape.empty()) return "The shape is empty.";
  bool on_earth = true;
  // Written so that what is not a number fails too.
  each_point(shape, [&](const Point& p) { on_earth = on_earth && p.lat >= -90 && p.lat <= 90 && p.lon >= -180 && p.lon <= 180; });
  if (!on_earth) return "The coordinates are no degrees: longitude goes from -180 to 180 and latitude from -90 to 90 (WGS 84).";
  const Area box = bounds_of(shape);
  if (box.north - box.south > kWidest_degrees || box.east - box.west > kWidest_degrees) return "The shape is hundreds of kilometres wide.";
  return "";
}

std::string geometry_fault(const Shape& shape) {
  for (const auto& line : shape.lines)
    if (snapped(line).size() < 2) return "A line has fewer than two different points.";
  for (const Polygon& polygon : shape.polygons)
    if (std::string fault = polygon_fault(polygon); !fault.empty()) return fault;
  return "";
}

std::string degrees(double lat, double lon) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6f, %.6f", lat, lon);
  return text;
}

/// Why what lies in the box cannot belong to the municipality.
std::string place_fault(const Area& box, const Municipality& municipality) {
  if (box.south > box.north) return "";  // rings without a corner, which the geometry tells
  const Point south_west{box.south, box.west}, north_east{box.north, box.east};
  if (municipality.calendar == Calendar::se && !(kSweden.contains(south_west) && kSweden.contains(north_east))) {
    const Point out = kSweden.contains(south_west) ? north_east : south_west;
    if (kSweden.contains({out.lon, out.lat}))
      return "lat and lon are swapped: " + degrees(out.lat, out.lon) +
             " lies outside Sweden, the other way round inside; lat is about 55 to 69, lon 11 to 24.";
    return "It lies outside Sweden: lat and lon of a corner are " + degrees(out.lat, out.lon) + ".";
  }
  if (const auto& own = municipality.area;
      own && (box.north < own->south || box.south > own->north || box.east < own->west || box.west > own->east))
    return "It lies outside " + municipality.name + ", at " + degrees(box.south, box.west) + ".";
  return "";
}

}  // namespace

GridPoint on_grid(Point point) {
  return {static_cast<std::int32_t>(std::llround(point.lon * kGridPerDegree)), static_cast<std::int32_t>(std::llround(point.lat * kGridPerDegree))};
}

Point from_grid(GridPoint point) { return {point.y / kGridPerDegree, point.x / kGridPerDegree}; }

GridScale::GridScale(Point near)
    : x_m(kMetresPerDegree / kGridPerDegree * std::cos(near.lat * std::numbers::pi / 180)), y_m(kMetresPerDegree / kGridPerDegree) {}

double GridScale::distance_m(GridPoint p, GridPoint a, GridPoint b) const {
  const double dx = (double(b.x) - a.x) * x_m, dy = (double(b.y) - a.y) * y_m;
  const double px = (double(p.x) - a.x) * x_m, py = (double(p.y) - a.y) * y_m;
  const double square = dx * dx + dy * dy;
  const double along = square == 0 ? 0 : std::clamp((px * dx + py * dy) / square, 0.0, 1.0);
  return std::hypot(px - along * dx, py - along * dy);
}

bool covers(const Shape& shape, Point point) {
  const GridPoint at = on_grid(point);
  return std::ranges::any_of(shape.polygons, [&](const Polygon& polygon) { return polygon_holds(polygon, at); });
}

double distance_m(const Shape& shape, Point point) {
  if (covers(shape, point)) return 0;
  const GridScale scale{point};
  const GridPoint at = on_grid(point);
  double nearest = std::numeric_limits<double>::infinity();
  const auto consider = [&](GridPoint a, GridPoint b) { nearest = std::min(nearest, scale.distance_m(at, a, b)); };
  for (const Point& one : shape.points) consider(on_grid(one), on_grid(one));
  for (const auto& line : shape.lines) each_edge(line, consider);
  for (const Polygon& polygon : shape.polygons) each_ring(polygon, [&](const auto& ring) { each_edge(ring, consider); });
  return nearest;
}

Shape snapped(const Shape& shape) {
  Shape out;
  for (const Point& point : shape.points) out.points.push_back(from_grid(on_grid(point)));
  for (const auto& line : shape.lines) out.lines.push_back(snapped(line));
  for (const Polygon& polygon : shape.polygons) {
    Polygon& kept = out.polygons.emplace_back();
    kept.outer = snapped(polygon.outer);
    for (const auto& hole : polygon.holes) kept.holes.push_back(snapped(hole));
  }
  return out;
}

double doubled_area(std::span<const GridPoint> ring) {
  double sum = 0;
  for (std::size_t i = 1; i < ring.size(); ++i) {
    // From the first corner, so that small areas far from the grid's origin keep their digits.
    const double ax = double(ring[i - 1].x) - ring[0].x, ay = double(ring[i - 1].y) - ring[0].y;
    const double bx = double(ring[i].x) - ring[0].x, by = double(ring[i].y) - ring[0].y;
    sum += ax * by - bx * ay;
  }
  return std::abs(sum);
}

Area bounds_of(const Shape& shape) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Area box{kFar, kFar, -kFar, -kFar};
  each_point(shape, [&](const Point& p) {
    box = {std::min(box.south, p.lat), std::min(box.west, p.lon), std::max(box.north, p.lat), std::max(box.east, p.lon)};
  });
  return box;
}

std::string fault_in(const Shape& shape) {
  if (std::string fault = extent_fault(shape); !fault.empty()) return fault;
  return geometry_fault(shape);
}

std::string fault_in(const Shape& shape, const Municipality& municipality) {
  if (std::string fault = extent_fault(shape); !fault.empty()) return fault;
  if (std::string fault = place_fault(bounds_of(shape), municipality); !fault.empty()) return fault;
  return geometry_fault(shape);
}

}  // namespace klotterkoll
