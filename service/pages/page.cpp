#include "pages/page.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/id.h"
#include "edge_server.h"
#include "pages/template.h"
#include "web/web.h"

namespace klotterkoll {
namespace {

constexpr std::array<std::string_view, 2> kPages{"/atgarda/", "/post/"};
constexpr const char* kPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

void set(httplib::Response& response, const char* name, const std::string& value) {
  response.headers.erase(name);
  response.set_header(name, value);
}

/// "https://a.example:8443/b" gives "a.example:8443".
std::string authority_of(std::string_view url) {
  const auto start = url.find("://");
  if (start == url.npos) return "";
  url.remove_prefix(start + 3);
  return std::string{url.substr(0, url.find('/'))};
}

const std::string& style_name() {
  static const std::string name = "page-" + digest(web_style()).substr(0, 16);
  return name;
}

void get_style(Call& call) {
  // While nodes are renewed, a page of the new one may ask an old one for its style: what there is is better than none.
  call.response.set_header("Cache-Control", call.parameter(0) == style_name() ? "public, max-age=31536000, immutable" : "no-store");
  call.response.set_content(std::string{web_style()}, "text/css; charset=utf-8");
}

}  // namespace

bool is_page(std::string_view path) {
  return std::ranges::any_of(kPages, [&](std::string_view start) { return path.starts_with(start); });
}

Language language_of(const httplib::Request& request, Language preferred) {
  return code_from<Language>(request.get_param_value("lang")).value_or(preferred);
}

std::string root_path(const App& app) {
  if (!app.public_url_is_set) return EdgeServer::context().origin.prefix;
  const auto path = app.public_url.find('/', app.public_url.find("://") + 3);
  return path == std::string::npos ? "" : app.public_url.substr(path);
}

void answer_page(httplib::Response& response, const PageFrame& frame, const std::string& content) {
  const Words words{frame.language};
  TemplateData page = texts_of(words);
  page.set("lang", std::string{to_code(frame.language)});
  page.set("title", frame.title);
  page.set("tenant", frame.tenant);
  page.set("style", frame.root + "/assets/" + style_name() + ".css");
  page.set("content", content);
  if (!frame.other_language.empty()) {
    TemplateData other;
    other.set("href", frame.other_language);
    other.set("lang", frame.language == Language::sv ? "en" : "sv");
    other.set("name", words("other_language"));
    page.set("other_language", other);
  }
  response.status = frame.status;
  response.set_content(render("layout", page), "text/html; charset=utf-8");
  set(response, "Content-Security-Policy", kPolicy);
  // The address is the secret: it is told to nobody, kept nowhere and listed by no search engine.
  set(response, "Referrer-Policy", "no-referrer");
  set(response, "X-Robots-Tag", "noindex, nofollow");
  set(response, "Cache-Control", "no-store");
}

void answer_message(httplib::Response& response, PageFrame frame, const std::string& heading, const std::vector<std::string>& paragraphs) {
  TemplateData message;
  message.set("heading", heading);
  message.set("paragraphs", list_of(paragraphs));
  frame.title = heading;
  answer_page(response, frame, render("message", message));
}

bool dress_as_page(const App& app, const httplib::Request& request, httplib::Response& response) {
  if (!is_page(request.path) || request.method == "OPTIONS" || response.get_header_value("Content-Type").find("problem") == std::string::npos) return false;
  const PageFrame frame{response.status, language_of(request, Language::sv), "", "", root_path(app), ""};
  const Words words{frame.language};
  constexpr int kTold[] = {400, 403, 404, 413, 415, 429, 503};
  const bool told = std::ranges::find(kTold, response.status) != std::end(kTold);
  answer_message(response, frame, words("problem_heading"), {words(told ? "problem_" + std::to_string(response.status) : "problem_other")});
  return true;
}

void require_same_site(const Call& call) {
  const auto refuse = [] { throw Error{ErrorCode::forbidden, "This form was sent from another site."}; };
  const std::string site = call.request.get_header_value("Sec-Fetch-Site"), origin = call.request.get_header_value("Origin");
  if (!site.empty() && site != "same-origin" && site != "none") refuse();
  // Our pages tell no referrer, and then browsers call the origin of their forms "null".
  if (origin.empty() || origin == "null") return;
  const std::string from = authority_of(origin);
  if (from.empty() || (from != call.request.get_header_value("Host") && from != EdgeServer::context().origin.host && from != authority_of(call.app.public_url)))
    refuse();
}

std::vector<Route> style_routes() { return {{"GET", "/assets/{}.css", kAnyone, get_style}}; }

}  // namespace klotterkoll
