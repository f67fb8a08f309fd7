#include <algorithm>

#include "base/error.h"
#include "pages/visit.h"

namespace klotterkoll {
namespace {

constexpr Roles kEveryVisitor{Role::citizen, Role::police, Role::owner, Role::municipality};

/// A page of this service that somebody wanted to see before signing in; "" when it is none of ours.
std::string wanted_page(const Visit& visit) {
  const std::string target = visit.call.request.get_param_value("till");
  const bool ours = target.starts_with(visit.base + "/") && target.find("//") == std::string::npos && target.find('\\') == std::string::npos;
  return ours ? target : "";
}

void let_in(Visit& visit, const User& user) {
  const std::string secret = write(visit.call, [&](Transaction& transaction) { return begin_session(transaction, user, visit.call.app.ids, visit.call.now); });
  visit.call.response.headers.erase("Set-Cookie");
  visit.call.response.set_header("Set-Cookie", session_cookie(secret));
  const User::Scope* scope = user.scope_in(visit.municipality.id);
  const std::string wanted = wanted_page(visit);
  answer_see_other(visit.call.response, wanted.empty() ? visit.link(first_page_of(scope ? scope->role : Role::citizen)) : wanted);
}

/// The user whom a demonstration has for a role.
std::optional<User> demo_user(Transaction& transaction, MunicipalityId municipality, std::int64_t id) {
  auto users = transaction.users().list(municipality);
  const auto at = std::ranges::find_if(users, [&](const User& user) { return user.id == id && !user.deactivated_at; });
  return at == users.end() ? std::nullopt : std::optional{*at};
}

void get_sign_in(Visit& visit) {
  PageFrame frame = visit.frame(Section::citizen, visit.words("sign_in_heading"));
  frame.secrecy = PageSecrecy::secret;
  TemplateData values = visit.values();
  values.set("demo", visit.call.app.demo);
  if (visit.call.app.demo) {
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
    values.set("demo_action", with_query(visit.link("/demo"), {{"till", wanted_page(visit)}}));
  }
  visit.answer(frame, "sign_in", values);
}

void post_demo(Visit& visit) {
  if (!visit.call.app.demo) throw Error{ErrorCode::not_found, "There is no such page."};
  const std::string& typed = visit.form().value("user");
  const bool number = !typed.empty() && typed.size() < 10 && std::ranges::all_of(typed, [](char c) { return c >= '0' && c <= '9'; });
  const auto user = read(visit.call, [&](Transaction& transaction) {
    return number ? demo_user(transaction, visit.municipality.id, std::stoll(typed)) : std::nullopt;
  });
  if (!user) throw Error{ErrorCode::malformed, "There is no such user."};
  let_in(visit, *user);
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
                         {"POST", "/demo", kEveryVisitor, post_demo, kTextForm},
                         {"POST", "/logga-ut", kEveryVisitor, post_sign_out, kTextForm}});
}

}  // namespace klotterkoll
