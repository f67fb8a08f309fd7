#include "geo/shape_index.h"

#include <algorithm>
#include <boost/iterator/function_output_iterator.hpp>
#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/point.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <cmath>
#include <limits>

namespace klotterkoll {
namespace {

namespace bg = boost::geometry;
namespace bgi = boost::geometry::index;

using Corner = bg::model::point<std::int32_t, 2, bg::cs::cartesian>;
using Box = bg::model::box<Corner>;
using Entry = std::pair<Box, std::uint32_t>;  ///< which part
using Tree = bgi::rtree<Entry, bgi::quadratic<16>>;

/// Rings with fewer edges are looked at whole.
constexpr std::uint32_t kBandedFrom = 48;
constexpr std::uint32_t kEdgesInBand = 4;

/// Corners that follow each other: a ring, closed, or a line; a lone point is its own neighbour.
struct Chain {
  std::uint32_t first = 0, count = 0;
};

/// One polygon, line or point of a shape. It has a box of its own, since the parts of a shape may lie far apart.
struct Part {
  std::uint32_t row = 0;
  std::uint32_t first_chain = 0, chains = 0;
  std::int32_t south = 0, north = 0, west = 0, east = 0;
  std::uint32_t first_band = 0, bands = 0;  ///< none: the chains are walked
  bool area = false;
};

struct Row {
  ShapeKey key;
  double extent = 0;
};

}  // namespace

struct ShapeIndex::Packed {
  std::vector<Row> rows;
  std::vector<Part> parts;
  std::vector<Chain> chains;
  std::vector<GridPoint> corners;
  std::vector<std::uint32_t> band_starts;  ///< where each band's edges begin in `band_edges`; one more than bands, for each part
  std::vector<std::uint32_t> band_edges;   ///< the corner that an edge begins at
  Tree tree;

  void add_chain(std::span<const Point> points) {
    const auto first = static_cast<std::uint32_t>(corners.size());
    for (const Point& point : points) corners.push_back(on_grid(point));
    if (points.size() == 1) corners.push_back(corners.back());
    chains.push_back({first, static_cast<std::uint32_t>(corners.size()) - first});
  }

  void begin_part(bool area) {
    Part part;
    part.row = static_cast<std::uint32_t>(rows.size() - 1);
    part.first_chain = static_cast<std::uint32_t>(chains.size());
    part.area = area;
    parts.push_back(part);
  }

  void end_part() {
    Part& part = parts.back();
    part.chains = static_cast<std::uint32_t>(chains.size()) - part.first_chain;
    const auto first = chains[part.first_chain].first, end = static_cast<std::uint32_t>(corners.size());
    part.south = part.west = std::numeric_limits<std::int32_t>::max();
    part.north = part.east = std::numeric_limits<std::int32_t>::min();
    for (auto i = first; i < end; ++i) {
      part.south = std::min(part.south, corners[i].y);
      part.north = std::max(part.north, corners[i].y);
      part.west = std::min(part.west, corners[i].x);
      part.east = std::max(part.east, corners[i].x);
    }
    if (end - first >= kBandedFrom) put_in_bands(part, end - first);
  }

  std::int64_t band_of(const Part& part, std::int32_t y) const {
    return (std::int64_t{y} - part.south) * part.bands / (std::int64_t{part.north} - part.south + 1);
  }

  template <typename Visit>
  void each_edge(const Part& part, Visit&& visit) const {
    for (auto chain = part.first_chain; chain < part.first_chain + part.chains; ++chain)
      for (auto i = chains[chain].first; i + 1 < chains[chain].first + chains[chain].count; ++i) visit(i);
  }

  template <typename Visit>
  void each_band(const Part& part, std::uint32_t edge, Visit&& visit) const {
    const auto [low, high] = std::minmax(corners[edge].y, corners[edge + 1].y);
    for (auto band = band_of(part, low); band <= band_of(part, high); ++band) visit(static_cast<std::size_t>(band));
  }

  void put_in_bands(Part& part, std::uint32_t edges) {
    // An edge lies in every band that it reaches. With fewer bands there are fewer of these: tall zigzags must not fill the
    // memory.
    std::vector<std::uint32_t> counts;
    for (part.bands = edges / kEdgesInBand; part.bands > 0; part.bands /= 2) {
      counts.assign(part.bands, 0);
      std::uint64_t sum = 0;
      each_edge(part, [&](std::uint32_t edge) {
        const auto [low, high] = std::minmax(corners[edge].y, corners[edge + 1].y);
        sum += static_cast<std::uint64_t>(band_of(part, high) - band_of(part, low) + 1);
      });
      if (sum <= std::uint64_t{4} * edges) break;
    }
    if (part.bands < 2) {
      part.bands = 0;
      return;
    }
    each_edge(part, [&](std::uint32_t edge) { each_band(part, edge, [&](std::size_t band) { ++counts[band]; }); });
    part.first_band = static_cast<std::uint32_t>(band_starts.size());
    auto start = static_cast<std::uint32_t>(band_edges.size());
    for (const auto count : counts) {
      band_starts.push_back(start);
      start += count;
    }
    band_starts.push_back(start);
    band_edges.resize(start);
    std::vector<std::uint32_t> next(band_starts.end() - static_cast<std::ptrdiff_t>(counts.size()) - 1, band_starts.end() - 1);
    each_edge(part, [&](std::uint32_t edge) { each_band(part, edge, [&](std::size_t band) { band_edges[next[band]++] = edge; }); });
  }

  void add(const LandTable::IndexedShape& shape) {
    rows.push_back({key_of(shape), 0});
    const bool by_area = rows.back().key.kind != ShapeKey::Kind::object;
    for (const Polygon& polygon : shape.shape.polygons) {
      begin_part(true);
      add_chain(polygon.outer);
      for (const auto& hole : polygon.holes) add_chain(hole);
      end_part();
      const Part& part = parts.back();
      for (std::uint32_t i = 0; i < part.chains; ++i) {
        const Chain& chain = chains[part.first_chain + i];
        rows.back().extent += (i ? -1 : 1) * doubled_area(std::span{corners}.subspan(chain.first, chain.count));
      }
    }
    if (by_area) return;
    for (const auto& line : shape.shape.lines) begin_part(false), add_chain(line), end_part();
    for (const Point& point : shape.shape.points) begin_part(false), add_chain(std::span{&point, 1}), end_part();
  }

  void finish() {
    std::vector<Entry> entries;
    entries.reserve(parts.size());
    for (std::uint32_t i = 0; i < parts.size(); ++i)
      entries.emplace_back(Box{Corner{parts[i].west, parts[i].south}, Corner{parts[i].east, parts[i].north}}, i);
    tree = Tree{entries};
    for (auto* list : {&band_starts, &band_edges}) list->shrink_to_fit();
    corners.shrink_to_fit();
    chains.shrink_to_fit();
    parts.shrink_to_fit();
    rows.shrink_to_fit();
  }

  bool holds(const Part& part, GridPoint p) const {
    if (p.y < part.south || p.y > part.north || p.x < part.west || p.x > part.east) return false;
    bool inside = false;
    if (part.bands) {
      const std::uint32_t* starts = &band_starts[part.first_band + static_cast<std::size_t>(band_of(part, p.y))];
      for (auto i = starts[0]; i < starts[1]; ++i) inside ^= crosses_ray(corners[band_edges[i]], corners[band_edges[i] + 1], p);
    } else {
      each_edge(part, [&](std::uint32_t edge) { inside ^= crosses_ray(corners[edge], corners[edge + 1], p); });
    }
    return inside;
  }

  /// Metres to its edges; exact up to `most`, and beyond that any number above it.
  double away_m(const Part& part, GridPoint p, const GridScale& scale, double most) const {
    double nearest = std::numeric_limits<double>::infinity();
    const auto consider = [&](std::uint32_t edge) { nearest = std::min(nearest, scale.distance_m(p, corners[edge], corners[edge + 1])); };
    if (part.bands) {
      const double reach = std::ceil(most / scale.y_m) + 1;
      const auto low = static_cast<std::int32_t>(std::max<double>(part.south, p.y - reach));
      const auto high = static_cast<std::int32_t>(std::min<double>(part.north, p.y + reach));
      if (low > high) return nearest;
      const auto first = part.first_band + static_cast<std::size_t>(band_of(part, low)), last = part.first_band + static_cast<std::size_t>(band_of(part, high));
      for (auto i = band_starts[first]; i < band_starts[last + 1]; ++i) consider(band_edges[i]);
    } else {
      each_edge(part, consider);
    }
    return nearest;
  }
};

ShapeKey key_of(const LandTable::IndexedShape& shape) {
  if (shape.district) return {ShapeKey::Kind::district, 0, *shape.district};
  if (shape.object) return {ShapeKey::Kind::object, shape.object.value, ""};
  return {ShapeKey::Kind::property, shape.property.value, ""};
}

ShapeIndex::ShapeIndex(std::span<const LandTable::IndexedShape> shapes) {
  auto packed = std::make_unique<Packed>();
  packed->rows.reserve(shapes.size());
  for (const auto& shape : shapes) packed->add(shape);
  packed->finish();
  packed_ = std::move(packed);
}
ShapeIndex::~ShapeIndex() = default;

void ShapeIndex::find(Point point, std::vector<Found>& found) const {
  const Packed& packed = *packed_;
  const GridPoint p = on_grid(point);
  const GridScale scale{point};
  const auto at = [](double value) {  // the grid's numbers end before the box does at the edge of the world
    return static_cast<std::int32_t>(std::clamp(value, -2.0e9, 2.0e9));
  };
  const double dx = std::ceil(kNearProperty_m / scale.x_m) + 1, dy = std::ceil(kNearProperty_m / scale.y_m) + 1;
  const Box around{Corner{at(p.x - dx), at(p.y - dy)}, Corner{at(p.x + dx), at(p.y + dy)}};
  const auto first = found.size();
  const auto consider = [&](const Entry& entry) {
    const Part& part = packed.parts[entry.second];
    const Row& row = packed.rows[part.row];
    const bool district = row.key.kind == ShapeKey::Kind::district;
    const double most = row.key.kind == ShapeKey::Kind::object ? kNearObject_m : kNearProperty_m;
    Found one{&row.key, part.area && packed.holds(part, p), 0, row.extent};
    if (!one.under) {
      if (district) return;
      one.away_m = packed.away_m(part, p, scale, most);
      if (one.away_m > most) return;
    }
    // Another part of the same shape may have been nearer.
    for (auto i = first; i < found.size(); ++i) {
      if (found[i].key != one.key) continue;
      found[i].under |= one.under;
      found[i].away_m = found[i].under ? 0 : std::min(found[i].away_m, one.away_m);
      return;
    }
    found.push_back(one);
  };
  packed.tree.query(bgi::intersects(around), boost::make_function_output_iterator(consider));
}

std::size_t ShapeIndex::size() const { return packed_->rows.size(); }

std::size_t ShapeIndex::bytes() const {
  const Packed& packed = *packed_;
  const auto of = [](const auto& list) { return list.capacity() * sizeof(list[0]); };
  // The tree's nodes are about two thirds full where it was packed, with their boxes and pointers above them.
  return of(packed.rows) + of(packed.parts) + of(packed.chains) + of(packed.corners) + of(packed.band_starts) + of(packed.band_edges) +
         packed.parts.size() * sizeof(Entry) * 3 / 2;
}

}  // namespace klotterkoll
