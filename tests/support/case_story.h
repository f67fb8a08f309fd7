#pragma once

#include <string>

#include "domain/case.h"
#include "support/clocks.h"

namespace klotterkoll::test {

inline const Actor kCitizen{Role::citizen, 0, ""};
inline const Actor kPolice{Role::police, 7, ""};
inline const Actor kOfficer{Role::municipality, 9, ""};
inline const Actor kHfab{Role::owner, 11, "hfab"};
inline const Actor kEon{Role::owner, 12, "eon"};

/// The default policy, but officers hear nothing of cases that nobody acts on: for tests of the other moments.
inline Policy without_attention() {
  Policy policy;
  policy.escalation.unassigned_after = std::chrono::minutes{0};
  policy.escalation.silent_after_percent = 0;
  return policy;
}

/// How a case of a story begins.
struct Beginning {
  Instant received_at = nov(16);
  Source source = Source::police;
  Category category = Category::tag;
  std::string reporter = "";
  std::optional<Instant> observed_at = {}, reported_at = {}, recorded_at = {};
  Intake intake = Intake::api;
  int number = 1;  ///< of the case
  Actor by = kOfficer;
};

/// A case told event by event, without a store. Each step takes the decision of the domain and folds its
/// event, so a refusal comes out of the step. Every event is kept, so that the history can be replayed.
class CaseStory {
 public:
  explicit CaseStory(Beginning beginning = {}, Policy used = without_attention())
      : policy(std::move(used)), zone_(policy.time_zone) {
    policies_ = {policy};
    step(open_case(CaseId{1, beginning.number}, report(beginning), policy, {}, "", beginning.by));
  }

  Policy policy;
  Case now;
  std::vector<Event> events;

  const CaseRow& row() const { return now.row; }
  Case replayed() const { return replay(events, policies_, zone_); }

  CaseStory& step(Event event) {
    event.id = EventId{1, std::ssize(events) + 1};
    klotterkoll::apply(now, event, policy, zone_);
    event.owner_id = now.row.owner_id;
    events.push_back(std::move(event));
    return *this;
  }
  CaseStory& step(const std::optional<Event>& event) { return event ? step(*event) : *this; }

  CaseStory& link(Beginning another) { return step(link_report(now, report(another), another.by)); }
  CaseStory& assign(const std::string& owner_id, Instant when) {
    return step(klotterkoll::assign(now, owner_id, "officer", kOfficer, when));
  }
  CaseStory& unassign(Instant when) { return step(klotterkoll::unassign(now, kOfficer, when)); }
  CaseStory& tell(Instant when) { return plain(EventType::owner_told, when); }
  CaseStory& remove(Instant removed_at, std::optional<Instant> recorded_at = {}, const Actor& by = kOfficer,
                    const std::string& remover = "", bool evidence = false) {
    return step(record_removal(now, {removed_at, RemovalMethod::washed, {}, evidence}, remover, by,
                               recorded_at.value_or(removed_at)));
  }
  CaseStory& reopen(Instant when, const Actor& by = kOfficer) { return step(undo_removal(now, by, when)); }
  CaseStory& dismiss(Instant when, DismissalReason reason = DismissalReason::not_found) {
    return step(klotterkoll::dismiss(now, reason, kOfficer, when));
  }
  CaseStory& give_up(Instant when) {
    return step(klotterkoll::give_up(now, NonRemovalReason::owner_declines, kOfficer, when));
  }
  CaseStory& undo(Instant when) { return step(undo_decision(now, kOfficer, when)); }
  CaseStory& name_category(Category category, Instant when) {
    return step(change_details(now, {.category = category}, kOfficer, when));
  }
  HoldId hold(Instant from, Instant until, HoldReason reason = HoldReason::weather) {
    const HoldId id = next_hold();
    step(start_hold(now, policy, id, reason, until, kOfficer, from));
    return id;
  }
  HoldId ask_for_hold(Instant when, Instant until, const Actor& by = kHfab) {
    const HoldId id = next_hold();
    step(request_hold(now, policy, id, HoldReason::access, until, by, when));
    return id;
  }
  CaseStory& decide(HoldId id, bool granted, Instant when, const Actor& by = kOfficer) {
    return step(decide_hold(now, id, granted, by, when));
  }
  CaseStory& end(HoldId id, Instant when, const Actor& by = kOfficer) { return step(end_hold(now, id, by, when)); }
  CaseStory& merge_into(CaseStory& target, Instant when) {
    const MergeEvents both = merge(now, target.now, kOfficer, when);
    target.step(both.on_target);
    return step(both.on_case);
  }
  /// Opens a second case from the same reports, told on its own from there.
  CaseStory split_off(int number, Instant when) {
    const SplitEvents both = split(now, CaseId{1, number}, "", kOfficer, when);
    step(both.on_case);
    CaseStory other = *this;
    other.now = {};
    other.events.clear();
    other.step(both.opened);
    return other;
  }
  CaseStory& take_out_of(CaseStory& target, Instant when) {
    const MergeEvents both = undo_merge(now, target.now, kOfficer, when);
    target.step(both.on_target);
    return step(both.on_case);
  }
  /// What the sweep does with one case.
  std::optional<Flag> sweep(Instant as_of) {
    const auto flag = flag_due(row(), policy, as_of);
    if (!flag) return flag;
    Event event;
    event.case_id = row().id;
    event.type = flag->type;
    event.at = flag->at;
    event.recorded_at = as_of;
    event.data.due_at = row().due_at;
    if (flag->warning >= 0) event.data.warning = flag->warning;
    step(event);
    return flag;
  }

 private:
  Report report(const Beginning& beginning) {
    Report report;
    report.id = ReportId{1, ++reports_ + 100 * beginning.number};
    report.source = beginning.source;
    report.intake = beginning.intake;
    report.category = beginning.category;
    report.observed_at = beginning.observed_at;
    report.received_at = beginning.received_at;
    report.reported_at = beginning.reported_at.value_or(beginning.received_at);
    report.recorded_at = beginning.recorded_at.value_or(beginning.received_at);
    report.reporter = beginning.reporter;
    return report;
  }
  CaseStory& plain(EventType type, Instant when) {
    Event event;
    event.case_id = row().id;
    event.type = type;
    event.at = event.recorded_at = when;
    return step(event);
  }
  HoldId next_hold() { return HoldId{1, std::ssize(now.holds) + 1}; }

  TimeZone zone_;
  Policies policies_;
  int reports_ = 0;
};

}  // namespace klotterkoll::test
