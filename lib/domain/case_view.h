#pragma once

#include <string>

#include "domain/case.h"
#include "domain/event.h"
#include "domain/owner.h"

namespace klotterkoll {

/// What of a case the one who asks may see (design.md, Who sees what). Everything that shows a case asks this first.
struct CaseView {
  bool exact_place = false;      ///< else hate, obscene and private owners' places are rounded to the street
  bool owner_name = false;       ///< else only public bodies are named
  bool police_references = false;
  bool routing = false;
  bool report_ids = false;
  bool internal_events = false;
  bool notes = false;            ///< free text of events that are not public comments
  bool external_reference = false;  ///< what the owner's own system calls the case
  Actor viewer;                  ///< who asks
  std::string owner;             ///< for an owner: which one; it sees what it wrote itself, and its own name
};
CaseView view_for(const Actor& actor, const CaseRow& row);
/// The same of an event: an owner sees what was so while the case was its own.
CaseView view_for(const Actor& actor, const Event& event);

/// The place as the viewer may see it; `rounded` tells whether it was made coarser.
struct ShownPlace {
  Place place;
  bool rounded = false;
  std::string nearest_address;  ///< see CaseRow; rounded it is a street
};
ShownPlace shown_place(const CaseRow& row, const Settings& settings, const CaseView& view);

/// Who is looked at for that: who has the case, else who had it last; empty: nobody.
const std::string& whose_place(const CaseRow& row);
/// Is the exact place kept from the public? `whose` is the kind of whose place it is; none: nobody's.
bool hides_place(Category category, std::optional<OwnerKind> whose);
/// A point as coarse as the public sees such a place; none where the register has the told address.
std::optional<Point> rounded_point(Point point, bool point_derived);

/// Neither staff nor the case's owner.
bool is_outsider(const CaseView& view);

/// May the viewer see whose it is?
bool shows_owner(const CaseRow& row, const Settings& settings, const CaseView& view);

}  // namespace klotterkoll
