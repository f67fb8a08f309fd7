#pragma once

#include "domain/event.h"

namespace klotterkoll {

/// Those who work on all cases see what they write to each other there; an owner does not.
inline bool sees_internal_events(const Actor& actor) { return actor.role == Role::municipality || actor.role == Role::police; }

/// Is the event told to one who follows what happens, by the feed of changes or by a webhook? An owner hears what was so
/// while the case was its own, and that it left.
inline bool follows(const Actor& actor, const Event& event) {
  if (!sees_internal_events(actor) && event.visibility != Visibility::public_) return false;
  return actor.role != Role::owner || event.owner_id == actor.owner_id || event.data.former_owner_id == actor.owner_id;
}

}  // namespace klotterkoll
