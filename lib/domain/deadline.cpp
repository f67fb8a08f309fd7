#include "domain/deadline.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace klotterkoll {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

void require_sensible(const Limit& limit) {
  if (!limit.ok())
    throw Error{ErrorCode::refused,
                limit.mode == CountingMode::hours ? "The limit must be from 1 to 8760 hours."
                                                  : "The limit must be from 1 to 365 days.",
                "/limit"};
}

std::optional<HoldReason> reason_held_at(std::span<const HeldTime> holds, Instant at) {
  for (const auto& hold : holds)
    if (hold.from <= at && at < hold.to) return hold.reason;
  return std::nullopt;
}

/// Walks from the day after the start to the due day, which it returns, and shows `visit` each day between.
template <typename Visit>
LocalDate walk_to_due_day(const Policy& policy, const Limit& limit, const TimeZone& zone, LocalDate start_day,
                          std::span<const HeldTime> holds, Visit visit) {
  const bool rolls = limit.mode == CountingMode::calendar_days_next_weekday;
  int counted = 0, held_days = 0;
  for (LocalDate date = start_day + days{1};; date += days{1}) {
    ReckonedDay day{.date = date};
    day.off = day_off(date, policy.calendar);
    day.extra_day = is_extra_day(date, policy);
    day.rolled = counted == limit.amount;
    const bool off = day.off != DayOff::none || day.extra_day;
    bool passed_over = off && (limit.mode == CountingMode::working_days || day.rolled);
    if (!passed_over && !holds.empty()) {
      const auto reason = reason_held_at(holds, zone.last_second_of(date));
      day.held_beyond_cap = reason && held_days >= policy.hold_cap_days;
      if (reason && !day.held_beyond_cap) {
        day.held = reason;
        passed_over = true;
        ++held_days;
      }
    }
    if (!passed_over && !day.rolled) {
      day.counted = true;
      day.number = ++counted;
    }
    visit(day);
    if (!passed_over && counted == limit.amount && !(rolls && off)) return date;
  }
}

/// How much held time lies between the start and the deadline, which every part of it moves on.
seconds held_between(const Policy& policy, const Limit& limit, Instant started_at,
                     std::span<const HeldTime> holds) {
  std::vector<HeldTime> in_order(holds.begin(), holds.end());
  std::ranges::sort(in_order, {}, &HeldTime::from);
  const seconds cap = days{policy.hold_cap_days};
  seconds held{0};
  Instant reckoned_to = started_at;  // Held time before this is added already, or lies before the start.
  for (const auto& hold : in_order) {
    if (hold.from > started_at + hours{limit.amount} + held) break;
    const auto from = std::max(hold.from, reckoned_to);
    const auto to = std::min(hold.to, from + (cap - held));
    if (to <= from) continue;
    held += to - from;
    reckoned_to = to;
  }
  return held;
}

/// The last working day on or before `day`.
LocalDate working_day_until(LocalDate day, const Policy& policy) {
  while (!is_working_day(day, policy)) day -= days{1};
  return day;
}

/// The deadline that the limit alone gives.
Instant reckoned_by_limit(const Policy& policy, const Limit& limit, Instant started_at,
                          std::span<const HeldTime> holds) {
  require_sensible(limit);
  if (limit.mode == CountingMode::hours) {
    const auto held = holds.empty() ? seconds{0} : held_between(policy, limit, started_at, holds);
    return started_at + hours{limit.amount} + held;
  }
  const TimeZone zone{policy.time_zone};
  const auto start_day = zone.date_of(started_at);
  return zone.last_second_of(
      walk_to_due_day(policy, limit, zone, start_day, holds, [](const ReckonedDay&) {}));
}

/// The end of the day of a change, or of the next day at whose end the case is not held.
Instant end_of_change(const Policy& policy, LocalDate day, std::span<const HeldTime> holds) {
  const TimeZone zone{policy.time_zone};
  for (int held_days = 0; held_days < policy.hold_cap_days && reason_held_at(holds, zone.last_second_of(day));
       ++held_days)
    day += days{1};
  return zone.last_second_of(day);
}

/// Before this no deadline lies, because of the limits there were; none without former limits.
std::optional<Instant> not_before(const Policy& policy, Instant started_at, std::span<const HeldTime> holds,
                                  std::span<const FormerLimit> former) {
  std::optional<Instant> earliest;
  for (const auto& [limit, changed_on] : former) {
    const auto alone = reckoned_by_limit(policy, limit, started_at, holds);
    const auto due_then = std::max(alone, earliest.value_or(alone));
    earliest = std::min(due_then, end_of_change(policy, changed_on, holds));
  }
  return earliest;
}

struct Words {
  std::array<std::string_view, 7> weekdays;  // From Sunday, as std::chrono counts.
  std::array<std::string_view, 12> months;
  std::array<std::string_view, names_of(HoldReason{}).size()> hold_reasons;  // In the order of the enum.
  std::string_view (*day_off_name)(DayOff);
  std::string_view day, start, extra_day, held, held_beyond_cap, not_counted, moves_on, next_weekday,
      not_shortened;
};

constexpr Words kSwedish{
    .weekdays = {"sön", "mån", "tis", "ons", "tor", "fre", "lör"},
    .months = {"jan", "feb", "mars", "apr", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"},
    .hold_reasons = {"väder", "bevissäkring", "tillträde", "lift", "tillstånd"},
    .day_off_name = name_sv,
    .day = "dag ",
    .start = "klockan startar",
    .extra_day = "kommunens lediga dag",
    .held = "pausad",
    .held_beyond_cap = "pausad, men taket för pauser är nått",
    .not_counted = "räknas inte",
    .moves_on = "går vidare till nästa vardag",
    .next_weekday = "nästa vardag",
    .not_shortened = "kategorin ändrades, den kortare fristen gäller inte bakåt",
};

constexpr Words kEnglish{
    .weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
    .months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
    .hold_reasons = {"weather", "evidence", "access", "lift", "permission"},
    .day_off_name = name_en,
    .day = "day ",
    .start = "the clock starts",
    .extra_day = "the municipality's day off",
    .held = "held",
    .held_beyond_cap = "held, but the cap on holds is reached",
    .not_counted = "not counted",
    .moves_on = "moves on to the next weekday",
    .next_weekday = "the next weekday",
    .not_shortened = "the category was changed, the shorter limit does not reach back",
};

std::string describe(const ReckonedDay& day, const Words& words) {
  const std::chrono::year_month_day date{day.date};
  std::string line{words.weekdays[std::chrono::weekday{day.date}.c_encoding()]};
  line += ' ' + std::to_string(static_cast<unsigned>(date.day())) + ' ';
  line += words.months[static_cast<unsigned>(date.month()) - 1];

  std::string_view separator = ": ";
  const auto say = [&](std::string_view first, std::string_view second = {}) {
    ((line += separator) += first) += second;
    separator = ", ";
  };
  const bool has_number = day.start_day || day.counted;
  const bool weekend = day.off == DayOff::saturday || day.off == DayOff::sunday;
  if (has_number) say(words.day, std::to_string(day.number));
  if (day.start_day) say(words.start);
  // The weekday stands before the date already; it is named again only where it is the reason.
  if (day.off != DayOff::none && !(weekend && (has_number || day.held || day.not_shortened)))
    say(words.day_off_name(day.off));
  else if (day.extra_day)
    say(words.extra_day);
  if (day.held)
    say(words.held, day.reason_told ? " (" + std::string{words.hold_reasons[static_cast<std::size_t>(*day.held)]} + ")" : "");
  if (day.held_beyond_cap) say(words.held_beyond_cap);
  if (has_number) return line;
  if (day.not_shortened)
    say(words.not_shortened);
  else if (!day.rolled)
    say(words.not_counted);
  else if (day.off != DayOff::none || day.extra_day || day.held)
    say(words.moves_on);
  else
    say(words.next_weekday);
  return line;
}

}  // namespace

Instant deadline_for(const Policy& policy, const Limit& limit, Instant started_at,
                     std::span<const HeldTime> holds, std::span<const FormerLimit> former) {
  const auto by_limit = reckoned_by_limit(policy, limit, started_at, holds);
  return std::max(by_limit, not_before(policy, started_at, holds, former).value_or(by_limit));
}

Deadline reckon_deadline(const Policy& policy, const Limit& limit, Instant started_at,
                         std::span<const HeldTime> holds, std::span<const FormerLimit> former) {
  Deadline deadline{.due_at = deadline_for(policy, limit, started_at, holds, former),
                    .limit = limit,
                    .started_at = started_at};
  const auto by_limit = reckoned_by_limit(policy, limit, started_at, holds);
  if (by_limit < deadline.due_at) deadline.shortened_to = by_limit;
  if (limit.mode == CountingMode::hours) {
    deadline.held = by_limit - started_at - hours{limit.amount};
    return deadline;
  }
  const TimeZone zone{policy.time_zone};
  const auto day_of = [&](LocalDate date) {
    return ReckonedDay{
        .date = date, .off = day_off(date, policy.calendar), .extra_day = is_extra_day(date, policy)};
  };
  const auto start_day = zone.date_of(started_at);
  deadline.days.push_back(day_of(start_day));
  deadline.days.back().start_day = true;
  auto last = walk_to_due_day(policy, limit, zone, start_day, holds,
                              [&](const ReckonedDay& day) { deadline.days.push_back(day); });
  while (last < zone.date_of(deadline.due_at)) {
    deadline.days.push_back(day_of(last += days{1}));
    deadline.days.back().not_shortened = true;
    deadline.days.back().held = reason_held_at(holds, zone.last_second_of(last));
  }
  return deadline;
}

std::string describe_sv(const ReckonedDay& day) { return describe(day, kSwedish); }
std::string describe_en(const ReckonedDay& day) { return describe(day, kEnglish); }

std::vector<WarningMoment> warning_moments(const Policy& policy, const Limit& limit, Instant due_at) {
  const TimeZone zone{policy.time_zone};
  const auto due_day = zone.date_of(due_at);
  std::vector<WarningMoment> moments;
  for (std::size_t i = 0; i < policy.warnings.size(); ++i) {
    const auto& [kind, offset] = policy.warnings[i];
    if ((kind == Warning::Kind::lead) != (limit.mode == CountingMode::hours)) continue;
    Instant at = due_at - offset;
    if (kind != Warning::Kind::lead) {
      const auto latest = kind == Warning::Kind::weekday_before_due ? due_day - days{1} : due_day;
      at = zone.to_instant(working_day_until(latest, policy) + offset);
    }
    if (at < due_at) moments.push_back({static_cast<int>(i), at});
  }
  std::ranges::sort(moments, {}, [](const WarningMoment& moment) {
    return std::pair{moment.at, -moment.index};
  });
  const auto repeated = std::ranges::unique(moments, {}, &WarningMoment::at);
  moments.erase(repeated.begin(), repeated.end());
  return moments;
}

}  // namespace klotterkoll
