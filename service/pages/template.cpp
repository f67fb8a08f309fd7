#include "pages/template.h"

#include <algorithm>

#include "base/error.h"
#include "web/web.h"

namespace klotterkoll {

std::string render(std::string_view name, const TemplateData& values) {
  const auto templates = web_templates();
  const auto at = std::ranges::find(templates, name, &WebText::name);
  if (at == templates.end()) throw Error{ErrorCode::internal, "there is no template \"" + std::string{name} + "\""};
  kainjow::mustache::mustache parsed{std::string{at->text}};
  if (!parsed.is_valid()) throw Error{ErrorCode::internal, "the template \"" + std::string{name} + "\" is not well-formed: " + parsed.error_message()};
  return parsed.render(values);
}

TemplateData texts_of(const Words& words) {
  TemplateData texts;
  for (const WebText& text : web_texts(words.language())) texts.set(std::string{text.name}, std::string{text.text});
  TemplateData values;
  values.set("t", texts);
  return values;
}

TemplateData list_of(const std::vector<std::string>& texts) {
  TemplateData list{TemplateData::type::list};
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

}  // namespace klotterkoll
