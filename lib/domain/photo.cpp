#include "domain/photo.h"

#include <bit>

namespace klotterkoll {

int perceptual_distance(std::int64_t a, std::int64_t b) { return std::popcount(static_cast<std::uint64_t>(a ^ b)); }

std::optional<Instant> captured_at(const DecodedPhoto& decoded, const TimeZone& zone, Instant now) {
  if (!decoded.captured_local) return std::nullopt;
  const Instant taken = decoded.captured_offset
                            ? Instant{decoded.captured_local->time_since_epoch() - *decoded.captured_offset}
                            : zone.to_instant(*decoded.captured_local);
  constexpr Instant earliest = std::chrono::sys_days{std::chrono::year{1990} / 1 / 1};
  if (taken < earliest || taken > now + std::chrono::days{1}) return std::nullopt;
  return taken;
}

PhotoView view_of(const Photo& photo, const PhotoViewer& viewer) {
  if (photo.erased_at) return PhotoView::hidden;
  const Actor& actor = viewer.actor;
  const bool sent_it = actor.key_id != 0 && actor.key_id == photo.by_key_id;
  if (actor.role == Role::municipality || sent_it) return PhotoView::plain;
  if (!photo.case_id) return PhotoView::hidden;
  const bool owns = actor.role == Role::owner && !viewer.case_owner_id.empty() && actor.owner_id == viewer.case_owner_id;
  if (actor.role == Role::police && (photo.released || viewer.reported_case)) return PhotoView::plain;
  if (owns && (photo.released || !viewer.from_police)) return PhotoView::plain;
  if (!photo.released) return PhotoView::hidden;
  return viewer.sensitive ? PhotoView::blurred : PhotoView::plain;
}

}  // namespace klotterkoll
