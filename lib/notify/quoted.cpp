#include "notify/quoted.h"

#include "base/text.h"

namespace klotterkoll {

std::string quoted(std::string_view said) {
  constexpr std::size_t kMost = 200, kRead = 1000;
  std::string clean;
  for (std::string_view rest = said.substr(0, kRead); !rest.empty();) {
    // A character is as many bytes as make it valid; what is none is left out.
    std::size_t size = 1;
    while (size < 4 && size < rest.size() && !is_utf8(rest.substr(0, size))) ++size;
    const std::string_view character = rest.substr(0, size);
    if (!is_utf8(character)) {
      rest.remove_prefix(1);
      continue;
    }
    rest.remove_prefix(size);
    const bool blank = character.size() == 1 && (is_control(character[0]) || character[0] == ' ');
    if (blank) {
      if (!clean.empty() && clean.back() != ' ') clean += ' ';
    } else if (!has_control_characters(character)) {
      clean += character;
    }
  }
  return shortened(trimmed(clean), kMost);
}

}  // namespace klotterkoll
