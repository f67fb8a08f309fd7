#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "domain/codes.h"
#include "domain/holidays.h"

namespace klotterkoll {

inline constexpr int kMaxLimitDays = 365;
inline constexpr int kMaxLimitHours = 365 * 24;

/// How much time the owner has: days in the three day modes, hours in `hours`.
struct Limit {
  CountingMode mode = CountingMode::calendar_days;
  int amount = 3;
  /// Is the amount within 1 and kMaxLimitDays, or kMaxLimitHours?
  bool ok() const {
    return amount >= 1 && amount <= (mode == CountingMode::hours ? kMaxLimitHours : kMaxLimitDays);
  }
  bool operator==(const Limit&) const = default;
};

/// The limit of that mode: as many days, or hours, as given, else the promise's three days, 72 hours.
inline Limit limit_in(CountingMode mode, std::optional<int> amount) {
  return {mode, amount.value_or(mode == CountingMode::hours ? 72 : 3)};
}

/// When the owner is warned before the limit. A weekday here is a working day (`is_working_day`).
struct Warning {
  enum class Kind {
    lead,                      ///< `offset` before `due_at`; for limits in `hours`
    weekday_before_due,        ///< at local time `offset` on the last weekday before the due day; day modes
    weekday_on_or_before_due,  ///< the same on the last weekday on or before the due day
  };
  Kind kind = Kind::lead;
  std::chrono::minutes offset{0};
  bool operator==(const Warning&) const = default;
};

/// 24 h and 4 h before a limit in hours; otherwise 07:00 on the last weekday before the due day and 07:00 on
/// the last weekday on or before it. A deadline on a Wednesday warns on Tuesday and Wednesday; for one on a
/// Sunday both moments are Friday 07:00, which is one warning.
std::vector<Warning> default_warnings();

/// Whom the steps towards a deadline tell, and when officers are told that nobody acts. Any part may be empty or off.
struct Escalation {
  std::vector<Audience> warning{Audience::owner};
  std::vector<Audience> last_warning{Audience::owner, Audience::second_contact};
  std::vector<Audience> overdue{Audience::owner, Audience::second_contact, Audience::officers, Audience::reporters};
  /// A case that nobody has had for so long; 0: never.
  std::chrono::minutes unassigned_after{120};
  /// This share of the time between being given the case and its deadline, without a sign from the owner; 0: never.
  int silent_after_percent = 50;
  bool operator==(const Escalation&) const = default;
};

/// The counting rule of a municipality: versioned, with the local day it takes effect. A case keeps the
/// version it was opened under, so that a later change moves no deadline that was promised.
struct Policy {
  int version = 1;
  /// The local day from which cases are opened under it; LocalDate::min() for the first version, which has no
  /// beginning.
  LocalDate effective_from = LocalDate::min();
  Limit limit;
  /// Stricter or milder limits of single categories, applied to confirmed categories only.
  std::map<Category, Limit> limits;
  StartsFrom starts_from = StartsFrom::received;
  std::vector<Warning> warnings = default_warnings();
  /// A removal recorded after its deadline but dated before it counts only when entered within these hours of
  /// the removal, or confirmed by an officer who names the evidence.
  int record_within_hours = 72;
  std::string time_zone = "Europe/Stockholm";
  Calendar calendar = Calendar::se;
  /// The municipality's own days off (klämdagar), sorted; they count as holidays do.
  std::vector<LocalDate> extra_days;
  /// At most so many days of holds move one case's deadline; what is held beyond them counts as if it were
  /// not. In day modes these are the days that are not counted because the case is held, in `hours` 24 hours
  /// of held time each.
  int hold_cap_days = 14;
  Escalation escalation;

  /// The limit for a case of this category; the general one while the category is only a citizen's proposal.
  const Limit& limit_for(Category category, bool confirmed) const;

  bool operator==(const Policy&) const = default;
};

/// Throws Error{refused} with every fault, each at its pointer: a limit outside 1-365 days or 1-8760 hours
/// (/limit, /limits/hate/limit); a lead of 0 or more than 30 days, a warning at no time of the day
/// (/warnings/0), more than 20 warnings; record_within_hours outside 0-8760; hold_cap_days outside 0-365; an
/// audience named twice (/escalation/overdue/1), unassigned_after outside 0 to 30 days, silent_after_percent outside 0-99; an
/// unknown zone; extra_days that do not ascend (/extra_days/1), or more than 1000 of them.
void validate(const Policy& policy);

/// Is it one of the municipality's own days off?
bool is_extra_day(LocalDate day, const Policy& policy);

/// Is it a weekday that is no holiday, no eve that the law treats as one, and none of the extra days?
bool is_working_day(LocalDate day, const Policy& policy);

}  // namespace klotterkoll
