#include "domain/compliance.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "support/case_story.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// HFAB's case, due on Thursday the 19th at 23:59:59.
CaseStory hfabs_case() { return CaseStory{}.assign("hfab", nov(16, "11:00")); }

Judgement judged(const CaseStory& story) { return judge(story.row(), story.policy); }

Tally tally_of(const CaseStory& story) {
  Tallies tallies;
  contribute(story.row(), story.policy, TimeZone{"Europe/Stockholm"}, 1, tallies);
  return tallies.at({Cohort::due, Dimension::all, "", on("2026-11-19")});
}

}  // namespace

TEST_CASE("compliance: removed by the last second is on time, a second later is late") {
  CHECK(judged(hfabs_case().remove(nov(19, "23:59:59"))).outcome == Outcome::on_time);
  CHECK(judged(hfabs_case().remove(nov(20, "00:00:00"))).outcome == Outcome::late);
  CHECK(judged(hfabs_case()).outcome == Outcome::open);
}

TEST_CASE("compliance: given up is a miss with a count of its own, also before the deadline") {
  const CaseStory story = hfabs_case().give_up(nov(17));
  CHECK(judged(story).outcome == Outcome::not_removed);
  CHECK(tally_of(story).counts[Tally::late] == 1);
  CHECK(tally_of(story).counts[Tally::not_removed] == 1);
}

TEST_CASE("compliance: a removal entered after the deadline counts when entered within 72 hours of it") {
  const Instant removed = nov(19, "12:00");
  const auto entered = [&](Instant when) { return judged(hfabs_case().remove(removed, when)); };
  CHECK(entered(nov(19, "23:59:59")).outcome == Outcome::on_time);
  CHECK_FALSE(entered(nov(19, "23:59:59")).recorded_after_due);
  CHECK(entered(nov(20, "00:00:00")).outcome == Outcome::on_time);
  CHECK(entered(nov(20, "00:00:00")).recorded_after_due);
  CHECK(entered(removed + hours{72}).outcome == Outcome::on_time);
  CHECK(entered(removed + hours{72} + seconds{1}).outcome == Outcome::late);
  // Entered before the deadline it counts however long ago it was done.
  CHECK(judged(hfabs_case().remove(nov(1), nov(19))).outcome == Outcome::on_time);
}

TEST_CASE("compliance: an officer who names the evidence makes a late entry count") {
  CaseStory story = hfabs_case().remove(nov(18), nov(28));
  CHECK(judged(story).outcome == Outcome::late);
  story.remove(nov(18), nov(29), kOfficer, "", true);
  CHECK(judged(story).outcome == Outcome::on_time);
  CHECK(judged(story).recorded_after_due);
  CHECK(tally_of(story).counts[Tally::on_time_recorded_after_due] == 1);
}

TEST_CASE("compliance: a date that is corrected to before the deadline is judged by when it was corrected") {
  CaseStory story = hfabs_case().remove(nov(20), nov(20));
  CHECK(judged(story).outcome == Outcome::late);
  CHECK(judged(CaseStory{story}.remove(nov(18), nov(20, "12:00"))).outcome ==
        Outcome::on_time);  // within 72 hours
  CHECK(judged(CaseStory{story}.remove(nov(18), nov(21, "10:00:01"))).outcome == Outcome::late);
}

TEST_CASE("compliance: gone before the clock started counts as on time and is marked") {
  const CaseStory story = hfabs_case().remove(nov(15), nov(17));
  CHECK(judged(story).outcome == Outcome::on_time);
  CHECK(judged(story).already_gone);
  CHECK(tally_of(story).stages[0].quantile(50) == 0);
  CHECK_FALSE(judged(hfabs_case().remove(nov(16), nov(17))).already_gone);
}

TEST_CASE(
    "compliance: dismissed and merged cases are outside, and counted when that came after the deadline") {
  CHECK(judged(hfabs_case().dismiss(nov(19, "23:59:59"))).outcome == Outcome::dismissed);
  CHECK_FALSE(judged(hfabs_case().dismiss(nov(19, "23:59:59"))).excluded_after_due);
  CHECK(judged(hfabs_case().dismiss(nov(20, "00:00:00"))).excluded_after_due);
  const auto merged = [](Instant when) {
    CaseStory story = hfabs_case(), target{{.number = 2}};
    return judged(story.merge_into(target, when));
  };
  CHECK(merged(nov(19)).outcome == Outcome::merged);
  CHECK_FALSE(merged(nov(19)).excluded_after_due);
  CHECK(merged(nov(20, "00:00:00")).excluded_after_due);
}

TEST_CASE("compliance: each reason of a dismissal has its own count") {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto reason = static_cast<DismissalReason>(i);
    const Tally tally = tally_of(hfabs_case().dismiss(nov(17), reason));
    CHECK(compliance_of(tally, 0).dismissed[i] == 1);
    CHECK(names_of(Tally::Count{})[Tally::not_graffiti + i] == to_code(reason));
    CHECK(compliance_of(tally, 0).population == 0);
  }
}

TEST_CASE("compliance: what only a hold made on time is told, and judged without it") {
  CaseStory story = hfabs_case();
  story.hold(nov(17), nov(19, "08:00"));  // due on the 21st, without it on the 19th
  CHECK(judged(CaseStory{story}.remove(nov(19, "23:59:59"))).on_time_by_hold == false);
  CHECK(judged(CaseStory{story}.remove(nov(20, "00:00:00"))).on_time_by_hold);
  CHECK(judged(CaseStory{story}.remove(nov(22))).on_time_by_hold == false);  // late all the same
}

TEST_CASE("compliance: without the hold an entry is judged as late as one would be that was made up") {
  CaseStory story = hfabs_case();
  story.hold(nov(17), nov(27));  // nothing is counted until Friday the 27th
  // Dated in time of either deadline, entered a week after the one without the hold.
  CHECK(judged(story.remove(nov(18), nov(26))).outcome == Outcome::on_time);
  CHECK(judged(story).on_time_by_hold);
}

TEST_CASE("compliance: the party's own find is outside the population") {
  CaseStory story{{.reporter = "owner:hfab"}};
  story.assign("hfab", nov(16)).remove(nov(25), nov(25), kHfab, "owner:hfab");
  CHECK(judged(story).outcome == Outcome::proactive);
  CHECK(tally_of(story).counts[Tally::proactive] == 1);
  CHECK(tally_of(story).counts[Tally::late] == 0);
  CHECK(tally_of(story).stages[0].count() == 0);
}

TEST_CASE("compliance: an owner is also judged by the deadline from when it was told") {
  const auto told = [](Instant when, Instant removed, std::optional<Instant> recorded = {}) {
    return judged(hfabs_case().tell(when).remove(removed, recorded));
  };
  CHECK(told(nov(16, "12:00"), nov(19)).own_on_time == true);
  CHECK(told(nov(16, "12:00"), nov(19)).told_late == false);
  // Told on Wednesday: its own three days end on Saturday.
  CHECK(told(nov(18), nov(21, "23:59:59")).outcome == Outcome::late);
  CHECK(told(nov(18), nov(21, "23:59:59")).own_on_time == true);
  CHECK(told(nov(18), nov(21, "23:59:59")).told_late);
  CHECK(told(nov(18), nov(22, "00:00:00")).own_on_time == false);
  // Dates that are made up do not count for the owner either.
  CHECK(told(nov(18), nov(21), nov(28)).own_on_time == false);
  CHECK(told(nov(18), nov(18), nov(28)).own_on_time == false);
  CHECK_FALSE(judged(hfabs_case().remove(nov(19))).own_on_time);  // never told
  CHECK(judged(hfabs_case().tell(nov(17)).give_up(nov(18))).own_on_time == false);
  CHECK_FALSE(judged(hfabs_case().tell(nov(17)).dismiss(nov(18))).own_on_time);
}

TEST_CASE("compliance: where the time went, by stage, only for removed cases of the population") {
  CaseStory story{{.reported_at = nov(16, "07:30")}};
  story.assign("hfab", nov(16, "11:00")).tell(nov(16, "12:00")).remove(nov(18, "13:00"), nov(18, "18:59"));
  const Tally tally = tally_of(story);
  const auto hours_of = [&](Stage stage) {
    return tally.stages[static_cast<std::size_t>(stage)].quantile(50);
  };
  CHECK(hours_of(Stage::total) == 51);
  CHECK(hours_of(Stage::reported_to_received) == 2);
  CHECK(hours_of(Stage::received_to_told) == 2);
  CHECK(hours_of(Stage::told_to_removed) == 49);
  CHECK(hours_of(Stage::removed_to_recorded) == 5);
  CHECK(tally_of(hfabs_case().give_up(nov(17))).stages[0].count() == 0);
}

TEST_CASE("compliance: a case counts in both cohorts and every dimension, and taken away leaves nothing") {
  CaseStory story{{.received_at = nov(16)}};
  story.assign("hfab", nov(16, "11:00")).remove(nov(18));
  Tallies tallies;
  const TimeZone zone{"Europe/Stockholm"};
  contribute(story.row(), story.policy, zone, 1, tallies);
  CHECK(tallies.size() == 10);
  CHECK(tallies.contains({Cohort::due, Dimension::owner, "hfab", on("2026-11-19")}));
  CHECK(tallies.contains({Cohort::received, Dimension::owner, "hfab", on("2026-11-16")}));
  CHECK(tallies.contains({Cohort::due, Dimension::category, "tag", on("2026-11-19")}));
  CHECK(tallies.contains({Cohort::due, Dimension::source, "police", on("2026-11-19")}));
  CHECK(tallies.contains({Cohort::due, Dimension::policy, "1", on("2026-11-19")}));
  contribute(story.row(), story.policy, zone, -1, tallies);
  CHECK(std::ranges::all_of(tallies, [](const auto& entry) { return entry.second.empty(); }));
}

TEST_CASE("compliance: a local day is the municipality's, not UTC's") {
  CaseStory story{{.received_at = nov(16, "00:30")}};  // the 15th in UTC
  Tallies tallies;
  contribute(story.row(), story.policy, TimeZone{"Europe/Stockholm"}, 1, tallies);
  CHECK(tallies.contains({Cohort::received, Dimension::all, "", on("2026-11-16")}));
}

TEST_CASE("compliance: a rate is per mille, half up, and none below five cases") {
  CHECK_FALSE(per_mille(4, 4));
  CHECK(per_mille(5, 5) == 1000);
  CHECK(per_mille(0, 5) == 0);
  CHECK(per_mille(2, 3 * 2) == 333);     // 333.3
  CHECK(per_mille(4, 6) == 667);         // 666.7
  CHECK(per_mille(1, 16) == 63);         // 62.5 goes up
  CHECK(per_mille(3, 16) == 188);        // 187.5 goes up
  CHECK(per_mille(1999, 2000) == 1000);  // 999.5 goes up
  CHECK(per_mille(49'999, 100'000) == 500);
  CHECK(per_mille(49'949, 100'000) == 499);
}

TEST_CASE("compliance property: a rate is the nearest whole per mille, and the upper of two") {
  CHECK(rc::check("half up", [] {
    const auto whole = *rc::gen::inRange<std::int64_t>(5, 1'000'000),
               part = *rc::gen::inRange<std::int64_t>(0, whole + 1);
    const auto rate = per_mille(part, whole).value();
    // rate - 1/2 <= 1000 part / whole < rate + 1/2, in whole numbers.
    RC_ASSERT((2 * rate - 1) * whole <= 2000 * part);
    RC_ASSERT(2000 * part < (2 * rate + 1) * whole);
  }));
}

TEST_CASE("compliance: published figures follow from the sums") {
  Tally tally;
  tally.counts[Tally::open] = 7;
  tally.counts[Tally::on_time] = 12;
  tally.counts[Tally::late] = 5;
  tally.counts[Tally::not_removed] = 2;
  tally.counts[Tally::on_time_by_hold] = 2;
  tally.counts[Tally::excluded_after_due] = 4;
  tally.counts[Tally::own_n] = 10;
  tally.counts[Tally::own_on_time] = 9;
  const Compliance figures = compliance_of(tally, 3);
  CHECK(figures.population == 20);  // 12 on time, 5 late, 3 overdue
  CHECK(figures.open_in_time == 4);
  CHECK(figures.late == 5);
  CHECK(figures.not_removed == 2);
  CHECK(figures.rate_per_mille == 600);
  CHECK(figures.rate_without_holds_per_mille == 500);
  CHECK(figures.rate_with_excluded_after_due_per_mille == 500);
  CHECK(figures.own_rate_per_mille == 900);
  CHECK_FALSE(figures.median_hours);
  tally.counts[Tally::on_time] = 1;
  tally.counts[Tally::on_time_by_hold] = 0;
  tally.counts[Tally::late] = 0;
  tally.counts[Tally::not_removed] = 0;
  CHECK_FALSE(compliance_of(tally, 3).rate_per_mille);  // four cases: counts only
  CHECK(compliance_of(tally, 3).rate_with_excluded_after_due_per_mille == 125);
  CHECK(compliance_of(Tally{}, 0).population == 0);
  CHECK_FALSE(compliance_of(Tally{}, 0).rate_per_mille);
}

TEST_CASE("histogram property: quantiles are nearest rank of the whole hours, and survive being written") {
  CHECK(rc::check("brute force", [] {
    const auto durations = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-3600, 15'000'000));
    Histogram histogram;
    std::vector<std::int64_t> hours_of;
    for (const int duration : durations) {
      histogram.add(seconds{duration});
      const std::int64_t whole = std::max(duration, 0) / 3600;
      hours_of.push_back(whole < 14 * 24 ? whole : whole / 24 * 24);
    }
    std::ranges::sort(hours_of);
    RC_ASSERT(histogram.count() == std::ssize(durations));
    for (const int percent : {1, 25, 50, 90, 99, 100}) {
      const auto quantile = histogram.quantile(percent);
      RC_ASSERT(quantile.has_value() == !durations.empty());
      if (durations.empty()) continue;
      std::size_t rank = 1;  // the smallest with rank / n >= percent / 100
      while (100 * rank < static_cast<std::size_t>(percent) * durations.size()) ++rank;
      RC_ASSERT(*quantile == hours_of[rank - 1]);
    }
    RC_ASSERT(Histogram::from_text(histogram.to_text()) == histogram);
    // Adding and taking away again leaves the same, whatever the order.
    Histogram twice = histogram;
    twice.add(histogram);
    twice.add(histogram, -1);
    RC_ASSERT(twice == histogram);
    twice.add(histogram, -1);
    RC_ASSERT(twice == Histogram{});
  }));
}

TEST_CASE("histogram: by the hour up to 14 days, by the day beyond, at most ten years") {
  Histogram histogram;
  histogram.add(minutes{59});
  histogram.add(hours{3} + minutes{59});
  histogram.add(hours{335});
  histogram.add(hours{337});
  histogram.add(hours{359});
  histogram.add(hours{360});
  histogram.add(hours{24 * 365 * 90});
  CHECK(histogram.to_text() == "0:1 3:1 335:1 336:2 360:1 87672:1");
}
