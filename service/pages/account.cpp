#include <algorithm>

#include "base/error.h"
#include "domain/user.h"
#include "pages/case_parts.h"
#include "pages/visit.h"

namespace klotterkoll {
namespace {

constexpr Roles kStaff{Role::police, Role::owner, Role::municipality};
constexpr std::array<std::string_view, 3> kFields{"digest_at", "quiet_from", "quiet_to"};

Section section_for(const Visit& visit) {
  const Role role = visit.actor().role;
  return role == Role::police ? Section::police : role == Role::owner ? Section::owner : Section::municipality;
}

std::string in_words(const std::vector<std::chrono::minutes>& times) {
  std::string all;
  for (const auto time : times) all += (all.empty() ? "" : ", ") + format_time_of_day(time);
  return all;
}

Form as_it_is(const MailPreferences& mail) {
  Form form;
  const auto time = [](const std::optional<std::chrono::minutes>& at) { return at ? format_time_of_day(*at) : ""; };
  form.typed = {{"language", std::string{to_code(mail.language)}}, {"digest_at", in_words(mail.digest_at)},
                {"quiet_from", time(mail.quiet_from)}, {"quiet_to", time(mail.quiet_to)}};
  if (mail.weekend_digest) form.typed.emplace_back("weekend_digest", "1");
  return form;
}

/// "08.00, 13:30".
std::optional<std::vector<std::chrono::minutes>> times_in(const std::string& typed) {
  std::vector<std::chrono::minutes> times;
  std::string word;
  for (const char c : typed + ',') {
    if (c != ',' && c != ' ' && c != ';') {
      word += c == '.' ? ':' : c;
      continue;
    }
    if (word.empty()) continue;
    const auto time = parse_time_of_day(word.size() == 4 ? "0" + word : word);
    if (!time) return std::nullopt;
    times.push_back(*time);
    word.clear();
  }
  return times;
}

void show(Visit& visit, const User& user, const Form& form) {
  struct Loaded {
    std::int64_t sessions;
    std::vector<Municipality> municipalities;
  };
  const Loaded loaded = read(visit.call, [&](Transaction& transaction) {
    return Loaded{count_sessions(transaction, user, visit.call.now), transaction.municipalities().list()};
  });
  PageFrame frame = visit.frame(section_for(visit), visit.words("account_heading"));
  if (!form.faults.empty()) frame.status = form.status;
  TemplateData values = visit.values();
  fill_errors(values, form, visit.words);
  fill_fields(values, form, visit.words, kFields);
  values.set("saved", form.faults.empty() && visit.call.request.get_param_value("sparat") == "1");
  TemplateData facts{TemplateData::type::list};
  add_fact(facts, visit.words("account_name"), user.name);
  add_fact(facts, visit.words("account_email"), user.email);
  add_fact(facts, visit.words("account_role"), visit.words("role_" + std::string{to_code(visit.actor().role)}));
  values.set("facts", facts);
  TemplateData places{TemplateData::type::list};
  for (const Municipality& one : loaded.municipalities) {
    const User::Scope* scope = one.id == visit.municipality.id ? nullptr : user.scope_in(one.id);
    if (!scope) continue;
    TemplateData place;
    place.set("href", with_query(visit.root + "/" + one.code + first_page_of(scope->role), {{"lang", visit.call.request.get_param_value("lang")}}));
    place.set("name", one.name + ", " + visit.words("role_" + std::string{to_code(scope->role)}));
    places.push_back(place);
  }
  values.set("elsewhere", places.is_non_empty_list());
  values.set("places", places);
  values.set("languages", choices(visit.words, "language", names_of(Language{}), form.value("language")));
  values.set("officer", visit.actor().role == Role::municipality);
  values.set("weekend_digest", !form.value("weekend_digest").empty());
  values.set("sessions", loaded.sessions == 1 ? visit.words("account_session_one")
                                              : visit.words("account_session_many", {{"{n}", std::to_string(loaded.sessions)}}));
  visit.answer(frame, "account", values);
}

/// The user as now, not as the session was found.
User user_of(Visit& visit, Transaction& transaction) {
  const auto user = transaction.users().find(visit.visitor->signed_in.user.id);
  if (!user) throw Error{ErrorCode::not_found, "There is no such user."};
  return *user;
}

void get_account(Visit& visit) {
  const User user = read(visit.call, [&](Transaction& transaction) { return user_of(visit, transaction); });
  show(visit, user, as_it_is(user.mail));
}

MailPreferences typed_mail(Form& form, MailPreferences mail, bool officer) {
  mail.language = code_from<Language>(form.value("language")).value_or(mail.language);
  if (!officer) return mail;
  const auto time = [&](const char* field) {
    const std::string& typed = form.value(field);
    const auto read = parse_time_of_day(typed);
    if (!read && !typed.empty()) form.refuse("quiet_from", "error_account_quiet");
    return read;
  };
  mail.quiet_from = time("quiet_from");
  mail.quiet_to = time("quiet_to");
  mail.weekend_digest = !form.value("weekend_digest").empty();
  if (const auto times = times_in(form.value("digest_at")))
    mail.digest_at = *times;
  else
    form.refuse("digest_at", "error_account_digest");
  return mail;
}

void post_account(Visit& visit) {
  constexpr std::array<Form::Meant, 3> kMeant{{{"/mail/digest_at", "digest_at", "error_account_digest"},
                                               {"/mail/quiet_from", "quiet_from", "error_account_quiet"},
                                               {"/mail/quiet_to", "quiet_from", "error_account_quiet"}}};
  Form& form = visit.form();
  User user = read(visit.call, [&](Transaction& transaction) { return user_of(visit, transaction); });
  const MailPreferences mail = typed_mail(form, user.mail, visit.actor().role == Role::municipality);
  if (form.faults.empty()) {
    try {
      visit.call.app.store.write([&](Transaction& transaction) {
        user = user_of(visit, transaction);
        user.mail = mail;
        validate(user);
        transaction.users().update(user);
      });
    } catch (const Error& error) {
      form.refuse(error, kMeant);
    }
  }
  if (!form.faults.empty()) return show(visit, user, form);
  visit.call.app.sessions.forget();
  answer_see_other(visit.call.response, visit.link("/konto", {{"sparat", "1"}}));
}

void post_sign_out_everywhere(Visit& visit) {
  visit.call.app.store.write([&](Transaction& transaction) { transaction.sessions().remove_of_user(visit.visitor->signed_in.user.id); });
  visit.call.app.sessions.forget();
  visit.call.response.set_header("Set-Cookie", session_cookie(""));
  answer_see_other(visit.call.response, visit.link("/logga-in"));
}

}  // namespace

std::vector<Route> account_routes() {
  return page_routes_of({{"GET", "/konto", kStaff, get_account},
                         {"POST", "/konto", kStaff, post_account, kTextForm},
                         {"POST", "/konto/logga-ut", kStaff, post_sign_out_everywhere, kTextForm}});
}

}  // namespace klotterkoll
