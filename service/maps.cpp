#include "maps.h"

#include <spdlog/spdlog.h>

#include "notify/tile_fetcher.h"

namespace klotterkoll {
namespace {

void log_fault(const TileId& tile, const std::string& fault) { spdlog::warn("tile {}/{}/{} could not be fetched: {}", tile.z, tile.x, tile.y, fault); }

}  // namespace

Maps::Maps(Store& store, const std::string& pattern, std::string named, int closest)
    : cases(store), outlines(store), attribution(std::move(named)), closest_tiles(closest),
      source_(pattern.empty() ? nullptr : std::make_unique<TileFetcher>(pattern)),
      tiles(source_ ? std::make_unique<TileCache>(*source_, log_fault) : nullptr) {}

Maps::~Maps() = default;

}  // namespace klotterkoll
