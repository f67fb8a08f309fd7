// The promise from end to end: "graffiti is gone within three days", told through one week in Höör.

#include <doctest/doctest.h>

#include "support/refusal.h"
#include "support/town.h"
#include "workflow/statistics.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;

TEST_CASE("scenario: a week in Höör, from the police's report to the published figure") {
  Town hoor;
  const auto november = [&](GroupBy by = GroupBy::none) {
    const Settings settings = hoor.settings();
    return read(*hoor.store, [&](Transaction& transaction) {
      return compliance(transaction, settings, {on("2026-11-01"), on("2026-12-01")}, by, Cohort::due,
                        hoor.clock.now());
    });
  };
  const auto clock = [&](CaseId id) { return clock_of(hoor.row(id), hoor.clock.now()); };

  // Monday morning: the police forward a tag on HFAB's garage, with its K-number; the case finds HFAB.
  hoor.clock.set(nov(16, "08:10"));
  ReportDraft draft = tag_at("Storgatan 12");
  draft.police_reference = "5000-K123456-26";
  draft.times.reported_at = nov(15, "21:10");
  const CaseId garage = hoor.report(draft).row.id;
  CHECK(hoor.row(garage).owner_id == "hfab");
  CHECK(hoor.row(garage).due_at == nov(19, "23:59:59"));
  CHECK(hoor.report(draft).repeated);  // the officer pressed twice

  // A citizen reports the same garage and another wall that nobody is known to own.
  hoor.clock.set(nov(16, "17:30"));
  ReportDraft also = tag_at("Storgatan 12");
  also.joins = garage;
  hoor.report(also, kCitizen);
  const CaseId wall = hoor.report(tag_at("Okända vägen 1"), kCitizen).row.id;
  CHECK(hoor.row(wall).state == CaseState::unassigned);

  // Tuesday: an officer gives the wall to E.ON, which rejects it; it becomes Ann's.
  hoor.clock.set(nov(17, "09:00"));
  hoor.assign(wall, "eon");
  hoor.act([&](Transaction& transaction, const Settings& settings) {
    return reject_case(transaction, settings, hoor.action(wall, kEon), "not_ours", "ann");
  });
  hoor.assign(wall, "ann");
  CHECK(hoor.row(wall).due_at == nov(19, "23:59:59"));  // the clock ran on, always
  CHECK(hoor.sweep().looked_at == 0);

  // Wednesday at 7 both owners are warned, and again on Thursday.
  hoor.clock.set(nov(18, "07:00"));
  CHECK(hoor.sweep().due_soon == 2);
  CHECK(clock(garage) == ClockState::due_soon);

  // HFAB washes on Wednesday afternoon and says so.
  hoor.clock.set(nov(18, "15:00"));
  hoor.remove(garage, nov(18, "14:30"), kHfab);
  CHECK(hoor.sweep().looked_at == 0);
  hoor.clock.set(nov(19, "07:05"));
  CHECK(hoor.sweep().due_soon == 1);

  // The scheduler sleeps over midnight; on Friday morning the wall is overdue, whoever gets it then.
  hoor.clock.set(nov(20, "06:00"));
  CHECK(clock(wall) == ClockState::overdue);
  CHECK(november().total.overdue == 1);
  CHECK(hoor.sweep().overdue == 1);
  CHECK(hoor.sweep().looked_at == 0);
  hoor.assign(wall, "kommun");
  hoor.clock.set(nov(20, "11:00"));
  hoor.remove(wall);

  // A shadow is left on the garage: a citizen asks, an officer looks and reopens; the original clock is past.
  hoor.clock.set(nov(21, "10:00"));
  hoor.act([&](Transaction& transaction, const Settings& settings) {
    return request_reopening_of_case(transaction, settings, hoor.action(garage, kCitizen));
  });
  CHECK(november().total.on_time == 1);
  hoor.reopen(garage);
  CHECK(clock(garage) == ClockState::overdue);
  CHECK(november().total.on_time == 0);
  CHECK(november().total.overdue == 1);
  CHECK(hoor.sweep().overdue == 1);

  // HFAB claims that it was gone on Thursday. Within 72 hours that is believed; a week later it is not.
  hoor.clock.set(nov(22, "09:00"));
  hoor.remove(garage, nov(19, "12:00"), kHfab);
  CHECK(november().total.on_time == 1);
  CHECK(november().total.on_time_recorded_after_due == 1);
  hoor.reopen(garage);
  hoor.clock.set(nov(26, "09:00"));
  hoor.remove(garage, nov(19, "12:00"), kHfab);
  CHECK(november().total.on_time == 0);
  CHECK(november().total.late == 2);

  // New paint on the same garage is a new case, kept in time; the sixth to be decided makes a rate.
  for (int i = 0; i < 4; ++i) {
    const CaseId fresh = hoor.report(tag_at("Storgatan " + std::to_string(20 + i))).row.id;
    hoor.clock.pass(hours{5});
    hoor.remove(fresh, {}, kHfab);
  }
  hoor.clock.set(at("2026-12-01T08:00:00+01:00"));
  const auto total = november().total;
  CHECK_FALSE(november().preliminary);
  CHECK(total.population == 6);
  CHECK(total.on_time == 4);
  CHECK(total.late == 2);
  CHECK(total.rate_per_mille == 667);
  CHECK(total.median_hours == 5);
  // The miss of the wall is Ann's, though the municipality cleaned it.
  for (const auto& group : november(GroupBy::owner).groups) {
    CAPTURE(group.key);
    CHECK(group.figures.population == (group.key == "hfab" ? 5 : 1));
    CHECK(group.key != "kommun");
  }
  const Verification verified = verify(*hoor.store, false);
  CHECK(verified.cases == 6);
  CHECK(verified.difference_count == 0);
}
