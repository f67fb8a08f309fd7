#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "call.h"
#include "domain/photo_decoder.h"
#include "json/photo_json.h"

namespace klotterkoll {

/// A photo on its way into the store: what was made of it, and where that lies.
struct DecodedUpload {
  std::vector<DecodedPhoto> photos;
  std::vector<std::array<std::string, kRenditions>> digests;  ///< beside `photos`
  PhotoStore::Bytes bytes;                                    ///< views into `photos`
};
/// Decodes pictures as sent; throws what PhotoDecoder::decode does.
DecodedUpload decode_upload(App& app, const std::vector<std::string_view>& pictures, PhotoDecoder::Sender sender);

enum class PhotoSize { full, thumb };
constexpr auto names_of(PhotoSize) { return std::array<Names, 2>{"full", "thumb"}; }

/// Answers with a rendition of a photo that may be seen. `caching` the Cache-Control.
void answer_photo(const Call& call, MunicipalityId municipality, const Photo& photo, PhotoView view, PhotoSize size, const std::string& caching);

}  // namespace klotterkoll
