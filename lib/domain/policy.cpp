#include "domain/policy.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/error.h"

namespace klotterkoll {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::size_t kMaxWarnings = 20;
constexpr std::size_t kMaxExtraDays = 1000;

void check_limit(const Limit& limit, const std::string& pointer, std::vector<Fault>& faults) {
  if (limit.ok()) return;
  const bool in_hours = limit.mode == CountingMode::hours;
  faults.push_back({pointer, "The limit must be from 1 to " +
                                 std::to_string(in_hours ? kMaxLimitHours : kMaxLimitDays) +
                                 (in_hours ? " hours." : " days.")});
}

void check_warnings(const std::vector<Warning>& warnings, std::vector<Fault>& faults) {
  if (warnings.size() > kMaxWarnings)
    faults.push_back({"/warnings", "There may be at most " + std::to_string(kMaxWarnings) + " warnings."});
  for (std::size_t i = 0; i < warnings.size(); ++i) {
    const auto& [kind, offset] = warnings[i];
    const auto pointer = "/warnings/" + std::to_string(i);
    if (kind == Warning::Kind::lead) {
      if (offset <= minutes{0} || offset > hours{30 * 24})
        faults.push_back(
            {pointer, "A warning must come at least 1 minute and at most 30 days before the deadline."});
    } else if (offset < minutes{0} || offset >= hours{24}) {
      faults.push_back({pointer, "A warning's time of day must be from 00:00 to 23:59."});
    }
  }
}

void check_extra_days(const std::vector<LocalDate>& extra_days, std::vector<Fault>& faults) {
  if (extra_days.size() > kMaxExtraDays)
    faults.push_back(
        {"/extra_days", "There may be at most " + std::to_string(kMaxExtraDays) + " extra days off."});
  const auto unsorted = std::ranges::adjacent_find(extra_days, std::ranges::greater_equal{});
  if (unsorted != extra_days.end())
    faults.push_back({"/extra_days/" + std::to_string(unsorted - extra_days.begin() + 1),
                      "Extra days off must be in order, each once: " + format_date(unsorted[1]) +
                          " follows " + format_date(unsorted[0]) + "."});
}

void check_escalation(const Escalation& escalation, std::vector<Fault>& faults) {
  const std::array<std::pair<const char*, const std::vector<Audience>*>, 3> steps{
      {{"/warning", &escalation.warning}, {"/last_warning", &escalation.last_warning}, {"/overdue", &escalation.overdue}}};
  for (const auto& [name, audiences] : steps)
    for (std::size_t i = 1; i < audiences->size(); ++i)
      if (std::find(audiences->begin(), audiences->begin() + static_cast<std::ptrdiff_t>(i), (*audiences)[i]) != audiences->begin() + static_cast<std::ptrdiff_t>(i))
        faults.push_back({"/escalation" + std::string{name} + "/" + std::to_string(i), "Each of those who are told is named once."});
  if (escalation.unassigned_after < minutes{0} || escalation.unassigned_after > hours{30 * 24})
    faults.push_back({"/escalation/unassigned_after_minutes", "Officers are told after at most 43200 minutes (30 days); 0 is never."});
  if (escalation.silent_after_percent < 0 || escalation.silent_after_percent > 99)
    faults.push_back({"/escalation/silent_after_percent", "The share of the time is 1 to 99 per cent; 0 is never."});
}

}  // namespace

std::vector<Warning> default_warnings() {
  return {{Warning::Kind::lead, hours{24}},
          {Warning::Kind::lead, hours{4}},
          {Warning::Kind::weekday_before_due, hours{7}},
          {Warning::Kind::weekday_on_or_before_due, hours{7}}};
}

const Limit& Policy::limit_for(Category category, bool confirmed) const {
  const auto own = limits.find(category);
  return confirmed && own != limits.end() ? own->second : limit;
}

void validate(const Policy& policy) {
  std::vector<Fault> faults;
  check_limit(policy.limit, "/limit", faults);
  for (const auto& [category, limit] : policy.limits)
    check_limit(limit, "/limits/" + std::string{to_code(category)} + "/limit", faults);
  check_warnings(policy.warnings, faults);
  if (policy.record_within_hours < 0 || policy.record_within_hours > 365 * 24)
    faults.push_back({"/record_within_hours", "A removal must be recorded within 0 to 8760 hours."});
  try {
    TimeZone{policy.time_zone};
  } catch (const Error& unknown) {
    faults.insert(faults.end(), unknown.faults().begin(), unknown.faults().end());
  }
  check_extra_days(policy.extra_days, faults);
  if (policy.hold_cap_days < 0 || policy.hold_cap_days > 365)
    faults.push_back({"/hold_cap_days", "Holds may move a deadline by 0 to 365 days."});
  check_escalation(policy.escalation, faults);
  if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
}

bool is_extra_day(LocalDate day, const Policy& policy) {
  return std::ranges::binary_search(policy.extra_days, day);
}

bool is_working_day(LocalDate day, const Policy& policy) {
  return day_off(day, policy.calendar) == DayOff::none && !is_extra_day(day, policy);
}

}  // namespace klotterkoll
