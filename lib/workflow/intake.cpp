#include "workflow/intake.h"

#include <algorithm>

#include "base/error.h"
#include "domain/police_reference.h"
#include "workflow/casework.h"
#include "workflow/photos.h"
#include "workflow/repeat_hits.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMostDuplicates = 10;
constexpr std::size_t kMostOfOneNumber = 1000;  ///< reports with one K-number, far more than a night's

Source source_of(Role role) {
  switch (role) {
    case Role::police: return Source::police;
    case Role::owner: return Source::owner;
    case Role::municipality: return Source::municipality;
    default: return Source::citizen;
  }
}

/// The place must be in the municipality; a neighbour that is a tenant is named, so that the reporter knows where to turn.
void name_neighbour(Transaction& transaction, const Settings& settings, const Place& place, std::vector<Fault>& faults) {
  const auto outside = std::ranges::find(faults, "/location", &Fault::pointer);
  if (outside == faults.end() || !place.point) return;
  for (const Municipality& other : transaction.municipalities().list())
    if (other.id != settings.municipality.id && other.area && other.area->contains(*place.point))
      outside->message += " It lies in " + other.name + " (" + other.code + "), which takes reports here too.";
}

/// What stands in a report are its sender's words: only the sender, colleagues and the municipality add to them.
bool may_complete(const Report& first, const Actor& actor) {
  return actor.role == Role::municipality || (actor.role == Role::police && first.source == Source::police) ||
         (actor.key_id != 0 && actor.key_id == first.key_id);
}

/// Are there any among them that no report has yet?
bool brings_any(std::span<const Photo> photos) {
  return std::ranges::any_of(photos, [](const Photo& photo) { return !photo.case_id; });
}

/// Keeps what the repeat brings that the first lacked. `photos` are those it names.
Taken repeat(Transaction& transaction, const Settings& settings, const Report& first, const Report& again, std::span<Photo> photos,
             const Actor& actor, Instant now) {
  Taken taken;
  taken.report = first;
  taken.repeated = true;
  taken.added = complete_texts(taken.report, again);
  const bool text_added = !taken.added.empty();
  if (brings_any(photos)) {
    const auto of_first = [&](const Photo& photo) { return photo.report_id == first.id; };
    const auto present = std::ranges::count_if(transaction.photos().of_case(first.case_id), of_first);
    const auto brought = std::ranges::count_if(photos, [](const Photo& photo) { return !photo.case_id; });
    if (static_cast<std::size_t>(present + brought) > kPhotosOfReport)
      throw Error{ErrorCode::refused, "A report has at most " + std::to_string(kPhotosOfReport) + " photos; this one has " +
                                          std::to_string(present) + " already.", "/photo_ids"};
    taken.added.emplace_back("photo_ids");
  }
  if (taken.added.empty()) {
    taken.row = transaction.cases().find(first.case_id).value();
    return taken;
  }
  taken.row = change_case(transaction, settings, first.case_id, std::nullopt, [&](Casework& work) {
    require_room(work.row(), photos);
    if (text_added) transaction.reports().add_texts(taken.report);
    Event event;
    event.case_id = first.case_id;
    event.type = EventType::report_repeated;
    event.at = event.recorded_at = now;
    event.by = actor;
    event.visibility = Visibility::internal;
    event.data.report = first.id;
    if (text_added) event.data.text_added = true;
    work.record(event);
    attach_photos(transaction, work, photos, PhotoRole::before, first.id, actor, now);
  });
  return taken;
}

CaseRow join(Transaction& transaction, const Settings& settings, Report& report, CaseId id, bool to_removed, std::span<Photo> photos,
             const Actor& actor, Instant now) {
  report.case_id = id;
  return change_case(transaction, settings, id, std::nullopt, [&](Casework& work) {
    const Event linked = link_report(work.now(), report, actor, to_removed);
    require_room(work.row(), photos);
    work.record(linked);
    attach_photos(transaction, work, photos, PhotoRole::before, report.id, actor, now);
  });
}

/// Those that may be the same graffiti: open, or removed lately. Nearest first.
std::vector<CaseRow> possible_duplicates(Transaction& transaction, const std::vector<CaseTable::Spot>& spots, Instant now) {
  std::vector<CaseRow> rows;
  for (const auto& spot : spots) {
    if (rows.size() == kMostDuplicates) break;
    if (spot.removed_at && *spot.removed_at < now - kRecentlyRemoved) continue;
    auto row = transaction.cases().find(spot.id);
    if (row && row->place.point) rows.push_back(std::move(*row));  // else another writer has just moved it
  }
  return rows;
}

CaseRow open_new(Transaction& transaction, const Settings& settings, Report& report, const std::string& owner_id, CaseId previous,
                 std::span<Photo> photos, const Actor& actor, Instant now) {
  // The owner is looked for first: a wrong owner_id is refused before anything is written.
  const Routing found = route(transaction, settings, {report.place, report.object_type, settings.zone.date_of(report.received_at), owner_id});
  report.case_id = transaction.next_case_id(settings.municipality.id);
  const Instant start = report.received_at;
  const Policy& policy = policy_on(settings.policies, settings.zone.date_of(start));
  Casework work{transaction, settings, open_case(report.case_id, report, policy, previous, found.district_id, actor), report.place};
  assign_found(transaction, work, found, actor, now);
  attach_photos(transaction, work, photos, PhotoRole::before, report.id, actor, now);
  work.save();
  return work.row();
}

}  // namespace

std::string party_of(Transaction& transaction, MunicipalityId municipality, Role role, const std::string& owner_id) {
  if (role == Role::municipality) return "municipality";
  if (role != Role::owner || owner_id.empty()) return "";
  const auto owner = transaction.owners().find(municipality, owner_id);
  return owner && owner->kind == OwnerKind::municipality ? "municipality" : "owner:" + owner_id;
}

CheckedReport check_report(Transaction& transaction, const Settings& settings, const ReportDraft& draft, const Actor& actor, Instant now) {
  std::vector<Fault> faults;
  Report report;
  report.place = draft.place;
  report.category = draft.category;
  report.surface = draft.surface;
  report.object_type = draft.object_type;
  report.object_label = draft.object_label;
  report.description = draft.description;
  report.contact = draft.contact;
  report.external_id = draft.external_id;
  report.key_id = actor.key_id;
  report.recorded_at = now;
  report.source = source_of(actor.role);
  report.intake = actor.key_id == 0 && actor.role == Role::citizen ? Intake::web : Intake::api;
  if (actor.role == Role::municipality) {
    report.source = draft.source.value_or(Source::municipality);
    report.intake = draft.intake.value_or(Intake::api);
  } else {
    if (draft.source && *draft.source != report.source)
      faults.push_back({"/source", "The source follows from the key; only the municipality says another. Leave it out."});
    if (draft.intake) faults.push_back({"/intake", "Only the municipality says by what way a report came. Leave it out."});
    if (!draft.owner_id.empty()) faults.push_back({"/owner_id", "Only the municipality says whose it is. Leave it out."});
  }
  if (draft.photos.size() > kPhotosOfReport)
    faults.push_back({"/photo_ids", "A report has at most " + std::to_string(kPhotosOfReport) + " photos."});
  set_times(report, draft.times, actor.role, now, false, faults);
  check_place(report.place, settings.municipality, faults);
  name_neighbour(transaction, settings, report.place, faults);
  if (!draft.police_reference.empty()) {
    if (auto parsed = parse_police_reference(draft.police_reference))
      report.police_reference = *parsed;
    else
      faults.push_back({"/police_reference", police_reference_fault(draft.police_reference)});
  }
  if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
  // A party's own find only when the party itself reports: what the municipality enters for an owner is not the municipality's.
  if (report.source == source_of(actor.role))
    report.reporter = party_of(transaction, settings.municipality.id, actor.role, actor.owner_id);
  return {std::move(report), draft.owner_id, draft.joins, draft.photos, {}, false, {}};
}

std::vector<std::string> complete_texts(Report& first, const Report& again) {
  std::vector<std::string> added;
  const auto keep = [&](std::string& present, const std::string& brought, const char* name) {
    if (first.texts_erased || !present.empty() || brought.empty()) return;
    present = brought;
    added.emplace_back(name);
  };
  keep(first.description, again.description, "description");
  keep(first.object_label, again.object_label, "object_label");
  keep(first.contact.name, again.contact.name, "contact.name");
  keep(first.contact.email, again.contact.email, "contact.email");
  keep(first.contact.phone, again.contact.phone, "contact.phone");
  return added;
}

std::optional<Report> find_sent_before(Transaction& transaction, const Settings& settings, const Report& report, const Actor& actor) {
  // Of several that are the same, the sender's own; then one to which nothing is added; then the first.
  const auto distance = [&](Report candidate) {
    if (may_complete(candidate, actor)) return 0;
    return complete_texts(candidate, report).empty() ? 1 : 2;
  };
  const auto same = [&](std::vector<Report> candidates) -> std::optional<Report> {
    std::erase_if(candidates, [&](const Report& one) { return !same_place(one, report, settings.municipality.name); });
    const auto nearest = std::ranges::min_element(candidates, {}, distance);
    return nearest == candidates.end() ? std::nullopt : std::optional{*nearest};
  };
  const MunicipalityId municipality = settings.municipality.id;
  // Without a key nobody vouches for the id: two strangers may both send "1".
  if (!report.external_id.empty() && report.key_id != 0)
    if (auto found = same(transaction.reports().by_external_id(municipality, report.key_id, report.external_id))) return found;
  if (report.police_reference.empty()) return std::nullopt;
  const auto of_number = transaction.reports().by_police_reference(municipality, report.police_reference, kMostOfOneNumber);
  if (auto found = same(of_number)) return found;
  if (of_number.size() >= kMostOfOneNumber)
    throw Error{ErrorCode::refused, "There are " + std::to_string(kMostOfOneNumber) + " reports with the number " + report.police_reference +
                                        " already; is it the right one?", "/police_reference"};
  return std::nullopt;
}

Instant seen_at(const Report& report) { return std::min(report.observed_at.value_or(report.reported_at), report.reported_at); }

std::vector<CaseTable::Spot> spots_near(Transaction& transaction, const Settings& settings, const Report& report) {
  const auto point = point_of(transaction, settings, report.place);
  if (!point) return {};
  return transaction.cases().spots(settings.municipality.id, *point, kPossibleDuplicate_m);
}

Taken take_checked_report(Transaction& transaction, const Settings& settings, CheckedReport checked, const Actor& actor, Instant now) {
  Report& report = checked.report;
  std::optional<CaseId> joins = checked.joins;
  if (joins) joins = current_case(transaction, *joins);
  const auto first = find_sent_before(transaction, settings, report, actor);
  // Refused before anything is written: a batch keeps its other rows.
  std::vector<Photo> photos = checked.waited ? photos_that_wait(transaction, checked.waited)
                                             : find_photos(transaction, settings, checked.photos, first ? first->case_id : joins.value_or(CaseId{}), actor, now);
  if (first && checked.waited) {  // sent in another way meanwhile, with photos of its own: what waited brings what there is room for
    const auto of_first = [&](const Photo& photo) { return photo.report_id == first->id; };
    const auto present = static_cast<std::size_t>(std::ranges::count_if(transaction.photos().of_case(first->case_id), of_first));
    photos.resize(std::min(photos.size(), kPhotosOfReport - std::min(present, kPhotosOfReport)));
  }
  if (first) {
    Report completed = *first;
    if ((complete_texts(completed, report).empty() && !brings_any(photos)) || may_complete(*first, actor))
      return repeat(transaction, settings, *first, report, photos, actor, now);
    // Somebody else with words of their own: a report of their own, to the same case while that is worked on.
    const CaseId current = current_case(transaction, first->case_id);
    if (!joins && transaction.cases().find(current).value().open()) joins = current;
  }
  const auto spots = checked.spots ? std::move(*checked.spots) : spots_near(transaction, settings, report);
  Taken taken;
  taken.possible_duplicates = possible_duplicates(transaction, spots, now);
  if (!taken.possible_duplicates.empty()) taken.point = point_of(transaction, settings, report.place);
  const bool staff = actor.role == Role::police || actor.role == Role::municipality;
  std::ranges::stable_partition(taken.possible_duplicates, [&](const CaseRow& row) { return looks_alike(transaction, row, photos, !staff); });
  report.id = transaction.next_report_id(settings.municipality.id);
  if (joins) {
    taken.row = join(transaction, settings, report, *joins, checked.to_removed, photos, actor, now);
    std::erase_if(taken.possible_duplicates, [&](const CaseRow& row) { return row.id == *joins; });
  } else {
    const CaseId former = former_case(transaction, settings, report, spots, seen_at(report));
    taken.row = open_new(transaction, settings, report, checked.owner_id, former, photos, actor, now);
  }
  transaction.reports().add(report);
  taken.report = std::move(report);
  return taken;
}

Taken take_report(Transaction& transaction, const Settings& settings, const ReportDraft& draft, const Actor& actor, Instant now) {
  return take_checked_report(transaction, settings, check_report(transaction, settings, draft, actor, now), actor, now);
}

}  // namespace klotterkoll
