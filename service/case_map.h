#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "domain/store.h"

namespace klotterkoll {

/// Where the cases of each municipality lie, in memory, so that a map of 100,000 of them costs no look through the database. About
/// 100 bytes a case. What has changed is read by the cursor of changes whenever somebody asks; read anew now and then by `load`.
/// Safe to use from several threads.
class CaseMap {
 public:
  explicit CaseMap(Store& store);
  ~CaseMap();

  /// Which cases, and who asks: filters and places are those that the one who asks may see.
  struct Query {
    std::vector<CaseState> states;  ///< one of these; empty: the open ones
    std::optional<ClockState> clock;
    std::optional<std::string> owner_id;
    Area area;  ///< edges included
    int zoom = 0;
    Actor viewer;
    Instant now;
  };
  /// A case, or a cluster of several that lie in one cell.
  struct Spot {
    Point point;  ///< of a cluster the middle of its cases
    CaseId id;    ///< of a case
    bool rounded = false;
    CaseState state = CaseState::unassigned;
    std::optional<ClockState> clock;
    std::int64_t count = 1;
    Area bounds;  ///< of a cluster
  };
  struct Found {
    std::vector<Spot> spots;
    std::int64_t total = 0;
  };
  Found find(MunicipalityId municipality, const Query& query);

  /// Reads all cases of all municipalities anew, in short reads, while the old ones serve. Done first, nobody has to wait for it.
  void load();
  /// How much memory it has.
  std::size_t bytes();

  /// Up to so many are shown each for itself.
  static constexpr std::size_t kMostSingle = 500;

 private:
  struct Town;
  std::shared_ptr<Town> town(MunicipalityId municipality);

  Store& store_;
  std::mutex mutex_;
  std::map<MunicipalityId, std::shared_ptr<Town>> towns_;
};

}  // namespace klotterkoll
