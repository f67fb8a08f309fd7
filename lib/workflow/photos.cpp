#include "workflow/photos.h"

#include <algorithm>

#include "base/error.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kForgottenAtOnce = 100;
constexpr std::chrono::hours kOrphanKept{24};
constexpr std::size_t kPhotosByAnybody = 40;  ///< of a case's kPhotosOfCase

Event photo_event(EventType type, const Photo& photo, const Actor& actor, Instant now, Visibility visibility) {
  Event event;
  event.case_id = photo.case_id;
  event.type = type;
  event.at = event.recorded_at = now;
  event.by = actor;
  event.visibility = visibility;
  event.data.photo = photo.id;
  return event;
}

/// Nobody tells whose key it was sent with, or that it was here at all.
bool may_attach(const Photo& photo, const Actor& actor, Instant now) {
  if (photo.erased_at) return false;
  const bool sender = photo.by_key_id == 0 || photo.by_key_id == actor.key_id || actor.role == Role::municipality;
  return sender && (photo.case_id || photo.created_at + kUnattachedKept > now);
}

Photo get_photo(Transaction& transaction, const Settings& settings, PhotoId id) {
  auto photo = id.municipality() == settings.municipality.id ? transaction.photos().find_to_change(id) : std::nullopt;
  if (!photo) throw Error{ErrorCode::not_found, "There is no such photo."};
  return std::move(*photo);
}

std::vector<Municipality> municipalities_of(Store& store) {
  std::vector<Municipality> all;
  store.read([&](Transaction& transaction) { all = transaction.municipalities().list(); });
  return all;
}

}  // namespace

Photo take_photo(Transaction& transaction, const Settings& settings, const DecodedPhoto& decoded,
                 const std::array<std::string, kRenditions>& digests, const Actor& actor, Instant now) {
  Photo photo;
  photo.id = transaction.next_photo_id(settings.municipality.id);
  photo.role = PhotoRole::other;
  photo.width = decoded.width;
  photo.height = decoded.height;
  photo.bytes = std::ssize(decoded.renditions[0]);
  photo.perceptual_hash = decoded.perceptual_hash;
  photo.captured_at = captured_at(decoded, settings.zone, now);
  photo.location = decoded.location;
  photo.by_role = actor.role;
  photo.by_key_id = actor.key_id;
  photo.created_at = now;
  photo.digests = digests;
  transaction.photos().add(photo);
  return photo;
}

std::vector<Photo> find_photos(Transaction& transaction, const Settings& settings, const std::vector<PhotoId>& ids, CaseId to,
                               const Actor& actor, Instant now) {
  std::vector<Photo> photos;
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (std::ranges::find(photos, ids[i], &Photo::id) != photos.end()) continue;
    const std::string pointer = "/photo_ids/" + std::to_string(i);
    auto photo = ids[i].municipality() == settings.municipality.id ? transaction.photos().find_to_change(ids[i]) : std::nullopt;
    if (photo && photo->erased_at && photo->case_id && photo->case_id == to) continue;  // it was taken once; a repeat does no harm
    if (!photo || !may_attach(*photo, actor, now))
      faults.push_back({pointer, "There is no such photo. Send it first, and name it within 24 hours."});
    else if (photo->confirmation_id)
      faults.push_back({pointer, "The photo belongs to a report that waits for an officer's word; send it again for this one."});
    else if (photo->case_id && photo->case_id != to)
      faults.push_back({pointer, "The photo belongs to another case already; send it again for this one."});
    else
      photos.push_back(std::move(*photo));
  }
  if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
  return photos;
}

std::vector<Photo> photos_that_wait(Transaction& transaction, QueueId confirmation) {
  std::vector<Photo> photos;
  for (const Photo& one : transaction.photos().of_confirmation(confirmation))
    if (auto photo = transaction.photos().find_to_change(one.id); photo && !photo->erased_at) photos.push_back(std::move(*photo));
  return photos;
}

bool looks_alike(Transaction& transaction, const CaseRow& row, std::span<const Photo> photos, bool released) {
  if (row.photo_count == 0 || photos.empty()) return false;
  return std::ranges::any_of(transaction.photos().of_case(row.id), [&](const Photo& theirs) {
    if (released && !theirs.released) return false;
    return std::ranges::any_of(photos, [&](const Photo& ours) { return perceptual_distance(theirs.perceptual_hash, ours.perceptual_hash) < kNearlyTheSame; });
  });
}

void require_room(const CaseRow& row, std::span<const Photo> photos) {
  // Strangers must not take the room that the owner needs to show the clean wall.
  const auto anonymous = std::ranges::count_if(photos, [](const Photo& photo) { return !photo.case_id && photo.by_key_id == 0; });
  if (anonymous > 0 && static_cast<std::size_t>(row.photo_count + anonymous) > kPhotosByAnybody)
    throw Error{ErrorCode::refused, "This case has so many photos that no more are taken without a key.", "/photo_ids"};
  const auto brought = std::ranges::count_if(photos, [](const Photo& photo) { return !photo.case_id; });
  if (brought > 0 && static_cast<std::size_t>(row.photo_count + brought) > kPhotosOfCase)
    throw Error{ErrorCode::refused, "A case has at most " + std::to_string(kPhotosOfCase) + " photos; this one has " +
                                        std::to_string(row.photo_count) + " already.", "/photo_ids"};
}

void attach_photos(Transaction& transaction, Casework& work, std::span<Photo> photos, PhotoRole role, ReportId report,
                   const Actor& actor, Instant now, HoldId hold) {
  for (Photo& photo : photos) {
    if (photo.case_id) continue;
    photo.case_id = work.row().id;
    photo.report_id = report;
    photo.confirmation_id = {};
    photo.role = role;
    transaction.photos().update(photo);
    Event event = photo_event(EventType::photo_added, photo, actor, now, Visibility::internal);
    event.data.photo_role = std::string{to_code(role)};
    if (report) event.data.report = report;
    if (hold) event.data.hold = hold;
    work.record(event);
  }
}

Photo release_photo(Transaction& transaction, const Settings& settings, PhotoId id, bool released, const Actor& actor, Instant now) {
  Photo photo = get_photo(transaction, settings, id);
  if (photo.erased_at) throw Error{ErrorCode::not_found, "There is no such photo."};
  if (!photo.case_id) throw Error{ErrorCode::conflict, "The photo belongs to no case yet; it can be released when it does."};
  if (photo.released == released) return photo;
  photo.released = released;
  transaction.photos().update(photo);
  change_case(transaction, settings, photo.case_id, std::nullopt, [&](Casework& work) {
    Event event = photo_event(EventType::photo_released, photo, actor, now, released ? Visibility::public_ : Visibility::internal);
    event.data.released = released;
    work.record(event);
  });
  return photo;
}

std::vector<std::string> erase_photo(Transaction& transaction, const Settings& settings, PhotoId id, const Actor& actor, Instant now) {
  Photo photo = get_photo(transaction, settings, id);
  if (photo.erased_at) return {};
  std::vector<std::string> digests(photo.digests.begin(), photo.digests.end());
  photo.erased_at = now;
  photo.released = false;
  transaction.photos().update(photo);
  if (photo.case_id)
    change_case(transaction, settings, photo.case_id, std::nullopt,
                [&](Casework& work) { work.record(photo_event(EventType::redacted, photo, actor, now, Visibility::internal)); });
  return digests;
}

void remove_unnamed(Store& store, PhotoStore& bytes, MunicipalityId municipality, const std::vector<std::string>& digests) {
  if (digests.empty()) return;
  bytes.remove_unless(municipality, digests, [&](const std::string& one) {
    bool named = true;
    store.read([&](Transaction& transaction) { named = transaction.photos().names(municipality, one); });
    return named;
  });
}

std::size_t forget_photos(Store& store, PhotoStore& bytes, Instant now) {
  std::size_t all = 0;
  for (const Municipality& municipality : municipalities_of(store)) {
    for (bool more = true; more;) {
      std::vector<std::string> digests;
      std::size_t forgotten = 0;
      store.write([&](Transaction& transaction) {
        digests.clear();
        forgotten = 0;
        for (const PhotoId id : transaction.photos().unattached_before(municipality.id, now - kUnattachedKept, kForgottenAtOnce)) {
          // A report may have taken it since it was looked for.
          const auto photo = transaction.photos().find_to_change(id);
          if (!photo || photo->case_id || photo->confirmation_id) continue;
          for (const std::string& one : photo->digests)
            if (!one.empty()) digests.push_back(one);
          transaction.photos().remove(id);
          ++forgotten;
        }
      });
      remove_unnamed(store, bytes, municipality.id, digests);
      all += forgotten;
      more = forgotten == static_cast<std::size_t>(kForgottenAtOnce);
    }
  }
  return all;
}

std::size_t remove_orphans(Store& store, PhotoStore& bytes, Instant now) {
  std::size_t all = 0;
  for (const Municipality& municipality : municipalities_of(store)) {
    std::vector<std::string> orphans;
    for (const std::string& one : bytes.list(municipality.id, now - kOrphanKept))
      store.read([&](Transaction& transaction) {
        if (!transaction.photos().names(municipality.id, one)) orphans.push_back(one);
      });
    remove_unnamed(store, bytes, municipality.id, orphans);
    all += orphans.size();
  }
  return all;
}

}  // namespace klotterkoll
