#include "geo/feature_shape.h"

#include <doctest/doctest.h>

#include <limits>

#include "domain/shape.h"
#include "support/refusal.h"

using namespace klotterkoll;
using klotterkoll::test::refusal;

namespace {

Feature feature_of(const std::string& type, Coordinates coordinates) {
  Feature feature;
  feature.geometry_type = type;
  feature.coordinates = std::move(coordinates);
  return feature;
}
Feature point(double x, double y) { return feature_of("Point", {{{x, y}}, {}, {}, 1}); }

std::string sentence(const Feature& feature) {
  const Sweref sweref;
  return refusal([&] { shape_of(feature, sweref); }).what();
}

}  // namespace

TEST_CASE("feature shape: SWEREF 99 TM becomes WGS 84 to a centimetre, in all of Sweden") {
  // Reckoned by Lantmäteriet's published formulas (Gauss conformal projection), apart from the library.
  struct Control {
    double lat, lon, north, east;
  };
  const Sweref sweref;
  for (const auto& [lat, lon, north, east] :
       {Control{55.9362, 13.5405, 6199940.910, 408827.945}, Control{56.0, 12.0, 6210141.327, 312928.561}, Control{55.4, 13.2, 6140778.538, 386011.600},
        Control{59.3293, 18.0686, 6580743.008, 674571.866}, Control{66.0, 24.0, 7349217.668, 907351.981}, Control{69.0, 20.5, 7664216.879, 719717.051}}) {
    const Point found = shape_of(point(east, north), sweref).points.at(0);
    CAPTURE(lat);
    CHECK(distance_m(found, {lat, lon}) < 0.01);
    CHECK(distance_m(found, {lat, lon + 0.0000005}) > 0.01);  // the check can fail
  }
}

TEST_CASE("feature shape: rings and holes go to their polygons") {
  const Sweref sweref;
  const std::vector<Position> ring{{13.5, 55.9}, {13.6, 55.9}, {13.6, 55.95}, {13.5, 55.9}};
  Coordinates two{ring, {4, 8, 12}, {2, 3}, 4};
  for (int i = 0; i < 2; ++i) two.positions.insert(two.positions.end(), ring.begin(), ring.end());
  const Shape shape = shape_of(feature_of("MultiPolygon", two), sweref);
  REQUIRE(shape.polygons.size() == 2);
  CHECK(shape.polygons[0].outer.size() == 4);
  CHECK(shape.polygons[0].outer[1] == Point{55.9, 13.6});
  CHECK(shape.polygons[0].holes.size() == 1);
  CHECK(shape.polygons[1].holes.empty());
  const Shape lines = shape_of(feature_of("MultiLineString", {ring, {2, 4}, {}, 3}), sweref);
  REQUIRE(lines.lines.size() == 2);
  CHECK(lines.lines[1].front() == Point{55.95, 13.6});
  CHECK(shape_of(feature_of("MultiPoint", {ring, {4}, {}, 2}), sweref).points.size() == 4);
  CHECK(shape_of(Feature{}, sweref).empty());
}

TEST_CASE("feature shape: what a geometry is not is said in a sentence") {
  CHECK(sentence(feature_of("GeometryCollection", {})) == "A geometry of type GeometryCollection is not read; points, lines and polygons are.");
  CHECK(sentence(feature_of("Polygon", {})) == "The Polygon is empty.");
  CHECK(sentence(feature_of("Polygon", {{{13.5, 55.9}}, {}, {}, 1})) == "The coordinates are not nested as those of a Polygon.");
  CHECK(sentence(feature_of("", {{{13.5, 55.9}}, {}, {}, 1})) == "The geometry has no type.");
  CHECK(sentence(point(6199940.9, 408827.9)).starts_with("North and east are swapped: 6199940.9, 408827.9"));
  CHECK(sentence(point(55.9, 95.0)).starts_with("lat and lon are swapped"));
  // SWEREF 99 13 30, as Höör's own maps are in: which system it is cannot be told from the numbers.
  CHECK(sentence(point(150000, 6197428.9)).find("neither WGS 84") != std::string::npos);
  const double infinite = std::numeric_limits<double>::infinity(), none = std::numeric_limits<double>::quiet_NaN();
  CHECK(sentence(point(infinite, 55.9)).find("neither") != std::string::npos);
  CHECK(sentence(point(13.5, none)).find("neither") != std::string::npos);
  Feature faulty = point(13.5, 55.9);
  faulty.fault = "It is broken.";
  CHECK(sentence(faulty) == "It is broken.");
  // Degrees and metres in one geometry are no system.
  CHECK(sentence(feature_of("LineString", {{{13.5, 55.9}, {408827.9, 6199940.9}}, {2}, {}, 2})).find("neither") != std::string::npos);
}

TEST_CASE("feature shape: the edges of what is taken for SWEREF 99 TM") {
  CHECK(is_sweref({200'000, 6'100'000}));
  CHECK(is_sweref({950'000, 7'700'000}));
  CHECK_FALSE(is_sweref({199'999, 6'500'000}));
  CHECK_FALSE(is_sweref({950'001, 6'500'000}));
  CHECK_FALSE(is_sweref({500'000, 6'099'999}));
  CHECK_FALSE(is_sweref({500'000, 7'700'001}));
  CHECK(is_swapped_sweref({6'199'940, 408'827}));
  CHECK_FALSE(is_swapped_sweref({408'827, 6'199'940}));
}
