// The accessibility statement, what happens with personal data, and what search engines are told.
#include "domain/notice.h"
#include "pages/citizen.h"

namespace klotterkoll {
namespace {

void show(Visit& visit, const char* heading, const char* template_name) {
  PageFrame frame = visit.frame(Section::citizen, visit.words(heading));
  frame.description = frame.title;
  if (!visit.visitor) frame.secrecy = PageSecrecy::listed;
  TemplateData values = visit.values();
  const std::string mail = read(visit.call, [&](Transaction& transaction) { return transaction.notices().reply_to(visit.municipality.id); });
  set_text(values, "mail", mail);
  for (const char* text : {"citizen_access_about", "citizen_access_contact", "citizen_privacy_who", "citizen_privacy_how_long"})
    values.set(text, visit.words(text, {{"{municipality}", visit.municipality.name}}));
  visit.answer(frame, template_name, values);
}

void get_robots(Call& call) {
  // What is secret is told by headers too; an address that is never asked for costs nothing.
  call.response.set_header("Cache-Control", "public, max-age=86400");
  call.response.set_content("User-agent: *\nDisallow: /api/\nDisallow: /atgarda/\nDisallow: /post/\nDisallow: /bilder/\n", "text/plain; charset=utf-8");
}

}  // namespace

std::vector<Route> citizen_about_routes() {
  std::vector<Route> routes = page_routes_of(
      {{"GET", "/tillganglighet", kEveryVisitor, [](Visit& visit) { show(visit, "citizen_access_heading", "citizen_accessibility"); }},
       {"GET", "/personuppgifter", kEveryVisitor, [](Visit& visit) { show(visit, "citizen_privacy_heading", "citizen_privacy"); }}});
  routes.push_back({"GET", "/robots.txt", kAnyone, get_robots});
  return routes;
}

}  // namespace klotterkoll
