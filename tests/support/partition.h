#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "domain/land.h"
#include "domain/shape.h"

namespace klotterkoll::test {

/// A piece of land divided among properties as a kommun is: neighbours share every corner of their borders, every tenth
/// column is one road of a few metres along the whole of it with thousands of corners, some columns are slivers of half a metre,
/// and in some properties lies an island that is another's. Every point inside belongs to exactly one. The same each time.
class Partition {
 public:
  /// `columns` times `rows` pieces of about 60 m, from the south-western corner on.
  Partition(Point south_west, int columns, int rows, unsigned seed = 1) : columns_(columns), rows_(rows), random_(seed) {
    const GridScale scale{south_west};
    const GridPoint origin = on_grid(south_west);
    double x = 0;
    for (int column = 0; column <= columns; ++column) {
      xs_.push_back(origin.x + static_cast<std::int32_t>(x / scale.x_m));
      widths_.push_back(is_road(column) ? 6 : column % 10 == 5 ? 0.5 : 60);
      x += widths_.back();
    }
    const auto step = static_cast<std::int32_t>(60 / scale.y_m);
    const auto jitter = static_cast<int>(8 / scale.y_m);
    for (int column = 0; column <= columns; ++column)
      for (int row = 0; row <= rows; ++row) {
        // Sideways only along with the whole column: no sliver is turned inside out.
        corners_.push_back({xs_[at(column)] + wave(row), origin.y + row * step + (column % 2 ? any(jitter) : 0)});
      }
    for (int column = 0; column <= columns; ++column)
      for (int row = 0; row < rows; ++row) upward_.push_back(between(corner(column, row), corner(column, row + 1)));
    for (int column = 0; column < columns; ++column)
      for (int row = 0; row <= rows; ++row) eastward_.push_back(between(corner(column, row), corner(column + 1, row)));
    for (int column = 0; column < columns; ++column) {
      if (is_road(column)) {
        add(ring(column, 0, rows));
        continue;
      }
      for (int row = 0; row < rows; ++row) {
        Polygon piece = ring(column, row, row + 1);
        if (widths_[at(column)] > 10 && (column * 7 + row) % 25 == 0) {
          std::vector<Point> island = diamond(column, row);
          piece.holes.push_back(island);
          add({std::move(island), {}});
        }
        add(std::move(piece));
      }
    }
    const GridPoint first = corner(0, 0), last = corner(columns, rows);
    // What lies within for certain, whatever the borders do.
    inside_ = {from_grid({first.x + 400, first.y + 2 * jitter}), from_grid({last.x - 400, last.y - 2 * jitter})};
  }

  const std::vector<LandTable::IndexedShape>& shapes() const { return shapes_; }
  Point south_west() const { return inside_.first; }
  Point north_east() const { return inside_.second; }
  std::int64_t corners() const { return corner_count_; }

  static bool is_road(int column) { return column % 10 == 9; }

 private:
  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  std::int32_t any(int most) { return std::uniform_int_distribution<std::int32_t>{-most, most}(random_); }
  /// The same sideways shift for all columns of a row.
  static std::int32_t wave(int row) { return static_cast<std::int32_t>(200 * std::sin(row * 0.7)); }
  GridPoint corner(int column, int row) const { return corners_[at(column) * (at(rows_) + 1) + at(row)]; }

  /// Points on a border, a few centimetres off the straight line: less than half of the narrowest sliver.
  std::vector<GridPoint> between(GridPoint a, GridPoint b) {
    std::vector<GridPoint> points;
    for (int i = 1; i < 4; ++i)
      points.push_back({static_cast<std::int32_t>(a.x + (std::int64_t{b.x} - a.x) * i / 4 + any(10)),
                        static_cast<std::int32_t>(a.y + (std::int64_t{b.y} - a.y) * i / 4 + any(10))});
    return points;
  }

  /// The outline of the pieces of a column from one row to another.
  Polygon ring(int column, int from, int to) const {
    std::vector<Point> points;
    const auto put = [&](GridPoint point) { points.push_back(from_grid(point)); };
    const auto& south = eastward_[at(column) * (at(rows_) + 1) + at(from)];
    const auto& north = eastward_[at(column) * (at(rows_) + 1) + at(to)];
    put(corner(column, from));
    for (const GridPoint point : south) put(point);
    for (int row = from; row < to; ++row) {
      put(corner(column + 1, row));
      for (const GridPoint point : upward_[at(column + 1) * at(rows_) + at(row)]) put(point);
    }
    put(corner(column + 1, to));
    for (auto point = north.rbegin(); point != north.rend(); ++point) put(*point);
    for (int row = to - 1; row >= from; --row) {
      put(corner(column, row + 1));
      const auto& west = upward_[at(column) * at(rows_) + at(row)];
      for (auto point = west.rbegin(); point != west.rend(); ++point) put(*point);
    }
    put(corner(column, from));
    return {std::move(points), {}};
  }

  std::vector<Point> diamond(int column, int row) const {
    const GridPoint a = corner(column, row), b = corner(column + 1, row + 1);
    const std::int32_t x = a.x / 2 + b.x / 2, y = a.y / 2 + b.y / 2, wide = (b.x - a.x) / 6, high = (b.y - a.y) / 6;
    std::vector<Point> points;
    for (const GridPoint point : {GridPoint{x - wide, y}, {x, y - high}, {x + wide, y}, {x, y + high}, {x - wide, y}}) points.push_back(from_grid(point));
    return points;
  }

  void add(Polygon polygon) {
    corner_count_ += std::ssize(polygon.outer);
    LandTable::IndexedShape shape;
    shape.property = PropertyId{1, std::ssize(shapes_) + 1};
    shape.shape.polygons.push_back(std::move(polygon));
    shapes_.push_back(std::move(shape));
  }

  int columns_, rows_;
  std::mt19937 random_;
  std::vector<std::int32_t> xs_;
  std::vector<double> widths_;
  std::vector<GridPoint> corners_;
  std::vector<std::vector<GridPoint>> upward_, eastward_;
  std::vector<LandTable::IndexedShape> shapes_;
  std::pair<Point, Point> inside_;
  std::int64_t corner_count_ = 0;
};

}  // namespace klotterkoll::test
