#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/user.h"
#include "support/test_service.h"

namespace klotterkoll::test {

/// A page as a browser got it.
struct WebPage : Answer {
  std::string path;  ///< that was asked for

  bool holds(std::string_view text) const { return body.find(text) != std::string::npos; }
  /// What people read of it: without tags, marks of HTML turned into what they stand for, white space as one space.
  std::string text() const;
  /// What stands in the first field of that name: an input's value, a text area's text, the chosen option of a list, the value of the button
  /// or box that is checked. Nothing when the page has no such field.
  std::optional<std::string> field(const std::string& name) const;
  /// The attribute of the first tag that begins with `start`, which is as far as the tag is known: attribute("<a class=\"button\"", "href").
  std::string attribute(const std::string& start, const std::string& name) const;
};

/// A browser without scripts that looks at the pages of one municipality.
///
///   Visitor visitor{service};
///   visitor.sign_in(Role::municipality);
///   WebPage page = visitor.get("/kommun");
///   page = visitor.follow(visitor.post("/kommun/fordela", {{"owner_id", "hfab"}}));
class Visitor {
 public:
  /// A path that does not begin with a municipality's code is put behind `base`, which is where Höör's pages lie beside Hörby's.
  explicit Visitor(TestService& service, std::string pages_at = "/1267") : base(std::move(pages_at)), service_(service) {}

  std::string base;
  Headers headers;  ///< sent with each request
  std::map<std::string, std::string> cookies;

  /// Signs in a new user of that role in Höör (an owner's is HFAB's), or one that there is; gives the user.
  User sign_in(Role role, const std::string& owner_id = "hfab");
  User sign_in(const User& user);

  WebPage get(const std::string& path);
  struct File {
    std::string field, name, bytes;
  };
  using Fields = std::vector<std::pair<std::string, std::string>>;
  /// Sends a form with the session's form_token, which the last page had, unless the fields name another.
  WebPage post(const std::string& path, const Fields& fields, const std::vector<File>& files = {});
  /// The page to which an answer sends the browser. The test fails unless it is 303.
  WebPage follow(const WebPage& answer);

 private:
  WebPage send(const std::string& method, const std::string& path, const std::string& body);

  TestService& service_;
  std::string form_token_;
};

/// A user of that role in those municipalities; an owner's is one of `owner_id`.
User add_user(TestService& service, Role role, const std::vector<std::string>& codes = {"1267"}, const std::string& owner_id = "hfab");
/// A form as a browser sends it, with boundary "edge".
std::string form_of(const Visitor::Fields& fields, const std::vector<Visitor::File>& files);

}  // namespace klotterkoll::test
