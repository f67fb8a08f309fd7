#include "tile_cache.h"

#include <utility>

#include "base/error.h"

namespace klotterkoll {
namespace {

/// What a tile costs beside its bytes; also what an absent one counts for.
constexpr std::size_t kOverhead = 256;

[[noreturn]] void refuse() { throw Error{ErrorCode::unavailable, "This part of the map cannot be had now."}; }

}  // namespace

TileCache::TileCache(TileSource& source, OnFault on_fault, Limits limits) : source_(source), on_fault_(std::move(on_fault)), limits_(limits) {}

void TileCache::forget(State& state, std::map<TileId, Kept>::iterator kept) {
  state.bytes -= kOverhead + (kept->second.tile ? kept->second.tile->bytes.size() : 0);
  state.order.erase(kept->second.order);
  state.kept.erase(kept);
}

void TileCache::take(State& state, const Limits& limits, const TileId& tile, TileAnswer answer) {
  const std::lock_guard lock{state.mutex};
  state.asked.erase(tile);
  if (const auto before = state.kept.find(tile); before != state.kept.end()) forget(state, before);
  Kept one;
  if (answer.tile) one.tile = std::make_shared<const Tile>(std::move(*answer.tile));
  one.absent = answer.absent;
  const auto now = std::chrono::steady_clock::now();
  // What the map shows may change, but not from one hour to the next.
  one.came = now;
  one.until = now + (one.tile ? std::chrono::hours{24} : answer.absent ? limits.absent_for : limits.fault_for);
  one.order = state.order.insert(state.order.end(), tile);
  state.bytes += kOverhead + (one.tile ? one.tile->bytes.size() : 0);
  state.kept.emplace(tile, std::move(one));
  while (state.bytes > limits.bytes && state.order.size() > 1) forget(state, state.kept.find(state.order.front()));
  state.came.notify_all();
}

std::shared_ptr<const Tile> TileCache::get(const TileId& tile) {
  const auto begun = std::chrono::steady_clock::now();
  State& state = *state_;
  std::unique_lock lock{state.mutex};
  bool counted = false;
  const auto leave = [&] {
    if (counted) --state.waiting;
  };
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    if (const auto at = state.kept.find(tile); at != state.kept.end()) {
      if (now < at->second.until || at->second.came >= begun) {
        state.order.splice(state.order.end(), state.order, at->second.order);
        leave();
        if (!at->second.tile && !at->second.absent) refuse();
        return at->second.tile;
      }
      forget(state, at);
    }
    if (state.stopped || now >= begun + limits_.patience || (!counted && state.waiting >= limits_.waiting)) {
      leave();
      refuse();
    }
    if (!counted) {
      counted = true;
      ++state.waiting;
    }
    // Whoever asked before may have been forgotten by the source.
    const auto [since, is_first] = state.asked.try_emplace(tile, now);
    if (is_first || now > since->second + 2 * limits_.patience) {
      since->second = now;
      lock.unlock();
      source_.fetch(tile, [shared = state_, limits = limits_, on_fault = on_fault_, tile](TileAnswer answer) {
        if (!answer.fault.empty() && on_fault) on_fault(tile, answer.fault);
        take(*shared, limits, tile, std::move(answer));
      });
      lock.lock();
      continue;
    }
    state.came.wait_until(lock, begun + limits_.patience);
  }
}

void TileCache::stop() {
  const std::lock_guard lock{state_->mutex};
  state_->stopped = true;
  state_->came.notify_all();
}

std::size_t TileCache::bytes() {
  const std::lock_guard lock{state_->mutex};
  return state_->bytes;
}

}  // namespace klotterkoll
