// Photos through the binary as it runs in service: its own children decode, and what was answered outlives it.

#include <doctest/doctest.h>
#include <httplib.h>
#include <signal.h>

#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "store/connection.h"
#include "store/photo_store.h"
#include "support/pictures.h"
#include "support/process.h"
#include "support/test_store.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

struct Served {
  TestStore store;
  Served() {
    store->write([](Transaction& transaction) { transaction.municipalities().add({.code = "1267", .name = "Höör"}, Policy{}); });
  }
  std::unique_ptr<PhotoStore> photos() const { return open_photo_store(store.url()); }
};

httplib::Result post(int port, const std::string& bytes) {
  httplib::Client client{"127.0.0.1", port};
  client.set_read_timeout(60);
  return client.Post("/api/v1/municipalities/1267/photos", bytes, "image/jpeg");
}

}  // namespace

TEST_CASE("process: photos that were answered are there after a kill, and none is there in part") {
  Served served;
  std::set<std::string> answered;
  {
    ServingProcess serving{served.store.url()};
    std::mutex mutex;
    std::vector<std::jthread> clients;
    for (int i = 0; i < 3; ++i)
      clients.emplace_back([&, i] {
        for (int n = 0; n < 40; ++n) {
          const auto answer = post(serving.port(), jpeg({.width = 200 + 10 * i + n, .height = 150}));
          if (!answer) return;  // it was killed
          const std::lock_guard lock{mutex};
          if (answer->status == 201) answered.insert(nlohmann::json::parse(answer->body)["id"].get<std::string>());
          if (answered.size() == 4) serving.process().signal(SIGKILL);
        }
      });
  }
  CHECK(answered.size() >= 4);
  const auto photos = served.photos();
  served.store->read([&](Transaction& transaction) {
    for (const std::string& id : answered) {
      const auto photo = transaction.photos().find(served.store->references().decode_photo(id).value());
      REQUIRE(photo);
      for (const std::string& one : photo->digests) {
        const auto bytes = photos->get(1, one);
        REQUIRE(bytes);
        CHECK(digest(*bytes) == one);
      }
    }
  });
  // And every rendition that a row names, answered or not.
  std::int64_t named = 0;
  connect(served.store.url())->query("SELECT digest FROM photo_renditions WHERE municipality_id = 1", [&](const Row& row) {
    const auto bytes = photos->get(1, row.text(0));
    REQUIRE(bytes);
    CHECK(digest(*bytes) == row.text(0));
    ++named;
  });
  CHECK(named == static_cast<std::int64_t>(kRenditions) * served.store.ask("SELECT COUNT(*) FROM photos"));
  CHECK(served.store.ask("SELECT COUNT(*) FROM photos") >= std::ssize(answered));
}

TEST_CASE("process: the service decodes in children that hold nothing of its own") {
  Served served;
  ServingProcess serving{served.store.url()};
  const auto answer = post(serving.port(), jpeg({.width = 4000, .height = 3000, .noise = true}));
  REQUIRE(answer);
  CHECK(answer->status == 201);
  // The library that strangers' bytes go through was never here.
  std::ifstream maps{"/proc/" + std::to_string(serving.process().id()) + "/maps"};
  const std::string mapped{std::istreambuf_iterator<char>{maps}, {}};
  CHECK(mapped.find("libc.so") != std::string::npos);
  CHECK(mapped.find("libvips") == std::string::npos);
  CHECK(mapped.find("libheif") == std::string::npos);
}

TEST_CASE("command: the child for photos is no command for people") {
  const Ran help = run_command({"--help"});
  CHECK(help.out.find("photo-worker") == std::string::npos);
  CHECK(run_command({"photo-worker"}).status == 2);  // nothing was given to it
  CHECK(run_command({"photo-worker", "x"}).status == 2);
}
