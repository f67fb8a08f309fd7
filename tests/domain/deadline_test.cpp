#include "domain/deadline.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr auto calendar_days = CountingMode::calendar_days;
constexpr auto next_weekday = CountingMode::calendar_days_next_weekday;
constexpr auto working_days = CountingMode::working_days;
constexpr auto in_hours = CountingMode::hours;

/// The due day of a start that is given in Stockholm's time, after checking that it is due at its last
/// second.
std::string due_on(CountingMode mode, int amount, std::string_view started_at,
                   std::vector<HeldTime> holds = {}, const Policy& policy = {}) {
  const auto due = local(deadline_for(policy, {mode, amount}, at(started_at), holds));
  CHECK(due.substr(10, 9) == "T23:59:59");
  return due.substr(0, 10);
}

HeldTime held(std::string_view from, std::string_view to, HoldReason reason = HoldReason::weather) {
  return {at(from), at(to), reason};
}

using Lines = std::vector<std::string>;

Lines described(std::string (*describe)(const ReckonedDay&), const Deadline& deadline) {
  Lines lines;
  for (const auto& day : deadline.days) lines.push_back(describe(day));
  return lines;
}

}  // namespace

TEST_CASE("deadline: a limit that a changed category shortened does not reach back, and the reckoning says so") {
  // Received on Monday the 16th, three days; on Wednesday it becomes a case of one day.
  const std::vector<FormerLimit> former{{{calendar_days, 3}, on("2026-11-18")}};
  const auto start = at("2026-11-16T10:00:00+01:00");
  const auto shortened = reckon_deadline({}, {calendar_days, 1}, start, {}, former);
  CHECK(local(shortened.due_at) == "2026-11-18T23:59:59+01:00");
  CHECK(local(shortened.shortened_to.value()) == "2026-11-17T23:59:59+01:00");
  CHECK(described(describe_en, shortened) ==
        Lines{"Mon 16 Nov: day 0, the clock starts", "Tue 17 Nov: day 1",
              "Wed 18 Nov: the category was changed, the shorter limit does not reach back"});
  CHECK(described(describe_sv, shortened).back() ==
        "ons 18 nov: kategorin ändrades, den kortare fristen gäller inte bakåt");
  // In hours there are no days to show; what the limit gives stands beside.
  const auto by_hours = reckon_deadline({}, {in_hours, 24}, start, {}, former);
  CHECK(local(by_hours.due_at) == "2026-11-18T23:59:59+01:00");
  CHECK(local(by_hours.shortened_to.value()) == "2026-11-17T10:00:00+01:00");
  CHECK(by_hours.held == seconds{0});
  // A longer limit, or one that ends after the day of the change, is simply the limit.
  for (const int days_now : {2, 3, 4}) {
    const auto plain = reckon_deadline({}, {calendar_days, days_now}, start, {}, former);
    CHECK(plain.due_at == deadline_for({}, {calendar_days, days_now}, start));
    CHECK_FALSE(plain.shortened_to);
    CHECK(plain.days == reckon_deadline({}, {calendar_days, days_now}, start).days);
  }
}

TEST_CASE("deadline: a former limit gives no more time than it would have given itself") {
  const auto due = [](std::string_view start, std::vector<FormerLimit> former) {
    return local(deadline_for({}, {calendar_days, 1}, at(start), {}, former)).substr(0, 10);
  };
  const FormerLimit on_friday{{calendar_days, 3}, on("2026-11-20")};
  CHECK(due("2026-11-16T10:00:00+01:00", {on_friday}) == "2026-11-19");  // was missed already
  CHECK(due("2026-11-17T10:00:00+01:00", {on_friday}) == "2026-11-20");
  CHECK(due("2026-11-18T10:00:00+01:00", {on_friday}) == "2026-11-20");
  CHECK(due("2026-11-20T10:00:00+01:00", {on_friday}) == "2026-11-21");
  // The former limit may itself have been a category's, longer than the general one.
  CHECK(due("2026-11-10T10:00:00+01:00", {{{calendar_days, 10}, on("2026-11-18")}}) == "2026-11-18");
  // Changed to and fro after it was missed, it stays where it was missed.
  CHECK(due("2026-11-16T10:00:00+01:00",
            {{{calendar_days, 3}, on("2026-11-21")}, {{calendar_days, 1}, on("2026-11-21")},
             {{calendar_days, 3}, on("2026-11-22")}}) == "2026-11-19");
}

TEST_CASE("deadline: the day of a change on which the case is held passes on to the next day that is not") {
  const std::vector<FormerLimit> former{{{calendar_days, 10}, on("2026-11-18")}};
  const auto due = [&](std::string_view from, std::string_view to, int cap = 14) {
    Policy policy;
    policy.hold_cap_days = cap;
    const std::vector holds{held(from, to)};
    return local(deadline_for(policy, {calendar_days, 1}, at("2026-11-16T10:00:00+01:00"), holds, former)).substr(0, 10);
  };
  CHECK(due("2026-11-18T12:00:00+01:00", "2026-11-18T23:59:59+01:00") == "2026-11-18");
  CHECK(due("2026-11-18T12:00:00+01:00", "2026-11-19T00:00:00+01:00") == "2026-11-19");
  CHECK(due("2026-11-18T12:00:00+01:00", "2026-11-21T12:00:00+01:00") == "2026-11-21");
  CHECK(due("2026-11-18T12:00:00+01:00", "2026-11-21T12:00:00+01:00", 2) == "2026-11-20");
}

TEST_CASE(
    "deadline: three days over the holidays of a year, by calendar, with the next weekday, in working days") {
  struct Row {
    std::string_view started_at, calendar, rolled, working;
  };
  for (const auto& row : std::array<Row, 9>{{
           // Thursday before Easter: Friday to Monday are holidays, so the fourth working day is a week away.
           {"2026-04-02T10:00:00+02:00", "2026-04-05", "2026-04-07", "2026-04-09"},
           // Tuesday before Ascension Day, Thursday the 14th.
           {"2026-05-12T10:00:00+02:00", "2026-05-15", "2026-05-15", "2026-05-18"},
           // Thursday before the National Day, a Saturday.
           {"2026-06-04T10:00:00+02:00", "2026-06-07", "2026-06-08", "2026-06-09"},
           // Wednesday of midsummer week: Friday is Midsummer Eve.
           {"2026-06-17T10:00:00+02:00", "2026-06-20", "2026-06-22", "2026-06-23"},
           // Tuesday before Christmas: Thursday to Saturday are the eve and the two Christmas days.
           {"2026-12-22T10:00:00+01:00", "2026-12-25", "2026-12-28", "2026-12-29"},
           // Wednesday before New Year: Epiphany, the Wednesday after, is off as well.
           {"2026-12-30T10:00:00+01:00", "2027-01-02", "2027-01-04", "2027-01-07"},
           // Tuesday before Epiphany.
           {"2027-01-05T10:00:00+01:00", "2027-01-08", "2027-01-08", "2027-01-11"},
           // An ordinary Monday ends on Thursday, whatever the mode.
           {"2026-11-16T10:00:00+01:00", "2026-11-19", "2026-11-19", "2026-11-19"},
           // An ordinary Thursday ends on Sunday, on Monday, and on Tuesday.
           {"2026-11-19T10:00:00+01:00", "2026-11-22", "2026-11-23", "2026-11-24"},
       }}) {
    CAPTURE(row.started_at);
    CHECK(due_on(calendar_days, 3, row.started_at) == row.calendar);
    CHECK(due_on(next_weekday, 3, row.started_at) == row.rolled);
    CHECK(due_on(working_days, 3, row.started_at) == row.working);
  }
}

TEST_CASE("deadline: the local day of the start is day 0, to its first and last second") {
  CHECK(due_on(calendar_days, 3, "2026-11-19T23:59:59+01:00") == "2026-11-22");
  CHECK(due_on(calendar_days, 3, "2026-11-20T00:00:00+01:00") == "2026-11-23");
  CHECK(due_on(calendar_days, 3, "2026-11-20T23:59:59+01:00") == "2026-11-23");
  CHECK(due_on(calendar_days, 3, "2026-11-20T23:00:00Z") == "2026-11-24");  // midnight in Stockholm
}

TEST_CASE("deadline: a start on a day off is day 0 as any other") {
  CHECK(due_on(working_days, 1, "2026-04-05T10:00:00+02:00") ==
        "2026-04-07");  // påskdagen, then annandag påsk
  CHECK(due_on(working_days, 1, "2026-11-21T10:00:00+01:00") == "2026-11-23");  // a Saturday
}

TEST_CASE("deadline: the day ends at 23:59:59 local, in summer and in winter time") {
  const Policy policy;
  const auto due_at = [&](std::string_view start) {
    return local(deadline_for(policy, policy.limit, at(start)));
  };
  CHECK(due_at("2026-03-26T08:00:00+01:00") == "2026-03-29T23:59:59+02:00");  // the day the clocks go forward
  CHECK(due_at("2026-03-25T08:00:00+01:00") == "2026-03-28T23:59:59+01:00");  // the day before
  CHECK(due_at("2026-10-22T08:00:00+02:00") == "2026-10-25T23:59:59+01:00");  // the day the clocks go back
  CHECK(due_at("2026-10-21T08:00:00+02:00") == "2026-10-24T23:59:59+02:00");
}

TEST_CASE("deadline: 72 hours are 72 hours, whatever the clocks do") {
  const Policy policy;
  const auto due_at = [&](std::string_view start) {
    return local(deadline_for(policy, {in_hours, 72}, at(start)));
  };
  CHECK(due_at("2026-11-20T21:10:00+01:00") == "2026-11-23T21:10:00+01:00");
  CHECK(due_at("2026-03-27T15:00:00+01:00") == "2026-03-30T16:00:00+02:00");
  CHECK(due_at("2026-10-23T15:00:00+02:00") == "2026-10-26T14:00:00+01:00");
}

TEST_CASE("deadline: a municipality's own days off count as holidays do") {
  Policy policy;
  policy.extra_days = {on("2026-05-15")};  // the Friday between Ascension Day and the weekend
  CHECK(due_on(working_days, 3, "2026-05-12T10:00:00+02:00", {}, policy) == "2026-05-19");
  CHECK(due_on(next_weekday, 3, "2026-05-12T10:00:00+02:00", {}, policy) == "2026-05-18");
  CHECK(due_on(calendar_days, 3, "2026-05-12T10:00:00+02:00", {}, policy) == "2026-05-15");
}

TEST_CASE("deadline: without a calendar holidays are days like others, weekends are not") {
  Policy policy;
  policy.calendar = Calendar::none;
  CHECK(due_on(working_days, 3, "2026-04-02T10:00:00+02:00", {}, policy) == "2026-04-07");
  CHECK(due_on(next_weekday, 3, "2026-04-02T10:00:00+02:00", {}, policy) == "2026-04-06");
}

TEST_CASE("deadline: a limit outside its bounds is refused") {
  const Policy policy;
  const auto start = at("2026-11-20T21:10:00+01:00");
  for (const auto& limit : {Limit{calendar_days, 0}, Limit{working_days, -3}, Limit{in_hours, 0},
                            Limit{calendar_days, 366}, Limit{in_hours, 8761}}) {
    CHECK_THROWS_AS(deadline_for(policy, limit, start), Error);
    CHECK_THROWS_AS(reckon_deadline(policy, limit, start), Error);
  }
  CHECK(due_on(calendar_days, 365, "2026-11-20T21:10:00+01:00") == "2027-11-20");
}

TEST_CASE("deadline: a day on which the case is held at 23:59:59 is not counted") {
  // Friday evening, three calendar days: without a hold due on Monday the 23rd.
  const auto due_with = [](std::string_view from, std::string_view to) {
    return due_on(calendar_days, 3, "2026-11-20T21:10:00+01:00", {held(from, to)});
  };
  // Frost from Saturday to Monday morning: Saturday and Sunday are not counted.
  CHECK(due_with("2026-11-21T10:00:00+01:00", "2026-11-23T10:00:00+01:00") == "2026-11-25");
  // Within one day, nothing is lost.
  CHECK(due_with("2026-11-21T10:00:00+01:00", "2026-11-21T20:00:00+01:00") == "2026-11-23");
  // Ends at 23:59:59, exclusive: that last second is free again. Ends a second later: it is held.
  CHECK(due_with("2026-11-21T10:00:00+01:00", "2026-11-21T23:59:59+01:00") == "2026-11-23");
  CHECK(due_with("2026-11-21T10:00:00+01:00", "2026-11-22T00:00:00+01:00") == "2026-11-24");
  // Day 0 is never counted, so holding it changes nothing; nor does anything before it.
  CHECK(due_with("2026-11-20T22:00:00+01:00", "2026-11-21T06:00:00+01:00") == "2026-11-23");
  CHECK(due_with("2026-11-01T00:00:00+01:00", "2026-11-20T12:00:00+01:00") == "2026-11-23");
  // Beginning with the last second of the due day still moves it, beginning after it does not.
  CHECK(due_with("2026-11-23T23:59:59+01:00", "2026-11-24T12:00:00+01:00") == "2026-11-24");
  CHECK(due_with("2026-11-24T00:00:00+01:00", "2026-11-30T12:00:00+01:00") == "2026-11-23");
}

TEST_CASE("deadline: in working days a held weekend moves nothing") {
  CHECK(due_on(working_days, 3, "2026-11-19T10:00:00+01:00",
               {held("2026-11-21T00:00:00+01:00", "2026-11-23T06:00:00+01:00")}) == "2026-11-24");
  CHECK(due_on(working_days, 3, "2026-11-19T10:00:00+01:00",
               {held("2026-11-20T12:00:00+01:00", "2026-11-23T06:00:00+01:00")}) == "2026-11-25");
}

TEST_CASE("deadline: rolling to the next weekday goes past days that are held at their end") {
  // Maundy Thursday, three days: counted to Easter Sunday, rolled over Easter Monday to Tuesday the 7th.
  const auto due_with = [](std::string_view from, std::string_view to) {
    return due_on(next_weekday, 3, "2026-04-02T10:00:00+02:00", {held(from, to)});
  };
  CHECK(due_with("2026-04-06T12:00:00+02:00", "2026-04-08T12:00:00+02:00") == "2026-04-08");
  CHECK(due_with("2026-04-07T23:59:59+02:00", "2026-04-09T12:00:00+02:00") == "2026-04-09");
  CHECK(due_with("2026-04-08T00:00:00+02:00", "2026-04-09T12:00:00+02:00") == "2026-04-07");
  CHECK(due_with("2026-04-05T12:00:00+02:00", "2026-04-06T12:00:00+02:00") ==
        "2026-04-07");  // day 3 is Monday
}

TEST_CASE("deadline: in hours the held time between start and deadline is added") {
  const auto due_with = [](std::vector<HeldTime> holds) {
    return local(deadline_for(Policy{}, {in_hours, 72}, at("2026-11-20T21:10:00+01:00"), holds));
  };
  // Ten hours within.
  CHECK(due_with({held("2026-11-21T08:00:00+01:00", "2026-11-21T18:00:00+01:00")}) ==
        "2026-11-24T07:10:00+01:00");
  // Two that overlap, in the wrong order: their union of twelve hours.
  CHECK(due_with({held("2026-11-21T10:00:00+01:00", "2026-11-21T20:00:00+01:00"),
                  held("2026-11-21T08:00:00+01:00", "2026-11-21T18:00:00+01:00")}) ==
        "2026-11-24T09:10:00+01:00");
  // Begun an hour before the start: only what is after it.
  CHECK(due_with({held("2026-11-20T20:10:00+01:00", "2026-11-20T22:10:00+01:00")}) ==
        "2026-11-23T22:10:00+01:00");
  // Beginning with the deadline still moves it, beginning a second later does not.
  CHECK(due_with({held("2026-11-23T21:10:00+01:00", "2026-11-23T23:10:00+01:00")}) ==
        "2026-11-23T23:10:00+01:00");
  CHECK(due_with({held("2026-11-23T21:10:01+01:00", "2026-11-23T23:10:00+01:00")}) ==
        "2026-11-23T21:10:00+01:00");
  // A hold within the time that another one has won.
  CHECK(due_with({held("2026-11-21T08:00:00+01:00", "2026-11-21T18:00:00+01:00"),
                  held("2026-11-24T07:00:00+01:00", "2026-11-24T08:00:00+01:00")}) ==
        "2026-11-24T08:10:00+01:00");
}

TEST_CASE("deadline: holds move it by the policy's cap and no further") {
  Policy policy;
  policy.hold_cap_days = 2;
  const std::vector endless{HeldTime{at("2026-11-20T22:00:00+01:00"), Instant::max(), HoldReason::lift}};
  CHECK(due_on(calendar_days, 3, "2026-11-20T21:10:00+01:00", endless, policy) == "2026-11-25");
  CHECK(local(deadline_for(policy, {in_hours, 72}, at("2026-11-20T21:10:00+01:00"), endless)) ==
        "2026-11-25T21:10:00+01:00");

  // An hour over each midnight: three days held, two of them not counted.
  std::vector<HeldTime> nights;
  for (int night = 0; night < 3; ++night)
    nights.push_back({at("2026-11-21T23:30:00+01:00") + days{night},
                      at("2026-11-22T00:30:00+01:00") + days{night}, HoldReason::weather});
  CHECK(due_on(calendar_days, 3, "2026-11-20T21:10:00+01:00", nights, policy) == "2026-11-25");
  policy.hold_cap_days = 3;
  CHECK(due_on(calendar_days, 3, "2026-11-20T21:10:00+01:00", nights, policy) == "2026-11-26");
  policy.hold_cap_days = 0;
  CHECK(due_on(calendar_days, 3, "2026-11-20T21:10:00+01:00", nights, policy) == "2026-11-23");
}

TEST_CASE("deadline: the reckoning tells each day in Swedish and in English") {
  const Policy policy;
  const auto start = at("2026-04-02T10:00:00+02:00");
  CHECK(described(describe_sv, reckon_deadline(policy, {calendar_days, 3}, start)) ==
        Lines{"tor 2 apr: dag 0, klockan startar", "fre 3 apr: dag 1, långfredagen", "lör 4 apr: dag 2",
              "sön 5 apr: dag 3, påskdagen"});
  CHECK(described(describe_sv, reckon_deadline(policy, {next_weekday, 3}, start)) ==
        Lines{"tor 2 apr: dag 0, klockan startar", "fre 3 apr: dag 1, långfredagen", "lör 4 apr: dag 2",
              "sön 5 apr: dag 3, påskdagen", "mån 6 apr: annandag påsk, går vidare till nästa vardag",
              "tis 7 apr: nästa vardag"});
  const std::vector frost{held("2026-04-07T06:00:00+02:00", "2026-04-08T06:00:00+02:00")};
  CHECK(described(describe_sv, reckon_deadline(policy, {working_days, 1}, start, frost)) ==
        Lines{"tor 2 apr: dag 0, klockan startar", "fre 3 apr: långfredagen, räknas inte",
              "lör 4 apr: lördag, räknas inte", "sön 5 apr: påskdagen, räknas inte",
              "mån 6 apr: annandag påsk, räknas inte", "tis 7 apr: pausad (väder), räknas inte",
              "ons 8 apr: dag 1"});
  CHECK(described(describe_en, reckon_deadline(policy, {working_days, 1}, start, frost)) ==
        Lines{"Thu 2 Apr: day 0, the clock starts", "Fri 3 Apr: Good Friday, not counted",
              "Sat 4 Apr: Saturday, not counted", "Sun 5 Apr: Easter Sunday, not counted",
              "Mon 6 Apr: Easter Monday, not counted", "Tue 7 Apr: held (weather), not counted",
              "Wed 8 Apr: day 1"});
}

TEST_CASE("deadline: the reckoning names extra days, holds while rolling, and holds beyond the cap") {
  Policy policy;
  policy.extra_days = {on("2026-05-15")};
  policy.hold_cap_days = 1;
  const std::vector evidence{
      held("2026-05-18T06:00:00+02:00", "2026-05-20T06:00:00+02:00", HoldReason::evidence)};
  const auto start = at("2026-05-12T10:00:00+02:00");
  CHECK(described(describe_sv, reckon_deadline(policy, {next_weekday, 3}, start, evidence)) ==
        Lines{"tis 12 maj: dag 0, klockan startar", "ons 13 maj: dag 1",
              "tor 14 maj: dag 2, Kristi himmelsfärdsdag", "fre 15 maj: dag 3, kommunens lediga dag",
              "lör 16 maj: lördag, går vidare till nästa vardag",
              "sön 17 maj: söndag, går vidare till nästa vardag",
              "mån 18 maj: pausad (bevissäkring), går vidare till nästa vardag",
              "tis 19 maj: pausad, men taket för pauser är nått, nästa vardag"});
  CHECK(described(describe_en, reckon_deadline(policy, {working_days, 3}, start, evidence)) ==
        Lines{"Tue 12 May: day 0, the clock starts", "Wed 13 May: day 1",
              "Thu 14 May: Ascension Day, not counted", "Fri 15 May: the municipality's day off, not counted",
              "Sat 16 May: Saturday, not counted", "Sun 17 May: Sunday, not counted",
              "Mon 18 May: held (evidence), not counted",
              "Tue 19 May: day 2, held, but the cap on holds is reached", "Wed 20 May: day 3"});
}

TEST_CASE("deadline: the reckoning in hours has no days but the held time") {
  const auto deadline =
      reckon_deadline(Policy{}, {in_hours, 72}, at("2026-11-20T21:10:00+01:00"),
                      std::vector{held("2026-11-21T08:00:00+01:00", "2026-11-21T18:00:00+01:00")});
  CHECK(deadline.days.empty());
  CHECK(deadline.held == hours{10});
  CHECK(local(deadline.due_at) == "2026-11-24T07:10:00+01:00");
  CHECK(deadline.limit == Limit{in_hours, 72});
  CHECK(local(deadline.started_at) == "2026-11-20T21:10:00+01:00");
}

TEST_CASE("deadline: the owner is warned on the last weekday before the due day and on or before it") {
  struct Row {
    std::string_view due_at;
    Lines warned;
  };
  for (const auto& [due_at, warned] : std::array<Row, 7>{{
           // Wednesday: Tuesday and Wednesday.
           {"2026-11-25T23:59:59+01:00", {"2 2026-11-24T07:00:00+01:00", "3 2026-11-25T07:00:00+01:00"}},
           // Monday: Friday and Monday.
           {"2026-11-23T23:59:59+01:00", {"2 2026-11-20T07:00:00+01:00", "3 2026-11-23T07:00:00+01:00"}},
           // Sunday and Saturday: both moments are Friday's, which is one warning.
           {"2026-11-22T23:59:59+01:00", {"3 2026-11-20T07:00:00+01:00"}},
           {"2026-11-21T23:59:59+01:00", {"3 2026-11-20T07:00:00+01:00"}},
           // Easter Sunday and Easter Monday: Maundy Thursday.
           {"2026-04-05T23:59:59+02:00", {"3 2026-04-02T07:00:00+02:00"}},
           {"2026-04-06T23:59:59+02:00", {"3 2026-04-02T07:00:00+02:00"}},
           // Tuesday after Easter: Thursday before it, and Tuesday.
           {"2026-04-07T23:59:59+02:00", {"2 2026-04-02T07:00:00+02:00", "3 2026-04-07T07:00:00+02:00"}},
       }}) {
    CAPTURE(due_at);
    Lines moments;
    for (const auto& moment : warning_moments(Policy{}, {calendar_days, 3}, at(due_at)))
      moments.push_back(std::to_string(moment.index) + ' ' + local(moment.at));
    CHECK(moments == warned);
  }
}

TEST_CASE("deadline: in hours the owner is warned by lead, 24 and 4 hours before") {
  const auto due_at = at("2026-11-23T21:10:00+01:00");
  CHECK(warning_moments(Policy{}, {in_hours, 72}, due_at) ==
        std::vector<WarningMoment>{{0, due_at - hours{24}}, {1, due_at - hours{4}}});
}

TEST_CASE("deadline: warnings are in order of time, before the deadline, and not on an extra day off") {
  Policy policy;
  policy.extra_days = {on("2026-11-24")};
  policy.warnings = {{Warning::Kind::weekday_on_or_before_due, hours{23} + minutes{59}},
                     {Warning::Kind::weekday_before_due, hours{9}},
                     {Warning::Kind::weekday_on_or_before_due, hours{6}}};
  const auto moments = [&](std::string_view due_at) {
    return warning_moments(policy, {working_days, 3}, at(due_at));
  };
  CHECK(moments("2026-11-25T23:59:59+01:00") ==
        std::vector<WarningMoment>{{1, at("2026-11-23T09:00:00+01:00")},
                                   {2, at("2026-11-25T06:00:00+01:00")},
                                   {0, at("2026-11-25T23:59:00+01:00")}});
  // A deadline at six o'clock itself: what is not before it is left out.
  CHECK(moments("2026-11-25T06:00:00+01:00") ==
        std::vector<WarningMoment>{{1, at("2026-11-23T09:00:00+01:00")}});
  CHECK(
      moments("2026-11-25T06:00:01+01:00") ==
      std::vector<WarningMoment>{{1, at("2026-11-23T09:00:00+01:00")}, {2, at("2026-11-25T06:00:00+01:00")}});
}
