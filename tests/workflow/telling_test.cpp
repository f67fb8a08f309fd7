#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "domain/user.h"
#include "support/refusal.h"
#include "support/test_teller.h"
#include "support/town.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

/// Everything that is to be told, by one node.
Told tell_all(Town& town, const Teller& teller) {
  Told sum;
  for (;;) {
    const Told told = tell_on(*town.store, teller, town.clock.now());
    sum.events += told.events;
    sum.notices += told.notices;
    sum.messages += told.messages;
    for (const auto& failure : told.failures) sum.failures.push_back(failure);
    if (told.events == 0 && told.failures.empty()) return sum;
  }
}

std::optional<Destination> destination(Town& town, Destination::Kind kind, const std::string& ref) {
  return read(*town.store, [&](Transaction& transaction) { return transaction.notices().find_destination(town.id, kind, ref); });
}

}  // namespace

TEST_CASE("telling: what happens becomes a notice to each mailbox and a message to each webhook, once") {
  Town hoor;
  TestTeller people;
  people.webhooks = {{WebhookId{hoor.id, 1}, ""}, {WebhookId{hoor.id, 2}, "hfab"}, {WebhookId{hoor.id, 3}, "eon"}};
  const Teller teller = people.teller();
  const CaseId id = hoor.report().row.id;  // opened, and given to HFAB
  const Told told = tell_all(hoor, teller);
  CHECK(told.events == 2);
  CHECK(told.notices == 1);
  CHECK(told.messages == 3);  // both to the kommun, what is its own to HFAB
  CHECK(tell_all(hoor, teller).events == 0);
  const auto notices = read(*hoor.store, [&](Transaction& transaction) {
    const auto mailbox = transaction.notices().find_destination(hoor.id, Destination::Kind::owner, "hfab").value();
    return transaction.notices().ready_notices(mailbox.id, hoor.clock.now() + kGathered, 10);
  });
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].case_id == id);
  CHECK(notices[0].event == hoor.events(id).back().id);
  CHECK(notices[0].leaves_at == hoor.clock.now() + kGathered);
  const auto messages = read(*hoor.store, [&](Transaction& transaction) {
    const auto kommun = transaction.notices().find_destination(hoor.id, Destination::Kind::webhook, std::to_string(WebhookId{hoor.id, 1}.value)).value();
    return transaction.notices().of_destination(kommun.id, 10);
  });
  REQUIRE(messages.size() == 2);
  std::map<std::int64_t, std::string> types;
  for (const Message& message : messages) types[message.position] = message.type;
  CHECK(types == std::map<std::int64_t, std::string>{{1, "case.opened"}, {2, "case.assigned"}});
}

TEST_CASE("telling: more than a page is told page by page, and each event once though two nodes tell at the same time") {
  Town hoor;
  TestTeller people;
  people.webhooks = {{WebhookId{hoor.id, 1}, ""}};
  const Teller teller = people.teller();
  constexpr int kReports = 300;  // 600 events
  for (int i = 0; i < kReports; ++i) hoor.report(tag_at("Storgatan " + std::to_string(100 + i)));
  const auto other = hoor.store.open_again();
  std::atomic<std::int64_t> told = 0;
  {
    std::vector<std::jthread> nodes;
    for (Store* store : {&*hoor.store, other.get()})
      nodes.emplace_back([&, store] {
        for (int i = 0; i < 20; ++i) {
          const Told part = tell_on(*store, teller, hoor.clock.now());
          told += part.events;
          // In each other's way, and again later.
          if (part.fault) CHECK(refusal([&] { std::rethrow_exception(part.fault); }).code() == ErrorCode::conflict);
        }
      });
  }
  told += tell_all(hoor, teller).events;
  CHECK(told == 2 * kReports);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM messages") == 2 * kReports);
  CHECK(hoor.store.ask("SELECT COUNT(DISTINCT event_id) FROM messages") == 2 * kReports);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM notices") == kReports);
}

TEST_CASE("telling: a case of an owner whom nothing can reach goes on the officers' list, who are told of it") {
  Town hoor;
  TestTeller people;
  const Teller teller = people.teller();
  const CaseId anns = hoor.report(tag_at("Storgatan 7")).row.id, hfabs = hoor.report().row.id;
  const CaseId moved_on = hoor.report(tag_at("Storgatan 7")).row.id;
  hoor.assign(moved_on, "hfab");
  const Told told = tell_all(hoor, teller);
  CHECK(hoor.row(anns).attention == Attention::no_channel);
  CHECK(hoor.count(anns, EventType::case_unattended) == 1);
  CHECK_FALSE(hoor.row(hfabs).attention);
  CHECK_FALSE(hoor.row(moved_on).attention);  // it has an owner that can be told now
  CHECK(told.notices == 3);                   // HFAB of both of its own, the officer of Ann's
  CHECK(destination(hoor, Destination::Kind::officer, "1"));
  CHECK(tell_all(hoor, teller).events == 0);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("telling: an owner with a webhook and no address can be reached") {
  Town hoor;
  TestTeller people;
  people.webhooks = {{WebhookId{hoor.id, 1}, "ann"}};
  const CaseId anns = hoor.report(tag_at("Storgatan 7")).row.id;
  tell_all(hoor, people.teller());
  CHECK_FALSE(hoor.row(anns).attention);
}

TEST_CASE("telling: who cannot be made out is told nothing and named, the others are told") {
  Town hoor;
  TestTeller people;
  const CaseId first = hoor.report().row.id;
  hoor.clock.pass(seconds{1});
  people.poison.insert(hoor.report(tag_at("Storgatan 2")).row.id);
  hoor.clock.pass(seconds{1});
  const CaseId last = hoor.report(tag_at("Storgatan 3")).row.id;
  const Told told = tell_all(hoor, people.teller());
  REQUIRE(told.failures.size() == 2);  // to the reporter, and to the owner
  CHECK(told.failures[0] == "nothing can be made of this event");
  CHECK(told.events == 6);
  for (const CaseId id : {first, last})
    CHECK(hoor.store.ask("SELECT COUNT(*) FROM notices WHERE case_id = " + std::to_string(id.value)) == 1);
}

TEST_CASE("telling: one officer's mailbox that cannot be looked up keeps the event from nobody else") {
  Town hoor;
  TestTeller people;
  people.webhooks = {{WebhookId{hoor.id, 1}, ""}};
  Teller teller = people.teller();
  teller.recipients_of = [&](Transaction& transaction, const Settings& settings, const Event& event, const Concerned& concerned) {
    return recipients_of(transaction, settings, hoor.store->references(), event, concerned);
  };
  teller.leaves_at = leaves_at;
  for (const char* name : {"anna", "bo", "eva"})
    write(*hoor.store, [&](Transaction& transaction) {
      return transaction.users().add({.email = std::string{name} + "@hoor.example.se", .name = name, .scopes = {{.municipality = hoor.id}}, .created_at = hoor.clock.now()});
    });
  hoor.store.tamper("UPDATE users SET language = 'xx' WHERE name = 'bo'");
  const CaseId id = hoor.report(tag_at("Storgatan 7")).row.id;  // of somebody whom nothing reaches: officers hear of it
  Told told = tell_all(hoor, teller);
  CHECK(told.failures.size() == 1);
  CHECK(hoor.row(id).attention == Attention::no_channel);
  const auto to_officer = [&](const std::string& number) { return destination(hoor, Destination::Kind::officer, number).has_value(); };
  CHECK(to_officer("1"));
  CHECK_FALSE(to_officer("2"));
  CHECK(to_officer("3"));
  CHECK(told.messages == 3);  // opened, assigned, unattended
}

TEST_CASE("telling: what a municipality cannot be told of now keeps no other waiting") {
  Town hoor;
  const MunicipalityId horby = hoor.add_neighbour();
  TestTeller people;
  Teller teller = people.teller();
  bool away = true;
  const auto recipients_of = teller.recipients_of;
  teller.recipients_of = [&](Transaction& transaction, const Settings& settings, const Event& event, const Concerned& concerned) {
    if (away && settings.municipality.id == hoor.id) throw Error{ErrorCode::unavailable, "the database is away"};
    return recipients_of(transaction, settings, event, concerned);
  };
  hoor.report();
  hoor.store->write([&](Transaction& transaction) {
    take_report(transaction, *transaction.municipalities().settings(horby), tag_at("Storgatan 1"), kPolice, hoor.clock.now());
  });
  const Told told = tell_on(*hoor.store, teller, hoor.clock.now());
  CHECK(told.events > 0);  // Hörby's
  REQUIRE(told.fault);
  CHECK(refusal([&] { std::rethrow_exception(told.fault); }).code() == ErrorCode::unavailable);
  away = false;
  const Told later = tell_on(*hoor.store, teller, hoor.clock.now());
  CHECK_FALSE(later.fault);
  CHECK(later.events == 2);
}

TEST_CASE("telling: nobody is told of history that was passed over, but of what comes after it") {
  Town hoor;
  TestTeller people;
  const Teller teller = people.teller();
  const CaseId id = hoor.report().row.id;
  hoor.store->write([&](Transaction& transaction) { transaction.notices().pass_over_history(hoor.id); });
  CHECK(tell_all(hoor, teller).events == 0);
  hoor.dismiss(id);
  CHECK(tell_all(hoor, teller).events == 1);
}

TEST_CASE("telling: what is said of the steps to a deadline is by the policy that the case was opened under") {
  Policy policy = without_attention();
  policy.escalation.overdue = {Audience::officers};
  Town hoor{policy};
  TestTeller people;
  const Teller teller = people.teller();
  hoor.report();
  tell_all(hoor, teller);
  hoor.clock.set(nov(20));
  hoor.sweep();
  CHECK(tell_all(hoor, teller).notices == 1);
  CHECK(destination(hoor, Destination::Kind::officer, "1"));
}

TEST_CASE("telling: of a thousand parked messages each officer hears in one mail a day") {
  Town hoor;
  TestTeller people;
  const Teller teller = people.teller();
  const auto parked = [&] {
    hoor.store->write([&](Transaction& transaction) { tell_of_parked(transaction, *transaction.municipalities().settings(hoor.id), teller, hoor.clock.now()); });
  };
  const auto last = [&] {
    return read(*hoor.store, [&](Transaction& transaction) {
      return transaction.notices().last_of_parked(transaction.notices().find_destination(hoor.id, Destination::Kind::officer, "1")->id).value();
    });
  };
  for (int i = 0; i < 3; ++i) parked();
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM notices") == 1);
  const Instant first = last().leaves_at;
  CHECK(first == hoor.clock.now() + kGathered);
  hoor.clock.set(first);
  CHECK(take_up(*hoor.store, teller, {}, "node", true, 10, hoor.clock.now()).handouts.size() == 1);
  hoor.clock.pass(hours{1});
  for (int i = 0; i < 3; ++i) parked();
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM notices") == 2);
  CHECK(last().leaves_at == first + hours{24});
}
