#include "domain/report.h"

#include <doctest/doctest.h>

#include "support/clocks.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::seconds;

namespace {

const Instant kNow = nov(16);

struct Read {
  Report report;
  std::vector<Fault> faults;
  bool refused_at(std::string_view pointer) const {
    return faults.size() == 1 && faults.front().pointer == pointer;
  }
};

Read times(Role role, const GivenTimes& given, bool imported = false) {
  Read read;
  set_times(read.report, given, role, kNow, imported, read.faults);
  return read;
}

std::vector<Fault> faults_of(const Place& place,
                             const Municipality& municipality = {.code = "1267", .name = "Höör"}) {
  std::vector<Fault> faults;
  check_place(place, municipality, faults);
  return faults;
}

Report at_place(Place place) {
  Report report;
  report.place = std::move(place);
  return report;
}

bool same(Report a, Report b) { return same_place(a, b, "Höör"); }

}  // namespace

TEST_CASE("report times: without a word they are now, whoever reports") {
  for (const auto role : {Role::citizen, Role::police, Role::owner, Role::municipality, Role::channel}) {
    const Read read = times(role, {});
    CHECK(read.faults.empty());
    CHECK(read.report.reported_at == kNow);
    CHECK(read.report.received_at == kNow);
    CHECK_FALSE(read.report.observed_at);
  }
}

TEST_CASE(
    "report times: police and municipality say when they heard, only the municipality when it was told") {
  for (const auto role : {Role::police, Role::municipality})
    CHECK(times(role, {.reported_at = nov(14)}).report.reported_at == nov(14));
  CHECK(times(Role::police, {.reported_at = nov(14)}).report.received_at == kNow);
  for (const auto role : {Role::citizen, Role::owner, Role::channel}) {
    CHECK(times(role, {.reported_at = nov(14)}).refused_at("/reported_at"));
    CHECK(times(role, {.received_at = nov(14)}).refused_at("/received_at"));
    CHECK(times(role, {.observed_at = nov(14)}).faults.empty());
  }
  CHECK(times(Role::police, {.received_at = nov(14)}).refused_at("/received_at"));
  const Read call = times(Role::municipality, {.received_at = nov(13)});
  CHECK(call.report.received_at == nov(13));
  CHECK(call.report.reported_at == nov(13));
}

TEST_CASE("report times: not in the future, at most a year back, received not before reported") {
  CHECK(times(Role::police, {.reported_at = kNow}).faults.empty());
  CHECK(times(Role::police, {.reported_at = kNow + seconds{1}}).refused_at("/reported_at"));
  CHECK(times(Role::police, {.reported_at = kNow - days{365}}).faults.empty());
  CHECK(times(Role::police, {.reported_at = kNow - days{365} - seconds{1}}).refused_at("/reported_at"));
  CHECK(times(Role::citizen, {.observed_at = kNow + seconds{1}}).refused_at("/observed_at"));
  CHECK(times(Role::municipality, {.received_at = kNow + seconds{1}}).refused_at("/received_at"));
  CHECK(times(Role::municipality, {.reported_at = nov(14), .received_at = nov(14)}).faults.empty());
  CHECK(times(Role::municipality, {.reported_at = nov(14, "10:00:01"), .received_at = nov(14)})
            .refused_at("/received_at"));
}

TEST_CASE("report times: an import may be old, and one time is enough") {
  const Read read = times(Role::system, {.reported_at = kNow - days{3000}}, true);
  CHECK(read.faults.empty());
  CHECK(read.report.received_at == kNow - days{3000});
  CHECK(times(Role::system, {.reported_at = kNow + seconds{1}}, true).refused_at("/reported_at"));
}

TEST_CASE("report place: something must be given") {
  REQUIRE(faults_of({}).size() == 1);
  CHECK(faults_of({}).front().pointer == "/location");
  CHECK(faults_of({.point = {}, .address = "Storgatan 12", .designation = ""}).empty());
  CHECK(faults_of({.point = {}, .address = "", .designation = "HÖÖR KVARNBÄCK 1:23"}).empty());
}

TEST_CASE("report place: swapped coordinates are named as such, and a point outside Sweden is refused") {
  CHECK(faults_of({.point = Point{55.9362, 13.5405}, .address = "", .designation = ""}).empty());
  const auto swapped = faults_of({.point = Point{13.5405, 55.9362}, .address = "", .designation = ""});
  REQUIRE(swapped.size() == 1);
  CHECK(swapped.front().message.find("swapped") != std::string::npos);
  const auto paris = faults_of({.point = Point{48.85, 2.35}, .address = "", .designation = ""});
  REQUIRE(paris.size() == 1);
  CHECK(paris.front().message.find("outside Sweden") != std::string::npos);
  CHECK(paris.front().message.find("swapped") == std::string::npos);
  CHECK(faults_of({.point = Point{91, 13}, .address = "", .designation = ""}).size() == 1);
  CHECK(faults_of({.point = Point{55, 181}, .address = "", .designation = ""}).size() == 1);
  const Municipality boston{
      .code = "boston", .name = "Boston", .time_zone = "America/New_York", .calendar = Calendar::none};
  CHECK(faults_of({.point = Point{42.36, -71.06}, .address = "", .designation = ""}, boston).empty());
}

TEST_CASE("report place: inside the municipality's area, its edge included") {
  Municipality hoor{.code = "1267", .name = "Höör"};
  hoor.area = Area{55.80, 13.35, 56.05, 13.80};
  CHECK(faults_of({.point = Point{55.80, 13.35}, .address = "", .designation = ""}, hoor).empty());
  const auto outside = faults_of({.point = Point{55.7999, 13.5}, .address = "", .designation = ""}, hoor);
  REQUIRE(outside.size() == 1);
  CHECK(outside.front().pointer == "/location");
  CHECK(outside.front().message.find("outside Höör") != std::string::npos);
}

TEST_CASE(
    "report: the same place is the same designation, the same address however written, or points within 15 "
    "m") {
  CHECK(same(at_place({{}, "", "Höör Kvarnbäck 1:23"}), at_place({{}, "", "KVARNBÄCK 1:23"})));
  CHECK_FALSE(same(at_place({{}, "", "KVARNBÄCK 1:23"}), at_place({{}, "", "KVARNBÄCK 1:24"})));
  CHECK(same(at_place({{}, "Storgatan 12 A", ""}), at_place({{}, "STORGATAN 12a, 243 30 Höör", ""})));
  CHECK_FALSE(same(at_place({{}, "Storgatan 12", ""}), at_place({{}, "Storgatan 1", ""})));
  const double metre = 1 / 111'195.0;  // of latitude
  CHECK(same(at_place({Point{55.9, 13.5}, "", ""}), at_place({Point{55.9 + 14.9 * metre, 13.5}, "", ""})));
  CHECK_FALSE(
      same(at_place({Point{55.9, 13.5}, "", ""}), at_place({Point{55.9 + 15.1 * metre, 13.5}, "", ""})));
  // Nothing in common is not the same place.
  CHECK_FALSE(same(at_place({{}, "Storgatan 12", ""}), at_place({{}, "", "KVARNBÄCK 1:23"})));
  CHECK_FALSE(same(at_place({Point{55.9, 13.5}, "", ""}), at_place({{}, "Storgatan 12", ""})));
}

TEST_CASE("report: another surface or object at the same place is another one, when both say") {
  Report wall = at_place({{}, "Storgatan 12", ""}), door = wall, unsaid = wall;
  wall.surface = Surface::wall;
  door.surface = Surface::door;
  CHECK_FALSE(same(wall, door));
  CHECK(same(wall, unsaid));
  CHECK(same(unsaid, door));
  Report cabinet = unsaid, building = unsaid;
  cabinet.object_type = ObjectType::power_cabinet;
  building.object_type = ObjectType::building;
  CHECK_FALSE(same(cabinet, building));
  CHECK(same(cabinet, wall));
}
