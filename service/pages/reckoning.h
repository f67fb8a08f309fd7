#pragma once

#include <string>

#include "domain/case.h"
#include "pages/template.h"
#include "pages/words.h"

namespace klotterkoll {

// The promise and its reckoning in words.

/// "3 dagar, alla dagar räknade": what the owner has.
std::string limit_in_words(const Limit& limit, const Words& words);

/// How a case's deadline came about, for the template part "reckoning": {limit, started, due, days: [{text, counted}], held}. Who may
/// not see the reasons of pauses, `reasons_told` false, sees which days were held.
TemplateData reckoning_part(const Case& whole, const Settings& settings, bool reasons_told, const Words& words);

}  // namespace klotterkoll
