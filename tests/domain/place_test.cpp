#include "domain/place.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace klotterkoll;

namespace {

bool found(Point point, double radius_m, Point near) {
  const auto cell = cell_of(near);
  return std::ranges::any_of(cells_around(point, radius_m), [&](const CellRange& range) {
    return range.first <= cell && cell <= range.last;
  });
}

/// A point `metres` away in a direction, a hair nearer so that rounding does not carry it beyond.
Point away(Point from, double metres, double direction) {
  const double degrees = metres * 0.999'999 / 6'371'008.8 * 180 / std::numbers::pi;
  return {from.lat + degrees * std::cos(direction),
          from.lon + degrees * std::sin(direction) / std::cos(from.lat * std::numbers::pi / 180)};
}

}  // namespace

TEST_CASE("place: distances are metres along the ground") {
  CHECK(distance_m({55.9362, 13.5405}, {55.9362, 13.5405}) == 0);
  CHECK(distance_m({55.9362, 13.5405}, {55.9372, 13.5405}) == doctest::Approx(111.2).epsilon(0.001));
  CHECK(distance_m({55.9362, 13.5405}, {55.9362, 13.5415}) == doctest::Approx(62.3).epsilon(0.001));
  // Höör to Stockholm's central station.
  CHECK(distance_m({55.9362, 13.5405}, {59.3300, 18.0580}) == doctest::Approx(464'000).epsilon(0.01));
  CHECK(distance_m({0, 0}, {0, 180}) == doctest::Approx(20'015'115).epsilon(0.0001));
}

TEST_CASE("place: neighbouring cells of a row have neighbouring numbers, also across a whole degree") {
  CHECK(cell_of({55.93605, 13.5405}) + 1 == cell_of({55.93605, 13.5415}));
  CHECK(cell_of({55.93605, 13.9995}) + 1 == cell_of({55.93605, 14.0005}));
  CHECK(cell_of({55.93605, -0.0005}) + 1 == cell_of({55.93605, 0.0005}));
  CHECK(cell_of({55.93605, 13.5405}) != cell_of({55.93655, 13.5405}));
}

TEST_CASE("place property: the cells around a point hold everything within the radius") {
  CHECK(rc::check("anywhere", [] {
    const double lat = *rc::gen::inRange(-85'000'000, 85'000'000) / 1e6,
                 lon = *rc::gen::inRange(-178'000'000, 178'000'000) / 1e6;
    const double radius = *rc::gen::inRange(1, 2000), share = *rc::gen::inRange(0, 1001) / 1000.0;
    const double direction = *rc::gen::inRange(0, 6'283'185) / 1e6;
    const Point near = away({lat, lon}, radius * share, direction);
    if (distance_m({lat, lon}, near) <= radius) RC_ASSERT(found({lat, lon}, radius, near));
  }));
}

TEST_CASE("place property: also from a border of cells, and in the far north") {
  CHECK(rc::check("on the borders", [] {
    // Points that lie on a corner of the grid, or a hair beside it, in Sweden and up to Svalbard.
    const double hair = *rc::gen::element(-1e-9, 0.0, 1e-9);
    const Point point{*rc::gen::inRange(110'000, 162'000) * 0.0005 + hair,
                      *rc::gen::inRange(10'000, 25'000) * 0.001 + hair};
    const double radius = *rc::gen::element(1.0, 15.0, 30.0, 100.0),
                 direction = *rc::gen::inRange(0, 8) * std::numbers::pi / 4;
    const Point near = away(point, radius, direction);
    if (distance_m(point, near) <= radius) RC_ASSERT(found(point, radius, near));
  }));
}

TEST_CASE("place: the cells around a point are few") {
  // Within 30 m of a point at Höör: two or three rows of two or three cells.
  for (const double lat : {55.93601, 55.93625, 55.93649}) {
    const auto ranges = cells_around({lat, 13.5405}, 30);
    CHECK(ranges.size() <= 3);
    for (const auto& range : ranges) CHECK(range.last - range.first <= 2);
  }
}

TEST_CASE("place: in words it is its address, else its designation, else its coordinates to a metre") {
  Place place{Point{55.9362, 13.5}, "Storgatan 12", "HÖÖR KVARNBÄCK 1:23"};
  CHECK(in_words(place) == "Storgatan 12");
  place.address.clear();
  CHECK(in_words(place) == "HÖÖR KVARNBÄCK 1:23");
  place.designation.clear();
  CHECK(in_words(place) == "55.9362, 13.5");
  place.point = Point{56, -0.123456};
  CHECK(in_words(place) == "56.0, -0.12346");
  place.point.reset();
  CHECK(in_words(place).empty());
}
