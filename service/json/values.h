#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/time.h"
#include "domain/codes.h"
#include "domain/place.h"
#include "json/json_writer.h"

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

/// The members of a place, within an object.
inline void write_place_members(JsonWriter& out, const Place& place) {
  out.member("lat", place.point ? std::optional{place.point->lat} : std::nullopt);
  out.member("lon", place.point ? std::optional{place.point->lon} : std::nullopt);
  out.member("address", or_null(place.address));
  out.member("designation", or_null(place.designation));
}

// How single members of a request body are read, its shape checked by the schema.

/// The text, empty when it is absent or null.
inline std::string text_in(const nlohmann::json& body, const char* name) {
  const auto at = body.find(name);
  return at == body.end() || at->is_null() ? "" : at->get<std::string>();
}
template <typename Enum>
std::optional<Enum> code_in(const nlohmann::json& body, const char* name) {
  return code_from<Enum>(text_in(body, name));
}

}  // namespace klotterkoll
