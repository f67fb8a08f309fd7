#pragma once

#include <cstdint>

#include "domain/place.h"

namespace klotterkoll {

/// A point on the maps of the web (Web Mercator): whole numbers from 0 to 2^32 - 1, from 180 degrees west to the east and from 85 degrees north
/// to the south. A step is at most a centimetre. At zoom z the world is 2^(z + 8) pixels wide.
struct WorldPoint {
  std::uint32_t x = 0, y = 0;
  bool operator==(const WorldPoint&) const = default;
};

/// Nearest to the poles lies the edge. Never decreasing, so that what is on an edge of an area stays on it.
WorldPoint to_world(Point point);
Point from_world(WorldPoint point);

/// A rectangle of it, edges included.
struct WorldArea {
  std::uint32_t west = 0, north = 0, east = 0, south = 0;
  explicit WorldArea(const Area& area);
  bool holds(WorldPoint point) const { return point.x >= west && point.x <= east && point.y >= north && point.y <= south; }
};

}  // namespace klotterkoll
