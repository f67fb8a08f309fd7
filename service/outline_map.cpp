#include "outline_map.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <shared_mutex>

#include "domain/shape.h"
#include "world.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kRowsAtOnce = 2000;
/// Corners of rows that one answer reads: a few properties may have very many.
constexpr std::size_t kMostCorners = 100'000;
constexpr int kPixelBits = 24;  ///< at zoom z a pixel is 2^(24 - z) steps of the world wide

double pixel(int zoom) { return std::ldexp(1.0, kPixelBits - zoom); }

struct Flat {
  double x = 0, y = 0;
};

double squared_distance(Flat p, Flat a, Flat b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double along = length == 0 ? 0 : std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0);
  const double x = p.x - a.x - along * dx, y = p.y - a.y - along * dy;
  return x * x + y * y;
}

std::size_t corners_of(const Shape& shape) {
  std::size_t count = 0;
  for (const Polygon& polygon : shape.polygons) {
    count += polygon.outer.size();
    for (const auto& hole : polygon.holes) count += hole.size();
  }
  return count;
}

}  // namespace

std::vector<Point> simplified(std::span<const Point> ring, int zoom) {
  // Douglas and Peucker, without recursion: a ring may have ten thousand corners.
  if (ring.size() < 4) return {};
  std::vector<Flat> flat;
  flat.reserve(ring.size());
  for (const Point& point : ring) {
    const WorldPoint world = to_world(point);
    flat.push_back({static_cast<double>(world.x), static_cast<double>(world.y)});
  }
  const double least = pixel(zoom) * 0.75;
  std::vector<bool> kept(ring.size());
  kept.front() = kept.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> parts{{0, ring.size() - 1}};
  while (!parts.empty()) {
    const auto [from, to] = parts.back();
    parts.pop_back();
    double farthest = least * least;
    std::size_t corner = 0;
    for (std::size_t at = from + 1; at < to; ++at)
      if (const double away = squared_distance(flat[at], flat[from], flat[to]); away > farthest) {
        farthest = away;
        corner = at;
      }
    if (corner == 0) continue;
    kept[corner] = true;
    parts.emplace_back(from, corner);
    parts.emplace_back(corner, to);
  }
  std::vector<Point> left;
  for (std::size_t at = 0; at < ring.size(); ++at)
    if (kept[at]) left.push_back(ring[at]);
  return left.size() < 4 ? std::vector<Point>{} : left;
}

struct OutlineMap::Town {
  explicit Town(MunicipalityId its) : municipality(its) {}

  struct Box {
    PropertyId id;
    WorldPoint north_west, south_east;
    double size() const { return static_cast<double>(south_east.x - north_west.x) * static_cast<double>(south_east.y - north_west.y); }
  };
  const MunicipalityId municipality;
  std::mutex renewing;
  std::shared_mutex mutex;
  std::int64_t version = 0;
  std::vector<Box> boxes;  ///< by id

  static std::optional<Box> box_of(PropertyId id, const Shape& shape) {
    if (shape.polygons.empty()) return std::nullopt;
    const Area bounds = bounds_of(shape);
    return Box{id, to_world({bounds.north, bounds.west}), to_world({bounds.south, bounds.east})};
  }
  void set(PropertyId id, const std::optional<Box>& box) {
    const auto at = std::ranges::lower_bound(boxes, id, {}, &Box::id);
    const bool there = at != boxes.end() && at->id == id;
    if (there && box) *at = *box;
    else if (there) boxes.erase(at);
    else if (box) boxes.insert(at, *box);
  }
};

OutlineMap::OutlineMap(Store& store) : store_(store) {}

OutlineMap::~OutlineMap() = default;

void OutlineMap::renew(Town& town) {
  std::int64_t present = 0;
  store_.read([&](Transaction& transaction) {
    transaction.municipalities().settings(town.municipality);
    present = transaction.land().version(town.municipality);
  });
  if (present == town.version) return;
  std::vector<std::pair<PropertyId, std::optional<Town::Box>>> changed;
  for (LandTable::ShapesTo to; !to.at_end;)
    store_.read([&](Transaction& transaction) {
      transaction.land().each_shape(town.municipality, town.version, to, kRowsAtOnce, [&](const LandTable::IndexedShape& shape) {
        if (shape.property) changed.emplace_back(shape.property, Town::box_of(shape.property, shape.shape));
      });
    });
  const std::unique_lock lock{town.mutex};
  for (const auto& [id, box] : changed) town.set(id, box);
  town.version = present;
}

OutlineMap::Found OutlineMap::find(MunicipalityId municipality, const Area& area, int zoom, LocalDate today) {
  if (zoom < kLeastZoom) return {{}, true};
  std::shared_ptr<Town> town;
  {
    const std::lock_guard lock{mutex_};
    auto& its = towns_[municipality];
    if (!its) its = std::make_shared<Town>(municipality);
    town = its;
  }
  {
    const std::lock_guard lock{town->renewing};
    renew(*town);
  }
  Found found;
  std::vector<Town::Box> boxes;
  {
    const WorldArea world{area};
    const double least = pixel(zoom);
    const std::shared_lock lock{town->mutex};
    for (const Town::Box& box : town->boxes)
      if (box.north_west.x <= world.east && box.south_east.x >= world.west && box.north_west.y <= world.south && box.south_east.y >= world.north &&
          box.size() >= least * least)
        boxes.push_back(box);
  }
  std::ranges::sort(boxes, [](const Town::Box& a, const Town::Box& b) { return std::pair{b.size(), a.id} < std::pair{a.size(), b.id}; });
  store_.read([&](Transaction& transaction) {
    found = {};
    std::size_t corners = 0;
    for (const Town::Box& box : boxes) {
      if (found.outlines.size() == kMost || corners > kMostCorners) {
        found.more = true;
        break;
      }
      auto property = transaction.land().find(box.id);
      if (!property || !property->validity.holds_on(today)) continue;
      corners += corners_of(property->shape);
      Outline outline{std::move(property->designation), std::move(property->owner_id), {}};
      for (const Polygon& polygon : property->shape.polygons) {
        Polygon shown{simplified(polygon.outer, zoom), {}};
        if (shown.outer.empty()) continue;
        for (const auto& hole : polygon.holes)
          if (auto ring = simplified(hole, zoom); !ring.empty()) shown.holes.push_back(std::move(ring));
        outline.polygons.push_back(std::move(shown));
      }
      if (!outline.polygons.empty()) found.outlines.push_back(std::move(outline));
    }
  });
  return found;
}

}  // namespace klotterkoll
