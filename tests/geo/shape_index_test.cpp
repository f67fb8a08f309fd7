#include "geo/shape_index.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <boost/geometry/algorithms/correct.hpp>
#include <boost/geometry/algorithms/covered_by.hpp>
#include <boost/geometry/algorithms/within.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/geometries/polygon.hpp>
#include <map>

#include "domain/shape.h"
#include "support/partition.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

namespace bg = boost::geometry;
using BoostPoint = bg::model::d2::point_xy<double>;
using BoostPolygon = bg::model::polygon<BoostPoint, false>;

constexpr Point kHere{55.93, 13.54};

/// A point so many metres east and north of kHere.
Point off(double east_m, double north_m) {
  const GridScale scale{kHere};
  return {kHere.lat + north_m / scale.y_m / kGridPerDegree, kHere.lon + east_m / scale.x_m / kGridPerDegree};
}

Polygon box(double west, double south, double east, double north) {
  return {{off(west, south), off(east, south), off(east, north), off(west, north), off(west, south)}, {}};
}

LandTable::IndexedShape property(std::int64_t number, std::vector<Polygon> polygons) {
  LandTable::IndexedShape shape;
  shape.property = PropertyId{1, number};
  shape.shape.polygons = std::move(polygons);
  return shape;
}

BoostPolygon boosted(const Polygon& polygon) {
  BoostPolygon out;
  const auto put = [](const std::vector<Point>& from, auto& to) {
    for (const Point& point : from) to.emplace_back(double(on_grid(point).x), double(on_grid(point).y));
  };
  put(polygon.outer, out.outer());
  for (const auto& hole : polygon.holes) put(hole, out.inners().emplace_back());
  bg::correct(out);
  return out;
}

std::vector<std::int64_t> under(const ShapeIndex& index, Point point) {
  std::vector<ShapeIndex::Found> found;
  index.find(point, found);
  std::vector<std::int64_t> ids;
  for (const auto& one : found)
    if (one.under) ids.push_back(PropertyId{one.key->id}.value & 0xFFFFFFF);
  std::ranges::sort(ids);
  return ids;
}

/// What the index must say, by asking every shape.
std::map<std::int64_t, double> by_hand(const std::vector<LandTable::IndexedShape>& shapes, Point point) {
  std::map<std::int64_t, double> near;
  for (const auto& shape : shapes) {
    const double away = distance_m(shape.shape, point);
    const bool object = static_cast<bool>(shape.object);
    if (away <= (object ? kNearObject_m : kNearProperty_m)) near[object ? shape.object.value : shape.property.value] = away;
  }
  return near;
}

std::map<std::int64_t, double> by_index(const ShapeIndex& index, Point point) {
  std::vector<ShapeIndex::Found> found;
  index.find(point, found);
  std::map<std::int64_t, double> near;
  for (const auto& one : found) {
    CHECK_FALSE(near.contains(one.key->id));
    near[one.key->id] = one.away_m;
  }
  return near;
}

}  // namespace

TEST_CASE("spots: of a partition every point belongs to exactly one property, also on corners and borders") {
  const Partition land{kHere, 30, 30};
  const ShapeIndex index{land.shapes()};
  CHECK(index.size() == land.shapes().size());
  const GridPoint low = on_grid(land.south_west()), high = on_grid(land.north_east());
  const auto inside = [&](GridPoint point) { return point.x > low.x && point.x < high.x && point.y > low.y && point.y < high.y; };
  std::mt19937 random{7};
  for (int i = 0; i < 20'000; ++i) {
    const GridPoint point{std::uniform_int_distribution{low.x, high.x}(random), std::uniform_int_distribution{low.y, high.y}(random)};
    REQUIRE(under(index, from_grid(point)).size() == 1);
  }
  int corners = 0;
  for (const auto& shape : land.shapes()) {
    const auto& ring = shape.shape.polygons.front().outer;
    for (std::size_t i = 1; i < ring.size(); ++i) {
      const GridPoint a = on_grid(ring[i - 1]), b = on_grid(ring[i]);
      for (const GridPoint point : {a, GridPoint{(a.x + b.x) / 2, (a.y + b.y) / 2}})
        if (inside(point)) {
          REQUIRE(under(index, from_grid(point)).size() == 1);
          ++corners;
        }
    }
  }
  CHECK(corners > 10'000);
}

TEST_CASE("spots: the index agrees with boost::geometry::within asked of every polygon") {
  const Partition land{kHere, 21, 12, 3};
  const ShapeIndex index{land.shapes()};
  std::vector<BoostPolygon> polygons;
  for (const auto& shape : land.shapes()) polygons.push_back(boosted(shape.shape.polygons.front()));
  const GridPoint low = on_grid(land.south_west()), high = on_grid(land.north_east());
  CHECK(rc::check("within", [&] {
    // On a grid of its own now and then, so that corners and borders are met.
    GridPoint point{*rc::gen::inRange(low.x - 5000, high.x + 5000), *rc::gen::inRange(low.y - 5000, high.y + 5000)};
    if (*rc::gen::arbitrary<bool>()) {
      const auto& ring = land.shapes()[*rc::gen::inRange<std::size_t>(0, land.shapes().size())].shape.polygons.front().outer;
      point = on_grid(ring[*rc::gen::inRange<std::size_t>(0, ring.size())]);
      point.x += *rc::gen::inRange(-1, 2);
    }
    const auto found = under(index, from_grid(point));
    for (std::size_t i = 0; i < polygons.size(); ++i) {
      const BoostPoint asked{double(point.x), double(point.y)};
      const bool in_index = std::ranges::binary_search(found, static_cast<std::int64_t>(i) + 1);
      if (bg::within(asked, polygons[i])) RC_ASSERT(in_index);
      if (!bg::covered_by(asked, polygons[i])) RC_ASSERT(!in_index);
    }
  }));
}

TEST_CASE("spots: distances are those of asking every shape, of polygons, lines and points") {
  Partition land{kHere, 12, 6, 5};
  auto shapes = land.shapes();
  std::mt19937 random{11};
  for (int i = 1; i <= 60; ++i) {
    LandTable::IndexedShape object;
    object.object = ObjectId{1, 1'000'000 + i};
    const auto any = [&] { return off(std::uniform_real_distribution{0.0, 500.0}(random), std::uniform_real_distribution{0.0, 350.0}(random)); };
    if (i % 2) object.shape.points = {any(), any()};
    if (i % 3 == 0) object.shape.lines = {{any(), any(), any()}};
    if (!object.shape.empty()) shapes.push_back(object);
  }
  const ShapeIndex index{shapes};
  CHECK(rc::check("distances", [&] {
    const Point point = off(*rc::gen::inRange(-300, 5300) / 10.0, *rc::gen::inRange(-300, 4000) / 10.0);
    const auto expected = by_hand(shapes, point), found = by_index(index, point);
    RC_ASSERT(expected.size() == found.size());
    for (const auto& [id, away] : expected) {
      RC_ASSERT(found.contains(id));
      RC_ASSERT(std::abs(found.at(id) - away) < 1e-9);
    }
  }));
}

TEST_CASE("spots: a ring of thousands of corners answers as its corners say, tall zigzags included") {
  std::vector<Point> ring, comb;
  for (int i = 0; i < 5000; ++i) {
    const double angle = i * 2 * 3.14159265358979 / 5000, radius = 300 + 40 * std::sin(angle * 37) + (i % 2);
    ring.push_back(off(radius * std::cos(angle), radius * std::sin(angle)));
  }
  ring.push_back(ring.front());
  for (int i = 0; i < 1000; ++i) comb.push_back(off(1000 + i * 0.2, i % 2 ? 400 : 0));
  comb.push_back(off(1200, -10));
  comb.push_back(off(1000, -10));
  comb.push_back(comb.front());
  std::vector<LandTable::IndexedShape> shapes{property(1, {{ring, {box(-50, -50, 50, 50).outer}}}), property(2, {{comb, {}}})};
  const ShapeIndex index{shapes};
  CHECK(index.bytes() < 2'000'000);
  std::mt19937 random{3};
  int inside = 0;
  for (int i = 0; i < 4000; ++i) {
    const Point point = off(std::uniform_real_distribution{-400.0, 1250.0}(random), std::uniform_real_distribution{-400.0, 450.0}(random));
    const auto expected = by_hand(shapes, point), found = by_index(index, point);
    REQUIRE(expected.size() == found.size());
    for (const auto& [id, away] : expected) REQUIRE(std::abs(found.at(id) - away) < 1e-9);
    inside += !under(index, point).empty();
  }
  CHECK(inside > 500);
  CHECK(under(index, off(0, 0)).empty());  // in the hole
  CHECK(under(index, off(49.9, 0)).empty());
  CHECK(under(index, off(50.1, 0)) == std::vector<std::int64_t>{1});
}

TEST_CASE("spots: 15 metres from a property and 10 from an object are near, a hand's breadth more is not") {
  LandTable::IndexedShape cabinet, rail;
  cabinet.object = ObjectId{1, 7};
  cabinet.shape.points = {off(100, 0)};
  rail.object = ObjectId{1, 8};
  rail.shape.lines = {{off(-500, 300), off(500, 300)}};
  const std::vector<LandTable::IndexedShape> shapes{property(1, {box(0, 0, 20, 20), box(60, 0, 80, 20)}), cabinet, rail};
  const ShapeIndex index{shapes};
  const auto near = [&](Point point) { return by_index(index, point).size(); };
  CHECK(near(off(-14.95, 10)) == 1);
  CHECK(near(off(-15.05, 10)) == 0);
  CHECK(near(off(100, 9.95)) == 1);
  CHECK(near(off(100, 10.05)) == 0);
  CHECK(near(off(0, 309.95)) == 1);
  CHECK(near(off(0, 310.05)) == 0);
  // Of two parts of one property the nearer one counts, and it is told once.
  CHECK(by_index(index, off(70, 10)).begin()->second == 0);
  CHECK(by_index(index, off(48, 10)).begin()->second == doctest::Approx(12).epsilon(0.001));
  CHECK(ShapeIndex{{}}.size() == 0);
  CHECK(by_index(ShapeIndex{{}}, kHere).empty());
  CHECK(by_index(index, {90, 180}).empty());
  CHECK(by_index(index, {-90, -180}).empty());
}
