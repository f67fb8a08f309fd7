#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace klotterkoll {

/// Fills at most `size` bytes and gives how many; 0 at the end. It may throw, and what it throws comes out of the reader.
using ByteSource = std::function<std::size_t(char* to, std::size_t size)>;

/// A position as a file has it: longitude or east first.
struct Position {
  double x = 0, y = 0;
  bool operator==(const Position&) const = default;
};

/// The positions of a geometry in the order of the file, and where its arrays end.
struct Coordinates {
  std::vector<Position> positions;
  std::vector<std::size_t> ends;        ///< of each array of positions: a line or ring ends before this position
  std::vector<std::size_t> group_ends;  ///< of each array of those: a polygon ends before this ring
  int level = 0;                        ///< arrays around a number: 1 in a Point, 4 in a MultiPolygon; 0: there is none
  bool operator==(const Coordinates&) const = default;
};

/// One feature of a file.
struct Feature {
  std::int64_t number = 0;    ///< its place in the file, from 1
  std::string geometry_type;  ///< as written, such as "MultiPolygon"; empty when there is no geometry
  Coordinates coordinates;
  /// Its members by name: a text, number or truth as text, a list as several. What is null or empty has none, what is an
  /// object is left out.
  std::vector<std::pair<std::string, std::vector<std::string>>> members;
  std::string fault;  ///< why it cannot be taken, in a sentence; empty when it can
};

/// What is kept of one feature.
inline constexpr std::size_t kMostPositions = 100'000;
inline constexpr std::size_t kMostMemberBytes = 1 << 20;

/// Reads GeoJSON (RFC 7946) as a stream, in memory that does not grow with the file: a FeatureCollection, one Feature, or
/// GeoJSONSeq (features separated by line feeds or record separators; a broken one is a fault of its own).
///
/// What makes one feature unfit is told in its `fault` and the rest is read: a number that is none or no finite one (NaN,
/// Infinity, 1e999, null), arrays that are not nested as positions, more than kMostPositions, texts beyond kMostMemberBytes.
/// `take` is given each feature, which it may move from. `crs` is given the EPSG code of a `crs` member when one is met
/// (4326 for CRS84, 0 for a name that tells none).
/// Throws Error{malformed} with a sentence when the bytes are not JSON, end too early, are nested deeper than 64, or hold
/// no features.
void read_geojson(const ByteSource& source, const std::function<void(Feature&)>& take, const std::function<void(int epsg)>& crs);

}  // namespace klotterkoll
