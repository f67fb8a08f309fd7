#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "domain/land.h"
#include "domain/shape.h"

namespace klotterkoll {

/// What of the register a shape is, with its key.
struct ShapeKey {
  enum class Kind : std::uint8_t { property, object, district };
  Kind kind = Kind::property;
  std::int64_t id = 0;      ///< of a property or an object
  std::string district_id;  ///< of a district
  bool operator==(const ShapeKey&) const = default;
};
ShapeKey key_of(const LandTable::IndexedShape& shape);

/// Many shapes, packed for asking which of them are at a point: boxes in an R-tree, corners in one array, and the edges of
/// large rings in horizontal bands, so that a ring of ten thousand corners costs no more than a few. It never changes, and
/// gives the same answer as domain/shape.h asked of every shape. Safe to ask from several threads.
class ShapeIndex {
 public:
  explicit ShapeIndex(std::span<const LandTable::IndexedShape> shapes);
  ~ShapeIndex();
  ShapeIndex(const ShapeIndex&) = delete;
  ShapeIndex& operator=(const ShapeIndex&) = delete;

  /// A shape at the point, or near it.
  struct Found {
    const ShapeKey* key = nullptr;
    bool under = false;   ///< the point lies on it
    double away_m = 0;    ///< when it does not
    double extent = 0;    ///< of its polygons, in no particular unit, for telling which is the smaller one
  };
  /// Adds properties that the point lies on or that are within kNearProperty_m, objects within kNearObject_m, and districts
  /// that it lies in: each once, in no particular order.
  void find(Point point, std::vector<Found>& found) const;

  std::size_t size() const;  ///< shapes
  std::size_t bytes() const; ///< of memory, about

 private:
  struct Packed;
  std::unique_ptr<const Packed> packed_;
};

}  // namespace klotterkoll
