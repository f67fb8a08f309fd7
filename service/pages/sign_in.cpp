#include <algorithm>

#include "base/error.h"
#include "domain/mail_address.h"
#include "edge_server.h"
#include "pages/visit.h"

namespace klotterkoll {
namespace {

constexpr Roles kEveryVisitor{Role::citizen, Role::police, Role::owner, Role::municipality};

/// The secret of a window in which a mail was asked for: the code works nowhere else.
constexpr const char* kWindowCookie = "__Host-klotterkoll-window";
/// Mails that one network may ask for in an hour, and codes that it may try: a police station has many who begin at the same hour.
constexpr int kAskedAnHour = 60, kTriedAnHour = 120;

std::string window_cookie(const std::string& secret) {
  std::string cookie = kWindowCookie;
  cookie += "=" + secret + "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=";
  return cookie + (secret.empty() ? "0" : std::to_string(std::chrono::seconds{kSignInGood}.count()));
}

/// A page of this service that somebody wanted to see before signing in; "" when it is none of ours.
std::string wanted_page(const Visit& visit) {
  const std::string target = visit.call.request.get_param_value("till");
  const bool ours = target.starts_with(visit.base + "/") && std::ranges::none_of(target, [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '\\'; }) &&
                    target.find("//") == std::string::npos;
  return ours ? target : "";
}

std::string with_wanted(const Visit& visit, const std::string& path) { return visit.link(path, {{"till", wanted_page(visit)}}); }

/// Where somebody goes who has signed in.
void go_on(const Visit& visit, Role role) {
  const std::string wanted = wanted_page(visit);
  answer_see_other(visit.call.response, wanted.empty() ? visit.link(first_page_of(role)) : wanted);
}

void let_in(Visit& visit, const User& user, const std::string& secret) {
  if (visit.visitor) visit.call.app.sessions.forget();
  visit.call.response.headers.erase("Set-Cookie");
  visit.call.response.set_header("Set-Cookie", session_cookie(secret));
  visit.call.response.set_header("Set-Cookie", window_cookie(""));
  const User::Scope* scope = user.scope_in(visit.municipality.id);
  go_on(visit, scope ? scope->role : Role::citizen);
}

/// Begins a session in place of the one that this browser had.
std::string begin(const Visit& visit, Transaction& transaction, const User& user) {
  if (visit.visitor) end_session(transaction, visit.visitor->secret);
  return begin_session(transaction, user, visit.call.app.ids, visit.call.now);
}

/// The user whom a demonstration has for a role.
std::optional<User> demo_user(Transaction& transaction, MunicipalityId municipality, std::int64_t id) {
  auto users = transaction.users().list(municipality);
  const auto at = std::ranges::find_if(users, [&](const User& user) { return user.id == id && !user.deactivated_at; });
  return at == users.end() ? std::nullopt : std::optional{*at};
}

/// Browsers keep our cookies only when the page came over https, or from the computer itself.
bool is_secure(const Visit& visit) {
  const Origin& origin = EdgeServer::context().origin;
  if (!origin.scheme.empty()) return origin.scheme == "https";
  if (visit.call.app.public_url_is_set && visit.call.app.public_url.starts_with("https://")) return true;
  std::string host = visit.call.request.get_header_value("Host");
  if (const auto port = host.rfind(':'); port != host.npos && host.find(']', port) == host.npos) host.resize(port);
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || host.starts_with("127.");
}

PageFrame secret_frame(const Visit& visit, const std::string& title) {
  PageFrame frame = visit.frame(Section::citizen, title);
  frame.secrecy = PageSecrecy::secret;
  return frame;
}

void add_demo(Visit& visit, TemplateData& values) {
  values.set("demo", visit.call.app.demo);
  if (!visit.call.app.demo) return;
  TemplateData people{TemplateData::type::list};
  const auto users = read(visit.call, [&](Transaction& transaction) { return transaction.users().list(visit.municipality.id); });
  for (const User& user : users) {
    if (user.deactivated_at) continue;
    TemplateData person;
    person.set("id", std::to_string(user.id));
    person.set("name", user.name);
    person.set("role", visit.words("role_" + std::string{to_code(user.scope_in(visit.municipality.id)->role)}));
    people.push_back(person);
  }
  values.set("people", people);
  values.set("demo_action", with_wanted(visit, "/demo"));
}

void show_sign_in(Visit& visit, const Form& form) {
  PageFrame frame = secret_frame(visit, visit.words("sign_in_heading"));
  if (!form.faults.empty()) frame.status = form.status;
  TemplateData values = visit.values();
  fill_errors(values, form, visit.words);
  fill_fields(values, form, visit.words, std::array<std::string_view, 1>{"email"});
  values.set("action", with_wanted(visit, "/logga-in"));
  values.set("insecure", !is_secure(visit));
  add_demo(visit, values);
  visit.answer(frame, "sign_in", values);
}

void get_sign_in(Visit& visit) {
  // Somebody who is nothing here may want to come in as another.
  if (visit.visitor && visit.actor().role != Role::citizen) return go_on(visit, visit.actor().role);
  show_sign_in(visit, {});
}

void post_sign_in(Visit& visit) {
  Form& form = visit.form();
  const std::string& email = form.value("email");
  if (!is_mail_address(email)) {
    form.refuse("email", "error_sign_in_email");
    return show_sign_in(visit, form);
  }
  const std::string window = write(visit.call, [&](Transaction& transaction) {
    return ask_to_sign_in(transaction, *visit.settings(transaction), email, visit.call.app.ids, visit.call.now);
  });
  visit.call.response.set_header("Set-Cookie", window_cookie(window));
  answer_see_other(visit.call.response, with_wanted(visit, "/logga-in/kod"));
}

void show_code(Visit& visit, const Form& form) {
  PageFrame frame = secret_frame(visit, visit.words("sign_in_code_heading"));
  if (!form.faults.empty()) frame.status = form.status;
  TemplateData values = visit.values();
  fill_errors(values, form, visit.words);
  fill_fields(values, form, visit.words, std::array<std::string_view, 1>{"code"});
  values.set("action", with_wanted(visit, "/logga-in/kod"));
  values.set("again", with_wanted(visit, "/logga-in"));
  visit.answer(frame, "sign_in_code", values);
}

struct Let {
  std::optional<User> user;
  std::string secret;
};

void post_code(Visit& visit) {
  Form& form = visit.form();
  const std::string window = cookie_in(visit.call.request.get_header_value("Cookie"), kWindowCookie);
  const Let let = write(visit.call, [&](Transaction& transaction) {
    Let made{use_code(transaction, visit.municipality.id, window, form.value("code"), visit.call.now), ""};
    if (made.user) made.secret = begin(visit, transaction, *made.user);
    return made;
  });
  if (let.user) return let_in(visit, *let.user, let.secret);
  form.refuse("code", "error_sign_in_code");
  show_code(visit, form);
}

/// Whatever the link is: scanners of mail follow it, and nothing happens by looking.
void get_link(Visit& visit) {
  TemplateData values = visit.values();
  values.set("text", visit.words("sign_in_link_text", {{"{municipality}", visit.municipality.name}}));
  values.set("action", visit.link("/logga-in/" + visit.parameter(0)));
  visit.answer(secret_frame(visit, visit.words("sign_in_heading")), "sign_in_link", values);
}

void post_link(Visit& visit) {
  const Let let = write(visit.call, [&](Transaction& transaction) {
    Let made{use_link(transaction, visit.municipality.id, visit.parameter(0), visit.call.now), ""};
    if (made.user) made.secret = begin(visit, transaction, *made.user);
    return made;
  });
  if (let.user) return let_in(visit, *let.user, let.secret);
  PageFrame frame = secret_frame(visit, "");
  frame.status = 410;
  answer_message(visit.call.response, frame, visit.words("sign_in_used_heading"), {visit.words("sign_in_used")});
}

void post_demo(Visit& visit) {
  if (!visit.call.app.demo) throw Error{ErrorCode::not_found, "There is no such page."};
  const std::string& typed = visit.form().value("user");
  const bool number = !typed.empty() && typed.size() < 10 && std::ranges::all_of(typed, [](char c) { return c >= '0' && c <= '9'; });
  const Let let = write(visit.call, [&](Transaction& transaction) {
    Let made{number ? demo_user(transaction, visit.municipality.id, std::stoll(typed)) : std::nullopt, ""};
    if (made.user) made.secret = begin(visit, transaction, *made.user);
    return made;
  });
  if (!let.user) throw Error{ErrorCode::malformed, "There is no such user."};
  let_in(visit, *let.user, let.secret);
}

void post_sign_out(Visit& visit) {
  if (visit.visitor) {
    visit.call.app.store.write([&](Transaction& transaction) { end_session(transaction, visit.visitor->secret); });
    visit.call.app.sessions.forget();
  }
  visit.call.response.set_header("Set-Cookie", session_cookie(""));
  answer_see_other(visit.call.response, visit.link("/"));
}

}  // namespace

std::vector<Route> sign_in_routes() {
  return page_routes_of({{"GET", "/logga-in", kEveryVisitor, get_sign_in},
                         {"POST", "/logga-in", kEveryVisitor, post_sign_in, kTextForm, kAskedAnHour},
                         {"GET", "/logga-in/kod", kEveryVisitor, [](Visit& visit) { show_code(visit, {}); }},
                         {"POST", "/logga-in/kod", kEveryVisitor, post_code, kTextForm, kTriedAnHour},
                         {"GET", "/logga-in/{}", kEveryVisitor, get_link},
                         {"POST", "/logga-in/{}", kEveryVisitor, post_link, kTextForm, kTriedAnHour},
                         {"POST", "/demo", kEveryVisitor, post_demo, kTextForm},
                         {"POST", "/logga-ut", kEveryVisitor, post_sign_out, kTextForm}});
}

}  // namespace klotterkoll
