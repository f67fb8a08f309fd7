#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "domain/place.h"

namespace klotterkoll {

/// A square of a base map in the usual scheme of the web: at zoom z there are 2^z by 2^z of them, from north-west.
struct TileId {
  int z = 0, x = 0, y = 0;
  auto operator<=>(const TileId&) const = default;
};
inline constexpr int kClosestTile = 19;
/// Nothing when there is no such tile.
std::optional<TileId> tile_of(int z, int x, int y);
/// What it covers.
Area area_of(const TileId& tile);

/// The picture of a tile as it came.
struct Tile {
  std::string bytes;
  std::string_view content_type;
};
inline constexpr std::size_t kLargestTile = 1024 * 1024;
/// "image/png", "image/jpeg" or "image/webp", by how such a picture begins, whatever its sender calls it; empty when it is none.
std::string_view picture_type(std::string_view bytes);

/// What became of asking for a tile.
struct TileAnswer {
  std::optional<Tile> tile = {};
  bool absent = false;     ///< the map has none there
  std::string fault = {};  ///< why else there is none, for the log; without the address, which may hold a key
};

/// The port through which tiles come from the operator's map service.
class TileSource {
 public:
  virtual ~TileSource() = default;
  using Done = std::function<void(TileAnswer)>;
  /// Calls `done` once, later, from a thread of the source; not at all when the source ends first.
  virtual void fetch(const TileId& tile, Done done) = 0;
};

}  // namespace klotterkoll
