#include "support/browser.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "sessions.h"
#include "support/forms.h"

namespace klotterkoll::test {
namespace {

std::string decoded(std::string text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kMarks{
      {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&#39;", "'"}, {"&amp;", "&"}}};
  for (const auto& [mark, meant] : kMarks)
    for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + meant.size())) text.replace(at, mark.size(), meant);
  return text;
}

/// The value of an attribute of the tag, which ends at its ">"; nothing when it has none.
std::optional<std::string> attribute_in(const std::string& tag, const std::string& name) {
  const auto at = tag.find(" " + name + "=\"");
  if (at == tag.npos) return std::nullopt;
  const auto begin = at + name.size() + 3;
  return decoded(tag.substr(begin, tag.find('"', begin) - begin));
}

bool is_set(const std::string& tag, const std::string& name) {
  return tag.find(" " + name + " ") != tag.npos || tag.find(" " + name + ">") != tag.npos;
}

/// The first "name=value" of a Set-Cookie.
std::pair<std::string, std::string> cookie_of(const std::string& header) {
  const std::string first = header.substr(0, header.find(';'));
  return {first.substr(0, first.find('=')), first.substr(first.find('=') + 1)};
}

}  // namespace

std::string WebPage::text() const {
  std::string words;
  bool tag = false;
  for (const char c : body) {
    if (c == '<') tag = true;
    const bool space = tag || c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (c == '>') tag = false;
    if (!space) words += c;
    if (space && !words.empty() && words.back() != ' ') words += ' ';
  }
  return decoded(words);
}

std::optional<std::string> WebPage::field(const std::string& name) const {
  for (auto at = body.find(" name=\"" + name + "\""); at != body.npos; at = body.find(" name=\"" + name + "\"", at + 1)) {
    const auto begin = body.rfind('<', at), end = body.find('>', at);
    const std::string tag = body.substr(begin, end + 1 - begin);
    if (tag.starts_with("<textarea")) {
      const std::string inside = body.substr(end + 1, body.find("</textarea>", end) - end - 1);
      return decoded(inside.starts_with('\n') ? inside.substr(1) : inside);
    }
    if (tag.starts_with("<select")) {
      const std::string list = body.substr(end, body.find("</select>", end) - end);
      const auto chosen = list.find(" selected>");
      const auto option = chosen == list.npos ? list.find("<option") : list.rfind("<option", chosen);
      return attribute_in(list.substr(option, list.find('>', option) + 1 - option), "value").value_or("");
    }
    const std::string type = attribute_in(tag, "type").value_or("");
    if ((type == "radio" || type == "checkbox") && !is_set(tag, "checked")) continue;
    if (tag.starts_with("<input")) return attribute_in(tag, "value").value_or("");
  }
  return std::nullopt;
}

std::string WebPage::attribute(const std::string& start, const std::string& name) const {
  const auto at = body.find(start);
  return at == body.npos ? "" : attribute_in(body.substr(at, body.find('>', at) + 1 - at), name).value_or("");
}

User add_user(TestService& service, Role role, const std::vector<std::string>& codes, const std::string& owner_id) {
  User user;
  user.email = std::string{to_code(role)} + std::to_string(service.store.ask("SELECT COUNT(*) FROM users") + 1) + "@example.se";
  user.name = "Kim " + std::string{to_code(role)};
  user.created_at = service.clock.now();
  return write(*service.store, [&](Transaction& transaction) {
    User added = user;
    for (const std::string& code : codes)
      added.set_scope({transaction.municipalities().find_id(code).value(), role, role == Role::owner ? owner_id : "", role == Role::municipality});
    added.home = added.scopes.front().municipality;
    added.id = transaction.users().add(added);
    return added;
  });
}

std::string form_of(const Visitor::Fields& fields, const std::vector<Visitor::File>& files) {
  std::string form;
  for (const auto& [name, value] : fields) form += "--edge\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  for (const auto& [field, name, bytes] : files)
    form += "--edge\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + name +
            "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + bytes + "\r\n";
  return form + "--edge--\r\n";
}

User Visitor::sign_in(Role role, const std::string& owner_id) { return sign_in(add_user(service_, role, {"1267"}, owner_id)); }

User Visitor::sign_in(const User& user) {
  RandomIdSource ids;
  cookies[kSessionCookie] = write(*service_.store, [&](Transaction& transaction) { return begin_session(transaction, user, ids, service_.clock.now()); });
  form_token_.clear();
  return user;
}

WebPage Visitor::get(const std::string& path) { return send("GET", path, ""); }

WebPage Visitor::post(const std::string& path, const Fields& fields, const std::vector<File>& files) {
  Fields sent = fields;
  const bool named = std::ranges::find(fields, "form_token", &Fields::value_type::first) != fields.end();
  if (!named && cookies.contains(kSessionCookie)) {
    // Every page has it, in the form that signs out.
    if (form_token_.empty()) get("/kommun");
    sent.emplace(sent.begin(), "form_token", form_token_);
  }
  return send("POST", path, form_of(sent, files));
}

WebPage Visitor::follow(const WebPage& answer) {
  REQUIRE_MESSAGE(answer.status == 303, answer.path << ": " << answer.status << " " << answer.text());
  return get(answer.header("location"));
}

WebPage Visitor::send(const std::string& method, const std::string& path, const std::string& body) {
  const bool whole = path.starts_with(base + "/") || path.starts_with("/1267/") || path.starts_with("/1266/") || path.starts_with("/assets/");
  WebPage page;
  page.path = whole ? path : base + path;
  Headers all = headers;
  std::string kept;
  for (const auto& [name, value] : cookies) kept += (kept.empty() ? "" : "; ") + name + "=" + value;
  if (!kept.empty()) all.emplace("Cookie", kept);
  static_cast<Answer&>(page) = service_.send(method, page.path, "", body, all, kFormType);
  for (auto [at, last] = page.headers.equal_range("set-cookie"); at != last; ++at) {
    const auto [name, value] = cookie_of(at->second);
    cookies[name] = value;
    if (value.empty()) cookies.erase(name);
    if (name == kSessionCookie) form_token_.clear();
  }
  if (const auto token = page.field("form_token"); token && !token->empty()) form_token_ = *token;
  return page;
}

}  // namespace klotterkoll::test
