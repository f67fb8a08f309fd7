#include "pages/police_form.h"

#include <algorithm>

#include "base/local_time.h"
#include "base/number.h"
#include "base/text.h"
#include "domain/police_reference.h"
#include "json/text.h"
#include "pages/words.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kLongestAddress = 200, kLongestDescription = 4000;

/// A code, or its word in one of the languages: "garage_door", "Garageport", "garageport".
template <typename Enum>
std::optional<Enum> code_of_word(const std::string& typed, const std::string& kind) {
  const std::string wanted = fold(typed);
  for (const std::string_view code : names_of(Enum{})) {
    if (wanted == code) return code_from<Enum>(code);
    for (const WebLanguage& language : web_languages())
      if (wanted == fold(Words{language}(kind + "_" + std::string{code}))) return code_from<Enum>(code);
  }
  return std::nullopt;
}

void read_place(Form& form, Place& place) {
  place.address = form.value("address");
  if (utf8_length(place.address) > kLongestAddress || !is_clean_text(place.address) || place.address.find('\n') != std::string::npos)
    form.refuse("address", "error_police_address");
  const std::string &lat = form.value("lat"), &lon = form.value("lon");
  if (lat.empty() && lon.empty()) return;
  const auto south = parse_decimal(lat), west = parse_decimal(lon);
  if (south && west)
    place.point = Point{*south, *west};
  else
    form.refuse("lat", "error_police_point");
}

}  // namespace

ReportDraft police_draft(Form& form, const TimeZone& zone) {
  ReportDraft draft;
  if (const std::string& typed = form.value("police_reference"); !typed.empty()) {
    if (const auto parsed = parse_police_reference(typed))
      draft.police_reference = *parsed;
    else
      form.refuse("police_reference", "error_police_reference");
  }
  read_place(form, draft.place);
  if (const std::string& typed = form.value("category"); !typed.empty()) {
    const auto category = code_of_word<Category>(typed, "category");
    if (!category) form.refuse("category", "error_police_category");
    draft.category = category.value_or(Category::other);
  }
  if (const std::string& typed = form.value("surface"); !typed.empty()) {
    draft.surface = code_of_word<Surface>(typed, "surface");
    if (!draft.surface) form.refuse("surface", "error_police_surface");
  }
  if (const std::string& typed = form.value("observed_at"); !typed.empty()) {
    try {
      const ReadTime time = guess_time(typed);
      draft.times.observed_at = time.instant ? *time.instant : zone.to_instant(time.local);
    } catch (const Error&) {
      form.refuse("observed_at", "error_police_observed");
    }
  }
  draft.description = form.value("description");
  if (utf8_length(draft.description) > kLongestDescription || !is_clean_text(draft.description)) form.refuse("description", "error_police_description");
  return draft;
}

}  // namespace klotterkoll
