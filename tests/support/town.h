#pragma once

#include <string>

#include "support/case_story.h"
#include "support/test_store.h"
#include "workflow/casework_actions.h"
#include "workflow/confirmation.h"
#include "workflow/deadline_sweep.h"
#include "workflow/intake.h"

namespace klotterkoll::test {

/// A point in the middle of Höör.
inline constexpr Point kCentre{55.9362, 13.5405};

/// A tag on a garage door at Storgatan 12 in Höör.
ReportDraft tag_at(const std::string& address = "Storgatan 12");
ReportDraft tag_at(Point point);

/// Höör (1267) with its owners, a database and a clock that the test moves:
/// `hfab`, the housing company, has Storgatan and HÖÖR KVARNBÄCK 1:23; `kommun`, the municipality itself, has
/// Skolgatan; `ann`, a private person, has Storgatan 7; `eon` has nothing that routes to it.
class Town {
 public:
  /// `writers` as in TestStore: on PostgreSQL each write goes to any of them.
  explicit Town(const Policy& policy = {}, std::size_t commit_batch = 64, std::size_t writers = 3);

  TestStore store;
  ManualClock clock;
  MunicipalityId id = 0;

  Settings settings();
  void add_owner(const Owner& owner);
  /// A second municipality, Hörby (1266), east of Höör.
  MunicipalityId add_neighbour();
  /// A new version of the policy, in force from the day.
  void change_policy(Policy policy, LocalDate from);

  Taken report(const ReportDraft& draft = tag_at(), const Actor& actor = kPolice);
  CaseRow row(CaseId id);
  std::vector<Event> events(CaseId id);
  /// How many events of the type the case has.
  std::int64_t count(CaseId id, EventType type);

  CaseRow assign(CaseId id, const std::string& owner_id);
  CaseRow remove(CaseId id, std::optional<Instant> removed_at = {}, const Actor& actor = kOfficer);
  CaseRow reopen(CaseId id, const Actor& actor = kOfficer);
  CaseRow dismiss(CaseId id, DismissalReason reason = DismissalReason::not_found);
  CaseRow give_up(CaseId id);
  CaseRow undo(CaseId id);
  CaseRow record(CaseId id, const std::function<std::optional<Event>(const Case&)>& decide);
  /// An owner asks for it, others make it; gives its key.
  HoldId hold(CaseId id, Instant until, const Actor& actor = kOfficer, HoldReason reason = HoldReason::weather);
  void merge(CaseId id, CaseId into);
  /// Takes it out again, and tells every case further down the chain what it now brings.
  void undo_merge(CaseId id);
  Batched batched(const ReportDraft& draft, const Actor& actor = kPolice);
  Confirmation confirm(QueueId waiting, std::optional<CaseId> joins = {}, const std::string& note = "");
  SweepResult sweep() { return sweep_deadlines(*store, clock.now(), clock.now()); }

  CaseAction action(CaseId case_id, const Actor& actor = kOfficer) {
    return {case_id, {}, actor, clock.now(), ""};
  }
  /// Runs an action of the workflow, by an officer unless `action` says another.
  template <typename Work>
  CaseRow act(Work&& work) {
    return write(*store, [&](Transaction& transaction) {
      return work(transaction, *transaction.municipalities().settings(id));
    });
  }
};

}  // namespace klotterkoll::test
