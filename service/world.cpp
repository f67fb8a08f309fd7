#include "world.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace klotterkoll {
namespace {

constexpr double kSteps = 4294967296.0;
constexpr double kRadian = std::numbers::pi / 180;

std::uint32_t whole(double part) { return static_cast<std::uint32_t>(std::clamp(std::round(part * kSteps), 0.0, kSteps - 1)); }

}  // namespace

WorldPoint to_world(Point point) {
  const double lat = std::clamp(point.lat, -85.05, 85.05) * kRadian;
  return {whole((std::clamp(point.lon, -180.0, 180.0) + 180) / 360), whole((1 - std::asinh(std::tan(lat)) / std::numbers::pi) / 2)};
}

Point from_world(WorldPoint point) {
  return {std::atan(std::sinh(std::numbers::pi * (1 - 2.0 * point.y / kSteps))) / kRadian, point.x / kSteps * 360 - 180};
}

WorldArea::WorldArea(const Area& area) {
  const WorldPoint north_west = to_world({area.north, area.west}), south_east = to_world({area.south, area.east});
  west = north_west.x;
  north = north_west.y;
  east = south_east.x;
  south = south_east.y;
}

}  // namespace klotterkoll
