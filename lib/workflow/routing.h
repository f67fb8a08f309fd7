#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/land.h"
#include "domain/store.h"
#include "workflow/casework.h"

namespace klotterkoll {

/// Whose is it? A place, what stands there when that was told, and the local day on which the register is asked: that of
/// receiving the report, so that who has bought since is not asked to remove what was there before.
struct RoutingQuestion {
  Place place;
  std::optional<ObjectType> object_type;
  LocalDate on;
  std::string given_owner_id;  ///< by an officer; empty: not given
};

/// Who must remove, and how that was found.
struct Routing {
  std::string owner_id;           ///< empty: nobody was found
  std::string rule;               ///< the step that decided, or none
  RoutingNote note;
  std::string district_id;        ///< in which the place lies; empty: in none that is known
  std::string unmatched_address;  ///< one that an officer should look at; empty: it was matched, or not looked at
};

/// Looks for the owner of a place, by the first of these steps that finds one:
///   owner_given      named by an officer
///   remembered_spot  an officer once gave this spot to somebody else than the register names (RememberedSpot)
///   object           one of the told type within kNearObject_m
///   object_default   who owns that type of object in the district, else in the municipality
///   designation      the register's property, else an owner's own designation
///   polygon          the property under the point; several of different owners: the smallest, uncertain
///   address          the register's address or property at it; that of the house for an entrance it does not know, uncertain
///   address_prefix   an owner's own address, the longest first
///   near_polygon     the nearest property within kNearProperty_m, uncertain
///   area_default     who owns what nobody else does in the district, else in the municipality
/// Rows are read as they are in this transaction, whatever the index knew. Writes nothing.
/// Error{refused} at /owner_id when the given owner is not known.
Routing route(Transaction& transaction, const Settings& settings, const RoutingQuestion& question);

/// The told point, else where the register has the told address: itself, or the house when a flat or a town follows; not the
/// house for an entrance that it does not know. Of a designation alone there is none: a property is too large for what lies
/// within metres.
std::optional<Point> point_of(Transaction& transaction, const Settings& settings, const Place& place);

/// Keeps with the case how its owner was sought and what the register knows of its place, and queues an address that nothing
/// matched.
void keep_routing(Transaction& transaction, Casework& work, const Routing& found, Instant now);

/// Keeps what was found for the place as it is now, and gives the case to whom was found. Nobody found: it is taken from an
/// owner that a step found before, not from one that an officer gave it to.
void route_anew(Transaction& transaction, Casework& work, const Routing& found, Instant now);

/// An officer has looked at an address that nothing matched: it is another name of that place, or, without one, there is no
/// such address. The open cases that nobody has had and that were reported at it are routed anew, 100 at most.
/// Error{refused} as of save_address in workflow/land_register.h.
void resolve_unmatched(Transaction& transaction, const Settings& settings, const UnmatchedAddress& unmatched, std::optional<AddressPoint> is_at,
                       const Actor& by, Instant now);

/// The same for a case that was just opened, and gives it to the owner that was found, if any. An owner given is assigned by
/// `by`, who gave it.
void assign_found(Transaction& transaction, Casework& work, const Routing& found, const Actor& by, Instant now);

/// To be called before an officer gives the case to an owner: when the last one gave it back with that suggestion, the spot is
/// remembered; when it came here by a memory that was wrong, that is forgotten.
void learn_from_officer(Transaction& transaction, const Settings& settings, const CaseRow& row, const std::string& owner_id, Instant now);

/// A line of a trace, taken apart.
struct TraceStep {
  std::string step, looked_at, result;
};
std::vector<TraceStep> read_trace(const std::string& trace);

}  // namespace klotterkoll
