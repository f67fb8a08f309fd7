#include <doctest/doctest.h>

#include "support/refusal.h"
#include "support/town.h"
#include "workflow/statistics.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::seconds;

// A case of Monday the 16th is due on Thursday the 19th at 23:59:59.

namespace {

const Instant kDue = nov(19, "23:59:59");

CaseRow decide(Town& town, CaseId id, HoldId hold, bool granted, const std::string& note = "") {
  return town.act([&](Transaction& transaction, const Settings& settings) {
    CaseAction action = town.action(id);
    action.note = note;
    return decide_hold_on_case(transaction, settings, action, hold, granted);
  });
}

CaseRow end(Town& town, CaseId id, HoldId hold, const Actor& actor = kOfficer) {
  return town.act([&](Transaction& transaction, const Settings& settings) {
    return end_hold_on_case(transaction, settings, town.action(id, actor), hold);
  });
}

std::int64_t waiting_for_decision(Town& town) {
  return read(*town.store, [&](Transaction& transaction) {
    CaseQuery query;
    query.hold_requested = true;
    return transaction.cases().list(town.id, query).total;
  });
}

Compliance november(Town& town) {
  const Settings settings = town.settings();
  return read(*town.store, [&](Transaction& transaction) {
    return compliance(transaction, settings, {on("2026-11-01"), on("2026-12-01")}, GroupBy::none, Cohort::due, town.clock.now()).total;
  });
}

HoldReckoning reckoned(Town& town, CaseId id) {
  const Settings settings = town.settings();
  const Case whole = replay(town.events(id), settings.policies, settings.zone);
  const Policy& policy = policy_of_version(settings.policies, whole.row.policy_version);
  return reckon_holds(policy, policy.limit, whole.row.clock_started_at, whole.holds, whole.former_limits);
}

}  // namespace

TEST_CASE("holds: a pause moves deadline, warnings and next check, ends by itself, and the owner is told of both") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  const auto told = [&] { return hoor.store.told(Audience::owner, "hfab"); };
  const auto before = told();
  hoor.hold(id, nov(18, "07:00"));  // Tuesday ends held
  CHECK(hoor.row(id).due_at == nov(20, "23:59:59"));
  CHECK(hoor.row(id).due_at_without_holds == kDue);
  CHECK(hoor.row(id).warn_at == nov(19, "07:00"));
  CHECK(hoor.row(id).next_check_at == nov(18, "07:00"));
  CHECK(told() == before + 1);
  hoor.clock.set(nov(18, "06:59:59"));
  CHECK(hoor.sweep().holds_ended == 0);
  CHECK(clock_of(hoor.row(id), hoor.clock.now()) == ClockState::held);
  hoor.clock.set(nov(18, "07:00:00"));
  CHECK(clock_of(hoor.row(id), hoor.clock.now()) == ClockState::on_track);  // whether or not anybody sweeps
  CHECK(hoor.sweep().holds_ended == 1);
  CHECK(hoor.sweep().holds_ended == 0);
  CHECK(told() == before + 2);
  CHECK(hoor.row(id).due_at == nov(20, "23:59:59"));
  CHECK(hoor.row(id).next_check_at == nov(19, "07:00"));
  CHECK_FALSE(hoor.row(id).held_until);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("holds: a day is not counted when it ends held, to the second") {
  const std::pair<Instant, Instant> table[] = {
      {nov(17, "23:59:59"), kDue},                     // over before Tuesday's last second
      {nov(18, "00:00:00"), nov(20, "23:59:59")},      // held in it
      {nov(18, "23:59:59"), nov(20, "23:59:59")},      // Tuesday alone
      {nov(19, "00:00:00"), nov(21, "23:59:59")},      // Tuesday and Wednesday
  };
  for (const auto& [until, due_at] : table) {
    Town hoor{without_attention()};
    const CaseId id = hoor.report().row.id;
    hoor.hold(id, until);
    CAPTURE(local(until));
    CHECK(local(hoor.row(id).due_at) == local(due_at));
  }
}

TEST_CASE("holds: overlapping ones count their days once, also when the one that covers the other ends early") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  const HoldId longer = hoor.hold(id, nov(20, "07:00"));  // the 17th to the 19th end held
  CHECK(hoor.row(id).due_at == nov(22, "23:59:59"));
  hoor.clock.set(nov(17));
  hoor.hold(id, nov(19, "07:00"));  // within the other
  CHECK(hoor.row(id).due_at == nov(22, "23:59:59"));
  hoor.clock.set(nov(18));
  CHECK(end(hoor, id, longer).due_at == nov(21, "23:59:59"));  // the second one holds the 18th
  CHECK(hoor.row(id).held_until == nov(19, "07:00"));
  CHECK(refusal([&] { end(hoor, id, longer); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { end(hoor, id, HoldId{hoor.id, 999}); }).code() == ErrorCode::not_found);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("holds: one that begins in the deadline's last second goes over it, one a second later moves nothing and is marked") {
  Town hoor{without_attention()};
  const CaseId in_time = hoor.report(tag_at("Storgatan 1")).row.id, too_late = hoor.report(tag_at("Storgatan 2")).row.id;
  hoor.clock.set(kDue);
  hoor.hold(in_time, nov(21, "07:00"));  // the 19th and the 20th end held
  hoor.clock.pass(seconds{1});
  hoor.hold(too_late, nov(21, "07:00"));
  CHECK(hoor.row(in_time).due_at == nov(21, "23:59:59"));
  CHECK(reckoned(hoor, in_time).too_late.empty());
  CHECK(hoor.row(too_late).due_at == kDue);
  CHECK(reckoned(hoor, too_late).too_late.size() == 1);
  // What was missed is a miss, whatever was entered afterwards; what was held in time is kept.
  hoor.clock.set(nov(21));
  for (const CaseId id : {in_time, too_late}) hoor.remove(id);
  CHECK(november(hoor).on_time == 1);
  CHECK(november(hoor).on_time_by_hold == 1);
  CHECK(november(hoor).late == 1);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("holds: several after the breach turn no miss into a hit, not even when they begin within each other") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  hoor.clock.set(nov(20, "00:00:00"));
  hoor.hold(id, nov(25));
  hoor.clock.set(nov(22));
  hoor.hold(id, nov(30));
  CHECK(reckoned(hoor, id).too_late.size() == 2);
  CHECK(hoor.remove(id, nov(22)).due_at == kDue);
  CHECK(november(hoor).late == 1);
  CHECK(november(hoor).on_time == 0);
}

TEST_CASE("holds: the figures say how many were on time only by their holds, and what the rate is without them") {
  Town hoor{without_attention()};
  std::vector<CaseId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(hoor.report(tag_at("Storgatan " + std::to_string(i + 1))).row.id);
  hoor.hold(ids[0], nov(18, "07:00"));
  hoor.hold(ids[1], nov(18, "07:00"));
  hoor.clock.set(nov(19));
  hoor.remove(ids[0]);  // held, and on time without it
  hoor.clock.set(nov(20));
  for (std::size_t i = 1; i < ids.size(); ++i) hoor.remove(ids[i]);
  const Compliance figures = november(hoor);
  CHECK(figures.population == 5);
  CHECK(figures.on_time == 2);
  CHECK(figures.on_time_by_hold == 1);
  CHECK(figures.rate_per_mille == 400);
  CHECK(figures.rate_without_holds_per_mille == 200);
}

TEST_CASE("holds: a request waits in the officers' list, counts from when it was asked once granted, and not when refused") {
  Town hoor{without_attention()};
  const CaseId granted = hoor.report(tag_at("Storgatan 1")).row.id, refused = hoor.report(tag_at("Storgatan 2")).row.id;
  hoor.clock.set(nov(17));
  const HoldId first = hoor.hold(granted, nov(18, "12:00"), kHfab, HoldReason::lift);  // Tuesday ends held
  hoor.clock.pass(hours{1});
  const HoldId second = hoor.hold(refused, nov(18, "12:00"), kHfab, HoldReason::lift);
  CHECK(hoor.row(granted).due_at == kDue);
  CHECK(hoor.row(granted).hold_requested_at == nov(17));
  CHECK_FALSE(clock_of(hoor.row(granted), hoor.clock.now()) == ClockState::held);
  CHECK(waiting_for_decision(hoor) == 2);
  CHECK(hoor.store.told(Audience::officers) == 2);
  hoor.clock.set(nov(19));  // when the pause that was asked for is over already
  CHECK(decide(hoor, granted, first, true).due_at == nov(20, "23:59:59"));
  CHECK(decide(hoor, refused, second, false).due_at == kDue);
  CHECK(waiting_for_decision(hoor) == 0);
  CHECK(reckoned(hoor, granted).granted_late.empty());
  hoor.sweep();  // it ends what had ended
  CHECK(hoor.count(granted, EventType::hold_ended) == 1);
  CHECK(hoor.row(granted).due_at == nov(20, "23:59:59"));
  // The same word again is no event, the other one a conflict.
  decide(hoor, granted, first, true);
  CHECK(hoor.count(granted, EventType::hold_started) == 1);
  CHECK(refusal([&] { decide(hoor, granted, first, false); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { decide(hoor, refused, first, true); }).code() == ErrorCode::not_found);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("holds: a request of before the deadline that is granted after it counts, and is marked") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  hoor.clock.set(kDue);
  const HoldId hold = hoor.hold(id, nov(21, "07:00"), kHfab, HoldReason::access);
  hoor.clock.set(nov(20, "12:00"));
  hoor.sweep();
  CHECK(hoor.count(id, EventType::case_overdue) == 1);
  CHECK(november(hoor).overdue == 1);
  CHECK(decide(hoor, id, hold, true).due_at == nov(21, "23:59:59"));
  CHECK(reckoned(hoor, id).granted_late == std::vector<HoldId>{hold});
  CHECK(reckoned(hoor, id).too_late.empty());
  CHECK(november(hoor).overdue == 0);
  hoor.clock.set(nov(22));
  hoor.sweep();
  CHECK(hoor.count(id, EventType::case_overdue) == 2);  // of the deadline that it has now
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("holds: a request asked for after the deadline moves nothing though it is granted") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  hoor.clock.set(kDue + seconds{1});
  const HoldId hold = hoor.hold(id, nov(22), kHfab, HoldReason::access);
  CHECK(decide(hoor, id, hold, true).due_at == kDue);
  CHECK(reckoned(hoor, id).too_late == std::vector<HoldId>{hold});
}

TEST_CASE("holds: what is closed is not waited for, and waits again when it is open again") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  const HoldId hold = hoor.hold(id, nov(18), kHfab, HoldReason::access);
  hoor.clock.set(nov(17));
  hoor.remove(id);
  CHECK(waiting_for_decision(hoor) == 0);
  CHECK(refusal([&] { decide(hoor, id, hold, true); }).code() == ErrorCode::conflict);
  hoor.reopen(id);
  CHECK(waiting_for_decision(hoor) == 1);
  decide(hoor, id, hold, false);
  CHECK(waiting_for_decision(hoor) == 0);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("holds: the policy caps what one pause may last and what all of them move") {
  Policy policy;
  policy.hold_cap_days = 2;
  Town hoor{policy};
  const CaseId id = hoor.report().row.id;
  CHECK(refusal([&] { hoor.hold(id, nov(18, "10:00:01")); }).faults().front().pointer == "/until");
  hoor.hold(id, nov(18, "10:00:00"));  // two days to the second
  CHECK(hoor.row(id).due_at == nov(20, "23:59:59"));
  hoor.clock.set(nov(18));
  hoor.hold(id, nov(20, "10:00"));
  CHECK(hoor.row(id).due_at == nov(21, "23:59:59"));  // the 17th and the 18th; the 19th is beyond the cap
  hoor.clock.set(nov(20));
  hoor.hold(id, nov(22, "10:00"));
  CHECK(hoor.row(id).due_at == nov(21, "23:59:59"));
}

TEST_CASE("holds: in hours the union of what is held is added, within the cap") {
  Policy policy;
  policy.limit = {CountingMode::hours, 72};
  Town hoor{policy};
  const CaseId id = hoor.report().row.id;  // at 10 on the 16th, due at 10 on the 19th
  hoor.hold(id, nov(16, "22:00"));
  hoor.clock.set(nov(16, "16:00"));
  hoor.hold(id, nov(17, "04:00"));
  CHECK(local(hoor.row(id).due_at) == local(nov(20, "04:00")));  // from 10 to 4: 18 hours
  CHECK(hoor.row(id).due_at_without_holds == nov(19, "10:00"));
}

TEST_CASE("holds: the police hold what they reported, for 48 hours, also when their report came with another case") {
  Town hoor{without_attention()};
  const Actor other{Role::police, 77, ""};
  const CaseId id = hoor.report(tag_at("Storgatan 1"), kPolice).row.id, citizens = hoor.report(tag_at("Storgatan 2"), kCitizen).row.id;
  const auto until = [&](seconds time) { return hoor.clock.now() + time; };
  CHECK(refusal([&] { hoor.hold(id, until(hours{48} + seconds{1}), kPolice, HoldReason::evidence); }).code() == ErrorCode::refused);
  CHECK(refusal([&] { hoor.hold(id, until(hours{1}), kPolice, HoldReason::weather); }).code() == ErrorCode::refused);
  CHECK(refusal([&] { hoor.hold(id, until(hours{1}), other, HoldReason::evidence); }).code() == ErrorCode::forbidden);
  CHECK(refusal([&] { hoor.hold(citizens, until(hours{1}), kPolice, HoldReason::evidence); }).code() == ErrorCode::forbidden);
  const auto before = hoor.store.told(Audience::owner, "hfab");
  const HoldId hold = hoor.hold(id, until(hours{48}), kPolice, HoldReason::evidence);
  CHECK(hoor.store.told(Audience::owner, "hfab") == before + 1);
  CHECK(refusal([&] { end(hoor, id, hold, other); }).code() == ErrorCode::forbidden);
  CHECK(refusal([&] { end(hoor, id, hold, kHfab); }).code() == ErrorCode::forbidden);
  end(hoor, id, hold, kPolice);

  hoor.merge(id, citizens);
  const HoldId after_merge = hoor.hold(citizens, until(hours{2}), kPolice, HoldReason::evidence);
  CHECK(refusal([&] { hoor.hold(citizens, until(hours{2}), other, HoldReason::evidence); }).code() == ErrorCode::forbidden);
  end(hoor, citizens, after_merge, kPolice);
  const CaseId split_off = hoor.act([&](Transaction& transaction, const Settings& settings) {
    return split_case(transaction, settings, hoor.action(citizens), {}, "eon");
  }).id;
  hoor.hold(split_off, until(hours{2}), kPolice, HoldReason::evidence);
  CHECK(refusal([&] { hoor.hold(split_off, until(hours{2}), other, HoldReason::evidence); }).code() == ErrorCode::forbidden);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("holds: the police have 48 hours in all, and a case at most twenty pauses") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report(tag_at("Storgatan 12"), kPolice).row.id;
  const auto pause = [&](Instant until, const Actor& actor, HoldReason reason) { hoor.hold(id, until, actor, reason); };
  pause(hoor.clock.now() + hours{40}, kPolice, HoldReason::evidence);
  hoor.clock.pass(hours{1});
  CHECK(refusal([&] { pause(hoor.clock.now() + hours{8} + seconds{1}, kPolice, HoldReason::evidence); }).code() == ErrorCode::refused);
  pause(hoor.clock.now() + hours{8}, kPolice, HoldReason::evidence);
  for (int i = 2; i < 20; ++i) pause(hoor.clock.now() + hours{1}, kOfficer, HoldReason::weather);
  CHECK(refusal([&] { pause(hoor.clock.now() + hours{1}, kOfficer, HoldReason::weather); }).code() == ErrorCode::refused);
}

TEST_CASE("holds: of what is decided already a new note is kept, the same one is not, and nothing else moves") {
  Town hoor{without_attention()};
  const CaseId id = hoor.report().row.id;
  const auto noted = [&](CaseId of) {
    std::vector<std::string> notes;
    for (const auto& [event, note] : read(*hoor.store, [&](Transaction& transaction) { return transaction.events().noted_of_case(of); }))
      if (!note.empty()) notes.push_back(note);
    return notes;
  };
  const HoldId hold = hoor.hold(id, nov(18), kHfab, HoldReason::access);
  decide(hoor, id, hold, true, "Lift bokad");
  const CaseRow row = hoor.row(id);
  decide(hoor, id, hold, true, "Lift bokad");
  decide(hoor, id, hold, true);
  CHECK(noted(id) == std::vector<std::string>{"Lift bokad"});
  decide(hoor, id, hold, true, "Till onsdag");
  decide(hoor, id, hold, true, "Till onsdag");
  CHECK(noted(id) == std::vector<std::string>{"Lift bokad", "Till onsdag"});
  CHECK(hoor.row(id) == row);

  const CaseId other = hoor.report(tag_at("Storgatan 2")).row.id;
  const auto say = [&](const std::string& note, auto&& act) {
    CaseAction action = hoor.action(other);
    action.note = note;
    return hoor.act([&](Transaction& transaction, const Settings& settings) { return act(transaction, settings, action); });
  };
  const auto assign = [](auto& transaction, auto& settings, auto& action) { return assign_case(transaction, settings, action, "eon"); };
  const auto dismiss = [](auto& transaction, auto& settings, auto& action) {
    return dismiss_case(transaction, settings, action, DismissalReason::not_found);
  };
  const auto give_up = [](auto& transaction, auto& settings, auto& action) {
    return give_up_case(transaction, settings, action, NonRemovalReason::owner_declines);
  };
  say("Deras skåp", assign);
  say("Bekräftat per telefon", assign);
  say("Bekräftat per telefon", assign);
  const Instant decided_at = *say("Rent", dismiss).decided_at;
  hoor.clock.pass(hours{100});
  CHECK(*say("Rent på båda sidor", dismiss).decided_at == decided_at);  // when it was decided stays
  hoor.undo(other);
  say("Rent på båda sidor", dismiss);  // of another dismissal, so it is new
  hoor.undo(other);
  say("Avtal saknas", give_up);
  say("", give_up);
  CHECK(noted(other) == std::vector<std::string>{"Deras skåp", "Bekräftat per telefon", "Rent", "Rent på båda sidor", "Rent på båda sidor",
                                                 "Avtal saknas"});
  CHECK(verify(*hoor.store, false).difference_count == 0);
}
