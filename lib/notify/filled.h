#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <string_view>

namespace klotterkoll {

enum class Escape { html, none };

/// A template of notify/texts (`template_text`) with its data. Blank lines in a row become one where nothing is escaped.
std::string filled(std::string_view name, const kainjow::mustache::data& data, Escape escape);

/// Throws Error{internal} when there is no such template or it is none.
void require_template(std::string_view name);

}  // namespace klotterkoll
