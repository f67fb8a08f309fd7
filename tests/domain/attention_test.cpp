// When officers hear that nobody acts on a case, and when its owner counts as told.

#include <doctest/doctest.h>

#include "domain/notice.h"
#include "support/case_story.h"
#include "support/refusal.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Received on Monday the 16th at noon, due on Thursday the 19th; under the default escalation.
CaseStory under_escalation() { return CaseStory{{}, Policy{}}; }

CaseStory& mark(CaseStory& story, Attention why, Instant when) { return story.step(mark_unattended(story.now, why, when, when)); }
CaseStory& tell(CaseStory& story, Channel channel, Instant told_at, Instant now) {
  return story.step(tell_owner(story.now, channel, told_at, kOfficer, now));
}

}  // namespace

TEST_CASE("attention: a case that nobody has is shown after two hours, and no more once somebody has it") {
  CaseStory story = under_escalation();
  CHECK(story.row().unattended_at == nov(16) + hours{2});
  CHECK(story.row().next_check_at == nov(16) + hours{2});
  mark(story, Attention::unassigned, nov(16) + hours{2});
  CHECK(story.row().attention == Attention::unassigned);
  CHECK_FALSE(story.row().unattended_at);  // once
  CHECK(story.row().version == 1);         // a list that officers see is no change of the case
  story.assign("hfab", nov(16) + hours{3});
  CHECK_FALSE(story.row().attention);
  story.unassign(nov(16) + hours{4});
  CHECK(story.row().unattended_at == nov(16) + hours{6});  // anew
  CHECK(story.replayed().row == story.row());
}

TEST_CASE("attention: an owner without a sign is shown when half of its time has gone by") {
  CaseStory story = under_escalation();
  const Instant given = nov(16) + hours{1};
  story.assign("hfab", given);
  const Instant half = given + (story.row().due_at - given) / 2;
  CHECK(story.row().unattended_at == half);
  mark(story, Attention::silent, half);
  CHECK(story.row().attention == Attention::silent);
  story.ask_for_hold(half + hours{1}, nov(18, "12:00"));
  CHECK_FALSE(story.row().attention);
  CHECK_FALSE(story.row().unattended_at);
  CHECK(story.replayed().row == story.row());
}

TEST_CASE("attention: a word of the owner is a sign, one of the officers is none, and a closed case needs none") {
  CaseStory story = under_escalation();
  story.assign("hfab", nov(16));
  Event comment;
  comment.case_id = story.row().id;
  comment.type = EventType::comment_added;
  comment.at = comment.recorded_at = nov(16, "13:00");
  comment.by = kOfficer;
  story.step(comment);
  CHECK(story.row().unattended_at);
  comment.by = kHfab;
  story.step(comment);
  CHECK_FALSE(story.row().unattended_at);

  CaseStory removed = under_escalation();
  removed.remove(nov(16, "13:00"));
  CHECK_FALSE(removed.row().unattended_at);
  CHECK_FALSE(removed.row().next_check_at);
  removed.reopen(nov(16, "13:30"));
  CHECK(removed.row().unattended_at == nov(16) + hours{2});
}

TEST_CASE("attention: the policy says after how long, or never") {
  Policy policy;
  policy.escalation.unassigned_after = minutes{15};
  policy.escalation.silent_after_percent = 25;
  CaseStory story{{}, policy};
  CHECK(story.row().unattended_at == nov(16) + minutes{15});
  story.assign("hfab", nov(16));
  CHECK(story.row().unattended_at == nov(16) + (story.row().due_at - nov(16)) * 25 / 100);
  CaseStory never{{}, without_attention()};
  CHECK_FALSE(never.row().unattended_at);
  never.assign("hfab", nov(16));
  CHECK_FALSE(never.row().unattended_at);
}

TEST_CASE("told: what came back by mail was not told, a call was; the first time counts") {
  CaseStory story = under_escalation();
  story.assign("hfab", nov(16));
  tell(story, Channel::mail, nov(16) + seconds{5}, nov(16) + seconds{9});
  CHECK(story.row().told_at == nov(16) + seconds{5});
  CHECK_FALSE(tell_owner(story.now, Channel::call, nov(16) + hours{1}, kOfficer, nov(16) + hours{1}));  // it knew
  mark(story, Attention::bounced, nov(16) + hours{1});
  CHECK_FALSE(story.row().told_at);
  CHECK(story.row().attention == Attention::bounced);
  tell(story, Channel::call, nov(16) + hours{2}, nov(16) + hours{3});
  CHECK(story.row().told_at == nov(16) + hours{2});
  CHECK_FALSE(story.row().attention);
  mark(story, Attention::bounced, nov(16) + hours{4});  // another mail; the call was made all the same
  CHECK(story.row().told_at == nov(16) + hours{2});
  CHECK(story.replayed().row == story.row());
}

TEST_CASE("told: not in the future, not before the case was given, and nobody when nobody has it") {
  CaseStory story = under_escalation();
  const auto told = [&](Instant when) { return refusal([&] { tell_owner(story.now, Channel::call, when, kOfficer, nov(17)); }).code(); };
  CHECK(told(nov(17)) == ErrorCode::conflict);
  story.assign("hfab", nov(16, "13:00"));
  CHECK(told(nov(17) + seconds{1}) == ErrorCode::refused);
  CHECK(told(nov(16, "12:59:59")) == ErrorCode::refused);
  CHECK(tell_owner(story.now, Channel::letter, nov(16, "13:00"), kOfficer, nov(17))->at == nov(16, "13:00"));
}

TEST_CASE("notices: whom an event concerns follows from it and from the policy's escalation") {
  CaseStory story = under_escalation();
  story.assign("hfab", nov(16)).assign("eon", nov(17));
  const auto told = [](const Event& event, const Escalation& escalation = {}) { return concerned_by(event, escalation); };
  CHECK(told(story.events[0]) == std::vector<Concerned>{{Audience::reporters, ""}});
  CHECK(told(story.events[1]) == std::vector<Concerned>{{Audience::owner, "hfab"}});
  CHECK(told(story.events[2]) == std::vector<Concerned>{{Audience::owner, "hfab"}, {Audience::owner, "eon"}});

  Event flag;
  flag.type = EventType::case_due_soon;
  flag.owner_id = "eon";
  CHECK(told(flag) == std::vector<Concerned>{{Audience::owner, "eon"}});
  flag.data.last_warning = true;
  CHECK(told(flag) == std::vector<Concerned>{{Audience::owner, "eon"}, {Audience::second_contact, "eon"}});
  flag.type = EventType::case_overdue;
  CHECK(told(flag).size() == 4);
  Escalation quiet;
  quiet.overdue = {Audience::officers};
  CHECK(told(flag, quiet) == std::vector<Concerned>{{Audience::officers, ""}});
  flag.owner_id.clear();  // nobody's: there is no contact to tell
  CHECK(told(flag) == std::vector<Concerned>{{Audience::officers, ""}, {Audience::reporters, ""}});
}

TEST_CASE("notices: nobody is told of what it did itself, and nobody of history that was imported") {
  CaseStory story = under_escalation();
  story.assign("hfab", nov(16)).remove(nov(17), {}, kHfab);
  CHECK(concerned_by(story.events.back(), {}) == std::vector<Concerned>{{Audience::reporters, ""}});
  story.reopen(nov(17));
  CHECK(concerned_by(story.events.back(), {}) == std::vector<Concerned>{{Audience::owner, "hfab"}, {Audience::reporters, ""}});
  Event imported = story.events.back();
  imported.data.imported = true;
  CHECK(concerned_by(imported, {}).empty());
}

TEST_CASE("notices: the pause between attempts grows from seconds to hours, and a dead receiver is left alone ever longer") {
  CHECK(pause_after(1, 0.5) == seconds{5});
  CHECK(pause_after(1, 0) == seconds{4});
  CHECK(pause_after(2, 0.5) == seconds{20});
  CHECK(pause_after(6, 0.5) == seconds{5120});
  CHECK(pause_after(7, 0.5) == hours{4});
  CHECK(pause_after(1'000'000, 0.999) < hours{5});
  CHECK(closed_for(kFailuresToClose) == seconds{30});
  CHECK(closed_for(kFailuresToClose + 1) == seconds{60});
  CHECK(closed_for(1'000'000) == hours{1});
}
