#include "domain/case.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "support/case_story.h"
#include "support/refusal.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

constexpr std::array kStates{CaseState::unassigned, CaseState::assigned,    CaseState::removed,
                             CaseState::dismissed,  CaseState::not_removed, CaseState::merged};

std::vector<Action> every_action() {
  std::vector<Action> actions;
  for (std::size_t i = 0; i < names_of(Action{}).size(); ++i) actions.push_back(static_cast<Action>(i));
  return actions;
}

/// The table of design.md, The life of a case, read by hand.
std::set<Action> allowed_by_design(CaseState state) {
  using enum Action;
  std::set<Action> open{assign,  hold,  change_details, add_police_reference, record_removal, dismiss,
                        give_up, merge, split};
  switch (state) {
    case CaseState::unassigned:
      return open;
    case CaseState::assigned:
      open.insert({unassign, reject});
      return open;
    case CaseState::removed:
      return {correct_removal, withdraw_removal, reopen, request_reopening, merge};
    case CaseState::dismissed:
      return {undo_dismissal};
    case CaseState::not_removed:
      return {undo_giving_up};
    case CaseState::merged:
      return {undo_merge};
  }
  return {};
}

/// A case of HFAB's that has come to the state; the present is Tuesday the 17th.
CaseStory in_state(CaseState state) {
  CaseStory story;
  if (state != CaseState::unassigned) story.assign("hfab", nov(16, "11:00"));
  if (state == CaseState::removed) story.remove(nov(17, "08:00"));
  if (state == CaseState::dismissed) story.dismiss(nov(17, "08:00"));
  if (state == CaseState::not_removed) story.give_up(nov(17, "08:00"));
  if (state == CaseState::merged) {
    CaseStory target{{.number = 2}};
    story.merge_into(target, nov(17, "08:00"));
  }
  REQUIRE(story.row().state == state);
  return story;
}

/// Every decision of the domain.
std::map<Action, std::function<void(CaseStory&)>> every_decision() {
  const Instant now = nov(17, "12:00");
  static CaseStory target{{.number = 2}};
  return {
      {Action::assign, [=](CaseStory& story) { story.assign("eon", now); }},
      {Action::unassign, [=](CaseStory& story) { story.unassign(now); }},
      {Action::reject,
       [=](CaseStory& story) { story.step(reject(story.now, "not_ours", "eon", kOfficer, now)); }},
      {Action::hold, [=](CaseStory& story) { story.hold(now, now + hours{24}); }},
      {Action::change_details, [=](CaseStory& story) { story.name_category(Category::hate, now); }},
      {Action::add_police_reference,
       [=](CaseStory& story) { story.step(add_police_reference(story.now, kPolice, now)); }},
      {Action::record_removal,
       [=](CaseStory& story) {
         if (story.row().state == CaseState::removed)
           throw Error{ErrorCode::conflict, "recording again is correcting"};
         story.remove(now);
       }},
      {Action::correct_removal,
       [=](CaseStory& story) {
         if (story.row().open()) throw Error{ErrorCode::conflict, "there is nothing to correct"};
         story.remove(now);
       }},
      {Action::withdraw_removal, [=](CaseStory& story) { story.reopen(now, kHfab); }},
      {Action::reopen, [=](CaseStory& story) { story.reopen(now); }},
      {Action::request_reopening,
       [=](CaseStory& story) { story.step(request_reopening(story.now, kCitizen, now)); }},
      {Action::dismiss, [=](CaseStory& story) { story.dismiss(now); }},
      {Action::undo_dismissal,
       [=](CaseStory& story) {
         if (story.row().state == CaseState::not_removed)
           throw Error{ErrorCode::conflict, "this undoes another decision"};
         story.undo(now);
       }},
      {Action::give_up, [=](CaseStory& story) { story.give_up(now); }},
      {Action::undo_giving_up,
       [=](CaseStory& story) {
         if (story.row().state == CaseState::dismissed)
           throw Error{ErrorCode::conflict, "this undoes another decision"};
         story.undo(now);
       }},
      {Action::merge, [=](CaseStory& story) { story.merge_into(target, now); }},
      {Action::undo_merge, [=](CaseStory& story) { story.take_out_of(target, now); }},
      {Action::split, [=](CaseStory& story) { story.split_off(3, now); }},
  };
}

}  // namespace

TEST_CASE("case: each state allows what the table of the design allows, and nothing else") {
  for (const auto state : kStates)
    for (const auto action : every_action()) {
      CAPTURE(to_code(state));
      CAPTURE(to_code(action));
      CHECK(allows(state, action) == allowed_by_design(state).contains(action));
    }
}

TEST_CASE("case: every decision keeps to the table, and a refused one leaves no trace") {
  for (const auto state : kStates)
    for (const auto& [action, take] : every_decision()) {
      CAPTURE(to_code(state));
      CAPTURE(to_code(action));
      CaseStory story = in_state(state);
      const auto before = story.events.size();
      if (allowed_by_design(state).contains(action)) {
        CHECK_NOTHROW(take(story));
        CHECK(story.events.size() == before + 1);
      } else if (!story.row().owner_id.empty() || action != Action::withdraw_removal) {
        CHECK(refusal([&] { take(story); }).code() == ErrorCode::conflict);
        CHECK(story.events.size() == before);
        CHECK(story.row().state == state);
      }
    }
}

TEST_CASE("case: each action leads where the table says, and its undoing back to the state before") {
  const auto after = [](CaseState from, Action action) {
    CaseStory story = in_state(from);
    every_decision().at(action)(story);
    return story.row().state;
  };
  using enum CaseState;
  for (const auto from : {unassigned, assigned}) {
    CAPTURE(to_code(from));
    CHECK(after(from, Action::assign) == assigned);
    CHECK(after(from, Action::hold) == from);
    CHECK(after(from, Action::change_details) == from);
    CHECK(after(from, Action::add_police_reference) == from);
    CHECK(after(from, Action::record_removal) == removed);
    CHECK(after(from, Action::dismiss) == dismissed);
    CHECK(after(from, Action::give_up) == not_removed);
    CHECK(after(from, Action::merge) == merged);
    CHECK(after(from, Action::split) == from);
  }
  CHECK(after(assigned, Action::unassign) == unassigned);
  CHECK(after(assigned, Action::reject) == unassigned);
  CHECK(after(removed, Action::merge) == merged);
  CHECK(after(removed, Action::request_reopening) == removed);

  // Undone, a decision gives back the state before it, assigned or not.
  for (const bool has_owner : {true, false}) {
    CAPTURE(has_owner);
    const CaseState before = has_owner ? assigned : unassigned;
    const auto undone = [&](Action decision, Action undoing) {
      CaseStory story = in_state(before);
      every_decision().at(decision)(story);
      every_decision().at(undoing)(story);
      return story.row().state;
    };
    CHECK(undone(Action::dismiss, Action::undo_dismissal) == before);
    CHECK(undone(Action::give_up, Action::undo_giving_up) == before);
    CHECK(undone(Action::merge, Action::undo_merge) == before);
    CHECK(undone(Action::record_removal, Action::reopen) == before);
  }
  CaseStory removed_then_merged = in_state(removed);
  CaseStory target{{.number = 2}};
  removed_then_merged.merge_into(target, nov(17, "12:00")).take_out_of(target, nov(17, "13:00"));
  CHECK(removed_then_merged.row().state == removed);
}

TEST_CASE("case: a refused action names the state and what is possible from there") {
  CHECK(refusal([] { in_state(CaseState::removed).dismiss(nov(17)); }).what() ==
        std::string{"The case is removed, so \"dismiss\" is not possible; possible now: correct_removal, "
                    "withdraw_removal, "
                    "reopen, request_reopening, merge."});
  CHECK(refusal([] { in_state(CaseState::unassigned).unassign(nov(17)); }).what() ==
        std::string{"The case is unassigned, so \"unassign\" is not possible; possible now: assign, hold, "
                    "change_details, "
                    "add_police_reference, record_removal, dismiss, give_up, merge, split."});
  CHECK(refusal([] { in_state(CaseState::merged).assign("eon", nov(17)); }).what() ==
        std::string{"The case is merged, so \"assign\" is not possible; possible now: undo_merge."});
}

TEST_CASE("case: undoing gives back the original clock, whatever was recorded meanwhile") {
  CaseStory story;
  story.assign("hfab", nov(16, "11:00"));
  const CaseRow before = story.row();
  story.remove(nov(17)).reopen(nov(25)).dismiss(nov(25)).undo(nov(26)).give_up(nov(26)).undo(nov(27));
  CHECK(story.row().clock_started_at == before.clock_started_at);
  CHECK(story.row().due_at == before.due_at);
  CHECK(story.row().owner_id == "hfab");
  CHECK_FALSE(story.row().removed_at);
  CHECK_FALSE(story.row().recorded_at);
  CHECK_FALSE(story.row().decided_at);
  CHECK(story.row().version == before.version + 6);
}

TEST_CASE("case: what an owner may do is limited to its own case") {
  CaseStory story = in_state(CaseState::assigned);
  const Instant now = nov(17);
  CHECK(refusal([&] { story.remove(now, now, kEon); }).code() == ErrorCode::forbidden);
  CHECK(refusal([&] { story.step(reject(story.now, "not_ours", "", kEon, now)); }).code() ==
        ErrorCode::forbidden);
  CHECK(refusal([&] { story.ask_for_hold(now, now + hours{24}, kEon); }).code() == ErrorCode::forbidden);
  CHECK(refusal([&] { in_state(CaseState::removed).reopen(now, kEon); }).code() == ErrorCode::forbidden);
  CHECK(refusal([&] { in_state(CaseState::unassigned).remove(now, now, kHfab); }).code() ==
        ErrorCode::forbidden);
  // An actor of role owner without an owner is nobody's owner, also of cases that have none.
  CHECK(refusal([&] {
          in_state(CaseState::unassigned).remove(now, now, {Role::owner, 1, ""});
        }).code() == ErrorCode::forbidden);
  CHECK_NOTHROW(story.remove(now, now, kHfab));
}

TEST_CASE("case: what may be done now is said to each role, and holds when it is done") {
  const auto allowed = [](const CaseStory& story, const Actor& actor, Instant now) {
    const auto actions = allowed_actions(story.row(), actor, now);
    return std::set<Action>(actions.begin(), actions.end());
  };
  using enum Action;
  const Instant now = nov(17);
  CHECK(allowed(in_state(CaseState::assigned), kHfab, now) == std::set{reject, hold, record_removal});
  CHECK(allowed(in_state(CaseState::assigned), kEon, now).empty());
  CHECK(allowed(in_state(CaseState::assigned), kCitizen, now).empty());
  CHECK(allowed(in_state(CaseState::assigned), kPolice, now) == std::set{add_police_reference});
  CHECK(allowed(in_state(CaseState::assigned), kOfficer, now) ==
        std::set{assign, unassign, hold, change_details, add_police_reference, record_removal, dismiss,
                 give_up, merge, split});
  CHECK(allowed(in_state(CaseState::removed), kHfab, now) ==
        std::set{correct_removal, withdraw_removal, request_reopening});
  CHECK(allowed(in_state(CaseState::removed), kOfficer, now) ==
        std::set{correct_removal, reopen, request_reopening, merge});
  // A day and a fortnight later: removed at 8 on the 17th.
  CHECK(allowed(in_state(CaseState::removed), kHfab, nov(18, "08:00:00")).contains(withdraw_removal));
  CHECK(allowed(in_state(CaseState::removed), kHfab, nov(18, "08:00:01")) == std::set{request_reopening});
  CHECK(allowed(in_state(CaseState::removed), kCitizen, nov(17, "08:00") + hours{14 * 24}) ==
        std::set{request_reopening});
  CHECK(allowed(in_state(CaseState::removed), kCitizen, nov(17, "08:00:01") + hours{14 * 24}).empty());
}

TEST_CASE(
    "case: the owner corrects and withdraws for 24 hours after entering the removal, the municipality "
    "always") {
  const Instant entered = nov(17, "08:00"), last = entered + hours{24};
  const auto story = [&] { return in_state(CaseState::removed); };
  CHECK_NOTHROW(story().reopen(last, kHfab));
  CHECK(refusal([&] { story().reopen(last + seconds{1}, kHfab); }).code() == ErrorCode::forbidden);
  CHECK_NOTHROW(story().remove(nov(17, "07:00"), last, kHfab));
  CHECK(refusal([&] { story().remove(nov(17, "07:00"), last + seconds{1}, kHfab); }).code() ==
        ErrorCode::forbidden);
  CHECK_NOTHROW(story().reopen(last + hours{1000}));
  CHECK_NOTHROW(story().remove(nov(17, "07:00"), last + hours{1000}));
  CHECK(story().reopen(last, kHfab).events.back().type == EventType::removal_withdrawn);
  CHECK(story().reopen(last).events.back().type == EventType::case_reopened);
}

TEST_CASE("case: the owner's 24 hours run from the first entering, however often it is corrected") {
  const Instant entered = nov(17, "08:00"), last = entered + hours{24};
  CaseStory story = in_state(CaseState::removed);
  story.remove(nov(17, "07:00"), entered + hours{20}, kHfab).remove(nov(17, "06:00"), last, kHfab);
  CHECK(story.row().recorded_at == last);  // a new date counts as entered now, for the rule against backdating
  CHECK(refusal([&] { story.remove(nov(17, "05:00"), last + seconds{1}, kHfab); }).code() == ErrorCode::forbidden);
  CHECK(refusal([&] { story.reopen(last + seconds{1}, kHfab); }).code() == ErrorCode::forbidden);
  CHECK(allowed_actions(story.row(), kHfab, last).size() == 3);
  CHECK(allowed_actions(story.row(), kHfab, last + seconds{1}) == std::vector{Action::request_reopening});
  // A removal that is recorded anew, after a reopening, is another one with hours of its own.
  story.reopen(nov(20)).remove(nov(21, "08:00"), {}, kHfab);
  CHECK_NOTHROW(CaseStory{story}.reopen(nov(22, "08:00"), kHfab));
  CHECK(refusal([&] { story.reopen(nov(22, "08:00:01"), kHfab); }).code() == ErrorCode::forbidden);
}

TEST_CASE("case: the same removal again is no event, also long after the owner's 24 hours") {
  CaseStory story;
  story.assign("hfab", nov(16, "11:00")).remove(nov(17, "08:00"), nov(17, "09:00"), kHfab);
  const auto before = story.events.size();
  story.remove(nov(17, "08:00"), nov(17, "10:00"), kHfab).remove(nov(17, "08:00"), nov(30), kHfab);
  CHECK(story.events.size() == before);
}

TEST_CASE("case: the same removal with another note is a correction, within the owner's 24 hours only") {
  const CaseStory story = in_state(CaseState::removed);
  const Removal renoted{nov(17, "08:00"), RemovalMethod::washed, {}, false, true};
  const auto event = record_removal(story.now, renoted, "", kHfab, nov(17, "09:00"));
  REQUIRE(event);
  CHECK(event->type == EventType::removal_corrected);
  CHECK_FALSE(event->data.redated);
  CHECK(refusal([&] { record_removal(story.now, renoted, "", kHfab, nov(19)); }).code() == ErrorCode::forbidden);
}

TEST_CASE("case: anyone may ask that a case be reopened for 14 days after the removal") {
  CaseStory story = in_state(CaseState::removed);  // removed on the 17th at 8
  const Instant last = nov(17, "08:00") + std::chrono::days{14};
  CHECK_NOTHROW(request_reopening(story.now, kCitizen, last));
  CHECK(refusal([&] { request_reopening(story.now, kCitizen, last + seconds{1}); }).code() ==
        ErrorCode::refused);
  const auto version = story.row().version;
  story.step(request_reopening(story.now, kCitizen, last));
  CHECK(story.row().state == CaseState::removed);
  CHECK(story.row().version == version);
  CHECK(story.events.back().visibility == Visibility::internal);
}

TEST_CASE(
    "case: a removal is neither in the future nor more than 30 days before the graffiti was first seen") {
  // Seen on the 10th, reported on the 12th, received on the 16th: the 10th counts.
  const CaseStory story{{.observed_at = nov(10, "06:00"), .reported_at = nov(12)}};
  const Instant earliest = nov(10, "06:00") - std::chrono::days{30};
  const auto removed_at = [&](Instant when, Instant now) { CaseStory{story}.remove(when, now); };
  CHECK_NOTHROW(removed_at(earliest, nov(17)));
  CHECK(refusal([&] { removed_at(earliest - seconds{1}, nov(17)); }).code() == ErrorCode::refused);
  CHECK_NOTHROW(removed_at(nov(17), nov(17)));
  const Error future = refusal([&] { removed_at(nov(17, "10:00:01"), nov(17)); });
  CHECK(future.code() == ErrorCode::refused);
  CHECK(future.faults().at(0).pointer == "/removed_at");
  CHECK(std::string{future.what()}.find("2026-11-17T09:00:01Z lies in the future") != std::string::npos);
  // Without a day of observation the report's counts; a report that joins can move it back.
  CaseStory unseen{{.received_at = nov(16), .reported_at = nov(12)}};
  const Instant by_report = nov(12) - std::chrono::days{30};
  CHECK(refusal([&] { CaseStory{unseen}.remove(by_report - seconds{1}, nov(17)); }).code() ==
        ErrorCode::refused);
  unseen.link({.received_at = nov(16), .observed_at = nov(11)});
  CHECK_NOTHROW(CaseStory{unseen}.remove(by_report - seconds{1}, nov(17)));
}

TEST_CASE(
    "case: a corrected note keeps when the removal was entered, a corrected date counts as entered now") {
  CaseStory story;
  story.assign("hfab", nov(16, "11:00")).remove(nov(17, "08:00"), nov(17, "09:00"));
  story.step(record_removal(story.now, {nov(17, "08:00"), RemovalMethod::painted, 1200}, "", kOfficer,
                            nov(25)));
  CHECK(story.row().recorded_at == nov(17, "09:00"));
  CHECK(story.row().method == RemovalMethod::painted);
  CHECK(story.row().cost_sek == 1200);
  story.remove(nov(16, "12:00"), nov(26));
  CHECK(story.row().removed_at == nov(16, "12:00"));
  CHECK(story.row().recorded_at == nov(26));
  CHECK(story.events.back().type == EventType::removal_corrected);
}

TEST_CASE(
    "case: only the municipality confirms evidence, and an owner's correction of something else keeps it") {
  CaseStory story;
  story.assign("hfab", nov(16, "11:00"));
  CHECK(refusal([&] { story.remove(nov(17), nov(17), kHfab, "owner:hfab", true); }).code() ==
        ErrorCode::forbidden);
  story.remove(nov(17), nov(17), kHfab, "owner:hfab");
  story.remove(nov(17), nov(17, "12:00"), kOfficer, "owner:hfab", true);
  CHECK(story.row().evidence_confirmed);
  story.step(record_removal(story.now, {nov(17), RemovalMethod::covered, {}}, "owner:hfab", kHfab,
                            nov(17, "13:00")));
  CHECK(story.row().method == RemovalMethod::covered);
  CHECK(story.row().evidence_confirmed);
  story.remove(nov(16, "12:00"), nov(17, "14:00"), kHfab, "owner:hfab");
  CHECK_FALSE(story.row().evidence_confirmed);
}

TEST_CASE("case: a report joins an open case only, and a later report moves the clock only back") {
  CaseStory story;
  const Instant due = story.row().due_at;
  CHECK(due == nov(19, "23:59:59"));
  story.link({.received_at = nov(18)});
  CHECK(story.row().clock_started_at == nov(16));
  CHECK(story.row().due_at == due);
  CHECK(story.row().report_count == 2);
  // A call of Friday the 13th, entered on the 18th: the promise was made then.
  story.link({.received_at = nov(13), .reported_at = nov(13), .recorded_at = nov(18)});
  CHECK(story.row().clock_started_at == nov(13));
  CHECK(story.row().first_received_at == nov(13));
  CHECK(story.row().due_at == nov(16, "23:59:59"));
  CHECK(story.row().opened_at == nov(16));
  story.remove(nov(18));
  CHECK(refusal([&] { story.link({.received_at = nov(18)}); }).code() == ErrorCode::conflict);
}

TEST_CASE(
    "case: the clock starts from the reports' times or from when they were received, as the policy says") {
  Policy policy;
  policy.starts_from = StartsFrom::reported;
  CHECK(CaseStory{{.reported_at = nov(14)}, policy}.row().due_at == nov(17, "23:59:59"));
  CHECK(CaseStory{{.reported_at = nov(14)}}.row().due_at == nov(19, "23:59:59"));
}

TEST_CASE("case: a limit by category applies when the category is confirmed") {
  Policy policy;
  policy.limits[Category::hate] = {CountingMode::calendar_days, 1};
  CHECK(CaseStory{{.category = Category::hate}, policy}.row().due_at == nov(17, "23:59:59"));
  CaseStory proposed{{.source = Source::citizen, .category = Category::hate}, policy};
  CHECK_FALSE(proposed.row().category_confirmed);
  CHECK(proposed.row().due_at == nov(19, "23:59:59"));
  proposed.name_category(Category::hate, nov(16, "15:00"));
  CHECK(proposed.row().category_confirmed);
  CHECK(proposed.row().due_at == nov(17, "23:59:59"));
  // Saying it again changes nothing.
  CHECK_FALSE(change_details(proposed.now, {.category = Category::hate}, kOfficer, nov(17)));
}

TEST_CASE("case: a deadline that a category shortens is never before the end of the day of the change") {
  Policy policy;
  policy.limits[Category::hate] = {CountingMode::hours, 24};
  const auto due_when_named_at = [&](Instant when) {
    CaseStory story{{}, policy};
    story.name_category(Category::hate, when);
    return story.row().due_at;
  };
  CHECK(due_when_named_at(nov(16, "12:00")) == nov(17, "10:00"));  // 24 hours from the start are still ahead
  CHECK(due_when_named_at(nov(17, "09:59")) == nov(17, "23:59:59"));
  CHECK(due_when_named_at(nov(17, "12:00")) == nov(17, "23:59:59"));
  CHECK(due_when_named_at(nov(18, "23:59:59")) == nov(18, "23:59:59"));
  CHECK(due_when_named_at(nov(19, "00:00:00")) == nov(19, "23:59:59"));
  CHECK(due_when_named_at(nov(20)) == nov(19, "23:59:59"));  // missed already: it gives no new time
  CaseStory back{{}, policy};
  back.name_category(Category::hate, nov(18)).name_category(Category::tag, nov(18, "11:00"));
  CHECK(back.row().due_at == nov(19, "23:59:59"));
}

TEST_CASE("case: an earlier report that joins moves back a shortened deadline too, no further than the limit there was") {
  Policy policy;
  policy.limits[Category::hate] = {CountingMode::calendar_days, 1};
  CaseStory story{{.received_at = nov(18)}, policy};
  story.name_category(Category::hate, nov(20));
  CHECK(story.row().due_at == nov(20, "23:59:59"));
  // Received on the 16th already: three days end on the 19th, which no end of the 20th may outlast.
  story.link({.received_at = nov(16), .reported_at = nov(16), .recorded_at = nov(20, "11:00")});
  CHECK(story.row().due_at == nov(19, "23:59:59"));
  CHECK(story.replayed().row == story.row());
}

TEST_CASE("case: the owner's own deadline keeps the end of the day of a change as well") {
  Policy policy;
  policy.limits[Category::hate] = {CountingMode::calendar_days, 1};
  CaseStory story{{}, policy};
  story.assign("hfab", nov(16, "11:00")).tell(nov(16, "12:00")).name_category(Category::hate, nov(18));
  CHECK(story.row().due_at == nov(18, "23:59:59"));
  CHECK(story.row().own_due_at == nov(18, "23:59:59"));
  CaseStory told_later{{}, policy};
  told_later.assign("hfab", nov(16, "11:00")).tell(nov(18, "12:00")).name_category(Category::hate, nov(18));
  CHECK(told_later.row().own_due_at == nov(19, "23:59:59"));
}

TEST_CASE("case: a report by one party alone that it removes itself is proactive") {
  const auto proactive = [](std::string first, std::string second, const std::string& remover) {
    CaseStory story{{.reporter = std::move(first)}};
    story.link({.reporter = std::move(second)})
        .assign("hfab", nov(16, "11:00"))
        .remove(nov(17), nov(17), kOfficer, remover);
    return story.row().proactive;
  };
  CHECK(proactive("owner:hfab", "owner:hfab", "owner:hfab"));
  CHECK(proactive("municipality", "municipality", "municipality"));
  CHECK_FALSE(proactive("owner:hfab", "", "owner:hfab"));  // a citizen saw it too
  CHECK_FALSE(proactive("owner:hfab", "owner:hfab", "municipality"));
  CHECK_FALSE(proactive("", "", ""));
  CaseStory story{{.reporter = "owner:hfab"}};
  story.assign("hfab", nov(16)).remove(nov(17), nov(17), kHfab, "owner:hfab").reopen(nov(18));
  CHECK_FALSE(story.row().proactive);  // open again
}

TEST_CASE("case: replaying the history gives the case as it stands") {
  CaseStory story{{.source = Source::citizen, .category = Category::hate}};
  story.assign("hfab", nov(16, "11:00")).tell(nov(16, "11:05"));
  const HoldId hold = story.hold(nov(17), nov(19));
  story.sweep(nov(18));
  story.end(hold, nov(18, "12:00"))
      .name_category(Category::hate, nov(18, "13:00"))
      .unassign(nov(18, "14:00"));
  story.assign("eon", nov(18, "15:00")).remove(nov(19)).reopen(nov(20)).sweep(nov(21));
  story.dismiss(nov(21)).undo(nov(22)).remove(nov(20), nov(23));
  const CaseRow replayed = story.replayed().row;
  CHECK(replayed.version == story.row().version);
  CHECK(replayed.due_at == story.row().due_at);
  CHECK(replayed.deciding_owner_id == story.row().deciding_owner_id);
  CHECK(replayed.checked_until == story.row().checked_until);
  CHECK(replayed.next_check_at == story.row().next_check_at);
  CHECK(refusal([&] {
          replay(std::span{story.events}.subspan(1), {story.policy}, TimeZone{"UTC"});
        }).code() == ErrorCode::internal);
}
