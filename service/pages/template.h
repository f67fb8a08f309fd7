#pragma once

#include <kainjow/mustache.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "web/web.h"

namespace klotterkoll {

using TemplateData = kainjow::mustache::data;

/// web/templates/NAME.mustache in a language, with the data: what stands in {{ }} is escaped, for text and for attributes in
/// double quotes. Error{internal} when there is no such template, or it is not well-formed.
std::string render(std::string_view name, const WebLanguage& language, const TemplateData& values);
/// Each template of each language is well-formed; Error{internal} names the one that is not. For tests.
void check_templates();
/// Sets a text unless it is empty: to a template an empty one is something, and its section is shown.
void set_text(TemplateData& values, const std::string& name, const std::string& text);
TemplateData list_of(const std::vector<std::string>& texts);

}  // namespace klotterkoll
