// What must be true of every deadline, whatever the policy, the start and the holds. A failing run prints its
// seed and how to repeat it (RC_PARAMS).

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

#include "domain/deadline.h"
#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

CountingMode any_mode() {
  return *rc::gen::element(CountingMode::calendar_days, CountingMode::calendar_days_next_weekday,
                           CountingMode::working_days, CountingMode::hours);
}

Limit any_limit() {
  const auto mode = any_mode();
  return {mode, *rc::gen::inRange(1, mode == CountingMode::hours ? 200 : 12)};
}

/// A policy with some extra days off; the zones include one whose clocks change at midnight and one of 12:45.
Policy any_policy() {
  Policy policy;
  policy.time_zone = *rc::gen::element<std::string>("Europe/Stockholm", "UTC", "America/New_York",
                                                    "Africa/Cairo", "Pacific/Chatham");
  policy.calendar = *rc::gen::element(Calendar::se, Calendar::none);
  policy.hold_cap_days = *rc::gen::inRange(0, 30);
  auto offsets = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4000));
  std::ranges::sort(offsets);
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  for (const int offset : offsets) policy.extra_days.push_back(on("2025-01-01") + days{offset});
  return policy;
}

/// A start on a whole minute between 2025 and 2036.
Instant any_start() { return at("2025-01-01T00:00:00Z") + minutes{*rc::gen::inRange(0, 11 * 525'600)}; }

/// A hold of one minute to six days, from two days before `start` to sixteen after it.
HeldTime any_hold(Instant start) {
  const auto from = start + minutes{*rc::gen::inRange(-2 * 1440, 16 * 1440)};
  return {from, from + minutes{*rc::gen::inRange(1, 6 * 1440)}, HoldReason::weather};
}

std::vector<HeldTime> any_holds(Instant start) {
  std::vector<HeldTime> holds(*rc::gen::inRange<std::size_t>(0, 6));
  for (auto& hold : holds) hold = any_hold(start);
  return holds;
}

/// The same held time as few holds as possible, none of which overlap or touch.
std::vector<HeldTime> merged(std::vector<HeldTime> holds) {
  std::ranges::sort(holds, {}, &HeldTime::from);
  std::vector<HeldTime> result;
  for (const auto& hold : holds)
    if (!result.empty() && hold.from <= result.back().to)
      result.back().to = std::max(result.back().to, hold.to);
    else
      result.push_back(hold);
  return result;
}

}  // namespace

TEST_CASE("deadline property: a later start is never due earlier") {
  CHECK(rc::check("monotone in the start", [] {
    auto policy = any_policy();
    const auto limit = any_limit();
    // Held time before the later start uses up the cap of the earlier one only, so the cap must be out of
    // reach.
    policy.hold_cap_days = 365;
    const auto start = any_start();
    const auto later = start + minutes{*rc::gen::inRange(0, 10 * 1440)};
    const auto holds = any_holds(start);
    RC_ASSERT(deadline_for(policy, limit, start, holds) <= deadline_for(policy, limit, later, holds));
  }));
}

TEST_CASE("deadline property: one more hold never moves the deadline earlier") {
  CHECK(rc::check("monotone in the holds", [] {
    auto policy = any_policy();
    const auto limit = any_limit();
    // Rolling may find the cap used up by an earlier hold and stop sooner, so there the cap must be out of
    // reach.
    if (limit.mode == CountingMode::calendar_days_next_weekday) policy.hold_cap_days = 365;
    const auto start = any_start();
    auto holds = any_holds(start);
    const auto before = deadline_for(policy, limit, start, holds);
    holds.push_back(any_hold(start));
    RC_ASSERT(deadline_for(policy, limit, start, holds) >= before);
  }));
}

TEST_CASE("deadline property: holds never move the deadline earlier, nor by more than the cap") {
  CHECK(rc::check("bounded by the cap", [] {
    const auto policy = any_policy();
    const auto limit = any_limit();
    const auto start = any_start();
    const auto without = deadline_for(policy, limit, start);
    const auto with = deadline_for(policy, limit, start, any_holds(start));
    RC_ASSERT(with >= without);
    const TimeZone zone{policy.time_zone};
    if (limit.mode == CountingMode::hours) RC_ASSERT(with - without <= days{policy.hold_cap_days});
    if (limit.mode == CountingMode::calendar_days)
      RC_ASSERT(zone.date_of(with) - zone.date_of(without) <= days{policy.hold_cap_days});
  }));
}

TEST_CASE("deadline property: in day modes it is the last second of a local day, which its mode allows") {
  CHECK(rc::check("23:59:59 local", [] {
    const auto policy = any_policy();
    const auto limit = any_limit();
    RC_PRE(limit.mode != CountingMode::hours);
    const auto start = any_start();
    const auto due_at = deadline_for(policy, limit, start, any_holds(start));
    RC_ASSERT(local(due_at, policy.time_zone).substr(11, 8) == "23:59:59");
    const auto due_day = TimeZone{policy.time_zone}.date_of(due_at);
    RC_ASSERT(due_day >= TimeZone{policy.time_zone}.date_of(start) + days{limit.amount});
    if (limit.mode != CountingMode::calendar_days) RC_ASSERT(is_working_day(due_day, policy));
  }));
}

TEST_CASE("deadline property: only the union of the holds matters, not their pieces or their order") {
  CHECK(rc::check("union of overlapping holds", [] {
    const auto policy = any_policy();
    const auto limit = any_limit();
    const auto start = any_start();
    auto holds = any_holds(start);
    const auto due_at = deadline_for(policy, limit, start, holds);
    RC_ASSERT(deadline_for(policy, limit, start, merged(holds)) == due_at);
    std::ranges::reverse(holds);
    RC_ASSERT(deadline_for(policy, limit, start, holds) == due_at);
  }));
}

TEST_CASE("deadline property: a hold that begins after the deadline moves nothing") {
  CHECK(rc::check("too late", [] {
    const auto policy = any_policy();
    const auto limit = any_limit();
    const auto start = any_start();
    auto holds = any_holds(start);
    const auto due_at = deadline_for(policy, limit, start, holds);
    const auto from = due_at + seconds{*rc::gen::inRange(1, 100'000)};
    holds.push_back({from, from + hours{100}, HoldReason::lift});
    RC_ASSERT(deadline_for(policy, limit, start, holds) == due_at);
  }));
}

TEST_CASE("deadline property: in hours the owner has exactly the limit of time that is not held") {
  CHECK(rc::check("minute by minute", [] {
    auto policy = any_policy();
    policy.hold_cap_days = 365;
    const Limit limit{CountingMode::hours, *rc::gen::inRange(1, 100)};
    const auto start = any_start();
    const auto holds = any_holds(start);
    const auto is_held = [&](Instant moment) {
      return std::ranges::any_of(holds,
                                 [&](const auto& hold) { return hold.from <= moment && moment < hold.to; });
    };
    auto moment = start;
    for (int free_minutes = 0; free_minutes < limit.amount * 60 || is_held(moment); moment += minutes{1})
      if (!is_held(moment)) ++free_minutes;
    RC_ASSERT(deadline_for(policy, limit, start, holds) == moment);
  }));
}

TEST_CASE("deadline property: the reckoning lists every day once and counts to the limit") {
  CHECK(rc::check("day by day", [] {
    const auto policy = any_policy();
    const auto limit = any_limit();
    RC_PRE(limit.mode != CountingMode::hours);
    const auto start = any_start();
    const auto holds = any_holds(start);
    const auto deadline = reckon_deadline(policy, limit, start, holds);
    const TimeZone zone{policy.time_zone};
    RC_ASSERT(deadline.due_at == deadline_for(policy, limit, start, holds));
    RC_ASSERT(deadline.days.front().date == zone.date_of(start));
    RC_ASSERT(deadline.days.front().start_day);
    RC_ASSERT(deadline.days.back().date == zone.date_of(deadline.due_at));
    int counted = 0, held_days = 0;
    for (std::size_t i = 1; i < deadline.days.size(); ++i) {
      const auto& day = deadline.days[i];
      RC_ASSERT(day.date == deadline.days[i - 1].date + days{1});
      RC_ASSERT(day.number == (day.counted ? ++counted : 0));
      RC_ASSERT(day.rolled == (counted == limit.amount && !day.counted));
      if (limit.mode == CountingMode::working_days && day.counted)
        RC_ASSERT(is_working_day(day.date, policy));
      if (limit.mode == CountingMode::calendar_days) RC_ASSERT(day.counted != day.held.has_value());
      if (day.held_beyond_cap) RC_ASSERT(held_days == policy.hold_cap_days);
      if (day.held) ++held_days;
    }
    RC_ASSERT(counted == limit.amount);
    RC_ASSERT(held_days <= policy.hold_cap_days);
  }));
}

TEST_CASE(
    "deadline property: warnings ascend, each before the deadline and, in day modes, on a working day") {
  CHECK(rc::check("warnings", [] {
    const auto policy = any_policy();
    const auto limit = any_limit();
    const auto due_at = deadline_for(policy, limit, any_start());
    const auto moments = warning_moments(policy, limit, due_at);
    RC_ASSERT(!moments.empty());
    const TimeZone zone{policy.time_zone};
    for (std::size_t i = 0; i < moments.size(); ++i) {
      RC_ASSERT(moments[i].at < due_at);
      if (i > 0) RC_ASSERT(moments[i - 1].at < moments[i].at);
      if (limit.mode != CountingMode::hours) RC_ASSERT(is_working_day(zone.date_of(moments[i].at), policy));
    }
  }));
}
