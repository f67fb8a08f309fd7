#include "pages/form.h"

#include <algorithm>

#include "base/form.h"
#include "base/text.h"
#include "edge_server.h"
#include "json/text.h"

namespace klotterkoll {

const std::string& Form::value(std::string_view field) const {
  static const std::string none;
  const auto at = std::ranges::find(typed, field, [](const auto& one) { return std::string_view{one.first}; });
  return at == typed.end() ? none : at->second;
}

std::vector<std::string> Form::values(std::string_view field) const {
  std::vector<std::string> all;
  for (const auto& [name, text] : typed)
    if (name == field) all.push_back(text);
  return all;
}

std::vector<std::string_view> Form::files_of(std::string_view field) const {
  std::vector<std::string_view> all;
  for (const File& file : files)
    if (file.field == field) all.push_back(file.bytes);
  return all;
}

const Form::Fault* Form::fault_of(std::string_view field) const {
  const auto at = std::ranges::find(faults, field, [](const Fault& fault) { return std::string_view{fault.field}; });
  return at == faults.end() ? nullptr : &*at;
}

void Form::refuse(const std::string& field, const std::string& text) {
  if (!fault_of(field)) faults.push_back({field, text});
}

void Form::refuse(const Error& error, std::span<const Meant> meant) {
  switch (error.code()) {
    case ErrorCode::conflict:
    case ErrorCode::forbidden:
    case ErrorCode::stale:
      status = 409;
      return refuse("", "error_changed");
    case ErrorCode::refused:
    case ErrorCode::malformed: break;
    default: throw error;
  }
  bool told = false;
  for (const auto& fault : error.faults())
    if (const auto one = std::ranges::find_if(meant, [&](const Meant& known) { return fault.pointer.starts_with(known.pointer); }); one != meant.end())
      refuse(std::string{one->field}, std::string{one->text}), told = true;
  if (!told) refuse("", "error_refused");
}

Form read_form_of(const Call& call) {
  if (!call.is_form()) throw Error{ErrorCode::malformed, "Send a form."};
  Form form;
  FormLimits limits;
  limits.fields = kFormFields;
  for (FormField& field : read_form(EdgeServer::context().form_type, call.request.body, limits)) {
    if (field.file_name)
      form.files.push_back({std::move(field.name), std::move(*field.file_name), field.value});
    else
      form.typed.emplace_back(std::move(field.name), trimmed(normalise_newlines(field.value)));
  }
  return form;
}

void fill_fields(TemplateData& values, const Form& form, const Words& words, std::span<const std::string_view> fields) {
  for (const std::string_view field : fields) {
    values.set(std::string{field}, form.value(field));
    if (const auto* fault = form.fault_of(field)) values.set(std::string{field} + "_error", words(fault->text));
  }
}

void fill_errors(TemplateData& values, const Form& form, const Words& words) {
  TemplateData errors{TemplateData::type::list};
  for (const Form::Fault& fault : form.faults) {
    TemplateData error;
    if (!fault.field.empty()) error.set("field", fault.field);
    error.set("message", words(fault.text));
    errors.push_back(error);
  }
  values.set("has_errors", !form.faults.empty());
  values.set("errors", errors);
}

}  // namespace klotterkoll
