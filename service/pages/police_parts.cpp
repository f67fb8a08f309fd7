#include "pages/police_parts.h"

#include <algorithm>

#include "tenants.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kFormIdBytes = 12, kFormIdLength = 16;

}  // namespace

PageFrame police_frame(const Visit& visit, std::string title) {
  PageFrame frame = visit.frame(Section::police, std::move(title));
  frame.styles.emplace_back("police.css");
  return frame;
}

void add_police_places(TemplateData& values, const Visit& visit, const std::string& page) {
  TemplateData places{TemplateData::type::list};
  bool several = false;
  for (const Municipality& one : *visit.call.app.tenants.all()) {
    const User::Scope* scope = visit.visitor->signed_in.user.scope_in(one.id);
    if (!scope || scope->role != Role::police) continue;
    const bool here = one.id == visit.municipality.id;
    TemplateData place;
    place.set("name", one.name);
    place.set("here", here);
    place.set("href", with_query(visit.root + "/" + one.code + page, {{"lang", visit.call.request.get_param_value("lang")}}));
    places.push_back(place);
    several = several || !here;
  }
  values.set("several_places", several);
  values.set("police_places", places);
}

std::string new_form_id(const Visit& visit) { return random_token(visit.call.app.ids, kFormIdBytes); }

std::string external_id_of(const std::string& form_id, std::size_t row) {
  const bool ours = form_id.size() == kFormIdLength && std::ranges::all_of(form_id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
  return ours ? "sida-" + form_id + "-" + std::to_string(row) : "";
}

}  // namespace klotterkoll
