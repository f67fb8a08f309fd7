#include "notify/filled.h"

#include "base/error.h"
#include "notify/texts.h"

namespace klotterkoll {
namespace {

std::string with_single_blank_lines(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c != '\n' || !out.ends_with("\n\n")) out += c;
  while (out.starts_with('\n')) out.erase(0, 1);
  return out;
}

}  // namespace

std::string filled(std::string_view name, const kainjow::mustache::data& data, Escape escape) {
  // Parsed each time: to render changes it, and a mail is made once.
  kainjow::mustache::mustache parsed{std::string{template_text(name)}};
  if (escape == Escape::html) return parsed.render(data);
  parsed.set_custom_escape([](const std::string& value) { return value; });
  return with_single_blank_lines(parsed.render(data));
}

void require_template(std::string_view name) {
  const kainjow::mustache::mustache parsed{std::string{template_text(name)}};
  if (template_text(name).empty() || !parsed.is_valid())
    throw Error{ErrorCode::internal, "the template " + std::string{name} + " is none: " + parsed.error_message()};
}

}  // namespace klotterkoll
