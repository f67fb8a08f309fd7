#include "commands/demo_land.h"

namespace klotterkoll {
namespace {

/// A plot of some 60 metres around its house.
std::vector<Point> plot(Point at, double part = 1) {
  const double lat = 0.0003 * part, lon = 0.0005 * part;
  return {{at.lat - lat, at.lon - lon}, {at.lat - lat, at.lon + lon}, {at.lat + lat, at.lon + lon}, {at.lat + lat, at.lon - lon}, {at.lat - lat, at.lon - lon}};
}

Property property(const char* designation, const char* owner_id, const char* address, Point at) {
  Property one;
  one.designation = designation;
  one.owner_id = owner_id;
  one.addresses = {address};
  one.shape.polygons = {{plot(at), {}}};
  return one;
}

PlacedObject object(ObjectType type, const char* label, const char* owner_id, std::vector<Point> points) {
  PlacedObject one;
  one.type = type;
  one.label = label;
  one.owner_id = owner_id;
  (points.size() > 1 ? one.shape.lines.emplace_back() : one.shape.points) = std::move(points);
  return one;
}

}  // namespace

const std::vector<Property>& demo_properties() {
  static const std::vector<Property> properties = [] {
    std::vector<Property> all{property("HÖÖR KVARNBÄCK 1:23", "hfab", "Storgatan 12", {55.9362, 13.5405}),
                              property("HÖÖR KVARNBÄCK 1:31", "lindqvist", "Storgatan 21", {55.9368, 13.5419}),
                              property("HÖÖR FRILUFTEN 2", "hfab", "Friluftsvägen 13", {55.9403, 13.5372}),
                              property("HÖÖR FRILUFTEN 5", "hfab", "Friluftsvägen 4B", {55.9399, 13.5391}),
                              property("HÖÖR FRILUFTEN 7", "hfab", "Friluftsvägen 7", {55.9411, 13.5502}),
                              property("HÖÖR TORGET 1", "hoors-kommun", "Nya torg 1", {55.9356, 13.5436}),
                              property("HÖÖR SKOLAN 3", "hoors-kommun", "Skolgatan 7", {55.9377, 13.5447}),
                              property("HÖÖR BANGÅRDEN 4", "hoors-kommun", "Bangårdsgatan 3", {55.9349, 13.5448}),
                              property("HÖÖR BANGÅRDEN 1", "trafikverket", "Järnvägsgatan 1", {55.9341, 13.5457}),
                              property("HÖÖR FROSTAVALLEN 1:2", "hoors-kommun", "Frostavallsvägen 22", {55.9452, 13.5431}),
                              property("HÖÖR SÄTOFTA 9:14", "hfab", "Sätoftavägen 41", {55.9287, 13.5289}),
                              property("HÖÖR LJUNGSTORP 1:4", "hfab", "Ljungstorpsvägen 8", {55.9581, 13.5624}),
                              property("HÖÖR TJÖRNARP 3:1", "trafikverket", "Tjörnarps station", {55.9935, 13.6266})};
    // The school's gable stands on a plot of another's in the middle: a hole.
    all[6].shape.polygons.front().holes.push_back(plot({55.93755, 13.5443}, 0.2));
    return all;
  }();
  return properties;
}

const std::vector<PlacedObject>& demo_objects() {
  using enum ObjectType;
  static const std::vector<PlacedObject> objects{
      object(power_cabinet, "HÖR 0412", "eon", {{55.9335, 13.5421}}),
      object(power_cabinet, "HÖR 0415", "eon", {{55.93353, 13.54216}}),
      object(power_cabinet, "HÖR 0431", "eon", {{55.9360, 13.5400}}),
      object(bus_shelter, "Höörs station A", "skanetrafiken", {{55.9346, 13.5452}}),
      object(bridge, "Järnvägsgatan", "trafikverket", {{55.9340, 13.5455}, {55.9342, 13.5459}}),
      object(rail, "Södra stambanan", "trafikverket", {{55.9310, 13.5440}, {55.9341, 13.5460}, {55.9600, 13.5900}, {55.9935, 13.6267}})};
  return objects;
}

std::vector<AddressPoint> demo_addresses() {
  std::vector<AddressPoint> all;
  for (const Property& one : demo_properties()) {
    const auto& corners = one.shape.polygons.front().outer;
    all.push_back({one.addresses.front(), {(corners[0].lat + corners[2].lat) / 2, (corners[0].lon + corners[2].lon) / 2}, one.designation, false});
  }
  all.push_back({"Höörs station", {55.9341, 13.5457}, "HÖÖR BANGÅRDEN 1", true});
  all.push_back({"Skolan vid Skolgatan", {55.9377, 13.5447}, "HÖÖR SKOLAN 3", true});
  return all;
}

}  // namespace klotterkoll
