// What goes into the store comes out of it as it was: every table, every column, with and without the
// optional ones.

#include "domain/store.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/case_story.h"
#include "support/refusal.h"
#include "support/store_fixture.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;

namespace {

const TimeZone kZone{"Europe/Stockholm"};

/// A row with every member set, each to something of its own.
CaseRow full_row(CaseId id) {
  CaseRow row;
  row.id = id;
  row.version = 7;
  row.state = CaseState::removed;
  row.source = Source::police;
  row.category = Category::hate;
  row.category_confirmed = true;
  row.surface = Surface::garage_door;
  row.object_type = ObjectType::bus_shelter;
  row.place = {Point{55.936212345678, 13.540598765432}, kOdd, "HÖÖR KVARNBÄCK 1:23"};
  row.address_key = "nyckel " + kOdd;
  row.designation_key = "höör kvarnbäck 1:23";
  row.owner_id = "hfab";
  row.routing_rule = "designation";
  row.routing_uncertain = true;
  row.routing_trace = "designation\tHÖÖR\thfab\n";
  Instant next = nov(1);
  for (Instant* instant :
       {&row.opened_at, &row.clock_started_at, &row.first_reported_at, &row.first_received_at, &row.due_at,
        &row.due_at_without_holds, &row.checked_until})
    *instant = next += hours{1};
  for (auto* instant : {&row.own_due_at, &row.assigned_at, &row.told_at, &row.removed_at, &row.recorded_at,
                        &row.decided_at, &row.held_from, &row.held_until, &row.warn_at, &row.next_check_at})
    *instant = next += hours{1};
  row.policy_version = 3;
  row.method = RemovalMethod::blasted;
  row.cost_sek = 1'234'567'890'123;
  row.evidence_confirmed = true;
  row.proactive = true;
  row.dismissal = DismissalReason::legal_wall;
  row.non_removal = NonRemovalReason::not_possible;
  row.merged_into = CaseId{1, 98};
  row.deciding_owner_id = "eon";
  row.report_count = 4;
  row.photo_count = 3;
  row.has_holds = true;
  row.previous_case = CaseId{1, 99};
  row.removal_entered_at = nov(19);
  row.split_from = CaseId{1, 97};
  row.former_owner_id = "hfab";
  row.hold_requested_at = nov(20);
  row.merged_count = 2;
  return row;
}

/// A row with nothing set that may be absent.
CaseRow bare_row(CaseId id, Instant due_at = nov(19)) {
  CaseRow row;
  row.id = id;
  row.opened_at = row.clock_started_at = row.first_reported_at = row.first_received_at = nov(16);
  row.due_at = row.due_at_without_holds = due_at;
  return row;
}

void add_case(Transaction& transaction, const CaseRow& row) { transaction.cases().add(row, Policy{}, kZone); }

Report full_report(ReportId id) {
  Report report;
  report.id = id;
  report.case_id = CaseId{1, 5};
  report.source = Source::municipality;
  report.intake = Intake::desk;
  report.observed_at = nov(10);
  report.reported_at = nov(11);
  report.received_at = nov(12);
  report.recorded_at = nov(13);
  report.key_id = 42;
  report.reporter = "owner:hfab";
  report.police_reference = "5000-K123456-26";
  report.external_id = kOdd;
  report.place = {Point{55.9, 13.5}, kOdd, "HÖÖR 1:2"};
  report.category = Category::political;
  report.surface = Surface::fence;
  report.object_type = ObjectType::rail;
  report.object_label = kOdd;
  report.description = kOdd + kOdd;
  report.contact = {kOdd, "asa@example.se", "+46 70 123"};
  return report;
}

Event event_of(EventId id, CaseId case_id, EventType type) {
  Event event;
  event.id = id;
  event.case_id = case_id;
  event.type = type;
  event.at = nov(16);
  event.recorded_at = nov(17);
  return event;
}

}  // namespace

TEST_CASE("store: a case comes back as it went in, full, bare and changed") {
  Fixture fixture;
  const CaseRow full = full_row({1, 5}), bare = bare_row({1, 6});
  fixture.store->write([&](Transaction& transaction) {
    add_case(transaction, full);
    add_case(transaction, bare);
  });
  CHECK(read(*fixture.store,
             [&](Transaction& transaction) { return transaction.cases().find(full.id).value(); }) == full);
  CHECK(read(*fixture.store,
             [&](Transaction& transaction) { return transaction.cases().find(bare.id).value(); }) == bare);
  // Each takes the other's place: every column is updated, also to nothing.
  CaseRow now_full = full, now_bare = bare;
  now_full.id = bare.id;
  now_bare.id = full.id;
  fixture.store->write([&](Transaction& transaction) {
    transaction.cases().update(full, now_bare, Policy{}, kZone);
    transaction.cases().update(bare, now_full, Policy{}, kZone);
  });
  CHECK(read(*fixture.store, [&](Transaction& transaction) {
          return transaction.cases().find(full.id).value();
        }) == now_bare);
  CHECK(read(*fixture.store, [&](Transaction& transaction) {
          return transaction.cases().find(bare.id).value();
        }) == now_full);
  CHECK_FALSE(read(*fixture.store, [](Transaction& transaction) {
    return transaction.cases().find(CaseId{1, 7}).has_value();
  }));
}

TEST_CASE("store: a case that has changed meanwhile is not written over, and its tallies stay") {
  Fixture fixture;
  const CaseRow row = bare_row({1, 5});
  fixture.store->write([&](Transaction& transaction) { add_case(transaction, row); });
  CaseRow first = row, second = row;
  first.version = second.version = 2;
  first.owner_id = "hfab";
  fixture.store->write(
      [&](Transaction& transaction) { transaction.cases().update(row, first, Policy{}, kZone); });
  CHECK(refusal([&] {
          fixture.store->write(
              [&](Transaction& transaction) { transaction.cases().update(row, second, Policy{}, kZone); });
        }).code() == ErrorCode::stale);
  CHECK(refusal([&] {
          fixture.store->write([&](Transaction& transaction) { transaction.cases().update_checks(row); });
        }).code() == ErrorCode::stale);
  CHECK(read(*fixture.store,
             [&](Transaction& transaction) { return transaction.cases().find(row.id)->owner_id; }) == "hfab");
  const Tallies tallies =
      read(*fixture.store, [&](Transaction& transaction) { return transaction.tallies().all(1); });
  CHECK(tallies.at({Cohort::due, Dimension::all, "", on("2026-11-19")}).counts[Tally::open] == 1);
}

TEST_CASE("store: a report comes back as it went in, and texts are only added") {
  Fixture fixture;
  const Report full = full_report({1, 5});
  Report bare;
  bare.id = ReportId{1, 6};
  bare.case_id = CaseId{1, 5};
  bare.reported_at = bare.received_at = bare.recorded_at = nov(16);
  fixture.store->write([&](Transaction& transaction) {
    transaction.reports().add(full);
    transaction.reports().add(bare);
  });
  const auto found = [&](ReportId id) {
    return read(*fixture.store,
                [&](Transaction& transaction) { return transaction.reports().find(id).value(); });
  };
  CHECK(found(full.id) == full);
  CHECK(found(bare.id) == bare);
  CHECK(read(*fixture.store, [](Transaction& transaction) {
          return transaction.reports().of_case(CaseId{1, 5}).size();
        }) == 2);

  Report again = bare;
  again.description = "sent again";
  fixture.store->write([&](Transaction& transaction) { transaction.reports().add_texts(again); });
  CHECK(found(bare.id).description == "sent again");
  again.description = "and again";
  again.contact.email = "asa@example.se";
  fixture.store->write([&](Transaction& transaction) { transaction.reports().add_texts(again); });
  CHECK(found(bare.id).description == "sent again");
  CHECK(found(bare.id).contact.email == "asa@example.se");
}

TEST_CASE("store: reports are found by K-number, by a key's own id, and listed newest first") {
  Fixture fixture;
  const Report full = full_report({1, 5});
  fixture.store->write([&](Transaction& transaction) {
    transaction.reports().add(full);
    Report other = full;
    other.id = ReportId{1, 6};
    other.police_reference = other.external_id = "";
    other.key_id = 43;
    transaction.reports().add(other);
    transaction.reports().add_police_reference(CaseId{1, 5}, EventId{1, 1}, "5000-K9-26");
  });
  fixture.store->read([&](Transaction& transaction) {
    auto& reports = transaction.reports();
    CHECK(reports.by_police_reference(1, "5000-K123456-26", 9).size() == 1);
    CHECK(reports.by_police_reference(1, "", 9).empty());
    CHECK(reports.by_police_reference(2, "5000-K123456-26", 9).empty());
    CHECK(reports.by_external_id(1, 42, kOdd).size() == 1);
    CHECK(reports.by_external_id(1, 43, kOdd).empty());
    CHECK(reports.by_external_id(1, 43, "").empty());
    const ReportNumbers numbers = reports.numbers_of_case(CaseId{1, 5});
    CHECK(numbers.police_references == std::vector<std::string>{"5000-K123456-26", "5000-K9-26"});
    CHECK(numbers.ids == std::vector{ReportId{1, 5}, ReportId{1, 6}});
    CHECK(reports.numbers_of_case(CaseId{2, 5}).ids.empty());
    const auto all = reports.list(1, {});
    REQUIRE(all.items.size() == 2);
    CHECK(all.items.front().id == ReportId{1, 6});
    CHECK(all.total == 2);
    CHECK(reports.list(1, {.key_id = 43}).total == 1);
    CHECK(reports.list(1, {.police_reference = "5000-K123456-26"}).items.front() == full);
    CHECK(reports.list(1, {.page = {.limit = 1, .offset = 1}}).items.front().id == ReportId{1, 5});
    CHECK(reports.list(2, {}).items.empty());
  });
}

TEST_CASE("store: an event comes back as it went in, with every member of its data and with none") {
  Fixture fixture;
  Event full = event_of({1, 1}, {1, 5}, EventType::removal_corrected);
  full.by = {Role::owner, 12, ""};
  full.owner_id = "hfab";
  full.visibility = Visibility::internal;
  EventData& data = full.data;
  data.report = ReportId{1, 9};
  data.source = Source::owner;
  data.observed_at = data.reported_at = data.received_at = data.removed_at = data.starts_at = data.until =
      data.due_at = nov(9);
  data.reporter = data.owner_id = data.former_owner_id = data.rule = data.suggested_owner_id = data.reason =
      data.remover = kOdd;
  data.policy_version = 3;
  data.previous_case = data.target = data.from = CaseId{1, 8};
  data.imported = data.category_confirmed = data.evidence_confirmed = data.redated = data.text_added = true;
  data.place_changed = false;
  data.category = Category::obscene;
  data.surface = Surface::ground;
  data.object_type = ObjectType::tunnel;
  data.method = RemovalMethod::covered;
  data.cost_sek = -5;
  data.hold = HoldId{1, 7};
  data.warning = 0;
  data.photo = PhotoId{1, 6};
  data.photo_role = kOdd;
  data.released = false;
  const Event bare = event_of({1, 2}, {1, 5}, EventType::comment_added);
  fixture.store->write([&](Transaction& transaction) {
    transaction.events().add(full);
    transaction.events().add(bare, kOdd);
  });
  fixture.store->read([&](Transaction& transaction) {
    const auto noted = transaction.events().noted_of_case(CaseId{1, 5});
    REQUIRE(noted.size() == 2);
    CHECK(noted[0].event.data == full.data);
    CHECK(noted[0].event.by == full.by);
    CHECK(noted[0].event.type == full.type);
    CHECK(noted[0].event.at == full.at);
    CHECK(noted[0].event.recorded_at == full.recorded_at);
    CHECK(noted[0].event.owner_id == "hfab");
    CHECK(noted[0].event.visibility == Visibility::internal);
    CHECK(noted[0].note.empty());
    CHECK(noted[1].event.data == EventData{});
    CHECK(noted[1].note == kOdd);
    CHECK(transaction.events().of_case(CaseId{1, 6}).empty());
  });
}

TEST_CASE("store: a cursor gives every event once, oldest first, and stays in its municipality") {
  Fixture fixture;
  fixture.store->write([&](Transaction& transaction) {
    transaction.municipalities().add({.code = "1266", .name = "Hörby"}, Policy{});
    for (int i = 0; i < 25; ++i) {
      transaction.events().add(event_of(transaction.next_event_id(1), {1, 5}, EventType::comment_added));
      transaction.events().add(event_of(transaction.next_event_id(2), {2, 5}, EventType::comment_added));
    }
  });
  std::vector<std::int64_t> cursor;
  std::vector<EventId> seen;
  for (;;) {
    const auto page = read(
        *fixture.store, [&](Transaction& transaction) { return transaction.events().after(1, cursor, 10); });
    if (page.empty()) break;
    for (const auto& noted : page) seen.push_back(noted.event.id);
  }
  REQUIRE(seen.size() == 25);
  CHECK(std::ranges::is_sorted(seen));
  CHECK(seen.back() == EventId{1, 25});
}

TEST_CASE("store: tallies are kept by day, added up, read by range and replaced") {
  Fixture fixture;
  const auto all = [&] {
    return read(*fixture.store, [](Transaction& transaction) { return transaction.tallies().all(1); });
  };
  fixture.store->write([](Transaction& transaction) {
    add_case(transaction, bare_row({1, 5}, nov(19)));
    add_case(transaction, bare_row({1, 6}, nov(19)));
    add_case(transaction, bare_row({1, 7}, nov(20)));
  });
  CHECK(all().at({Cohort::due, Dimension::all, "", on("2026-11-19")}).counts[Tally::open] == 2);
  fixture.store->write([](Transaction& transaction) { add_case(transaction, bare_row({1, 8}, nov(19))); });
  CHECK(all().at({Cohort::due, Dimension::all, "", on("2026-11-19")}).counts[Tally::open] == 3);
  const auto days_of = [&](LocalDate from, LocalDate to) {
    int shown = 0;
    read(*fixture.store, [&](Transaction& transaction) {
      transaction.tallies().each(1, Cohort::due, Dimension::all, from, to, TallyDetail::counts,
                                 [&](const std::string&, LocalDate, const Tally&) { ++shown; });
      return true;
    });
    return shown;
  };
  CHECK(days_of(on("2026-11-19"), on("2026-11-20")) == 1);
  CHECK(days_of(on("2026-11-19"), on("2026-11-21")) == 2);
  CHECK(days_of(on("2026-11-20"), on("2026-11-20")) == 0);

  // Every count and every histogram, each with a value of its own.
  Tally full;
  for (int i = 0; i < Tally::kCounts; ++i) full.counts[static_cast<std::size_t>(i)] = 100 + i;
  for (std::size_t i = 0; i < full.stages.size(); ++i)
    full.stages[i].add(hours{static_cast<int>(i)}, static_cast<int>(i) + 1);
  const Tallies replaced{{{Cohort::received, Dimension::owner, kOdd, on("2026-01-01")}, full},
                         {{Cohort::due, Dimension::owner, "", on("1969-12-31")}, full}};
  fixture.store->write([&](Transaction& transaction) { transaction.tallies().replace(1, replaced); });
  CHECK(all() == replaced);
}

TEST_CASE("store: first answers are kept by holder, route and key, and forgotten by age") {
  Fixture fixture;
  const StoredAnswer answer{"digest", 201, "/api/v1/x", kOdd, nov(16)};
  fixture.store->write([&](Transaction& transaction) {
    transaction.idempotency().save(1, "key:7", "POST reports", "k1", answer);
  });
  const auto find = [&](const std::string& holder, const std::string& key) {
    return read(*fixture.store, [&](Transaction& transaction) {
      return transaction.idempotency().find(1, holder, "POST reports", key);
    });
  };
  REQUIRE(find("key:7", "k1"));
  CHECK(find("key:7", "k1")->body_digest == "digest");
  CHECK(find("key:7", "k1")->status == 201);
  CHECK(find("key:7", "k1")->location == "/api/v1/x");
  CHECK(find("key:7", "k1")->answer == kOdd);
  CHECK(find("key:7", "k1")->created_at == nov(16));
  CHECK_FALSE(find("key:8", "k1"));
  CHECK_FALSE(find("key:7", "k2"));
  CHECK(refusal([&] {
          fixture.store->write([&](Transaction& transaction) {
            transaction.idempotency().save(1, "key:7", "POST reports", "k1", answer);
          });
        }).code() == ErrorCode::conflict);
  fixture.store->write([](Transaction& transaction) { CHECK(transaction.idempotency().remove_before(1, nov(16), 9) == 0); });
  CHECK(find("key:7", "k1"));
  fixture.store->write(
      [](Transaction& transaction) { CHECK(transaction.idempotency().remove_before(1, nov(16, "10:00:01"), 9) == 1); });
  CHECK_FALSE(find("key:7", "k1"));
}

TEST_CASE("store: a flag is raised once for a deadline, and notices are counted") {
  Fixture fixture;
  const Flag warning{EventType::case_due_soon, 2, nov(18)};
  const auto raised = [&](Instant due_at, const Flag& flag) {
    return write(*fixture.store, [&](Transaction& transaction) {
      return transaction.flags().raise(CaseId{1, 5}, due_at, flag);
    });
  };
  CHECK(raised(nov(19), warning));
  CHECK_FALSE(raised(nov(19), warning));
  CHECK(raised(nov(20), warning));
  CHECK(raised(nov(19), {EventType::case_due_soon, 3, nov(19)}));
  CHECK(raised(nov(19), {EventType::case_overdue, -1, nov(20)}));
}

TEST_CASE("store: what is written while reading is refused") {
  Fixture fixture;
  CHECK(refusal([&] {
          fixture.store->read([](Transaction& transaction) { add_case(transaction, bare_row({1, 5})); });
        }).code() == ErrorCode::unavailable);
  CHECK(fixture.store.ask("SELECT COUNT(*) FROM cases") == 0);
}
