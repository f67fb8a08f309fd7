// Whose wall is it: each step, its boundary, and which goes before which.

#include "workflow/routing.h"

#include <doctest/doctest.h>

#include "domain/land.h"
#include "domain/shape.h"
#include "geo/spot_index_cache.h"
#include "support/refusal.h"
#include "support/town.h"
#include "workflow/land_register.h"
#include "workflow/statistics.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

/// A point so many metres east and north of kCentre.
Point off(double east_m, double north_m) {
  const GridScale scale{kCentre};
  return {kCentre.lat + north_m / scale.y_m / kGridPerDegree, kCentre.lon + east_m / scale.x_m / kGridPerDegree};
}

Polygon box(double west, double south, double east, double north) {
  return {{off(west, south), off(east, south), off(east, north), off(west, north), off(west, south)}, {}};
}

struct Land : Town {
  template <typename Work>
  auto change(Work&& work) {
    return write(*store, [&](Transaction& transaction) { return work(transaction, *transaction.municipalities().settings(id)); });
  }
  Property property(const std::string& designation, const std::string& owner_id, std::vector<Polygon> polygons, Validity validity = {},
                    std::vector<std::string> addresses = {}) {
    Property made;
    made.designation = designation;
    made.owner_id = owner_id;
    made.addresses = std::move(addresses);
    made.shape.polygons = std::move(polygons);
    made.validity = validity;
    return change([&](Transaction& transaction, const Settings& used) { return save_property(transaction, used, made, shape_faults(made, used.municipality)); });
  }
  PlacedObject object(ObjectType type, const std::string& owner_id, Point point, Validity validity = {}) {
    PlacedObject made;
    made.type = type;
    made.owner_id = owner_id;
    made.shape.points = {point};
    made.validity = validity;
    return change([&](Transaction& transaction, const Settings& used) { return save_object(transaction, used, made, shape_faults(made, used.municipality)); });
  }
  void district(const std::string& district_id, std::vector<Polygon> polygons, const std::string& default_owner_id,
                std::vector<std::pair<ObjectType, std::string>> object_owners = {}) {
    District made{district_id, district_id.empty() ? "" : "District " + district_id, {{}, {}, std::move(polygons)}, default_owner_id,
                  std::move(object_owners), 1};
    change([&](Transaction& transaction, const Settings& used) { return save_district(transaction, used, made, shape_faults(made, used.municipality)); });
  }
  void address(const AddressPoint& point) {
    change([&](Transaction& transaction, const Settings& used) { return save_address(transaction, used, point), true; });
  }
  Routing ask(const Place& place, std::optional<ObjectType> type = {}, const char* day = "2026-11-20") {
    return read(*store, [&](Transaction& transaction) {
      return route(transaction, *transaction.municipalities().settings(id), {place, type, on(day), ""});
    });
  }
  /// "owner rule", with " ?" when uncertain.
  std::string whose(const Place& place, std::optional<ObjectType> type = {}, const char* day = "2026-11-20") {
    const Routing found = ask(place, type, day);
    return (found.owner_id.empty() ? "nobody" : found.owner_id) + " " + found.rule + (found.note.uncertain ? " ?" : "");
  }
  std::string whose(Point point, std::optional<ObjectType> type = {}, const char* day = "2026-11-20") { return whose(Place{point, "", ""}, type, day); }
};

std::string steps_of(const Routing& found) {
  std::string steps;
  for (const auto& step : read_trace(found.note.trace)) steps += (steps.empty() ? "" : " ") + step.step;
  return steps;
}

}  // namespace

TEST_CASE("routing: the property under the point, its border, its hole and its days") {
  Land land;
  Polygon with_hole = box(0, 0, 100, 100);
  with_hole.holes.push_back(box(40, 40, 60, 60).outer);
  land.property("Kvarnbäck 2:1", "hfab", {with_hole}, {on("2020-01-01"), on("2026-11-20")});
  land.property("Kvarnbäck 2:1", "eon", {with_hole}, {on("2026-11-20"), {}});
  land.property("Kvarnbäck 2:2", "ann", {box(100, 0, 200, 100)});
  land.property("Kvarnbäck 2:3", "kommun", {box(40, 40, 60, 60)});
  CHECK(land.whose(off(20, 20), {}, "2026-11-19") == "hfab polygon");
  CHECK(land.whose(off(20, 20), {}, "2026-11-20") == "eon polygon");
  CHECK(land.whose(off(20, 20), {}, "2019-12-31") == "nobody none");
  CHECK(land.whose(off(50, 50)) == "kommun polygon");
  CHECK(land.whose(off(150, 50)) == "ann polygon");
  // On the border the one or the other, always the same, and nobody doubts it.
  const std::string border = land.whose(off(100, 50));
  CHECK((border == "eon polygon" || border == "ann polygon"));
  CHECK(land.whose(off(100, 50)) == border);
  const Routing found = land.ask({off(20, 20), "", ""});
  CHECK(found.note.property_designation == "HÖÖR KVARNBÄCK 2:1");
  const auto trace = read_trace(found.note.trace);
  REQUIRE(trace.size() == 1);
  CHECK(trace[0].step == "polygon");
  CHECK(trace[0].looked_at.starts_with("55.936"));
  CHECK(trace[0].result == "eon: HÖÖR KVARNBÄCK 2:1");
}

TEST_CASE("routing: where properties of different owners overlap the smaller one has it, and it is uncertain") {
  Land land;
  land.property("Kvarnbäck 2:1", "hfab", {box(0, 0, 100, 100)});
  land.property("Kvarnbäck 2:2", "kommun", {box(20, 20, 40, 40)});
  land.property("Kvarnbäck 2:3", "kommun", {box(22, 22, 38, 38)});
  CHECK(land.whose(off(30, 30)) == "kommun polygon ?");
  CHECK(land.ask({off(30, 30), "", ""}).note.property_designation == "HÖÖR KVARNBÄCK 2:3");
  CHECK(land.whose(off(10, 10)) == "hfab polygon");
}

TEST_CASE("routing: the nearest property within 15 metres, uncertain, and none beyond") {
  Land land;
  land.property("Kvarnbäck 2:1", "hfab", {box(0, 0, 50, 50)});
  land.property("Kvarnbäck 2:2", "eon", {box(70, 0, 100, 50)});
  CHECK(land.whose(off(59, 25)) == "hfab near_polygon ?");
  CHECK(land.whose(off(61, 25)) == "eon near_polygon ?");
  CHECK(land.whose(off(-14.9, 25)) == "hfab near_polygon ?");
  CHECK(land.whose(off(-15.1, 25)) == "nobody none");
  const Routing found = land.ask({off(-14.9, 25), "", ""});
  CHECK(found.note.property_designation == "HÖÖR KVARNBÄCK 2:1");
  CHECK(steps_of(found) == "polygon near_polygon");
  CHECK(read_trace(found.note.trace)[1].result == "hfab: HÖÖR KVARNBÄCK 2:1, 14.9 m away");
  // One that does not hold on the day is not near either.
  land.property("Kvarnbäck 2:3", "ann", {box(-20, 0, -10, 50)}, {on("2027-01-01"), {}});
  CHECK(land.whose(off(-14.9, 25)) == "hfab near_polygon ?");
  CHECK(land.whose(off(-14.9, 25), {}, "2027-01-01") == "ann polygon");
}

TEST_CASE("routing: an object of the type within 10 metres goes before the property it stands on") {
  Land land;
  land.property("Kvarnbäck 2:1", "hfab", {box(-100, -100, 100, 100)});
  land.object(ObjectType::power_cabinet, "eon", off(0, 0), {on("2024-01-01"), on("2026-11-20")});
  const auto cabinet = ObjectType::power_cabinet;
  CHECK(land.whose(off(9.9, 0), cabinet, "2026-11-19") == "eon object");
  CHECK(land.whose(off(10.1, 0), cabinet, "2026-11-19") == "hfab polygon");
  CHECK(land.whose(off(0, 0), cabinet, "2023-12-31") == "hfab polygon");
  CHECK(land.whose(off(0, 0), cabinet, "2026-11-20") == "hfab polygon");
  CHECK(land.whose(off(1, 0), ObjectType::bus_shelter, "2026-11-19") == "hfab polygon");
  CHECK(land.whose(off(1, 0), {}, "2026-11-19") == "hfab polygon");
  const Routing untold = land.ask({off(1, 0), "", ""}, {}, "2026-11-19");
  CHECK(read_trace(untold.note.trace)[0].result == "no owner: power_cabinet, 1.0 m away, but no type of object was told");
  // The case is about the property all the same.
  CHECK(land.ask({off(1, 0), "", ""}, cabinet, "2026-11-19").note.property_designation == "HÖÖR KVARNBÄCK 2:1");
}

TEST_CASE("routing: defaults by type of object and by area, of the district before the municipality") {
  Land land;
  land.district("", {}, "kommun", {{ObjectType::power_cabinet, "eon"}});
  land.district("centrum", {box(0, 0, 200, 200)}, "", {{ObjectType::power_cabinet, "hfab"}});
  land.district("torget", {box(50, 50, 100, 100)}, "ann");
  land.property("Kvarnbäck 2:1", "hfab", {box(60, 60, 70, 70)});
  CHECK(land.whose(off(10, 10), ObjectType::power_cabinet) == "hfab object_default");
  CHECK(land.whose(off(-50, 10), ObjectType::power_cabinet) == "eon object_default");
  CHECK(land.whose(off(80, 80), ObjectType::power_cabinet) == "hfab object_default");  // torget has none, centrum around it has
  CHECK(land.whose(off(-50, 10), ObjectType::bridge) == "kommun area_default");
  CHECK(land.whose(off(90, 90)) == "ann area_default");
  CHECK(land.whose(off(65, 65)) == "hfab polygon");
  CHECK(land.ask({off(65, 65), "", ""}).district_id == "torget");
  CHECK(land.ask({off(10, 10), "", ""}).district_id == "centrum");
  CHECK(land.ask({off(-50, 10), "", ""}).district_id == "");
  CHECK(land.whose(Place{{}, "Okända vägen 1", ""}) == "kommun area_default");
}

TEST_CASE("routing: the designation by the register on the day, then by the owners' own, before the polygon") {
  Land land;
  land.property("Kvarnbäck 1:23", "eon", {}, {on("2026-01-01"), {}});
  land.property("Kvarnbäck 2:1", "ann", {box(0, 0, 100, 100)});
  CHECK(land.whose(Place{{}, "", "kvarnbäck 1:23>2"}) == "eon designation");
  CHECK(land.whose(Place{{}, "", "Kvarnbäck 1:23"}, {}, "2025-12-31") == "hfab designation");  // HFAB's own rule
  CHECK(land.whose(Place{off(50, 50), "", "Kvarnbäck 1:23"}) == "eon designation");
  CHECK(land.whose(Place{off(50, 50), "", "Kvarnbäck 9:9"}) == "ann polygon");
  CHECK(land.ask({off(50, 50), "", "Kvarnbäck 1:23"}).note.property_designation == "HÖÖR KVARNBÄCK 1:23");
  CHECK(steps_of(land.ask({off(50, 50), "Storgatan 12", "Kvarnbäck 9:9"})) == "designation polygon");
}

TEST_CASE("routing: an address by the register's points and properties, then by the owners' own") {
  Land land;
  land.property("Kvarnbäck 2:1", "ann", {box(0, 0, 100, 100)}, {}, {"Nygatan 3"});
  land.property("Kvarnbäck 2:2", "eon", {box(100, 0, 200, 100)}, {on("2026-01-01"), {}});
  land.address({"Storgatan 12", off(50, 50), "", false});
  land.address({"Storgatan 14", off(50, 50), "HÖÖR KVARNBÄCK 2:2", false});
  land.address({"Enebackskolan", off(150, 50), "", true});
  land.address({"Storgatan 99", off(-500, 50), "", false});
  CHECK(land.whose(Place{{}, "storgatan 12, 243 30 Höör", ""}) == "ann address");
  CHECK(land.whose(Place{{}, "Storgatan 12 C", ""}) == "ann address ?");  // the register knows no such entrance
  CHECK(land.whose(Place{{}, "Storgatan 12 Höör", ""}) == "ann address");
  CHECK(land.whose(Place{{}, "Storgatan 14", ""}) == "eon address");
  CHECK(land.whose(Place{{}, "Storgatan 14", ""}, {}, "2025-12-31") == "ann address");  // by its point
  CHECK(land.whose(Place{{}, "ENEBACKSKOLAN", ""}) == "eon address");
  CHECK(land.whose(Place{{}, "Nygatan 3", ""}) == "ann address");
  CHECK(land.whose(Place{{}, "Storgatan 16", ""}) == "hfab address_prefix");
  CHECK(land.whose(Place{{}, "Storgatan 99", ""}) == "hfab address_prefix");
  CHECK(land.whose(Place{{}, "Skolgatan 1", ""}) == "kommun address_prefix");
  // What lies under the point goes before the address that was told.
  CHECK(land.whose(Place{off(150, 50), "Storgatan 12", ""}) == "eon polygon");
  CHECK(land.whose(Place{off(-50, -50), "Storgatan 12", ""}) == "ann address");
  CHECK(land.ask({{}, "Storgatan 12", ""}).note.property_designation == "HÖÖR KVARNBÄCK 2:1");
  CHECK(land.ask({{}, "Okända vägen 3", ""}).unmatched_address == "Okända vägen 3");
  for (const char* known : {"Storgatan 12", "Storgatan 99", "Skolgatan 1", "Storgatan 16"})
    CHECK(land.ask({{}, known, ""}).unmatched_address.empty());
}

TEST_CASE("routing: without a register nothing is asked of it, and the steps are those of the owners' own rules") {
  Land land;
  const Routing found = land.ask({kCentre, "Okända vägen 3", "Kvarnbäck 9:9"}, ObjectType::power_cabinet);
  CHECK(steps_of(found) == "designation address_prefix");
  CHECK(found.unmatched_address.empty());
  CHECK(found.note.property_designation.empty());
  CHECK(land.whose(Place{{}, "Storgatan 1", ""}) == "hfab address_prefix");
}

TEST_CASE("routing: a report is routed by the day it was received, and the case keeps how") {
  Land land;
  land.property("Kvarnbäck 2:1", "hfab", {box(0, 0, 100, 100)}, {{}, on("2026-11-16")});
  land.property("Kvarnbäck 2:1", "eon", {box(0, 0, 100, 100)}, {on("2026-11-16"), {}});
  land.district("centrum", {box(-100, -100, 200, 200)}, "kommun");
  land.clock.set(at("2026-11-16T11:00:00Z"));
  ReportDraft draft = tag_at(off(50, 50));
  const CaseRow today = land.report(draft).row;
  CHECK(today.owner_id == "eon");
  CHECK(today.routing_rule == "polygon");
  CHECK(today.property_designation == "HÖÖR KVARNBÄCK 2:1");
  CHECK(today.district_id == "centrum");
  CHECK(today.place.designation.empty());  // the place stays as it was reported
  CHECK(land.row(today.id) == today);
  // A call of the day before, five minutes before midnight in Höör.
  draft.times.received_at = at("2026-11-15T22:55:00Z");
  draft.place.point = off(20, 20);
  CHECK(land.report(draft, kOfficer).row.owner_id == "hfab");
  draft.times.received_at = at("2026-11-15T23:05:00Z");
  draft.place.point = off(80, 80);
  CHECK(land.report(draft, kOfficer).row.owner_id == "eon");
  // Nearby is uncertain until an officer has said so.
  const CaseRow near = land.report(tag_at(off(110, 50))).row;
  CHECK(near.routing_rule == "near_polygon");
  CHECK(near.routing_uncertain);
  CHECK_FALSE(land.assign(near.id, "hfab").routing_uncertain);
  CHECK_FALSE(land.row(near.id).routing_uncertain);
}

TEST_CASE("routing: a case whose place is changed is routed anew by the day of its report") {
  Land land;
  land.property("Kvarnbäck 2:1", "hfab", {box(0, 0, 100, 100)}, {{}, on("2026-11-18")});
  land.property("Kvarnbäck 2:1", "eon", {box(0, 0, 100, 100)}, {on("2026-11-18"), {}});
  land.clock.set(at("2026-11-17T11:00:00Z"));
  const CaseRow lost = land.report(tag_at("Ingenstans")).row;
  CHECK(lost.owner_id.empty());
  land.clock.set(at("2026-11-19T11:00:00Z"));
  const CaseRow found = land.act([&](Transaction& transaction, const Settings& used) {
    NewDetails wanted;
    wanted.place = Place{off(50, 50), "", ""};
    return change_details_of_case(transaction, used, land.action(lost.id), wanted);
  });
  CHECK(found.owner_id == "hfab");
  CHECK(found.property_designation == "HÖÖR KVARNBÄCK 2:1");
}

TEST_CASE("routing: figures by district follow the cases, make up the whole, and recount") {
  Land land;
  land.district("centrum", {box(0, 0, 100, 100)}, "kommun");
  land.district("norr", {box(0, 100, 100, 200)}, "hfab");
  std::vector<CaseId> cases;
  for (const Point point : {off(10, 10), off(50, 50), off(50, 150), off(-300, 0)}) cases.push_back(land.report(tag_at(point)).row.id);
  land.assign(cases[3], "ann");
  const auto open_by_district = [&] {
    return read(*land.store, [&](Transaction& transaction) {
      const auto settings = transaction.municipalities().settings(land.id);
      const auto report = compliance(transaction, *settings, {on("2026-11-01"), on("2026-12-31")}, GroupBy::district, Cohort::due, land.clock.now());
      std::string text;
      for (const auto& group : report.groups)
        text += group.key + " " + std::to_string(group.figures.open_in_time) + "/" + std::to_string(group.figures.on_time) + " ";
      return text + "= " + std::to_string(report.total.open_in_time) + "/" + std::to_string(report.total.on_time);
    });
  };
  CHECK(open_by_district() == "centrum 2/0 none 1/0 norr 1/0 = 4/0");
  land.act([&](Transaction& transaction, const Settings& used) {
    NewDetails wanted;
    wanted.place = Place{off(60, 160), "", ""};
    return change_details_of_case(transaction, used, land.action(cases[0]), wanted);
  });
  for (const CaseId id : {cases[1], cases[3]}) land.remove(id);
  CHECK(open_by_district() == "centrum 0/1 none 0/1 norr 2/0 = 2/2");
  CHECK(verify(*land.store, false).difference_count == 0);
  // A split-off case, and one that was moved out of every district.
  const CaseRow split_off = land.act([&](Transaction& transaction, const Settings& used) {
    return split_case(transaction, used, land.action(cases[2]), {.object_type = ObjectType::rail}, "eon");
  });
  CHECK(split_off.district_id == "norr");
  const CaseRow moved = land.act([&](Transaction& transaction, const Settings& used) {
    return change_details_of_case(transaction, used, land.action(cases[0]), {.place = Place{off(-300, 0), "", ""}, .details = {}});
  });
  CHECK(moved.district_id.empty());
  CHECK(open_by_district() == "centrum 0/1 none 1/1 norr 2/0 = 3/2");
  CHECK(verify(*land.store, false).difference_count == 0);
  // The district is history: a row that says another is found, and so are the figures that follow from it.
  land.store.tamper("UPDATE cases SET district_id = 'norr' WHERE id = " + std::to_string(cases[1].value));
  const Verification wrong = verify(*land.store, false);
  REQUIRE(wrong.difference_count == 1);
  CHECK(wrong.differences[0].detail == "district_id is norr, by the events centrum");
  land.store.tamper("UPDATE cases SET district_id = 'centrum' WHERE id = " + std::to_string(cases[1].value));
  land.store.tamper("UPDATE tallies SET open = open + 1 WHERE dimension = 'district' AND value = 'norr' AND cohort = 'due'");
  CHECK(verify(*land.store, false).difference_count > 0);
}

TEST_CASE("routing: an address that nothing matched waits for an officer, with the case that gave it last") {
  Land land;
  land.address({"Storgatan 12", off(0, 0), "", false});
  land.report(tag_at("Gamla mejeriet"));
  const CaseRow second = land.report(tag_at("Gamla Mejeriet ")).row;
  land.report(tag_at("Storgatan 12"));
  const auto queue = read(*land.store, [&](Transaction& transaction) { return transaction.land().unmatched(land.id, {}); });
  REQUIRE(queue.total == 1);
  CHECK(queue.items[0].count == 2);
  CHECK(queue.items[0].last_case == second.id);
}

TEST_CASE("routing: an address that an officer has looked at routes the cases that wait for it, and no import ends it") {
  Land land;
  land.property("Kvarnbäck 2:1", "eon", {box(0, 0, 100, 100)});
  land.address({"Åvägen 12", off(0, 0), "", false});
  const CaseId first = land.report(tag_at("Gamla mejeriet")).row.id, second = land.report(tag_at("Gamla mejeriet")).row.id;
  const CaseId given_back = land.report(tag_at("Gamla mejeriet")).row.id, removed = land.report(tag_at("Gamla mejeriet")).row.id;
  const CaseId elsewhere = land.report(tag_at("Gamla mejeriet 2")).row.id;
  land.assign(given_back, "ann");
  land.act([&](Transaction& transaction, const Settings& used) {
    return reject_case(transaction, used, land.action(given_back, {Role::owner, 5, "ann"}), "not_mine", "");
  });
  land.remove(removed);
  const auto queue = read(*land.store, [&](Transaction& transaction) { return transaction.land().unmatched(land.id, {}); });
  const auto unmatched = std::ranges::find(queue.items, "Gamla mejeriet", &UnmatchedAddress::address);
  REQUIRE(unmatched != queue.items.end());
  const auto resolve = [&](std::optional<AddressPoint> is_at) {
    land.change([&](Transaction& transaction, const Settings& used) {
      return resolve_unmatched(transaction, used, *unmatched, is_at, kOfficer, land.clock.now()), true;
    });
  };
  resolve(std::nullopt);
  CHECK(land.row(first).owner_id.empty());
  // Where nothing is saved, nobody gets it.
  CHECK(refusal([&] { resolve(AddressPoint{"Gamla mejeriet", {42.3, -71.0}, "", true}); }).code() == ErrorCode::refused);
  CHECK(land.row(first).owner_id.empty());
  resolve(AddressPoint{"Gamla mejeriet", off(50, 50), "", true});
  for (const CaseId id : {first, second}) {
    const CaseRow row = land.row(id);
    CHECK(row.owner_id == "eon");
    CHECK(row.routing_rule == "address");
    CHECK(row.property_designation == "HÖÖR KVARNBÄCK 2:1");
    CHECK(row.point_derived);
    CHECK(distance_m(row.place.point.value(), off(50, 50)) < 0.02);
    CHECK(read_trace(row.routing_trace).back().result == "eon: HÖÖR KVARNBÄCK 2:1");
  }
  std::string types;
  for (const Event& event : land.events(first)) types += std::string{to_code(event.type)} + " ";
  CHECK(types == "case_opened details_changed case_assigned ");
  for (const CaseId id : {given_back, elsewhere, removed}) CHECK(land.row(id).owner_id.empty());
  CHECK(verify(*land.store, false).difference_count == 0);
  // Again: nothing more to do, and the officer's word is marked as such.
  const auto before = land.row(first);
  resolve(AddressPoint{"Gamla mejeriet", off(50, 50), "", true});
  CHECK(land.row(first) == before);
  CHECK(read(*land.store, [&](Transaction& transaction) { return transaction.land().find_address(land.id, "gamla mejeriet"); })->by_officer);
}

TEST_CASE("routing: a report with an address alone finds what is near by where the register has it") {
  Land land;
  land.property("Kvarnbäck 2:1", "eon", {box(0, 0, 100, 100)});
  land.address({"Åvägen 12", off(50, 50), "", false});
  land.address({"Enebackskolan", off(50, 50), "", true});
  const CaseRow there = land.report(tag_at(off(60, 50))).row;
  CHECK_FALSE(there.point_derived);
  const Taken taken = land.report(tag_at("Åvägen 12, uppgång B"));
  REQUIRE(taken.possible_duplicates.size() == 1);
  CHECK(taken.possible_duplicates[0].id == there.id);
  CHECK(distance_m(taken.point.value(), off(50, 50)) < 0.02);
  CHECK_FALSE(taken.report.place.point);  // the report stays as it was sent
  CHECK(taken.row.point_derived);
  CHECK(told_place(taken.row) == taken.report.place);
  CHECK(land.row(taken.row.id) == taken.row);
  // The other way round, and by another name of the place; an entrance that the register does not know may be anywhere.
  CHECK(land.report(tag_at(off(45, 50))).possible_duplicates.size() == 2);
  CHECK(land.report(tag_at("Enebackskolan")).possible_duplicates.size() == 3);
  const Taken entrance = land.report(tag_at("Åvägen 12 C"));
  CHECK(entrance.possible_duplicates.empty());
  CHECK_FALSE(entrance.row.place.point);
  CHECK(entrance.row.owner_id == "eon");
  // A designation is too large a place.
  ReportDraft designation;
  designation.place = {{}, "", "Kvarnbäck 2:1"};
  CHECK(land.report(designation).possible_duplicates.empty());
  CHECK_FALSE(land.report(designation).row.place.point);
  // What an officer tells of the place takes its place; what was shown and comes back is no change.
  const auto details = [&](const Place& place) {
    return land.act([&](Transaction& transaction, const Settings& used) {
      NewDetails wanted;
      wanted.place = place;
      return change_details_of_case(transaction, used, land.action(taken.row.id), wanted);
    });
  };
  CHECK(details(taken.row.place).version == taken.row.version);
  CHECK(details(told_place(taken.row)).version == taken.row.version);
  const CaseRow moved = details({off(20, 20), "Åvägen 12, uppgång B", ""});
  CHECK_FALSE(moved.point_derived);
  CHECK(moved.version == taken.row.version + 1);
  CHECK(verify(*land.store, false).difference_count == 0);
}

TEST_CASE("routing: a case hit before is found by its address, and by where the register has it") {
  Land land;
  land.address({"Åvägen 12", off(50, 50), "", false});
  const CaseRow before = land.report(tag_at(off(58, 50))).row;
  land.assign(before.id, "eon");
  land.remove(before.id);
  land.clock.pass(std::chrono::hours{1});
  CHECK(land.report(tag_at("Åvägen 12")).row.previous_case == before.id);
  CHECK_FALSE(land.report(tag_at("Åvägen 14")).row.previous_case);
}

TEST_CASE("routing: what an officer taught of a point holds for the address that lies there, and the other way it holds for the address") {
  Land land;
  land.address({"Åvägen 12", off(50, 50), "", false});
  const auto remember = [&](const CaseRow& row, const std::string& owner_id) {
    land.change([&](Transaction& transaction, const Settings& used) {
      return transaction.land().remember(used, {row.id, told_place(row), {}, owner_id, land.clock.now()}), true;
    });
  };
  remember(land.report(tag_at(off(60, 50))).row, "ann");
  CHECK(land.whose(Place{{}, "Åvägen 12", ""}) == "ann remembered_spot");
  CHECK(land.whose(Place{{}, "Åvägen 12 C", ""}) == "nobody none");
  remember(land.report(tag_at("Åvägen 12")).row, "eon");
  CHECK(land.whose(Place{{}, "Åvägen 12", ""}) == "eon remembered_spot");
  CHECK(land.whose(off(60, 50)) == "ann remembered_spot");
}

TEST_CASE("routing: a case with a point and no address has the nearest address in words, not what an officer called a place") {
  Land land;
  land.address({"Åvägen 12", off(50, 0), "", false});
  land.address({"Åvägen 14", off(30, 0), "", false});
  land.address({"Bakom Anns hus 5", off(1, 0), "", true});
  CHECK(land.report(tag_at(off(0, 0))).row.nearest_address == "Åvägen 14");
  CHECK(land.report(tag_at(off(229, 0))).row.nearest_address == "Åvägen 12");   // 179 m away
  CHECK(land.report(tag_at(off(249, 0))).row.nearest_address == "Åvägen 12");   // 199 m
  CHECK(land.report(tag_at(off(251, 0))).row.nearest_address.empty());
  ReportDraft told = tag_at(off(0, 0));
  told.place.address = "Storgatan 1";
  const CaseRow row = land.report(told).row;
  CHECK(row.nearest_address.empty());
  CHECK(land.row(row.id) == row);
}

TEST_CASE("routing: a spot that an owner gave back with a suggestion, which an officer followed, is remembered and wins") {
  Land land;
  land.property("Kvarnbäck 2:1", "hfab", {box(0, 0, 100, 100)});
  const auto give_back = [&](CaseId id, const Actor& by, const std::string& suggested) {
    land.act([&](Transaction& transaction, const Settings& used) {
      return reject_case(transaction, used, land.action(id, by), "not_ours", suggested);
    });
  };
  const CaseRow first = land.report(tag_at(off(50, 50))).row;
  CHECK(first.owner_id == "hfab");
  give_back(first.id, kHfab, "eon");
  CHECK(land.whose(off(50, 50)) == "hfab polygon");  // a suggestion alone is none
  land.assign(first.id, "eon");
  CHECK(land.whose(off(50, 50)) == "eon remembered_spot");
  CHECK(land.whose(off(50, 64.9)) == "eon remembered_spot");
  CHECK(land.whose(off(50, 65.1)) == "hfab polygon");
  const CaseRow second = land.report(tag_at(off(55, 50))).row;
  CHECK(second.owner_id == "eon");
  CHECK(second.routing_rule == "remembered_spot");
  CHECK(second.property_designation == "HÖÖR KVARNBÄCK 2:1");
  // An officer who names another owner than the one suggested teaches nothing.
  const CaseRow third = land.report(tag_at(off(10, 10))).row;
  give_back(third.id, kHfab, "eon");
  land.assign(third.id, "kommun");
  CHECK(land.whose(off(10, 10)) == "hfab polygon");
  // Nor one whose suggestion has been passed over by another assignment since.
  land.assign(third.id, "eon");
  CHECK(land.whose(off(10, 10)) == "hfab polygon");
  // A memory that an officer finds wrong is forgotten.
  land.assign(second.id, "hfab");
  CHECK(land.whose(off(50, 50)) == "hfab polygon");
}

TEST_CASE("routing: a memory that sent a case to the wrong owner is forgotten when somebody else gets it, and says nothing of other things") {
  Land land;
  land.property("Kvarnbäck 2:1", "hfab", {box(0, 0, 100, 100)});
  const auto give_back = [&](CaseId id, const char* owner_id, const std::string& suggested) {
    land.act([&](Transaction& transaction, const Settings& used) {
      return reject_case(transaction, used, land.action(id, Actor{Role::owner, 11, owner_id}), "not_ours", suggested);
    });
  };
  const CaseId taught = land.report(tag_at(off(50, 50))).row.id;
  give_back(taught, "hfab", "eon");
  land.assign(taught, "eon");
  // It was taught of a wall: a cabinet there is the register's to tell.
  CHECK(land.whose(off(50, 50), ObjectType::building) == "eon remembered_spot");
  CHECK(land.whose(off(50, 50), ObjectType::power_cabinet) == "hfab polygon");
  const CaseId sent_wrong = land.report(tag_at(off(50, 50))).row.id;
  give_back(sent_wrong, "eon", "");
  CHECK(land.whose(off(50, 50)) == "eon remembered_spot");
  land.assign(sent_wrong, "kommun");
  CHECK(land.whose(off(50, 50)) == "hfab polygon");
}

TEST_CASE("routing: a register that holds no addresses says of none that it is wrong") {
  Land land;
  land.district("", {}, "kommun");
  land.report(tag_at("Okänd väg 1"));
  const auto waiting = [&] { return read(*land.store, [&](Transaction& transaction) { return transaction.land().unmatched(land.id, {}).total; }); };
  CHECK(waiting() == 0);
  land.address({"Storgatan 12", off(0, 0), "", false});
  land.report(tag_at("Okänd väg 2"));
  CHECK(waiting() == 1);
}

TEST_CASE("routing: an officer's word goes before all, and an owner who is not there is refused") {
  Land land;
  land.property("Kvarnbäck 2:1", "hfab", {box(0, 0, 100, 100)});
  ReportDraft draft = tag_at(off(50, 50));
  draft.owner_id = "kommun";
  const CaseRow given = land.report(draft, kOfficer).row;
  CHECK(given.owner_id == "kommun");
  CHECK(given.routing_rule == "owner_given");
  CHECK(given.property_designation == "HÖÖR KVARNBÄCK 2:1");
  draft.owner_id = "nobody";
  CHECK(refusal([&] { land.report(draft, kOfficer); }).faults().front().pointer == "/owner_id");
}

TEST_CASE("routing: an index older than the register gives no wrong owner") {
  Land land;
  const auto stale = [&](const auto& work) {
    // A node whose index nobody renews.
    const auto cache = std::make_shared<SpotIndexCache>(SpotIndexCache::Renewal::in_background);
    const auto node = open_store({.url = land.store.url(), .spots = cache});
    cache->refresh(*node);
    work();
    return read(*node, [&](Transaction& transaction) {
      const Routing found = route(transaction, *transaction.municipalities().settings(land.id), {{off(50, 50), "", ""}, {}, on("2026-11-20"), ""});
      return found.owner_id + " " + found.rule;
    });
  };
  Property property = land.property("Kvarnbäck 2:1", "hfab", {box(0, 0, 100, 100)});
  const auto save = [&] {
    property = land.change([&](Transaction& transaction, const Settings& used) { return save_property(transaction, used, property); });
  };
  CHECK(stale([] {}) == "hfab polygon");
  CHECK(stale([&] { property.owner_id = "eon", save(); }) == "eon polygon");
  CHECK(stale([&] { property.shape.polygons = {box(200, 0, 300, 100)}, save(); }) == " none");
  property.shape.polygons = {box(0, 0, 100, 100)};
  save();
  CHECK(stale([&] { property.validity.until = on("2026-11-20"), save(); }) == " none");
  CHECK(stale([&] { land.change([&](Transaction& transaction, const Settings&) { return transaction.land().remove(property.id), true; }); }) == " none");
}

TEST_CASE("register: a property has one owner at a time, and changes hands on a day") {
  Land land;
  const Property first = land.property("Kvarnbäck 2:1", "hfab", {box(0, 0, 100, 100)}, {on("2020-01-01"), {}}, {"Storgatan 12", "STORGATAN 12", "Storgatan 14"});
  CHECK(first.designation == "HÖÖR KVARNBÄCK 2:1");
  CHECK(first.addresses == std::vector<std::string>{"Storgatan 12", "Storgatan 14"});
  const auto adding = [&](Validity validity) {
    return refusal([&] { land.property("HÖÖR KVARNBÄCK 2:1", "eon", {}, validity); });
  };
  CHECK(adding({}).code() == ErrorCode::conflict);
  CHECK(adding({on("2026-01-01"), {}}).code() == ErrorCode::conflict);
  CHECK(adding({{}, on("2020-01-02")}).code() == ErrorCode::conflict);
  CHECK_NOTHROW(land.property("HÖÖR KVARNBÄCK 2:1", "eon", {}, {{}, on("2020-01-01")}));
  const auto sell = [&](const Property& present, const std::string& owner_id, const char* day) {
    Property bought = present;
    bought.owner_id = owner_id;
    return land.change([&](Transaction& transaction, const Settings& used) { return hand_over(transaction, used, present, bought, on(day)); });
  };
  const Property next = sell(first, "kommun", "2026-11-20");
  CHECK(next.owner_id == "kommun");
  CHECK(next.shape == first.shape);
  CHECK(next.addresses == first.addresses);
  CHECK(next.validity == Validity{on("2026-11-20"), {}});
  CHECK(land.whose(off(50, 50), {}, "2026-11-19") == "hfab polygon");
  CHECK(land.whose(off(50, 50), {}, "2026-11-20") == "kommun polygon");
  CHECK(refusal([&] { sell(next, "eon", "2026-11-20"); }).code() == ErrorCode::refused);
  CHECK(sell(next, "eon", "2026-11-21").validity == Validity{on("2026-11-21"), {}});
}

TEST_CASE("register: what cannot be is refused with every fault") {
  Land land;
  const auto pointers = [&](const auto& work) {
    const Error error = refusal(work);
    std::string all;
    for (const Fault& fault : error.faults()) all += fault.pointer + " ";
    return all;
  };
  Polygon bow = box(0, 0, 10, 10);
  std::swap(bow.outer[1], bow.outer[2]);
  CHECK(pointers([&] { land.property("5", "nobody", {bow}, {on("2026-01-02"), on("2026-01-02")}); }) == "/geometry /designation /owner_id /valid_to ");
  Polygon swapped = box(0, 0, 10, 10);
  for (Point& point : swapped.outer) std::swap(point.lat, point.lon);
  CHECK(std::string{refusal([&] { land.property("Kvarnbäck 2:1", "hfab", {swapped}); }).what()}.find("swapped") != std::string::npos);
  CHECK(pointers([&] { land.object(ObjectType::rail, "hfab", {42.3, -71.0}); }) == "/geometry ");
  CHECK(pointers([&] { land.district("All", {}, "nobody"); }) == "/geometry /district_id /default_owner_id ");
  CHECK(pointers([&] { land.district("none", {box(0, 0, 10, 10)}, ""); }) == "/district_id ");
  CHECK(pointers([&] { land.district("", {box(0, 0, 10, 10)}, ""); }) == "/geometry ");
  CHECK(pointers([&] { land.address({" - ", {13.5, 55.9}, "5", false}); }) == "/address /designation /lat ");
}
