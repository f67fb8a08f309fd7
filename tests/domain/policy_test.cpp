#include "domain/policy.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

/// The pointers of the faults that validate() finds after `change` was done to a policy that is right.
std::vector<std::string> faults_after(const std::function<void(Policy&)>& change) {
  Policy policy;
  change(policy);
  try {
    validate(policy);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::refused);
    std::vector<std::string> pointers;
    for (const auto& fault : error.faults()) {
      CHECK(fault.message.ends_with('.'));
      pointers.push_back(fault.pointer);
    }
    return pointers;
  }
  return {};
}

using Pointers = std::vector<std::string>;

}  // namespace

TEST_CASE("policy: three calendar days in Stockholm is the default, and valid") {
  const Policy policy;
  CHECK(policy.limit == Limit{CountingMode::calendar_days, 3});
  CHECK(policy.time_zone == "Europe/Stockholm");
  CHECK(policy.hold_cap_days == 14);
  CHECK(policy.record_within_hours == 72);
  CHECK_NOTHROW(validate(policy));
}

TEST_CASE("policy: a category's own limit applies once the category is confirmed") {
  Policy policy;
  policy.limits[Category::hate] = {CountingMode::hours, 24};
  CHECK(policy.limit_for(Category::hate, true) == Limit{CountingMode::hours, 24});
  CHECK(policy.limit_for(Category::hate, false) == policy.limit);
  CHECK(policy.limit_for(Category::tag, true) == policy.limit);
}

TEST_CASE("policy: a limit is 1 to 365 days or 1 to 8760 hours") {
  const auto faults_of = [](CountingMode mode, int amount) {
    return faults_after([=](Policy& policy) { policy.limit = {mode, amount}; });
  };
  for (const auto mode :
       {CountingMode::calendar_days, CountingMode::calendar_days_next_weekday, CountingMode::working_days}) {
    CHECK(faults_of(mode, 0) == Pointers{"/limit"});
    CHECK(faults_of(mode, 1).empty());
    CHECK(faults_of(mode, 365).empty());
    CHECK(faults_of(mode, 366) == Pointers{"/limit"});
  }
  CHECK(faults_of(CountingMode::hours, 0) == Pointers{"/limit"});
  CHECK(faults_of(CountingMode::hours, 1).empty());
  CHECK(faults_of(CountingMode::hours, 8760).empty());
  CHECK(faults_of(CountingMode::hours, 8761) == Pointers{"/limit"});
}

TEST_CASE("policy: other numbers have their bounds, both sides") {
  const auto recorded = [](int value) {
    return faults_after([=](Policy& p) { p.record_within_hours = value; });
  };
  CHECK(recorded(-1) == Pointers{"/record_within_hours"});
  CHECK(recorded(0).empty());
  CHECK(recorded(8760).empty());
  CHECK(recorded(8761) == Pointers{"/record_within_hours"});

  const auto cap = [](int value) { return faults_after([=](Policy& p) { p.hold_cap_days = value; }); };
  CHECK(cap(-1) == Pointers{"/hold_cap_days"});
  CHECK(cap(0).empty());
  CHECK(cap(365).empty());
  CHECK(cap(366) == Pointers{"/hold_cap_days"});
}

TEST_CASE("policy: a warning leads by 1 minute to 30 days, or comes at a time of day") {
  const auto warning = [](Warning::Kind kind, minutes offset) {
    return faults_after([=](Policy& p) { p.warnings = {{kind, offset}}; });
  };
  using Kind = Warning::Kind;
  CHECK(warning(Kind::lead, minutes{0}) == Pointers{"/warnings/0"});
  CHECK(warning(Kind::lead, minutes{1}).empty());
  CHECK(warning(Kind::lead, hours{720}).empty());
  CHECK(warning(Kind::lead, hours{720} + minutes{1}) == Pointers{"/warnings/0"});
  for (const auto kind : {Kind::weekday_before_due, Kind::weekday_on_or_before_due}) {
    CHECK(warning(kind, minutes{-1}) == Pointers{"/warnings/0"});
    CHECK(warning(kind, minutes{0}).empty());
    CHECK(warning(kind, minutes{1439}).empty());
    CHECK(warning(kind, minutes{1440}) == Pointers{"/warnings/0"});
  }
  const auto number = [](std::size_t n) {
    return faults_after([=](Policy& p) { p.warnings.assign(n, {Warning::Kind::lead, hours{1}}); });
  };
  CHECK(number(0).empty());
  CHECK(number(20).empty());
  CHECK(number(21) == Pointers{"/warnings"});
}

TEST_CASE("policy: extra days off are in order, each once, and at most a thousand") {
  const auto extra = [](std::vector<LocalDate> extra_days) {
    return faults_after([&](Policy& p) { p.extra_days = std::move(extra_days); });
  };
  CHECK(extra({on("2026-05-15"), on("2026-12-23")}).empty());
  CHECK(extra({on("2026-12-23"), on("2026-05-15")}) == Pointers{"/extra_days/1"});
  CHECK(extra({on("2026-05-15"), on("2026-05-15")}) == Pointers{"/extra_days/1"});
  std::vector<LocalDate> many;
  for (int i = 0; i < 1000; ++i) many.push_back(on("2026-01-01") + std::chrono::days{i});
  CHECK(extra(many).empty());
  many.push_back(on("2036-01-01"));
  CHECK(extra(many) == Pointers{"/extra_days"});
}

TEST_CASE("policy: all faults are told at once, each with its place") {
  CHECK(faults_after([](Policy& policy) {
          policy.limit.amount = 0;
          policy.limits[Category::hate] = {CountingMode::hours, 0};
          policy.limits[Category::tag] = {CountingMode::hours, 24};
          policy.warnings[1].offset = minutes{0};
          policy.record_within_hours = -1;
          policy.time_zone = "Europe/Hoor";
          policy.extra_days = {on("2026-12-23"), on("2026-05-15")};
          policy.hold_cap_days = 1000;
        }) == Pointers{"/limit", "/limits/hate/limit", "/warnings/1", "/record_within_hours", "/time_zone",
                       "/extra_days/1", "/hold_cap_days"});
}

TEST_CASE("policy: a working day is no weekend, no holiday, no eve and no extra day") {
  Policy policy;
  policy.extra_days = {on("2026-05-15"), on("2026-12-23")};
  CHECK(is_working_day(on("2026-05-13"), policy));
  CHECK_FALSE(is_working_day(on("2026-05-14"), policy));  // Kristi himmelsfärdsdag
  CHECK_FALSE(is_working_day(on("2026-05-15"), policy));  // klämdag
  CHECK_FALSE(is_working_day(on("2026-05-16"), policy));  // Saturday
  CHECK_FALSE(is_working_day(on("2026-05-17"), policy));  // Sunday
  CHECK(is_working_day(on("2026-05-18"), policy));
  CHECK_FALSE(is_working_day(on("2026-06-19"), policy));  // midsommarafton
  policy.calendar = Calendar::none;
  CHECK(is_working_day(on("2026-05-14"), policy));
  CHECK_FALSE(is_working_day(on("2026-05-15"), policy));
}
