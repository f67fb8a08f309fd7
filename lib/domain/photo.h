#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "domain/event.h"
#include "domain/place.h"

namespace klotterkoll {

/// What a photo shows: the graffiti, the clean surface, or neither is known; or why a pause was asked for.
enum class PhotoRole { before, after, other, evidence };
constexpr auto names_of(PhotoRole) { return std::array<Names, 4>{"before", "after", "other", "evidence"}; }

/// The forms in which a photo is kept; never as it was sent. The blurred ones are for the public view of what is hateful
/// or obscene.
enum class Rendition { full, thumb, full_blurred, thumb_blurred };
constexpr auto names_of(Rendition) { return std::array<Names, 4>{"full", "thumb", "full_blurred", "thumb_blurred"}; }
inline constexpr std::size_t kRenditions = 4;

/// Most bytes of a photo as sent, and most pixels.
inline constexpr std::size_t kPhotoBytes = 20 * 1024 * 1024;
inline constexpr std::int64_t kPhotoPixels = 50'000'000;
/// The longest side of the two sizes; what is smaller stays as it is.
inline constexpr int kFullSide = 1600, kThumbSide = 320;
/// Most photos of one report, and of one case.
inline constexpr std::size_t kPhotosOfReport = 5, kPhotosOfCase = 100;
/// A photo that belongs to nothing is kept so long for the report that is being written.
inline constexpr std::chrono::hours kUnattachedKept{24};

/// What was made of a photo as sent.
struct DecodedPhoto {
  std::array<std::string, kRenditions> renditions;  ///< JPEG, sRGB, upright, without metadata
  int width = 0, height = 0;                        ///< of the full rendition
  std::int64_t perceptual_hash = 0;
  // What the camera wrote, as far as it can be.
  std::optional<LocalTime> captured_local;              ///< by its clock
  std::optional<std::chrono::minutes> captured_offset;  ///< of that clock from UTC, when it said
  std::optional<Point> location;
};

/// What is known of a photo.
struct Photo {
  PhotoId id;
  PhotoRole role = PhotoRole::before;
  CaseId case_id;      ///< none: it belongs to nothing yet
  ReportId report_id;  ///< the report it came with, if it did
  QueueId confirmation_id;  ///< that report's, while it waits for an officer's word
  int width = 0, height = 0;
  std::int64_t bytes = 0;  ///< of the full rendition
  std::int64_t perceptual_hash = 0;
  std::optional<Instant> captured_at;  ///< as the camera said: evidence for the municipality and the police
  std::optional<Point> location;       ///< likewise; a suggestion to whoever sent it
  Role by_role = Role::citizen;
  std::int64_t by_key_id = 0;  ///< the key it was sent with; 0: none
  Instant created_at;
  bool released = false;  ///< may be shown to everybody
  std::optional<Instant> erased_at;  ///< its bytes are gone; the row stays as their tombstone
  /// The addresses of the renditions in the photo store, by Rendition; empty when erased. Only `find` gives them.
  std::array<std::string, kRenditions> digests;
  bool operator==(const Photo&) const = default;
};

/// In how many of 64 comparisons of neighbouring brightness two photos differ.
int perceptual_distance(std::int64_t a, std::int64_t b);
inline constexpr int kNearlyTheSame = 10;  ///< below it they show nearly the same

/// When it was taken, by the camera's clock, its offset or else the municipality's zone; nothing when that clock cannot
/// have been right: before 1990, or more than a day after `now`.
std::optional<Instant> captured_at(const DecodedPhoto& decoded, const TimeZone& zone, Instant now);

/// Who asks for a photo, and what it belongs to.
struct PhotoViewer {
  Actor actor;
  std::string case_owner_id;    ///< the case's owner; empty: none, or the photo belongs to nothing
  bool sensitive = false;       ///< the case is hateful or obscene
  bool reported_case = false;   ///< the actor's key reported the case
  bool from_police = false;     ///< the report that the photo came with is the police's
};
/// How a photo is shown to somebody (design.md, Who sees what).
enum class PhotoView { hidden, blurred, plain };
PhotoView view_of(const Photo& photo, const PhotoViewer& viewer);

/// What is known of photos, in storage; their bytes are the photo store's.
class PhotoTable {
 public:
  virtual ~PhotoTable() = default;
  virtual void add(const Photo& photo) = 0;
  virtual std::optional<Photo> find(PhotoId id) = 0;
  /// The same in a write, and nobody else changes it until the transaction ends.
  virtual std::optional<Photo> find_to_change(PhotoId id) = 0;
  /// In the order in which they came, erased ones left out.
  virtual std::vector<Photo> of_case(CaseId id) = 0;
  /// Saves what changes: what it belongs to, its role, whether it is released or erased. An erased one loses its digests
  /// and what the camera wrote.
  virtual void update(const Photo& photo) = 0;
  /// Those of reports that the case shares with another, from which it was split; in the order in which they came.
  virtual std::vector<Photo> shared_with(CaseId id) = 0;
  /// The cases that share a report with its own.
  virtual std::vector<CaseId> sharing(MunicipalityId municipality, ReportId report) = 0;
  /// Those that came with a report that waits, in the order in which they came.
  virtual std::vector<Photo> of_confirmation(QueueId id) = 0;
  /// Those that belong to nothing and came before that moment, at most `most`.
  virtual std::vector<PhotoId> unattached_before(MunicipalityId municipality, Instant before, std::int64_t most) = 0;
  /// Forgets a photo that belongs to nothing.
  virtual void remove(PhotoId id) = 0;
  /// Does any photo have a rendition of this address?
  virtual bool names(MunicipalityId municipality, const std::string& photo_digest) = 0;
};

/// The bytes of photos, by the digest of what they are (base/id.h), apart for each municipality. Safe to call from several
/// threads and processes. Throws Error{unavailable} when they cannot be read or written now.
class PhotoStore {
 public:
  virtual ~PhotoStore() = default;

  using Bytes = std::vector<std::pair<std::string, std::string_view>>;  ///< digest and what it is of
  /// Keeps all of them, durably, and then calls `name_them`, which commits what refers to them; nothing is removed
  /// meanwhile. `now` is noted with each. What is there already stays. When `name_them` throws, they are orphans.
  virtual void put(MunicipalityId municipality, const Bytes& bytes, Instant now, const std::function<void()>& name_them) = 0;
  /// Nothing when there are none of that address.
  virtual std::optional<std::string> get(MunicipalityId municipality, const std::string& photo_digest) = 0;
  /// Removes those of which `named` says that nothing refers to them, while nobody puts any.
  virtual void remove_unless(MunicipalityId municipality, const std::vector<std::string>& digests,
                             const std::function<bool(const std::string&)>& named) = 0;
  /// The addresses of all that were last put before `before`.
  virtual std::vector<std::string> list(MunicipalityId municipality, Instant before) = 0;
};

}  // namespace klotterkoll
