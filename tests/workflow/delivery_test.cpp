#include "workflow/delivery.h"

#include <doctest/doctest.h>

#include "support/refusal.h"
#include "support/test_teller.h"
#include "support/town.h"
#include "workflow/verification.h"
#include "workflow/webhooks.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

using Outcomes = std::vector<Tried>;

Attempt accepted() { return {.outcome = Attempt::Outcome::accepted, .status = 200}; }
Attempt failed(int status = 503) { return {.outcome = Attempt::Outcome::retry, .status = status, .detail = "It answered " + std::to_string(status)}; }
Attempt refused() { return {.outcome = Attempt::Outcome::refused, .status = 404, .detail = "It answered 404"}; }

/// Höör with a node that delivers by hand.
struct PostOffice : Town {
  TestTeller people;
  Teller teller = people.teller();
  DeliveryPace pace;
  Recorded recorded;  ///< of the last `record`

  explicit PostOffice(std::map<WebhookId, std::string> webhooks = {}) : Town(without_attention()) { people.webhooks = std::move(webhooks); }

  void tell() {
    while (tell_on(*store, teller, clock.now()).events > 0) {}
  }
  TakenUp take(bool by_mail, const std::string& node = "node") { return take_up(*store, teller, pace, node, by_mail, 1000, clock.now()); }
  /// What became of everything in hand, and gives it back.
  Recorded record(const TakenUp& taken, const std::function<Attempt(const Handout&)>& attempt, const std::string& node = "node") {
    Outcomes outcomes = taken.outcomes;
    for (const Handout& handout : taken.handouts) outcomes.push_back({handout.message, handout.destination, attempt(handout), clock.now(), 0.5});
    return recorded = record_outcomes(*store, teller, pace, outcomes, taken.held, node);
  }
  /// Takes and records once; how many were handed out.
  std::size_t deliver(bool by_mail, const std::function<Attempt(const Handout&)>& attempt) {
    const TakenUp taken = take(by_mail);
    record(taken, attempt);
    return taken.handouts.size();
  }
  std::size_t deliver(bool by_mail, const Attempt& attempt) {
    return deliver(by_mail, [&](const Handout&) { return attempt; });
  }
  Message message(MessageId message_id) {
    return read(*store, [&](Transaction& transaction) { return transaction.notices().find_message(message_id).value(); });
  }
  Destination mailbox(const std::string& owner_id) {
    return read(*store, [&](Transaction& transaction) { return transaction.notices().find_destination(id, Destination::Kind::owner, owner_id).value(); });
  }
  Message resend(MessageId message_id) {
    return write(*store, [&](Transaction& transaction) { return send_again(transaction, *transaction.municipalities().settings(id), message_id, clock.now()); });
  }
  std::int64_t messages(const std::string& state) { return store.ask("SELECT COUNT(*) FROM messages WHERE state = '" + state + "'"); }
};

const OutgoingMail& mail_of(const Handout& handout) { return std::get<OutgoingMail>(handout.what); }
const OutgoingCall& call_of(const Handout& handout) { return std::get<OutgoingCall>(handout.what); }

const WebhookId kKommuns{1, 1}, kHfabs{1, 2};

}  // namespace

TEST_CASE("delivery: what happens in the same seconds goes in one mail, and its acceptance is when the owner was told") {
  PostOffice hoor;
  std::vector<CaseId> cases;
  for (int i = 0; i < 200; ++i) cases.push_back(hoor.report(tag_at("Storgatan " + std::to_string(100 + i))).row.id);
  const Instant given_at = hoor.clock.now();
  hoor.clock.pass(seconds{1});
  hoor.tell();
  hoor.clock.set(given_at + kGathered - seconds{1});
  CHECK(hoor.take(true).handouts.empty());
  hoor.clock.pass(seconds{1});
  const TakenUp taken = hoor.take(true);
  REQUIRE(taken.handouts.size() == 1);
  CHECK(mail_of(taken.handouts[0]).text == "200");
  CHECK_FALSE(hoor.row(cases[0]).told_at);
  hoor.clock.pass(seconds{2});
  hoor.record(taken, [](const Handout&) { return accepted(); });
  CHECK(hoor.recorded.accepted == 1);
  for (const CaseId id : {cases.front(), cases.back()}) {
    CHECK(hoor.row(id).told_at == hoor.clock.now());
    const Event told = hoor.events(id).back();
    CHECK(told.type == EventType::owner_told);
    CHECK(told.data.channel == "mail");
    CHECK(told.by == Actor{});
  }
  CHECK(hoor.messages("sent") == 1);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM message_bodies") == 0);
  hoor.tell();  // that the owner was told concerns nobody
  hoor.clock.pass(hours{1});
  CHECK(hoor.take(true).handouts.empty());
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("delivery: an accepted mail tells nothing of a case that another has by then, nor of one told before") {
  PostOffice hoor;
  const CaseId gone = hoor.report().row.id, known = hoor.report(tag_at("Storgatan 2")).row.id;
  hoor.tell();
  hoor.clock.pass(kGathered);
  const TakenUp taken = hoor.take(true);
  hoor.assign(gone, "eon");
  const Instant called_at = hoor.clock.now();
  hoor.Town::record(known, [&](const Case& now) { return tell_owner(now, Channel::call, called_at, kOfficer, called_at); });
  hoor.clock.pass(minutes{1});
  hoor.record(taken, [](const Handout&) { return accepted(); });
  CHECK_FALSE(hoor.row(gone).told_at);
  CHECK(hoor.row(known).told_at == called_at);
  CHECK(hoor.count(known, EventType::owner_told) == 1);
}

TEST_CASE("delivery: a mail is the same at every attempt while it is right, and one with the same id when it is not any more") {
  PostOffice hoor;
  hoor.report();
  hoor.tell();
  hoor.clock.pass(kGathered);
  const TakenUp first = hoor.take(true);
  hoor.record(first, [](const Handout&) { return failed(451); });
  hoor.clock.pass(minutes{10});
  const TakenUp same = hoor.take(true);
  REQUIRE(same.handouts.size() == 1);
  CHECK(mail_of(same.handouts[0]).subject == "first");
  CHECK(mail_of(same.handouts[0]).date == mail_of(first.handouts[0]).date);
  CHECK(hoor.people.composed == 1);
  hoor.record(same, [](const Handout&) { return failed(451); });
  hoor.people.words = "right now";
  hoor.clock.pass(hours{1});
  const TakenUp again = hoor.take(true);
  REQUIRE(again.handouts.size() == 1);
  CHECK(mail_of(again.handouts[0]).subject == "right now");
  CHECK(mail_of(again.handouts[0]).message_id == mail_of(first.handouts[0]).message_id);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM messages") == 1);
  hoor.people.words = "second";
  hoor.record(again, [](const Handout&) { return refused(); });
  CHECK(hoor.message(first.handouts[0].message).state == MessageState::parked);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM message_bodies") == 0);
  CHECK(hoor.resend(first.handouts[0].message).state == MessageState::waiting);
  CHECK(hoor.resend(first.handouts[0].message).state == MessageState::waiting);  // it waits already
  const TakenUp by_hand = hoor.take(true);
  REQUIRE(by_hand.handouts.size() == 1);
  CHECK(mail_of(by_hand.handouts[0]).subject == "second");
  CHECK(mail_of(by_hand.handouts[0]).message_id == mail_of(first.handouts[0]).message_id);
  hoor.record(by_hand, [](const Handout&) { return accepted(); });
  CHECK(refusal([&] { hoor.resend(first.handouts[0].message); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { hoor.resend(MessageId{1, 999}); }).code() == ErrorCode::not_found);
  CHECK(refusal([&] { hoor.resend(MessageId{2, 1}); }).code() == ErrorCode::not_found);
}

TEST_CASE("delivery: while a mail is tried again what else happens gathers for the next one") {
  PostOffice hoor;
  hoor.report();
  hoor.tell();
  hoor.clock.pass(kGathered);
  hoor.deliver(true, failed(451));
  for (int i = 0; i < 3; ++i) hoor.report(tag_at("Storgatan " + std::to_string(i + 20)));
  hoor.tell();
  hoor.clock.pass(minutes{1});
  CHECK(hoor.deliver(true, [](const Handout& handout) {
    CHECK(mail_of(handout).text == "1");
    return accepted();
  }) == 1);
  CHECK(hoor.deliver(true, [](const Handout& handout) {
    CHECK(mail_of(handout).text == "3");
    return accepted();
  }) == 1);
}

TEST_CASE("delivery: it is tried again after 5 s, then four times as long each time up to 4 h, a fifth more or less") {
  CHECK(pause_after(1, 0.5) == seconds{5});
  CHECK(pause_after(1, 0.0) == seconds{4});
  CHECK(pause_after(2, 0.5) == seconds{20});
  CHECK(pause_after(6, 0.5) == seconds{5120});
  CHECK(pause_after(7, 0.5) == hours{4});
  CHECK(pause_after(1000, 0.0) == seconds{11'520});
  CHECK(pause_after(1000, 0.999999) < seconds{17'281});
  CHECK(closed_for(5) == seconds{30});
  CHECK(closed_for(6) == seconds{60});
  CHECK(closed_for(12) == hours{1});
  CHECK(closed_for(1'000'000) == hours{1});
}

TEST_CASE("delivery: not sooner than the receiver asks, and given up a day after the first attempt, to the second") {
  PostOffice hoor{{{kKommuns, ""}}};
  hoor.report(tag_at("Okända vägen 1"));
  hoor.tell();
  const TakenUp first = hoor.take(false);
  REQUIRE(first.handouts.size() == 1);
  const MessageId id = first.handouts[0].message;
  const Instant began = hoor.clock.now();
  hoor.record(first, [](const Handout&) { return Attempt{.status = 429, .retry_after = minutes{10}}; });
  CHECK(hoor.message(id).next_at == began + minutes{10});
  CHECK(hoor.message(id).attempts == 1);
  CHECK(hoor.message(id).status == 429);
  hoor.clock.pass(minutes{10} - seconds{1});
  CHECK(hoor.take(false).handouts.empty());
  hoor.clock.set(began + kTriedFor - seconds{1});
  CHECK(hoor.deliver(false, failed()) == 1);
  CHECK(hoor.message(id).state == MessageState::waiting);
  CHECK(hoor.message(id).next_at == began + kTriedFor);  // once more, at the very end
  hoor.clock.set(began + kTriedFor);
  CHECK(hoor.deliver(false, failed()) == 1);
  CHECK(hoor.message(id).state == MessageState::parked);
  CHECK(hoor.message(id).done_at == began + kTriedFor);
  CHECK(hoor.message(id).detail == "It answered 503");
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM notices WHERE kind = 'parked'") == 1);
}

TEST_CASE("delivery: a test of a webhook is tried once, and one that fails is not parked and tells no officer") {
  struct {
    Attempt attempt;
    const char* state;
  } const table[] = {{accepted(), "sent"}, {failed(), "failed"}, {refused(), "failed"}, {{.outcome = Attempt::Outcome::gone, .status = 410}, "failed"}};
  for (const auto& [attempt, state] : table) {
    CAPTURE(state);
    PostOffice hoor{{{kKommuns, ""}}};
    Webhook webhook;
    webhook.id = kKommuns;
    const MessageId test = write(*hoor.store, [&](Transaction& transaction) { return queue_test(transaction, webhook, hoor.clock.now()); });
    CHECK(hoor.deliver(false, attempt) == 1);
    CHECK(hoor.messages(state) == 1);
    CHECK(hoor.message(test).done_at == hoor.clock.now());
    CHECK(hoor.message(test).status == attempt.status);
    CHECK(hoor.recorded.parked == 0);
    CHECK(hoor.store.ask("SELECT COUNT(*) FROM notices") == 0);
    CHECK(hoor.people.disabled.contains(kKommuns) == (attempt.outcome == Attempt::Outcome::gone));
    CHECK(refusal([&] { hoor.resend(test); }).code() == ErrorCode::conflict);
    hoor.clock.pass(days{2});
    CHECK(hoor.take(false).handouts.empty());
  }
}

TEST_CASE("delivery: a test that waits for a receiver which has failed all day is not parked either") {
  PostOffice hoor{{{kKommuns, ""}}};
  hoor.pace.longest_closed = hours{1};
  Webhook webhook;
  webhook.id = kKommuns;
  for (int i = 0; i < kFailuresToClose; ++i) hoor.report(tag_at("Storgatan " + std::to_string(i + 1)));
  hoor.tell();
  hoor.deliver(false, failed());
  const MessageId test = write(*hoor.store, [&](Transaction& transaction) { return queue_test(transaction, webhook, hoor.clock.now()); });
  const DestinationId receiver = hoor.message(test).destination;
  hoor.store.tamper("UPDATE messages SET first_tried_at = NULL");
  hoor.clock.pass(kTriedFor + seconds{1});
  CHECK(give_up_waiting(*hoor.store, hoor.teller, hoor.pace, receiver, hoor.clock.now()) == 2 * kFailuresToClose);
  CHECK(hoor.messages("failed") == 1);
  CHECK(hoor.messages("waiting") == 0);
  CHECK(hoor.message(test).state == MessageState::failed);
}

TEST_CASE("delivery: a municipality with much to deliver delays no other") {
  PostOffice hoor;
  const MunicipalityId horby = hoor.add_neighbour();
  const auto queue = [&](MunicipalityId municipality, Destination::Kind kind, const std::string& ref, int messages, Instant at) {
    hoor.store->write([&](Transaction& transaction) {
      Queueing queueing{transaction, municipality, at};
      for (int n = 0; n < messages; ++n) {
        if (kind == Destination::Kind::webhook)
          queueing.add(WebhookId{municipality, std::stoll(ref)}, Message{.type = "case.opened"});
        else
          queueing.add(kind, ref, QueuedNotice{.leaves_at = at});
      }
      queueing.wake();
    });
  };
  const Instant before = hoor.clock.now();
  for (int n = 0; n < 100; ++n) queue(hoor.id, Destination::Kind::owner, "owner-" + std::to_string(n), 1, before);
  for (int n = 1; n <= 40; ++n) queue(hoor.id, Destination::Kind::webhook, std::to_string(n), 100, before);
  hoor.clock.pass(minutes{1});
  queue(horby, Destination::Kind::owner, "horby", 1, hoor.clock.now());
  queue(horby, Destination::Kind::webhook, "1", 100, hoor.clock.now());
  for (const bool by_mail : {true, false}) {
    const TakenUp taken = take_up(*hoor.store, hoor.teller, hoor.pace, "node", by_mail, 10, hoor.clock.now());
    CHECK_FALSE(taken.fault);
    const auto of_horby = std::ranges::count(taken.handouts, horby, [](const Handout& handout) { return handout.destination.municipality(); });
    CHECK(of_horby == (by_mail ? 1 : 5));
    CHECK(taken.handouts.size() == 10);
  }
}

TEST_CASE("delivery: a receiver that answers 410 is called no more, and what waited for it goes nowhere") {
  PostOffice hoor{{{kKommuns, ""}}};
  hoor.report();
  hoor.report(tag_at("Storgatan 2"));
  hoor.tell();
  const TakenUp taken = hoor.take(false);
  REQUIRE(taken.handouts.size() == 2);  // the first of each case
  hoor.record(taken, [](const Handout&) { return Attempt{.outcome = Attempt::Outcome::gone, .status = 410}; });
  CHECK(hoor.people.disabled.contains(kKommuns));
  CHECK(hoor.messages("parked") == 2);
  CHECK(hoor.take(false).handouts.empty());
  CHECK(hoor.messages("dropped") == 2);
  CHECK(hoor.messages("waiting") == 0);
}

TEST_CASE("delivery: messages of one case go one after the other in its order, those of others do not wait") {
  PostOffice hoor{{{kKommuns, ""}}};
  const CaseId one = hoor.report().row.id;
  hoor.clock.pass(seconds{1});
  hoor.report(tag_at("Storgatan 2"));
  hoor.clock.pass(seconds{1});
  hoor.dismiss(one);
  hoor.tell();
  std::vector<std::string> bodies;
  const auto take_note = [&](const Handout& handout) {
    if (hoor.message(handout.message).case_id == one) bodies.push_back(call_of(handout).body);
    return accepted();
  };
  bool first_fails = true;
  CHECK(hoor.deliver(false, [&](const Handout& handout) {
    return hoor.message(handout.message).case_id == one && std::exchange(first_fails, false) ? failed() : take_note(handout);
  }) == 2);
  CHECK(hoor.deliver(false, take_note) == 1);  // the other's second
  CHECK(hoor.take(false).handouts.empty());
  hoor.clock.pass(minutes{1});
  for (int i = 0; i < 3; ++i) CHECK(hoor.deliver(false, take_note) == 1);
  CHECK(bodies == std::vector<std::string>{"case.opened", "case.assigned", "case.dismissed"});
  CHECK(hoor.messages("sent") == 5);
}

TEST_CASE("delivery: after five failures in a row a receiver is left alone and then tried with one message; others go on") {
  PostOffice hoor{{{kKommuns, ""}, {kHfabs, "hfab"}}};
  for (int i = 0; i < 8; ++i) hoor.report(tag_at("Storgatan " + std::to_string(20 + i)));
  hoor.tell();
  const auto is_dead = [&](const Handout& handout) { return read(*hoor.store, [&](Transaction& transaction) {
    return transaction.notices().find_destination(handout.destination)->ref == std::to_string(kKommuns.value); }); };
  std::size_t to_dead = 0, to_other = 0;
  const auto half = [&](const Handout& handout) {
    const bool dead = is_dead(handout);
    ++(dead ? to_dead : to_other);
    return dead ? failed() : accepted();
  };
  hoor.deliver(false, half);
  CHECK(to_dead == 8);
  CHECK(to_other == 8);
  // Eight failures, but of one moment: closed for half a minute, whatever else is added to it.
  const Instant failed_at = hoor.clock.now();
  hoor.report(tag_at("Storgatan 40"));
  hoor.tell();
  hoor.clock.set(failed_at + closed_for(5) - seconds{1});
  hoor.deliver(false, half);
  CHECK(to_dead == 8);
  CHECK(to_other == 17);  // of the new case, and that it was told of the eight
  hoor.clock.pass(seconds{1});
  hoor.deliver(false, half);
  CHECK(to_dead == 9);
  hoor.clock.pass(closed_for(6) - seconds{1});
  CHECK(hoor.take(false).handouts.empty());
  hoor.clock.pass(seconds{1});
  CHECK(hoor.deliver(false, accepted()) == 1);  // it answers again
  CHECK(hoor.deliver(false, accepted()) > 1);
  while (hoor.deliver(false, accepted()) > 0) {}
  CHECK(hoor.messages("waiting") == 0);
}

TEST_CASE("delivery: what a node had in hand when it was killed goes once its lease has run out, with the same id") {
  PostOffice hoor{{{kKommuns, ""}}};
  hoor.report(tag_at("Okända vägen 1"));
  hoor.tell();
  const TakenUp killed = hoor.take(false, "one");
  REQUIRE(killed.handouts.size() == 1);
  CHECK(hoor.take(false, "two").handouts.empty());
  hoor.clock.pass(hoor.pace.lease - seconds{1});
  CHECK(hoor.take(false, "two").handouts.empty());
  hoor.clock.pass(seconds{1});
  const TakenUp again = hoor.take(false, "two");
  REQUIRE(again.handouts.size() == 1);
  CHECK(call_of(again.handouts[0]).webhook_id == call_of(killed.handouts[0]).webhook_id);
  hoor.record(again, [](const Handout&) { return accepted(); }, "two");
  // The first node was only slow. What it says is no news, and what it gives back is not its own any more.
  hoor.record(killed, [](const Handout&) { return failed(); }, "one");
  CHECK(hoor.recorded.retried == 0);
  CHECK(hoor.messages("sent") == 1);
}

TEST_CASE("delivery: a node that is still at it keeps what it holds") {
  PostOffice hoor{{{kKommuns, ""}}};
  hoor.report(tag_at("Okända vägen 1"));
  hoor.tell();
  const TakenUp taken = hoor.take(false, "one");
  hoor.clock.pass(hoor.pace.lease - seconds{1});
  const auto extend = [&](const std::string& node) {
    return write(*hoor.store, [&](Transaction& transaction) {
      return transaction.notices().extend_lease(taken.held[0], hoor.clock.now() + hoor.pace.lease, node);
    });
  };
  CHECK(extend("one"));
  CHECK_FALSE(extend("two"));
  hoor.clock.pass(seconds{2});
  CHECK(hoor.take(false, "two").handouts.empty());
}

TEST_CASE("delivery: while the relay is down no mail is tried, and none is given up for it") {
  PostOffice hoor;
  hoor.report();
  hoor.tell();
  for (int i = 0; i < 10; ++i) {
    hoor.clock.pass(hours{12});
    CHECK(hoor.deliver(true, Attempt{.detail = "no connection", .relay_down = true}) == 1);
  }
  CHECK(hoor.messages("waiting") == 1);
  CHECK(hoor.store.ask("SELECT attempts FROM messages") == 0);
  CHECK(hoor.mailbox("hfab").failures == 0);
  hoor.clock.pass(hours{12});
  CHECK(hoor.deliver(true, accepted()) == 1);
}

TEST_CASE("delivery: what waited a day for a receiver that failed all day is given up, what came later is not") {
  PostOffice hoor{{{kKommuns, ""}}};
  for (int i = 0; i < 6; ++i) hoor.report(tag_at("Okända vägen " + std::to_string(i)));
  hoor.tell();
  const Instant began = hoor.clock.now();
  hoor.deliver(false, failed());
  hoor.clock.set(began + hours{12});
  hoor.report(tag_at("Okända vägen 9"));
  hoor.tell();
  hoor.clock.set(began + kTriedFor - seconds{1});
  hoor.deliver(false, failed());
  CHECK(hoor.recorded.failing.empty());
  hoor.clock.pass(hours{2});
  CHECK(hoor.deliver(false, failed()) == 1);
  REQUIRE(hoor.recorded.failing.size() == 1);
  CHECK(hoor.recorded.parked == 1);
  CHECK(give_up_waiting(*hoor.store, hoor.teller, hoor.pace, hoor.recorded.failing[0], hoor.clock.now()) == 5);
  CHECK(give_up_waiting(*hoor.store, hoor.teller, hoor.pace, hoor.recorded.failing[0], hoor.clock.now()) == 0);
  CHECK(hoor.messages("parked") == 6);
  CHECK(hoor.messages("waiting") == 1);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM notices WHERE kind = 'parked'") == 1);
}

TEST_CASE("delivery: what cannot be composed is an attempt that failed, and holds up nobody else") {
  PostOffice hoor{{{kKommuns, ""}}};
  hoor.report();
  hoor.tell();
  hoor.clock.pass(kGathered);
  hoor.people.breaks = true;
  for (const bool by_mail : {true, false}) {
    const TakenUp taken = hoor.take(by_mail);
    CHECK(taken.handouts.empty());
    REQUIRE(taken.outcomes.size() == 1);
    CHECK(taken.failures == std::vector<std::string>{"no words"});
    hoor.record(taken, [](const Handout&) { return accepted(); });
    CHECK(hoor.message(taken.outcomes[0].message).detail == "It could not be composed.");
    CHECK(hoor.take(by_mail).outcomes.empty());
  }
  hoor.people.breaks = false;
  hoor.clock.pass(minutes{1});
  CHECK(hoor.deliver(true, accepted()) == 1);
  CHECK(hoor.deliver(false, accepted()) == 1);
}

TEST_CASE("delivery: a mail that is for nobody any more is dropped") {
  PostOffice hoor;
  hoor.report();
  hoor.tell();
  hoor.clock.pass(kGathered);
  hoor.people.moot = true;
  const TakenUp taken = hoor.take(true);
  CHECK(taken.handouts.empty());
  CHECK(taken.dropped == 1);
  CHECK(hoor.messages("dropped") == 1);
  CHECK(hoor.take(true).dropped == 0);
}

TEST_CASE("delivery: a mail that waits is dropped when meanwhile it is for nobody, and one that may not leave yet waits untried") {
  PostOffice hoor;
  hoor.report();
  hoor.tell();
  hoor.clock.pass(kGathered);
  hoor.people.later = hoor.clock.now() + minutes{30};
  CHECK(hoor.take(true).handouts.empty());
  CHECK(hoor.messages("waiting") == 1);
  CHECK(hoor.store.ask("SELECT attempts FROM messages") == 0);
  hoor.clock.pass(minutes{30} - seconds{1});
  CHECK(hoor.take(true).handouts.empty());
  hoor.clock.pass(seconds{1});
  CHECK(hoor.deliver(true, failed(451)) == 1);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM message_bodies") == 1);
  hoor.people.moot = true;
  hoor.clock.pass(hours{1});
  CHECK(hoor.take(true).dropped == 1);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM message_bodies") == 0);
  CHECK(hoor.messages("dropped") == 1);
}

TEST_CASE("delivery: of a broken history the outcome is recorded all the same, and the others with what follows") {
  PostOffice hoor{{{kHfabs, "hfab"}}};
  const CaseId broken = hoor.report().row.id, whole = hoor.report(tag_at("Storgatan 2")).row.id;
  hoor.tell();
  const TakenUp taken = hoor.take(false);
  REQUIRE(taken.handouts.size() == 2);
  hoor.store.tamper("DELETE FROM events WHERE case_id = " + std::to_string(broken.value));
  hoor.record(taken, [](const Handout&) { return accepted(); });
  CHECK(hoor.recorded.accepted == 2);
  CHECK(hoor.recorded.failures.size() == 1);
  CHECK(hoor.messages("sent") == 2);
  CHECK(hoor.row(whole).told_at == hoor.clock.now());
  CHECK(hoor.events(whole).back().data.channel == "webhook");
}

TEST_CASE("delivery: counts tell what waits, since when, and what is parked") {
  PostOffice hoor{{{kKommuns, ""}}};
  const auto counted = [&] { return read(*hoor.store, [&](Transaction& transaction) { return transaction.notices().count_waiting(hoor.id); }); };
  CHECK(counted().waiting == 0);
  CHECK_FALSE(counted().oldest);
  hoor.report();
  hoor.tell();
  const Instant first = hoor.clock.now();
  hoor.clock.pass(hours{1});
  hoor.report(tag_at("Storgatan 2"));
  hoor.tell();
  CHECK(counted().waiting == 6);  // two of each case to the webhook, one to its owner
  CHECK(counted().oldest == first);
  hoor.deliver(false, refused());
  CHECK(counted().parked == 2);
}

TEST_CASE("delivery: what was done with 90 days ago is forgotten with its notices, to the second") {
  PostOffice hoor;
  hoor.report();
  hoor.tell();
  hoor.clock.pass(kGathered);
  hoor.deliver(true, accepted());
  const Instant sent_at = hoor.clock.now();
  CHECK(forget_old_messages(*hoor.store, sent_at + kMessagesKept) == 0);
  CHECK(forget_old_messages(*hoor.store, sent_at + kMessagesKept + seconds{1}) == 1);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM messages") == 0);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM notices") == 0);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM destinations") == 0);  // nothing is there for it
  hoor.report(tag_at("Storgatan 2"));
  hoor.tell();
  hoor.clock.pass(kGathered);
  hoor.deliver(true, failed());
  CHECK(forget_old_messages(*hoor.store, hoor.clock.now() + days{1000}) == 0);  // it waits
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM destinations") == 1);
}

TEST_CASE("delivery: lists hold what is parked, the last first, and what waits, and turn the pages") {
  PostOffice hoor{{{kKommuns, ""}}};
  for (int i = 0; i < 3; ++i) {
    hoor.report(tag_at("Okända vägen " + std::to_string(i)));
    hoor.tell();
    if (i > 0) hoor.deliver(false, refused());
    hoor.clock.pass(seconds{1});
  }
  const auto list = [&](MessageState state, Page page) {
    return read(*hoor.store, [&](Transaction& transaction) { return transaction.notices().list(hoor.id, state, page); });
  };
  const auto parked = list(MessageState::parked, {2, 0});
  CHECK(parked.total == 3);
  REQUIRE(parked.items.size() == 2);
  CHECK(parked.items[0].done_at > parked.items[1].done_at);
  CHECK(list(MessageState::parked, {2, 2}).items.size() == 1);
  CHECK(list(MessageState::waiting, {}).total == 0);
  CHECK(list(MessageState::dropped, {}).items.empty());
}
