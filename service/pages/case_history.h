#pragma once

#include "json/case_json.h"
#include "pages/template.h"
#include "pages/words.h"

namespace klotterkoll {

/// What has happened to a case in words, newest first, as the viewer may see it: [{when, at, text, note}]. The service's own names of
/// owners stand there only where the API would give them.
TemplateData history_part(const std::vector<EventTable::Noted>& events, const Actor& actor, const Settings& settings, const Words& words);

/// Most events of a case that its page tells, the latest.
inline constexpr std::size_t kEventsOfPage = 100;

}  // namespace klotterkoll
