#include "workflow/confirmation.h"

#include <doctest/doctest.h>

#include <cmath>

#include "domain/land.h"
#include "support/refusal.h"
#include "support/town.h"
#include "workflow/statistics.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const double kMetre = 1 / 111'195.0;  // of latitude

ReportDraft tag_north(double metres, const std::string& police_reference = "") {
  ReportDraft draft = tag_at(Point{kCentre.lat + metres * kMetre, kCentre.lon});
  draft.police_reference = police_reference;
  return draft;
}

QueueTable::Count waiting(Town& town) {
  return read(*town.store, [&](Transaction& transaction) { return transaction.queue().count_waiting(town.id, {}); });
}

/// Everything that is counted: cases, reports and events.
std::string counted(Town& town) {
  std::string all;
  for (const char* table : {"cases", "reports", "events"}) all += std::to_string(town.store.ask(std::string{"SELECT COUNT(*) FROM "} + table)) + " ";
  return all;
}

}  // namespace

TEST_CASE("confirmation: a row of the police within 30 metres of an open case waits, one beyond does not") {
  Town hoor;
  hoor.report(tag_north(0), kCitizen);
  const std::string before = counted(hoor);
  CHECK(hoor.batched(tag_north(29.9)).waiting);
  CHECK(counted(hoor) == before);
  CHECK(waiting(hoor).count == 1);
  CHECK(waiting(hoor).oldest_at == nov(16));
  CHECK_FALSE(hoor.batched(tag_north(-30.1)).waiting);
  // What names a case is of it, what the municipality enters is decided by who enters it, what has no point is not near.
  ReportDraft named = tag_north(1);
  named.joins = hoor.report(tag_north(500)).row.id;
  CHECK(hoor.batched(named).taken->row.id == *named.joins);
  CHECK(hoor.batched(tag_north(2), kOfficer).taken);
  CHECK(hoor.batched(tag_at("Storgatan 12")).taken);
  // One at a time, the police see what is near, and decide themselves.
  CHECK(hoor.report(tag_north(3), kPolice).possible_duplicates.size() == 2);
  CHECK(waiting(hoor).count == 1);
}

TEST_CASE("confirmation: a row with an address alone waits by where the register has it, and is told what is there") {
  Town hoor;
  write(*hoor.store, [&](Transaction& transaction) {
    transaction.land().save(hoor.settings(), AddressPoint{"Åvägen 12", {kCentre.lat + 20 * kMetre, kCentre.lon}, "", false});
    return true;
  });
  const CaseId there = hoor.report(tag_north(0), kCitizen).row.id;
  CHECK(hoor.batched(tag_at("Åvägen 14")).taken);  // the register does not know it
  const Batched row = hoor.batched(tag_at("Åvägen 12"));
  REQUIRE(row.waiting);
  const auto candidates = read(*hoor.store, [&](Transaction& transaction) {
    return candidates_for(transaction, hoor.settings(), transaction.queue().find(row.waiting).value());
  });
  REQUIRE(candidates.size() == 1);
  CHECK(candidates[0].row.id == there);
  CHECK(std::abs(candidates[0].away_m - 20) < 0.1);
  CHECK(hoor.confirm(row.waiting, there).case_id == there);
  // And one with a point waits for a case that was told by its address.
  const CaseId told = hoor.report(tag_at("Åvägen 12")).row.id;
  hoor.remove(there);
  hoor.clock.pass(hours{1});
  CHECK(hoor.batched(tag_north(49.9)).waiting);
  CHECK(hoor.batched(tag_north(50.1)).taken);
  CHECK(hoor.row(told).point_derived);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("confirmation: a row seen before a removal there of the last 14 days waits, to the second") {
  struct Seen {
    Instant removed_at, reported_at;
    std::optional<Instant> observed_at;
    bool waits;
  };
  // Reported at 10 on the 16th; sent at 12 on the 30th.
  const Instant sent = nov(30, "12:00");
  const Seen table[] = {
      {nov(17), nov(17) - seconds{1}, {}, true},   // seen before it was gone
      {nov(17), nov(17), {}, false},               // seen when it was gone: new paint
      {nov(17), nov(18), nov(17) - seconds{1}, true},
      {nov(17), nov(18), nov(17), false},
      {nov(16, "12:00"), nov(16, "11:00"), {}, true},              // removed 14 days before it was sent
      {nov(16, "12:00") - seconds{1}, nov(16, "11:00"), {}, false},  // a second more
  };
  for (const Seen& seen : table) {
    Town hoor;
    const CaseId there = hoor.report(tag_north(0), kCitizen).row.id;
    hoor.clock.set(sent);
    hoor.remove(there, seen.removed_at);
    ReportDraft row = tag_north(10);
    row.times = {.observed_at = seen.observed_at, .reported_at = seen.reported_at};
    CAPTURE(local(seen.removed_at));
    CAPTURE(local(seen.reported_at));
    CHECK(static_cast<bool>(hoor.batched(row).waiting) == seen.waits);
  }
}

TEST_CASE("confirmation: what is wrong with a row is told at once, and a row that was sent before is a repeat") {
  Town hoor;
  const CaseId there = hoor.report(tag_north(0, "5000-K1-26"), kPolice).row.id;
  CHECK(hoor.batched(tag_north(0, "5000-K1-26")).taken->row.id == there);
  ReportDraft wrong = tag_north(1, "K1");
  CHECK(refusal([&] { hoor.batched(wrong); }).code() == ErrorCode::refused);
  CHECK(waiting(hoor).count == 0);
}

TEST_CASE("confirmation: the same row sent again while it waits is the same one, and what it lacked is kept") {
  Town hoor;
  hoor.report(tag_north(0), kCitizen);
  const QueueId first = hoor.batched(tag_north(10)).waiting, numbered = hoor.batched(tag_north(12, "5000-K1-26")).waiting;
  CHECK(first != numbered);
  hoor.clock.pass(hours{5});
  CHECK(hoor.batched(tag_north(10)).waiting == first);
  ReportDraft more = tag_north(13, "5000-k1 26");  // the same place within 15 m, with words
  more.description = "Svart";
  CHECK(hoor.batched(more).waiting == numbered);
  CHECK(hoor.batched(tag_north(12, "5000-K1-26"), {Role::police, 8, ""}).waiting == numbered);  // a colleague
  CHECK(waiting(hoor).count == 2);
  const auto kept = read(*hoor.store, [&](Transaction& transaction) { return transaction.queue().find(numbered).value(); });
  CHECK(kept.report->description == "Svart");
  CHECK(kept.sent_at == nov(16));
  // Other words, another sender without a number, another place: each its own.
  CHECK(hoor.batched(tag_north(10), {Role::police, 8, ""}).waiting != first);
  ReportDraft worded = tag_north(10);
  worded.description = "Blå";
  CHECK(hoor.batched(worded).waiting != first);
  CHECK(hoor.batched(tag_north(-12, "5000-K1-26")).waiting != numbered);
  CHECK(waiting(hoor).count == 5);
}

TEST_CASE("confirmation: joined, the report is of the case that was there, with the times it was sent with") {
  Town hoor;
  const CaseId there = hoor.report(tag_north(0), kCitizen).row.id;
  hoor.clock.set(nov(16, "22:00"));
  ReportDraft row = tag_north(10, "5000-K1-26");
  row.times.reported_at = nov(15, "21:00");
  row.contact = {"Anna", "anna@example.se", ""};
  const QueueId id = hoor.batched(row).waiting;
  hoor.clock.set(nov(18));
  const auto before = hoor.store.ask("SELECT COUNT(*) FROM cases");
  const Confirmation decided = hoor.confirm(id, there, "Samma tagg");
  CHECK(decided.state == ConfirmationState::joined);
  CHECK(decided.case_id == there);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM cases") == before);
  CHECK(hoor.row(there).report_count == 2);
  CHECK(hoor.count(there, EventType::comment_added) == 1);
  const Report report = read(*hoor.store, [&](Transaction& transaction) { return transaction.reports().find(decided.report_id).value(); });
  CHECK(report.reported_at == nov(15, "21:00"));
  CHECK(report.received_at == nov(16, "22:00"));
  CHECK(report.recorded_at == nov(18));
  CHECK(report.contact.email == "anna@example.se");
  CHECK(report.key_id == kPolice.key_id);
  CHECK(waiting(hoor).count == 0);
  // Nothing personal stays where it waited, and the same word again changes nothing.
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM waiting_reports") == 0);
  const std::string rows = counted(hoor);
  CHECK(hoor.confirm(id, there).report_id == decided.report_id);
  CHECK(refusal([&] { hoor.confirm(id); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { hoor.confirm(QueueId{hoor.id, 999}); }).code() == ErrorCode::not_found);
  CHECK(counted(hoor) == rows);
  CHECK(hoor.batched(row).taken->repeated);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("confirmation: opened, the new case has the clock that it would have had, however long it waited") {
  Town hoor, at_once;
  hoor.report(tag_north(0), kCitizen);
  ReportDraft row = tag_north(20, "5000-K1-26");
  row.times.reported_at = nov(15, "21:00");
  const CaseRow taken = at_once.report(row).row;
  const QueueId id = hoor.batched(row).waiting;
  hoor.clock.set(nov(21));
  const CaseId opened = hoor.confirm(id).case_id;
  CHECK(hoor.row(opened).clock_started_at == taken.clock_started_at);
  CHECK(hoor.row(opened).due_at == taken.due_at);
  CHECK(hoor.row(opened).first_reported_at == nov(15, "21:00"));
  CHECK(hoor.row(opened).opened_at == nov(21));
  hoor.sweep();
  CHECK(hoor.count(opened, EventType::case_overdue) == 1);
  CHECK(hoor.confirm(id).case_id == opened);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("confirmation: it joins a removed case too, which stays removed, but none that is closed otherwise or of another municipality") {
  Town hoor;
  const MunicipalityId horby = hoor.add_neighbour();
  const CaseId removed = hoor.report(tag_north(0), kCitizen).row.id, dismissed = hoor.report(tag_north(5), kCitizen).row.id;
  hoor.clock.set(nov(17));
  ReportDraft row = tag_north(1);
  row.times.reported_at = nov(16, "09:00");
  const QueueId id = hoor.batched(row).waiting;
  hoor.remove(removed, nov(16, "12:00"));
  hoor.dismiss(dismissed);
  CHECK(refusal([&] { hoor.confirm(id, dismissed); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { hoor.confirm(id, CaseId{horby, 1}); }).code() == ErrorCode::not_found);
  CHECK(waiting(hoor).count == 1);
  CHECK(hoor.confirm(id, removed).case_id == removed);
  CHECK(hoor.row(removed).state == CaseState::removed);
  CHECK(hoor.row(removed).first_reported_at == nov(16, "09:00"));
  CHECK(hoor.row(removed).report_count == 2);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("confirmation: what was seen after a removal, or elsewhere, is no report of what was removed") {
  Town hoor;
  const CaseId removed = hoor.report(tag_north(0), kCitizen).row.id, open = hoor.report(tag_north(10), kCitizen).row.id;
  const CaseId elsewhere = hoor.report(tag_north(500), kCitizen).row.id;
  hoor.clock.set(nov(17));
  hoor.remove(removed);
  hoor.remove(elsewhere);
  hoor.clock.set(nov(18));
  const auto waits = [&](Instant seen) {
    ReportDraft draft = tag_north(5);
    draft.times.reported_at = seen;
    const QueueId id = hoor.batched(draft).waiting;
    REQUIRE(id);
    return id;
  };
  const QueueId later = waits(nov(17) + seconds{1}), before = waits(nov(17));
  CHECK(refusal([&] { hoor.confirm(later, removed); }).code() == ErrorCode::refused);
  CHECK(refusal([&] { hoor.confirm(before, elsewhere); }).code() == ErrorCode::refused);
  CHECK(hoor.confirm(before, removed).case_id == removed);
  CHECK(hoor.confirm(later, open).case_id == open);
}

TEST_CASE("confirmation: sent in another way while it waited it is that report, counted once, whatever was said") {
  Town hoor;
  const CaseId there = hoor.report(tag_north(0), kCitizen).row.id;
  const QueueId id = hoor.batched(tag_north(10, "5000-K1-26")).waiting;
  const Taken alone = hoor.report(tag_north(10, "5000-K1-26"));
  const std::string before = counted(hoor);
  const Confirmation decided = hoor.confirm(id);
  CHECK(decided.report_id == alone.report.id);
  CHECK(decided.case_id == alone.row.id);
  CHECK(decided.state == ConfirmationState::repeated);
  CHECK(counted(hoor) == before);
  CHECK(hoor.confirm(id).state == ConfirmationState::repeated);
  CHECK(hoor.confirm(id, there).case_id == alone.row.id);
  const QueueId joined = hoor.batched(tag_north(20, "5000-K2-26")).waiting;
  const Taken other = hoor.report(tag_north(20, "5000-K2-26"));
  CHECK(hoor.confirm(joined, there).state == ConfirmationState::repeated);
  CHECK(hoor.confirm(joined, there).case_id == other.row.id);
  CHECK(hoor.row(there).report_count == 1);
}

TEST_CASE("confirmation: joined to a case that was merged away it leads to its target") {
  Town hoor;
  const CaseId there = hoor.report(tag_north(0), kCitizen).row.id, target = hoor.report(tag_north(5), kCitizen).row.id;
  const QueueId id = hoor.batched(tag_north(11)).waiting;
  hoor.merge(there, target);
  CHECK(hoor.confirm(id, there).case_id == target);
  CHECK(hoor.confirm(id, there).case_id == target);
  CHECK(hoor.confirm(id, target).case_id == target);
}

TEST_CASE("confirmation: candidates are what is there now, nearest first, removed ones of 14 days before it was sent too") {
  Town hoor;
  const CaseId near = hoor.report(tag_north(10), kCitizen).row.id, far = hoor.report(tag_north(-20), kCitizen).row.id;
  const QueueId id = hoor.batched(tag_north(0)).waiting;
  const auto candidates = [&] {
    std::vector<CaseId> ids;
    read(*hoor.store, [&](Transaction& transaction) {
      for (const Candidate& one : candidates_for(transaction, hoor.settings(), transaction.queue().find(id).value())) ids.push_back(one.row.id);
      return true;
    });
    return ids;
  };
  CHECK(candidates() == std::vector<CaseId>{near, far});
  hoor.clock.pass(days{20});
  hoor.dismiss(near);
  hoor.remove(far);
  CHECK(candidates() == std::vector<CaseId>{far});
}

TEST_CASE("confirmation: what waits stands beside the published figure of its day, with what is past its limit") {
  Policy policy;
  policy.limits[Category::hate] = {CountingMode::calendar_days, 1};
  policy.starts_from = StartsFrom::reported;
  Town hoor{policy};
  hoor.report(tag_north(0), kCitizen);
  const auto waits = [&](const char* from, const char* to, Cohort cohort = Cohort::due) {
    const Settings settings = hoor.settings();
    return read(*hoor.store, [&](Transaction& transaction) {
      return compliance(transaction, settings, {on(from), on(to)}, GroupBy::none, cohort, hoor.clock.now()).waiting;
    });
  };
  CHECK(waits("2026-11-01", "2026-12-01").count == 0);
  CHECK_FALSE(waits("2026-11-01", "2026-12-01").oldest_received_at);
  const QueueId tag = hoor.batched(tag_north(1)).waiting;  // received on the 16th, due on the 19th
  CHECK(waits("2026-11-19", "2026-11-20").count == 1);
  CHECK(waits("2026-11-20", "2026-12-01").count == 0);
  CHECK(waits("2026-11-16", "2026-11-19").count == 0);
  CHECK(waits("2026-11-16", "2026-11-17", Cohort::received).count == 1);
  CHECK(waits("2026-11-17", "2026-12-01", Cohort::received).count == 0);
  CHECK(waits("2026-11-19", "2026-11-20").oldest_received_at == nov(16));
  // What is hateful has a day, from when the police heard of it.
  hoor.clock.set(nov(17));
  ReportDraft slur = tag_north(2);
  slur.category = Category::hate;
  slur.times.reported_at = nov(16, "12:00");
  const QueueId hate = hoor.batched(slur).waiting;
  CHECK(waits("2026-11-17", "2026-11-18").count == 1);
  for (const auto& [id, due_on] : {std::pair{hate, nov(17, "23:59:59")}, {tag, nov(19, "23:59:59")}}) {
    hoor.clock.set(due_on);
    const auto before = waits("2026-11-01", "2026-12-01");
    hoor.clock.pass(seconds{1});
    const auto after = waits("2026-11-01", "2026-12-01");
    CHECK(before.count == after.count);
    CHECK(after.past_limit == before.past_limit + 1);
    CHECK(hoor.row(hoor.confirm(id).case_id).due_at == due_on);
    CHECK(waits("2026-11-01", "2026-12-01").count == after.count - 1);
  }
}

TEST_CASE("confirmation: what waits is a figure of its own in the backlog, and no case") {
  Town hoor;
  hoor.report(tag_north(0), kCitizen);
  hoor.batched(tag_north(1));
  hoor.clock.pass(hours{3});
  hoor.batched(tag_north(2));
  const Backlog now = read(*hoor.store, [&](Transaction& transaction) { return backlog(transaction, hoor.id, hoor.clock.now()); });
  CHECK(now.open == 1);
  CHECK(now.waiting == 2);
  CHECK(now.waiting_since == nov(16));
}
