#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/photo.h"
#include "domain/store.h"
#include "json/json_writer.h"

namespace klotterkoll {

/// A photo with how it is shown to the one who asks; never hidden.
struct ShownPhoto {
  Photo photo;
  PhotoView view = PhotoView::plain;
};

/// The photos of a case that the actor may see, in the order in which they came. No statement when the case has none.
std::vector<ShownPhoto> photos_shown(Transaction& transaction, const CaseRow& row, const Actor& actor);
/// How the actor may see the photo, whatever it belongs to.
PhotoView view_of_photo(Transaction& transaction, const Photo& photo, const Actor& actor);

/// The address of the first photo of the case that the actor may see, in small; nothing when there is none.
std::optional<std::string> thumbnail_of(Transaction& transaction, const CaseRow& row, const Actor& actor, const ReferenceCipher& references, const std::string& url);

/// A photo within a case; what the camera's clock said is for municipality and police only. `url` of the municipality.
void write_case_photo(JsonWriter& out, const ShownPhoto& shown, const ReferenceCipher& references, const Actor& actor, const std::string& url);
/// A photo by itself, for who sent it and for the municipality: with where it was taken, when that is in the municipality.
void write_photo(JsonWriter& out, const Photo& photo, const Settings& settings, const ReferenceCipher& references, const std::string& url);

}  // namespace klotterkoll
