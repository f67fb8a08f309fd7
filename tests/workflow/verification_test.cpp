#include "workflow/verification.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/town.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

/// A town with a case in each state.
struct Lived {
  Town hoor;
  CaseId open = hoor.report().row.id, removed = hoor.report(tag_at("Storgatan 2")).row.id,
         dismissed = hoor.report(tag_at("Storgatan 3")).row.id,
         merged = hoor.report(tag_at("Storgatan 4")).row.id;
  Lived() {
    hoor.hold(open, nov(17));
    hoor.clock.set(nov(18));
    hoor.remove(removed);
    hoor.dismiss(dismissed);
    hoor.merge(merged, open);
    hoor.sweep();
  }
  std::vector<std::string> told() {
    std::vector<std::string> sentences;
    for (const auto& difference : verify(*hoor.store, false).differences)
      sentences.push_back(difference.what + ": " + difference.detail);
    return sentences;
  }
  std::string reference(CaseId id) { return hoor.store->references().encode(id); }
};

bool any_contains(const std::vector<std::string>& sentences, const std::string& part) {
  return std::ranges::any_of(sentences,
                             [&](const auto& sentence) { return sentence.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("verify: what was done through the service adds up") {
  Lived lived;
  const Verification result = verify(*lived.hoor.store, false);
  CHECK(result.difference_count == 0);
  CHECK(result.cases == 4);
  CHECK(result.events == lived.hoor.store.ask("SELECT COUNT(*) FROM events"));
  CHECK(result.tallies > 0);
  CHECK_FALSE(result.rebuilt);
}

TEST_CASE("verify: a row that somebody has written over is named with what it should be") {
  Lived lived;
  lived.hoor.store.tamper(
      "UPDATE cases SET removed_at = removed_at - 86400, deciding_owner_id = 'eon' WHERE id = " +
      std::to_string(lived.removed.value));
  const auto told = lived.told();
  CHECK(told == std::vector<std::string>{
                    lived.reference(lived.removed) +
                        ": removed_at is 2026-11-17T09:00:00Z, by the events 2026-11-18T09:00:00Z",
                    lived.reference(lived.removed) + ": deciding_owner_id is eon, by the events hfab"});
}

TEST_CASE("verify: every column that follows from the events is held against them") {
  const std::vector<std::pair<std::string, std::string>> changes{{"version", "version + 1"},
                                                                 {"state", "'not_removed'"},
                                                                 {"source", "'owner'"},
                                                                 {"category", "'piece'"},
                                                                 {"category_confirmed", "0"},
                                                                 {"surface", "'wall'"},
                                                                 {"object_type", "'rail'"},
                                                                 {"owner_id", "'ann'"},
                                                                 {"routing_rule", "'officer'"},
                                                                 {"opened_at", "1"},
                                                                 {"clock_started_at", "1"},
                                                                 {"first_reported_at", "1"},
                                                                 {"first_received_at", "1"},
                                                                 {"due_at", "due_at + 1"},
                                                                 {"due_at_without_holds", "1"},
                                                                 {"own_due_at", "1"},
                                                                 {"assigned_at", "1"},
                                                                 {"told_at", "1"},
                                                                 {"removed_at", "1"},
                                                                 {"recorded_at", "1"},
                                                                 {"method", "'other'"},
                                                                 {"cost_sek", "1"},
                                                                 {"evidence_confirmed", "1"},
                                                                 {"proactive", "1"},
                                                                 {"dismissal", "'legal_wall'"},
                                                                 {"non_removal", "'not_possible'"},
                                                                 {"merged_into", "1"},
                                                                 {"decided_at", "1"},
                                                                 {"deciding_owner_id", "'eon'"},
                                                                 {"held_from", "1"},
                                                                 {"held_until", "1"},
                                                                 {"has_holds", "0"},
                                                                 {"warn_at", "1"},
                                                                 {"checked_until", "1"},
                                                                 {"next_check_at", "NULL"},
                                                                 {"hold_requested_at", "1"},
                                                                 {"report_count", "9"},
                                                                 {"photo_count", "9"},
                                                                 {"merged_count", "9"},
                                                                 {"previous_case", "1"},
                                                                 {"removal_entered_at", "1"},
                                                                 {"split_from", "1"},
                                                                 {"district_id", "'norr'"},
                                                                 {"former_owner_id", "'eon'"}};
  Lived lived;
  const std::string id = std::to_string(lived.open.value);
  for (const auto& [column, value] : changes) {
    CAPTURE(column);
    lived.hoor.store.tamper("CREATE TABLE kept AS SELECT * FROM cases WHERE id = " + id);
    lived.hoor.store.tamper("UPDATE cases SET " + column + " = " + value + " WHERE id = " + id);
    const auto told = lived.told();
    REQUIRE(told.size() == 1);
    CHECK(told.front().find(": " + column + " is ") != std::string::npos);
    lived.hoor.store.tamper("UPDATE cases SET " + column + " = (SELECT " + column +
                            " FROM kept) WHERE id = " + id + "; DROP TABLE kept");
  }
  CHECK(lived.told().empty());
}

TEST_CASE("verify: a tally that was written over is found, and rebuilding mends it") {
  Lived lived;
  const auto before = read(
      *lived.hoor.store, [&](Transaction& transaction) { return transaction.tallies().all(lived.hoor.id); });
  lived.hoor.store.tamper(
      "UPDATE tallies SET on_time = on_time + 5 WHERE cohort = 'due' AND dimension = 'all' AND on_time = 1");
  lived.hoor.store.tamper("DELETE FROM tallies WHERE dimension = 'category'");
  lived.hoor.store.tamper(
      "INSERT INTO tallies SELECT municipality_id, cohort, dimension, 'made-up', local_day, slot, open, "
      "on_time, late, "
      "not_removed, on_time_by_hold, on_time_recorded_after_due, already_gone, not_graffiti, not_found, "
      "legal_wall, "
      "outside_area, merged, proactive, excluded_after_due, own_n, own_on_time, told_late, split, open_split, total, "
      "reported_to_received, "
      "received_to_told, told_to_removed, removed_to_recorded FROM tallies WHERE dimension = 'owner' AND "
      "value = 'hfab'");
  const auto told = lived.told();
  CHECK(any_contains(told, "due all 2026-11-19: on_time is 6, by the events 1"));
  CHECK(any_contains(told, "due category=tag"));
  CHECK(any_contains(told, "owner=made-up"));
  const Verification rebuilt = verify(*lived.hoor.store, true);
  CHECK(rebuilt.rebuilt);
  CHECK(rebuilt.difference_count == std::ssize(told));
  CHECK(lived.told().empty());
  CHECK(read(*lived.hoor.store,
             [&](Transaction& transaction) { return transaction.tallies().all(lived.hoor.id); }) == before);
}

TEST_CASE(
    "verify: a case without its history, and a history without its case, are found wherever they stand") {
  for (const int which : {0, 1, 2, 3}) {
    CAPTURE(which);
    // Several writers give out keys in no one order, so each life has its own.
    const auto chosen = [which](const Lived& lived) {
      return std::array{lived.open, lived.removed, lived.dismissed, lived.merged}.at(static_cast<std::size_t>(which));
    };
    Lived lived;
    const CaseId id = chosen(lived);
    {
      Lived other;
      other.hoor.store.tamper("DELETE FROM events WHERE case_id = " + std::to_string(chosen(other).value));
      CHECK(any_contains(other.told(), other.reference(chosen(other)) + ": its history is missing"));
    }
    lived.hoor.store.tamper("DELETE FROM cases WHERE id = " + std::to_string(id.value));
    CHECK(lived.told() == std::vector<std::string>{lived.reference(id) + ": its row is missing"});
  }
}

TEST_CASE("verify: a case whose policy or beginning was lost is told, and the others are still looked at") {
  Lived lived;
  lived.hoor.store.tamper("DELETE FROM events WHERE type = 'case_opened' AND case_id = " +
                          std::to_string(lived.open.value));
  const Verification result = verify(*lived.hoor.store, false);
  CHECK(result.cases == 4);
  CHECK(any_contains(lived.told(),
                     lived.reference(lived.open) + ": a case's history does not begin with case_opened"));
}

TEST_CASE("verify: it reads more cases than fit one page, in every municipality") {
  Town hoor;
  const MunicipalityId horby = hoor.add_neighbour();
  // A batch at a time: a write each would only test the disk.
  for (int i = 0; i < 4; ++i)
    for (const auto municipality : {hoor.id, horby})
      hoor.store->write([&](Transaction& transaction) {
        const auto settings = transaction.municipalities().settings(municipality);
        for (int n = 0; n < 260; ++n) take_report(transaction, *settings, tag_at(), kPolice, nov(16));
      });
  const Verification result = verify(*hoor.store, false);
  CHECK(result.cases == 2 * 4 * 260);
  CHECK(result.difference_count == 0);
  hoor.store.tamper("UPDATE cases SET due_at = due_at + 1 WHERE id % 1000 = 7");
  const auto changed = hoor.store.ask("SELECT COUNT(*) FROM cases WHERE id % 1000 = 7");
  CHECK(changed > 0);
  CHECK(verify(*hoor.store, false).difference_count == changed);
}
