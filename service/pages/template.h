#pragma once

#include <kainjow/mustache.hpp>

#include <string>
#include <vector>

#include "pages/words.h"

namespace klotterkoll {

using TemplateData = kainjow::mustache::data;

/// web/NAME.mustache with the data: what stands in {{ }} is escaped, for text and for attributes in double quotes.
/// Error{internal} when there is no such template, or it is not well-formed.
std::string render(std::string_view name, const TemplateData& values);
/// All texts, as `t`.
TemplateData texts_of(const Words& words);
TemplateData list_of(const std::vector<std::string>& texts);

}  // namespace klotterkoll
