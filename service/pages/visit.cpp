#include "pages/visit.h"

#include <algorithm>

#include "base/error.h"
#include "edge_server.h"
#include "tenants.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kWithCode = "/{}";

struct MenuEntry {
  const char* path;
  const char* text;
};
std::vector<MenuEntry> menu_of(Section section) {
  switch (section) {
    case Section::police: return {{"/polis", "menu_police_report"}, {"/polis/manga", "menu_police_many"}, {"/polis/anmalningar", "menu_police_reports"}};
    case Section::owner: return {{"/agare", "menu_owner_cases"}, {"/agare/resultat", "menu_owner_compliance"}};
    case Section::municipality:
      return {{"/kommun", "menu_now"}, {"/kommun/fordela", "menu_triage"}, {"/kommun/arenden", "menu_cases"}, {"/kommun/resultat", "menu_compliance"},
              {"/kommun/meddelanden", "menu_messages"}};
    default: return {{"/", "menu_start"}, {"/anmal", "menu_report"}, {"/oversikt", "menu_overview"}};
  }
}

Section section_of(Role role) {
  return role == Role::police ? Section::police : role == Role::owner ? Section::owner : role == Role::municipality ? Section::municipality : Section::citizen;
}

const Municipality* find_tenant(const std::vector<Municipality>& all, const Route& route, const std::vector<std::string>& parameters,
                                const httplib::Request& request) {
  const bool code_in_path = route.pattern.starts_with(kWithCode);
  const std::string& forwarded = EdgeServer::context().origin.host;
  return tenant_of(all, code_in_path ? parameters.at(0) : "", forwarded.empty() ? request.get_header_value("Host") : forwarded);
}

std::shared_ptr<const Visitor> visitor_of(App& app, const httplib::Request& request) {
  return app.sessions.find(cookie_in(request.get_header_value("Cookie"), kSessionCookie));
}

/// Several municipalities, and none of them is named: their list.
void list_tenants(Call& call, const std::vector<Municipality>& all) {
  PageFrame frame;
  frame.language = &language_of(call.request, Language::sv);
  frame.root = root_path(call.app);
  frame.address = frame.root + "/";
  frame.secrecy = PageSecrecy::listed;
  const Words words{*frame.language};
  frame.title = words("tenants_heading");
  TemplateData list{TemplateData::type::list};
  for (const Municipality& one : all) {
    TemplateData tenant;
    tenant.set("href", with_query(frame.root + "/" + one.code + "/", {{"lang", call.request.get_param_value("lang")}}));
    tenant.set("name", one.name);
    list.push_back(tenant);
  }
  TemplateData values;
  values.set("tenants", list);
  values.set("any", !all.empty());
  answer_page(call.response, frame, render("tenants", *frame.language, values));
}

/// Asks to sign in. What was typed into a form that came with it is kept in the page, to be sent again.
void ask_to_sign_in(Visit& visit, bool wrong_token) {
  if (visit.call.request.method == "GET" || visit.call.request.method == "HEAD") {
    std::string target = visit.call.request.target;
    if (target.size() > 512) target = "";
    return answer_see_other(visit.call.response, visit.link("/logga-in", {{"till", target}}));
  }
  PageFrame frame = visit.frame(Section::citizen, visit.words(wrong_token ? "send_again_heading" : "session_ended_heading"));
  frame.status = wrong_token ? 403 : 401;
  frame.secrecy = PageSecrecy::secret;
  TemplateData values = visit.values();
  values.set("heading", frame.title);
  values.set("signed_in", wrong_token);
  values.set("sign_in", visit.link("/logga-in"));
  values.set("action", visit.call.request.target);
  TemplateData fields{TemplateData::type::list};
  for (const auto& [name, text] : visit.form().typed) {
    if (name == "form_token") continue;
    TemplateData field;
    field.set("name", name);
    field.set("value", text);
    fields.push_back(field);
  }
  values.set("fields", fields);
  values.set("had_files", !visit.form().files.empty());
  visit.answer(frame, "send_again", values);
}

void refuse_role(Visit& visit) {
  PageFrame frame = visit.frame(section_of(visit.actor().role), "");
  frame.status = 403;
  frame.secrecy = PageSecrecy::secret;
  answer_message(visit.call.response, frame, visit.words("wrong_role_heading"), {visit.words("wrong_role")});
}

void serve(Call& call, const PageRoute& page, const Route& route) {
  const auto all = call.app.tenants.all();
  const bool code_in_path = route.pattern.starts_with(kWithCode);
  std::vector<std::string> parameters;
  if (code_in_path) parameters.push_back(call.parameter(0));
  const Municipality* tenant = find_tenant(*all, route, parameters, call.request);
  if (!tenant && !code_in_path && page.pattern == "/") return list_tenants(call, *all);
  if (!tenant) throw Error{ErrorCode::not_found, "There is no such page."};
  Visit visit{call, *tenant, code_in_path, visitor_of(call.app, call.request)};
  const bool sent = route.method != "GET";
  if (sent) require_same_site(call);
  if (!page.roles.admit(visit.actor().role)) return visit.visitor && visit.actor().role != Role::citizen ? refuse_role(visit) : ask_to_sign_in(visit, false);
  // What is sent with a session carries its token; where citizens send too, nothing of the session is used without it.
  if (sent && visit.visitor && visit.form().value("form_token") != visit.visitor->form_token) return ask_to_sign_in(visit, true);
  page.handle(visit);
}

}  // namespace

Visit::Visit(Call& made, Municipality tenant, bool code_in_path, std::shared_ptr<const Visitor> signed_in)
    : call(made), municipality(std::move(tenant)), visitor(std::move(signed_in)), root(root_path(made.app)),
      base(code_in_path ? root + "/" + municipality.code : root),
      words(language_of(made.request, visitor ? visitor->signed_in.user.mail.language : Language::sv)), skipped_(code_in_path ? 1 : 0) {
  path_ = code_in_path ? call.request.path.substr(std::min(municipality.code.size() + 1, call.request.path.size())) : call.request.path;
  if (path_.empty()) path_ = "/";
  if (find_language(call.request.get_param_value("lang"))) asked_language_ = call.request.get_param_value("lang");
  actor_ = call.caller.actor_in(municipality.id);
}

CaseId Visit::case_id(std::size_t n) const {
  const auto id = call.app.store.references().decode_case(parameter(n));
  if (!id || id->municipality() != municipality.id) throw Error{ErrorCode::not_found, "There is no such case."};
  return *id;
}

std::shared_ptr<const Settings> Visit::settings(Transaction& transaction) const { return transaction.municipalities().settings(municipality.id); }

std::string Visit::link(const std::string& path, const std::vector<std::pair<std::string, std::string>>& parameters) const {
  return with_query(with_query(base + path, parameters), {{"lang", asked_language_}});
}

std::string Visit::here(const std::vector<std::pair<std::string, std::string>>& parameters) const { return link(path_, parameters); }

std::string Visit::whole_address(const std::string& path) const {
  constexpr std::string_view kApi = "/api/v1";
  const std::string& api = call.api_url();
  return api.substr(0, api.size() - kApi.size()) + base.substr(root.size()) + path;
}

Form& Visit::form() {
  if (!form_) form_ = read_form_of(call);
  return *form_;
}

TemplateData Visit::values() const {
  TemplateData values;
  values.set("base", base);
  values.set("root", root);
  values.set("municipality", municipality.name);
  values.set("lang", asked_language_);
  values.set("lang_query", asked_language_.empty() ? "" : "?lang=" + asked_language_);
  values.set("lang_and", asked_language_.empty() ? "" : "&lang=" + asked_language_);
  values.set("form_token", visitor ? visitor->form_token : "");
  return values;
}

PageFrame Visit::frame(Section section, std::string title) const {
  PageFrame frame;
  frame.language = &words.language();
  frame.title = std::move(title);
  frame.tenant = municipality.name;
  frame.root = root;
  frame.home = link(section == Section::citizen ? "/" : first_page_of(actor_.role));
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& [name, value] : call.request.params)
    if (name != "lang") parameters.emplace_back(name, value);
  if (call.request.method == "GET" || call.request.method == "HEAD") frame.address = with_query(base + path_, parameters);
  frame.secrecy = section == Section::citizen && !visitor ? PageSecrecy::open : PageSecrecy::secret;
  for (const auto& [path, text] : menu_of(section)) frame.menu.push_back({link(path), words(text), path_ == path});
  if (visitor && section == Section::citizen && actor_.role != Role::citizen) frame.menu.push_back({link(first_page_of(actor_.role)), words("menu_work"), false});
  frame.footer = {{link("/tillganglighet"), words("footer_accessibility")}, {link("/personuppgifter"), words("footer_privacy")},
                  {root + "/api/v1/docs", words("footer_api")}};
  if (!visitor) frame.footer.push_back({link("/logga-in"), words("footer_sign_in")});
  if (visitor) {
    frame.user = visitor->signed_in.user.name;
    if (actor_.role != Role::citizen) frame.footer.push_back({link("/konto"), words("footer_account")});
    frame.sign_out = link("/logga-ut");
    frame.form_token = visitor->form_token;
  }
  return frame;
}

void Visit::answer(const PageFrame& frame, std::string_view template_name, const TemplateData& values) const {
  answer_page(call.response, frame, render(template_name, words.language(), values));
}

std::vector<Route> page_routes_of(std::vector<PageRoute> pages) {
  std::vector<Route> routes;
  for (const PageRoute& page : pages) {
    const auto shared = std::make_shared<const PageRoute>(page);
    for (const std::string& pattern : {page.pattern, std::string{kWithCode} + page.pattern}) {
      Route route{page.method, pattern, page.roles, {}};
      if (page.form_limit > 0) {
        route.body_limit = route.form_limit = page.form_limit;
        route.content_types = {"multipart/form-data"};
      }
      route.hourly_without_key = page.hourly_without_key;
      const auto known = std::make_shared<const Route>(route);
      route.handle = [shared, known](Call& call) { serve(call, *shared, *known); };
      routes.push_back(std::move(route));
    }
  }
  return routes;
}

Caller caller_of_page(App& app, const httplib::Request& request, const Route& route, const std::vector<std::string>& parameters) {
  const auto visitor = visitor_of(app, request);
  if (!visitor) return {};
  const Municipality* tenant = find_tenant(*app.tenants.all(), route, parameters, request);
  return tenant ? visitor->caller_in(tenant->id) : Caller{};
}

std::string first_page_of(Role role) {
  switch (role) {
    case Role::police: return "/polis";
    case Role::owner: return "/agare";
    case Role::municipality: return "/kommun";
    default: return "/";
  }
}

}  // namespace klotterkoll
