#include <doctest/doctest.h>

#include <algorithm>

#include "domain/queue.h"
#include "support/refusal.h"
#include "support/town.h"
#include "workflow/claim.h"
#include "workflow/statistics.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

/// A case that the kommun was told of at nine on the day.
CaseId told_on(Town& town, int day, const std::string& address = "Storgatan 12", const std::string& police_reference = "") {
  ReportDraft draft = tag_at(address);
  draft.times.received_at = nov(day, "09:00");
  draft.source = Source::citizen;
  draft.police_reference = police_reference;
  return town.report(draft, kOfficer).row.id;
}

ReportNumbers numbers(Town& town, CaseId id) {
  return read(*town.store, [&](Transaction& transaction) { return numbers_of(transaction, transaction.cases().find(id).value()); });
}

Compliance november(Town& town) {
  const Settings settings = town.settings();
  return read(*town.store, [&](Transaction& transaction) {
    return compliance(transaction, settings, {on("2026-11-01"), on("2026-12-01")}, GroupBy::none, Cohort::due, town.clock.now()).total;
  });
}

CaseId split(Town& town, CaseId id, const std::string& owner_id = "eon") {
  return town.act([&](Transaction& transaction, const Settings& settings) { return split_case(transaction, settings, town.action(id), {}, owner_id); }).id;
}

void check_clean(Town& town) {
  const Verification verified = verify(*town.store, false);
  for (const auto& difference : verified.differences) CHECK_MESSAGE(false, difference.what << ": " << difference.detail);
  CHECK(verified.difference_count == 0);
}

}  // namespace

TEST_CASE("merges: a chain takes the earliest start to its end, and undoing any link gives back what each would have had") {
  Town hoor;  // it is the 16th
  const CaseId a = told_on(hoor, 14), b = told_on(hoor, 15, "Storgatan 14"), c = told_on(hoor, 16, "Storgatan 16");
  const auto due = [&](CaseId id) { return local(hoor.row(id).due_at); };
  const std::string on17 = local(nov(17, "23:59:59")), on18 = local(nov(18, "23:59:59")), on19 = local(nov(19, "23:59:59"));
  hoor.clock.set(nov(16, "13:00"));
  hoor.merge(a, b);
  hoor.merge(b, c);
  CHECK(hoor.row(c).merged_count == 1);
  CHECK(due(c) == on17);
  CHECK(due(b) == on17);
  CHECK(numbers(hoor, c).ids.size() == 3);
  check_clean(hoor);
  SUBCASE("the middle first") {
    hoor.undo_merge(a);
    CHECK(due(c) == on18);
    CHECK(due(a) == on17);
    CHECK(numbers(hoor, c).ids.size() == 2);
    check_clean(hoor);
    hoor.undo_merge(b);
    CHECK(due(b) == on18);
  }
  SUBCASE("the end first") {
    hoor.undo_merge(b);
    CHECK(due(b) == on17);  // a is still in it
    CHECK(numbers(hoor, b).ids.size() == 2);
    check_clean(hoor);
    hoor.undo_merge(a);
    CHECK(due(b) == on18);
  }
  CHECK(due(c) == on19);
  CHECK(hoor.row(c).merged_count == 0);
  check_clean(hoor);
}

TEST_CASE("merges: from and into removed cases, in every state of the target, the figures are exact") {
  Town hoor;
  const CaseId open = hoor.report(tag_at("Storgatan 1")).row.id, removed = hoor.report(tag_at("Storgatan 2")).row.id,
               target = hoor.report(tag_at("Storgatan 3")).row.id;
  hoor.clock.set(nov(17));
  hoor.remove(removed);
  hoor.merge(open, removed);  // an open one into a removed one
  CHECK(november(hoor).merged == 1);
  CHECK(november(hoor).on_time == 1);
  check_clean(hoor);
  hoor.merge(removed, target);  // a removed one, with what is in it
  CHECK(november(hoor).merged == 2);
  CHECK(november(hoor).on_time == 0);
  CHECK(hoor.row(removed).removed_at == nov(17));
  check_clean(hoor);
  hoor.dismiss(target);
  hoor.undo_merge(removed);  // while the target is dismissed
  CHECK(hoor.row(removed).state == CaseState::removed);
  CHECK(november(hoor).on_time == 1);
  check_clean(hoor);
  hoor.clock.set(nov(20));
  hoor.undo_merge(open);
  CHECK(november(hoor).overdue == 1);
  check_clean(hoor);
}

TEST_CASE("merges: into itself, into nothing, into what is merged or closed, and twice, is refused or nothing") {
  Town hoor;
  const CaseId a = hoor.report(tag_at("Storgatan 1")).row.id, b = hoor.report(tag_at("Storgatan 2")).row.id,
               c = hoor.report(tag_at("Storgatan 3")).row.id;
  const MunicipalityId horby = hoor.add_neighbour();
  const auto refused = [&](CaseId id, CaseId into) { return refusal([&] { hoor.merge(id, into); }); };
  CHECK(refused(a, a).faults().front().pointer == "/into");
  CHECK(refused(a, CaseId{hoor.id, 999}).code() == ErrorCode::not_found);
  CHECK(refused(a, CaseId{horby, 1}).code() == ErrorCode::not_found);
  hoor.merge(a, b);
  const auto events = hoor.store.ask("SELECT COUNT(*) FROM events");
  hoor.merge(a, b);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM events") == events);
  CHECK(refused(a, c).code() == ErrorCode::conflict);   // it is merged
  CHECK(refused(c, a).code() == ErrorCode::refused);    // into what is merged
  CHECK(refused(b, a).code() == ErrorCode::refused);    // in a circle
  hoor.dismiss(c);
  CHECK(refused(b, c).code() == ErrorCode::refused);
  CHECK(refused(c, b).code() == ErrorCode::conflict);
  CHECK(refusal([&] { hoor.undo_merge(b); }).code() == ErrorCode::conflict);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM events") == events + 1);
  check_clean(hoor);
}

TEST_CASE("merges: graffiti seen after the target was removed is another, to the second") {
  Town hoor;
  const CaseId target = told_on(hoor, 14);
  hoor.clock.set(nov(16, "12:00"));
  hoor.remove(target);
  const auto seen = [&](Instant when, const char* address) {
    ReportDraft draft = tag_at(address);
    draft.times.reported_at = when;
    return hoor.report(draft, kOfficer).row.id;
  };
  hoor.clock.set(nov(17));
  const CaseId later = seen(nov(16, "12:00:01"), "Storgatan 14"), same = seen(nov(16, "12:00"), "Storgatan 16");
  CHECK(refusal([&] { hoor.merge(later, target); }).code() == ErrorCode::refused);
  hoor.merge(same, target);
  CHECK(hoor.row(same).state == CaseState::merged);
}

TEST_CASE("merges: whoever names a merged case reaches the one that is worked on") {
  Town hoor;
  const CaseId a = told_on(hoor, 16, "Storgatan 1", "5000-K1-26"), b = hoor.report(tag_at("Storgatan 2")).row.id,
               c = hoor.report(tag_at("Storgatan 3")).row.id;
  hoor.merge(a, b);
  hoor.merge(b, c);
  ReportDraft same = tag_at("Storgatan 1");
  same.joins = a;
  CHECK(hoor.report(same, kCitizen).row.id == c);
  // A stranger's words about the K-number are a report of the case that is worked on.
  ReportDraft repeated = tag_at("Storgatan 1");
  repeated.police_reference = "5000-K1-26";
  repeated.description = "Jag såg det också";
  CHECK(hoor.report(repeated, kCitizen).row.id == c);
  CHECK(numbers(hoor, c).ids.size() == 5);
  CHECK(numbers(hoor, c).police_references == std::vector<std::string>{"5000-K1-26"});
  const auto claim = read(*hoor.store, [&](Transaction& transaction) { return cases_of_claim(transaction, hoor.settings(), "5000-K1-26"); });
  CHECK(claim.size() == 3);  // where it was sent, and each on the way to where it went
  CHECK(std::ranges::count(claim, c, &CaseRow::id) == 1);
  check_clean(hoor);
}

TEST_CASE("splits: the other case has every report and K-number of its origin, and later ones stay where they are sent") {
  Town hoor;
  const CaseId origin = told_on(hoor, 16, "Storgatan 12", "5000-K1-26"), merged = told_on(hoor, 16, "Storgatan 14", "5000-K2-26");
  ReportDraft joins = tag_at();
  joins.joins = origin;
  hoor.report(joins, kHfab);
  hoor.merge(merged, origin);
  hoor.act([&](Transaction& transaction, const Settings& settings) {
    return add_police_reference_to_case(transaction, settings, hoor.action(origin), "5000-K3-26");
  });
  const CaseId other = split(hoor, origin);
  CHECK(hoor.row(other).report_count == 3);
  const auto sorted_ids = [&](CaseId id) {
    auto ids = numbers(hoor, id).ids;
    std::ranges::sort(ids);
    return ids;
  };
  CHECK(sorted_ids(other) == sorted_ids(origin));
  const std::vector<std::string> all{"5000-K1-26", "5000-K2-26", "5000-K3-26"};
  CHECK(numbers(hoor, other).police_references == all);
  for (const std::string& number : all)
    CHECK(read(*hoor.store, [&](Transaction& transaction) {
            const auto found = transaction.reports().cases_of_police_reference(hoor.id, number);
            return std::ranges::count(found, other);
          }) == 1);
  CHECK(read(*hoor.store, [&](Transaction& transaction) { return transaction.reports().of_case(other); }).size() == 3);
  hoor.report(joins, kCitizen);
  CHECK(numbers(hoor, origin).ids.size() == 4);
  CHECK(numbers(hoor, other).ids.size() == 3);
  check_clean(hoor);
  // Merged back nothing is counted twice.
  hoor.merge(other, origin);
  CHECK(numbers(hoor, origin).ids.size() == 4);
  CHECK(numbers(hoor, origin).police_references == all);
  hoor.undo_merge(other);
  // And from it a third may be split.
  CHECK(hoor.row(split(hoor, other, "ann")).report_count == 3);
  check_clean(hoor);
}

TEST_CASE("splits: the published figure says how many of its cases were split off, once they are decided or overdue") {
  Town hoor;
  const CaseId origin = told_on(hoor, 16), removed = split(hoor, origin), overdue = split(hoor, origin, "ann");
  const auto split_of = [&](const char* from, const char* to, GroupBy by = GroupBy::none, Cohort cohort = Cohort::due) {
    const Settings settings = hoor.settings();
    return read(*hoor.store, [&](Transaction& transaction) {
      return compliance(transaction, settings, {on(from), on(to)}, by, cohort, hoor.clock.now());
    });
  };
  const auto november = [&] { return split_of("2026-11-01", "2026-12-01").total; };
  CHECK(november().split == 0);
  CHECK(november().open_in_time == 3);
  hoor.remove(removed);
  CHECK(november().split == 1);
  CHECK(november().population == 1);
  hoor.clock.set(nov(19, "23:59:59"));
  CHECK(november().split == 1);
  hoor.clock.pass(std::chrono::seconds{1});
  CHECK(november().split == 2);  // the origin is overdue as well, and is no split
  CHECK(november().population == 3);
  CHECK(split_of("2026-11-20", "2026-12-01").total.split == 0);
  CHECK(split_of("2026-11-16", "2026-11-17", GroupBy::none, Cohort::received).total.split == 2);
  for (const auto& group : split_of("2026-11-01", "2026-12-01", GroupBy::owner).groups)
    CHECK(group.figures.split == (group.key == "hfab" ? 0 : 1));
  hoor.dismiss(overdue);
  CHECK(november().split == 1);
  check_clean(hoor);
  hoor.store.tamper("UPDATE tallies SET split = split + 1 WHERE split = 1");
  CHECK(verify(*hoor.store, false).difference_count > 0);
}

TEST_CASE("splits: a find of the party that removes it is proactive in both, and is not when somebody else reported it too") {
  Town hoor;
  const CaseId own = hoor.report(tag_at("Storgatan 1"), kHfab).row.id, shared = hoor.report(tag_at("Storgatan 2"), kHfab).row.id;
  ReportDraft joins = tag_at("Storgatan 2");
  joins.joins = shared;
  hoor.report(joins, kCitizen);
  CHECK(hoor.remove(split(hoor, own, "hfab")).proactive);
  CHECK_FALSE(hoor.remove(split(hoor, shared, "hfab")).proactive);
  check_clean(hoor);
}
