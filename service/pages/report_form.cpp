#include "pages/report_form.h"

#include <algorithm>

#include "base/number.h"
#include "base/text.h"
#include "domain/mail_address.h"
#include "domain/personal_number.h"
#include "json/text.h"

namespace klotterkoll {
namespace {

// As long as the API takes them (schemas/api/report.schema.json).
constexpr std::size_t kLongestAddress = 300, kLongestDescription = 4000, kLongestName = 200, kLongestEmail = 254, kLongestPhone = 40;

/// Somebody's words; on one line unless `lines`.
std::string words_in(Form& form, const std::string& field, std::size_t longest, const char* fault, bool lines = false) {
  const std::string& typed = form.value(field);
  if (utf8_length(typed) > longest || !is_clean_text(typed) || (!lines && std::ranges::any_of(typed, is_control))) form.refuse(field, fault);
  return typed;
}

template <typename Code>
std::optional<Code> code_in(Form& form, const std::string& field, const char* fault) {
  const std::string& typed = form.value(field);
  const auto code = code_from<Code>(typed);
  if (!code && !typed.empty()) form.refuse(field, fault);
  return code;
}

}  // namespace

ReportDraft report_in(Form& form, const ReferenceCipher& references) {
  ReportDraft draft;
  const std::string &lat = form.value("lat"), &lon = form.value("lon");
  const auto north = parse_decimal(lat), east = parse_decimal(lon);
  if (north && east) draft.place.point = Point{*north, *east};
  if (!draft.place.point && (!lat.empty() || !lon.empty())) form.refuse("lat", "citizen_error_point");
  draft.place.address = words_in(form, "address", kLongestAddress, "citizen_error_address");
  const auto category = code_in<Category>(form, "category", "citizen_error_category");
  if (!category) form.refuse("category", "citizen_error_category");
  draft.category = category.value_or(Category::other);
  draft.surface = code_in<Surface>(form, "surface", "citizen_error_surface");
  draft.description = words_in(form, "description", kLongestDescription, "citizen_error_description", true);
  draft.contact.email = words_in(form, "email", kLongestEmail, "citizen_error_email");
  if (!draft.contact.email.empty() && !is_mail_address(draft.contact.email)) form.refuse("email", "citizen_error_email");
  draft.contact.name = words_in(form, "name", kLongestName, "citizen_error_name");
  draft.contact.phone = words_in(form, "phone", kLongestPhone, "citizen_error_phone");
  // Said once, before it is saved; whoever means it sends it again.
  const bool told = form.value("number_told") == "1";
  if (mentions_personal_number(draft.description + "\n" + draft.place.address) && !told) {
    form.refuse("description", "citizen_warn_number");
    set_typed(form, "number_told", "1");
  }
  if (const std::string& same = form.value("same"); !same.empty() && same != "no") {
    draft.joins = references.decode_case(same);
    if (!draft.joins) form.refuse("same", "citizen_error_same");
  }
  return draft;
}

void refuse_report(Form& form, const Error& error) {
  static constexpr Form::Meant kMeant[] = {{"/location/lat", "lat", "citizen_error_point"}, {"/photo", "photo", "citizen_error_photos_gone"}};
  if (error.code() == ErrorCode::refused)
    for (const Fault& fault : error.faults())
      if (fault.pointer == "/location" && !form.fault_of("lat"))
        form.refuse("address", form.value("lat").empty() ? "citizen_error_place" : "citizen_error_outside");
  if (!form.fault_of("address") && !form.fault_of("lat")) form.refuse(error, kMeant);
}

void set_typed(Form& form, const std::string& field, const std::string& value) {
  const auto at = std::ranges::find(form.typed, field, [](const auto& one) { return one.first; });
  at == form.typed.end() ? form.typed.emplace_back(field, value), void() : void(at->second = value);
}

std::string same_report_key(const Form& form, const std::vector<std::string>& photo_digests) {
  std::string all;
  for (const std::string_view field : kReportFields) all += form.value(field) + '\n';
  all += form.value("same") == "no" ? "" : form.value("same");
  for (const std::string& one : photo_digests) all += '\n' + one;
  return form.value("key") + '.' + digest(all).substr(0, 32);
}

}  // namespace klotterkoll
