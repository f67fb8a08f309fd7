#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace klotterkoll {

// For text that is known to be valid UTF-8. A character is a code point.

inline bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

inline std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

/// The beginning of `text`, at most so many bytes and no character cut in two.
inline std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && continues_character(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

/// How a member the client named is repeated to it: recognisable, but not at any length.
inline std::string shown_name(std::string_view name) { return std::string(utf8_prefix(name, 60)); }

/// One step of a JSON Pointer (RFC 6901): "/" and the escaped name.
inline std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (char c : name) {
    if (c == '~')
      step += "~0";
    else if (c == '/')
      step += "~1";
    else
      step += c;
  }
  return step;
}

}  // namespace klotterkoll
