// What can go wrong under the store: a full disk, a lock that others hold, a file that may not be written.
// Each time the caller is told that it is unavailable, nothing is half-written, and the service goes on by
// itself.

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "store/sqlite_connection.h"
#include "support/postgres_cluster.h"
#include "support/refusal.h"
#include "support/town.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

/// While it lives no file of this process grows beyond `bytes`: what a full disk is to SQLite.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t bytes) {
    handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

/// Runs `work` in a process without rights to files of others, and says whether it returned true.
bool as_nobody(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(2);
    try {
      _exit(work() ? 0 : 1);
    } catch (...) {
      _exit(3);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool is_unavailable(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code() == ErrorCode::unavailable;
  }
  return false;
}

}  // namespace

TEST_CASE("bad day: on a full disk writes are unavailable, reads go on, and it recovers without a restart" *
          doctest::skip(on_postgresql())) {
  Town town;
  for (int i = 0; i < 20; ++i) town.report();
  const auto log = std::filesystem::file_size(town.store.file() + "-wal");
  int failed = 0, kept = 20;
  {
    const FullDisk full{log + 100'000};
    for (int i = 0; i < 40; ++i) {
      if (is_unavailable([&] { town.report(); }))
        ++failed;
      else
        ++kept;
    }
    CHECK(read(*town.store, [&](Transaction& transaction) {
            return transaction.cases().list(town.id, {}).total;
          }) == kept);
  }
  CHECK(failed > 0);
  CHECK_NOTHROW(town.report());
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == kept + 1);
  CHECK(town.store.ask("SELECT COUNT(*) FROM events WHERE type = 'case_opened'") == kept + 1);
  const Verification verified = verify(*town.store, false);
  CHECK(verified.difference_count == 0);
  CHECK(verified.cases == kept + 1);
  town.store.restart();
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == kept + 1);
}

TEST_CASE(
    "bad day: a lock held for a moment is waited for, one held for long is unavailable, and then it goes "
    "on" * doctest::skip(on_postgresql())) {
  Town town;
  SqliteConnection other{town.store.file(), SqliteConnection::Use::checkpointer};
  other.begin_write();
  {
    const std::jthread releases{[&] {
      std::this_thread::sleep_for(std::chrono::milliseconds{200});
      other.roll_back();
    }};
    CHECK_NOTHROW(town.report());
  }
  other.begin_write();
  const Error busy = refusal([&] { town.report(); });
  CHECK(busy.code() == ErrorCode::unavailable);
  CHECK(std::string{busy.what()}.find("busy") != std::string::npos);
  CHECK(read(*town.store,
             [&](Transaction& transaction) { return transaction.cases().list(town.id, {}).total; }) == 1);
  other.roll_back();
  CHECK_NOTHROW(town.report());
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == 2);
  CHECK(verify(*town.store, false).difference_count == 0);
}

TEST_CASE(
    "bad day: a database that is not there, is none, or is of an unknown kind is refused with a sentence") {
  const TemporaryFolder folder;
  const auto sentence = [](const std::string& url) {
    const Error error = refusal([&] { open_store({.url = url}); });
    CHECK(error.code() == ErrorCode::unavailable);
    return std::string{error.what()};
  };
  CHECK(sentence("sqlite:" + folder.file("none.db")).find("There is no database at") == 0);
  CHECK_FALSE(std::filesystem::exists(folder.file("none.db")));
  CHECK(sentence("mysql:x").find("\"mysql:...\" is of a kind that is not known") != std::string::npos);
  CHECK(sentence("sqlite:").find("not known") != std::string::npos);
  std::ofstream{folder.file("text.db")} << std::string(5000, 'x');
  // SQLite's own words are for whoever runs the service.
  const Error none = refusal([&] { open_store({.url = "sqlite:" + folder.file("text.db")}); });
  CHECK(none.code() == ErrorCode::unavailable);
  CHECK(std::string{none.what()} == "The database cannot be used now.");
  CHECK(none.cause().find("not a database") != std::string::npos);
  std::ofstream{folder.file("empty.db")};
  CHECK(sentence("sqlite:" + folder.file("empty.db")).find("run: klotterkoll migrate") != std::string::npos);
  SequenceIds ids;
  CHECK(refusal([&] { migrate("sqlite:" + folder.file("no/such/folder.db"), ids, nov(1)); }).code() ==
        ErrorCode::unavailable);
}

TEST_CASE("bad day: a copy is whole, is made while in use, and overwrites nothing" * doctest::skip(on_postgresql())) {
  Town town;
  for (int i = 0; i < 5; ++i) town.report();
  const TemporaryFolder folder;
  const std::string copy = folder.file("copy.db");
  Photo photo;
  photo.digests = {digest("picture"), digest("thumb"), digest("gone"), digest("gone")};
  const auto photos = open_photo_store(town.store.url());
  photos->put(town.id, {{digest("picture"), "picture"}, {digest("thumb"), "thumb"}, {digest("orphan"), "orphan"}}, nov(16), [&] {
    town.store->write([&](Transaction& transaction) {
      photo.id = transaction.next_photo_id(town.id);
      transaction.photos().add(photo);
    });
  });
  const CopiedPhotos copied = backup(town.store.url(), copy, nov(16));
  CHECK(copied.files == 2);
  CHECK(copied.bytes == 12);
  CHECK(copied.missing == 1);
  CHECK(open_photo_store("sqlite:" + copy)->get(town.id, digest("thumb")) == "thumb");
  CHECK(open_photo_store("sqlite:" + copy)->list(town.id, nov(30)).size() == 2);  // what nobody names is left behind
  CHECK(refusal([&] { backup(town.store.url(), copy, nov(16)); }).code() == ErrorCode::refused);
  const auto opened = open_store({.url = "sqlite:" + copy});
  CHECK(read(*opened,
             [&](Transaction& transaction) { return transaction.cases().list(town.id, {}).total; }) == 5);
  CHECK(verify(*opened, false).difference_count == 0);
  CHECK(opened->references().encode(CaseId{1, 1}) == town.store->references().encode(CaseId{1, 1}));
  CHECK(refusal([&] { backup("sqlite:" + folder.file("none.db"), folder.file("other.db"), nov(16)); }).code() ==
        ErrorCode::unavailable);
}

#ifndef __SANITIZE_THREAD__  // It cannot follow a forked process that starts threads.
TEST_CASE("bad day: a file that may not be written is unavailable, whether others have it open or not" *
          doctest::skip(on_postgresql())) {
  Town town;
  town.report();
  const std::string file = town.store.file();
  chmod(std::filesystem::path{file}.parent_path().c_str(), 0755);
  for (const auto* part : {"", "-wal", "-shm"}) chmod((file + part).c_str(), 0444);
  CHECK(as_nobody([&] {
    return is_unavailable([&] {
      const auto store = town.store.open_again();
      store->write([&](Transaction& transaction) {
        take_report(transaction, *transaction.municipalities().settings(town.id), tag_at(), kPolice, nov(17));
      });
    });
  }));
  for (const auto* part : {"", "-wal", "-shm"}) chmod((file + part).c_str(), 0644);
  CHECK(town.store.ask("SELECT COUNT(*) FROM cases") == 1);
  CHECK_NOTHROW(town.report());
}
#endif
