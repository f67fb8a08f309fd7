#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/user.h"
#include "sessions.h"
#include "support/forms.h"
#include "support/test_service.h"
#include "workflow/sign_in.h"

namespace klotterkoll::test {

/// An officer of Höör at the pages of the kommun, in a browser without scripts.
class Desk {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  TestService service;

  Desk() { sit_down(add_user(Role::municipality, "1267")); }

  User add_user(Role role, const std::string& code, const std::string& owner_id = "") {
    User user;
    user.email = std::string{to_code(role)} + std::to_string(++users_) + "@example.se";
    user.name = "Kim Handläggare";
    user.created_at = service.clock.now();
    return write(*service.store, [&](Transaction& transaction) {
      User added = user;
      added.home = transaction.municipalities().find_id(code).value();
      added.set_scope({added.home, role, owner_id, false});
      added.id = transaction.users().add(added);
      return added;
    });
  }
  /// Whoever sits there from now on; nobody without a user.
  void sit_down(const std::optional<User>& user) {
    token_.clear();
    cookie_.clear();
    if (!user) return;
    RandomIdSource ids;
    cookie_ = std::string{kSessionCookie} + "=" + write(*service.store, [&](Transaction& transaction) { return begin_session(transaction, *user, ids, service.clock.now()); });
  }

  Answer get(const std::string& path) {
    Answer answer = service.send("GET", whole(path), "", "", headers());
    constexpr std::string_view kField = "name=\"form_token\" value=\"";
    if (const auto at = answer.body.find(kField); at != std::string::npos)
      token_ = answer.body.substr(at + kField.size(), answer.body.find('"', at + kField.size()) - at - kField.size());
    return answer;
  }
  Answer post(const std::string& path, Fields fields, const std::vector<std::string>& pictures = {}) {
    if (token_.empty() && !cookie_.empty()) get("/kommun");
    fields.emplace_back("form_token", token_);
    return service.send("POST", whole(path), "", form_of_fields(fields, pictures), headers(), kFormType);
  }

  static std::string page_of(const std::string& reference) { return "/kommun/arenden/" + reference; }
  std::string version_of(const std::string& reference) { return std::to_string(service.see(reference, service.officer)["version"].get<int>()); }
  /// One of the actions of the case's page, as its version is now.
  Answer act(const std::string& reference, const std::string& slug, Fields fields, const std::vector<std::string>& pictures = {}) {
    fields.emplace_back("version", version_of(reference));
    return post(page_of(reference) + "/" + slug, std::move(fields), pictures);
  }
  std::string open_nowhere(const std::string& address = "Okända gränd 1") { return service.open_case_at(address); }

 private:
  static std::string whole(const std::string& path) { return path.starts_with("/1267") || path.starts_with("/1266") ? path : "/1267" + path; }
  Headers headers() const { return cookie_.empty() ? Headers{} : Headers{{"Cookie", cookie_}}; }

  int users_ = 0;
  std::string cookie_, token_;
};

inline bool holds(const Answer& answer, std::string_view text) { return answer.body.find(text) != std::string::npos; }

}  // namespace klotterkoll::test
