#include "json/deadline_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "json/case_json.h"
#include "json/values.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

constexpr std::array<const char*, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

json day_to_json(const ReckonedDay& day) {
  return {{"date", format_date(day.date)},
          {"weekday", kWeekdays[std::chrono::weekday{day.date}.c_encoding()]},
          {"counted", day.counted},
          {"note", describe_sv(day)},
          {"note_en", describe_en(day)}};
}

/// The same under the modes that the case is not counted by, with as many days, or their hours.
json other_modes(const Policy& policy, const Deadline& deadline, std::span<const HeldTime> held) {
  json out = json::array();
  const int days = deadline.limit.mode == CountingMode::hours ? std::max(1, deadline.limit.amount / 24) : deadline.limit.amount;
  for (std::size_t i = 0; i < names_of(CountingMode{}).size(); ++i) {
    const auto mode = static_cast<CountingMode>(i);
    if (mode == deadline.limit.mode) continue;
    const Limit limit{mode, mode == CountingMode::hours ? days * 24 : days};
    out.push_back({{"mode", to_code(mode)}, {"limit", limit.amount}, {"due_at", shown(deadline_for(policy, limit, deadline.started_at, held))}});
  }
  return out;
}

json reckoned_to_json(const Deadline& deadline, const Policy& policy, int policy_version, std::span<const HeldTime> held) {
  json days = json::array();
  for (const ReckonedDay& day : deadline.days) days.push_back(day_to_json(day));
  return {{"started_at", shown(deadline.started_at)},
          {"due_at", shown(deadline.due_at)},
          {"mode", to_code(deadline.limit.mode)},
          {"limit", deadline.limit.amount},
          {"policy_version", policy_version == 0 ? json{} : json(policy_version)},
          {"time_zone", policy.time_zone},
          {"held_seconds", deadline.held.count()},
          {"days", days},
          {"other_modes", other_modes(policy, deadline, held)}};
}

}  // namespace

json deadline_to_json(const Deadline& deadline, const Policy& policy, int policy_version) {
  return reckoned_to_json(deadline, policy, policy_version, {});
}

json case_deadline_to_json(const Case& whole, const Settings& settings, const ReferenceCipher& references) {
  const CaseRow& row = whole.row;
  const Policy& policy = policy_of_version(settings.policies, row.policy_version);
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  const HoldReckoning reckoned = reckon_holds(policy, limit, row.clock_started_at, whole.holds);
  json out = reckoned_to_json(reckon_deadline(policy, limit, row.clock_started_at, reckoned.held), policy, policy.version, reckoned.held);
  out["due_at"] = shown(row.due_at);  // never before the end of the day on which a category shortened it
  out["due_at_without_holds"] = shown(row.due_at_without_holds);
  json& without_effect = out["holds_without_effect"] = json::array();
  for (const Hold& hold : whole.holds)
    if (std::ranges::find(reckoned.too_late, hold.id) != reckoned.too_late.end()) without_effect.push_back(hold_to_json(hold, references));
  return out;
}

}  // namespace klotterkoll
