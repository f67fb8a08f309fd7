#pragma once

#include <optional>
#include <string>

#include "base/id.h"
#include "base/time.h"

namespace klotterkoll {

/// A link that lets an owner close one case without an account. The secret itself is nowhere, only its digest.
struct ClosingLink {
  LinkId id;
  std::string link_digest;
  CaseId case_id;
  std::string owner_id;
  Instant assigned_at;  ///< of the case when the link was made: given to another, or anew, it is not good any more
  Instant created_at, expires_at;
  std::optional<Instant> used_at;  ///< for closing; it then shows, and says so
  bool operator==(const ClosingLink&) const = default;
};

class LinkTable {
 public:
  virtual ~LinkTable() = default;
};

}  // namespace klotterkoll
