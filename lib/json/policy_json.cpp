#include "json/policy_json.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

json warning_to_json(const Warning& warning) {
  if (warning.kind == Warning::Kind::lead) {
    const auto minutes = warning.offset.count();
    return {{"lead", minutes % 60 == 0 ? std::to_string(minutes / 60) + "h" : std::to_string(minutes) + "m"}};
  }
  return {{"day", warning.kind == Warning::Kind::weekday_before_due ? "weekday_before_due" : "weekday_on_or_before_due"},
          {"at", format_time_of_day(warning.offset)}};
}

Warning warning_from_json(const json& from, const std::string& pointer) {
  if (from.contains("lead")) {
    const auto& text = from["lead"].get_ref<const std::string&>();
    std::int32_t number = 0;  // so many hours or minutes fit the 64 bits of a duration
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit{end, text.data() + text.size()};
    if (fault == std::errc::result_out_of_range) return {Warning::Kind::lead, std::chrono::minutes::max()};
    if (fault != std::errc{} || (unit != "h" && unit != "m"))
      throw Error{ErrorCode::refused, "A lead is written as hours or minutes, such as \"24h\" or \"90m\".", pointer + "/lead"};
    return {Warning::Kind::lead, unit == "h" ? std::chrono::hours{number} : std::chrono::minutes{number}};
  }
  const auto at = parse_time_of_day(from.value("at", "07:00"));
  if (!at) throw Error{ErrorCode::refused, "A time of day is written as HH:MM, such as \"07:00\".", pointer + "/at"};
  return {from.value("day", "") == "weekday_before_due" ? Warning::Kind::weekday_before_due
                                                        : Warning::Kind::weekday_on_or_before_due, *at};
}

Limit limit_from_json(const json& from, Limit limit) {
  if (from.contains("mode")) limit.mode = code_from<CountingMode>(from["mode"].get<std::string>()).value_or(limit.mode);
  limit.amount = whole_in(from, "limit").value_or(limit.amount);
  return limit;
}

json audiences_to_json(const std::vector<Audience>& audiences) {
  json out = json::array();
  for (const Audience audience : audiences) out.push_back(to_code(audience));
  return out;
}

void read_audiences(const json& from, const char* name, std::vector<Audience>& to) {
  if (!from.contains(name)) return;
  to.clear();
  for (const auto& code : from[name])
    if (const auto audience = code_from<Audience>(code.get_ref<const std::string&>())) to.push_back(*audience);
}

Escalation escalation_from_json(const json& from) {
  Escalation escalation;
  read_audiences(from, "warning", escalation.warning);
  read_audiences(from, "last_warning", escalation.last_warning);
  read_audiences(from, "overdue", escalation.overdue);
  if (const auto after = whole_in(from, "unassigned_after_minutes")) escalation.unassigned_after = std::chrono::minutes{*after};
  escalation.silent_after_percent = whole_in(from, "silent_after_percent").value_or(escalation.silent_after_percent);
  return escalation;
}

}  // namespace

std::optional<int> whole_in(const json& from, const char* name) {
  const auto at = from.find(name);
  if (at == from.end()) return std::nullopt;
  constexpr double kLeast = std::numeric_limits<int>::min(), kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(at->get<double>(), kLeast, kMost));
}

json policy_to_json(const Policy& policy) {
  json limits = json::object(), warnings = json::array(), extra_days = json::array();
  for (const auto& [category, limit] : policy.limits)
    limits[std::string{to_code(category)}] = {{"mode", to_code(limit.mode)}, {"limit", limit.amount}};
  for (const auto& warning : policy.warnings) warnings.push_back(warning_to_json(warning));
  for (const auto day : policy.extra_days) extra_days.push_back(format_date(day));
  return {{"mode", to_code(policy.limit.mode)},
          {"limit", policy.limit.amount},
          {"limits", limits},
          {"starts_from", to_code(policy.starts_from)},
          {"warnings", warnings},
          {"record_within_hours", policy.record_within_hours},
          {"time_zone", policy.time_zone},
          {"calendar", to_code(policy.calendar)},
          {"extra_days", extra_days},
          {"hold_cap_days", policy.hold_cap_days},
          {"escalation",
           {{"warning", audiences_to_json(policy.escalation.warning)},
            {"last_warning", audiences_to_json(policy.escalation.last_warning)},
            {"overdue", audiences_to_json(policy.escalation.overdue)},
            {"unassigned_after_minutes", policy.escalation.unassigned_after.count()},
            {"silent_after_percent", policy.escalation.silent_after_percent}}}};
}

Policy policy_from_json(const json& from) {
  Policy policy;
  policy.limit = limit_from_json(from, policy.limit);
  if (from.contains("limits"))
    for (const auto& [name, limit] : from["limits"].items())
      if (const auto category = code_from<Category>(name)) policy.limits[*category] = limit_from_json(limit, policy.limit);
  if (from.contains("starts_from"))
    policy.starts_from = code_from<StartsFrom>(from["starts_from"].get<std::string>()).value_or(policy.starts_from);
  if (from.contains("warnings")) {
    policy.warnings.clear();
    for (std::size_t i = 0; i < from["warnings"].size(); ++i)
      policy.warnings.push_back(warning_from_json(from["warnings"][i], "/warnings/" + std::to_string(i)));
  }
  policy.record_within_hours = whole_in(from, "record_within_hours").value_or(policy.record_within_hours);
  policy.time_zone = from.value("time_zone", policy.time_zone);
  if (from.contains("calendar"))
    policy.calendar = code_from<Calendar>(from["calendar"].get<std::string>()).value_or(policy.calendar);
  if (from.contains("extra_days"))
    for (std::size_t i = 0; i < from["extra_days"].size(); ++i) {
      const auto day = parse_date(from["extra_days"][i].get<std::string>());
      if (!day) throw Error{ErrorCode::refused, "A date is written as YYYY-MM-DD.", "/extra_days/" + std::to_string(i)};
      policy.extra_days.push_back(*day);
    }
  policy.hold_cap_days = whole_in(from, "hold_cap_days").value_or(policy.hold_cap_days);
  if (from.contains("escalation")) policy.escalation = escalation_from_json(from["escalation"]);
  return policy;
}

}  // namespace klotterkoll
