#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "pages/form.h"
#include "workflow/intake.h"

namespace klotterkoll {

/// What the police type of one report, in the form or in a row of many: the names of the fields, and of a row's columns.
inline constexpr std::array<std::string_view, 8> kPoliceFields{"police_reference", "address", "category", "surface", "observed_at", "description", "lat", "lon"};

/// What the domain's refusals are about, on these pages.
inline constexpr std::array<Form::Meant, 8> kPoliceMeant{{{"/police_reference", "police_reference", "error_police_reference"},
                                                          {"/location/lat", "lat", "error_police_point"},
                                                          {"/location/lon", "lat", "error_police_point"},
                                                          {"/location", "address", "error_police_place"},
                                                          {"/observed_at", "observed_at", "error_police_observed"},
                                                          {"/reported_at", "observed_at", "error_police_observed"},
                                                          {"/photo", "photo", "error_photos"},
                                                          {"/description", "description", "error_police_description"}}};

/// The report that the fields say. A fault is added for each that says nothing sensible, and its value then means nothing. Categories
/// and surfaces may be codes, or words as the pages write them in any language. Times are local.
ReportDraft police_draft(Form& form, const TimeZone& zone);

}  // namespace klotterkoll
