#pragma once

#include <string>

#include "domain/land.h"

namespace klotterkoll {

// The rules of the register, for whoever writes it: officers and imports. Each throws Error{refused} with all faults at once
// (an owner that is not known, at /owner_id; a shape that is none, at /geometry; days in the wrong order, at /valid_to), and
// Error{conflict} as said. Each gives the row as it is then. Open cases stay where they are.

/// What is wrong with a shape of this municipality, in a sentence; empty when nothing is. Beyond the rules of domain/shape.h
/// one of a Swedish municipality lies in Sweden; swapped coordinates are named as such.
std::string fault_in(const Shape& shape, const Municipality& municipality);

/// Adds it, or changes the one of its `id`. Error{conflict} at /designation when another of the designation holds on some of
/// its days: a property has one owner at a time.
Property save_property(Transaction& transaction, const Settings& settings, Property property);
/// From `on` it is `owner_id`'s: the present row ends, and another of the same designation, addresses and shape begins, which
/// is returned. Error{refused} unless the present one holds on that day and on the day before.
Property hand_over(Transaction& transaction, const Settings& settings, const Property& present, const std::string& owner_id, LocalDate on);
/// It holds until `on`, and no longer.
Property end_property(Transaction& transaction, const Settings& settings, Property present, LocalDate on);

PlacedObject save_object(Transaction& transaction, const Settings& settings, PlacedObject object);
void save_address(Transaction& transaction, const Settings& settings, const AddressPoint& address);
District save_district(Transaction& transaction, const Settings& settings, const District& district);

}  // namespace klotterkoll
