#include "workflow/deadline_sweep.h"

#include <doctest/doctest.h>

#include <thread>

#include "support/town.h"
#include "workflow/statistics.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;

namespace {

bool operator==(const SweepResult& a, const SweepResult& b) {
  return a.looked_at == b.looked_at && a.due_soon == b.due_soon && a.overdue == b.overdue &&
         a.holds_ended == b.holds_ended;
}

}  // namespace

TEST_CASE("sweep: it warns, marks what has passed, and the same sweep again changes nothing") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;  // due on Thursday the 19th
  CHECK(hoor.sweep() == SweepResult{});
  hoor.clock.set(nov(18, "07:00"));
  CHECK(hoor.sweep() == SweepResult{1, 1, 0, 0});
  CHECK(hoor.sweep() == SweepResult{});
  hoor.clock.set(nov(19, "23:59:59"));
  CHECK(hoor.sweep() == SweepResult{1, 1, 0, 0});
  hoor.clock.set(nov(20, "00:00:00"));
  CHECK(hoor.sweep() == SweepResult{1, 0, 1, 0});
  CHECK(hoor.sweep() == SweepResult{});
  hoor.clock.set(nov(30));
  CHECK(hoor.sweep() == SweepResult{});
  const auto events = hoor.events(id);
  CHECK(hoor.count(id, EventType::case_due_soon) == 2);
  CHECK(hoor.count(id, EventType::case_overdue) == 1);
  // Told when it became true, and when it was noticed.
  CHECK(events.back().at == nov(20, "00:00:00"));
  CHECK(events.back().data.due_at == nov(19, "23:59:59"));
  CHECK(hoor.store.told(Audience::officers) == 1);
  CHECK(hoor.row(id).version == 2);  // flags are no change
}

TEST_CASE("sweep: two days late, of the missed warnings only that the deadline has passed") {
  Town hoor{without_attention()};
  const CaseId late = hoor.report().row.id;
  hoor.clock.set(nov(18, "06:00"));
  const CaseId warned = hoor.report(tag_at("Storgatan 2")).row.id;  // due on the 21st, warned on Friday at 7
  hoor.clock.set(nov(21, "12:00"));
  CHECK(hoor.sweep() == SweepResult{2, 1, 1, 0});
  CHECK(hoor.count(late, EventType::case_due_soon) == 0);
  CHECK(hoor.count(late, EventType::case_overdue) == 1);
  CHECK(hoor.events(late).back().recorded_at == nov(21, "12:00"));
  CHECK(hoor.count(warned, EventType::case_due_soon) == 1);
}

TEST_CASE("sweep: closed cases are not flagged, reopened ones are") {
  Town hoor{without_attention()};
  const CaseId removed = hoor.report().row.id, dismissed = hoor.report(tag_at("Storgatan 2")).row.id;
  hoor.clock.set(nov(17));
  hoor.remove(removed);
  hoor.dismiss(dismissed);
  hoor.clock.set(nov(22));
  CHECK(hoor.sweep() == SweepResult{});
  hoor.reopen(removed);
  CHECK(hoor.sweep() == SweepResult{1, 0, 1, 0});
}

TEST_CASE("sweep: a hold that ends is told, and the moved deadline warns anew") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  hoor.clock.set(nov(18, "08:00"));
  CHECK(hoor.sweep().due_soon == 1);
  hoor.hold(id, nov(20, "09:00"));  // due on Saturday the 21st
  CHECK(hoor.row(id).due_at == nov(21, "23:59:59"));
  hoor.clock.set(nov(19, "12:00"));
  CHECK(hoor.sweep() == SweepResult{});
  hoor.clock.set(nov(20, "09:00"));
  const SweepResult swept = hoor.sweep();  // Friday's warning and the hold's end
  CHECK(swept.holds_ended == 1);
  CHECK(swept.due_soon == 1);
  CHECK(hoor.count(id, EventType::hold_ended) == 1);
  CHECK_FALSE(hoor.row(id).held_until);
  CHECK(hoor.sweep() == SweepResult{});
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("sweep: a deadline that moves away and back is not flagged twice") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  hoor.clock.set(nov(18, "08:00"));
  hoor.sweep();
  const HoldId hold = hoor.hold(id, nov(25));
  hoor.clock.pass(hours{1});
  hoor.record(id, [&](const Case& now) { return end_hold(now, hold, kOfficer, hoor.clock.now()); });
  CHECK(hoor.row(id).due_at == nov(19, "23:59:59"));
  CHECK(hoor.sweep() == SweepResult{});
  CHECK(hoor.count(id, EventType::case_due_soon) == 1);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("sweep: thousands of cases take several transactions, and each is flagged once") {
  Town hoor{without_attention()};
  constexpr int kCases = 1200;
  std::vector<std::jthread> reporters;
  for (int i = 0; i < 30; ++i)
    reporters.emplace_back([&] {
      for (int n = 0; n < kCases / 30; ++n) hoor.report();
    });
  reporters.clear();
  hoor.clock.set(nov(20));
  const auto commits = hoor.store->metrics().commits;
  CHECK(hoor.sweep() == SweepResult{kCases, 0, kCases, 0});
  CHECK(hoor.store->metrics().commits == commits + 3);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM flags") == kCases);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM events WHERE type = 'case_overdue'") == kCases);
}

TEST_CASE("sweep: two at once, from two stores, flag each case once") {
  Town hoor{without_attention()};
  for (int i = 0; i < 40; ++i) hoor.report();
  const auto other = hoor.store.open_again();
  for (const auto as_of : {nov(18, "08:00"), nov(19, "08:00"), nov(20)}) {
    SweepResult one, two;
    {
      const std::jthread first{[&] { one = sweep_deadlines(*hoor.store, as_of, as_of); }};
      const std::jthread second{[&] { two = sweep_deadlines(*other, as_of, as_of); }};
    }
    CHECK(one.due_soon + two.due_soon + one.overdue + two.overdue == 40);
  }
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM events WHERE type = 'case_due_soon'") == 80);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM events WHERE type = 'case_overdue'") == 40);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("sweep: it goes through every municipality") {
  Town hoor{without_attention()};
  const MunicipalityId horby = hoor.add_neighbour();
  hoor.report();
  hoor.store->write([&](Transaction& transaction) {
    take_report(transaction, *transaction.municipalities().settings(horby), tag_at(), kPolice, nov(16));
  });
  CHECK(sweep_deadlines(*hoor.store, nov(20), nov(20)).overdue == 2);
}

TEST_CASE("sweep: one of a future day writes its flags and changes no figure") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  const CaseId held = hoor.report(tag_at("Storgatan 2")).row.id;
  hoor.hold(held, nov(18));
  const CaseRow before = hoor.row(held);
  const auto figures = [&] {
    return read(*hoor.store, [&](Transaction& transaction) {
      const auto report = compliance(transaction, hoor.settings(), {on("2026-11-01"), on("2026-12-01")},
                                     GroupBy::none, Cohort::due, hoor.clock.now());
      return std::tuple{report.total.population, report.total.overdue, report.total.open_in_time};
    });
  };
  const auto now = figures();
  CHECK(sweep_deadlines(*hoor.store, nov(30), hoor.clock.now()).overdue == 2);
  CHECK(hoor.events(id).back().at == nov(20, "00:00:00"));
  CHECK(hoor.events(id).back().recorded_at == hoor.clock.now());
  CHECK(figures() == now);
  CHECK(hoor.row(held).due_at == before.due_at);
  CHECK(hoor.row(held).due_at_without_holds == before.due_at_without_holds);
  CHECK(clock_of(hoor.row(id), hoor.clock.now()) == ClockState::on_track);
  // When the day comes, nothing is told a second time; the hold that has ended by then is new.
  hoor.clock.set(nov(30));
  CHECK(hoor.sweep() == SweepResult{1, 0, 0, 1});
  CHECK(hoor.sweep() == SweepResult{});
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("sweep: one of a future day ends no hold that may still be ended early") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;  // due on Thursday the 19th
  const HoldId hold = hoor.hold(id, nov(18));
  CHECK(sweep_deadlines(*hoor.store, nov(30), nov(18) - std::chrono::seconds{1}).holds_ended == 0);
  CHECK(hoor.row(id).held_until == nov(18));
  CHECK(hoor.row(id).next_check_at == nov(18));
  hoor.clock.set(nov(16, "18:00"));
  hoor.record(id, [&](const Case& now) { return end_hold(now, hold, kOfficer, hoor.clock.now()); });
  CHECK(hoor.row(id).due_at == nov(19, "23:59:59"));
  // The moved deadline is swept for anew.
  hoor.clock.set(nov(18, "07:00"));
  CHECK(hoor.sweep() == SweepResult{1, 1, 0, 0});
  CHECK(verify(*hoor.store, false).difference_count == 0);

  const CaseId other = hoor.report(tag_at("Storgatan 2")).row.id;
  hoor.hold(other, nov(19));
  CHECK(sweep_deadlines(*hoor.store, nov(30), nov(19)).holds_ended == 1);
  // Nor does a sweep of a past day end what ended after it.
  const CaseId third = hoor.report(tag_at("Storgatan 4")).row.id;
  hoor.hold(third, nov(19));
  CHECK(sweep_deadlines(*hoor.store, nov(19) - std::chrono::seconds{1}, nov(20)).holds_ended == 0);
  CHECK(sweep_deadlines(*hoor.store, nov(19), nov(20)).holds_ended == 1);
}

TEST_CASE("sweep: more holds yet to end than one transaction takes keep nothing else from being flagged") {
  Town hoor{without_attention()};
  constexpr int kCases = 600;
  std::vector<std::jthread> reporters;
  for (int i = 0; i < 30; ++i)
    reporters.emplace_back([&] {
      for (int n = 0; n < kCases / 30; ++n) hoor.report();
    });
  reporters.clear();
  const std::string until = std::to_string(to_unix(nov(17)));
  hoor.store.tamper("UPDATE cases SET held_from = " + until + " - 60, held_until = " + until + ", next_check_at = " + until);
  // All are overdue by then, and all stay due for the end of their holds.
  CHECK(sweep_deadlines(*hoor.store, nov(20), nov(16)) == SweepResult{kCases, 0, kCases, 0});
  CHECK(sweep_deadlines(*hoor.store, nov(20), nov(16)) == SweepResult{});
}

TEST_CASE("sweep: a case that cannot be looked at is named and passed over, and the others are done") {
  Town hoor{without_attention()};
  const CaseId lost_policy = hoor.report().row.id, lost_history = hoor.report(tag_at("Storgatan 2")).row.id;
  hoor.hold(lost_history, nov(17));
  const MunicipalityId horby = hoor.add_neighbour();
  hoor.store->write([&](Transaction& transaction) {
    take_report(transaction, *transaction.municipalities().settings(horby), tag_at(), kPolice, nov(16));
  });
  const CaseId whole = hoor.report(tag_at("Storgatan 4")).row.id;
  hoor.store.tamper("UPDATE cases SET policy_version = 99 WHERE id = " + std::to_string(lost_policy.value));
  hoor.store.tamper("DELETE FROM events WHERE type = 'case_opened' AND case_id = " + std::to_string(lost_history.value));
  hoor.clock.set(nov(20));
  const SweepResult swept = hoor.sweep();
  CHECK(swept == SweepResult{2, 0, 2, 0});
  REQUIRE(swept.failures.size() == 2);
  CHECK(swept.failures[0].id == lost_history);  // its hold ended first
  CHECK(swept.failures[0].reason == "a case's history does not begin with case_opened");
  CHECK(swept.failures[1].id == lost_policy);
  CHECK(swept.failures[1].reason == "policy version 99 is not there");
  CHECK(hoor.count(whole, EventType::case_overdue) == 1);
  CHECK(hoor.count(lost_policy, EventType::case_overdue) == 0);
  // They come again with every sweep.
  CHECK(hoor.sweep().failures.size() == 2);
}

TEST_CASE("sweep: officers hear once of a case that nobody has, and of an owner that gives no sign") {
  Town hoor;
  const CaseId unassigned = hoor.report(tag_at("Okända vägen 1")).row.id, silent = hoor.report().row.id;
  hoor.clock.set(*hoor.row(unassigned).unattended_at - std::chrono::seconds{1});
  CHECK(hoor.sweep() == SweepResult{});
  hoor.clock.pass(std::chrono::seconds{1});
  CHECK(hoor.sweep().unattended == 1);
  CHECK(hoor.sweep() == SweepResult{});
  CHECK(hoor.row(unassigned).attention == Attention::unassigned);
  CHECK_FALSE(hoor.row(silent).attention);
  hoor.clock.set(*hoor.row(silent).unattended_at + std::chrono::hours{1});  // an hour late
  CHECK(hoor.sweep().unattended == 1);
  CHECK(hoor.events(silent).back().at == hoor.clock.now() - std::chrono::hours{1});
  CHECK(hoor.events(silent).back().visibility == Visibility::internal);
  CHECK(hoor.row(silent).attention == Attention::silent);
  CHECK(hoor.store.told(Audience::officers) == 2);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}
