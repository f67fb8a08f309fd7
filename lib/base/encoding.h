#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace klotterkoll {

/// The largest file that is read; files are read whole, so an import needs up to three times this much
/// memory.
inline constexpr std::size_t kMaxTextBytes = std::size_t{512} << 20;

struct DecodedText {
  std::string text;           ///< UTF-8 without a byte-order mark
  std::string_view encoding;  ///< what it was: "UTF-8", "UTF-16LE", "UTF-16BE" or "Windows-1252"
};

/// A text file's bytes as UTF-8, when it is certain what they are: by a byte-order mark, by every second byte
/// being zero (UTF-16), by being well-formed UTF-8, or by what only Windows-1252 explains.
///
/// Windows-1252 is certain when no byte is undefined in it, its letters ("å" is E5) are at least as many as
/// its other high bytes, next to no symbol stands inside a word (there a DOS or Mac file has its å, ä and ö),
/// nowhere four of those letters stand together (as in Cyrillic or Greek) and nothing looks like UTF-8.
///
/// Throws Error{malformed} that says how to save the file instead: when nothing is certain, for workbooks,
/// for NUL characters and above kMaxTextBytes.
DecodedText decode_text(std::string bytes);

}  // namespace klotterkoll
