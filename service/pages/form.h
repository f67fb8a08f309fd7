#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "call.h"
#include "pages/template.h"
#include "pages/words.h"

namespace klotterkoll {

/// What somebody sent with a form of a page, as it was typed, and what is wrong with it. A page that is shown again because of a
/// fault shows what was typed; browsers do not keep which files were chosen.
struct Form {
  std::vector<std::pair<std::string, std::string>> typed;  ///< by field, without white space around it, in the order of the form
  struct File {
    std::string field, name;
    std::string_view bytes;  ///< within the request
  };
  std::vector<File> files;
  struct Fault {
    std::string field;  ///< the id of the input on the page; empty: of the whole
    std::string text;   ///< the name of the sentence (web/texts)
  };
  std::vector<Fault> faults;
  int status = 422;  ///< of the page that tells of the faults

  /// The first of the name; empty when it was not sent.
  const std::string& value(std::string_view field) const;
  /// All of the name: check boxes.
  std::vector<std::string> values(std::string_view field) const;
  std::vector<std::string_view> files_of(std::string_view field) const;
  const Fault* fault_of(std::string_view field) const;
  /// The first fault of a field stays.
  void refuse(const std::string& field, const std::string& text);

  /// Which field and sentence a fault at a pointer of the domain means: "/removed_at". The first that begins the pointer counts.
  struct Meant {
    std::string_view pointer, field, text;
  };
  /// Takes a refusal of the domain as faults of the fields that it is about, of the whole form where `meant` does not know them;
  /// conflict, forbidden and stale as "the case has changed". Rethrows what is none of these.
  void refuse(const Error& error, std::span<const Meant> meant);
};

/// Most fields of a form: the boxes of many cases at once.
inline constexpr std::size_t kFormFields = 600;
/// The form of the request. Error{malformed} when it has none.
Form read_form_of(const Call& call);

/// Sets NAME to what was typed and NAME_error to what is wrong with it, for each field, for a template.
void fill_fields(TemplateData& values, const Form& form, const Words& words, std::span<const std::string_view> fields);
/// Sets `has_errors` and `errors` ({field, message}) for the list at the top of a page (the partial "errors").
void fill_errors(TemplateData& values, const Form& form, const Words& words);

/// Choices of which one may be chosen, {code, name, chosen}; `kind` begins the names of their texts: "category" for category_tag.
template <typename Codes>
TemplateData choices(const Words& words, std::string_view kind, const Codes& codes, std::string_view chosen) {
  TemplateData list{TemplateData::type::list};
  for (const std::string_view code : codes) {
    TemplateData choice;
    choice.set("code", std::string{code});
    choice.set("name", words(std::string{kind} + "_" + std::string{code}));
    choice.set("chosen", code == chosen);
    list.push_back(choice);
  }
  return list;
}

}  // namespace klotterkoll
