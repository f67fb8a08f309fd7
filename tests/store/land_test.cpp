// The register in the store: what goes in comes out, is found by every way, and is counted.

#include "domain/land.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "domain/address.h"
#include "domain/designation.h"
#include "domain/shape.h"
#include "store/shape_text.h"
#include "support/clocks.h"
#include "support/refusal.h"
#include "support/store_fixture.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

struct Land : Fixture {
  Land() {
    store->write([&](Transaction& transaction) {
      for (const char* id_of : {"hfab", "eon", "kommun"}) {
        Owner owner;
        owner.owner_id = id_of;
        owner.name = id_of;
        transaction.owners().save(*transaction.municipalities().settings(id), owner);
      }
    });
  }

  template <typename Item>
  Item save(Item item) {
    store->write([&](Transaction& transaction) {
      const auto settings = transaction.municipalities().settings(id);
      if constexpr (std::is_same_v<Item, Property>)
        if (!item.id) item.id = transaction.next_property_id(id);
      if constexpr (std::is_same_v<Item, PlacedObject>)
        if (!item.id) item.id = transaction.next_object_id(id);
      transaction.land().save(*settings, item);
    });
    return item;
  }
  template <typename Work>
  auto ask(Work&& work) {
    return read(*store, [&](Transaction& transaction) { return work(transaction.land()); });
  }
  std::int64_t version() {
    return ask([&](LandTable& land) { return land.version(id); });
  }
};

Polygon square(double lat, double lon, double size = 0.001) {
  return snapped(Shape{{}, {}, {{{{lat, lon}, {lat, lon + size}, {lat + size, lon + size}, {lat + size, lon}, {lat, lon}}, {}}}}).polygons.front();
}

Property storgatan() {
  Property property;
  property.designation = "HÖÖR KVARNBÄCK 1:23";
  property.owner_id = "hfab";
  property.addresses = {"Storgatan 12", kOdd, "Storgatan 14"};
  property.shape.polygons = {square(55.93, 13.54), {square(55.94, 13.55, 0.01).outer, {square(55.942, 13.552, 0.001).outer}}};
  property.validity = {on("2020-01-01"), on("2026-11-20")};
  return property;
}

}  // namespace

TEST_CASE("land: a shape comes back from its text to the centimetre") {
  CHECK(rc::check("shapes", [] {
    const auto any_point = [] { return from_grid({*rc::gen::inRange(-1'800'000'000, 1'800'000'000), *rc::gen::inRange(-900'000'000, 900'000'000)}); };
    const auto any_line = [&](int least) {
      std::vector<Point> points(static_cast<std::size_t>(*rc::gen::inRange(least, 7)));
      for (Point& point : points) point = any_point();
      return points;
    };
    const auto any_ring = [&] {
      auto ring = any_line(1);
      ring.push_back(ring.front());
      return ring;
    };
    Shape shape;
    shape.points = any_line(0);
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) shape.lines.push_back(any_line(0));
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
      shape.polygons.push_back({any_ring(), {}});
      for (int hole = *rc::gen::inRange(0, 3); hole > 0; --hole) shape.polygons.back().holes.push_back(any_ring());
    }
    RC_ASSERT(shape_from_text(shape_to_text(shape)) == shape);
  }));
  CHECK(shape_to_text({}).empty());
  CHECK(shape_from_text("").empty());
  CHECK(shape_to_text({{}, {}, {square(55.93, 13.54)}}).size() < 60);
  for (const char* broken : {"x", "o", "h????", "p?", "p\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", "p??l", " p", "p 1"}) {
    CAPTURE(broken);
    CHECK(refusal([&] { shape_from_text(broken); }).code() == ErrorCode::internal);
  }
}

TEST_CASE("land: a property comes back as it went in and is found by key, designation, address and day") {
  Land land;
  CHECK(land.version() == 0);
  Property saved = land.save(storgatan());
  CHECK(land.version() == 1);
  const auto found = land.ask([&](LandTable& table) { return table.find(saved.id); });
  REQUIRE(found);
  CHECK(*found == saved);
  const std::string key = property_key("kvarnbäck 1:23", "Höör");
  const auto owner_on = [&](const char* day) {
    return land.ask([&](LandTable& table) {
      const auto property = table.by_designation(land.id, key, on(day));
      return property ? property->owner_id : std::string{};
    });
  };
  CHECK(owner_on("2019-12-31") == "");
  CHECK(owner_on("2020-01-01") == "hfab");
  CHECK(owner_on("2026-11-19") == "hfab");
  CHECK(owner_on("2026-11-20") == "");
  Property sold = saved;
  sold.id = {};
  sold.owner_id = "eon";
  sold.validity = {on("2026-11-20"), {}};
  sold = land.save(sold);
  CHECK(land.version() == 2);
  CHECK(owner_on("2026-11-19") == "hfab");
  CHECK(owner_on("2026-11-20") == "eon");
  land.store->read([&](Transaction& transaction) {
    LandTable& table = transaction.land();
    const auto both = table.properties_of(land.id, key);
    REQUIRE(both.size() == 2);
    CHECK(both[0] == saved);
    CHECK(both[1] == sold);
    CHECK(table.by_address(land.id, address_key("STORGATAN 14"), on("2026-11-19")).at(0).owner_id == "hfab");
    CHECK(table.by_address(land.id, address_key("Storgatan 14"), on("2026-11-20")).at(0).owner_id == "eon");
    CHECK(table.by_address(land.id, address_key("Storgatan 1"), on("2026-11-20")).empty());
    CHECK(table.by_address(land.id + 1, address_key("Storgatan 14"), on("2026-11-20")).empty());
    CHECK_FALSE(table.by_designation(land.id + 1, key, on("2026-11-20")));
    CHECK(table.properties(land.id, {.owner_id = "eon"}).items == std::vector{sold});
    CHECK(table.properties(land.id, {.on = on("2021-01-01")}).items == std::vector{saved});
    CHECK(table.properties(land.id, {.key = key, .page = {1, 1}}).total == 2);
    CHECK(table.properties(land.id, {.key = key, .page = {1, 1}}).items.size() == 1);
    CHECK(table.properties_after(land.id, PropertyId{}, 10).size() == 2);
    CHECK(table.properties_after(land.id, saved.id, 10) == std::vector{sold});
  });
  saved.addresses = {"Nygatan 1"};
  saved.shape = {};
  land.save(saved);
  saved.version = 2;
  CHECK(land.ask([&](LandTable& table) { return table.find(saved.id); }) == saved);
  CHECK(land.ask([&](LandTable& table) { return table.by_address(land.id, address_key("Storgatan 12"), on("2026-01-01")).size(); }) == 0);
  land.store->write([&](Transaction& transaction) { transaction.land().remove(saved.id); });
  CHECK_FALSE(land.ask([&](LandTable& table) { return table.find(saved.id); }));
  CHECK(land.version() == 4);
}

TEST_CASE("land: objects, districts and addresses come back as they went in, and go") {
  Land land;
  PlacedObject cabinet;
  cabinet.type = ObjectType::power_cabinet;
  cabinet.label = kOdd;
  cabinet.owner_id = "eon";
  cabinet.shape.points = {{55.9362, 13.5405}};
  cabinet.shape.lines = {{{55.93, 13.54}, {55.94, 13.55}}};
  cabinet.validity.from = on("2024-01-01");
  cabinet = land.save(cabinet);
  CHECK(land.ask([&](LandTable& table) { return table.find(cabinet.id); }) == cabinet);
  CHECK(land.ask([&](LandTable& table) { return table.objects(land.id, {.object_type = ObjectType::power_cabinet}).total; }) == 1);
  CHECK(land.ask([&](LandTable& table) { return table.objects(land.id, {.object_type = ObjectType::rail}).total; }) == 0);
  CHECK(land.ask([&](LandTable& table) { return table.objects(land.id, {.on = on("2023-12-31")}).total; }) == 0);
  CHECK(land.ask([&](LandTable& table) { return table.objects_after(land.id, {}, 5); }) == std::vector{cabinet});

  District whole{"", "", {}, "kommun", {{ObjectType::power_cabinet, "eon"}, {ObjectType::rail, "hfab"}}, 1};
  District part{"tjornarp", "Tjörnarp", {{}, {}, {square(56, 13.6)}}, "", {}, 1};
  land.save(whole);
  land.save(part);
  CHECK(land.ask([&](LandTable& table) { return table.districts(land.id); }) == std::vector{whole, part});
  part.default_owner_id = "hfab";
  land.save(part);
  part.version = 2;
  CHECK(land.ask([&](LandTable& table) { return table.find_district(land.id, "tjornarp"); }) == part);
  CHECK_FALSE(land.ask([&](LandTable& table) { return table.find_district(land.id, "tjorn"); }));

  const AddressPoint house{"Storgatan 12", {55.9362, 13.5405}, "HÖÖR KVARNBÄCK 1:23", false};
  const AddressPoint school{"Enebackskolan", {55.9363, 13.5405}, "", true, true};
  land.save(house);
  land.save(school);
  land.save(AddressPoint{"Storgatan 120", {55.94, 13.55}, "", false});
  land.store->read([&](Transaction& transaction) {
    LandTable& table = transaction.land();
    CHECK(table.find_address(land.id, "storgatan 12") == house);
    CHECK_FALSE(table.find_address(land.id, "storgatan"));
    const auto near = table.addresses_near(land.id, {55.9363, 13.5405}, 50, 5);
    REQUIRE(near.size() == 2);
    CHECK(near[0].address == school);
    CHECK(near[1].address == house);
    CHECK(near[1].away_m == doctest::Approx(11.1).epsilon(0.01));
    CHECK(table.addresses_near(land.id, {55.9363, 13.5405}, 50, 1).size() == 1);
    CHECK(table.addresses_near(land.id, {55.9363, 13.5405}, 11, 5).size() == 1);
    CHECK(table.addresses(land.id, {.key = "storgatan 12"}).total == 2);
    CHECK(table.addresses(land.id, {}).total == 3);
    CHECK(table.addresses_after(land.id, "enebackskolan", 1) == std::vector{house});
  });
  land.save(AddressPoint{"STORGATAN 12", {55.93, 13.54}, "", false});
  CHECK(land.ask([&](LandTable& table) { return table.addresses(land.id, {}).total; }) == 3);
  land.store->write([&](Transaction& transaction) {
    transaction.land().remove_address(land.id, "storgatan 12");
    transaction.land().remove_district(land.id, "tjornarp");
    transaction.land().remove(cabinet.id);
  });
  CHECK_FALSE(land.ask([&](LandTable& table) { return table.find_address(land.id, "storgatan 12"); }));
  CHECK(land.ask([&](LandTable& table) { return table.districts(land.id).size(); }) == 1);
  CHECK(land.ask([&](LandTable& table) { return table.objects(land.id, {}).total; }) == 0);
}

TEST_CASE("land: a remembered spot is found within 15 metres, by the same words, and of the same type when both tell one") {
  Land land;
  const Settings settings = land.settings();
  const Point spot{55.9362, 13.5405};
  const auto metres_north = [&](double metres) { return Point{spot.lat + metres / 111'195.08, spot.lon}; };
  const auto remember = [&](std::int64_t number, const Place& place, std::optional<ObjectType> type, const char* owner_id, int day) {
    land.store->write([&](Transaction& transaction) {
      transaction.land().remember(settings, {CaseId{1, number}, place, type, owner_id, nov(day)});
    });
  };
  const auto owner_of = [&](const Place& place, std::optional<ObjectType> type = {}) {
    return land.ask([&](LandTable& table) {
      const auto found = table.remembered(settings, place, type);
      return found ? found->owner_id : std::string{};
    });
  };
  remember(1, {spot, "Storgatan 12", ""}, {}, "hfab", 16);
  CHECK(owner_of({metres_north(14.9), "", ""}) == "hfab");
  CHECK(owner_of({metres_north(15.1), "", ""}) == "");
  CHECK(owner_of({{}, "Storgatan 12", ""}) == "");  // it was the spot that was remembered, not the house
  remember(2, {metres_north(3), "", ""}, ObjectType::power_cabinet, "eon", 17);
  CHECK(owner_of({spot, "", ""}, ObjectType::power_cabinet) == "eon");
  CHECK(owner_of({spot, "", ""}, ObjectType::building) == "hfab");
  CHECK(owner_of({spot, "", ""}) == "hfab");
  // The latest word on a spot and type of object counts.
  remember(3, {metres_north(10), "", ""}, {}, "kommun", 18);
  CHECK(owner_of({spot, "", ""}) == "kommun");
  CHECK(land.ask([&](LandTable& table) { return table.remembered_spots(land.id, {}).total; }) == 2);
  remember(4, {{}, "Storgatan 12", "Kvarnbäck 1:23"}, {}, "eon", 18);
  CHECK(owner_of({{}, "STORGATAN  12", ""}) == "eon");
  CHECK(owner_of({{}, "", "Kvarnbäck 1:23"}) == "");
  remember(5, {{}, "", "Kvarnbäck 1:23"}, {}, "hfab", 18);
  CHECK(owner_of({{}, "", "HÖÖR KVARNBÄCK 1:23"}) == "hfab");
  land.store->write([](Transaction& transaction) { transaction.land().forget(CaseId{1, 3}); });
  CHECK(owner_of({spot, "", ""}) == "eon");
  CHECK(owner_of({{}, "", ""}) == "");
}

TEST_CASE("land: an unmatched address is queued once and counted, until an officer has looked at it") {
  Land land;
  const auto seen = [&](const char* address, int day) {
    land.store->write([&](Transaction& transaction) {
      transaction.land().queue_unmatched(transaction.next_queue_id(land.id), address, CaseId{1, day}, nov(day));
    });
  };
  seen("Gamla mejeriet", 16);
  seen("Bakom ICA", 17);
  seen("GAMLA  MEJERIET", 18);
  const auto queue = [&] { return land.ask([&](LandTable& table) { return table.unmatched(land.id, {}); }); };
  REQUIRE(queue().total == 2);
  const UnmatchedAddress first = queue().items[0];
  CHECK(first.address == "Gamla mejeriet");
  CHECK(first.count == 2);
  CHECK(first.first_seen_at == nov(16));
  CHECK(first.last_seen_at == nov(18));
  CHECK(first.last_case == CaseId{1, 18});
  CHECK(land.ask([&](LandTable& table) { return table.find_unmatched(first.id); }) == first);
  CHECK_FALSE(land.ask([&](LandTable& table) { return table.find_unmatched(QueueId{2, 1}); }));
  land.store->write([&](Transaction& transaction) { transaction.land().resolve_unmatched(first.id, nov(19)); });
  CHECK(queue().total == 1);
  seen("Gamla mejeriet", 20);
  CHECK(queue().total == 1);
  CHECK(land.ask([&](LandTable& table) { return table.find_unmatched(first.id)->count; }) == 3);
  CHECK(land.version() == 0);
}

TEST_CASE("land: the walk over shapes shows everything once, and afterwards what has changed since") {
  Land land;
  std::vector<PropertyId> ids;
  for (int i = 0; i < 7; ++i) {
    Property property = storgatan();
    property.designation = "HÖÖR KVARNBÄCK 1:" + std::to_string(i);
    ids.push_back(land.save(property).id);
  }
  PlacedObject cabinet;
  cabinet.owner_id = "eon";
  cabinet.shape.points = {{55.9362, 13.5405}};
  land.save(cabinet);
  land.save(District{"d", "D", {{}, {}, {square(56, 13.6)}}, "", {}, 1});
  const auto walk = [&](std::int64_t since, std::int64_t most) {
    std::vector<LandTable::IndexedShape> seen;
    for (LandTable::ShapesTo to; !to.at_end;)
      land.store->read([&](Transaction& transaction) {
        transaction.land().each_shape(land.id, since, to, most, [&](LandTable::IndexedShape shape) { seen.push_back(std::move(shape)); });
      });
    return seen;
  };
  for (const std::int64_t most : {1, 2, 3, 7, 8, 9, 100}) {
    CAPTURE(most);
    CHECK(walk(0, most).size() == 9);
  }
  CHECK(walk(0, 4)[0].shape == storgatan().shape);
  const std::int64_t before = land.version();
  CHECK(walk(before, 4).empty());
  Property gone = land.ask([&](LandTable& table) { return table.find(ids[2]).value(); });
  gone.shape = {};
  land.save(gone);
  land.save(storgatan());
  for (const std::int64_t most : {1, 2, 100}) {
    const auto changed = walk(before, most);
    REQUIRE(changed.size() == 2);
    CHECK(changed[0].property == ids[2]);
    CHECK(changed[0].shape.empty());
  }
}

TEST_CASE("land: a change that is undone is not counted, and many in one unit are counted once") {
  Land land;
  CHECK_THROWS(land.store->write([&](Transaction& transaction) {
    transaction.land().save(*transaction.municipalities().settings(land.id), AddressPoint{"Storgatan 1", {55.9, 13.5}, "", false});
    CHECK(transaction.land().version(land.id) == 1);
    throw std::runtime_error("changed my mind");
  }));
  CHECK(land.version() == 0);
  land.store->write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().settings(land.id);
    for (int i = 0; i < 5; ++i) transaction.land().save(*settings, AddressPoint{"Storgatan " + std::to_string(i), {55.9, 13.5}, "", false});
  });
  CHECK(land.version() == 1);
}

TEST_CASE("land: an owner of land stays") {
  Land land;
  const auto remove = [&](const char* owner_id) {
    return refusal([&] { land.store->write([&](Transaction& transaction) { transaction.owners().remove(land.id, owner_id); }); });
  };
  const Property property = land.save(storgatan());
  land.save(District{"", "", {}, "kommun", {}, 1});
  CHECK(remove("hfab").code() == ErrorCode::conflict);
  CHECK(remove("kommun").code() == ErrorCode::conflict);
  land.store->write([&](Transaction& transaction) {
    transaction.land().remove(property.id);
    transaction.land().remove_district(land.id, "");
    transaction.owners().remove(land.id, "hfab");
    transaction.owners().remove(land.id, "kommun");
  });
  CHECK(read(*land.store, [&](Transaction& transaction) { return transaction.owners().list(land.id).size(); }) == 1);
}
