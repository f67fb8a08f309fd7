#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "domain/event.h"
#include "json/json_writer.h"

namespace klotterkoll {

/// What an event tells, as it is stored: members by their names, keys as numbers, instants as Unix seconds. Members
/// that are not set are left out.
std::string event_data_to_text(const EventData& data);
EventData event_data_from_json(const nlohmann::json& json);

/// The same as the API shows it: keys as references, instants as RFC 3339.
void write_event_data(JsonWriter& out, const EventData& data, const ReferenceCipher& references);

}  // namespace klotterkoll
