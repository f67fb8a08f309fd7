#pragma once

#include <memory>
#include <string>

#include "case_map.h"
#include "outline_map.h"
#include "tile_cache.h"

namespace klotterkoll {

/// What maps are made of.
struct Maps {
  /// `tiles` is the address of the base map's tiles with its marks (notify/tile_fetcher.h), empty for none; `attribution` names its makers.
  /// Browsers enlarge the tiles of `closest` where they show more.
  Maps(Store& store, const std::string& tiles, std::string attribution, int closest);
  ~Maps();

  CaseMap cases;
  OutlineMap outlines;
  const std::string attribution;
  const int closest_tiles;  ///< zoom

 private:
  std::unique_ptr<TileSource> source_;

 public:
  const std::unique_ptr<TileCache> tiles;  ///< null: there is no base map
};

}  // namespace klotterkoll
