#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "domain/mail_preferences.h"

namespace klotterkoll {

nlohmann::json mail_to_json(const MailPreferences& mail);
/// The member `mail` of a body whose shape has been checked; nothing when it is not there. Throws Error{malformed} for what is
/// no time of the day.
std::optional<MailPreferences> mail_in(const nlohmann::json& body);

}  // namespace klotterkoll
