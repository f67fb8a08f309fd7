#include "workflow/confirmation.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "workflow/casework_actions.h"
#include "workflow/photos.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMostCandidates = 10;

/// The same for the same words: what is sent twice while it waits is one report.
std::string identity_of(const Report& report) {
  std::string told;
  const auto add = [&told](const std::string& part) { told += part + '\x1f'; };
  const auto code = [](const auto& value) { return value ? std::string{to_code(*value)} : std::string{}; };
  add(report.observed_at ? format_instant(*report.observed_at) : "");
  // What the sender did not say is when it was received, which is another time now.
  add(report.reported_at == report.received_at ? "" : format_instant(report.reported_at));
  add(report.place.point ? std::to_string(report.place.point->lat) + "," + std::to_string(report.place.point->lon) : "");
  for (const auto* text : {&report.place.address, &report.place.designation, &report.police_reference, &report.external_id,
                           &report.object_label, &report.description, &report.contact.name, &report.contact.email, &report.contact.phone})
    add(*text);
  add(code(std::optional{report.category}));
  add(code(report.surface));
  add(code(report.object_type));
  return digest(told).substr(0, 32);
}

/// Does somebody have to say whether it is the same graffiti?
bool is_doubtful(const Report& report, const std::vector<CaseTable::Spot>& spots, Instant now) {
  return std::ranges::any_of(spots, [&](const CaseTable::Spot& spot) {
    return !spot.removed_at || (*spot.removed_at >= now - kRecentlyRemoved && seen_at(report) < *spot.removed_at);
  });
}

/// Photos that a report names wait with it, so that they are not forgotten: at most five, those that it had before included.
void keep_photos(Transaction& transaction, const Settings& settings, QueueId id, std::vector<PhotoId> named, const Actor& actor, Instant now) {
  const auto present = photos_that_wait(transaction, id);
  std::erase_if(named, [&](PhotoId one) { return std::ranges::find(present, one, &Photo::id) != present.end(); });
  std::vector<Photo> photos = find_photos(transaction, settings, named, CaseId{}, actor, now);
  if (present.size() + photos.size() > kPhotosOfReport)
    throw Error{ErrorCode::refused, "A report has at most " + std::to_string(kPhotosOfReport) + " photos; this one, which waits, has " +
                                        std::to_string(present.size()) + " already.", "/photo_ids"};
  for (Photo& photo : photos) {
    photo.confirmation_id = id;
    transaction.photos().update(photo);
  }
}

/// The deadline of the case that the report opens, should it open one; the policy of its day is not changed any more.
Instant due_at_of(const Settings& settings, const Report& report) {
  const Policy& policy = policy_on(settings.policies, settings.zone.date_of(report.received_at));
  const Instant start = policy.starts_from == StartsFrom::reported ? report.reported_at : report.received_at;
  return deadline_for(policy, policy.limit_for(report.category, true), start);
}

QueueId wait_for_officer(Transaction& transaction, const Settings& settings, const CheckedReport& checked, const Actor& actor, Instant now) {
  Report report = checked.report;
  const std::string identity = identity_of(report);
  for (Confirmation& waiting : transaction.queue().like(settings.municipality.id, report, identity)) {
    if (!same_place(*waiting.report, report, settings.municipality.name)) continue;
    keep_photos(transaction, settings, waiting.id, checked.photos, actor, now);
    if (!complete_texts(*waiting.report, report).empty()) transaction.queue().update_texts(waiting.id, *waiting.report);
    return waiting.id;
  }
  Confirmation waiting;
  waiting.id = transaction.next_queue_id(settings.municipality.id);
  waiting.sent_at = now;
  waiting.due_at = due_at_of(settings, report);
  waiting.key_id = report.key_id;
  waiting.report = std::move(report);
  keep_photos(transaction, settings, waiting.id, checked.photos, actor, now);
  transaction.queue().add(waiting, identity);
  return waiting.id;
}

/// What was seen after the graffiti was gone, or elsewhere, is another: joined to what was removed in time it would be a hit.
void require_same_graffiti(Transaction& transaction, const Settings& settings, const CaseRow& removed, const Report& report) {
  if (seen_at(report) > *removed.removed_at)
    throw Error{ErrorCode::refused, "The report tells of what was there after the graffiti of this case was gone; it opens a new one.", "/joins"};
  const auto point = point_of(transaction, settings, report.place);
  if (removed.place.point && point && distance_m(*removed.place.point, *point) > kPossibleDuplicate_m)
    throw Error{ErrorCode::refused, "This case was removed, and lies more than 30 m from what is reported; it opens a new one.", "/joins"};
}

/// Has an officer said so already, as far as can be told? What was a repeat became neither.
bool was_said(Transaction& transaction, const Confirmation& decided, const ConfirmationDecision& decision) {
  if (decided.state == ConfirmationState::repeated) return true;
  if (!decision.joins) return decided.state == ConfirmationState::opened;
  return decided.state == ConfirmationState::joined && current_case(transaction, *decision.joins) == current_case(transaction, decided.case_id);
}

}  // namespace

Batched take_batched_report(Transaction& transaction, const Settings& settings, const ReportDraft& draft, const Actor& actor, Instant now) {
  CheckedReport checked = check_report(transaction, settings, draft, actor, now);
  const Report& report = checked.report;
  checked.spots = spots_near(transaction, settings, report);
  if (actor.role == Role::police && !checked.joins && is_doubtful(report, *checked.spots, now) &&
      !find_sent_before(transaction, settings, report, actor))
    return {{}, wait_for_officer(transaction, settings, checked, actor, now)};
  return {take_checked_report(transaction, settings, std::move(checked), actor, now), {}};
}

std::vector<Candidate> candidates_for(Transaction& transaction, const Settings& settings, const Confirmation& waiting) {
  std::vector<Candidate> candidates;
  if (!waiting.report) return candidates;
  for (const auto& spot : spots_near(transaction, settings, *waiting.report)) {
    if (candidates.size() == kMostCandidates) break;
    if (spot.removed_at && *spot.removed_at < waiting.sent_at - kRecentlyRemoved) continue;
    if (auto row = transaction.cases().find(spot.id); row && row->place.point) candidates.push_back({std::move(*row), spot.away_m});
  }
  const auto photos = transaction.photos().of_confirmation(waiting.id);
  std::ranges::stable_partition(candidates, [&](const Candidate& candidate) { return looks_alike(transaction, candidate.row, photos, false); });
  return candidates;
}

Confirmation decide_confirmation(Transaction& transaction, const Settings& settings, QueueId id, const ConfirmationDecision& decision,
                                 const Actor& by, Instant now) {
  auto found = id.municipality() == settings.municipality.id ? transaction.queue().find_to_decide(id) : std::nullopt;
  if (!found) throw Error{ErrorCode::not_found, "There is no such report that waits."};
  Confirmation& decided = *found;
  if (decided.state != ConfirmationState::waiting) {
    if (was_said(transaction, decided, decision)) return decided;
    const std::string said = decided.state == ConfirmationState::joined ? "is of a case that was there" : "is of a new case";
    throw Error{ErrorCode::conflict, "It was said already that this report " + said + "; merge or split the case instead."};
  }
  const Report& report = decided.report.value();
  if (decision.joins)
    if (const auto row = transaction.cases().find(current_case(transaction, *decision.joins)); row && row->removed_at)
      require_same_graffiti(transaction, settings, *row, report);
  CheckedReport checked{report, "", decision.joins, {}, id, true, {}};
  checked.report.recorded_at = now;
  const Actor sender{Role::police, decided.key_id, ""};
  const Taken taken = take_checked_report(transaction, settings, std::move(checked), sender, now);
  for (Photo& left : photos_that_wait(transaction, id)) {  // for which there was no room
    left.confirmation_id = {};
    transaction.photos().update(left);
  }
  if (!decision.note.empty())
    comment_on_case(transaction, settings, {taken.row.id, {}, by, now, decision.note}, Visibility::internal);
  decided.state = taken.repeated ? ConfirmationState::repeated : decision.joins ? ConfirmationState::joined : ConfirmationState::opened;
  decided.decided_at = now;
  decided.decided_by = by.key_id;
  decided.report_id = taken.report.id;
  decided.case_id = taken.row.id;
  decided.report.reset();
  transaction.queue().decide(decided);
  return decided;
}

}  // namespace klotterkoll
