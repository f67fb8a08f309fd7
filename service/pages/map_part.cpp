#include "pages/map_part.h"

#include "maps.h"

namespace klotterkoll {

TemplateData map_part(const Visit& visit, const MapPart& wanted) {
  TemplateData map;
  map.set("id", wanted.id);
  if (wanted.at) {
    map.set("lat", degrees(wanted.at->lat));
    map.set("lon", degrees(wanted.at->lon));
    map.set("zoom", std::to_string(wanted.zoom));
  }
  const Area area = visit.municipality.area.value_or(kSweden);
  map.set("bounds", degrees(area.west) + "," + degrees(area.south) + "," + degrees(area.east) + "," + degrees(area.north));
  map.set("mark", wanted.mark && wanted.at);
  map.set("small", wanted.small);
  map.set("outlines", visit.link("/karta/fastigheter.geojson"));
  if (const Maps& maps = visit.call.app.maps; maps.tiles) {
    // Marks of the browser's, so nothing of it is escaped as an address.
    map.set("tiles", visit.base + "/karta/rutor/{z}/{x}/{y}");
    map.set("attribution", maps.attribution);
    map.set("tiles_zoom", std::to_string(maps.closest_tiles));
  }
  bool finished = false;
  if (wanted.cases) {
    map.set("points", visit.link("/karta/arenden.geojson", wanted.filters));
    map.set("details", visit.link("/karta/arenden.json"));
    map.set("case", visit.link(wanted.case_page + "{reference}"));
    for (const auto& [name, value] : wanted.filters) finished |= name == "state" && value != "open";
  }
  map.set("finished", finished);
  set_text(map, "pick_lat", wanted.pick_lat);
  set_text(map, "pick_lon", wanted.pick_lon);
  const std::string kind = !wanted.pick_lat.empty() ? "_pick" : wanted.cases ? "" : "_mark";
  map.set("label", visit.words("map_label" + kind, {{"{municipality}", visit.municipality.name}}));
  map.set("instead", visit.words("map_instead" + kind));
  map.set("help", visit.words("map_help" + kind));
  return map;
}

void use_map(PageFrame& frame) {
  frame.scripts.push_back("map.js");
  frame.styles.push_back("map.css");
}

}  // namespace klotterkoll
