#include "pages/template.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace klotterkoll {
namespace {

/// A template is parsed once by each thread: the library's objects keep what they render with.
kainjow::mustache::mustache& parsed(std::string_view name, const WebLanguage& language) {
  thread_local std::map<const WebText*, kainjow::mustache::mustache> kept;
  const auto at = std::ranges::lower_bound(language.templates, name, {}, &WebText::name);
  if (at == language.templates.end() || at->name != name) throw Error{ErrorCode::internal, "there is no template \"" + std::string{name} + "\""};
  const auto there = kept.find(&*at);
  if (there != kept.end()) return there->second;
  kainjow::mustache::mustache fresh{std::string{at->text}};
  if (!fresh.is_valid()) throw Error{ErrorCode::internal, "the template \"" + std::string{name} + "\" is not well-formed: " + fresh.error_message()};
  return kept.emplace(&*at, std::move(fresh)).first->second;
}

}  // namespace

std::string render(std::string_view name, const WebLanguage& language, const TemplateData& values) { return parsed(name, language).render(values); }

void check_templates() {
  for (const WebLanguage& language : web_languages())
    for (const WebText& one : language.templates) parsed(one.name, language);
}

void set_text(TemplateData& values, const std::string& name, const std::string& text) {
  if (!text.empty()) values.set(name, text);
}

TemplateData list_of(const std::vector<std::string>& texts) {
  TemplateData list{TemplateData::type::list};
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

}  // namespace klotterkoll
