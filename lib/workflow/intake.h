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
  std::vector<PhotoId> photos;  ///< sent before, at most five
};

/// What became of a report.
struct Taken {
  Report report;
  CaseRow row;
  bool repeated = false;           ///< it is the same report as an earlier one, which is returned
  std::vector<std::string> added;  ///< on a repeat: the names of what it brought that was new
  /// At most 10: first those whose photos show nearly what its own show, then the others; nearest first.
  std::vector<CaseRow> possible_duplicates;
  std::optional<Point> point;  ///< near which these lie: the report's, else that of its address
};

/// Takes a report: checks it by the rules of the domain, recognises one that was sent before, joins the case it names or
/// opens one, finds the owner, and writes all of it with its consequences.
/// Throws Error{refused} with all faults at once, Error{forbidden} when the role may not say what it says.
Taken take_report(Transaction& transaction, const Settings& settings, const ReportDraft& draft, const Actor& actor, Instant now);

/// A report whose rules were checked, on its way to a case.
struct CheckedReport {
  Report report;
  std::string owner_id;         ///< that the municipality gave
  std::optional<CaseId> joins;  ///< that case, or where it was merged into
  std::vector<PhotoId> photos;  ///< that it names
  QueueId waited;               ///< for an officer's word: its photos are those that waited with it
  bool to_removed = false;      ///< an officer says that it is of the case, also when that is removed
  /// What is there, when that was looked up already.
  std::optional<std::vector<CaseTable::Spot>> spots;
};
/// The rules of the domain, as `take_report` applies them to what is received at `now`.
CheckedReport check_report(Transaction& transaction, const Settings& settings, const ReportDraft& draft, const Actor& actor, Instant now);
/// The rest of `take_report`. `actor` sent it.
Taken take_checked_report(Transaction& transaction, const Settings& settings, CheckedReport checked, const Actor& actor, Instant now);
/// When the graffiti was there at the latest that the report tells of.
Instant seen_at(const Report& report);
/// What is there, open or removed, near the report's point or, without one, near its address (point_of in workflow/routing.h).
std::vector<CaseTable::Spot> spots_near(Transaction& transaction, const Settings& settings, const Report& report);
/// The report that this one repeats: the same police reference, or external id of the same key, at the same place.
std::optional<Report> find_sent_before(Transaction& transaction, const Settings& settings, const Report& report, const Actor& actor);
/// Fills in the texts that the first report lacked, unless they were erased; gives their names.
std::vector<std::string> complete_texts(Report& first, const Report& again);

/// The party that acts, as reports and removals name it: "municipality" for the municipality and owners of that kind,
/// "owner:ID" for other owners, empty for all others.
std::string party_of(Transaction& transaction, MunicipalityId municipality, Role role, const std::string& owner_id);

}  // namespace klotterkoll
