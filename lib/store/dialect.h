#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace klotterkoll {

/// SQL with its marks (see Connection) replaced by an engine's words.
inline std::string in_dialect(std::string_view sql,
                              std::initializer_list<std::pair<std::string_view, std::string_view>> words) {
  std::string text{sql};
  for (const auto& [mark, word] : words)
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + word.size()))
      text.replace(at, mark.size(), word);
  return text;
}

}  // namespace klotterkoll
