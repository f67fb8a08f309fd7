#pragma once

#include <span>
#include <string>
#include <vector>

#include "domain/photo.h"
#include "workflow/casework.h"

namespace klotterkoll {

/// Adds what is known of a photo that was sent and decoded; it belongs to nothing yet, and what it shows (`role`) is known when
/// it does. `digests` of its renditions, whose bytes are in the photo store already.
Photo take_photo(Transaction& transaction, const Settings& settings, const DecodedPhoto& decoded,
                 const std::array<std::string, kRenditions>& digests, const Actor& actor, Instant now);

/// The photos that somebody names to go with a report or a removal, each once, locked until the transaction ends.
/// One of `to` that was erased since is left out.
/// Throws Error{refused} with every fault, at /photo_ids/N: none of that id here (nor one that came more than 24 hours ago,
/// that was erased, or that was sent with another's key), or one that belongs to another case than `to` already.
std::vector<Photo> find_photos(Transaction& transaction, const Settings& settings, const std::vector<PhotoId>& ids, CaseId to,
                               const Actor& actor, Instant now);

/// Those that wait with a report for an officer's word, likewise locked.
std::vector<Photo> photos_that_wait(Transaction& transaction, QueueId confirmation);
/// Does one of these show nearly what a photo of the case shows? With `released` only what everybody may see is compared, so
/// that nobody learns by it what the others show.
bool looks_alike(Transaction& transaction, const CaseRow& row, std::span<const Photo> photos, bool released);

/// Throws Error{refused} at /photo_ids when the case has no room for those that would be attached. To be asked before
/// anything is recorded of it.
void require_room(const CaseRow& row, std::span<const Photo> photos);
/// Attaches those that are not yet, each with an event. `hold`: the pause of which they are evidence.
void attach_photos(Transaction& transaction, Casework& work, std::span<Photo> photos, PhotoRole role, ReportId report,
                   const Actor& actor, Instant now, HoldId hold = {});

/// Shows a photo to everybody, or no longer. Error{not_found}; Error{conflict} while it belongs to nothing. Saying again
/// what is so already makes no event.
Photo release_photo(Transaction& transaction, const Settings& settings, PhotoId id, bool released, const Actor& actor, Instant now);

/// Erases a photo and leaves its tombstone; gives the addresses of its renditions, which nothing may refer to any more.
/// Empty when it was erased before. Error{not_found}.
std::vector<std::string> erase_photo(Transaction& transaction, const Settings& settings, PhotoId id, const Actor& actor, Instant now);

/// Removes from the photo store those of the addresses to which no photo refers.
void remove_unnamed(Store& store, PhotoStore& bytes, MunicipalityId municipality, const std::vector<std::string>& digests);

/// Forgets photos that belonged to nothing for 24 hours, and gives how many; the work is in proportion to them. To be run now
/// and then; twice does no harm.
std::size_t forget_photos(Store& store, PhotoStore& bytes, Instant now);

/// Removes bytes that have been nobody's for 24 hours, of an upload or an erasing that was stopped half-way, and gives how many
/// files or rows. It looks at all photos that are kept, so it is to be run seldom; twice does no harm.
std::size_t remove_orphans(Store& store, PhotoStore& bytes, Instant now);

}  // namespace klotterkoll
