#pragma once

#include <string>
#include <vector>

#include "domain/store.h"
#include "json/json_writer.h"

namespace klotterkoll {

/// A pause of a case, with what its history tells beside.
struct ToldHold {
  Hold hold;
  bool too_late = false;      ///< it began after the deadline of that moment, and moves nothing
  bool granted_late = false;  ///< granted after the deadline had passed, though it was asked for before
  Event asked;                ///< how it was asked for or made, with its note
  std::string note;
  std::string decision_note;  ///< of the decision on a request, if there was one
  std::vector<PhotoId> photos;  ///< that came with it as evidence
};

/// The pauses that a history tells of, in the order they were entered.
std::vector<ToldHold> told_holds(const std::vector<EventTable::Noted>& history, const Settings& settings);

/// The pause as the actor may see it. `url` of the case: what the actor may do with the pause now is linked there, when
/// `open`; `reported` says whether the actor's key reported the case. Without a `url` nothing is linked.
struct HoldViewer {
  Actor actor;
  bool open = false, reported = false;
  std::string url;
  std::vector<PhotoId> photos;  ///< of the case that the actor may see
};
void write_hold(JsonWriter& out, const ToldHold& told, const ReferenceCipher& references, const HoldViewer& viewer);

}  // namespace klotterkoll
