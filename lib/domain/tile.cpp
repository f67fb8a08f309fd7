#include "domain/tile.h"

#include <cmath>
#include <numbers>

namespace klotterkoll {

using namespace std::string_view_literals;

std::optional<TileId> tile_of(int z, int x, int y) {
  if (z < 0 || z > kClosestTile || x < 0 || y < 0 || x >= 1 << z || y >= 1 << z) return std::nullopt;
  return TileId{z, x, y};
}

Area area_of(const TileId& tile) {
  const double across = std::ldexp(1.0, tile.z);
  const auto lat = [&](int y) { return std::atan(std::sinh(std::numbers::pi * (1 - 2 * y / across))) * 180 / std::numbers::pi; };
  const auto lon = [&](int x) { return x / across * 360 - 180; };
  return {lat(tile.y + 1), lon(tile.x), lat(tile.y), lon(tile.x + 1)};
}

std::string_view picture_type(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff"sv)) return "image/jpeg";
  if (bytes.size() > 12 && bytes.starts_with("RIFF"sv) && bytes.substr(8, 4) == "WEBP"sv) return "image/webp";
  return "";
}

}  // namespace klotterkoll
