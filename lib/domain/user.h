#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "domain/codes.h"
#include "domain/mail_preferences.h"

namespace klotterkoll {

/// A person on the staff: of the municipality, the police or an owner. Signs in by mail, is told by mail.
struct User {
  std::int64_t id = 0;
  std::string email;  ///< as typed; compared without case
  std::string name;
  struct Scope {
    MunicipalityId municipality = 0;
    Role role = Role::municipality;  ///< municipality, police or owner
    std::string owner_id;            ///< for role owner
    bool notices = true;             ///< is one of the officers who are told
    bool operator==(const Scope&) const = default;
  };
  std::vector<Scope> scopes;
  MailPreferences mail;
  Instant created_at;
  std::optional<Instant> deactivated_at;
  std::int64_t version = 1;
  bool operator==(const User&) const = default;
};

class UserTable {
 public:
  virtual ~UserTable() = default;
};

}  // namespace klotterkoll
