#pragma once

#include <string>
#include <vector>

#include "json/json_writer.h"
#include "workflow/confirmation.h"

namespace klotterkoll {

/// A report that waits for an officer, or waited: what it says and shows, of which cases it may be, and what was said. `url` of
/// the municipality.
void write_confirmation(JsonWriter& out, Transaction& transaction, const Confirmation& confirmation, const Settings& settings,
                        const ReferenceCipher& references, const Actor& actor, Instant now, const std::string& url);

}  // namespace klotterkoll
