#include "store/sqlite_writer.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <thread>

#include "support/postgres_cluster.h"
#include "support/refusal.h"
#include "support/town.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

/// Runs `work(i)` on so many threads at once.
void on_threads(int count, const std::function<void(int)>& work) {
  std::latch start{count};
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
}

/// Opens a case with one event, as short as a write with consequences can be.
void open_case_in(Transaction& transaction, MunicipalityId municipality) {
  const auto settings = transaction.municipalities().settings(municipality);
  take_report(transaction, *settings, tag_at(), kPolice, nov(16));
}

std::int64_t open_cases(Store& store, MunicipalityId municipality) {
  return read(store, [&](Transaction& transaction) {
    std::int64_t sum = 0;
    transaction.tallies().each(municipality, Cohort::due, Dimension::all, on("2026-01-01"), on("2027-01-01"), TallyDetail::counts,
                               [&](const std::string&, LocalDate, const Tally& tally) { sum += tally.counts[Tally::open]; });
    return sum;
  });
}

/// Keeps the writer busy until it is let go, so that what is written meanwhile waits and becomes one batch.
class BusyWriter {
 public:
  explicit BusyWriter(Store& store)
      : thread_([this, &store] {
          store.write([this](Transaction&) {
            if (!running_.exchange(true)) began_.count_down();
            let_go_.wait();
          });
        }) {
    began_.wait();
  }
  /// Waits until so many others are waiting, then lets the batch begin.
  void let_go_when(Store& store, std::int64_t waiting) {
    while (store.metrics().waiting_writes < waiting) std::this_thread::yield();
    let_go_.count_down();
    thread_.join();
  }

 private:
  std::atomic<bool> running_ = false;
  std::latch began_{1}, let_go_{1};
  std::thread thread_;
};

}  // namespace

TEST_CASE("writer: 64 threads write at once, and each case, event and tally is there") {
  Town town;
  constexpr int kEach = 12;
  on_threads(64, [&](int) {
    for (int i = 0; i < kEach; ++i)
      town.store->write([&](Transaction& transaction) { open_case_in(transaction, town.id); });
  });
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == 64 * kEach);
  CHECK(town.store.ask("SELECT COUNT(*) FROM reports") == 64 * kEach);
  CHECK(town.store.ask("SELECT COUNT(*) FROM events WHERE type = 'case_opened'") == 64 * kEach);
  CHECK(open_cases(*town.store, town.id) == 64 * kEach);
  const StoreMetrics metrics = town.store->metrics();
  CHECK(metrics.commits < metrics.writes);  // they shared commits
  CHECK(metrics.waiting_writes == 0);
}

TEST_CASE("writer: a job that throws is undone alone, and leaves no row, event, tally or notice") {
  Town town;
  std::atomic<int> refused = 0;
  on_threads(32, [&](int i) {
    try {
      town.store->write([&](Transaction& transaction) {
        open_case_in(transaction, town.id);
        if (i % 2 == 1) throw Error{ErrorCode::refused, "job " + std::to_string(i)};
      });
      CHECK(i % 2 == 0);
    } catch (const Error& error) {
      // Its own exception comes back to each caller.
      CHECK(error.what() == "job " + std::to_string(i));
      ++refused;
    }
  });
  CHECK(refused == 16);
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == 16);
  CHECK(town.store.ask("SELECT COUNT(*) FROM events WHERE type = 'case_opened'") == 16);
  CHECK(town.store.ask("SELECT COUNT(*) FROM reports") == 16);
  CHECK(open_cases(*town.store, town.id) == 16);
}

TEST_CASE("writer: in one batch the good are kept and the bad are not, whatever their order") {
  Town town{{}, 64, 1};
  BusyWriter busy{*town.store};
  std::vector<std::jthread> threads;
  std::atomic<int> kept = 0, thrown = 0;
  for (int i = 0; i < 20; ++i)
    threads.emplace_back([&, i] {
      try {
        town.store->write([&](Transaction& transaction) {
          if (i % 3 == 0) throw std::runtime_error("before anything");
          open_case_in(transaction, town.id);
          if (i % 3 == 1) throw std::runtime_error("after everything");
        });
        ++kept;
      } catch (const std::runtime_error&) {
        ++thrown;
      }
    });
  busy.let_go_when(*town.store, 20);
  threads.clear();
  CHECK(kept == 6);
  CHECK(thrown == 14);
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == 6);
  CHECK(open_cases(*town.store, town.id) == 6);
}

TEST_CASE("writer: a failure that undoes the whole transaction fails its own job, and the others run again" *
          doctest::skip(on_postgresql())) {
  Town town;
  // As a full disk can: the statement of one job takes the transaction down with it.
  town.store.tamper(
      "CREATE TRIGGER poison BEFORE INSERT ON notes WHEN NEW.note = 'poison' "
      "BEGIN SELECT RAISE(ROLLBACK, 'all is undone'); END");
  const CaseId id = town.report().row.id;
  BusyWriter busy{*town.store};
  std::vector<std::jthread> threads;
  std::atomic<int> kept = 0, failed = 0;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&, i] {
      try {
        town.store->write([&](Transaction& transaction) {
          open_case_in(transaction, town.id);
          if (i % 5 != 2) return;
          CaseAction action = town.action(id);
          action.note = "poison";
          comment_on_case(transaction, *transaction.municipalities().settings(town.id), action,
                          Visibility::internal);
        });
        ++kept;
      } catch (const std::exception&) {
        ++failed;
      }
    });
  busy.let_go_when(*town.store, 16);
  threads.clear();
  CHECK(failed == 3);
  CHECK(kept == 13);
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == 14);
  CHECK(town.store.ask("SELECT COUNT(*) FROM events WHERE type = 'case_opened'") == 14);
  CHECK(town.store.ask("SELECT COUNT(*) FROM notes") == 0);
  CHECK(open_cases(*town.store, town.id) == 14);
}

TEST_CASE("writer: what was accepted is finished before it closes" *
          doctest::skip(on_postgresql())) {
  Town town;
  {
    SettingsCache cache;
    auto writer = std::make_unique<SqliteWriter>(town.store.file(), 8, cache);
    std::vector<std::jthread> threads;
    std::latch began{1};
    threads.emplace_back([&] {
      writer->write([&](Transaction& transaction) {
        open_case_in(transaction, town.id);
        began.count_down();
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
      });
    });
    began.wait();
    writer.reset();
  }
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == 1);
}

TEST_CASE("writer: the log stays bounded under steady load, while others read all the time" *
          doctest::skip(on_postgresql())) {
  Town town;
  SettingsCache cache;
  constexpr int kPages = 100;
  SqliteWriter writer{town.store.file(), 1, cache, kPages};
  std::atomic<bool> stop = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      while (!stop)
        read(*town.store,
             [&](Transaction& transaction) { return transaction.cases().list(town.id, {}).total; });
    });
  std::uintmax_t largest = 0;
  for (int i = 0; i < 600; ++i) {
    writer.write([&](Transaction& transaction) { open_case_in(transaction, town.id); });
    largest = std::max(largest, std::filesystem::file_size(town.store.file() + "-wal"));
  }
  stop = true;
  readers.clear();
  // 600 commits write some 10,000 pages; without checkpoints all of them would stand in the log.
  CHECK(writer.metrics().log_bytes > 5'000ll * 4096);
  CHECK(largest < static_cast<std::uintmax_t>(writer.metrics().log_bytes) / 2);
}

TEST_CASE("writer: a long reader keeps its snapshot, and the log is given back when it is done" *
          doctest::skip(on_postgresql())) {
  Town town;
  SettingsCache cache;
  SqliteWriter writer{town.store.file(), 1, cache, 100};
  const auto write_some = [&](int count) {
    for (int i = 0; i < count; ++i)
      writer.write([&](Transaction& transaction) { open_case_in(transaction, town.id); });
  };
  town.store->read([&](Transaction& transaction) {
    CHECK(transaction.cases().list(town.id, {}).total == 0);
    write_some(300);
    CHECK(transaction.cases().list(town.id, {}).total == 0);
  });
  const auto size = [&] { return std::filesystem::file_size(town.store.file() + "-wal"); };
  const auto grown = size();
  write_some(600);
  CHECK(size() <= grown + 20ull * 100 * 4096);
  CHECK(read(*town.store,
             [&](Transaction& transaction) { return transaction.cases().list(town.id, {}).total; }) == 900);
}
