// Deadlines, holds, merges, flags and who answers for a case: what follows from its history.

#include <doctest/doctest.h>

#include "domain/case.h"
#include "domain/compliance.h"
#include "support/case_story.h"
#include "support/refusal.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

Policy in_hours(int amount) {
  Policy policy;
  policy.limit = {CountingMode::hours, amount};
  return policy;
}

CaseStory assigned() { return CaseStory{}.assign("hfab", nov(16, "11:00")); }

}  // namespace

TEST_CASE(
    "case clock: it is on track, then due soon from the first warning, then overdue after the last second") {
  const CaseStory story = assigned();  // due on Thursday the 19th; warned on Wednesday and Thursday at 7
  const auto clock = [&](Instant now) { return clock_of(story.row(), now).value(); };
  CHECK(clock(nov(16)) == ClockState::on_track);
  CHECK(clock(nov(18, "06:59:59")) == ClockState::on_track);
  CHECK(clock(nov(18, "07:00:00")) == ClockState::due_soon);
  CHECK(clock(nov(19, "23:59:59")) == ClockState::due_soon);
  CHECK(clock(nov(20, "00:00:00")) == ClockState::overdue);
  CHECK_FALSE(clock_of(CaseStory{story}.remove(nov(17)).row(), nov(20)));
}

TEST_CASE("case clock: a warning that lies before the start makes no case due soon") {
  // Received on Friday evening, due on Monday: Friday at 7 was before, so Monday at 7 is the first warning.
  const CaseStory friday{{.received_at = nov(20, "18:00")}};
  CHECK(friday.row().due_at == nov(23, "23:59:59"));
  CHECK(friday.row().warn_at == nov(23, "07:00"));
  CHECK(friday.row().next_check_at == nov(23, "07:00"));
  CHECK(clock_of(friday.row(), nov(20, "18:00")) == ClockState::on_track);
  CHECK(clock_of(friday.row(), nov(23, "06:59:59")) == ClockState::on_track);
  CHECK(clock_of(friday.row(), nov(23, "07:00:00")) == ClockState::due_soon);
  // At the very moment of a warning the case is new; a second earlier the warning is still to come.
  CHECK(CaseStory{{.received_at = nov(20, "07:00:00")}}.row().warn_at == nov(23, "07:00"));
  CHECK(CaseStory{{.received_at = nov(20, "06:59:59")}}.row().warn_at == nov(20, "07:00"));
  // A limit shorter than every lead has no warning at all.
  const CaseStory short_one{{}, in_hours(4)};
  CHECK_FALSE(short_one.row().warn_at);
  CHECK(clock_of(short_one.row(), short_one.row().due_at) == ClockState::on_track);
  CHECK(clock_of(short_one.row(), short_one.row().due_at + seconds{1}) == ClockState::overdue);
}

TEST_CASE("case clock: a hold shows while it runs, its end excluded, and never on a case past its deadline") {
  CaseStory story = assigned();
  story.hold(nov(17, "08:00"), nov(17, "12:00"));
  const auto clock = [&](Instant now) { return clock_of(story.row(), now).value(); };
  CHECK(clock(nov(17, "07:59:59")) == ClockState::on_track);
  CHECK(clock(nov(17, "08:00:00")) == ClockState::held);
  CHECK(clock(nov(17, "11:59:59")) == ClockState::held);
  CHECK(clock(nov(17, "12:00:00")) == ClockState::on_track);
  CaseStory late = assigned();
  late.hold(nov(20), nov(21));  // begins after the deadline
  CHECK(clock_of(late.row(), nov(20, "12:00")) == ClockState::overdue);
}

TEST_CASE("case clock: hours left are whole, 0 in the last hour and -1 in the first one after") {
  const CaseStory story = assigned();
  const Instant due = story.row().due_at;
  const auto left = [&](Instant now) { return hours_left(story.row(), now).value(); };
  CHECK(left(due - hours{24}) == 24);
  CHECK(left(due - hours{24} + seconds{1}) == 23);
  CHECK(left(due - hours{1}) == 1);
  CHECK(left(due - hours{1} + seconds{1}) == 0);
  CHECK(left(due) == 0);
  CHECK(left(due + seconds{1}) == -1);
  CHECK(left(due + hours{1}) == -1);
  CHECK(left(due + hours{1} + seconds{1}) == -2);
  CHECK_FALSE(hours_left(CaseStory{story}.remove(nov(17)).row(), due));
}

TEST_CASE("hold: days that end held are not counted, and the deadline without them is kept beside") {
  CaseStory story = assigned();
  story.hold(nov(17), nov(19, "08:00"));  // Tuesday and Wednesday end held
  CHECK(story.row().due_at == nov(21, "23:59:59"));
  CHECK(story.row().due_at_without_holds == nov(19, "23:59:59"));
}

TEST_CASE(
    "hold: an owner's request moves nothing until it is granted, and then counts from when it was asked") {
  CaseStory story = assigned();
  const HoldId id = story.ask_for_hold(nov(17), nov(20));
  CHECK(story.row().due_at == nov(19, "23:59:59"));
  CHECK_FALSE(story.row().held_from);
  // Granted on the 21st, after the deadline of the request's day: the owner does not pay for the
  // municipality's time.
  story.decide(id, true, nov(21));
  CHECK(story.row().held_from == nov(17));
  CHECK(story.row().due_at == nov(22, "23:59:59"));
  CHECK(refusal([&] { story.decide(id, false, nov(21)); }).code() == ErrorCode::conflict);

  CaseStory refused = assigned();
  const HoldId no = refused.ask_for_hold(nov(17), nov(20));
  refused.decide(no, false, nov(18));
  CHECK(refused.row().due_at == nov(19, "23:59:59"));
  CHECK(refusal([&] { refused.end(no, nov(18)); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { refused.decide(HoldId{1, 99}, true, nov(18)); }).code() == ErrorCode::conflict);
}

TEST_CASE("hold: an owner asks for its own case, the municipality makes and decides, nobody else does") {
  const Instant now = nov(17), until = nov(18);
  const Actor stranger{Role::channel, 5, ""};
  const CaseStory story = assigned();
  const auto asked_by = [&](const Actor& by) {
    return refusal([&] { CaseStory{story}.ask_for_hold(now, until, by); }).code();
  };
  const auto made_by = [&](const Actor& by) {
    return refusal([&] { start_hold(story.now, story.policy, HoldId{1, 1}, HoldReason::access, until, by, now); }).code();
  };
  CHECK_NOTHROW(CaseStory{story}.ask_for_hold(now, until, kHfab));
  CHECK(asked_by(kEon) == ErrorCode::forbidden);
  CHECK(asked_by(kOfficer) == ErrorCode::forbidden);
  CHECK(asked_by(kPolice) == ErrorCode::forbidden);
  CHECK_NOTHROW(CaseStory{story}.hold(now, until));
  for (const Actor& by : {kHfab, kEon, kCitizen, stranger}) CHECK(made_by(by) == ErrorCode::forbidden);

  CaseStory waiting = story;
  const HoldId id = waiting.ask_for_hold(now, until);
  for (const Actor& by : {kHfab, kPolice, kCitizen})
    CHECK(refusal([&] { waiting.decide(id, true, now, by); }).code() == ErrorCode::forbidden);
  waiting.decide(id, true, now);
  // What HFAB asked for it may end itself, and the municipality may; others may not.
  for (const Actor& by : {kEon, kPolice, kCitizen})
    CHECK(refusal([&] { waiting.end(id, now, by); }).code() == ErrorCode::forbidden);
  CHECK_NOTHROW(CaseStory{waiting}.end(id, now, kHfab));
  CHECK_NOTHROW(CaseStory{waiting}.end(id, now));
  CaseStory officers = story;
  const HoldId made = officers.hold(now, until);
  CHECK(refusal([&] { officers.end(made, now, kHfab); }).code() == ErrorCode::forbidden);
}

TEST_CASE("hold: the police hold for evidence, 48 hours at most, a case that they reported with the same key") {
  const Actor others{Role::police, 8, ""};
  const auto hold_by = [](const CaseStory& story, const Actor& by, HoldReason reason, Instant until) {
    return start_hold(story.now, story.policy, HoldId{1, 1}, reason, until, by, nov(17));
  };
  const CaseStory theirs{{.by = kPolice}};
  CHECK_NOTHROW(hold_by(theirs, kPolice, HoldReason::evidence, nov(19)));
  CHECK(refusal([&] { hold_by(theirs, kPolice, HoldReason::evidence, nov(19) + seconds{1}); }).code() ==
        ErrorCode::refused);
  CHECK(refusal([&] { hold_by(theirs, kPolice, HoldReason::weather, nov(18)); }).code() == ErrorCode::refused);
  CHECK(refusal([&] { hold_by(theirs, others, HoldReason::evidence, nov(18)); }).code() == ErrorCode::forbidden);
  CHECK(refusal([&] { hold_by(assigned(), kPolice, HoldReason::evidence, nov(18)); }).code() == ErrorCode::forbidden);
  // A report of theirs that joined later is enough.
  CaseStory joined = assigned();
  joined.link({.by = others});
  CHECK_NOTHROW(hold_by(joined, others, HoldReason::evidence, nov(18)));
  // They end their own, and no other.
  CaseStory held = theirs;
  held.step(hold_by(held, kPolice, HoldReason::evidence, nov(18)));
  CHECK(refusal([&] { held.end(HoldId{1, 1}, nov(17), others); }).code() == ErrorCode::forbidden);
  CHECK_NOTHROW(CaseStory{held}.end(HoldId{1, 1}, nov(17), kPolice));
  CaseStory officers = theirs;
  const HoldId made = officers.hold(nov(17), nov(18));
  CHECK(refusal([&] { officers.end(made, nov(17), kPolice); }).code() == ErrorCode::forbidden);
}

TEST_CASE("hold: it is checked against the policy of the case before it is asked for or made") {
  CaseStory story = assigned();
  story.policy.hold_cap_days = 2;
  const auto faults = [&](std::optional<Instant> until) {
    const Error asked = refusal([&] {
      request_hold(story.now, story.policy, HoldId{1, 1}, HoldReason::lift, until, kHfab, nov(17));
    });
    const Error made = refusal([&] {
      start_hold(story.now, story.policy, HoldId{1, 1}, HoldReason::lift, until, kOfficer, nov(17));
    });
    CHECK(asked.faults() == made.faults());
    return made.faults().front().pointer;
  };
  CHECK(faults(std::nullopt) == "/until");
  CHECK(faults(nov(17)) == "/until");
  CHECK(faults(nov(19) + seconds{1}) == "/until");
  CHECK_NOTHROW(story.hold(nov(17), nov(19)));
  CHECK_NOTHROW(story.ask_for_hold(nov(17), nov(19)));
}

TEST_CASE("hold: after the breach nothing moves") {
  CaseStory story = assigned();
  story.hold(nov(20, "00:00:00"), nov(23));
  CHECK(story.row().due_at == nov(19, "23:59:59"));
  CaseStory in_time = assigned();
  in_time.hold(nov(19, "23:59:59"), nov(21));
  CHECK(in_time.row().due_at == nov(21, "23:59:59"));
}

TEST_CASE("hold: ended early the deadline is reckoned anew, and it ends once") {
  CaseStory story = assigned();
  const HoldId id = story.hold(nov(17), nov(20));
  CHECK(story.row().due_at == nov(22, "23:59:59"));
  story.end(id, nov(18, "09:00"));  // only Tuesday ended held
  CHECK(story.row().due_at == nov(20, "23:59:59"));
  CHECK_FALSE(story.row().held_until);
  CHECK(refusal([&] { story.end(id, nov(19)); }).code() == ErrorCode::conflict);
  // Its own end, noticed late, changes nothing.
  CaseStory by_itself = assigned();
  const HoldId other = by_itself.hold(nov(17), nov(20));
  by_itself.end(other, nov(25));
  CHECK(by_itself.events.back().at == nov(20));
  CHECK(by_itself.row().due_at == nov(22, "23:59:59"));
}

TEST_CASE("merge: the target takes the earlier start, and undoing gives both back what they had") {
  CaseStory early{{.received_at = nov(14), .number = 2}}, late{{.received_at = nov(16)}};
  early.merge_into(late, nov(17));
  CHECK(early.row().state == CaseState::merged);
  CHECK(early.row().merged_into == late.row().id);
  CHECK(late.row().clock_started_at == nov(14));
  CHECK(late.row().due_at == nov(17, "23:59:59"));
  CHECK(late.row().report_count == 1);
  early.take_out_of(late, nov(18));
  CHECK(early.row().state == CaseState::unassigned);
  CHECK(late.row().clock_started_at == nov(16));
  CHECK(late.row().due_at == nov(19, "23:59:59"));
}

TEST_CASE("merge: it can be undone in any state of the target") {
  for (const auto finish :
       {+[](CaseStory& story) { story.remove(nov(17)); }, +[](CaseStory& story) { story.dismiss(nov(17)); },
        +[](CaseStory& story) { story.give_up(nov(17)); }}) {
    CaseStory gone{{.received_at = nov(14), .number = 2}}, target;
    gone.merge_into(target, nov(16, "12:00"));
    finish(target);
    const CaseState before = target.row().state;
    gone.take_out_of(target, nov(18));
    CHECK(target.row().state == before);
    CHECK(target.row().clock_started_at == nov(16));
    CHECK(gone.row().open());
  }
}

TEST_CASE("merge: only into another open or removed case of the same municipality") {
  CaseStory story, target{{.number = 2}};
  const auto refused = [&](const CaseStory& into) {
    return refusal([&] { merge(story.now, into.now, kOfficer, nov(17)); }).code();
  };
  CHECK(refused(story) == ErrorCode::refused);
  CHECK(refused(CaseStory{target}.dismiss(nov(17))) == ErrorCode::refused);
  CHECK(refused(CaseStory{target}.give_up(nov(17))) == ErrorCode::refused);
  CaseStory elsewhere{target}, third{{.number = 3}};
  CHECK(refused(elsewhere.merge_into(third, nov(17))) == ErrorCode::refused);
  CHECK_NOTHROW(merge(story.now, CaseStory{target}.remove(nov(17)).now, kOfficer, nov(17)));
  CaseStory foreign{target};
  foreign.now.row.id = CaseId{2, 2};
  CHECK(refused(foreign) == ErrorCode::not_found);
}

TEST_CASE(
    "merge: a chain carries the earliest start through, and taking the first out again is told to the last") {
  CaseStory first{{.received_at = nov(12), .number = 3}}, second{{.received_at = nov(14), .number = 2}},
      third;
  first.merge_into(second, nov(16));
  second.merge_into(third, nov(16));
  CHECK(third.row().clock_started_at == nov(12));
  first.take_out_of(second, nov(17));
  third.step(renew_merge(second.now, third.now, kOfficer, nov(17)));
  CHECK(second.row().clock_started_at == nov(14));
  CHECK(third.row().clock_started_at == nov(14));
  second.take_out_of(third, nov(18));
  CHECK(third.row().clock_started_at == nov(16));
  CHECK(third.replayed().row.due_at == third.row().due_at);
}

TEST_CASE("merge: a merged report by somebody else makes a case no longer proactive") {
  CaseStory own{{.reporter = "owner:hfab"}}, same{{.reporter = "owner:hfab", .number = 2}},
      other{{.number = 3}};
  own.assign("hfab", nov(16, "11:00"));
  same.merge_into(own, nov(16, "12:00"));
  own.remove(nov(17), nov(17), kHfab, "owner:hfab");
  CHECK(own.row().proactive);
  other.merge_into(own, nov(17, "12:00"));
  CHECK_FALSE(own.row().proactive);
}

TEST_CASE("split: the other case has the same start and policy, and the first stays as it is") {
  CaseStory story{{.received_at = nov(16), .category = Category::piece}}, merged{{.received_at = nov(12), .number = 2}};
  story.link({.received_at = nov(14), .reported_at = nov(13)}).assign("hfab", nov(16, "11:00"));
  merged.merge_into(story, nov(16, "12:00"));
  story.hold(nov(15, "12:00"), nov(16, "20:00"));
  const CaseRow before = story.row();
  const CaseStory other = story.split_off(3, nov(18));
  CHECK(story.row() == before);
  CHECK(story.events.back().type == EventType::case_split);
  CHECK(story.events.back().data.target == other.row().id);
  CHECK(other.row().split_from == story.row().id);
  CHECK(other.row().state == CaseState::unassigned);
  CHECK(other.row().opened_at == nov(18));
  CHECK(other.row().clock_started_at == nov(12));
  CHECK(other.row().first_reported_at == before.first_reported_at);
  CHECK(other.row().category == Category::piece);
  CHECK(other.row().category_confirmed);
  // Holds stay with the case that was held.
  CHECK(before.due_at != before.due_at_without_holds);
  CHECK(other.row().due_at == before.due_at_without_holds);
  CHECK(other.replayed().row == other.row());
  // Its own life, and its own answer for the promise.
  CHECK(CaseStory{other}.remove(nov(18), nov(18, "12:00")).row().state == CaseState::removed);
  CHECK(story.row().open());
}

TEST_CASE("split: a case that is overdue gives no new time, but a category that it is given does not reach back") {
  Policy policy;
  policy.limits[Category::hate] = {CountingMode::calendar_days, 1};
  CaseStory story{{}, policy};
  CHECK(CaseStory{story}.split_off(2, nov(25)).row().due_at == nov(19, "23:59:59"));
  CaseStory other = story.split_off(2, nov(18));
  other.name_category(Category::hate, nov(18));
  CHECK(other.row().due_at == nov(18, "23:59:59"));
  CHECK(story.row().due_at == nov(19, "23:59:59"));
  CHECK(story.split_off(3, nov(18)).sweep(nov(20))->type == EventType::case_overdue);
}

TEST_CASE("split: a needless case is merged back, and may be split off again") {
  CaseStory story;
  CaseStory other = story.split_off(2, nov(17));
  const CaseRow before = story.row();
  other.merge_into(story, nov(17, "12:00"));
  CHECK(other.row().state == CaseState::merged);
  CHECK(story.row().clock_started_at == before.clock_started_at);
  CHECK(story.row().due_at == before.due_at);
  CHECK(story.split_off(3, nov(18)).row().due_at == before.due_at);
}

TEST_CASE("split: a find of the party that removes it is proactive in both cases") {
  const auto proactive = [](const std::string& second) {
    CaseStory story{{.reporter = "owner:hfab"}};
    story.link({.reporter = second});
    CaseStory other = story.split_off(2, nov(16, "12:00"));
    return other.assign("hfab", nov(17)).remove(nov(17), {}, kHfab, "owner:hfab").row().proactive;
  };
  CHECK(proactive("owner:hfab"));
  CHECK_FALSE(proactive(""));  // a citizen saw it too
}

TEST_CASE("deciding owner: a miss stays with who had the case when the deadline passed") {
  CaseStory story = assigned();
  story.assign("eon", nov(20, "00:00:00"));
  CHECK(story.row().deciding_owner_id == "hfab");
  story.remove(nov(21));
  CHECK(story.row().owner_id == "eon");
  CHECK(story.row().deciding_owner_id == "hfab");
  CHECK(assigned().assign("eon", nov(19, "23:59:59")).row().deciding_owner_id == "eon");
  CHECK(CaseStory{}.assign("eon", nov(20)).row().deciding_owner_id.empty());  // nobody's when it passed
  CHECK(assigned().unassign(nov(18)).row().deciding_owner_id.empty());
}

TEST_CASE(
    "deciding owner: what is on time is decided by who removed it, and a giving-up by who had it then") {
  // Reassigned after the breach, but the removal turns out to have been in time.
  CaseStory story = assigned();
  story.assign("eon", nov(20)).remove(nov(19, "20:00"), nov(20, "12:00"));
  CHECK(judge(story.row(), story.policy).outcome == Outcome::on_time);
  CHECK(story.row().deciding_owner_id == "eon");
  CHECK(assigned().assign("eon", nov(17)).give_up(nov(18)).row().deciding_owner_id == "eon");
}

TEST_CASE(
    "deciding owner: a date made up afterwards is a miss of who had the case when the deadline passed") {
  CaseStory story = assigned();
  story.assign("eon", nov(20)).remove(nov(19, "20:00"), nov(28));
  CHECK(judge(story.row(), story.policy).outcome == Outcome::late);
  CHECK(story.row().deciding_owner_id == "hfab");
}

TEST_CASE("own deadline: reckoned from when the owner who answers was told, not from when the next one was") {
  CaseStory story = assigned();
  story.tell(nov(17));
  CHECK(story.row().own_due_at == nov(20, "23:59:59"));
  story.assign("eon", nov(20));
  CHECK_FALSE(story.row().told_at);
  CHECK(story.row().own_due_at == nov(20, "23:59:59"));
  story.tell(nov(20, "12:00")).remove(nov(22));
  CHECK(story.row().deciding_owner_id == "hfab");
  CHECK(story.row().own_due_at == nov(20, "23:59:59"));
  CHECK(judge(story.row(), story.policy).own_on_time == false);
}

TEST_CASE("own deadline: told twice, an owner knows since the first time") {
  CaseStory story = assigned();
  story.tell(nov(17)).tell(nov(18));
  CHECK(story.row().told_at == nov(17));
  CHECK(story.row().own_due_at == nov(20, "23:59:59"));
}

TEST_CASE("flags: each warning once, then only that the deadline has passed") {
  CaseStory story = assigned();
  CHECK(story.row().next_check_at == nov(18, "07:00"));
  CHECK_FALSE(story.sweep(nov(18, "06:59:59")));
  const auto first = story.sweep(nov(18, "07:00"));
  REQUIRE(first);
  CHECK(first->type == EventType::case_due_soon);
  CHECK(first->warning == 2);
  CHECK(first->at == nov(18, "07:00"));
  CHECK_FALSE(story.sweep(nov(18, "07:00")));
  CHECK(story.row().next_check_at == nov(19, "07:00"));
  CHECK(story.sweep(nov(19, "08:00"))->warning == 3);
  CHECK_FALSE(story.sweep(nov(19, "23:59:59")));
  const auto overdue = story.sweep(nov(20, "00:00:00"));
  REQUIRE(overdue);
  CHECK(overdue->type == EventType::case_overdue);
  CHECK(overdue->at == nov(20, "00:00:00"));
  CHECK_FALSE(story.row().next_check_at);
  CHECK_FALSE(story.sweep(nov(30)));
}

TEST_CASE("flags: of several missed warnings the last is given, and past the deadline none") {
  CHECK(assigned().sweep(nov(19, "12:00"))->warning == 3);
  CHECK(assigned().sweep(nov(22))->type == EventType::case_overdue);
  CaseStory story = assigned();
  story.sweep(nov(22));
  CHECK_FALSE(story.sweep(nov(22)));
}

TEST_CASE("flags: a moved deadline warns anew, one that is back where it was does not") {
  CaseStory story = assigned();
  CHECK(story.sweep(nov(18, "12:00"))->warning == 2);
  const HoldId hold =
      story.hold(nov(18, "13:00"), nov(20, "09:00"));  // Wednesday and Thursday end held: due on the 21st
  CHECK(story.row().due_at == nov(21, "23:59:59"));
  CHECK(story.row().next_check_at == nov(20, "07:00"));
  CHECK(story.sweep(nov(20, "07:00"))->at == nov(20, "07:00"));
  CaseStory back = assigned();
  back.sweep(nov(18, "12:00"));
  const HoldId other = back.hold(nov(18, "13:00"), nov(20, "09:00"));
  back.end(other, nov(18, "14:00"));
  CHECK(back.row().due_at == nov(19, "23:59:59"));
  CHECK(back.row().next_check_at == nov(19, "07:00"));
  CHECK_FALSE(back.sweep(nov(18, "15:00")));
  CHECK(hold == other);
}

TEST_CASE("flags: a hold's end is something to come, and a closed case has nothing to come") {
  CaseStory story = assigned();
  story.hold(nov(16, "12:00"), nov(16, "18:00"));
  CHECK(story.row().next_check_at == nov(16, "18:00"));
  CHECK_FALSE(story.remove(nov(17)).row().next_check_at);
  CHECK(story.reopen(nov(17)).row().next_check_at == nov(16, "18:00"));
  CHECK_FALSE(story.dismiss(nov(17)).row().next_check_at);
  CHECK_FALSE(story.sweep(nov(30)));
}

TEST_CASE("flags: of an imported case nobody is told what was past when it was imported") {
  const auto imported = [](Instant received_at) {
    return CaseStory{{.received_at = received_at, .recorded_at = nov(18, "12:00"), .intake = Intake::import}};
  };
  CaseStory past = imported(nov(2));
  CHECK_FALSE(past.row().next_check_at);
  CHECK_FALSE(past.sweep(nov(30)));
  CaseStory running = imported(nov(16));  // its first warning was on the 18th at 7
  CHECK(running.row().next_check_at == nov(19, "07:00"));
  CHECK_FALSE(running.sweep(nov(18, "13:00")));
  CHECK(running.sweep(nov(20, "01:00"))->type == EventType::case_overdue);
}

TEST_CASE("flags: a case that is reopened past its deadline is told of as overdue") {
  CaseStory story = assigned();
  story.remove(nov(17)).reopen(nov(24));
  CHECK(story.row().next_check_at < nov(24));
  CHECK(story.sweep(nov(24))->type == EventType::case_overdue);
}

TEST_CASE("flags: in hours the warnings lead by hours, and the breach is the next second") {
  CaseStory story{{}, in_hours(72)};
  CHECK(story.row().due_at == nov(19, "10:00"));
  CHECK(story.sweep(nov(18, "10:00"))->warning == 0);
  CHECK(story.sweep(nov(19, "06:00"))->warning == 1);
  CHECK_FALSE(story.sweep(nov(19, "10:00:00")));
  CHECK(story.sweep(nov(19, "10:00:01"))->type == EventType::case_overdue);
}
