#include "workflow/repeat_hits.h"

#include <doctest/doctest.h>

#include "support/refusal.h"
#include "support/town.h"
#include "workflow/claim.h"
#include "workflow/history_import.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const double kMetre = 1 / 111'195.0;  // of latitude
const Period kYear{on("2026-01-01"), on("2027-01-01")};

ReportDraft tag_north(double metres) { return tag_at(Point{kCentre.lat + metres * kMetre, kCentre.lon}); }

CaseRow hit(Town& town, const ReportDraft& draft) { return town.report(draft, kCitizen).row; }

/// Reports, and removes a day later for so much.
CaseId hit_and_remove(Town& town, const ReportDraft& draft, std::optional<std::int64_t> cost_sek = {}, RemovalMethod method = RemovalMethod::washed) {
  const CaseId id = hit(town, draft).id;
  town.clock.pass(days{1});
  town.act([&](Transaction& transaction, const Settings& settings) {
    return record_removal_of_case(transaction, settings, town.action(id), {.removed_at = town.clock.now(), .method = method, .cost_sek = cost_sek});
  });
  return id;
}

std::vector<HotSpot> spots(Town& town, Period period = kYear, std::size_t most = 10) {
  const Settings settings = town.settings();
  std::vector<HotSpot> found;
  town.store->search([&](Transaction& transaction) { found = hot_spots(transaction, settings, period, most); });
  return found;
}

}  // namespace

TEST_CASE("repeat hits: a case follows the last one that was removed within 15 metres, however long ago") {
  Town hoor;
  const CaseId first = hit_and_remove(hoor, tag_north(0));
  hoor.clock.pass(days{300});
  CHECK(hit(hoor, tag_north(15.1)).previous_case == CaseId{});
  const CaseRow second = hit(hoor, tag_north(14.9));
  CHECK(second.previous_case == first);
  CHECK(hoor.events(second.id).front().data.previous_case == first);
  CHECK(hit(hoor, tag_north(1)).previous_case == first);  // the second one is still there
  hoor.remove(second.id);
  CHECK(hit(hoor, tag_north(1)).previous_case == second.id);  // removed last, though the first was nearer
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("repeat hits: another surface or object is another, unless one does not say") {
  Town hoor;
  ReportDraft cabinet = tag_north(0);
  cabinet.surface = Surface::door;
  cabinet.object_type = ObjectType::power_cabinet;
  const CaseId first = hit_and_remove(hoor, cabinet);
  ReportDraft facade = cabinet, unsaid = cabinet;
  facade.object_type = ObjectType::building;
  unsaid.surface.reset();
  unsaid.object_type.reset();
  CHECK(hit(hoor, facade).previous_case == CaseId{});
  facade = cabinet;
  facade.surface = Surface::wall;
  CHECK(hit(hoor, facade).previous_case == CaseId{});
  CHECK(hit(hoor, cabinet).previous_case == first);
  CHECK(hit(hoor, unsaid).previous_case == first);
}

TEST_CASE("repeat hits: where there is no point the address tells, and the property where there is no address either") {
  Town hoor;
  ReportDraft with_point = tag_at("Storgatan 12");
  with_point.place.point = kCentre;
  const CaseId first = hit_and_remove(hoor, with_point);
  CHECK(hit(hoor, tag_at("STORGATAN  12")).previous_case == first);
  CHECK(hit(hoor, tag_at("Storgatan 14")).previous_case == CaseId{});
  ReportDraft property = tag_at(""), at_address = tag_at("Skolgatan 3");
  property.place.designation = at_address.place.designation = "HÖÖR KVARNBÄCK 1:23";
  CHECK(hit(hoor, property).previous_case == CaseId{});
  const CaseId on_property = hit_and_remove(hoor, property);
  property.place.designation = "Kvarnbäck 1:23";
  CHECK(hit(hoor, property).previous_case == on_property);
  CHECK(hit(hoor, at_address).previous_case == CaseId{});  // an address says more than a property
}

TEST_CASE("repeat hits: what is reopened, merged or dismissed meanwhile was not removed there") {
  Town hoor;
  const CaseId first = hit_and_remove(hoor, tag_at("Storgatan 12")), target = hit(hoor, tag_at("Storgatan 12")).id;
  CHECK(hoor.row(target).previous_case == first);
  hoor.merge(first, target);
  CHECK(hit(hoor, tag_at("Storgatan 12")).previous_case == CaseId{});
  hoor.undo_merge(first);
  CHECK(hit(hoor, tag_at("Storgatan 12")).previous_case == first);
  hoor.reopen(first);
  CHECK(hit(hoor, tag_at("Storgatan 12")).previous_case == CaseId{});
}

TEST_CASE("repeat hits: an imported case follows one that was removed before it was reported, in the file or here") {
  Town hoor;
  HistoryRow row;
  row.times.reported_at = nov(1);
  row.removed_at = nov(3);
  row.place = {kCentre, "", ""};
  const auto import = [&](const char* id, Instant reported_at) {
    row.external_id = id;
    row.times.reported_at = reported_at;
    row.removed_at = reported_at + days{2};
    hoor.store->write([&](Transaction& transaction) {
      import_history(transaction, *transaction.municipalities().settings(hoor.id), row, hoor.clock.now());
    });
    return read(*hoor.store, [&](Transaction& transaction) {
      return transaction.cases().find(transaction.reports().by_external_id(hoor.id, kImportKeyId, id).front().case_id).value();
    });
  };
  const CaseRow first = import("1", nov(1)), second = import("2", nov(5)), between = import("3", nov(3) + seconds{1}), before = import("4", nov(2));
  CHECK(second.previous_case == first.id);
  CHECK(between.previous_case == first.id);
  CHECK(before.previous_case == CaseId{});
  CHECK(hit(hoor, tag_north(0)).previous_case == second.id);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("hot spots: surfaces by hits in the period, with their cost and the hours from a removal to the next report") {
  Town hoor;
  // A wall that is hit four times: cleaned after a day each, hit again after 2, 5 and 9 days.
  std::vector<CaseId> wall{hit_and_remove(hoor, tag_north(0), 1000)};
  for (const int again : {2, 5, 9}) {
    hoor.clock.pass(days{again});
    wall.push_back(hit_and_remove(hoor, tag_north(again), again == 5 ? std::nullopt : std::optional<std::int64_t>{500}));
  }
  // A door that is hit twice, and a fence once.
  const CaseId door = hit_and_remove(hoor, tag_north(200));
  hoor.clock.pass(hours{36} + std::chrono::minutes{59});
  const CaseId again = hit(hoor, tag_north(201)).id;
  hit_and_remove(hoor, tag_north(400));
  const auto found = spots(hoor);
  REQUIRE(found.size() == 2);
  CHECK(found[0].cases == std::vector<CaseId>{wall[3], wall[2], wall[1], wall[0]});
  CHECK(found[0].hits == 4);
  CHECK(found[0].cost_sek == 2000);
  CHECK(found[0].costed == 3);
  CHECK(found[0].shortest_hours_to_next == 48);
  CHECK(found[0].median_hours_to_next == 120);
  CHECK(found[0].last.id == wall[3]);
  CHECK(found[1].cases == std::vector<CaseId>{again, door});
  CHECK(found[1].median_hours_to_next == 36);
  CHECK(found[1].last.state == CaseState::unassigned);
  CHECK(spots(hoor, kYear, 1).size() == 1);
  // Of a shorter period: the wall's first two lie before it.
  const LocalDate third = hoor.settings().zone.date_of(hoor.row(wall[2]).opened_at);
  const auto later = spots(hoor, {third, on("2027-01-01")});
  REQUIRE(later.size() == 2);
  CHECK(later[1].cases == std::vector<CaseId>{wall[3], wall[2]});
  CHECK(later[1].all_hits == 4);
  CHECK(later[1].cost_sek == 500);
  CHECK(later[1].shortest_hours_to_next == 120);
  CHECK(spots(hoor, {on("2026-01-01"), on("2026-11-16")}).empty());
  // Two that followed the same case, which lies before the period, are of one surface.
  hoor.clock.pass(days{30});
  const LocalDate today = hoor.settings().zone.date_of(hoor.clock.now());
  const CaseId one = hit(hoor, tag_north(0)).id, twin = hit(hoor, tag_north(1)).id;
  CHECK(hoor.row(one).previous_case == wall[3]);
  CHECK(hoor.row(twin).previous_case == wall[3]);
  const auto both = spots(hoor, {today, on("2027-12-01")});
  REQUIRE(both.size() == 1);
  CHECK(both[0].hits == 2);
  CHECK(both[0].all_hits == 6);
  CHECK(refusal([&] { spots(hoor, {on("2026-01-01"), on("2026-01-01")}); }).code() == ErrorCode::refused);
}

TEST_CASE("hot spots: what is merged or dismissed is no hit, but joins what it was merged into") {
  Town hoor;
  const CaseId first = hit_and_remove(hoor, tag_north(0)), second = hit_and_remove(hoor, tag_north(0));
  const CaseId third = hit(hoor, tag_north(0)).id, twin = hit(hoor, tag_north(25)).id;
  CHECK(spots(hoor).front().hits == 3);
  hoor.merge(twin, third);
  CHECK(spots(hoor).front().hits == 3);
  hoor.dismiss(third);
  CHECK(spots(hoor).front().cases == std::vector<CaseId>{second, first});
  hoor.undo(third);
  hoor.undo_merge(twin);
  // Twenty-five metres off is another surface, until an officer says that they are one.
  const CaseId lone = hit_and_remove(hoor, tag_north(100)), other = hit_and_remove(hoor, tag_north(120));
  CHECK(spots(hoor).size() == 1);
  hoor.merge(lone, other);
  hit(hoor, tag_north(120));
  CHECK(spots(hoor).size() == 2);
}

TEST_CASE("costs: by owner and method of what was removed in the period, the work of a merged case not twice") {
  Town hoor;
  hit_and_remove(hoor, tag_at("Storgatan 1"), 1000);
  hit_and_remove(hoor, tag_at("Storgatan 2"), 500);
  const CaseId painted = hit_and_remove(hoor, tag_at("Storgatan 3"), 300, RemovalMethod::painted);
  hit_and_remove(hoor, tag_at("Okända vägen 1"), 70);
  hit_and_remove(hoor, tag_at("Storgatan 4"));  // nobody said
  const auto of = [&](Period period) {
    const Settings settings = hoor.settings();
    return read(*hoor.store, [&](Transaction& transaction) { return costs(transaction, settings, period); });
  };
  const auto all = of(kYear);
  REQUIRE(all.size() == 3);
  CHECK(all[0].owner_id == "");
  CHECK(all[0].cost_sek == 70);
  CHECK(all[1].owner_id == "hfab");
  CHECK(all[1].method == RemovalMethod::painted);
  CHECK(all[2].cases == 2);
  CHECK(all[2].cost_sek == 1500);
  // By the day of the removal: the first was removed on the 17th, the second on the 18th.
  CHECK(of({on("2026-11-17"), on("2026-11-18")}).at(0).cost_sek == 1000);
  CHECK(of({on("2026-11-18"), on("2026-11-19")}).at(0).cost_sek == 500);
  hoor.merge(painted, hit_and_remove(hoor, tag_at("Storgatan 5"), 200));
  CHECK(of(kYear).size() == 2);
  CHECK(of(kYear)[1].cost_sek == 1700);
}

TEST_CASE("claims: every case under a K-number with its cost, of merged ones the target's alone") {
  Town hoor;
  const auto under = [&](const std::string& address, std::int64_t cost_sek) {
    ReportDraft draft = tag_at(address);
    draft.police_reference = "5000-K1-26";
    return hit_and_remove(hoor, draft, cost_sek);
  };
  const CaseId first = under("Storgatan 1", 1000), second = under("Storgatan 2", 500), third = under("Storgatan 3", 300);
  hoor.merge(third, second);
  const auto cases = read(*hoor.store, [&](Transaction& transaction) { return cases_of_claim(transaction, hoor.settings(), "5000-K1-26"); });
  REQUIRE(cases.size() == 3);
  CHECK(cases[0].id == first);
  CHECK(cases[2].merged_into == second);
  const ClaimTotal total = total_of(cases);
  CHECK(total.cases == 2);
  CHECK(total.removed == 2);
  CHECK(total.costed == 2);
  CHECK(total.cost_sek == 1500);
  CHECK(read(*hoor.store, [&](Transaction& transaction) { return cases_of_claim(transaction, hoor.settings(), "5000-K2-26"); }).empty());
}

TEST_CASE("claims: what was removed before it was merged is paid for once, at the end of the chain when that tells a cost") {
  Town hoor;
  const auto under = [&](const std::string& address, std::optional<std::int64_t> cost_sek) {
    ReportDraft draft = tag_at(address);
    draft.police_reference = "5000-K1-26";
    return hit_and_remove(hoor, draft, cost_sek);
  };
  const auto total = [&] {
    return total_of(read(*hoor.store, [&](Transaction& transaction) { return cases_of_claim(transaction, hoor.settings(), "5000-K1-26"); }));
  };
  const CaseId paid = under("Storgatan 1", 1000), other = under("Storgatan 2", 300);
  // Not of this K-number themselves: they belong to it by what is merged into them.
  const CaseId between = hit_and_remove(hoor, tag_at("Storgatan 3")), end = hit_and_remove(hoor, tag_at("Storgatan 4"));
  hoor.merge(paid, between);
  CHECK(total().cases == 2);
  CHECK(total().costed == 2);
  CHECK(total().cost_sek == 1300);
  hoor.merge(between, end);
  CHECK(total().cost_sek == 1300);
  hoor.merge(other, end);
  CHECK(total().cases == 1);
  CHECK(total().costed == 1);
  CHECK(total().cost_sek == 1300);
  hoor.act([&](Transaction& transaction, const Settings& settings) {
    return record_removal_of_case(transaction, settings, hoor.action(end), {.removed_at = *hoor.row(end).removed_at, .cost_sek = 1250});
  });
  CHECK(total().costed == 1);
  CHECK(total().cost_sek == 1250);
}
