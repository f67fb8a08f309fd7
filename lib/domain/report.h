#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "base/time.h"
#include "domain/codes.h"
#include "domain/owner.h"
#include "domain/place.h"

namespace klotterkoll {

/// How to reach a reporter. Personal data: kept apart from everything that is counted, and erasable.
struct Contact {
  std::string name;
  std::string email;
  std::string phone;
  bool empty() const { return name.empty() && email.empty() && phone.empty(); }
  bool operator==(const Contact&) const = default;
};

/// One observation of graffiti. Never edited, never lost.
struct Report {
  ReportId id;
  CaseId case_id;
  Source source = Source::citizen;
  Intake intake = Intake::api;
  std::optional<Instant> observed_at;
  Instant reported_at;
  Instant received_at;
  Instant recorded_at;        ///< when it was entered here
  std::int64_t key_id = 0;    ///< the API key it came with; 0: none
  std::string reporter;       ///< the party that reported: "municipality", "owner:ID" or empty (see Case::proactive)
  std::string police_reference;
  std::string external_id;
  Place place;
  Category category = Category::other;
  std::optional<Surface> surface;
  std::optional<ObjectType> object_type;
  // Free text, erasable.
  std::string object_label;
  std::string description;
  Contact contact;
  bool texts_erased = false;  ///< somebody asked for that: they are empty, and nothing is filled in any more
  bool operator==(const Report&) const = default;
};

/// Times that were given, before the rules of who may say what are applied.
struct GivenTimes {
  std::optional<Instant> observed_at, reported_at, received_at;
};

/// Fills `observed_at`, `reported_at` and `received_at` as design.md, Times, says: police and municipality may say when
/// they heard (not in the future, at most a year back unless `imported`), the municipality when it was told
/// (`reported_at <= received_at <= now`); for others both are now.
/// Appends a fault to `faults` for each time that was refused.
void set_times(Report& report, const GivenTimes& given, Role role, Instant now, bool imported,
               std::vector<Fault>& faults);

/// Checks the place: something must be given; coordinates must lie in Sweden for a Swedish municipality (swapped ones are
/// named as such) and inside the municipality's area when that is known.
void check_place(const Place& place, const Municipality& municipality, std::vector<Fault>& faults);

/// Do the two tell of the same spot? The same designation, or the same normalised address, or points within 15 m; and
/// the same surface and object type when both say.
bool same_place(const Report& a, const Report& b, const std::string& municipality_name);

inline constexpr double kSamePlace_m = 15;
inline constexpr double kPossibleDuplicate_m = 30;
inline constexpr std::chrono::days kRecentlyRemoved{14};

}  // namespace klotterkoll
