#include "pages/page.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "edge_server.h"
#include "pages/template.h"

namespace klotterkoll {
namespace {

constexpr std::array<std::string_view, 1> kNoPages{"/api/"};
constexpr std::array<std::string_view, 3> kProbes{"/healthz", "/readyz", "/metrics"};
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

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

const WebAsset& asset(std::string_view name) {
  const auto assets = web_assets();
  const auto at = std::ranges::find(assets, name, &WebAsset::name);
  if (at == assets.end()) throw Error{ErrorCode::internal, "there is no asset \"" + std::string{name} + "\""};
  return *at;
}

/// "page-3IIN2G3R.css" gives "page.css".
std::string without_digest(const std::string& file) {
  const auto dot = file.rfind('.'), dash = file.rfind('-', dot);
  return dot == file.npos || dash == file.npos ? file : file.substr(0, dash) + file.substr(dot);
}

void get_asset(Call& call) {
  const auto assets = web_assets();
  auto found = std::ranges::find(assets, call.parameter(0), &WebAsset::file);
  const bool exact = found != assets.end();
  // While nodes are renewed, a page of the new one may ask an old one for its style: what there is is better than none.
  if (!exact) found = std::ranges::find(assets, without_digest(call.parameter(0)), &WebAsset::name);
  if (found == assets.end()) throw Error{ErrorCode::not_found, "There is no such file."};
  call.response.set_header("Cache-Control", exact ? "public, max-age=31536000, immutable" : "no-store");
  call.response.set_content(found->bytes.data(), found->bytes.size(), std::string{found->content_type});
}

TemplateData links(const std::vector<PageFrame::Link>& all) {
  TemplateData list{TemplateData::type::list};
  for (const PageFrame::Link& one : all) {
    TemplateData link;
    link.set("href", one.href);
    link.set("name", one.name);
    link.set("current", one.current);
    list.push_back(link);
  }
  return list;
}

TemplateData paths(const std::string& root, const std::vector<std::string>& names, const char* always) {
  TemplateData list{TemplateData::type::list};
  list.push_back(asset_path(root, always));
  for (const std::string& name : names) list.push_back(asset_path(root, name));
  return list;
}

/// The page in the other languages that there are.
TemplateData other_languages(const PageFrame& frame) {
  TemplateData list{TemplateData::type::list};
  for (const WebLanguage& language : web_languages()) {
    if (frame.address.empty() || &language == frame.language) continue;
    TemplateData other;
    other.set("href", frame.address + (frame.address.find('?') == std::string::npos ? "?lang=" : "&lang=") + std::string{language.code});
    other.set("lang", std::string{language.code});
    other.set("name", Words{language}("in_this_language"));
    list.push_back(other);
  }
  return list;
}

}  // namespace

bool is_page(std::string_view path) {
  return std::ranges::none_of(kNoPages, [&](std::string_view start) { return path.starts_with(start); }) && std::ranges::find(kProbes, path) == kProbes.end();
}

const WebLanguage& language_of(const httplib::Request& request, Language preferred) {
  const WebLanguage* asked = find_language(request.get_param_value("lang"));
  return asked ? *asked : *find_language(to_code(preferred));
}

std::string root_path(const App& app) {
  if (!app.public_url_is_set) return EdgeServer::context().origin.prefix;
  const auto path = app.public_url.find('/', app.public_url.find("://") + 3);
  return path == std::string::npos ? "" : app.public_url.substr(path);
}

std::string asset_path(const std::string& root, std::string_view name) { return root + "/assets/" + std::string{asset(name).file}; }

std::string with_query(std::string path, const std::vector<std::pair<std::string, std::string>>& parameters) {
  char before = path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    path += before + name + "=" + httplib::detail::encode_query_param(value);
    before = '&';
  }
  return path;
}

void answer_page(httplib::Response& response, const PageFrame& frame, const std::string& content) {
  const Words words{*frame.language};
  TemplateData page;
  page.set("lang", std::string{words.code()});
  page.set("title", frame.title);
  set_text(page, "tenant", frame.tenant);
  set_text(page, "home", frame.home);
  set_text(page, "description", frame.description);
  page.set("listed", frame.secrecy == PageSecrecy::listed);
  page.set("wide", frame.wide);
  page.set("root", frame.root);
  page.set("icon", asset_path(frame.root, "icon.svg"));
  page.set("styles", paths(frame.root, frame.styles, "page.css"));
  page.set("scripts", paths(frame.root, frame.scripts, "page.js"));
  page.set("has_menu", !frame.menu.empty());
  page.set("menu", links(frame.menu));
  page.set("footer", links(frame.footer));
  set_text(page, "user", frame.user);
  page.set("sign_out", frame.sign_out);
  page.set("form_token", frame.form_token);
  page.set("other_languages", other_languages(frame));
  page.set("content", content);
  response.status = frame.status;
  response.set_content(render("layout", *frame.language, page), "text/html; charset=utf-8");
  set(response, "Content-Security-Policy", kPolicy);
  set(response, "Content-Language", std::string{words.code()});
  const bool secret = frame.secrecy == PageSecrecy::secret;
  // The address is the secret: it is told to nobody, kept nowhere and listed by no search engine.
  set(response, "Referrer-Policy", secret ? "no-referrer" : "same-origin");
  set(response, "Cache-Control", secret ? "no-store" : "no-cache");
  if (frame.secrecy != PageSecrecy::listed) set(response, "X-Robots-Tag", "noindex, nofollow");
}

void answer_message(httplib::Response& response, PageFrame frame, const std::string& heading, const std::vector<std::string>& paragraphs) {
  TemplateData message;
  message.set("heading", heading);
  message.set("paragraphs", list_of(paragraphs));
  frame.title = heading;
  answer_page(response, frame, render("message", *frame.language, message));
}

void answer_see_other(httplib::Response& response, const std::string& address) {
  response.status = 303;
  response.set_header("Location", address);
  set(response, "Referrer-Policy", "no-referrer");
  set(response, "Cache-Control", "no-store");
}

bool dress_as_page(const App& app, const httplib::Request& request, httplib::Response& response) {
  if (!is_page(request.path) || request.method == "OPTIONS" || response.get_header_value("Content-Type").find("problem") == std::string::npos) return false;
  PageFrame frame;
  frame.status = response.status;
  frame.language = &language_of(request, Language::sv);
  frame.root = root_path(app);
  frame.home = frame.root + "/";
  const Words words{*frame.language};
  constexpr int kTold[] = {400, 401, 403, 404, 405, 409, 412, 413, 415, 429, 503};
  const bool told = std::ranges::find(kTold, response.status) != std::end(kTold);
  answer_message(response, frame, words(response.status == 404 ? "problem_heading_404" : "problem_heading"), {words(told ? "problem_" + std::to_string(response.status) : "problem_other")});
  return true;
}

void require_same_site(const Call& call) {
  const auto refuse = [] { throw Error{ErrorCode::forbidden, "This form was sent from another site."}; };
  const std::string site = call.request.get_header_value("Sec-Fetch-Site"), origin = call.request.get_header_value("Origin");
  if (!site.empty() && site != "same-origin" && site != "none") refuse();
  // Some of our pages tell no referrer, and then browsers call the origin of their forms "null".
  if (origin.empty() || origin == "null") return;
  const std::string from = authority_of(origin);
  if (from.empty() || (from != call.request.get_header_value("Host") && from != EdgeServer::context().origin.host && from != authority_of(call.app.public_url)))
    refuse();
}

std::vector<Route> asset_routes() { return {{"GET", "/assets/{}", kAnyone, get_asset}}; }

}  // namespace klotterkoll
