#pragma once

#include <nlohmann/json_fwd.hpp>

#include "domain/event.h"

namespace klotterkoll {

/// What an event tells, as it is stored: members by their names, keys as numbers, instants as Unix seconds. Members
/// that are not set are left out.
nlohmann::json event_data_to_json(const EventData& data);
EventData event_data_from_json(const nlohmann::json& json);

/// The same as the API shows it: keys as references, instants as RFC 3339.
nlohmann::json event_data_for_api(const EventData& data, const ReferenceCipher& references);

}  // namespace klotterkoll
