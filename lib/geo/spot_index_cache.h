#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "domain/land.h"

namespace klotterkoll {

/// The indexes of all municipalities of a store, in memory. Safe to use from several threads.
///
/// An index is a large part that stays, and a small one with what has changed since, which is cheap to make anew. When that
/// has become a quarter of the whole, all is read again.
class SpotIndexCache final : public SpotIndexes {
 public:
  /// `as_asked`: an index is brought up to date by whoever asks it, from its own transaction. `in_background`: somebody calls
  /// `refresh` again and again; until it has, an old index serves, and only where there is none is it built by whoever asks.
  enum class Renewal { as_asked, in_background };
  explicit SpotIndexCache(Renewal renewal = Renewal::as_asked);
  ~SpotIndexCache() override;

  std::shared_ptr<const SpotIndex> of(LandTable& land, MunicipalityId municipality, std::int64_t version, bool committed) override;

  /// What a refresh has made.
  struct Built {
    std::string municipality;      ///< its code
    std::int64_t version = 0;
    std::size_t shapes = 0, bytes = 0;  ///< of both parts
    bool whole = false;            ///< all was read, not only what has changed
    std::chrono::milliseconds took{0};
  };
  /// Brings every municipality's index up to date with what is committed, in short reads.
  std::vector<Built> refresh(Store& store);

 private:
  struct Layers;
  struct Entry;
  std::shared_ptr<Entry> entry(MunicipalityId municipality);

  const Renewal renewal_;
  std::mutex mutex_;
  std::map<MunicipalityId, std::shared_ptr<Entry>> entries_;
};

}  // namespace klotterkoll
