#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "domain/store.h"

namespace klotterkoll {

/// The roles that a route admits, as bits.
class Roles {
 public:
  constexpr Roles(std::initializer_list<Role> roles) {
    for (const Role role : roles) bits_ |= 1u << static_cast<unsigned>(role);
  }
  constexpr bool admit(Role role) const { return (bits_ >> static_cast<unsigned>(role) & 1) != 0; }

 private:
  unsigned bits_ = 0;
};

/// Who calls: nobody in particular (a citizen), or the holder of a key.
struct Caller {
  Role role = Role::citizen;
  std::shared_ptr<const ApiKey> key;  ///< none for citizens

  /// The one who acts in a municipality; for an owner's key it names the owner.
  Actor actor_in(MunicipalityId municipality) const;
  /// Whether the caller has to do with the municipality: citizens and admins everywhere, keys where they are good for.
  bool belongs_to(MunicipalityId municipality) const;
  std::int64_t key_id() const { return key ? key->id : 0; }
};

/// Knows the holders of keys. What was found is kept for a second, so that a key revoked on another node is refused
/// within two; one revoked here is refused at once (`forget`). Safe to call from several threads.
class KeyRing {
 public:
  explicit KeyRing(Store& store) : store_(store) {}

  /// `authorization` the header as sent, empty when there is none.
  /// Throws Error{unauthorized} for anything but a Bearer key that is known and not revoked.
  Caller identify(const std::string& authorization);
  void forget();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Kept {
    std::shared_ptr<const ApiKey> key;
    Time until;
  };
  Store& store_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;  ///< by digest
  std::uint64_t forgotten_ = 0;                 ///< how often
};

/// Throws Error{unauthorized} when a citizen needs a key, Error{forbidden} when the role is another.
void require_role(const Roles& admitted, const Caller& caller);

}  // namespace klotterkoll
