// Several writers on PostgreSQL: connections that break while they commit, rows that others hold, slots.

#include "store/postgres_writer.h"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <set>
#include <thread>

#include "store/postgres_connection.h"
#include "support/cutting_proxy.h"
#include "support/postgres_cluster.h"
#include "support/refusal.h"
#include "support/store_fixture.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using namespace std::chrono_literals;

namespace {

/// A database with a table of its own for what is written, reached through a proxy or directly.
struct Ground {
  Ground() {
    run("CREATE TABLE kept (word TEXT NOT NULL)");
    run("CREATE TABLE places (id BIGINT PRIMARY KEY, count BIGINT NOT NULL); INSERT INTO places VALUES (1, 0), (2, 0)");
  }
  ~Ground() { PostgresCluster::shared().drop_database(name); }
  void run(const std::string& sql) const { PostgresCluster::shared().run(sql, name); }
  std::int64_t ask(const std::string& sql) const {
    return PostgresConnection{url(), PostgresConnection::Use::reader}.find(sql, [](const Row& row) { return row.integer(0); }).value();
  }
  std::string url() const { return PostgresCluster::shared().url(name); }

  std::string name = PostgresCluster::shared().create_database();
  CuttingProxy proxy{PostgresCluster::shared().socket()};
};

/// A municipality is a row that is easily counted.
void add(BatchingWriter& writer, const std::string& code) {
  writer.write([&](Transaction& transaction) { transaction.municipalities().add({.code = code, .name = "Höör"}, Policy{}); });
}

}  // namespace

TEST_CASE("postgresql writer: a connection that is lost while committing loses no write and applies none twice") {
  Ground ground;
  SettingsCache cache;
  PostgresWriter writer{ground.proxy.url(ground.name), 1, 64, cache};
  using Cut = CuttingProxy::Cut;
  int runs = 0, written = 0;
  for (const Cut cut : {Cut::before_commit, Cut::after_commit, Cut::late_commit, Cut::never, Cut::late_commit, Cut::after_commit}) {
    CAPTURE(static_cast<int>(cut));
    const int cuts = ground.proxy.cuts();
    ground.proxy.cut_next(cut);
    const int runs_before = runs;
    ++written;
    writer.write([&](Transaction& transaction) {
      ++runs;
      // An event has no key that would keep it from being there twice.
      Event event;
      event.id = transaction.next_event_id(1);
      event.case_id = CaseId{1, 5};
      event.type = EventType::comment_added;
      event.by.key_id = written;
      transaction.events().add(event);
    });
    CHECK(ground.proxy.cuts() - cuts == (cut == Cut::never ? 0 : 1));
    CHECK(runs - runs_before == (cut == Cut::before_commit ? 2 : 1));
    CHECK(ground.ask("SELECT COUNT(*) FROM events") == written);
    CHECK(ground.ask("SELECT COUNT(DISTINCT by_key_id) FROM events") == written);
  }
}

TEST_CASE("postgresql writer: while nobody is let in, who waits is told, and what was answered is there") {
  Ground ground;
  SettingsCache cache;
  PostgresWriter writer{ground.proxy.url(ground.name), 2, 8, cache};
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::set<std::string> kept;
  std::atomic<int> unavailable = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i)
      threads.emplace_back([&, i] {
        for (int n = 0; !stop; ++n) {
          const std::string code = std::to_string(i) + "-" + std::to_string(n);
          try {
            add(writer, code);
            const std::lock_guard lock{mutex};
            kept.insert(code);
          } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::unavailable);
            ++unavailable;
            std::this_thread::sleep_for(5ms);
          }
        }
      });
    const auto pause = [](auto time) { std::this_thread::sleep_for(time); };
    pause(200ms);
    for (int i = 0; i < 3; ++i) {  // short breaks are not noticed
      ground.proxy.close_door();
      pause(100ms);
      ground.proxy.open_door();
      pause(300ms);
    }
    ground.proxy.close_door();
    pause(5s);
    ground.proxy.open_door();
    const auto count = [&] {
      const std::lock_guard lock{mutex};
      return kept.size();
    };
    const auto before = count();
    for (int i = 0; i < 100 && count() == before; ++i) pause(100ms);
    pause(200ms);
    stop = true;
  }
  CHECK(unavailable > 0);
  std::set<std::string> there;
  PostgresConnection{ground.url(), PostgresConnection::Use::reader}.query(
      "SELECT code FROM municipalities", [&](const Row& row) { there.insert(row.text(0)); });
  for (const auto& code : kept) CHECK(there.contains(code));
  CHECK(kept.size() > 20);
}

TEST_CASE("postgresql writer: a batch waits for nobody, and who met another writer goes on alone") {
  Ground ground;
  SettingsCache cache;
  PostgresWriter writer{ground.url(), 1, 64, cache};
  add(writer, "held");
  PostgresConnection other{ground.url(), PostgresConnection::Use::maintenance};
  other.begin_write();
  other.execute("UPDATE municipalities SET version = version WHERE code = 'held'");
  std::atomic<bool> changed = false;
  std::jthread waits{[&] {
    writer.write([](Transaction& transaction) {
      auto held = transaction.municipalities().find("held").value();
      held.name = "Changed";
      transaction.municipalities().update(held);
    });
    changed = true;
  }};
  std::this_thread::sleep_for(200ms);
  CHECK_FALSE(changed);
  other.roll_back();
  waits.join();
  CHECK(changed);
  CHECK(ground.ask("SELECT COUNT(*) FROM municipalities WHERE name = 'Changed'") == 1);
}

TEST_CASE("postgresql writer: settings that were read and then changed by another are read again") {
  Ground ground;
  SettingsCache cache;
  PostgresWriter one{ground.url(), 1, 8, cache};
  add(one, "1267");
  // Each adds a version after the newest that it has seen; were one written over, a number would be lacking.
  constexpr int kEach = 15;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        SettingsCache own;
        PostgresWriter writer{ground.url(), 1, 8, own};
        for (int n = 0; n < kEach;) {
          try {
            writer.write([](Transaction& transaction) {
              Policy policy;
              policy.version = transaction.municipalities().settings(1)->policies.back().version + 1;
              policy.effective_from = LocalDate{std::chrono::days{20'000 + policy.version}};
              transaction.municipalities().add_policy(1, policy);
            });
            ++n;
          } catch (const Error& error) {
            // Three who do nothing else may go on meeting each other.
            CHECK((error.code() == ErrorCode::conflict || error.code() == ErrorCode::stale || error.code() == ErrorCode::unavailable));
          }
        }
      });
  }
  CHECK(ground.ask("SELECT COUNT(*) FROM policies") == 1 + 3 * kEach);
  CHECK(ground.ask("SELECT MAX(version) FROM policies") == 1 + 3 * kEach);
  CHECK(ground.ask("SELECT version FROM municipalities") == 1 + 3 * kEach);
}

TEST_CASE("postgresql writer: every connection has a slot of its own, and one that is given back is used again") {
  Ground ground;
  const auto slots = [&](PostgresWriter& writer, int threads) {
    // So many at once that every thread gets one.
    std::latch together{threads};
    std::mutex mutex;
    std::set<std::int64_t> used;
    std::vector<std::jthread> callers;
    for (int i = 0; i < threads; ++i)
      callers.emplace_back([&] {
        bool first = true;
        writer.write([&](Transaction& transaction) {
          const EventId id = transaction.next_event_id(1);
          if (std::exchange(first, false)) together.arrive_and_wait();
          const std::lock_guard lock{mutex};
          used.insert(id.value >> kSlotNumberBits & (kSlots - 1));
        });
      });
    callers.clear();
    return used;
  };
  SettingsCache cache;
  {
    PostgresWriter one{ground.url(), 3, 1, cache}, two{ground.url(), 2, 1, cache};
    CHECK(slots(one, 3) == std::set<std::int64_t>{0, 1, 2});
    CHECK(slots(two, 2) == std::set<std::int64_t>{3, 4});
  }
  PostgresWriter three{ground.url(), 2, 1, cache};
  for (const auto slot : slots(three, 2)) CHECK(slot < 5);
}
