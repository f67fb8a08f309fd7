#include "workflow/erasure.h"

#include "base/error.h"
#include "domain/notice.h"
#include "domain/queue.h"
#include "workflow/casework.h"
#include "workflow/reporter_addresses.h"

namespace klotterkoll {
namespace {

Event redacted(CaseId id, std::optional<ReportId> report, const Erasure& erasure) {
  Event event;
  event.case_id = id;
  event.type = EventType::redacted;
  event.at = event.recorded_at = erasure.now;
  event.by = erasure.actor;
  event.visibility = Visibility::internal;
  event.data.report = report;
  return event;
}

}  // namespace

bool erase_report(Transaction& transaction, const Settings& settings, ReportId id, const Erasure& erasure) {
  const auto report = id.municipality() == settings.municipality.id ? transaction.reports().find(id) : std::nullopt;
  if (!report) throw Error{ErrorCode::not_found, "There is no such report in " + settings.municipality.name + "."};
  if (report->texts_erased) return false;
  transaction.reports().erase_texts(id);
  // Mails that wait may quote it, whoever they go to.
  transaction.notices().forget_mails(settings.municipality.id);
  if (!report->contact.email.empty()) forget_erased_address(transaction, erasure.references, id, report->contact.email);
  const std::string reference = erasure.references.encode(id);
  transaction.idempotency().rewrite(settings.municipality.id, reference, [&](const std::string& answer) { return erasure.without(answer, reference); });
  change_case(transaction, settings, report->case_id, std::nullopt, [&](Casework& work) { work.record(redacted(report->case_id, id, erasure)); });
  return true;
}

std::int64_t erase_reports_of_case(Transaction& transaction, const Settings& settings, CaseId id, const Erasure& erasure) {
  const auto row = id.municipality() == settings.municipality.id ? transaction.cases().find(id) : std::nullopt;
  if (!row) throw Error{ErrorCode::not_found, "There is no such case in " + settings.municipality.name + "."};
  std::int64_t erased = 0;
  for (const Report& report : reports_of(transaction, *row)) erased += erase_report(transaction, settings, report.id, erasure);
  std::vector<CaseId> cases{id};
  for (const auto& merged : transaction.cases().merged_into(id)) cases.push_back(merged.id);
  for (const CaseId one : cases) {
    const std::int64_t notes = transaction.events().erase_notes(one, Role::citizen);
    if (notes > 0) transaction.notices().forget_mails(settings.municipality.id);
    if (notes > 0) change_case(transaction, settings, one, std::nullopt, [&](Casework& work) { work.record(redacted(one, {}, erasure)); });
    erased += notes;
  }
  return erased;
}

bool erase_waiting(Transaction& transaction, const Settings& settings, QueueId id) {
  const auto waiting = id.municipality() == settings.municipality.id ? transaction.queue().find_to_decide(id) : std::nullopt;
  if (!waiting) throw Error{ErrorCode::not_found, "There is no such report that waits in " + settings.municipality.name + "."};
  if (!waiting->report) throw Error{ErrorCode::conflict, "An officer has said of what it is: it is a report now, and is erased as one."};
  if (waiting->report->texts_erased) return false;
  transaction.queue().erase_texts(id);
  return true;
}

}  // namespace klotterkoll
