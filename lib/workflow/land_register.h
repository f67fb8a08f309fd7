#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "domain/land.h"

namespace klotterkoll {

// The rules of the register, for whoever writes it: officers and imports. Each throws Error{refused} with all faults at once
// (an owner that is not known, at /owner_id; a shape that is none, at /geometry; days in the wrong order, at /valid_to), and
// Error{conflict} as said. Each gives the row as it is then. Open cases stay where they are.
//
// A shape is judged before the transaction, since others would wait for a large one: `faults` are what shape_faults() has
// found, and are refused together with the others.

/// What is wrong with the shape of a row, at /geometry: a property is of polygons or has no shape, a district of polygons (the
/// whole municipality has none), and see fault_in in domain/shape.h.
std::vector<Fault> shape_faults(const Property& property, const Municipality& municipality);
std::vector<Fault> shape_faults(const PlacedObject& object, const Municipality& municipality);
std::vector<Fault> shape_faults(const District& district, const Municipality& municipality);

/// Adds it, or changes the one of its `id`. Error{conflict} at /designation when another of the designation holds on some of
/// its days: a property has one owner at a time.
Property save_property(Transaction& transaction, const Settings& settings, Property property, std::vector<Fault> faults = {});
/// The property changes hands: `present` ends on `on`, and `next`, of whatever owner, shape and addresses, begins there with a
/// key of its own, which is returned. Error{refused} at /valid_from unless `present` holds on that day and on the day before.
Property hand_over(Transaction& transaction, const Settings& settings, const Property& present, Property next, LocalDate on,
                   std::vector<Fault> faults = {});
/// It holds until `on`, and no longer.
Property end_property(Transaction& transaction, const Settings& settings, Property present, LocalDate on);

PlacedObject save_object(Transaction& transaction, const Settings& settings, PlacedObject object, std::vector<Fault> faults = {});
void save_address(Transaction& transaction, const Settings& settings, const AddressPoint& address);
District save_district(Transaction& transaction, const Settings& settings, District district, std::vector<Fault> faults = {});

}  // namespace klotterkoll
