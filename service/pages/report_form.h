#pragma once

#include <array>
#include <string_view>

#include "domain/store.h"
#include "pages/form.h"
#include "workflow/intake.h"

namespace klotterkoll {

/// The texts that are typed into the citizen's form, in its order.
inline constexpr std::array<std::string_view, 10> kReportFields{"lat", "lon", "address", "category", "surface", "description", "email", "name", "phone", "key"};

/// The report that a form tells of, its faults told in the form. The photos come beside it.
ReportDraft report_in(Form& form, const ReferenceCipher& references);

/// What is wrong with the place by the rules of the domain, told in the form.
void refuse_report(Form& form, const Error& error);

/// Puts a value in the place of what was typed.
void set_typed(Form& form, const std::string& field, const std::string& value);

/// What makes two sendings of the form the same report: what it says, and what its photos show, given by their digests.
std::string same_report_key(const Form& form, const std::vector<std::string>& photo_digests);

}  // namespace klotterkoll
