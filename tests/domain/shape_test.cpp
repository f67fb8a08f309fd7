#include "domain/shape.h"

#include <doctest/doctest.h>

#include <limits>

using namespace klotterkoll;

namespace {

/// A ring of corners in thousandths of a degree from 55 N 13 E.
std::vector<Point> ring(std::vector<std::pair<double, double>> corners) {
  std::vector<Point> points;
  for (const auto& [east, north] : corners) points.push_back({55 + north / 1000, 13 + east / 1000});
  return points;
}

Shape polygon(std::vector<std::pair<double, double>> outer, std::vector<std::vector<std::pair<double, double>>> holes = {}) {
  Shape shape;
  shape.polygons.push_back({ring(outer), {}});
  for (const auto& hole : holes) shape.polygons.back().holes.push_back(ring(hole));
  return shape;
}

const std::vector<std::pair<double, double>> kSquare{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}};
Point at(double east, double north) { return {55 + north / 1000, 13 + east / 1000}; }

}  // namespace

TEST_CASE("shape: a point goes to the grid and back without moving") {
  for (const Point point : {Point{55.9362, 13.5405}, Point{-33.8688197, 151.2092955}, Point{0, 0}, Point{90, 180}, Point{-90, -180}})
    CHECK(from_grid(on_grid(point)) == point);
  CHECK(on_grid({55.93620004, 13.54050006}) == GridPoint{135405001, 559362000});
}

TEST_CASE("shape: a hole is not part of a polygon, an island in it may be") {
  Shape shape = polygon(kSquare, {{{3, 3}, {7, 3}, {7, 7}, {3, 7}, {3, 3}}});
  shape.polygons.push_back({ring({{4, 4}, {6, 4}, {6, 6}, {4, 6}, {4, 4}}), {}});
  CHECK(covers(shape, at(1, 1)));
  CHECK_FALSE(covers(shape, at(3.5, 3.5)));
  CHECK(covers(shape, at(5, 5)));
  CHECK_FALSE(covers(shape, at(11, 5)));
  CHECK_FALSE(covers({}, at(5, 5)));
  CHECK(distance_m(shape, at(5, 5)) == 0);
  // Half a thousandth of a degree of longitude from the hole's border, at 55 degrees north.
  CHECK(distance_m(shape, at(3.5, 5)) == doctest::Approx(31.9).epsilon(0.01));
  CHECK(distance_m(Shape{}, at(5, 5)) == std::numeric_limits<double>::infinity());
}

TEST_CASE("shape: of two that share a border exactly one has a point on it") {
  const Shape west = polygon({{0, 0}, {5, 0}, {6, 3}, {4, 7}, {5, 10}, {0, 10}, {0, 0}});
  const Shape east = polygon({{5, 0}, {10, 0}, {10, 10}, {5, 10}, {4, 7}, {6, 3}, {5, 0}});
  for (const Point point : {at(5.5, 1.5), at(6, 3), at(5, 5), at(4, 7), at(4.5, 8.5)}) CHECK(covers(west, point) != covers(east, point));
}

TEST_CASE("shape: what lies is named, and what only touches is taken") {
  struct Row {
    const char* story;
    Shape shape;
    const char* fault;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Row table[] = {
      {"a square", polygon(kSquare), ""},
      {"the other way round", polygon({{0, 0}, {0, 10}, {10, 10}, {10, 0}, {0, 0}}), ""},
      {"with a hole", polygon(kSquare, {{{3, 3}, {7, 3}, {7, 7}, {3, 3}}}), ""},
      {"a hole that touches the border at a corner", polygon(kSquare, {{{0, 5}, {5, 3}, {5, 7}, {0, 5}}}), ""},
      {"two holes that touch", polygon(kSquare, {{{2, 2}, {5, 2}, {5, 5}, {2, 2}}, {{5, 5}, {8, 5}, {8, 8}, {5, 5}}}), ""},
      {"a ring that touches itself", polygon({{0, 0}, {10, 0}, {10, 10}, {5, 0}, {0, 10}, {0, 0}}), ""},
      {"a sliver of a centimetre", polygon({{0, 0}, {10, 0}, {10, 0.0001}, {0, 0.0001}, {0, 0}}), ""},
      {"a bow tie", polygon({{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}), "crosses itself"},
      {"a hole across the border", polygon(kSquare, {{{8, 4}, {12, 4}, {12, 6}, {8, 6}, {8, 4}}}), "crosses itself"},
      {"a hole outside", polygon(kSquare, {{{12, 4}, {14, 4}, {14, 6}, {12, 4}}}), "outside"},
      {"an open ring", polygon({{0, 0}, {10, 0}, {10, 10}, {0, 10}}), "open"},
      {"two corners", polygon({{0, 0}, {10, 0}, {0, 0}}), "fewer than three"},
      {"the same corner again and again", polygon({{0, 0}, {0, 0}, {10, 0}, {10, 0}, {0, 0}}), "fewer than three"},
      {"on one line", polygon({{0, 0}, {5, 0}, {10, 0}, {0, 0}}), "no area"},
      {"an open hole", polygon(kSquare, {{{3, 3}, {7, 3}, {7, 7}}}), "A hole is open"},
      {"nothing", Shape{}, "empty"},
      {"an empty ring", Shape{{}, {}, {Polygon{}}}, "empty"},
      {"metres", Shape{{{6'201'234, 412'345}}, {}, {}}, "no degrees"},
      {"no number", Shape{{{nan, 13}}, {}, {}}, "no degrees"},
      {"half of Sweden", Shape{{}, {{{55, 13}, {66, 14}}}, {}}, "kilometres wide"},
      {"a line of one point", Shape{{}, {{{55, 13}}}, {}}, "two different"},
      {"a line that does not move", Shape{{}, {{{55, 13}, {55, 13}}}, {}}, "two different"},
      {"a line", Shape{{}, {{{55, 13}, {55.1, 13}}}, {}}, ""},
      {"a point", Shape{{{55, 13}}, {}, {}}, ""},
  };
  for (const Row& row : table) {
    CAPTURE(row.story);
    const std::string fault = fault_in(row.shape);
    CAPTURE(fault);
    CHECK((*row.fault ? fault.find(row.fault) != std::string::npos : fault.empty()));
  }
}

TEST_CASE("shape: ten thousand corners in a hostile order are judged in a moment") {
  Shape comb;
  comb.polygons.emplace_back();
  auto& outer = comb.polygons.back().outer;
  for (int i = 0; i < 10'000; ++i) outer.push_back(at(i / 1000.0, i % 2 ? 10 : 0));
  outer.push_back(at(10, -1));
  outer.push_back(at(0, -1));
  outer.push_back(outer.front());
  CHECK(fault_in(comb) == "");
  std::swap(outer[5000], outer[5002]);
  CHECK(fault_in(comb) == "The polygon crosses itself.");
}

TEST_CASE("shape: a polygon that nobody could check in good time is refused, one as large as a long shore is not") {
  // A comb whose slanting teeth all lie over each other, and a shore of as many corners.
  const auto ring = [](int teeth, double lean, double low) {
    Polygon polygon;
    for (int i = 0; i < teeth; ++i) {
      const double x = 13 + i * 1e-5;
      polygon.outer.push_back({55 + low, x});
      polygon.outer.push_back({55.1 + 1e-6 * i, x + lean});
    }
    polygon.outer.push_back({54.9, 13.5});
    polygon.outer.push_back(polygon.outer.front());
    return Shape{{}, {}, {polygon}};
  };
  CHECK(fault_in(ring(5000, 0.2, 0.0)).find("too intricate") != std::string::npos);
  Polygon shore;
  for (int i = 0; i < 20'000; ++i) shore.outer.push_back({55 + (i % 2) * 1e-5, 13 + i * 1e-5});
  shore.outer.push_back({54.9, 13.1});
  shore.outer.push_back(shore.outer.front());
  CHECK(fault_in(Shape{{}, {}, {shore}}).find("too intricate") == std::string::npos);
}

TEST_CASE("shape: what lies outside Sweden or the municipality is said, a part inside is enough") {
  Municipality hoor;
  hoor.name = "Höör";
  hoor.area = Area{55.85, 13.35, 56.05, 13.75};
  const auto at = [](double lat, double lon) { return Shape{{{lat, lon}}, {}, {}}; };
  CHECK(fault_in(at(55.94, 13.54), hoor).empty());
  CHECK(fault_in(Shape{}, hoor) == "The shape is empty.");
  CHECK(fault_in(at(13.54, 55.94), hoor).starts_with("lat and lon are swapped"));
  CHECK(fault_in(at(48.85, 2.35), hoor).starts_with("It lies outside Sweden"));
  CHECK(fault_in(at(59.33, 18.07), hoor) == "It lies outside Höör, at 59.330000, 18.070000.");
  CHECK(fault_in(Shape{{}, {{{55.86, 13.2}, {55.86, 13.36}}}, {}}, hoor).empty());  // it begins outside
  CHECK(fault_in(Shape{{}, {{{55.86, 13.2}, {55.86, 13.3499}}}, {}}, hoor).starts_with("It lies outside Höör"));
  // Every corner is looked at, not the first alone.
  CHECK(fault_in(Shape{{}, {{{55.86, 13.4}, {55.86, 9.9}}}, {}}, hoor).starts_with("It lies outside Sweden"));
  CHECK(fault_in(at(6'201'234, 412'345), hoor).find("no degrees") != std::string::npos);
  Municipality boston = hoor;
  boston.calendar = Calendar::none;
  boston.area = std::nullopt;
  CHECK(fault_in(at(42.36, -71.06), boston).empty());
}
