#include "pages/reckoning.h"

#include <utility>

namespace klotterkoll {

std::string limit_in_words(const Limit& limit, const Words& words) {
  const bool hours = limit.mode == CountingMode::hours, one = limit.amount == 1;
  const std::string amount = words(hours ? (one ? "hour" : "hours") : (one ? "day" : "days"), {{"{n}", std::to_string(limit.amount)}});
  return words("citizen_limit_" + std::string{to_code(limit.mode)}, {{"{amount}", amount}});
}

TemplateData reckoning_part(const Case& whole, const Settings& settings, bool reasons_told, const Words& words) {
  const CaseRow& row = whole.row;
  const Policy& policy = policy_of_version(settings.policies, row.policy_version);
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  const HoldReckoning reckoned = reckon_holds(policy, limit, row.clock_started_at, whole.holds, whole.former_limits);
  const Deadline deadline = reckon_deadline(policy, limit, row.clock_started_at, reckoned.held, whole.former_limits);
  TemplateData part;
  part.set("limit", words("citizen_reckoning_limit", {{"{limit}", limit_in_words(limit, words)}}));
  part.set("started", words("citizen_reckoning_started", {{"{when}", words.when(deadline.started_at, settings.zone)}}));
  part.set("due", words("citizen_reckoning_due", {{"{when}", words.when(deadline.due_at, settings.zone)}}));
  if (deadline.held >= std::chrono::hours{1}) part.set("held", words("citizen_reckoning_held", {{"{time}", words.duration(deadline.held)}}));
  TemplateData days{TemplateData::type::list};
  for (ReckonedDay day : deadline.days) {
    // Were only one reason left out, its absence would tell it.
    day.reason_told = reasons_told;
    TemplateData line;
    line.set("text", words.code() == "en" ? describe_en(day) : describe_sv(day));
    line.set("counted", day.counted);
    days.push_back(std::move(line));
  }
  part.set("has_days", !deadline.days.empty());
  part.set("days", std::move(days));
  return part;
}

}  // namespace klotterkoll
