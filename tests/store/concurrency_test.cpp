// Several stores on one file, as several processes would open it.

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

TEST_CASE("two stores on one file: keys never collide, and a cursor that follows them misses no event") {
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
  CHECK(std::ranges::is_sorted(seen));
  CHECK(std::ssize(seen) == town.store.ask("SELECT COUNT(*) FROM events"));
  CHECK(verify(*town.store, false).difference_count == 0);
}

TEST_CASE("two stores on one file: each sees what the other has committed, settings included") {
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
