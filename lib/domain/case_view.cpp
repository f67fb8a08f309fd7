#include "domain/case_view.h"

#include <cmath>

namespace klotterkoll {
namespace {

bool owner_is_public(const CaseRow& row, const Settings& settings) {
  const auto at = settings.owners.find(row.owner_id);
  return at != settings.owners.end() && is_public_body(at->second.kind);
}

/// "Storgatan 12 A" is on "Storgatan". What has no number, or more than a street before it, may name anything, a person
/// too, and shows nothing.
std::string street_of(const std::string& address) {
  const auto number = address.find_first_of("0123456789");
  if (number == std::string::npos || address.find(',') < number) return "";
  std::string street = address.substr(0, number);
  street.resize(street.find_last_not_of(" ,\t") + 1);
  return street;
}

double to_thousandths(double degrees) { return std::round(degrees * 1000) / 1000; }

}  // namespace

CaseView view_for(const Actor& actor, const CaseRow& row) {
  CaseView view;
  view.viewer = actor;
  switch (actor.role) {
    case Role::municipality:
    case Role::police:
      view.exact_place = view.owner_name = view.police_references = view.routing = view.report_ids = true;
      view.internal_events = view.notes = true;
      view.external_reference = actor.role == Role::municipality;
      break;
    case Role::owner:
      if (row.owner_id.empty() || row.owner_id != actor.owner_id) break;
      view.exact_place = view.owner_name = view.police_references = view.notes = view.external_reference = true;
      view.owner = actor.owner_id;
      break;
    default: break;
  }
  return view;
}

CaseView view_for(const Actor& actor, const Event& event) {
  CaseRow then;
  then.owner_id = event.owner_id;
  return view_for(actor, then);
}

const std::string& whose_place(const CaseRow& row) { return row.owner_id.empty() ? row.former_owner_id : row.owner_id; }

bool hides_place(Category category, std::optional<OwnerKind> whose) {
  // Private persons and companies are not named in public, and their place is not told to the door; neither when one of
  // them has given the case back and nobody has it yet.
  return category == Category::hate || category == Category::obscene || whose == OwnerKind::private_owner;
}

std::optional<Point> rounded_point(Point point, bool point_derived) {
  // Where the register has the address says more than its street.
  return point_derived ? std::nullopt : std::optional{Point{to_thousandths(point.lat), to_thousandths(point.lon)}};
}

ShownPlace shown_place(const CaseRow& row, const Settings& settings, const CaseView& view) {
  const auto whose = settings.owners.find(whose_place(row));
  const bool sensitive = hides_place(row.category, whose == settings.owners.end() ? std::nullopt : std::optional{whose->second.kind});
  if (view.exact_place || !sensitive) return {row.place, false, row.nearest_address};
  Place rounded;
  if (row.place.point) rounded.point = rounded_point(*row.place.point, row.point_derived);
  rounded.address = street_of(row.place.address);
  return {rounded, true, street_of(row.nearest_address)};
}

bool is_outsider(const CaseView& view) { return !view.notes && view.owner.empty(); }

bool shows_owner(const CaseRow& row, const Settings& settings, const CaseView& view) {
  return !row.owner_id.empty() && (view.owner_name || owner_is_public(row, settings));
}

}  // namespace klotterkoll
