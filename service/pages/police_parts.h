#pragma once

#include "pages/visit.h"

namespace klotterkoll {

inline constexpr Roles kPoliceOnly{Role::police};

/// The frame of a page of the police.
PageFrame police_frame(const Visit& visit, std::string title);
/// For the part "police_places": the other municipalities in which the user is one of the police, with links to the same page there.
void add_police_places(TemplateData& values, const Visit& visit, const std::string& page);
/// A secret of the form, so that what is sent twice is taken once (ReportDraft::external_id).
std::string new_form_id(const Visit& visit);
/// The external id that it gives to a row of the form; empty when it is none of ours.
std::string external_id_of(const std::string& form_id, std::size_t row);

}  // namespace klotterkoll
