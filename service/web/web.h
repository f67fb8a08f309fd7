#pragma once

#include <span>
#include <string_view>

namespace klotterkoll {

// The files of this folder, built into the binary by build.mjs and generate.py.

struct WebText {
  std::string_view name;
  std::string_view text;
};

/// A language that there are texts/AREA.LANGUAGE.json of. Both lists are in order of their names.
struct WebLanguage {
  std::string_view code;
  std::span<const WebText> texts;
  std::span<const WebText> templates;  ///< with the texts of the language in them
};

/// A script, a style or a picture that pages name.
struct WebAsset {
  std::string_view name;  ///< "page.css"
  std::string_view file;  ///< the same with its digest: "page-3IIN2G3R.css"
  std::string_view content_type;
  std::string_view bytes;
};

/// Swedish first, then English, then the others.
std::span<const WebLanguage> web_languages();
std::span<const WebAsset> web_assets();

}  // namespace klotterkoll
