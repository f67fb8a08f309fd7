#include "store/photo_store.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "store/connection.h"
#include "support/clocks.h"
#include "support/postgres_cluster.h"
#include "support/refusal.h"
#include "support/test_store.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

namespace fs = std::filesystem;

/// Bytes of every value, as a picture has them.
std::string bytes_like(int which) {
  std::string bytes = "picture " + std::to_string(which);
  for (int i = 0; i < 3000; ++i) bytes += static_cast<char>(i);
  return bytes;
}

struct Photos {
  TestStore store;
  std::unique_ptr<PhotoStore> photos = open_photo_store(store.url());
  std::string put(int which, Instant when = nov(16), MunicipalityId municipality = 1) {
    const std::string bytes = bytes_like(which);
    photos->put(municipality, {{digest(bytes), bytes}}, when, [] {});
    return digest(bytes);
  }
  void remove(const std::string& one, bool named = false) {
    photos->remove_unless(1, {one}, [&](const std::string&) { return named; });
  }
  std::string folder() const { return photo_folder_of(store.file()); }
};

}  // namespace

TEST_CASE("photo store: what was put is there, byte for byte, for its municipality and from another process") {
  Photos photos;
  CHECK(photos.photos->list(1, nov(30)).empty());
  CHECK(photos.photos->get(1, digest("x")) == std::nullopt);
  const std::string one = photos.put(1);
  CHECK(photos.photos->get(1, one) == bytes_like(1));
  CHECK(photos.photos->get(2, one) == std::nullopt);
  CHECK(open_photo_store(photos.store.url())->get(1, one) == bytes_like(1));
  CHECK(photos.put(1) == one);
  CHECK(photos.photos->get(1, one) == bytes_like(1));
}

TEST_CASE("photo store: photos are kept before what names them is called, and remain when that fails") {
  Photos photos;
  const std::string bytes = bytes_like(1);
  bool was_there = false;
  CHECK_THROWS_AS(photos.photos->put(1, {{digest(bytes), bytes}, {digest("b"), "b"}}, nov(16),
                                     [&] {
                                       was_there = photos.photos->get(1, digest(bytes)) == bytes && photos.photos->get(1, digest("b")) == "b";
                                       throw std::runtime_error("no row");
                                     }),
                  std::runtime_error);
  CHECK(was_there);
  CHECK(photos.photos->list(1, nov(17)).size() == 2);
  CHECK(photos.put(1) == digest(bytes));
}

TEST_CASE("photo store: what nothing names is removed, what something names stays") {
  Photos photos;
  const std::string one = photos.put(1), two = photos.put(2);
  photos.remove(one, true);
  CHECK(photos.photos->get(1, one));
  photos.remove(one);
  CHECK_FALSE(photos.photos->get(1, one));
  CHECK(photos.photos->get(1, two));
  CHECK_NOTHROW(photos.remove(one));
}

TEST_CASE("photo store: the list tells what was put before a moment; what is put again is young again") {
  Photos photos;
  const std::string one = photos.put(1, nov(16)), two = photos.put(2, nov(17));
  photos.put(3, nov(16), 2);
  CHECK(photos.photos->list(1, nov(16)).empty());
  CHECK(photos.photos->list(1, nov(16, "10:00:01")) == std::vector{one});
  CHECK(photos.photos->list(1, nov(18)).size() == 2);
  photos.put(1, nov(18));
  CHECK(photos.photos->list(1, nov(18)) == std::vector{two});
}

TEST_CASE("photo store: nothing is removed between a photo's putting and its naming") {
  Photos photos;
  const std::string bytes = bytes_like(1), name = digest(bytes);
  photos.put(1);
  std::atomic<bool> named = false, asked = false;
  std::jthread remover;
  photos.photos->put(1, {{name, bytes}}, nov(16), [&] {
    remover = std::jthread{[&] {
      photos.photos->remove_unless(1, {name}, [&](const std::string&) {
        asked = true;
        return named.load();
      });
    }};
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    CHECK_FALSE(asked);
    named = true;
  });
  remover.join();
  CHECK(asked);
  CHECK(photos.photos->get(1, name) == bytes);
}

TEST_CASE("photo store: many put the same and other photos at once") {
  Photos photos;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i)
      clients.emplace_back([&, i] {
        for (int n = 0; n < 10; ++n) photos.put(n % 2 == 0 ? n : 100 * i + n);
      });
  }
  CHECK(photos.photos->list(1, nov(17)).size() == 5 + 8 * 5);
  CHECK(photos.photos->get(1, digest(bytes_like(705))) == bytes_like(705));
}

TEST_CASE("photo files: they lie beside the database in folders of two levels, whole or not at all") {
  if (on_postgresql()) return;
  Photos photos;
  CHECK_FALSE(fs::exists(photos.folder()));  // nothing is made before the first
  const std::string one = photos.put(1);
  const fs::path file = fs::path{photos.folder()} / "1" / one.substr(0, 2) / one;
  REQUIRE(fs::is_regular_file(file));
  CHECK((fs::status(file).permissions() & fs::perms::others_all) == fs::perms::none);
  // What somebody was stopped in the middle of is no photo, and goes when it is old.
  const fs::path part = file.string() + ".AbCdEf.part";
  std::ofstream{part} << "half";
  const auto written_at = [&](Instant when) {
    const timespec times[] = {{to_unix(when), 0}, {to_unix(when), 0}};
    REQUIRE(::utimensat(AT_FDCWD, part.c_str(), times, 0) == 0);
  };
  written_at(nov(17));
  CHECK(photos.photos->list(1, nov(17)) == std::vector{one});
  CHECK(fs::exists(part));
  written_at(nov(16));
  CHECK(photos.photos->list(1, nov(17)) == std::vector{one});
  CHECK_FALSE(fs::exists(part));
  CHECK_THROWS(photos.photos->get(1, "../../etc/passwd"));
}

TEST_CASE("photo files: where none can be written the answer is that it cannot be done now") {
  if (on_postgresql()) return;
  Photos photos;
  std::ofstream{photos.folder()} << "a file where the folder should be";
  bool named = false;
  const Error error = refusal([&] { photos.photos->put(1, {{digest("x"), "x"}}, nov(16), [&] { named = true; }); });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK_FALSE(named);
  CHECK_FALSE(error.cause().empty());
}

TEST_CASE("photo rows: a connection that was lost is made anew") {
  if (!on_postgresql()) return;
  Photos photos;
  const std::string one = photos.put(1);
  connect(photos.store.url())
      ->run_script("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
  CHECK(photos.photos->get(1, one) == bytes_like(1));
  CHECK(photos.put(2) == digest(bytes_like(2)));
}
