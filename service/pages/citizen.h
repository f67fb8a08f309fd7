#pragma once

#include "pages/visit.h"

namespace klotterkoll {

// The citizen's pages: nobody signs in for them, and they set no cookie.

/// Who may see them: everybody with a browser.
inline constexpr Roles kEveryVisitor{Role::citizen, Role::police, Role::owner, Role::municipality};

/// Did a machine fill in the field that people do not see? It is told that all went well, and nothing is done.
inline bool is_machine(const Form& form) { return !form.value("webbplats").empty(); }

/// What the template part "citizen_search" needs: the field for a reference, with what was typed into it.
void add_search(TemplateData& values, const Visit& visit, const std::string& typed = "");

std::vector<Route> citizen_case_routes();
std::vector<Route> citizen_report_routes();
std::vector<Route> citizen_start_routes();
std::vector<Route> citizen_overview_routes();
std::vector<Route> citizen_about_routes();

}  // namespace klotterkoll
