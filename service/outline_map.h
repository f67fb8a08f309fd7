#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "domain/land.h"

namespace klotterkoll {

/// Outlines of properties for maps. Of each property the box around it is in memory (24 bytes), brought up to date by the register's version;
/// the rows of those that are shown are read. Safe to use from several threads.
class OutlineMap {
 public:
  explicit OutlineMap(Store& store);
  ~OutlineMap();

  struct Outline {
    std::string designation, owner_id;
    std::vector<Polygon> polygons;  ///< without what is smaller than a pixel
  };
  struct Found {
    std::vector<Outline> outlines;  ///< the largest first
    bool more = false;              ///< there are others, or the map shows too much at once
  };
  /// Those that hold on the day and whose box meets the area.
  Found find(MunicipalityId municipality, const Area& area, int zoom, LocalDate today);

  static constexpr int kLeastZoom = 13;  ///< further away there would be nothing but lines
  static constexpr std::size_t kMost = 400;

 private:
  struct Town;
  void renew(Town& town);

  Store& store_;
  std::mutex mutex_;
  std::map<MunicipalityId, std::shared_ptr<Town>> towns_;
};

/// The ring, closed, without corners that lie within a pixel of the line that is left; empty when less than a triangle is left.
std::vector<Point> simplified(std::span<const Point> ring, int zoom);

}  // namespace klotterkoll
