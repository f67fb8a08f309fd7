#include "workflow/casework.h"

#include <algorithm>

#include "base/error.h"

namespace klotterkoll {
namespace {

/// The case with all that is merged into it.
std::vector<CaseId> with_merged(Transaction& transaction, const CaseRow& row) {
  std::vector<CaseId> cases{row.id};
  if (row.merged_count)
    for (const auto& merged : transaction.cases().merged_into(row.id)) cases.push_back(merged.id);
  return cases;
}

/// Each change reads a case's history; without a bound anybody could make that as long as they like.
constexpr std::int64_t kMostWithCitizens = 1000;

}  // namespace

Casework::Casework(Transaction& transaction, const Settings& settings, const Event& opened, Place place)
    : transaction_(transaction), settings_(settings) {
  folded_.row.policy_version = *opened.data.policy_version;
  record(opened);
  set_place(std::move(place));
}

Casework::Casework(Transaction& transaction, const Settings& settings, CaseId id, std::optional<std::int64_t> version)
    : transaction_(transaction), settings_(settings) {
  if (id.municipality() == settings.municipality.id) before_ = transaction.cases().find_to_change(id);
  if (!before_) throw Error{ErrorCode::not_found, "There is no such case in this municipality."};
  if (version && *version != before_->version)
    throw Error{ErrorCode::stale, "The case has changed since version " + std::to_string(*version) + "; it is now at " +
                                      std::to_string(before_->version) + ". Read it again and decide anew."};
  const std::vector<Event> history = transaction.events().of_case(id);
  folded_ = replay(history, settings.policies, settings.zone);
  position_ = history.back().position;
  CaseRow& row = folded_.row;
  row.place = before_->place;
  row.point_derived = before_->point_derived;
  row.address_key = before_->address_key;
  row.designation_key = before_->designation_key;
  row.routing_uncertain = before_->routing_uncertain;
  row.routing_trace = before_->routing_trace;
  row.property_designation = before_->property_designation;
  row.nearest_address = before_->nearest_address;
}

const Policy& Casework::policy() const { return policy_of_version(settings_.policies, folded_.row.policy_version); }

EventId Casework::record(Event event, const std::string& note) {
  if (event.by.role == Role::citizen && row().version >= kMostWithCitizens)
    throw Error{ErrorCode::refused, "So much has been written about this case that no more is taken without a key."};
  event.id = transaction_.next_event_id(settings_.municipality.id);
  event.position = ++position_;
  apply(folded_, event, policy(), settings_.zone);
  event.owner_id = folded_.row.owner_id;
  if (event.type == EventType::case_assigned) mark_owner(event.owner_id);
  transaction_.events().add(event, note);
  changed_ = true;
  return event.id;
}

void Casework::mark_owner(const std::string& owner_id) {
  // The settings tell it of nearly every owner; until they are read anew, marking again costs a look-up and no page.
  const auto at = settings_.owners.find(owner_id);
  if (at == settings_.owners.end() || !at->second.has_had_cases)
    transaction_.owners().mark_has_had_cases(settings_.municipality.id, owner_id);
}

void Casework::set_place(Place place) {
  klotterkoll::set_place(folded_.row, std::move(place), settings_.municipality.name);
  changed_ = true;
}

void Casework::set_routing(RoutingNote note) {
  CaseRow& row = folded_.row;
  row.routing_trace = std::move(note.trace);
  row.routing_uncertain = note.uncertain;
  row.property_designation = std::move(note.property_designation);
  row.nearest_address = std::move(note.nearest_address);
  if (row.place.point && !row.point_derived) return;
  row.place.point = note.address_point;
  row.point_derived = note.address_point.has_value();
}

void Casework::save() {
  if (!changed_) return;
  if (before_)
    transaction_.cases().update(*before_, folded_.row, policy(), settings_.zone);
  else
    transaction_.cases().add(folded_.row, policy(), settings_.zone);
}

CaseRow change_case(Transaction& transaction, const Settings& settings, CaseId id, std::optional<std::int64_t> version,
                    const std::function<void(Casework&)>& work) {
  Casework casework{transaction, settings, id, version};
  work(casework);
  casework.save();
  return casework.row();
}

CaseId current_case(Transaction& transaction, CaseId id) {
  for (auto row = transaction.cases().find(id); row && row->merged_into; row = transaction.cases().find(id)) id = row->merged_into;
  return id;
}

std::vector<Report> reports_of(Transaction& transaction, const CaseRow& row) {
  std::vector<Report> all;
  for (const CaseId id : with_merged(transaction, row))
    for (Report& report : transaction.reports().of_case(id))
      if (std::ranges::find(all, report.id, &Report::id) == all.end()) all.push_back(std::move(report));
  return all;
}

ReportNumbers numbers_of(Transaction& transaction, const CaseRow& row) {
  if (!row.merged_count) return transaction.reports().numbers_of_case(row.id);
  ReportNumbers all;
  for (const CaseId id : with_merged(transaction, row)) {
    const ReportNumbers numbers = transaction.reports().numbers_of_case(id);
    for (std::size_t i = 0; i < numbers.ids.size(); ++i) {
      if (std::ranges::find(all.ids, numbers.ids[i]) != all.ids.end()) continue;
      all.ids.push_back(numbers.ids[i]);
      all.key_ids.push_back(numbers.key_ids[i]);
    }
    all.police_references.insert(all.police_references.end(), numbers.police_references.begin(), numbers.police_references.end());
  }
  std::ranges::sort(all.police_references);
  const auto repeated = std::ranges::unique(all.police_references);
  all.police_references.erase(repeated.begin(), repeated.end());
  return all;
}

}  // namespace klotterkoll
