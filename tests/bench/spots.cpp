// Measures the index of a municipality's properties: a partition of COUNT polygons with shared borders, roads, slivers and
// islands, 2,000 objects and 20 districts. How long it takes to build from a database; and what one thread does at random places
// in a second of its processor time:
//   lookups   what lies at the point, by the index alone
//   owners    whose it is: that, and the property's row as it is in the database
//   routed    the whole of route(), as for a report with that point: every step up to the property, its trace, district and rows
// usage: spots FILE COUNT      prints {"shapes": ..., "corners": ..., "build_s": ..., "bytes": ..., "lookups": ..., "owners": ..., "routed": ...}

#include <time.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "geo/spot_index_cache.h"
#include "store/sql_store.h"
#include "support/partition.h"
#include "workflow/routing.h"

using namespace klotterkoll;

namespace {

double seconds_since(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

/// Of this thread: what a core would take by itself, whoever else uses the machine.
double cpu_s() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

void fill(Store& store, const test::Partition& land) {
  MunicipalityId id = 0;
  store.write([&](Transaction& transaction) {
    Municipality municipality;
    municipality.code = "1267";
    municipality.name = "Höör";
    id = transaction.municipalities().add(municipality, Policy{});
    Owner owner;
    owner.owner_id = "hfab";
    owner.name = "HFAB";
    transaction.owners().save(*transaction.municipalities().settings(id), owner);
  });
  const auto& shapes = land.shapes();
  for (std::size_t first = 0; first < shapes.size(); first += 500)
    store.write([&](Transaction& transaction) {
      const auto settings = transaction.municipalities().settings(id);
      for (std::size_t i = first; i < std::min(first + 500, shapes.size()); ++i) {
        Property property;
        property.id = transaction.next_property_id(id);
        property.designation = "HÖÖR TRAKTEN 1:" + std::to_string(i + 1);
        property.owner_id = "hfab";
        property.shape = shapes[i].shape;
        transaction.land().save(*settings, property);
      }
    });
  std::mt19937 random{5};
  const Point low = land.south_west(), high = land.north_east();
  const auto any = [&] {
    return Point{std::uniform_real_distribution{low.lat, high.lat}(random), std::uniform_real_distribution{low.lon, high.lon}(random)};
  };
  store.write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().settings(id);
    for (int i = 0; i < 2000; ++i) {
      PlacedObject object;
      object.id = transaction.next_object_id(id);
      object.type = ObjectType::power_cabinet;
      object.owner_id = "hfab";
      object.shape.points = {any()};
      transaction.land().save(*settings, object);
    }
    for (int i = 0; i < 20; ++i) {
      District district;
      district.district_id = "d" + std::to_string(i);
      district.name = "District " + std::to_string(i);
      const Point centre = any();
      Polygon round;
      for (int corner = 0; corner < 2000; ++corner) {
        const double angle = corner * 2 * 3.14159265358979 / 2000;
        round.outer.push_back({centre.lat + 0.02 * std::sin(angle), centre.lon + 0.03 * std::cos(angle)});
      }
      round.outer.push_back(round.outer.front());
      district.shape.polygons.push_back(std::move(round));
      transaction.land().save(*settings, district);
    }
  });
}

/// How often a second of this thread's processor time asks `ask` of each place once, after it has done so before.
template <typename Ask>
double rate_of(const std::vector<Point>& places, Ask&& ask) {
  std::size_t found = 0;
  for (const Point& place : places) found += ask(place);
  const double before = cpu_s();
  for (const Point& place : places) found += ask(place);
  const double took = cpu_s() - before;
  if (found != 2 * places.size()) {
    std::fprintf(stderr, "spots: %zu of %zu points lie on exactly one property\n", found / 2, places.size());
    std::exit(1);
  }
  return static_cast<double>(places.size()) / took;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::atoi(argv[2]) < 100) {
    std::fprintf(stderr, "usage: spots FILE COUNT\n");
    return 2;
  }
  const int side = static_cast<int>(std::ceil(std::sqrt(std::atof(argv[2]) / 0.93)));  // a tenth of the columns are roads, islands come on top
  const test::Partition land{{55.80, 13.40}, side, side};
  const std::string url = std::string{"sqlite:"} + argv[1];
  std::filesystem::remove(argv[1]);
  RandomIdSource ids;
  migrate(url, ids, Instant{});
  const auto cache = std::make_shared<SpotIndexCache>();
  const auto store = open_store({.url = url, .spots = cache});
  fill(*store, land);
  const auto since = std::chrono::steady_clock::now();
  const auto built = cache->refresh(*store);
  const double build_s = seconds_since(since);

  std::mt19937 random{9};
  const Point low = land.south_west(), high = land.north_east();
  std::vector<Point> places(200'000);
  for (Point& place : places)
    place = {std::uniform_real_distribution{low.lat, high.lat}(random), std::uniform_real_distribution{low.lon, high.lon}(random)};
  const std::vector<Point> fewer(places.begin(), places.begin() + 50'000);
  double lookups = 0, owners = 0, routed = 0;
  store->read([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().settings(1);
    LandTable& table = transaction.land();
    const LocalDate today = settings->zone.date_of(Instant{});
    const auto index = cache->of(table, 1, table.version(1), true);
    lookups = rate_of(places, [&](Point place) { return index->around(place).under.size(); });
    owners = rate_of(fewer, [&](Point place) {
      std::size_t found = 0;
      for (const PropertyId id : index->around(place).under)
        if (const auto property = table.find(id)) found += property->validity.holds_on(today) && covers(property->shape, place) && !property->owner_id.empty();
      return found;
    });
    routed = rate_of(fewer, [&](Point place) {
      return std::size_t{route(transaction, *settings, {{place, "Storgatan 12", ""}, {}, today, ""}).rule == "polygon"};
    });
  });
  std::printf("{\"shapes\": %zu, \"corners\": %lld, \"build_s\": %.3f, \"bytes\": %zu, \"lookups\": %.0f, \"owners\": %.0f, \"routed\": %.0f}\n",
              built.front().shapes, static_cast<long long>(land.corners()), build_s, built.front().bytes, lookups, owners, routed);
  return 0;
}
