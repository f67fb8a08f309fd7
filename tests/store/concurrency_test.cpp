// Several stores on one database, as several processes would open it.

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "support/town.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

Taken take(Store& store, MunicipalityId municipality, Instant now) {
  return write(store, [&](Transaction& transaction) {
    return take_report(transaction, *transaction.municipalities().settings(municipality), tag_at(), kPolice,
                       now);
  });
}

}  // namespace

TEST_CASE("two stores on one database: keys never collide, and a cursor that follows them misses no event") {
  Town town;
  const auto other = town.store.open_again();
  constexpr int kWriters = 4, kEach = 40;
  std::atomic<int> running = 2 * kWriters;
  std::vector<std::vector<CaseId>> taken(2 * kWriters);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2 * kWriters; ++i)
    threads.emplace_back([&, i] {
      Store& store = i % 2 == 0 ? *town.store : *other;
      for (int n = 0; n < kEach; ++n)
        taken[static_cast<std::size_t>(i)].push_back(take(store, town.id, nov(16)).row.id);
      --running;
    });
  // Reads as a change feed does while all of them write: an event committed behind the cursor would be lost
  // to it.
  std::vector<std::int64_t> cursor;
  std::vector<EventId> seen;
  for (bool last = false; !last;) {
    last = running == 0;
    for (;;) {
      const auto page = read(
          *other, [&](Transaction& transaction) { return transaction.events().after(town.id, cursor, 100); });
      for (const auto& noted : page) seen.push_back(noted.event.id);
      if (page.empty()) break;
    }
  }
  threads.clear();
  std::set<CaseId> distinct;
  for (const auto& ids : taken) distinct.insert(ids.begin(), ids.end());
  CHECK(distinct.size() == 2 * kWriters * kEach);
  CHECK(std::set(seen.begin(), seen.end()).size() == seen.size());
  CHECK(std::ssize(seen) == town.store.ask("SELECT COUNT(*) FROM events"));
  CHECK(verify(*town.store, false).difference_count == 0);
}

TEST_CASE("two stores on one database: each sees what the other has committed, settings included") {
  Town town;
  const auto other = town.store.open_again();
  const auto name_seen = [&](Store& store) {
    return read(store, [&](Transaction& transaction) {
      return transaction.municipalities().settings(town.id)->municipality.name;
    });
  };
  CHECK(name_seen(*other) == "Höör");
  town.store->write([&](Transaction& transaction) {
    auto changed = transaction.municipalities().find("1267").value();
    changed.name = "Höörs kommun";
    transaction.municipalities().update(changed);
  });
  CHECK(name_seen(*other) == "Höörs kommun");
  CHECK(other->references().encode(CaseId{1, 5}) == town.store->references().encode(CaseId{1, 5}));
}

TEST_CASE("two stores on one database: what is done to one case at once is all in its history, in one order") {
  Town town;
  const auto other = town.store.open_again();
  const CaseId id = town.report().row.id;
  constexpr int kThreads = 6, kEach = 8;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&, i] {
        Store& store = i % 2 == 0 ? *town.store : *other;
        for (int n = 0; n < kEach; ++n) {
          try {
            store.write([&](Transaction& transaction) {
              const auto settings = transaction.municipalities().settings(town.id);
              assign_case(transaction, *settings, town.action(id), i % 2 == 0 ? "hfab" : "eon");
              CaseAction action = town.action(id);
              action.note = "anteckning";
              comment_on_case(transaction, *settings, action, Visibility::internal);
            });
            ++done;
          } catch (const Error& error) {
            // So many at one row may go on meeting each other; who is told so has written nothing.
            CHECK(error.code() == ErrorCode::unavailable);
          }
        }
      });
  }
  CHECK(done > kThreads);
  const auto history = town.events(id);
  for (std::size_t i = 0; i < history.size(); ++i) CHECK(history[i].position == static_cast<std::int64_t>(i) + 1);
  CHECK(town.count(id, EventType::comment_added) == done);
  // Each assignment went from what the one before had left.
  std::string owner;
  for (const Event& event : history)
    if (event.type == EventType::case_assigned) {
      if (!owner.empty()) CHECK(event.data.former_owner_id == owner);
      owner = *event.data.owner_id;
    }
  CHECK(town.row(id).owner_id == owner);
  // The change feed tells them in that order too, whichever writer recorded them.
  std::vector<std::int64_t> cursor;
  std::int64_t last = 0;
  for (bool more = true; more;) {
    const auto page = read(*other, [&](Transaction& transaction) { return transaction.events().after(town.id, cursor, 7); });
    for (const auto& noted : page) CHECK(noted.event.position == ++last);
    more = !page.empty();
  }
  CHECK(last == std::ssize(history));
  CHECK(verify(*town.store, false).difference_count == 0);
}

TEST_CASE("two stores on one database: a report that is sent to both at once is taken once") {
  Town town;
  const auto other = town.store.open_again();
  for (int n = 0; n < 10; ++n) {
    ReportDraft draft = tag_at("Storgatan " + std::to_string(n));
    (n % 2 == 0 ? draft.external_id : draft.police_reference) = "5000-K" + std::to_string(n) + "-26";
    std::atomic<int> repeated = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
          Store& store = i % 2 == 0 ? *town.store : *other;
          const Taken taken = write(store, [&](Transaction& transaction) {
            return take_report(transaction, *transaction.municipalities().settings(town.id), draft, kPolice, nov(16));
          });
          repeated += taken.repeated;
        });
    }
    CHECK(repeated == 3);
  }
  CHECK(town.store.ask("SELECT COUNT(*) FROM reports") == 10);
}

TEST_CASE("two stores on one database: an owner that is removed while others give it cases has none in the end") {
  Town town;
  const auto other = town.store.open_again();
  for (int n = 0; n < 10; ++n) {
    const std::string street = "Nygatan" + std::to_string(n), owner_id = "ny" + std::to_string(n);
    town.add_owner({.owner_id = owner_id, .name = "Ny AB", .address_prefixes = {street}});
    bool removed = false;
    CaseId id;
    {
      const std::jthread removing{[&] {
        try {
          other->write([&](Transaction& transaction) { transaction.owners().remove(town.id, owner_id); });
          removed = true;
        } catch (const Error& error) {
          CHECK(error.code() == ErrorCode::conflict);
        }
      }};
      const std::jthread reporting{[&] { id = town.report(tag_at(street + " 1")).row.id; }};
    }
    CHECK(town.row(id).owner_id == (removed ? "" : owner_id));
  }
}

TEST_CASE("store: a reader sees one snapshot from its first question to its last") {
  Town town;
  town.report();
  town.store->read([&](Transaction& transaction) {
    CHECK(transaction.cases().list(town.id, {}).total == 1);
    town.report(tag_at("Storgatan 99"));
    CHECK(transaction.cases().list(town.id, {}).total == 1);
    CHECK(transaction.reports().list(town.id, {}).total == 1);
  });
  CHECK(read(*town.store,
             [&](Transaction& transaction) { return transaction.cases().list(town.id, {}).total; }) == 2);
}

TEST_CASE("store: what was answered is there after the process is killed, and nothing half-written is") {
  Town town;
  town.store->check();
  int answers[2];
  REQUIRE(pipe(answers) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Another process: takes reports until it is killed, and says after each one that it is kept.
    const auto store = town.store.open_again();
    for (;;) {
      const CaseId id = take(*store, town.id, nov(16)).row.id;
      if (::write(answers[1], &id.value, sizeof id.value) != sizeof id.value) _exit(1);
    }
  }
  close(answers[1]);
  std::vector<std::int64_t> answered;
  for (std::int64_t id = 0; answered.size() < 50 && ::read(answers[0], &id, sizeof id) == sizeof id;)
    answered.push_back(id);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  for (std::int64_t id = 0; ::read(answers[0], &id, sizeof id) == sizeof id;) answered.push_back(id);
  close(answers[0]);
  town.store.restart();
  CHECK(answered.size() >= 50);
  for (const auto id : answered) CHECK(town.row(CaseId{id}).state == CaseState::assigned);
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == town.store.ask("SELECT COUNT(*) FROM reports"));
  CHECK(verify(*town.store, false).difference_count == 0);
  CHECK_NOTHROW(town.report());
}
