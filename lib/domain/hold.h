#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "domain/codes.h"
#include "domain/deadline.h"

namespace klotterkoll {

/// An owner's hold is a request until the municipality decides; anyone else's is granted when it is made.
enum class HoldStatus { requested, granted, refused };
constexpr auto names_of(HoldStatus) { return std::array<Names, 3>{"requested", "granted", "refused"}; }

/// A pause of one case: a time in which the owner cannot act. Only granted holds pause anything.
struct Hold {
  HoldId id;
  HoldReason reason = HoldReason::weather;
  HoldStatus status = HoldStatus::requested;
  /// Who asked for it, or made it.
  Role by = Role::municipality;
  Instant requested_at;
  /// When it begins: `requested_at` also for a request that is granted later, so that the owner does not pay
  /// for the time the municipality took to decide.
  Instant starts_at;
  /// The required end, exclusive.
  Instant until;
  /// When somebody ended it before `until`.
  std::optional<Instant> ended_at;
  /// When a request was granted or refused.
  std::optional<Instant> decided_at = {};

  /// The true end once it was ended early, else the required one; exclusive.
  Instant ends_at() const { return ended_at && *ended_at < until ? *ended_at : until; }
  bool operator==(const Hold&) const = default;
};

/// What all the holds of a case do to its deadline.
struct HoldReckoning {
  Instant due_at;
  Instant due_at_without_holds;
  /// The holds that the reckoning heeds, as `reckon_deadline` takes them, in order of their start.
  std::vector<HeldTime> held;
  /// The granted holds that move nothing because each began after the `due_at` of that moment, in order of
  /// their start.
  std::vector<HoldId> too_late;
  /// The requests that were granted after the deadline that stood without them had passed. They count, since they were
  /// asked for before it, and are marked.
  std::vector<HoldId> granted_late = {};
};

/// The deadline of a case with these holds, in any order and of any status.
///
/// The `due_at` of the moment a hold begins is the one reckoned with the holds that began before it. Holds
/// are taken as they are known now: one that runs to its required end, one ended early to its true end, so
/// ending one reckons everything anew. That at most policy.hold_cap_days move a deadline is part of
/// `deadline_for`, which also tells what is thrown and what the `former` limits do.
HoldReckoning reckon_holds(const Policy& policy, const Limit& limit, Instant started_at,
                           std::span<const Hold> holds, std::span<const FormerLimit> former = {});

/// How long the police may hold a case so that traces can be secured. Source: design, life of a case.
inline constexpr std::chrono::hours kMaxPoliceHold{48};

/// Checks a hold before it is requested or made. `until` is the end as sent, if any was.
/// Throws Error{refused} with every fault at /reason or /until: no end, an end not after the start, longer
/// than policy.hold_cap_days of 24 hours; by the police also a reason other than `evidence`, and longer than
/// kMaxPoliceHold.
void validate_hold(const Policy& policy, Role by, HoldReason reason, Instant starts_at,
                   std::optional<Instant> until);

}  // namespace klotterkoll
