#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "domain/tile.h"
#include "notify/transfer_loop.h"

namespace klotterkoll {

/// "https://tiles.example.se/{z}/{x}/{y}.png", or another address with the three marks. Throws Error{refused} with a sentence when it
/// is none.
void require_tile_url(const std::string& pattern);

/// Fetches tiles from the address that the operator gave, which may be in a network of its own. No redirect is followed, no proxy asked; what
/// is no picture, or larger than kLargestTile, is a fault.
class TileFetcher final : public TileSource {
 public:
  struct Limits {
    std::chrono::milliseconds timeout{10'000}, connect_timeout{4'000};
    std::size_t at_once = 8;
    std::string ca_file = {};  ///< PEM; empty: the system's
  };
  /// Throws as require_tile_url.
  explicit TileFetcher(std::string pattern) : TileFetcher(std::move(pattern), Limits{}) {}
  TileFetcher(std::string pattern, Limits limits);

  void fetch(const TileId& tile, Done done) override;

 private:
  const std::string pattern_, receiver_;
  const Limits limits_;
  TransferLoop loop_;  // the last one: it ends before what it reads
};

}  // namespace klotterkoll
