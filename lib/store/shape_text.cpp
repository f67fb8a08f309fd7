#include "store/shape_text.h"

#include <span>

#include "base/error.h"
#include "domain/shape.h"

namespace klotterkoll {
namespace {

// Five bits a character, the lowest first, from '?' (0) on; all but the last of a number have the sixth bit set.
constexpr char kZero = '?';

class Writer {
 public:
  void part(char kind, std::span<const Point> points) {
    if (!text_.empty()) text_ += ' ';
    text_ += kind;
    for (const Point& point : points) {
      const GridPoint next = on_grid(point);
      number(std::int64_t{next.y} - at_.y);
      number(std::int64_t{next.x} - at_.x);
      at_ = next;
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void number(std::int64_t step) {
    auto bits = static_cast<std::uint64_t>(step < 0 ? ~(step << 1) : step << 1);
    for (; bits >= 32; bits >>= 5) text_ += static_cast<char>(kZero + (32 | (bits & 31)));
    text_ += static_cast<char>(kZero + static_cast<char>(bits));
  }

  std::string text_;
  GridPoint at_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return read_ >= text_.size(); }
  /// The letter of the next part.
  char part() {
    if (read_ > 0 && text_[read_++] != ' ') refuse();
    if (at_end()) refuse();
    return text_[read_++];
  }
  std::vector<Point> points() {
    std::vector<Point> points;
    while (!at_end() && text_[read_] != ' ') {
      at_.y = static_cast<std::int32_t>(at_.y + number());
      at_.x = static_cast<std::int32_t>(at_.x + number());
      points.push_back(from_grid(at_));
    }
    return points;
  }
  std::vector<Point> ring() {
    std::vector<Point> points = this->points();
    if (points.empty()) refuse();
    points.push_back(points.front());
    return points;
  }
  [[noreturn]] static void refuse() { throw Error{ErrorCode::internal, "a stored shape cannot be read"}; }

 private:
  std::int64_t number() {
    std::uint64_t bits = 0;
    for (int shift = 0;; shift += 5) {
      if (at_end() || shift > 35) refuse();
      const int value = text_[read_++] - kZero;
      if (value < 0 || value > 63) refuse();
      bits |= static_cast<std::uint64_t>(value & 31) << shift;
      if (value < 32) break;
    }
    const auto step = static_cast<std::int64_t>(bits >> 1);
    return bits & 1 ? ~step : step;
  }

  std::string_view text_;
  std::size_t read_ = 0;
  GridPoint at_;
};

std::span<const Point> without_last(const std::vector<Point>& ring) {
  return std::span{ring}.first(ring.empty() ? 0 : ring.size() - 1);
}

}  // namespace

std::string shape_to_text(const Shape& shape) {
  Writer writer;
  if (!shape.points.empty()) writer.part('p', shape.points);
  for (const auto& line : shape.lines) writer.part('l', line);
  for (const Polygon& polygon : shape.polygons) {
    writer.part('o', without_last(polygon.outer));
    for (const auto& hole : polygon.holes) writer.part('h', without_last(hole));
  }
  return writer.take();
}

Shape shape_from_text(std::string_view text) {
  Shape shape;
  for (Reader reader{text}; !reader.at_end();) {
    switch (reader.part()) {
      case 'p': shape.points = reader.points(); break;
      case 'l': shape.lines.push_back(reader.points()); break;
      case 'o': shape.polygons.push_back({reader.ring(), {}}); break;
      case 'h':
        if (shape.polygons.empty()) Reader::refuse();
        shape.polygons.back().holes.push_back(reader.ring());
        break;
      default: Reader::refuse();
    }
  }
  return shape;
}

}  // namespace klotterkoll
