#include "geo/spot_index_cache.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "support/clocks.h"
#include "support/store_fixture.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

/// The eastern neighbour of the last one, a thousandth of a degree wide.
Property piece(int number) {
  Property property;
  property.designation = "HÖÖR TRAKTEN 1:" + std::to_string(number);
  property.owner_id = "hfab";
  const double west = 13.5 + number * 0.001;
  property.shape.polygons = {{{{55.9, west}, {55.9, west + 0.001}, {55.901, west + 0.001}, {55.901, west}, {55.9, west}}, {}}};
  return property;
}
Point middle(int number) { return {55.9005, 13.5005 + number * 0.001}; }

struct Land : Fixture {
  Land() {
    store->write([&](Transaction& transaction) {
      transaction.owners().save(*transaction.municipalities().settings(id), {.owner_id = "hfab", .name = "HFAB"});
    });
  }
  PropertyId save(Property property) {
    store->write([&](Transaction& transaction) {
      if (!property.id) property.id = transaction.next_property_id(id);
      transaction.land().save(*transaction.municipalities().settings(id), property);
    });
    return property.id;
  }
  std::vector<PropertyId> under(int number) { return under(*store, number); }
  std::vector<PropertyId> under(Store& asked, int number) {
    return read(asked, [&](Transaction& transaction) { return transaction.land().around(id, middle(number)).under; });
  }
};

}  // namespace

TEST_CASE("spots: who asks as needed sees every change that is committed, at once") {
  Land land;
  CHECK(land.under(1).empty());
  const PropertyId first = land.save(piece(1));
  CHECK(land.under(1) == std::vector{first});
  const PropertyId second = land.save(piece(2));
  CHECK(land.under(2) == std::vector{second});
  Property moved = piece(3);
  moved.id = first;
  land.save(moved);
  CHECK(land.under(1).empty());
  CHECK(land.under(3) == std::vector{first});
  moved.shape = {};
  land.save(moved);
  CHECK(land.under(3).empty());
}

TEST_CASE("spots: what a transaction has changed it sees, and nobody else when it is undone") {
  Land land;
  const PropertyId first = land.save(piece(1));
  CHECK(land.under(1) == std::vector{first});
  CHECK_THROWS(land.store->write([&](Transaction& transaction) {
    Property other = piece(2);
    other.id = transaction.next_property_id(land.id);
    transaction.land().save(*transaction.municipalities().settings(land.id), other);
    CHECK(transaction.land().around(land.id, middle(2)).under == std::vector{other.id});
    throw std::runtime_error("changed my mind");
  }));
  CHECK(land.under(2).empty());
  const PropertyId third = land.save(piece(3));  // gets the version that the undone one had
  CHECK(land.under(3) == std::vector{third});
  CHECK(land.under(2).empty());
}

TEST_CASE("spots: while somebody renews it in the background the old index serves, and the new one within two seconds") {
  Land land;
  const auto cache = std::make_shared<SpotIndexCache>(SpotIndexCache::Renewal::in_background);
  const auto node = open_store({.url = land.store.url(), .spots = cache});
  CHECK(cache->refresh(*node).empty());  // no register, nothing to do
  const PropertyId first = land.save(piece(1));
  CHECK(land.under(*node, 1) == std::vector{first});  // there was none: it is built by whoever asks first
  const PropertyId second = land.save(piece(2));
  CHECK(land.under(*node, 2).empty());
  const auto since = std::chrono::steady_clock::now();
  std::jthread background{[&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      cache->refresh(*node);
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
  }};
  while (land.under(*node, 2).empty() && std::chrono::steady_clock::now() - since < std::chrono::seconds{2})
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  CHECK(land.under(*node, 2) == std::vector{second});
}

TEST_CASE("spots: few changes are kept beside the whole, many are put into it, and both give the same answers") {
  Land land;
  const auto cache = std::make_shared<SpotIndexCache>(SpotIndexCache::Renewal::in_background);
  const auto node = open_store({.url = land.store.url(), .spots = cache});
  const auto save_all = [&](int from, int to) {
    land.store->write([&](Transaction& transaction) {
      const auto settings = transaction.municipalities().settings(land.id);
      for (int i = from; i < to; ++i) {
        Property property = piece(i % 500);
        property.id = PropertyId{land.id, i + 1};
        transaction.land().save(*settings, property);
      }
    });
    return cache->refresh(*node).at(0);
  };
  const auto first = save_all(0, 100);
  CHECK(first.municipality == "1267");
  CHECK(first.whole);
  CHECK(first.shapes == 100);
  CHECK(first.bytes > 100 * 40);
  CHECK_FALSE(save_all(50, 150).whole);
  CHECK(land.under(*node, 70).size() == 1);
  CHECK(land.under(*node, 140).size() == 1);
  CHECK(save_all(0, 2500).whole);
  CHECK(land.under(*node, 140).size() == 5);
  CHECK(cache->refresh(*node).empty());
}
