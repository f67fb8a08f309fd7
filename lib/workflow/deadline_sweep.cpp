#include "workflow/deadline_sweep.h"

#include <algorithm>
#include <set>

#include "workflow/casework.h"
#include "workflow/faults.h"

namespace klotterkoll {
namespace {

/// Rows of one transaction: longer ones would keep reports waiting.
constexpr std::int64_t kRows = 500;

class Sweep {
 public:
  Sweep(Store& store, Instant as_of, Instant now) : store_(store), as_of_(as_of), now_(now), ended_by_(std::min(as_of, now)) {}

  void run(MunicipalityId municipality) {
    CaseTable::CheckedTo after;
    // Most sweeps find nothing, and then nothing need be written.
    while (any_due(municipality, after)) {
      SweepResult round;
      auto reached = after;
      CaseId at;  // the case in hand, none while the store itself works
      try {
        store_.write([&](Transaction& transaction) {
          round = {}, reached = after, at = {};  // it may run again
          const auto settings = transaction.municipalities().settings(municipality);
          for (CaseRow& row : transaction.cases().due_for_check(municipality, as_of_, after, kRows)) {
            reached = {*row.next_check_at, row.id};
            if (failed_.contains(row.id)) continue;
            at = row.id;
            check(transaction, *settings, std::move(row), round);
          }
          at = {};
        });
      } catch (const std::exception& fault) {
        if (!at || is_unavailable(fault)) throw;
        // Nothing of the round was written; without this case it is done again.
        failed_.insert(at);
        result_.failures.push_back({at, fault.what()});
        continue;
      }
      // What moved on is not due any more; what did not, a hold yet to end or a case that failed, lies behind.
      after = reached;
      result_.looked_at += round.looked_at;
      result_.due_soon += round.due_soon;
      result_.overdue += round.overdue;
      result_.holds_ended += round.holds_ended;
      result_.unattended += round.unattended;
    }
  }
  SweepResult result() && { return std::move(result_); }

 private:
  bool any_due(MunicipalityId municipality, CaseTable::CheckedTo after) {
    bool any = false;
    store_.read([&](Transaction& transaction) { any = !transaction.cases().due_for_check(municipality, as_of_, after, 1).empty(); });
    return any;
  }

  void check(Transaction& transaction, const Settings& settings, CaseRow row, SweepResult& result) {
    const bool hold_ends = row.held_until && *row.held_until <= ended_by_;
    if (hold_ends) row = end_holds(transaction, settings, row.id, result);
    const bool unattended = row.open() && row.unattended_at && *row.unattended_at <= ended_by_;
    if (unattended) row = tell_officers(transaction, settings, row.id, result);
    const Policy& policy = policy_of_version(settings.policies, row.policy_version);
    const auto flag = flag_due(row, policy, as_of_);
    if (flag) {
      raise(transaction, row, *flag, result);
      row.checked_until = flag->at;
    }
    const auto next = next_check(row, policy);
    if (!hold_ends && !unattended && !flag && next == row.next_check_at) return;  // what has yet to come: the end of a hold, a silence
    ++result.looked_at;
    row.next_check_at = next;
    transaction.cases().update_checks(row);
  }

  /// Ends the holds whose time is up; the case is reckoned anew.
  CaseRow end_holds(Transaction& transaction, const Settings& settings, CaseId id, SweepResult& result) {
    return change_case(transaction, settings, id, std::nullopt, [&](Casework& work) {
      std::vector<HoldId> ended;
      for (const Hold& hold : work.now().holds)
        if (hold.status == HoldStatus::granted && !hold.ended_at && hold.until <= ended_by_) ended.push_back(hold.id);
      for (const HoldId hold : ended) work.record(end_hold(work.now(), hold, Actor{}, now_));
      result.holds_ended += std::ssize(ended);
    });
  }

  /// Nobody acts: half of the time went by without a sign from the owner, or nobody has had the case for too long.
  CaseRow tell_officers(Transaction& transaction, const Settings& settings, CaseId id, SweepResult& result) {
    return change_case(transaction, settings, id, std::nullopt, [&](Casework& work) {
      const CaseRow& now_row = work.row();
      if (!now_row.unattended_at) return;
      work.record(mark_unattended(work.now(), now_row.owner_id.empty() ? Attention::unassigned : Attention::silent,
                                  *now_row.unattended_at, now_));
      ++result.unattended;
    });
  }

  void raise(Transaction& transaction, const CaseRow& row, const Flag& flag, SweepResult& result) {
    if (!transaction.flags().raise(row.id, row.due_at, flag)) return;
    Event event;
    event.id = transaction.next_event_id(row.id.municipality());
    event.case_id = row.id;
    event.type = flag.type;
    event.at = flag.at;
    event.recorded_at = now_;
    event.owner_id = row.owner_id;
    event.data.due_at = row.due_at;
    if (flag.warning >= 0) event.data.warning = flag.warning;
    if (flag.last) event.data.last_warning = true;
    transaction.events().add(event);
    ++(flag.type == EventType::case_overdue ? result.overdue : result.due_soon);
  }

  Store& store_;
  const Instant as_of_, now_, ended_by_;
  std::set<CaseId> failed_;
  SweepResult result_;
};

}  // namespace

SweepResult sweep_deadlines(Store& store, Instant as_of, Instant now) {
  std::vector<Municipality> municipalities;
  store.read([&](Transaction& transaction) { municipalities = transaction.municipalities().list(); });
  Sweep sweep{store, as_of, now};
  for (const Municipality& municipality : municipalities) sweep.run(municipality.id);
  return std::move(sweep).result();
}

}  // namespace klotterkoll
