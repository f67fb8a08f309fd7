#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pages/visit.h"

namespace klotterkoll {

/// A map on a page, beside a list or words that tell the same.
struct MapPart {
  std::string id = "map";      ///< unique on the page
  std::optional<Point> at;     ///< where it begins; none: the whole municipality
  int zoom = 16;               ///< at `at`
  bool mark = false;           ///< a pin stands at `at`
  bool small = false;          ///< lower than usual
  bool cases = false;          ///< shows cases, as whoever looks may see them
  std::vector<std::pair<std::string, std::string>> filters;  ///< of the cases: state, clock, owner (see pages/map.cpp)
  std::string case_page = "/arende/";  ///< where cases are looked at
  std::string pick_lat, pick_lon;      ///< names of two inputs of the form around it, which get the place that is chosen; empty: none is
};

/// For the template part "map", which reads it under the name "map": `values.set("map", map_part(visit, {.cases = true}))`.
TemplateData map_part(const Visit& visit, const MapPart& wanted);
/// What the page needs for it.
void use_map(PageFrame& frame);

}  // namespace klotterkoll
