#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "domain/codes.h"

namespace klotterkoll {

/// An API key: who holds it and what for. The secret itself is nowhere, only its digest.
struct ApiKey {
  std::int64_t id = 0;
  std::string key_digest;
  Role role = Role::police;
  std::string name;
  struct Scope {
    MunicipalityId municipality;
    std::string owner_id;  ///< for role owner
  };
  std::vector<Scope> scopes;  ///< empty for admin: the whole installation
  Instant created_at;
  std::optional<Instant> revoked_at;
};

/// Gives the key a new secret, "kk_" and 256 random bits, which is returned to be shown once; the key keeps the digest.
std::string issue_secret(ApiKey& key, IdSource& ids);

/// Throws Error{refused} with the faults of its name.
void validate(const ApiKey& key);

}  // namespace klotterkoll
