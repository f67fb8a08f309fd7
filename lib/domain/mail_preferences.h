#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "domain/outgoing.h"

namespace klotterkoll {

/// How a mailbox wants its notices. Nothing of it is on until it is chosen: then mail leaves at once.
struct MailPreferences {
  Language language = Language::sv;
  /// Local times of day at which what has gathered is sent, ascending; empty: at once.
  std::vector<std::chrono::minutes> digest_at;
  /// Local times of day between which nothing is sent; `quiet_from` may be later than `quiet_to`, over midnight. Both or neither.
  std::optional<std::chrono::minutes> quiet_from, quiet_to;
  /// On Fridays at the last digest, else at 12:00: what runs out before Monday's end.
  bool weekend_digest = false;
  bool operator==(const MailPreferences&) const = default;
};

}  // namespace klotterkoll
