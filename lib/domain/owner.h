#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/id.h"
#include "domain/codes.h"
#include "domain/place.h"
#include "domain/mail_preferences.h"
#include "domain/policy.h"

namespace klotterkoll {

/// The tenant: a kommun, its civil time and its area.
struct Municipality {
  MunicipalityId id = 0;
  std::string code;  ///< [a-z0-9-]{1,32}; Swedish ones use the four SCB digits
  std::string name;
  std::string time_zone = "Europe/Stockholm";
  Calendar calendar = Calendar::se;
  std::string host;  ///< the host name its pages answer to; empty: none of its own
  std::optional<Area> area;
  bool demo = false;      ///< holds demonstration data only
  std::int64_t version = 1;  ///< counts changes of its settings: of itself, its policy, its owners
  bool operator==(const Municipality&) const = default;
};

/// Who must remove: of properties, or of objects such as power cabinets.
struct Owner {
  std::string owner_id;  ///< [a-z0-9-]{1,64}, unique in the municipality
  std::string name;
  OwnerKind kind = OwnerKind::company;
  std::string email;
  std::string second_email;  ///< told too at the last warning, by the policy's escalation
  std::string phone;
  MailPreferences mail;      ///< of both addresses
  /// Addresses that are this owner's: "Storgatan" (the whole street) or "Storgatan 12".
  std::vector<std::string> address_prefixes;
  /// Properties that are this owner's, by designation.
  std::vector<std::string> designations;
  std::int64_t version = 1;
  bool operator==(const Owner&) const = default;
};

/// May the owner's name stand in the open? Private persons and companies are not named in public.
inline bool is_public_body(OwnerKind kind) {
  return kind == OwnerKind::municipality || kind == OwnerKind::public_company || kind == OwnerKind::authority;
}

/// The policies of a municipality, in order of version.
using Policies = std::vector<Policy>;

/// The version in force on a local day. `policies` must not be empty; the first has no beginning.
const Policy& policy_on(const Policies& policies, LocalDate day);
/// Throws Error{internal} when the version is not among them: a case names a policy that was lost.
const Policy& policy_of_version(const Policies& policies, int version);

/// What an owner is called, whether that may stand in the open, and whether history names it.
struct OwnerName {
  std::string name;
  OwnerKind kind = OwnerKind::company;
  bool has_had_cases = false;
};

/// A municipality with what its cases are counted and shown by.
struct Settings {
  Municipality municipality;
  TimeZone zone{"Europe/Stockholm"};
  Policies policies;
  std::map<std::string, OwnerName> owners;  ///< by owner_id
};

/// Throws Error{refused} with every fault of code, name, zone, host or area.
void validate(const Municipality& municipality);
/// The policy that a new municipality begins with: its zone and calendar, and a limit by `limit_in`. Throws Error{refused}
/// with the faults of the municipality, or else those of the limit.
Policy first_policy(const Municipality& municipality, CountingMode mode, std::optional<int> amount);
void validate(const Owner& owner);

}  // namespace klotterkoll
