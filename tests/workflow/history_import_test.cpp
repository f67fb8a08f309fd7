#include "workflow/history_import.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/test_store.h"
#include "support/times.h"
#include "workflow/casework_actions.h"

using namespace klotterkoll;
using klotterkoll::test::at;

namespace {

const Instant kNow = at("2026-02-01T12:00:00+01:00");
const Actor kOfficer{Role::municipality, 1, ""};

/// Höör in a database of its own.
struct Town {
  test::TestStore store;
  std::shared_ptr<const Settings> settings;

  Town() {
    store->write([&](Transaction& transaction) {
      Municipality hoor;
      hoor.code = "1267";
      hoor.name = "Höör";
      settings = transaction.municipalities().settings(transaction.municipalities().add(hoor, Policy{}));
    });
  }
  ImportOutcome import(const HistoryRow& row) {
    std::optional<ImportOutcome> foreseen, outcome;
    store->read([&](Transaction& transaction) { foreseen = ImportForecast{}.foresee(transaction, *settings, row); });
    store->write([&](Transaction& transaction) { outcome = import_history(transaction, *settings, row, kNow); });
    CHECK(foreseen == outcome);
    return *outcome;
  }
  CaseRow only_case() {
    std::vector<CaseRow> rows;
    store->read([&](Transaction& transaction) { rows = transaction.cases().list(settings->municipality.id, CaseQuery{}).items; });
    REQUIRE(rows.size() == 1);
    return rows.front();
  }
};

HistoryRow row() {
  HistoryRow row;
  row.external_id = "A1";
  row.times.reported_at = at("2026-01-05T10:00:00+01:00");
  row.place.address = "Storgatan 1";
  return row;
}

bool has_fault(const HistoryRow& row, const std::string& pointer) {
  Municipality hoor;
  hoor.name = "Höör";
  const auto faults = check_history(row, hoor, kNow);
  return std::ranges::find(faults, pointer, &Fault::pointer) != faults.end();
}

}  // namespace

TEST_CASE("history import: a removal that was undone here is not put back by the same row") {
  Town town;
  HistoryRow removed = row();
  removed.removed_at = at("2026-01-06T09:00:00+01:00");
  CHECK(town.import(removed) == ImportOutcome::added);
  CHECK(town.only_case().state == CaseState::removed);
  town.store->write([&](Transaction& transaction) {
    undo_removal_of_case(transaction, *town.settings, {town.only_case().id, std::nullopt, kOfficer, kNow, "not gone"});
  });
  CHECK(town.import(removed) == ImportOutcome::known);
  CHECK(town.only_case().state == CaseState::unassigned);
  removed.removed_at = at("2026-01-20T09:00:00+01:00");  // the other system has a new date
  CHECK(town.import(removed) == ImportOutcome::completed);
  CHECK(town.only_case().recorded_at == removed.removed_at);
}

TEST_CASE("history import: nobody is told of it, and what citizens call the same is another report") {
  Town town;
  Owner hfab;
  hfab.owner_id = "hfab";
  hfab.name = "HFAB";
  hfab.address_prefixes = {"Storgatan"};
  town.store->write([&](Transaction& transaction) {
    transaction.owners().save(*town.settings, hfab);
    Report same_name;
    same_name.id = transaction.next_report_id(town.settings->municipality.id);
    same_name.case_id = transaction.next_case_id(town.settings->municipality.id);
    same_name.external_id = "A1";
    transaction.reports().add(same_name);
  });
  HistoryRow removed = row();
  removed.removed_at = at("2026-01-08T23:59:59+01:00");
  CHECK(town.import(removed) == ImportOutcome::added);
  CHECK(town.only_case().owner_id == "hfab");
  CHECK(town.only_case().assigned_at == removed.times.reported_at);
  CHECK(town.store.told(Audience::owner) == 0);
}

TEST_CASE("history import: what the rules of the domain refuse") {
  CHECK(check_history(row(), Municipality{}, kNow).empty());
  HistoryRow faulty = row();
  faulty.times.reported_at = kNow + std::chrono::seconds{1};
  CHECK(has_fault(faulty, "/reported_at"));
  faulty = row();
  faulty.times.received_at = *faulty.times.reported_at - std::chrono::seconds{1};
  CHECK(has_fault(faulty, "/received_at"));
  faulty = row();
  faulty.removed_at = *faulty.times.reported_at - kRemovalBeforeReport;
  CHECK_FALSE(has_fault(faulty, "/removed_at"));
  *faulty.removed_at -= std::chrono::seconds{1};
  CHECK(has_fault(faulty, "/removed_at"));
  faulty = row();
  faulty.removed_at = at("2026-01-07T10:00:00Z");
  faulty.recorded_at = at("2026-01-07T09:59:59Z");
  CHECK(has_fault(faulty, "/recorded_at"));
  faulty = row();
  faulty.place = {};
  CHECK(has_fault(faulty, "/location"));
}

TEST_CASE("history import: a row without an id is known by the observation alone") {
  HistoryRow one = row(), other = row();
  one.external_id = other.external_id = "";
  other.removed_at = kNow;
  other.category = Category::hate;
  other.place.address = "STORGATAN  1";
  CHECK(identity_of(one) == identity_of(other));
  other.police_reference = "5000-K1-26";
  CHECK(identity_of(one) != identity_of(other));
  CHECK(identity_of(row()) == "A1");
}
