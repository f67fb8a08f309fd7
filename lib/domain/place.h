#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace klotterkoll {

/// A point on the earth in WGS 84, degrees.
struct Point {
  double lat = 0;
  double lon = 0;
  bool operator==(const Point&) const = default;
};

/// Metres along the great circle; exact to a part in a thousand, which is finer than a telephone's position.
double distance_m(Point a, Point b);

/// Where something is: at least one of point, address and property designation.
struct Place {
  std::optional<Point> point;
  std::string address;
  std::string designation;

  bool empty() const { return !point && address.empty() && designation.empty(); }
  bool operator==(const Place&) const = default;
};

/// As people write and read it: "55.9362", to a metre.
std::string degrees(double value);
/// How a text names the place: by the address, else the designation, else the coordinates.
std::string in_words(const Place& place);

/// A rectangle of degrees, edges included.
struct Area {
  double south = 0, west = 0, north = 0, east = 0;
  bool contains(Point point) const {
    return point.lat >= south && point.lat <= north && point.lon >= west && point.lon <= east;
  }
  bool operator==(const Area&) const = default;
};

/// What lies plausibly in Sweden, islands and sea border included.
inline constexpr Area kSweden{55.0, 10.5, 69.2, 24.3};

/// The cell of a grid in which a point lies, so that what is near can be found by an index. A cell is 0.0005 degrees
/// high (56 m) and 0.001 degrees wide (62 m at Höör); cells of one row are numbered from west to east.
std::int64_t cell_of(Point point);

/// Neighbouring cells of one row, both ends included.
struct CellRange {
  std::int64_t first;
  std::int64_t last;
};
/// The cells that hold every point within `radius_m` of `point`, a range for each row.
std::vector<CellRange> cells_around(Point point, double radius_m);

}  // namespace klotterkoll
