#include "workflow/statistics.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/refusal.h"
#include "support/town.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;

namespace {

const Period kNovember{on("2026-11-01"), on("2026-12-01")};

ComplianceReport figures(Town& town, Period period = kNovember, GroupBy by = GroupBy::none,
                         Cohort cohort = Cohort::due) {
  const Settings settings = town.settings();
  return read(*town.store, [&](Transaction& transaction) {
    return compliance(transaction, settings, period, by, cohort, town.clock.now());
  });
}

Compliance group(const ComplianceReport& report, const std::string& key) {
  const auto at = std::ranges::find(report.groups, key, &ComplianceGroup::key);
  REQUIRE(at != report.groups.end());
  return at->figures;
}

/// Reports and removes so many cases, each removed so long after its report.
void removed_after(Town& town, int count, hours after, const std::string& address = "Storgatan 12") {
  std::vector<CaseId> ids;
  for (int i = 0; i < count; ++i) ids.push_back(town.report(tag_at(address)).row.id);
  town.clock.pass(after);
  for (const auto id : ids) town.remove(id);
}

}  // namespace

TEST_CASE("statistics: nothing is nothing, and a period that is empty or endless is refused") {
  Town hoor;
  const auto report = figures(hoor);
  CHECK(report.total.population == 0);
  CHECK_FALSE(report.total.rate_per_mille);
  CHECK(report.preliminary);
  CHECK(report.policies.empty());
  CHECK(refusal([&] { figures(hoor, {on("2026-11-01"), on("2026-11-01")}); }).code() == ErrorCode::refused);
  CHECK(refusal([&] { figures(hoor, {on("2000-01-01"), on("2026-11-01")}); }).code() == ErrorCode::refused);
}

TEST_CASE("statistics: on time, late, overdue and open in time, and a rate from five on") {
  Town hoor;
  removed_after(hoor, 3, hours{20});  // now the 17th at 6
  hoor.clock.set(nov(16));
  removed_after(hoor, 1, hours{24 * 5});  // the 21st: late
  CHECK(figures(hoor).total.population == 4);
  CHECK_FALSE(figures(hoor).total.rate_per_mille);
  hoor.clock.set(nov(16, "11:00"));
  hoor.report();
  hoor.clock.set(nov(21));
  CHECK(figures(hoor).total.overdue == 1);
  CHECK(figures(hoor).total.rate_per_mille == 600);
  hoor.report(tag_at("Storgatan 99"));
  const Compliance total = figures(hoor).total;
  CHECK(total.on_time == 3);
  CHECK(total.late == 1);
  CHECK(total.overdue == 1);
  CHECK(total.open_in_time == 1);
  CHECK(total.population == 5);
  CHECK(total.median_hours == 20);
  CHECK(total.p90_hours == 120);
}

TEST_CASE("statistics: a case becomes overdue with the second after its deadline, without a sweep") {
  Town hoor;
  hoor.report();
  hoor.clock.set(nov(19, "23:59:59"));
  CHECK(figures(hoor).total.overdue == 0);
  CHECK(figures(hoor).total.open_in_time == 1);
  hoor.clock.set(nov(20, "00:00:00"));
  CHECK(figures(hoor).total.overdue == 1);
  CHECK(figures(hoor).total.open_in_time == 0);
}

TEST_CASE("statistics: in hours a case of today is overdue within the day") {
  Policy policy;
  policy.limit = {CountingMode::hours, 4};
  Town hoor{policy};
  hoor.report();  // at 10, due at 14
  for (const auto cohort : {Cohort::due, Cohort::received}) {
    hoor.clock.set(nov(16, "14:00:00"));
    CHECK(figures(hoor, kNovember, GroupBy::none, cohort).total.overdue == 0);
    hoor.clock.set(nov(16, "14:00:01"));
    CHECK(figures(hoor, kNovember, GroupBy::none, cohort).total.overdue == 1);
    CHECK(group(figures(hoor, kNovember, GroupBy::owner, cohort), "hfab").overdue == 1);
    // Outside the period it does not count.
    CHECK(figures(hoor, {on("2026-11-17"), on("2026-12-01")}, GroupBy::none, cohort).total.overdue == 0);
  }
}

TEST_CASE("statistics: every month and ISO week is there, empty ones too, cut to the period") {
  Town hoor;
  hoor.clock.set(at("2026-12-30T10:00:00+01:00"));
  hoor.report();  // due on 2 January 2027, a Saturday: week 53 of 2026
  const Period period{on("2026-11-15"), on("2027-01-10")};
  const auto months = figures(hoor, period, GroupBy::month);
  REQUIRE(months.groups.size() == 3);
  CHECK(months.groups[0].key == "2026-11");
  CHECK(months.groups[0].period->from == on("2026-11-15"));
  CHECK(months.groups[0].period->to == on("2026-12-01"));
  CHECK(months.groups[2].key == "2027-01");
  CHECK(months.groups[2].period->to == on("2027-01-10"));
  CHECK(months.groups[2].figures.open_in_time == 1);
  CHECK(months.groups[1].figures.open_in_time == 0);
  const auto weeks = figures(hoor, {on("2026-12-21"), on("2027-01-11")}, GroupBy::week);
  REQUIRE(weeks.groups.size() == 3);
  CHECK(weeks.groups[0].key == "2026-W52");
  CHECK(weeks.groups[1].key == "2026-W53");
  CHECK(weeks.groups[1].figures.open_in_time == 1);
  CHECK(weeks.groups[2].key == "2027-W01");
  const auto received = figures(hoor, period, GroupBy::month, Cohort::received);
  CHECK(received.groups[1].figures.open_in_time == 1);
}

TEST_CASE("statistics: by owner, category and source, no owner being a group of its own") {
  Town hoor;
  removed_after(hoor, 2, hours{1});
  hoor.report(tag_at("Okända vägen 1"), kCitizen);
  ReportDraft hate = tag_at("Skolgatan 1");
  hate.category = Category::hate;
  hoor.report(hate, kOfficer);
  hoor.clock.set(nov(25));
  const auto owners = figures(hoor, kNovember, GroupBy::owner);
  CHECK(group(owners, "hfab").on_time == 2);
  CHECK(group(owners, "kommun").overdue == 1);
  CHECK(group(owners, "none").overdue == 1);
  CHECK(owners.groups.size() == 3);
  CHECK(group(figures(hoor, kNovember, GroupBy::category), "hate").overdue == 1);
  CHECK(group(figures(hoor, kNovember, GroupBy::category), "tag").population == 3);
  CHECK(group(figures(hoor, kNovember, GroupBy::source), "police").on_time == 2);
  CHECK(group(figures(hoor, kNovember, GroupBy::source), "citizen").overdue == 1);
  CHECK(group(figures(hoor, kNovember, GroupBy::source), "municipality").overdue == 1);
}

TEST_CASE("statistics: a period that spans policies lists them with their numbers") {
  Town hoor;
  removed_after(hoor, 2, hours{1});
  Policy second;
  second.limit.amount = 5;
  hoor.change_policy(second, on("2026-11-18"));
  hoor.clock.set(nov(18));
  removed_after(hoor, 3, hours{1});
  hoor.report();  // undecided: not counted
  using Numbers = std::vector<std::pair<int, std::int64_t>>;
  CHECK(figures(hoor).policies == Numbers{{1, 2}, {2, 3}});
}

TEST_CASE("statistics: a period is preliminary until its last local day is over") {
  Town hoor;
  hoor.clock.set(nov(30, "23:59:59"));
  CHECK(figures(hoor).preliminary);
  hoor.clock.pass(std::chrono::seconds{1});
  CHECK_FALSE(figures(hoor).preliminary);
}

TEST_CASE("statistics: what is outside the population is listed, and counted as misses beside") {
  Town hoor;
  removed_after(hoor, 4, hours{1});
  const CaseId in_time = hoor.report().row.id, after = hoor.report(tag_at("Storgatan 2")).row.id,
               given_up = hoor.report(tag_at("Storgatan 3")).row.id,
               merged = hoor.report(tag_at("Storgatan 4")).row.id,
               own = hoor.report(tag_at("Storgatan 5"), kHfab).row.id,
               target = hoor.report(tag_at("Storgatan 6")).row.id;
  hoor.dismiss(in_time, DismissalReason::legal_wall);
  hoor.give_up(given_up);
  hoor.remove(own, {}, kHfab);
  hoor.clock.set(nov(25));
  hoor.dismiss(after, DismissalReason::not_found);
  hoor.merge(merged, target);
  const Compliance total = figures(hoor).total;
  CHECK(total.dismissed == std::array<std::int64_t, 4>{0, 1, 1, 0});
  CHECK(total.excluded_after_due == 2);
  CHECK(total.merged == 1);
  CHECK(total.proactive == 1);
  CHECK(total.not_removed == 1);
  CHECK(total.population == 6);  // 4 on time, 1 given up, 1 overdue
  CHECK(total.rate_per_mille == 667);
  CHECK(total.rate_with_excluded_after_due_per_mille == 500);
}

TEST_CASE("statistics: where the time went is summed over the period's days") {
  Town hoor;
  removed_after(hoor, 2, hours{5});
  const Settings settings = hoor.settings();
  const auto in = [&](Period period) {
    return read(*hoor.store,
                [&](Transaction& transaction) { return stages(transaction, settings, period); })[0];
  };
  CHECK(in(kNovember).count() == 2);
  CHECK(in(kNovember).quantile(50) == 5);
  CHECK(in({on("2026-11-20"), on("2026-12-01")}).count() == 0);
}

TEST_CASE("statistics: the backlog puts each open case in one bucket and with its owner") {
  Town hoor;
  hoor.report();  // due in 85 hours
  hoor.report(tag_at("Okända vägen 1"));
  const CaseId held = hoor.report(tag_at("Skolgatan 1")).row.id;
  hoor.hold(held, nov(18));  // Tuesday ends held
  hoor.remove(hoor.report(tag_at("Storgatan 3")).row.id);
  const auto now = [&] {
    return read(*hoor.store,
                [&](Transaction& transaction) { return backlog(transaction, hoor.id, hoor.clock.now()); });
  };
  const auto counts = [&] {
    std::vector<std::int64_t> numbers;
    for (const auto& bucket : now().buckets) numbers.push_back(bucket.count);
    return numbers;
  };
  CHECK(now().open == 3);
  CHECK(now().unassigned == 1);
  CHECK(now().held == 1);
  CHECK(counts() == std::vector<std::int64_t>{0, 0, 0, 0, 0, 3});
  const Instant due = nov(19, "23:59:59");
  const auto at_hours_before = [&](int left) {
    hoor.clock.set(due - hours{left});
    return counts();
  };
  // The held one is due a day later.
  CHECK(at_hours_before(72) == std::vector<std::int64_t>{0, 0, 0, 0, 0, 3});
  CHECK(at_hours_before(48) == std::vector<std::int64_t>{0, 0, 0, 0, 2, 1});
  CHECK(at_hours_before(24) == std::vector<std::int64_t>{0, 0, 0, 2, 1, 0});
  CHECK(at_hours_before(4) == std::vector<std::int64_t>{0, 0, 2, 1, 0, 0});
  CHECK(at_hours_before(0) == std::vector<std::int64_t>{0, 2, 0, 1, 0, 0});
  hoor.clock.set(due + std::chrono::seconds{1});
  CHECK(counts() == std::vector<std::int64_t>{2, 0, 1, 0, 0, 0});
  const auto owners = now().by_owner;
  REQUIRE(owners.size() == 3);
  CHECK(owners[0].owner_id.empty());
  CHECK(owners[0].overdue == 1);
  CHECK(owners[1].owner_id == "hfab");
  CHECK(owners[1].overdue == 1);
  CHECK(owners[2].owner_id == "kommun");
  CHECK(owners[2].due_soon == 1);
}
