#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/time.h"
#include "domain/codes.h"
#include "domain/place.h"

namespace klotterkoll {

// How single values look in JSON: what is absent is null.

inline nlohmann::json shown(Instant instant) { return format_instant(instant); }
inline nlohmann::json shown(const std::string& text) { return text.empty() ? nlohmann::json{} : nlohmann::json(text); }
template <typename Enum>
  requires std::is_enum_v<Enum>
nlohmann::json shown(Enum code) {
  return to_code(code);
}
inline nlohmann::json shown(std::int64_t number) { return number; }
template <typename T>
nlohmann::json shown(const std::optional<T>& value) {
  return value ? shown(*value) : nlohmann::json{};
}

inline nlohmann::json place_to_json(const Place& place) {
  return {{"lat", place.point ? nlohmann::json(place.point->lat) : nlohmann::json{}},
          {"lon", place.point ? nlohmann::json(place.point->lon) : nlohmann::json{}},
          {"address", shown(place.address)},
          {"designation", shown(place.designation)}};
}

}  // namespace klotterkoll
