// A database of an older klotterkoll, with history in it, that a newer one takes over.

#include <doctest/doctest.h>

#include <regex>
#include <vector>

#include "domain/mail_address.h"
#include "domain/user.h"
#include "schemas.h"
#include "support/refusal.h"
#include "support/test_teller.h"
#include "support/town.h"
#include "workflow/telling.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

/// Takes away what the migrations after `number` have made: what is left is as that schema had it.
void take_back_to(const TestStore& store, int number) {
  const std::regex made{R"(CREATE TABLE (\w+)|CREATE (?:UNIQUE )?INDEX (\w+)|ALTER TABLE (\w+) ADD COLUMN (\w+))"};
  std::vector<std::string> statements;
  for (const Migration& migration : migrations()) {
    if (migration.number <= number) continue;
    const std::string sql{migration.sql};
    for (std::sregex_iterator at{sql.begin(), sql.end(), made}, end; at != end; ++at) {
      const auto part = [&](std::size_t n) { return (*at)[n].str(); };
      statements.push_back(!part(1).empty()   ? "DROP TABLE " + part(1)
                           : !part(2).empty() ? "DROP INDEX " + part(2)
                                              : "ALTER TABLE " + part(3) + " DROP COLUMN " + part(4));
    }
  }
  // Backwards, so that an index goes before its column.
  for (auto at = statements.rbegin(); at != statements.rend(); ++at) store.tamper(*at);
  store.tamper("DELETE FROM migrations WHERE number > " + std::to_string(number));
}

void upgrade(TestStore& store, Instant now) {
  SequenceIds ids;
  REQUIRE_FALSE(migrate(store.url(), ids, now).empty());
  store.restart();
}

Told tell_all(Town& town, const Teller& teller) {
  Told sum;
  for (;;) {
    const Told told = tell_on(*town.store, teller, town.clock.now());
    REQUIRE(told.failures.empty());
    sum.events += told.events;
    sum.notices += told.notices;
    sum.messages += told.messages;
    if (told.events == 0) return sum;
  }
}

}  // namespace

TEST_CASE("upgrade: of what a database held before people were told, nobody is told; of what comes after it, everybody") {
  Town hoor;
  hoor.add_neighbour();  // without any history
  TestTeller people;
  people.webhooks = {{WebhookId{hoor.id, 1}, ""}};
  const Teller teller = people.teller();
  const CaseId removed = hoor.report().row.id, open = hoor.report(tag_at("Storgatan 30")).row.id;
  hoor.clock.pass(hours{1});
  hoor.remove(removed);
  hoor.clock.set(nov(25));
  hoor.sweep();
  REQUIRE(hoor.count(open, EventType::case_overdue) == 1);

  take_back_to(hoor.store, 4);
  CHECK_THROWS(hoor.store.ask("SELECT COUNT(*) FROM told_events"));
  CHECK_THROWS(hoor.store.ask("SELECT COUNT(unattended_at) FROM cases"));
  CHECK(refusal([&] { hoor.store.restart(); }).code() == ErrorCode::unavailable);
  upgrade(hoor.store, hoor.clock.now());

  CHECK(tell_all(hoor, teller).events == 0);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM notices") + hoor.store.ask("SELECT COUNT(*) FROM messages") == 0);
  hoor.clock.pass(seconds{1});
  hoor.dismiss(open);
  const Told told = tell_all(hoor, teller);
  CHECK(told.events == 1);
  CHECK(told.messages == 1);
  hoor.report(tag_at("Storgatan 31"));
  CHECK(tell_all(hoor, teller).notices == 1);
}

TEST_CASE("upgrade: done again it changes nothing, and passes over nothing that has happened since") {
  Town hoor;
  TestTeller people;
  hoor.report();
  take_back_to(hoor.store, 4);
  upgrade(hoor.store, hoor.clock.now());
  hoor.report(tag_at("Storgatan 30"));
  SequenceIds ids;
  CHECK(migrate(hoor.store.url(), ids, hoor.clock.now()).empty());
  CHECK(tell_all(hoor, people.teller()).notices == 1);
}

TEST_CASE("upgrade: open cases get what follows from their histories, so that officers hear of those that nobody acts on") {
  Town hoor;
  const CaseId assigned = hoor.report().row.id, nobodys = hoor.report(tag_at("Lillgatan 3")).row.id;
  const auto unattended_at = [&](CaseId id) { return hoor.row(id).unattended_at; };
  const auto before = std::pair{unattended_at(assigned), unattended_at(nobodys)};
  REQUIRE(before.first);
  REQUIRE(before.second);
  take_back_to(hoor.store, 4);
  upgrade(hoor.store, hoor.clock.now());
  CHECK(std::pair{unattended_at(assigned), unattended_at(nobodys)} == before);
  CHECK(verify(*hoor.store, false).difference_count == 0);
  hoor.clock.pass(hours{3});
  hoor.sweep();
  CHECK(hoor.count(nobodys, EventType::case_unattended) == 1);
}

TEST_CASE("upgrade: a reporter's address is found by its digest afterwards") {
  Town hoor;
  ReportDraft draft = tag_at();
  draft.contact.email = "Asa@example.se";
  const ReportId report = hoor.report(draft).report.id, other = hoor.report(tag_at("Storgatan 30")).report.id;
  take_back_to(hoor.store, 4);
  upgrade(hoor.store, hoor.clock.now());
  const auto is_known = [&](const std::string& email, ReportId except) {
    return read(*hoor.store, [&](Transaction& transaction) {
      return transaction.users().is_address_of_report(hoor.id, mail_address_digest(hoor.store->references(), email), except);
    });
  };
  CHECK(is_known("asa+klotter@example.se", other));
  CHECK_FALSE(is_known("asa@example.se", report));
  CHECK_FALSE(is_known("bo@example.se", other));
}
