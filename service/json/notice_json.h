#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "domain/notice.h"
#include "domain/store.h"

namespace klotterkoll {

/// A message on its way as officers see it: what it tells, to whom in words without an address, what became of it, of which
/// cases. `url` of the municipality.
nlohmann::json notice_to_json(Transaction& transaction, const Settings& settings, const Message& message, const ReferenceCipher& references,
                              const std::string& url);

}  // namespace klotterkoll
