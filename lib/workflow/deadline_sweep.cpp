#include "workflow/deadline_sweep.h"

#include <algorithm>

#include "workflow/casework.h"

namespace klotterkoll {
namespace {

/// Rows of one transaction: longer ones would keep reports waiting.
constexpr std::int64_t kRows = 500;

/// Ends the holds whose time is up; the case is then reckoned anew. True when there were any.
bool end_holds(Transaction& transaction, const Settings& settings, const CaseRow& row, Instant as_of, SweepResult& result) {
  if (!row.held_until || *row.held_until > as_of) return false;
  change_case(transaction, settings, row.id, std::nullopt, [&](Casework& work) {
    std::vector<HoldId> ended;
    for (const Hold& hold : work.now().holds)
      if (hold.status == HoldStatus::granted && !hold.ended_at && hold.until <= as_of) ended.push_back(hold.id);
    for (const HoldId id : ended) work.record(end_hold(work.now(), id, Actor{}, as_of));
    result.holds_ended += std::ssize(ended);
  });
  return true;
}

void raise(Transaction& transaction, const CaseRow& row, const Flag& flag, Instant as_of, SweepResult& result) {
  if (!transaction.flags().raise(row.id, row.due_at, flag)) return;
  Event event;
  event.id = transaction.next_event_id(row.id.municipality());
  event.case_id = row.id;
  event.type = flag.type;
  event.at = flag.at;
  event.recorded_at = as_of;
  event.owner_id = row.owner_id;
  event.data.due_at = row.due_at;
  if (flag.warning >= 0) event.data.warning = flag.warning;
  transaction.events().add(event);
  for (const Notice& notice : notices_for(event)) transaction.outbox().add(event, notice);
  ++(flag.type == EventType::case_overdue ? result.overdue : result.due_soon);
}

void check(Transaction& transaction, const Settings& settings, CaseRow row, Instant as_of, SweepResult& result) {
  ++result.looked_at;
  // A hold that ended has moved the row; what is due then comes up in the next round of the same sweep.
  if (end_holds(transaction, settings, row, as_of, result)) return;
  const Policy& policy = policy_of_version(settings.policies, row.policy_version);
  if (const auto flag = flag_due(row, policy, as_of)) {
    raise(transaction, row, *flag, as_of, result);
    row.checked_until = flag->at;
  }
  row.next_check_at = next_check(row, policy);
  transaction.cases().update_checks(row);
}

}  // namespace

SweepResult sweep_deadlines(Store& store, Instant as_of) {
  std::vector<Municipality> municipalities;
  store.read([&](Transaction& transaction) { municipalities = transaction.municipalities().list(); });
  SweepResult total;
  for (const Municipality& municipality : municipalities) {
    for (bool more = true; more;) {
      // Most sweeps find nothing, and then nothing need be written.
      store.read([&](Transaction& transaction) { more = !transaction.cases().due_for_check(municipality.id, as_of, 1).empty(); });
      if (!more) break;
      SweepResult round;
      store.write([&](Transaction& transaction) {
        round = {};  // it may run again
        const auto settings = transaction.municipalities().settings(municipality.id);
        for (CaseRow& row : transaction.cases().due_for_check(municipality.id, as_of, kRows))
          check(transaction, *settings, std::move(row), as_of, round);
      });
      total.looked_at += round.looked_at;
      total.due_soon += round.due_soon;
      total.overdue += round.overdue;
      total.holds_ended += round.holds_ended;
      more = round.looked_at > 0;
    }
  }
  return total;
}

}  // namespace klotterkoll
