#include "domain/place.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

namespace klotterkoll {
namespace {

constexpr double kEarthRadius_m = 6'371'008.8;
constexpr double kMetresPerDegree = kEarthRadius_m * std::numbers::pi / 180;
constexpr double kCellHeight = 0.0005;
constexpr double kCellWidth = 0.001;
constexpr std::int64_t kCellsPerRow = 1'000'000;  // more than 360 / kCellWidth

double radians(double angle) { return angle * std::numbers::pi / 180; }
std::int64_t row_of(double lat) { return static_cast<std::int64_t>(std::floor((lat + 90) / kCellHeight)); }
std::int64_t column_of(double lon) { return static_cast<std::int64_t>(std::floor((lon + 180) / kCellWidth)); }

}  // namespace

double distance_m(Point a, Point b) {
  const double lat = std::sin(radians(b.lat - a.lat) / 2), lon = std::sin(radians(b.lon - a.lon) / 2);
  const double h = lat * lat + std::cos(radians(a.lat)) * std::cos(radians(b.lat)) * lon * lon;
  return 2 * kEarthRadius_m * std::asin(std::sqrt(std::min(1.0, h)));
}

std::int64_t cell_of(Point point) { return row_of(point.lat) * kCellsPerRow + column_of(point.lon); }

std::vector<CellRange> cells_around(Point point, double radius_m) {
  const double height = radius_m / kMetresPerDegree;
  // The parallel nearest the pole is the shortest, so that its degrees reach furthest.
  const double widest_lat = std::min(89.0, std::abs(point.lat) + height);
  const double width = height / std::cos(radians(widest_lat));
  std::vector<CellRange> ranges;
  for (auto row = row_of(point.lat - height); row <= row_of(point.lat + height); ++row)
    ranges.push_back({row * kCellsPerRow + column_of(point.lon - width), row * kCellsPerRow + column_of(point.lon + width)});
  return ranges;
}

std::string degrees(double value) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 5);
  std::string written{text.data(), end};
  written.erase(written.find_last_not_of('0') + 1);
  return written.ends_with('.') ? written + '0' : written;
}

std::string in_words(const Place& place) {
  if (!place.address.empty()) return place.address;
  if (!place.designation.empty()) return place.designation;
  return place.point ? degrees(place.point->lat) + ", " + degrees(place.point->lon) : "";
}

}  // namespace klotterkoll
