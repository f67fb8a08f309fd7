#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace klotterkoll {

/// One entry of a feed; texts are UTF-8 without markup.
struct AtomEntry {
  std::string id;  ///< an IRI, the same for ever
  std::string title, summary, url, category;
  Instant published_at, updated_at;
};
struct AtomFeed {
  std::string id, title, author, url, language;
  Instant updated_at;
  std::vector<AtomEntry> entries;
};

/// RFC 4287. Characters that XML cannot hold are left out.
std::string atom_text(const AtomFeed& feed);

/// A name for ever: "urn:uuid:" and a UUID that is made of what it names (RFC 9562, version 8).
std::string urn_of(const std::string& named);

}  // namespace klotterkoll
