#include "json/geometry_json.h"

#include <cmath>

namespace klotterkoll {
namespace {

using nlohmann::json;

/// What is not as a geometry should be.
struct NoGeometry {
  std::string what;
};

Point point_of(const json& position) {
  if (!position.is_array() || position.size() < 2 || !position[0].is_number() || !position[1].is_number())
    throw NoGeometry{"a position is [longitude, latitude]"};
  return {position[1].get<double>(), position[0].get<double>()};
}

std::vector<Point> points_of(const json& positions) {
  if (!positions.is_array()) throw NoGeometry{"positions are a list of [longitude, latitude]"};
  std::vector<Point> points;
  for (const json& position : positions) points.push_back(point_of(position));
  return points;
}

Polygon polygon_of(const json& rings) {
  if (!rings.is_array() || rings.empty()) throw NoGeometry{"a polygon is a list of rings, the outer one first"};
  Polygon polygon{points_of(rings[0]), {}};
  for (std::size_t i = 1; i < rings.size(); ++i) polygon.holes.push_back(points_of(rings[i]));
  return polygon;
}

const json& list_of(const json& coordinates) {
  if (!coordinates.is_array()) throw NoGeometry{"its coordinates are a list"};
  return coordinates;
}

Shape shape_of(const std::string& type, const json& coordinates) {
  Shape shape;
  if (type == "Point")
    shape.points.push_back(point_of(coordinates));
  else if (type == "MultiPoint")
    shape.points = points_of(coordinates);
  else if (type == "LineString")
    shape.lines.push_back(points_of(coordinates));
  else if (type == "MultiLineString")
    for (const json& line : list_of(coordinates)) shape.lines.push_back(points_of(line));
  else if (type == "Polygon")
    shape.polygons.push_back(polygon_of(coordinates));
  else if (type == "MultiPolygon")
    for (const json& polygon : list_of(coordinates)) shape.polygons.push_back(polygon_of(polygon));
  else
    throw NoGeometry{"its type is Point, LineString, Polygon, MultiPoint, MultiLineString or MultiPolygon"};
  return shape;
}

json to_json(Point point) { return json::array({point.lon, point.lat}); }

json to_json(const std::vector<Point>& points) {
  json list = json::array();
  for (const Point& point : points) list.push_back(to_json(point));
  return list;
}

json to_json(const Polygon& polygon) {
  json rings = json::array({to_json(polygon.outer)});
  for (const auto& hole : polygon.holes) rings.push_back(to_json(hole));
  return rings;
}

template <typename Item>
void add_geometry(json& geometries, const std::string& type, const std::vector<Item>& items) {
  if (items.empty()) return;
  json coordinates = json::array();
  for (const Item& item : items) coordinates.push_back(to_json(item));
  const bool one = items.size() == 1;
  geometries.push_back({{"type", one ? type : "Multi" + type}, {"coordinates", one ? coordinates[0] : coordinates}});
}

}  // namespace

Shape shape_from_geojson(const json& geometry, const std::string& pointer, std::vector<Fault>& faults) {
  if (geometry.is_null()) return {};
  try {
    if (!geometry.is_object() || !geometry.contains("type") || !geometry["type"].is_string() || !geometry.contains("coordinates"))
      throw NoGeometry{"it has a type and coordinates"};
    return shape_of(geometry["type"].get<std::string>(), geometry["coordinates"]);
  } catch (const NoGeometry& fault) {
    faults.push_back({pointer, "This is no GeoJSON geometry: " + fault.what + "."});
    return {};
  }
}

json shape_to_geojson(const Shape& shape) {
  json geometries = json::array();
  add_geometry(geometries, "Point", shape.points);
  add_geometry(geometries, "LineString", shape.lines);
  add_geometry(geometries, "Polygon", shape.polygons);
  if (geometries.empty()) return nullptr;
  if (geometries.size() == 1) return geometries[0];
  return {{"type", "GeometryCollection"}, {"geometries", std::move(geometries)}};
}

}  // namespace klotterkoll
