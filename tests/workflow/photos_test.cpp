#include "workflow/photos.h"

#include <doctest/doctest.h>

#include "store/photo_store.h"
#include "support/refusal.h"
#include "support/town.h"
#include "workflow/confirmation.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

/// Höör with a photo store.
struct Album {
  Town town;
  std::unique_ptr<PhotoStore> bytes = open_photo_store(town.store.url());
  int made = 0;

  DecodedPhoto decoded(int which) {
    DecodedPhoto photo;
    for (std::size_t i = 0; i < kRenditions; ++i) photo.renditions[i] = "picture " + std::to_string(which) + "." + std::to_string(i);
    photo.width = 1600;
    photo.height = 1200;
    photo.perceptual_hash = which;
    photo.captured_local = LocalTime{std::chrono::seconds{1'794'777'000}};
    photo.location = kCentre;
    return photo;
  }
  /// Sends a photo, another one each time unless `which` says so.
  Photo send(const Actor& actor = kCitizen, int which = 0) {
    const DecodedPhoto photo = decoded(which ? which : ++made);
    std::array<std::string, kRenditions> digests;
    PhotoStore::Bytes all;
    for (std::size_t i = 0; i < kRenditions; ++i) all.emplace_back(digests[i] = digest(photo.renditions[i]), photo.renditions[i]);
    Photo taken;
    bytes->put(town.id, all, town.clock.now(), [&] {
      taken = write(*town.store, [&](Transaction& transaction) {
        return take_photo(transaction, *transaction.municipalities().settings(town.id), photo, digests, actor, town.clock.now());
      });
    });
    return taken;
  }
  std::optional<Photo> find(PhotoId id) {
    return read(*town.store, [&](Transaction& transaction) { return transaction.photos().find(id); });
  }
  std::size_t of_case(CaseId id) {
    return read(*town.store, [&](Transaction& transaction) { return transaction.photos().of_case(id).size(); });
  }
  Taken report(const std::vector<PhotoId>& photos, const Actor& actor = kCitizen, const std::string& address = "Storgatan 12") {
    ReportDraft draft = tag_at(address);
    draft.photos = photos;
    return town.report(draft, actor);
  }
  Photo release(PhotoId id, bool released) {
    return write(*town.store, [&](Transaction& transaction) {
      return release_photo(transaction, *transaction.municipalities().settings(town.id), id, released, kOfficer, town.clock.now());
    });
  }
  void erase(PhotoId id) {
    const auto digests = write(*town.store, [&](Transaction& transaction) {
      return erase_photo(transaction, *transaction.municipalities().settings(town.id), id, kOfficer, town.clock.now());
    });
    remove_unnamed(*town.store, *bytes, town.id, digests);
  }
  std::size_t forget() { return forget_photos(*town.store, *bytes, town.clock.now()); }
  std::size_t remove_orphans() { return klotterkoll::remove_orphans(*town.store, *bytes, town.clock.now()); }
  std::size_t kept() { return bytes->list(town.id, town.clock.now() + std::chrono::days{365}).size(); }
  std::int64_t differences() { return static_cast<std::int64_t>(verify(*town.store, false).difference_count); }
};

Error refused_photos(const std::function<void()>& work) {
  const Error error = refusal(work);
  CHECK(error.code() == ErrorCode::refused);
  REQUIRE_FALSE(error.faults().empty());
  return error;
}

}  // namespace

TEST_CASE("photos: a photo is kept as it was taken, and comes back whole") {
  Album album;
  const Photo sent = album.send(kPolice);
  const auto found = album.find(sent.id);
  REQUIRE(found);
  CHECK(*found == sent);
  CHECK(found->captured_at == nov(15, "21:10"));
  CHECK(found->by_role == Role::police);
  CHECK(found->by_key_id == kPolice.key_id);
  CHECK_FALSE(found->case_id);
  CHECK(found->role == PhotoRole::other);
  CHECK(album.kept() == kRenditions);
}

TEST_CASE("photos: a report takes its photos with it, and the case counts them") {
  Album album;
  const Photo one = album.send(), two = album.send();
  const Taken taken = album.report({one.id, two.id, one.id});
  CHECK(taken.row.photo_count == 2);
  CHECK(album.of_case(taken.row.id) == 2);
  CHECK(album.town.count(taken.row.id, EventType::photo_added) == 2);
  const Photo attached = album.find(one.id).value();
  CHECK(attached.case_id == taken.row.id);
  CHECK(attached.report_id == taken.report.id);
  CHECK(attached.role == PhotoRole::before);
  CHECK_FALSE(attached.released);
  CHECK(album.town.row(taken.row.id).photo_count == 2);
  CHECK(album.town.row(taken.row.id).version == taken.row.version);
  CHECK(album.differences() == 0);
}

TEST_CASE("photos: what is not there, too old, another key's or another case's is refused, and nothing is written") {
  Album album;
  const Photo of_citizen = album.send(), of_police = album.send(kPolice), taken_already = album.send(), old = album.send();
  album.report({taken_already.id}, kCitizen, "Storgatan 1");
  const auto before = album.town.store.ask("SELECT COUNT(*) FROM events");
  const Actor other_police{Role::police, 70, ""};
  const auto faults = refused_photos([&] {
    album.report({of_citizen.id, PhotoId{1, 999}, taken_already.id, of_police.id, PhotoId{2, 1}}, other_police);
  }).faults();
  REQUIRE(faults.size() == 4);
  CHECK(faults[0].pointer == "/photo_ids/1");
  CHECK(faults[1].pointer == "/photo_ids/2");
  CHECK(faults[1].message.find("another case already") != std::string::npos);
  CHECK(faults[2].pointer == "/photo_ids/3");
  CHECK(faults[2].message == faults[0].message);  // whose it is is not told
  CHECK(faults[3].pointer == "/photo_ids/4");
  CHECK(album.town.store.ask("SELECT COUNT(*) FROM events") == before);
  CHECK_FALSE(album.find(of_citizen.id)->case_id);
  album.town.clock.pass(kUnattachedKept - std::chrono::seconds{1});
  CHECK(album.report({of_citizen.id}, other_police, "Storgatan 2").row.photo_count == 1);
  album.town.clock.pass(std::chrono::seconds{1});
  refused_photos([&] { album.report({old.id}, kCitizen, "Storgatan 3"); });
  // The municipality takes what a key has sent.
  const Photo young = album.send(kPolice);
  CHECK(album.report({young.id}, kOfficer, "Storgatan 4").row.photo_count == 1);
}

TEST_CASE("photos: six are too many for a report, five are not") {
  Album album;
  std::vector<PhotoId> photos;
  for (int i = 0; i < 6; ++i) photos.push_back(album.send().id);
  CHECK(refused_photos([&] { album.report(photos); }).faults()[0].pointer == "/photo_ids");
  photos.pop_back();
  CHECK(album.report(photos).row.photo_count == 5);
}

TEST_CASE("photos: the same report with new photos keeps them, until it has five") {
  Album album;
  const auto again = [&](const std::vector<PhotoId>& photos, const Actor& actor = kPolice) {
    ReportDraft draft = tag_at();
    draft.police_reference = "5000-K1-26";
    draft.photos = photos;
    return album.town.report(draft, actor);
  };
  const Photo one = album.send(kPolice), two = album.send(kPolice);
  const Taken first = again({one.id});
  const Taken second = again({one.id, two.id});
  CHECK(second.repeated);
  CHECK(second.added == std::vector<std::string>{"photo_ids"});
  CHECK(second.row.photo_count == 2);
  CHECK(album.find(two.id)->report_id == first.report.id);
  CHECK(album.town.count(first.row.id, EventType::report_repeated) == 1);
  const Taken third = again({one.id, two.id});
  CHECK(third.added.empty());
  CHECK(album.town.count(first.row.id, EventType::report_repeated) == 1);
  album.erase(two.id);
  CHECK(again({one.id, two.id}).added.empty());
  const Photo two_again = album.send(kPolice);
  CHECK(again({two_again.id}).row.photo_count == 2);
  std::vector<PhotoId> more;
  for (int i = 0; i < 4; ++i) more.push_back(album.send(kPolice).id);
  CHECK(std::string{refused_photos([&] { again(more); }).what()}.find("has 2 already") != std::string::npos);
  more.pop_back();
  CHECK(again(more).row.photo_count == 5);
  // Somebody else's photos of the same are a report of their own.
  const Taken other = again({album.send().id}, kCitizen);
  CHECK_FALSE(other.repeated);
  CHECK(other.row.id == first.row.id);
  CHECK(other.row.photo_count == 6);
  CHECK(album.differences() == 0);
}

TEST_CASE("photos: a removal brings photos of the clean surface, and says them again without harm") {
  Album album;
  const CaseId id = album.report({album.send().id}).row.id;
  const Photo clean = album.send(kHfab);
  const auto remove = [&](const std::vector<PhotoId>& photos, const Actor& actor = kHfab) {
    return album.town.act([&](Transaction& transaction, const Settings& settings) {
      return record_removal_of_case(transaction, settings, album.town.action(id, actor), {album.town.clock.now()}, photos);
    });
  };
  refused_photos([&] { remove({clean.id, PhotoId{1, 999}}); });
  CHECK(album.town.row(id).state == CaseState::assigned);
  const CaseRow removed = remove({clean.id});
  CHECK(removed.state == CaseState::removed);
  CHECK(removed.photo_count == 2);
  CHECK(album.find(clean.id)->role == PhotoRole::after);
  CHECK_FALSE(album.find(clean.id)->report_id);
  CHECK(remove({clean.id}).version == removed.version);
  CHECK(remove({clean.id, album.send(kHfab).id}).photo_count == 3);
  CHECK(album.town.count(id, EventType::removal_recorded) == 1);
  CHECK(album.differences() == 0);
}

TEST_CASE("photos: releasing and withdrawing are told once each, and change what is seen of the case") {
  Album album;
  const Photo loose = album.send(), photo = album.send();
  CHECK(refusal([&] { album.release(loose.id, true); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { album.release(PhotoId{1, 999}, true); }).code() == ErrorCode::not_found);
  const CaseRow before = album.report({photo.id}).row;
  CHECK(album.release(photo.id, true).released);
  CHECK(album.release(photo.id, true).released);
  CHECK(album.town.count(before.id, EventType::photo_released) == 1);
  CHECK(album.town.row(before.id).version == before.version + 1);
  CHECK_FALSE(album.release(photo.id, false).released);
  CHECK(album.town.count(before.id, EventType::photo_released) == 2);
  const auto events = album.town.events(before.id);
  CHECK(events[events.size() - 2].visibility == Visibility::public_);
  CHECK(events[events.size() - 2].data.released == true);
  CHECK(events.back().visibility == Visibility::internal);
  CHECK(events.back().data.photo == photo.id);
  CHECK(album.differences() == 0);
}

TEST_CASE("photos: an erased one leaves a tombstone and no byte; one that shows the same keeps its own") {
  Album album;
  const Photo photo = album.send(), twin = album.send(kPolice, 1), loose = album.send();
  const CaseId id = album.report({photo.id}).row.id;
  CHECK(album.kept() == 2 * kRenditions);  // the twins are the same bytes
  album.erase(photo.id);
  CHECK(album.kept() == 2 * kRenditions);
  const Photo tombstone = album.find(photo.id).value();
  CHECK(tombstone.erased_at == album.town.clock.now());
  CHECK(tombstone.digests == std::array<std::string, kRenditions>{});
  CHECK_FALSE(tombstone.location);
  CHECK_FALSE(tombstone.captured_at);
  CHECK(album.of_case(id) == 0);
  CHECK(album.town.row(id).photo_count == 0);
  CHECK(album.town.count(id, EventType::redacted) == 1);
  album.erase(photo.id);
  CHECK(album.town.count(id, EventType::redacted) == 1);
  album.erase(loose.id);
  album.erase(twin.id);
  CHECK(album.kept() == 0);
  CHECK(refusal([&] { album.release(photo.id, true); }).code() == ErrorCode::not_found);
  CHECK(album.differences() == 0);
}

TEST_CASE("photos: what belongs to nothing is forgotten after 24 hours, and bytes that nobody names after a day") {
  Album album;
  const Photo attached = album.send(), loose = album.send(), twin = album.send(kCitizen, 1);
  album.report({attached.id});
  // An upload that was stopped between its bytes and its row.
  CHECK_THROWS(album.bytes->put(album.town.id, {{digest("orphan"), "orphan"}}, album.town.clock.now(), [] { throw std::runtime_error("stopped"); }));
  album.town.clock.pass(kUnattachedKept);
  CHECK(album.forget() == 0);
  CHECK(album.remove_orphans() == 0);
  album.town.clock.pass(std::chrono::seconds{1});
  CHECK(album.forget() == 2);
  CHECK(album.kept() == kRenditions + 1);
  CHECK(album.remove_orphans() == 1);
  CHECK_FALSE(album.find(loose.id));
  CHECK_FALSE(album.find(twin.id));
  CHECK(album.find(attached.id));
  CHECK(album.kept() == kRenditions);  // those of the attached one, which were the twin's too
  CHECK(album.forget() == 0);
  CHECK(album.remove_orphans() == 0);
}

TEST_CASE("photos: who sees which") {
  Photo photo;
  photo.id = PhotoId{1, 1};
  photo.by_key_id = kPolice.key_id;
  photo.case_id = CaseId{1, 1};
  PhotoViewer viewer;
  viewer.case_owner_id = "hfab";
  const Actor other_police{Role::police, 70, ""}, channel{Role::channel, 5, ""};
  struct Expected {
    const char* who;
    Actor actor;
    PhotoView kept, released, released_sensitive, kept_of_police;
  };
  using enum PhotoView;
  for (const auto& [who, actor, kept, released, released_sensitive, kept_of_police] :
       {Expected{"citizen", kCitizen, hidden, plain, blurred, hidden}, Expected{"channel", channel, hidden, plain, blurred, hidden},
        Expected{"the owner", kHfab, plain, plain, plain, hidden}, Expected{"another owner", kEon, hidden, plain, blurred, hidden},
        Expected{"its sender", kPolice, plain, plain, plain, plain}, Expected{"other police", other_police, hidden, plain, plain, hidden},
        Expected{"an officer", kOfficer, plain, plain, plain, plain}}) {
    CAPTURE(who);
    viewer.actor = actor;
    viewer.sensitive = viewer.from_police = false;
    photo.released = false;
    CHECK(view_of(photo, viewer) == kept);
    viewer.from_police = true;
    CHECK(view_of(photo, viewer) == kept_of_police);
    photo.released = true;
    CHECK(view_of(photo, viewer) == released);
    viewer.sensitive = true;
    CHECK(view_of(photo, viewer) == released_sensitive);
  }
  viewer.actor = other_police;
  viewer.reported_case = true;
  photo.released = false;
  CHECK(view_of(photo, viewer) == plain);
  // Of what belongs to nothing: the sender with a key, and the municipality.
  photo.case_id = {};
  CHECK(view_of(photo, viewer) == hidden);
  for (const auto& [actor, shown] : {std::pair{kPolice, plain}, {kOfficer, plain}, {kCitizen, hidden}, {kHfab, hidden}}) {
    viewer.actor = actor;
    CHECK(view_of(photo, viewer) == shown);
  }
  photo.by_key_id = 0;  // a citizen's: nobody with no key is its sender
  viewer.actor = kCitizen;
  CHECK(view_of(photo, viewer) == hidden);
  photo.erased_at = nov(17);
  viewer.actor = kOfficer;
  CHECK(view_of(photo, viewer) == hidden);
}

TEST_CASE("photos: those of a report that waits for an officer wait with it, and go where it goes") {
  Album hoor;
  const CaseId there = hoor.town.report(tag_at(kCentre)).row.id;
  const PhotoId shown = hoor.send(kPolice).id, erased = hoor.send(kPolice).id;
  ReportDraft near = tag_at(kCentre);
  near.photos = {shown, erased};
  const QueueId waits = hoor.town.batched(near).waiting;
  REQUIRE(waits);
  CHECK(hoor.find(shown)->confirmation_id == waits);
  // Nobody else takes them meanwhile, the sender neither, and the same row again is the same one.
  refused_photos([&] { hoor.report({shown}, kPolice); });
  CHECK(hoor.town.batched(near).waiting == waits);
  hoor.town.clock.set(hoor.town.clock.now() + std::chrono::hours{30});
  CHECK(hoor.forget() == 0);
  hoor.erase(erased);
  const auto decided = write(*hoor.town.store, [&](Transaction& transaction) {
    return decide_confirmation(transaction, *transaction.municipalities().settings(hoor.town.id), waits, {there, ""}, kOfficer, hoor.town.clock.now());
  });
  CHECK(hoor.find(shown)->case_id == there);
  CHECK(hoor.find(shown)->report_id == decided.report_id);
  CHECK_FALSE(hoor.find(shown)->confirmation_id);
  CHECK_FALSE(hoor.find(erased)->case_id);
  CHECK(hoor.find(erased)->erased_at);
  CHECK(hoor.of_case(there) == 1);
  CHECK(hoor.differences() == 0);
}

TEST_CASE("photos: of what may be the same graffiti, what looks the same is told first") {
  Album hoor;
  const double step = 5 / 111'195.0;
  const auto taken_at = [&](int metres_5, std::vector<PhotoId> photos, const Actor& actor = kOfficer) {
    ReportDraft draft = tag_at(Point{kCentre.lat + metres_5 * step, kCentre.lon});
    draft.photos = std::move(photos);
    return hoor.town.report(draft, actor);
  };
  constexpr int kLooks = 0b1111111111;  // ten of 64 differ from what is 0
  const CaseId nearest = taken_at(0, {hoor.send(kCitizen, kLooks).id}).row.id, bare = taken_at(1, {}).row.id;
  const CaseId alike = taken_at(2, {hoor.send(kCitizen, 0b1).id}).row.id;
  const auto order = [](const Taken& taken) {
    std::vector<CaseId> ids;
    for (const CaseRow& row : taken.possible_duplicates) ids.push_back(row.id);
    return ids;
  };
  CHECK(order(taken_at(0, {hoor.send(kCitizen, 1 << 20).id})) == std::vector{alike, nearest, bare});
  // Nobody learns by the order what photos show that are not released.
  CHECK(order(taken_at(0, {hoor.send(kCitizen, 1 << 20).id}, kCitizen)).front() != alike);
  const auto without = order(taken_at(0, {}));
  CHECK(without.front() != alike);
}
