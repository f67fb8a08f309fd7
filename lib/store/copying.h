#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "store/photo_store.h"

namespace klotterkoll {

/// What was copied, table by table in the order of the schema.
struct Copied {
  std::vector<std::pair<std::string, std::int64_t>> rows;
  CopiedPhotos photos;
  std::int64_t total() const;
};

/// Copies a whole installation into another database, from one kind to another or the same: every row with its keys, and
/// the secret of the references, so that nothing has another name there; and the photos. The target gets the schema if it has none. All
/// of it commits together, after every table's rows and every municipality's statistics have been found the same on both
/// sides. What is written to the source meanwhile is not copied.
/// Throws Error{refused} when the target holds anything, Error{unavailable} when either cannot be used or the source has
/// an older schema, Error{internal} when the sides differ.
Copied copy_installation(const std::string& from, const std::string& to, IdSource& ids, Instant now);

}  // namespace klotterkoll
