#include "domain/hold.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

constexpr Limit kThreeDays{CountingMode::calendar_days, 3};
constexpr Limit k72Hours{CountingMode::hours, 72};
/// A Friday evening: three calendar days later is Monday the 23rd.
constexpr std::string_view kStart = "2026-11-20T21:10:00+01:00";

Hold granted(std::int64_t number, std::string_view starts_at, std::string_view until) {
  Hold hold;
  hold.id = HoldId{1267, number};
  hold.status = HoldStatus::granted;
  hold.requested_at = hold.starts_at = at(starts_at);
  hold.until = at(until);
  return hold;
}

HoldReckoning reckon(std::vector<Hold> holds, const Limit& limit = kThreeDays, const Policy& policy = {}) {
  const auto reckoning = reckon_holds(policy, limit, at(kStart), holds);
  CHECK(reckoning.due_at_without_holds == deadline_for(policy, limit, at(kStart)));
  return reckoning;
}

using Pointers = std::vector<std::string>;

/// Where validate_hold() finds fault with a hold that begins on Friday evening.
Pointers faults_of(Role by, HoldReason reason, std::optional<Instant> until, const Policy& policy = {}) {
  Pointers pointers;
  try {
    validate_hold(policy, by, reason, at(kStart), until);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::refused);
    for (const auto& fault : error.faults()) pointers.push_back(fault.pointer);
  }
  return pointers;
}

std::string sentence_for(Role by, std::optional<Instant> until, const Policy& policy = {}) {
  try {
    validate_hold(policy, by, HoldReason::evidence, at(kStart), until);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("hold: without holds both deadlines are the same") {
  const auto reckoning = reckon({});
  CHECK(local(reckoning.due_at) == "2026-11-23T23:59:59+01:00");
  CHECK(reckoning.due_at_without_holds == reckoning.due_at);
  CHECK(reckoning.held.empty());
  CHECK(reckoning.too_late.empty());
}

TEST_CASE("hold: a granted hold moves the deadline, a requested or a refused one does not") {
  auto hold = granted(1, "2026-11-21T10:00:00+01:00", "2026-11-23T10:00:00+01:00");
  CHECK(local(reckon({hold}).due_at) == "2026-11-25T23:59:59+01:00");
  CHECK(reckon({hold}).held == std::vector{HeldTime{hold.starts_at, hold.until, HoldReason::weather}});
  for (const auto status : {HoldStatus::requested, HoldStatus::refused}) {
    hold.status = status;
    CHECK(local(reckon({hold}).due_at) == "2026-11-23T23:59:59+01:00");
    CHECK(reckon({hold}).held.empty());
    CHECK(reckon({hold}).too_late.empty());
  }
}

TEST_CASE("hold: a running hold is reckoned to its required end, ending it early reckons anew") {
  auto hold = granted(1, "2026-11-21T10:00:00+01:00", "2026-11-24T10:00:00+01:00");
  CHECK(local(reckon({hold}).due_at) == "2026-11-26T23:59:59+01:00");
  hold.ended_at = at("2026-11-22T10:00:00+01:00");
  CHECK(hold.ends_at() == *hold.ended_at);
  CHECK(local(reckon({hold}).due_at) == "2026-11-24T23:59:59+01:00");
  hold.ended_at = hold.starts_at;
  CHECK(local(reckon({hold}).due_at) == "2026-11-23T23:59:59+01:00");
  // Ended only after it was over: the required end stands.
  hold.ended_at = at("2026-11-30T10:00:00+01:00");
  CHECK(hold.ends_at() == hold.until);
  CHECK(local(reckon({hold}).due_at) == "2026-11-26T23:59:59+01:00");
}

TEST_CASE("hold: one that begins after the due_at of its moment moves nothing and is named") {
  const auto in_time = granted(1, "2026-11-23T23:59:59+01:00", "2026-11-24T10:00:00+01:00");
  CHECK(local(reckon({in_time}).due_at) == "2026-11-24T23:59:59+01:00");
  CHECK(reckon({in_time}).too_late.empty());

  const auto late = granted(2, "2026-11-24T00:00:00+01:00", "2026-11-30T10:00:00+01:00");
  CHECK(local(reckon({late}).due_at) == "2026-11-23T23:59:59+01:00");
  CHECK(reckon({late}).too_late == std::vector{late.id});
  CHECK(reckon({late}).held.empty());

  const auto late_in_hours = granted(3, "2026-11-23T21:10:01+01:00", "2026-11-24T10:00:00+01:00");
  CHECK(local(reckon({late_in_hours}, k72Hours).due_at) == "2026-11-23T21:10:00+01:00");
  CHECK(reckon({late_in_hours}, k72Hours).too_late == std::vector{late_in_hours.id});
}

TEST_CASE("hold: an earlier hold can make room for a later one, in whatever order they are stored") {
  const auto weekend =
      granted(1, "2026-11-21T10:00:00+01:00", "2026-11-23T10:00:00+01:00");                // due on the 25th
  const auto lift = granted(2, "2026-11-25T10:00:00+01:00", "2026-11-26T10:00:00+01:00");  // due on the 26th
  const auto late = granted(3, "2026-11-27T10:00:00+01:00", "2026-11-28T10:00:00+01:00");
  for (const auto& holds : {std::vector{weekend, lift, late}, std::vector{late, lift, weekend}}) {
    const auto reckoning = reckon(holds);
    CHECK(local(reckoning.due_at) == "2026-11-26T23:59:59+01:00");
    CHECK(reckoning.held.size() == 2);
    CHECK(reckoning.too_late == std::vector{late.id});
  }
  // Had the first one been ended at once, both others would have begun too late.
  auto ended = weekend;
  ended.ended_at = ended.starts_at;
  CHECK(reckon({ended, lift, late}).too_late == std::vector{lift.id, late.id});
}

TEST_CASE("hold: all holds together move a deadline by the policy's cap") {
  Policy policy;
  policy.hold_cap_days = 3;
  const std::vector holds{granted(1, "2026-11-21T10:00:00+01:00", "2026-11-23T10:00:00+01:00"),
                          granted(2, "2026-11-23T12:00:00+01:00", "2026-11-25T12:00:00+01:00")};
  CHECK(local(reckon(holds, kThreeDays, policy).due_at) == "2026-11-26T23:59:59+01:00");
  CHECK(local(reckon(holds, k72Hours, policy).due_at) == "2026-11-26T21:10:00+01:00");
  CHECK(local(reckon(holds, kThreeDays).due_at) == "2026-11-27T23:59:59+01:00");
  CHECK(local(reckon(holds, k72Hours).due_at) == "2026-11-27T21:10:00+01:00");
}

TEST_CASE("hold: it is in time until a deadline that a former limit keeps from being shortened") {
  // Due on Saturday by its limit of a day, but the category was changed on Sunday only, so on Sunday.
  const std::vector<FormerLimit> former{{kThreeDays, on("2026-11-22")}};
  const Limit one_day{CountingMode::calendar_days, 1};
  const auto reckon_one = [&](const Hold& hold) {
    return reckon_holds({}, one_day, at(kStart), std::vector{hold}, former);
  };
  const auto in_time = granted(1, "2026-11-22T23:59:59+01:00", "2026-11-23T10:00:00+01:00");
  CHECK(reckon_one(in_time).too_late.empty());
  CHECK(local(reckon_one(in_time).due_at) == "2026-11-23T23:59:59+01:00");
  CHECK(local(reckon_one(in_time).due_at_without_holds) == "2026-11-22T23:59:59+01:00");
  const auto late = granted(2, "2026-11-23T00:00:00+01:00", "2026-11-24T10:00:00+01:00");
  CHECK(reckon_one(late).too_late == std::vector{late.id});
  CHECK(local(reckon_one(late).due_at) == "2026-11-22T23:59:59+01:00");
}

TEST_CASE("hold: marking holds as too late changes no deadline") {
  CHECK(rc::check("reckon_holds agrees with deadline_for over all granted holds", [] {
    Policy policy;
    policy.hold_cap_days = *rc::gen::inRange(0, 10);
    const Limit limit{*rc::gen::element(CountingMode::calendar_days, CountingMode::calendar_days_next_weekday,
                                        CountingMode::working_days, CountingMode::hours),
                      *rc::gen::inRange(1, 100)};
    const auto start = at("2026-01-01T00:00:00Z") + seconds{*rc::gen::inRange(0, 366 * 86'400)};
    std::vector<Hold> holds(*rc::gen::inRange<std::size_t>(0, 6));
    std::vector<HeldTime> all;
    for (std::size_t i = 0; i < holds.size(); ++i) {
      auto& hold = holds[i];
      hold.id = HoldId{1267, static_cast<std::int64_t>(i + 1)};
      hold.status = *rc::gen::element(HoldStatus::requested, HoldStatus::granted, HoldStatus::refused);
      hold.starts_at = start + seconds{*rc::gen::inRange(0, limit.amount * 2 * 86'400)};
      hold.until = hold.starts_at + seconds{*rc::gen::inRange(1, 5 * 86'400)};
      if (*rc::gen::arbitrary<bool>())
        hold.ended_at = hold.starts_at + seconds{*rc::gen::inRange(0, 5 * 86'400)};
      if (hold.status == HoldStatus::granted) all.push_back({hold.starts_at, hold.ends_at(), hold.reason});
    }
    std::vector<FormerLimit> former;
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
      former.push_back({{CountingMode::calendar_days, *rc::gen::inRange(1, 20)},
                        TimeZone{policy.time_zone}.date_of(start) + days{*rc::gen::inRange(0, 20)}});
    const auto reckoning = reckon_holds(policy, limit, start, holds, former);
    RC_ASSERT(reckoning.due_at == deadline_for(policy, limit, start, all, former));
    RC_ASSERT(reckoning.due_at == deadline_for(policy, limit, start, reckoning.held, former));
    RC_ASSERT(reckoning.due_at >= deadline_for(policy, limit, start, all));
    RC_ASSERT(reckoning.due_at >= reckoning.due_at_without_holds);
    RC_ASSERT(reckoning.held.size() + reckoning.too_late.size() == all.size());
  }));
}

TEST_CASE("hold: it needs an end after its beginning, within the policy's cap") {
  for (const auto by : {Role::owner, Role::municipality}) {
    CHECK(faults_of(by, HoldReason::weather, std::nullopt) == Pointers{"/until"});
    CHECK(faults_of(by, HoldReason::weather, at(kStart)) == Pointers{"/until"});
    CHECK(faults_of(by, HoldReason::weather, at(kStart) + seconds{1}).empty());
    CHECK(faults_of(by, HoldReason::weather, at(kStart) + days{14}).empty());
    CHECK(faults_of(by, HoldReason::weather, at(kStart) + days{14} + seconds{1}) == Pointers{"/until"});
  }
  Policy policy;
  policy.hold_cap_days = 0;
  CHECK(faults_of(Role::municipality, HoldReason::weather, at(kStart) + hours{1}, policy) ==
        Pointers{"/until"});
}

TEST_CASE("hold: the police may hold for evidence only, and 48 hours at most") {
  CHECK(faults_of(Role::police, HoldReason::evidence, at(kStart) + hours{48}).empty());
  CHECK(faults_of(Role::police, HoldReason::evidence, at(kStart) + hours{48} + seconds{1}) ==
        Pointers{"/until"});
  CHECK(faults_of(Role::police, HoldReason::weather, at(kStart) + hours{48}) == Pointers{"/reason"});
  CHECK(faults_of(Role::police, HoldReason::weather, at(kStart) + hours{49}) ==
        Pointers{"/reason", "/until"});
  Policy policy;
  policy.hold_cap_days = 1;
  CHECK(faults_of(Role::police, HoldReason::evidence, at(kStart) + hours{24}, policy).empty());
  CHECK(faults_of(Role::police, HoldReason::evidence, at(kStart) + hours{25}, policy) == Pointers{"/until"});
}

TEST_CASE("hold: a refusal says what would be right") {
  CHECK(sentence_for(Role::owner, std::nullopt) ==
        "A hold needs an end; say until when the owner cannot act.");
  CHECK(sentence_for(Role::owner, at(kStart)) ==
        "A hold must end after it begins, which is 2026-11-20T21:10:00+01:00.");
  CHECK(sentence_for(Role::owner, at(kStart) + days{15}) ==
        "A hold may last at most 14 days, here until 2026-12-04T21:10:00+01:00.");
  CHECK(sentence_for(Role::police, at(kStart) + days{3}) ==
        "A hold by the police may last at most 2 days, here until 2026-11-22T21:10:00+01:00.");
}
