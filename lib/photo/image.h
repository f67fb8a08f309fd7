#pragma once

#include <string>
#include <string_view>

#include "domain/photo.h"

namespace klotterkoll {

/// Why a picture was not taken, in words between the child process and its parent.
enum class PictureFault { too_many_pixels, odd_shape, too_heavy, broken };
constexpr auto names_of(PictureFault) { return std::array<Names, 4>{"too_many_pixels", "odd_shape", "too_heavy", "broken"}; }

/// Thrown by `decode_photo`.
struct PictureRefused {
  PictureFault fault;
  std::string cause;  ///< the library's words, for the log
};

/// Fewest pixels on the shortest side, and most times that the longest may be as long.
inline constexpr int kLeastSide = 32, kMostAspect = 20;

/// Reads the header, refuses what is too large or too narrow before a pixel is decoded, and makes the renditions: upright,
/// sRGB, transparent parts white, no metadata. Animations and albums give their first picture.
/// Call it in the child process only. Throws PictureRefused.
DecodedPhoto decode_photo(std::string_view bytes);

}  // namespace klotterkoll
