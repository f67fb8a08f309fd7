#include "domain/user.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "domain/mail_address.h"
#include "domain/mail_times.h"

namespace klotterkoll {

const User::Scope* User::scope_in(MunicipalityId municipality) const {
  const auto at = std::ranges::find(scopes, municipality, &Scope::municipality);
  return at == scopes.end() ? nullptr : &*at;
}

void User::set_scope(const Scope& scope) {
  std::erase_if(scopes, [&](const Scope& other) { return other.municipality == scope.municipality; });
  scopes.insert(std::ranges::upper_bound(scopes, scope.municipality, {}, &Scope::municipality), scope);
}

void validate(const User& user) {
  std::vector<Fault> faults;
  if (!is_mail_address(user.email)) faults.push_back({"/email", "A user has a mail address such as anna.ek@hoor.example.se."});
  if (user.name.empty() || !is_clean_text(user.name)) faults.push_back({"/name", "A user has a name, without control characters."});
  for (const User::Scope& scope : user.scopes) {
    if (scope.role != Role::municipality && scope.role != Role::police && scope.role != Role::owner)
      faults.push_back({"/role", "A user's role is municipality, police or owner."});
    if ((scope.role == Role::owner) != !scope.owner_id.empty())
      faults.push_back({"/owner_id", scope.role == Role::owner ? "A user of role owner names its owner_id." : "Only a user of role owner has an owner_id; leave it out."});
  }
  check(user.mail, "/mail", faults);
  if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
}

}  // namespace klotterkoll
