#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "domain/tile.h"

namespace klotterkoll {

/// Tiles of the base map on their way to browsers, which ask nobody but us. Keeps those used last within a bound; a tile is asked for once,
/// however many want it, and one that could not be had is left alone for a while. Safe to use from several threads.
class TileCache {
 public:
  struct Limits {
    std::size_t bytes = 64 * 1024 * 1024;
    std::size_t waiting = 48;  ///< requests that wait at once; the others are told to come back
    std::chrono::milliseconds patience{12'000};
    std::chrono::seconds fault_for{15}, absent_for{3600};
  };
  using OnFault = std::function<void(const TileId&, const std::string&)>;
  /// `source` ends before this, or is asked by nobody any more.
  TileCache(TileSource& source, OnFault on_fault) : TileCache(source, std::move(on_fault), Limits{}) {}
  TileCache(TileSource& source, OnFault on_fault, Limits limits);

  /// Waits for it. Null: the map has none there. Error{unavailable} when it cannot be had now.
  std::shared_ptr<const Tile> get(const TileId& tile);
  /// Lets nobody wait any more.
  void stop();
  /// Of what is kept.
  std::size_t bytes();

 private:
  struct Kept {
    std::shared_ptr<const Tile> tile;  ///< null: a fault, or absent
    bool absent = false;
    std::chrono::steady_clock::time_point came, until;
    std::list<TileId>::iterator order;
  };
  struct State {
    std::mutex mutex;
    std::condition_variable came;
    std::map<TileId, Kept> kept;
    std::list<TileId> order;  ///< the one used last at the end
    std::map<TileId, std::chrono::steady_clock::time_point> asked;  ///< since when each is under way
    std::size_t bytes = 0, waiting = 0;
    bool stopped = false;
  };
  static void take(State& state, const Limits& limits, const TileId& tile, TileAnswer answer);
  static void forget(State& state, std::map<TileId, Kept>::iterator kept);

  TileSource& source_;
  const OnFault on_fault_;
  const Limits limits_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();  ///< shared with answers that are still to come
};

}  // namespace klotterkoll
