// The binary as it runs in service: killed, out of disk, locked out, two at once.

#include <doctest/doctest.h>
#include <httplib.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "store/sqlite_connection.h"
#include "support/process.h"
#include "support/test_store.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

/// A database made by the commands alone, with Höör, HFAB and a key of the police.
struct Installation {
  TemporaryFolder folder;
  std::string url = "sqlite:" + folder.file("klotterkoll.db");
  std::string police, owner;

  Installation() {
    command({"migrate", "--database", url});
    command({"municipality", "add", "--database", url, "--code", "1267", "--name", "Höör"});
    command({"owner", "add", "--database", url, "--municipality", "1267", "--id", "hfab", "--name", "Höörs Fastighets AB", "--kind",
             "public_company", "--address-prefix", "Storgatan"});
    police = command({"keys", "create", "--database", url, "--municipality", "1267", "--role", "police", "--name", "Polisen"}).last_line();
    owner = command({"keys", "create", "--database", url, "--municipality", "1267", "--role", "owner", "--owner", "hfab", "--name", "HFAB"}).last_line();
    REQUIRE(police.starts_with("kk_"));
  }

  static Ran command(const std::vector<std::string>& arguments) {
    const Ran ran = run_command(arguments);
    REQUIRE_MESSAGE(ran.status == 0, ran.err);
    return ran;
  }
  std::int64_t ask(const std::string& sql) const {
    SqliteConnection connection{folder.file("klotterkoll.db"), SqliteConnection::Use::reader};
    return connection.find(sql, [](const Row& row) { return row.integer(0); }).value();
  }
  std::set<std::string> external_ids() const {
    SqliteConnection connection{folder.file("klotterkoll.db"), SqliteConnection::Use::reader};
    std::set<std::string> all;
    connection.query("SELECT external_id FROM reports", [&](const Row& row) { all.insert(row.text(0)); });
    return all;
  }
  void check_whole() const {
    const Ran verified = run_command({"verify", "--database", url});
    CAPTURE(verified.out);
    CHECK(verified.status == 0);
    CHECK(ask("SELECT COUNT(*) FROM reports") == ask("SELECT COUNT(DISTINCT external_id) FROM reports"));
    CHECK(ask("SELECT COUNT(*) FROM cases") == ask("SELECT COUNT(*) FROM events WHERE type = 'case_opened'"));
  }
};

/// A connection that posts reports.
class Sender {
 public:
  Sender(int port, std::string key) : client_("127.0.0.1", port), key_(std::move(key)) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
    client_.set_read_timeout(20);
  }
  /// The status, 0 when no answer came.
  int post(const std::string& external_id) {
    const std::string body = R"({"location":{"address":"Storgatan )" + external_id + R"("},"category":"tag","external_id":")" + external_id + "\"}";
    const auto result = client_.Post("/api/v1/municipalities/1267/reports", {{"Authorization", "Bearer " + key_}}, body, "application/json");
    if (!result) return 0;
    last_ = *result;
    return result->status;
  }
  int get(const std::string& path) {
    const auto result = client_.Get(path, {{"Authorization", "Bearer " + key_}});
    if (result) last_ = *result;
    return result ? result->status : 0;
  }
  bool is_problem() const { return last_.get_header_value("Content-Type") == "application/problem+json" && !last_.get_header_value("Retry-After").empty(); }
  const httplib::Response& last() const { return last_; }

 private:
  httplib::Client client_;
  std::string key_;
  httplib::Response last_;
};

/// Threads that post reports of numbers never used before, until the service is gone.
class Load {
 public:
  Load(int port, const std::string& key, int threads) {
    for (int i = 0; i < threads; ++i)
      threads_.emplace_back([this, port, key] {
        Sender sender{port, key};
        for (;;) {
          const std::string id = std::to_string(++next_);
          const int status = sender.post(id);
          const std::lock_guard lock{mutex_};
          if (status == 201) kept.insert(id);
          else if (status == 0) { unanswered.insert(id); return; }
          else other.insert(status);
        }
      });
  }
  void join() {
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  std::size_t answered() {
    const std::lock_guard lock{mutex_};
    return kept.size();
  }
  std::set<std::string> kept, unanswered;
  std::set<int> other;

 private:
  static inline std::atomic<int> next_ = 0;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

void wait_until(const std::function<bool()>& holds) {
  for (const auto until = steady_clock::now() + 10s; !holds() && steady_clock::now() < until;) std::this_thread::sleep_for(2ms);
}

/// The largest offset to which the process may write a file. Only the soft limit, so that it can be lifted again.
void limit_files(pid_t process, rlim_t bytes) {
  const rlimit limit{bytes, RLIM_INFINITY};
  REQUIRE(prlimit(process, RLIMIT_FSIZE, &limit, nullptr) == 0);
}

}  // namespace

TEST_CASE("process: what was answered is kept, however often the service is killed under load") {
  Installation hoor;
  std::set<std::string> kept, unanswered;
  for (int round = 0; round < 20; ++round) {
    ServingProcess service{hoor.url};
    // Whoever got no answer asks again, as the contract says, and gets the first report or a new one.
    Sender again{service.port(), hoor.police};
    for (const std::string& id : unanswered) {
      const int status = again.post(id);
      CHECK((status == 200 || status == 201));
      kept.insert(id);
    }
    Load load{service.port(), hoor.police, 12};
    wait_until([&] { return load.answered() >= 40u + 13u * static_cast<unsigned>(round); });
    service.process().signal(SIGKILL);
    load.join();
    CHECK(service.process().wait().status == 128 + SIGKILL);
    CHECK(load.other.empty());
    CHECK(load.kept.size() >= 40);
    kept.insert(load.kept.begin(), load.kept.end());
    unanswered = load.unanswered;
  }
  const auto present = hoor.external_ids();
  for (const std::string& id : kept) CHECK(present.contains(id));
  hoor.check_whole();
}

TEST_CASE("process: SIGTERM answers what is in flight and ends cleanly") {
  Installation hoor;
  ServingProcess service{hoor.url};
  Load load{service.port(), hoor.police, 8};
  wait_until([&] { return load.answered() >= 100; });
  const auto asked = steady_clock::now();
  service.process().signal(SIGTERM);
  const Ran ran = service.process().wait();
  CHECK(ran.status == 0);
  CHECK(steady_clock::now() - asked < 8s);
  load.join();
  const auto present = hoor.external_ids();
  for (const std::string& id : load.kept) CHECK(present.contains(id));
  CHECK(present.size() <= load.kept.size() + load.unanswered.size());
  CHECK(load.other.empty());
  hoor.check_whole();
}

TEST_CASE("process: the log has no secret of a link, and what else was asked for whole") {
  Installation hoor;
  ServingProcess service{hoor.url};
  httplib::Client client{"127.0.0.1", service.port()};
  const std::string token = "N6c0Q8y2_k1p3Zr5tVx7wBqD9sFhJmLoUeAiGnKcYbT";
  REQUIRE(client.Get("/atgarda/1267/" + token + "?lang=en"));
  REQUIRE(client.Get("/post/1267/" + token + "/nej"));
  REQUIRE(client.Get("/api/v1/municipalities/1267/cases/HR7K-2M9Q-X4"));
  service.process().signal(SIGTERM);
  const std::string log = service.process().wait().err;
  CAPTURE(log);
  CHECK(log.find(token.substr(0, 8)) == std::string::npos);
  CHECK(log.find("GET /atgarda/1267/N6c0... 404") != std::string::npos);
  CHECK(log.find("GET /post/1267/N6c0.../nej 303") != std::string::npos);
  CHECK(log.find("GET /api/v1/municipalities/1267/cases/HR7K-2M9Q-X4 404") != std::string::npos);
}

TEST_CASE("process: two sweeps at once raise each flag once") {
  Installation hoor;
  {
    ServingProcess service{hoor.url};
    Load load{service.port(), hoor.police, 8};
    wait_until([&] { return load.answered() >= 1200; });
    service.process().signal(SIGTERM);
    service.process().wait();
    load.join();
  }
  const std::int64_t cases = hoor.ask("SELECT COUNT(*) FROM cases");
  for (const char* as_of : {"2100-01-01T00:00:00Z", "2100-01-02T00:00:00Z"}) {
    Process one{{"sweep", "--database", hoor.url, "--as-of", as_of}}, two{{"sweep", "--database", hoor.url, "--as-of", as_of}};
    const Ran first = one.wait(), second = two.wait();
    CAPTURE(first.err);
    CAPTURE(second.err);
    CHECK(first.status == 0);
    CHECK(second.status == 0);
    CHECK(hoor.ask("SELECT COUNT(*) FROM events WHERE type = 'case_overdue'") == cases);
    CHECK(hoor.ask("SELECT COUNT(*) FROM flags") == cases);
  }
  hoor.check_whole();
}

TEST_CASE("process: on a full disk nothing is half-written, and the service goes on when there is room again") {
  Installation hoor;
  ServingProcess service{hoor.url};
  Sender sender{service.port(), hoor.police};
  std::set<std::string> kept;
  int number = 0;
  const auto post = [&] {
    const std::string id = "full-" + std::to_string(++number);
    const int status = sender.post(id);
    if (status == 201) kept.insert(id);
    return status;
  };
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) CHECK(post() == 201);
    limit_files(service.process().id(), 16 * 1024);
    for (int i = 0; i < 5; ++i) {
      CHECK(post() == 503);
      CHECK(sender.is_problem());
      CHECK(sender.get("/api/v1/municipalities/1267/cases") == 200);  // reading goes on
      CHECK(sender.get("/healthz") == 200);
    }
    limit_files(service.process().id(), RLIM_INFINITY);
  }
  CHECK(post() == 201);
  service.process().signal(SIGTERM);
  CHECK(service.process().wait().status == 0);
  CHECK(hoor.external_ids() == kept);
  hoor.check_whole();
}

TEST_CASE("process: while another process locks the database, writing is put off and reading goes on") {
  Installation hoor;
  ServingProcess service{hoor.url};
  Sender sender{service.port(), hoor.police};
  CHECK(sender.post("before") == 201);
  {
    SqliteConnection other{hoor.folder.file("klotterkoll.db"), SqliteConnection::Use::writer};
    other.begin_write();
    // A short lock is waited for.
    std::thread releasing{[&] {
      std::this_thread::sleep_for(300ms);
      other.roll_back();
    }};
    CHECK(sender.post("waits") == 201);
    releasing.join();
    other.begin_write();
    const auto asked = steady_clock::now();
    std::thread reading{[&] {
      Sender reader{service.port(), hoor.police};
      for (int i = 0; i < 5; ++i) CHECK(reader.get("/api/v1/municipalities/1267/cases") == 200);
      CHECK(steady_clock::now() - asked < 2s);
    }};
    CHECK(sender.post("refused") == 503);
    CHECK(sender.is_problem());
    CHECK(steady_clock::now() - asked < 8s);
    reading.join();
    other.roll_back();
  }
  CHECK(sender.post("after") == 201);
  CHECK(hoor.external_ids() == std::set<std::string>{"after", "before", "waits"});
}

TEST_CASE("process: a database that cannot be written to is read, and writing is refused") {
  Installation hoor;
  const std::filesystem::path file = hoor.folder.file("klotterkoll.db"), folder = file.parent_path();
  using std::filesystem::perms;
  std::filesystem::permissions(file, perms::owner_read | perms::group_read | perms::others_read);
  std::filesystem::permissions(folder, perms::all);  // the log beside it can be made
  ServingProcess service{hoor.url, true};
  Sender sender{service.port(), hoor.police};
  CHECK(sender.post("refused") == 503);
  CHECK(sender.is_problem());
  CHECK(sender.get("/api/v1/municipalities/1267/cases") == 200);
  CHECK(hoor.ask("SELECT COUNT(*) FROM reports") == 0);
}
