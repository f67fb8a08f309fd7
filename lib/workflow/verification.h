#pragma once

#include <string>
#include <vector>

#include "domain/store.h"

namespace klotterkoll {

/// One place where what is stored is not what the events tell.
struct Difference {
  std::string municipality;  ///< its code
  std::string what;          ///< a case's reference, or a tally's key
  std::string detail;        ///< what is stored and what it should be
};

struct Verification {
  std::int64_t cases = 0, events = 0, tallies = 0;
  std::vector<Difference> differences;  ///< at most 1,000 are listed
  std::int64_t difference_count = 0;
  bool rebuilt = false;
};

/// Replays every case from its events, compares it with its row, adds the contributions up anew and compares them with the
/// tallies. With `rebuild` the tallies are then replaced by what was counted. It reads in short pieces: while others write,
/// a case that changes in between may be told as a difference, so run it again or while the service rests.
Verification verify(Store& store, bool rebuild);

}  // namespace klotterkoll
