// The promise once more, as the people see it who use it: every step over HTTP, only the clock and the sweep
// by hand.

#include <doctest/doctest.h>

#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

TEST_CASE("scenario: from the police's report to the published figure, over HTTP") {
  TestService service;
  const auto november = [&] {
    return service.get(kHoor + "/statistics/compliance?from=2026-11-01&to=2026-12-01").json();
  };

  // Friday evening: the police forward a night's two reports in one batch.
  service.clock.set(at("2026-11-20T21:30:00+01:00"));
  json batch{{"items", {tag_report("Storgatan 12"), tag_report("Okända vägen 1")}}};
  batch["items"][0].update(
      {{"police_reference", "5000-K123456-26"}, {"reported_at", "2026-11-20T21:10:00+01:00"}});
  const json taken = service.post(kHoor + "/reports/batches", service.police, batch).json();
  CHECK(taken["created"] == 2);
  const std::string garage = kHoor + "/cases/" + taken["items"][0]["reference"].get<std::string>();
  const std::string wall = kHoor + "/cases/" + taken["items"][1]["reference"].get<std::string>();

  // The garage found its owner; due on Monday. An officer gives the wall to E.ON.
  CHECK(service.get(garage).json()["owner"]["id"] == "hfab");
  CHECK(service.get(garage).json()["due_at"] == "2026-11-23T22:59:59Z");
  CHECK(service.get(kHoor + "/cases?state=unassigned", service.officer).json()["_meta"]["total_records"] ==
        1);
  CHECK(service.put(wall + "/assignment", service.officer, {{"owner_id", "eon"}, {"note", "Ringt E.ON"}})
            .json()["state"] == "assigned");
  CHECK(november()["open_in_time"] == 2);
  CHECK(november()["rate"].is_null());

  // Friday at 7, the last weekday before Monday, is past, so the only warning comes on Monday at 7.
  CHECK(service.sweep().due_soon == 0);
  CHECK(service.get(garage).json()["clock"] == "on_track");
  service.clock.set(at("2026-11-23T07:00:00+01:00"));
  CHECK(service.sweep().due_soon == 2);
  CHECK(service.get(garage).json()["clock"] == "due_soon");
  CHECK(service.get(kHoor + "/cases?clock=due_soon", service.hfab).json()["_meta"]["total_records"] == 1);

  // HFAB washes at noon and says so through its own system; it asks twice, as systems do.
  service.clock.set(at("2026-11-23T13:00:00+01:00"));
  const json washed{{"removed_at", "2026-11-23T12:15:00+01:00"}, {"method", "washed"}, {"cost_sek", 1450}};
  CHECK(service.put(garage + "/removal", service.hfab, washed).json()["state"] == "removed");
  CHECK(service.put(garage + "/removal", service.hfab, washed).status == 200);
  CHECK(november()["on_time"] == 1);
  CHECK(november()["open_in_time"] == 1);

  // At midnight the wall is overdue by arithmetic; the sweep flags it once, whenever it comes.
  service.clock.set(at("2026-11-24T00:00:00+01:00"));
  CHECK(november()["overdue"] == 1);
  CHECK(service.get(wall).json()["clock"] == "overdue");
  CHECK(service.sweep().overdue == 1);
  CHECK(service.sweep().overdue == 0);
  service.clock.set(at("2026-11-25T09:00:00+01:00"));
  CHECK(service.put(wall + "/removal", service.officer, {{"removed_at", "2026-11-25T08:00:00+01:00"}})
            .json()["state"] == "removed");
  CHECK(november()["late"] == 1);
  CHECK(november()["overdue"] == 0);

  // The history tells it in order, to anyone.
  std::string history;
  for (const json& event : service.get(wall + "/events").items())
    history += event["type"].get<std::string>() + " ";
  CHECK(history == "case_opened case_assigned case_due_soon case_overdue removal_recorded ");
}
