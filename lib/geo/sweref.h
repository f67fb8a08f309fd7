#pragma once

#include <memory>
#include <span>

#include "domain/place.h"
#include "geo/geojson_reader.h"

namespace klotterkoll {

/// EPSG's number of SWEREF 99 TM, Sweden's plane coordinates in metres.
inline constexpr int kSweref99Tm = 3006;

/// Plainly SWEREF 99 TM, east first: no degrees are so large.
inline bool is_sweref(Position p) { return p.x >= 200'000 && p.x <= 950'000 && p.y >= 6'100'000 && p.y <= 7'700'000; }
/// The same with north first.
inline bool is_swapped_sweref(Position p) { return is_sweref({p.y, p.x}); }

/// Turns SWEREF 99 TM into WGS 84, by PROJ. SWEREF 99 and WGS 84 differ by less than a metre, which nobody here sees.
/// Not for several threads at once.
class Sweref {
 public:
  Sweref();
  ~Sweref();
  /// East and north to longitude and latitude, in place. What has no place on earth becomes infinite.
  void to_wgs84(std::span<Position> positions) const;

 private:
  struct Projection;
  std::unique_ptr<Projection> projection_;
};

}  // namespace klotterkoll
