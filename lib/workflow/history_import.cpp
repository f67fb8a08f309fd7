#include "workflow/history_import.h"

#include <algorithm>
#include <cassert>

#include "base/error.h"
#include "base/text.h"
#include "workflow/casework.h"
#include "workflow/intake.h"
#include "workflow/repeat_hits.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

const Actor kImporter{Role::system, 0, ""};

Report report_of(const HistoryRow& row, Instant now, const Municipality& municipality, std::vector<Fault>& faults) {
  Report report;
  report.source = row.source;
  report.intake = Intake::import;
  report.recorded_at = now;
  report.key_id = kImportKeyId;
  report.police_reference = row.police_reference;
  report.external_id = identity_of(row);
  report.place = row.place;
  report.category = row.category;
  report.description = row.description;
  set_times(report, row.times, Role::system, now, true, faults);
  check_place(report.place, municipality, faults);
  return report;
}

/// When the removal or dismissal was entered. A dismissal of which the file gives no time at all was entered now, for all
/// that is known: an earlier time would hide that it may have come after the deadline.
Instant entered_at(const HistoryRow& row, Instant now) { return row.recorded_at.value_or(row.removed_at.value_or(now)); }

bool is_closed(const HistoryRow& row) { return row.removed_at || row.dismissed; }

void record_closing(Casework& work, const HistoryRow& row, const std::string& remover, Instant now) {
  const Instant entered = entered_at(row, now);
  std::optional<Event> event;
  // A case that was dismissed and has an end was ended by the dismissal.
  if (row.dismissed)
    event = dismiss(work.now(), *row.dismissed, kImporter, entered);
  else
    event = record_removal(work.now(), Removal{.removed_at = *row.removed_at}, remover, kImporter, entered);
  assert(event && "an open case has no removal that this could repeat");
  event->data.imported = true;
  work.record(*event);
}

/// Whoever removes is the owner; where there is none, the municipality.
std::string remover_of(Transaction& transaction, const Settings& settings, const std::string& owner_id) {
  return party_of(transaction, settings.municipality.id, owner_id.empty() ? Role::municipality : Role::owner, owner_id);
}

void open_imported(Transaction& transaction, const Settings& settings, const HistoryRow& row, Instant now) {
  std::vector<Fault> faults;
  Report report = report_of(row, now, settings.municipality, faults);
  assert(faults.empty() && "check_history comes first");
  const Routing found = route(transaction, settings, {row.place, {}, settings.zone.date_of(report.received_at), row.owner_id});
  const bool needs_remover = row.proactive || row.removed_at;
  const std::string remover = needs_remover ? remover_of(transaction, settings, found.owner_id) : "";
  if (row.proactive) report.reporter = remover;
  report.id = transaction.next_report_id(settings.municipality.id);
  report.case_id = transaction.next_case_id(settings.municipality.id);
  const Policy& policy = policy_on(settings.policies, settings.zone.date_of(report.received_at));
  const CaseId former = former_case(transaction, settings, report, spots_near(transaction, settings, report), report.reported_at);
  Casework work{transaction, settings, open_case(report.case_id, report, policy, former, found.district_id, kImporter), row.place};
  keep_routing(transaction, work, found, now);
  if (!found.owner_id.empty()) {
    Event assigned = assign(work.now(), found.owner_id, found.rule, kImporter, report.received_at);
    assigned.data.imported = true;
    work.record(assigned);
  }
  if (is_closed(row)) record_closing(work, row, remover, now);
  work.save();
  transaction.reports().add(report);
}

/// Does the history tell of this end already? Then somebody here has undone it, and knows better than the file.
bool was_told(std::span<const Event> events, const HistoryRow& row) {
  return std::ranges::any_of(events, [&](const Event& event) {
    if (event.type == EventType::case_dismissed) return row.dismissed && event.data.reason == to_code(*row.dismissed);
    return !row.dismissed && event.data.removed_at && event.data.removed_at == row.removed_at;
  });
}

/// The open case that the row, known already, brings an end to.
std::optional<CaseId> to_be_completed(Transaction& transaction, const Report& known, const HistoryRow& row) {
  if (!is_closed(row)) return std::nullopt;
  const auto present = transaction.cases().find(known.case_id);
  if (!present || !present->open() || was_told(transaction.events().of_case(known.case_id), row)) return std::nullopt;
  return known.case_id;
}

std::optional<Report> find_known(Transaction& transaction, const Settings& settings, const HistoryRow& row) {
  auto known = transaction.reports().by_external_id(settings.municipality.id, kImportKeyId, identity_of(row));
  return known.empty() ? std::nullopt : std::optional{std::move(known.front())};
}

}  // namespace

std::vector<Fault> check_history(const HistoryRow& row, const Municipality& municipality, Instant now) {
  std::vector<Fault> faults;
  if (!row.times.reported_at) faults.push_back({"/reported_at", "reported_at is missing: when police or municipality first heard."});
  const Report report = report_of(row, now, municipality, faults);
  if (row.removed_at && *row.removed_at > now)
    faults.push_back({"/removed_at", "removed_at " + format_instant(*row.removed_at) + " lies in the future."});
  if (row.removed_at && *row.removed_at < report.reported_at - kRemovalBeforeReport)
    faults.push_back({"/removed_at", "removed_at " + format_instant(*row.removed_at) + " lies more than 30 days before reported_at " +
                                         format_instant(report.reported_at) + "."});
  if (row.recorded_at && *row.recorded_at > now)
    faults.push_back({"/recorded_at", "recorded_at " + format_instant(*row.recorded_at) + " lies in the future."});
  if (row.recorded_at && row.removed_at && *row.recorded_at < *row.removed_at)
    faults.push_back({"/recorded_at", "recorded_at " + format_instant(*row.recorded_at) + " lies before removed_at " +
                                          format_instant(*row.removed_at) + "; a removal is recorded when it is done."});
  return faults;
}

std::string identity_of(const HistoryRow& row) {
  if (!row.external_id.empty()) return row.external_id;
  std::string told = row.times.reported_at ? std::to_string(to_unix(*row.times.reported_at)) : "";
  const auto add = [&told](const std::string& part) { told += '\x1f' + part; };
  add(row.place.point ? std::to_string(row.place.point->lat) + "," + std::to_string(row.place.point->lon) : "");
  add(fold(row.place.address));
  add(fold(row.place.designation));
  add(row.police_reference);
  add(fold(row.description));
  return "row:" + digest(told).substr(0, 32);  // 128 bits: no two rows of the world agree by chance
}

ImportOutcome ImportForecast::foresee(Transaction& transaction, const Settings& settings, const HistoryRow& row) {
  const std::string identity = identity_of(row);
  if (closed_.contains(identity)) return ImportOutcome::known;
  auto outcome = ImportOutcome::known;
  if (const auto known = find_known(transaction, settings, row); known || added_.contains(identity)) {
    if (known ? to_be_completed(transaction, *known, row).has_value() : is_closed(row)) outcome = ImportOutcome::completed;
  } else {
    outcome = ImportOutcome::added;
    added_.insert(identity);
  }
  if (is_closed(row) && outcome != ImportOutcome::known) closed_.insert(identity);
  return outcome;
}

ImportOutcome import_history(Transaction& transaction, const Settings& settings, const HistoryRow& row, Instant now) {
  const auto known = find_known(transaction, settings, row);
  if (!known) {
    open_imported(transaction, settings, row, now);
    return ImportOutcome::added;
  }
  const auto id = to_be_completed(transaction, *known, row);
  if (!id) return ImportOutcome::known;
  change_case(transaction, settings, *id, std::nullopt, [&](Casework& work) {
    record_closing(work, row, remover_of(transaction, settings, work.row().owner_id), now);
  });
  return ImportOutcome::completed;
}

}  // namespace klotterkoll
