#pragma once

#include <span>
#include <string_view>

#include "domain/outgoing.h"

namespace klotterkoll {

// The files of this folder, built into the binary by generate.py.

struct WebText {
  std::string_view name;
  std::string_view text;
};

/// Every NAME.mustache.
std::span<const WebText> web_templates();
/// Every text of the pages in a language; both have the same names.
std::span<const WebText> web_texts(Language language);
/// page.css.
std::string_view web_style();

}  // namespace klotterkoll
