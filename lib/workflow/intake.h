#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/store.h"

namespace klotterkoll {

/// A report as it was sent, its shape checked but none of its rules.
struct ReportDraft {
  Place place;
  GivenTimes times;
  std::optional<Source> source;  ///< municipality only; else it follows from the role
  std::optional<Intake> intake;  ///< municipality only
  std::string police_reference, external_id;
  Category category = Category::other;
  std::optional<Surface> surface;
  std::optional<ObjectType> object_type;
  std::string object_label, description, owner_id;
  Contact contact;
  std::optional<CaseId> joins;
};

/// What became of a report.
struct Taken {
  Report report;
  CaseRow row;
  bool repeated = false;           ///< it is the same report as an earlier one, which is returned
  std::vector<std::string> added;  ///< on a repeat: the names of what it brought that was new
  std::vector<CaseRow> possible_duplicates;
};

/// Takes a report: checks it by the rules of the domain, recognises one that was sent before, joins the case it names or
/// opens one, finds the owner, and writes all of it with its consequences.
/// Throws Error{refused} with all faults at once, Error{forbidden} when the role may not say what it says.
Taken take_report(Transaction& transaction, const Settings& settings, const ReportDraft& draft, const Actor& actor, Instant now);

/// The party that acts, as reports and removals name it: "municipality" for the municipality and owners of that kind,
/// "owner:ID" for other owners, empty for all others.
std::string party_of(Transaction& transaction, MunicipalityId municipality, Role role, const std::string& owner_id);

}  // namespace klotterkoll
