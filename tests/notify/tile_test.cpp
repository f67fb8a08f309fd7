#include "notify/tile_fetcher.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "support/receivers.h"
#include "support/refusal.h"
#include "tile_cache.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const TileId kTile{14, 8810, 5107};

std::string pattern_of(const Receiver& receiver, const std::string& kind) {
  return "http://127.0.0.1:" + std::to_string(receiver.port()) + "/" + kind + "/{z}/{x}/{y}";
}

TileAnswer fetched(const std::string& pattern, TileFetcher::Limits limits = {}) {
  TileFetcher fetcher{pattern, limits};
  std::promise<TileAnswer> told;
  fetcher.fetch(kTile, [&](TileAnswer answer) { told.set_value(std::move(answer)); });
  auto future = told.get_future();
  REQUIRE(future.wait_for(seconds{60}) == std::future_status::ready);
  return future.get();
}

/// A source of the test's own: it answers at once when it knows what, else when it is told to.
class ScriptedSource final : public TileSource {
 public:
  explicit ScriptedSource(std::function<TileAnswer(const TileId&)> answer = {}) : answer_(std::move(answer)) {}
  void fetch(const TileId& tile, Done done) override {
    {
      const std::lock_guard lock{mutex_};
      ++count_;
      if (!answer_) return waiting_.push_back(std::move(done));
    }
    done(answer_(tile));
  }
  std::size_t count() {
    const std::lock_guard lock{mutex_};
    return count_;
  }
  void tell_first(TileAnswer answer) {
    std::unique_lock lock{mutex_};
    const Done done = waiting_.at(0);
    lock.unlock();
    done(std::move(answer));
  }

 private:
  const std::function<TileAnswer(const TileId&)> answer_;
  std::mutex mutex_;
  std::size_t count_ = 0;
  std::vector<Done> waiting_;
};

TileAnswer picture(std::size_t bytes) { return {.tile = Tile{std::string(bytes, 'x'), "image/png"}}; }

}  // namespace

TEST_CASE("tiles: a picture of one of three kinds comes as it is, by its own first bytes") {
  const auto receiver = Receiver::of_tiles();
  for (const std::string kind : {"png", "jpeg", "webp"}) {
    CAPTURE(kind);
    const TileAnswer answer = fetched(pattern_of(receiver, kind));
    REQUIRE(answer.tile);
    CHECK(answer.tile->content_type == "image/" + kind);
    CHECK(answer.tile->bytes.size() > 300);
    CHECK(receiver.taken().back()["path"] == "/" + kind + "/14/8810/5107");
  }
  CHECK_FALSE(receiver.taken().back()["headers"].contains("cookie"));
}

TEST_CASE("tiles: a page, a redirect, a failure, and what is too large or cut off are faults, and no address is told") {
  const auto receiver = Receiver::of_tiles();
  for (const std::string kind : {"html", "liar", "odd", "away", "fail", "big", "endless", "cut"}) {
    CAPTURE(kind);
    const TileAnswer answer = fetched(pattern_of(receiver, kind) + "?key=secret");
    CHECK_FALSE(answer.tile);
    CHECK_FALSE(answer.absent);
    CHECK_FALSE(answer.fault.empty());
    CHECK(answer.fault.find("secret") == std::string::npos);
  }
  CHECK(receiver.taken().size() == 8);  // the redirect was not followed
  const TileAnswer absent = fetched(pattern_of(receiver, "absent"));
  CHECK(absent.absent);
  CHECK(absent.fault == "");
}

TEST_CASE("tiles: a map service that hangs is given up, and one that is not there too") {
  const auto receiver = Receiver::of_tiles();
  CHECK_FALSE(fetched(pattern_of(receiver, "hang"), {.timeout = milliseconds{400}}).fault.empty());
  CHECK_FALSE(fetched("http://127.0.0.1:9/{z}/{x}/{y}.png").fault.empty());
  // To end does not wait for it.
  const auto begun = std::chrono::steady_clock::now();
  {
    TileFetcher fetcher{pattern_of(receiver, "hang")};
    fetcher.fetch(kTile, [](TileAnswer) {});
    std::this_thread::sleep_for(milliseconds{200});
  }
  CHECK(std::chrono::steady_clock::now() - begun < seconds{8});
}

TEST_CASE("tiles: an address without the marks, of another kind, or with marks in its host is refused") {
  for (const char* pattern : {"https://tiles.example.se/{z}/{x}.png", "ftp://tiles.example.se/{z}/{x}/{y}", "tiles.example.se/{z}/{x}/{y}",
                              "https://{z}.example.se/{x}/{y}", "https:///{z}/{x}/{y}", "https://tiles.example.se/{z}/{x}/{y}\n"}) {
    CAPTURE(pattern);
    CHECK(refusal([&] { require_tile_url(pattern); }).code() == ErrorCode::refused);
  }
  require_tile_url("https://tiles.example.se/{z}/{x}/{y}.png");
  require_tile_url("https://karta.example.se/wmts/topo/default/3857/{z}/{y}/{x}.png?key=1");
}

TEST_CASE("tiles: there is a tile within the scheme only") {
  CHECK(tile_of(0, 0, 0));
  CHECK_FALSE(tile_of(0, 1, 0));
  CHECK(tile_of(19, (1 << 19) - 1, (1 << 19) - 1));
  CHECK_FALSE(tile_of(19, 1 << 19, 0));
  CHECK_FALSE(tile_of(20, 0, 0));
  CHECK_FALSE(tile_of(5, -1, 0));
  CHECK_FALSE(tile_of(-1, 0, 0));
  CHECK(area_of(kTile).contains({55.9362, 13.5942}));
}

TEST_CASE("tiles: one that is kept is not asked for again, and those used last stay within the bound") {
  ScriptedSource source{[](const TileId&) { return picture(1000); }};
  TileCache cache{source, {}, {.bytes = 3 * 1300}};
  for (int round = 0; round < 2; ++round)
    for (int x = 0; x < 3; ++x) CHECK(cache.get({10, x, 0})->bytes.size() == 1000);
  CHECK(source.count() == 3);
  cache.get({10, 0, 0});
  cache.get({10, 3, 0});  // in the place of 1, which was used longest ago
  CHECK(cache.bytes() <= 3 * 1300);
  CHECK(source.count() == 4);
  cache.get({10, 0, 0});
  CHECK(source.count() == 4);
  cache.get({10, 1, 0});
  CHECK(source.count() == 5);
}

TEST_CASE("tiles: however many want one it is asked for once, and they wait no longer than their patience") {
  ScriptedSource source;
  TileCache cache{source, {}, {.patience = milliseconds{30'000}}};
  std::vector<std::future<bool>> got;
  for (int n = 0; n < 3; ++n) got.push_back(std::async(std::launch::async, [&] { return cache.get(kTile) != nullptr; }));
  while (source.count() == 0) std::this_thread::sleep_for(milliseconds{5});
  std::this_thread::sleep_for(milliseconds{50});
  source.tell_first(picture(10));
  for (auto& one : got) CHECK(one.get());
  CHECK(source.count() == 1);

  TileCache hurried{source, {}, {.patience = milliseconds{50}}};
  CHECK(refusal([&] { hurried.get({1, 0, 0}); }).code() == ErrorCode::unavailable);
  TileCache full{source, {}, {.waiting = 0}};
  CHECK(refusal([&] { full.get({1, 0, 0}); }).code() == ErrorCode::unavailable);
  CHECK(source.count() == 2);  // the full one has asked nobody
  // To stop lets go of who waits.
  auto stopped = std::async(std::launch::async, [&] { return refusal([&] { cache.get({2, 0, 0}); }).code(); });
  while (source.count() == 2) std::this_thread::sleep_for(milliseconds{5});
  cache.stop();
  CHECK(stopped.get() == ErrorCode::unavailable);
}

TEST_CASE("tiles: one that could not be had is left alone for a while, and told of once") {
  ScriptedSource source{[](const TileId& tile) { return tile.z == 3 ? TileAnswer{.absent = true} : TileAnswer{.fault = "the map service answers 500"}; }};
  std::vector<std::string> told;
  TileCache cache{source, [&](const TileId&, const std::string& fault) { told.push_back(fault); }, {.fault_for = seconds{3600}}};
  for (int tries = 0; tries < 5; ++tries) CHECK(refusal([&] { cache.get(kTile); }).code() == ErrorCode::unavailable);
  CHECK(source.count() == 1);
  CHECK(told == std::vector<std::string>{"the map service answers 500"});
  CHECK(cache.get({3, 1, 1}) == nullptr);
  CHECK(cache.get({3, 1, 1}) == nullptr);
  CHECK(source.count() == 2);
  // After that while it is asked for anew.
  TileCache quick{source, {}, {.fault_for = seconds{0}}};
  for (std::size_t tries = 1; tries <= 2; ++tries) {
    CHECK(refusal([&] { quick.get(kTile); }).code() == ErrorCode::unavailable);
    CHECK(source.count() == 2 + tries);
  }
}
