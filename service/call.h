#pragma once

#include <httplib.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access.h"
#include "app.h"
#include "base/form.h"
#include "domain/store.h"

namespace klotterkoll {

/// One request on its way through a route: who asks, when, for what. Reading from it throws Error{malformed} with a
/// sentence that names the field.
class Call {
 public:
  Call(App& used, const httplib::Request& asked, httplib::Response& answered, const Caller& by, std::vector<std::string> parameters)
      : app(used), request(asked), response(answered), caller(by), now(used.clock.now()), api_url_(api_url_of(used)), parameters_(std::move(parameters)) {}

  App& app;
  const httplib::Request& request;
  httplib::Response& response;
  const Caller& caller;
  const Instant now;  ///< read once, so that the request agrees with itself

  // The path.
  /// The n-th variable part, as in the route's pattern.
  const std::string& parameter(std::size_t n) const { return parameters_.at(n); }
  std::string parameter_or(const std::string& fallback, std::size_t n) const {
    return n < parameters_.size() ? parameters_[n] : fallback;
  }
  /// The settings of the municipality named first in the path. Error{not_found} when there is none, or when the caller's
  /// key is for others only.
  std::shared_ptr<const Settings> settings(Transaction& transaction) const;
  Actor actor(const Settings& settings) const { return caller.actor_in(settings.municipality.id); }
  /// The keys named second in the path. Error{not_found} for what cannot be one.
  CaseId case_id() const;
  ReportId report_id() const;

  // The query.
  /// Error{malformed} for parameters that are not among these, or given twice.
  void allow_query(std::initializer_list<std::string_view> names) const;
  /// The value; an empty one counts as absent.
  std::optional<std::string> query(const std::string& name) const;
  std::string required_query(const std::string& name) const;
  std::optional<Instant> query_instant(const std::string& name) const;
  LocalDate required_date(const std::string& name) const;
  std::optional<std::int64_t> query_whole(const std::string& name, std::int64_t least, std::int64_t most) const;
  template <typename Enum>
  std::optional<Enum> query_code(const std::string& name) const {
    const auto text = query(name);
    if (!text) return std::nullopt;
    const auto code = code_from<Enum>(*text);
    if (!code) refuse_code(name, *text, names_of(Enum{}));
    return code;
  }
  /// `page` and `limit` of a list.
  Page page() const;

  // The body.
  /// The body, held against a request schema; empty texts count as absent.
  nlohmann::json body(std::string_view schema) const;
  /// Whether the body is a multipart form, and its fields, which lie in the body.
  bool is_form() const;
  std::vector<FormField> form() const;

  // Preconditions.
  /// The version in If-Match. Error{malformed} when it is not one of our ETags.
  std::optional<std::int64_t> if_match() const;
  /// The same where it is required. Error{precondition_required}.
  std::int64_t required_if_match() const;

  // The answer.
  /// Where the service is from outside, up to /api/v1.
  const std::string& api_url() const { return api_url_; }
  std::string municipality_url(const Settings& settings) const;
  /// A JSON document, written already.
  void answer(std::string text, int status = 200) const;
  void answer(const nlohmann::json& body, int status = 200) const;
  /// A page of a list; `items` is a JSON array of `count`.
  void answer_list(const std::string& items, std::int64_t count, std::int64_t total, const Page& page) const;
  void answer_list(const nlohmann::json& items, std::int64_t total, const Page& page) const;
  /// Sets ETag; answers 304 and returns true when the caller has this version already.
  bool tagged(const std::string& etag) const;
  void no_store() const { response.set_header("Cache-Control", "no-store"); }

 private:
  template <std::size_t n>
  [[noreturn]] static void refuse_code(const std::string& name, const std::string& text, const std::array<Names, n>& names) {
    refuse_code(name, text, std::vector<std::string_view>(names.begin(), names.end()));
  }
  [[noreturn]] static void refuse_code(const std::string& name, const std::string& text, const std::vector<std::string_view>& names);

  static std::string api_url_of(const App& app);

  std::string api_url_;  ///< told by the connection, which the writing thread does not know
  std::vector<std::string> parameters_;
};

/// What a POST that creates answers.
struct Created {
  std::string body;
  std::string location;
  int status = 201;
  bool secret = false;  ///< holds a key or a secret link: never stored, a repeat of the request is a conflict
  bool kept = true;     ///< false: nothing was written, so nothing is stored, and a repeat is a new request
  const char* content_type = "application/json; charset=utf-8";  ///< another only of what is not stored
};

/// Renders what was made; it no longer needs the transaction.
using Render = std::function<Created()>;

/// Runs a POST that creates in one writing transaction and answers with what it made. With an Idempotency-Key the first
/// answer is stored in that transaction and replayed for 24 hours: Error{refused} with another body, Error{conflict}
/// while the first still runs. Without one it is rendered after the commit, so that the writing thread does not wait for it.
///
/// `body` is what two requests are compared by: the request's body, unless that may differ where nothing else does, as a
/// form's boundary.
void create(Call& call, const std::function<Render(Transaction&)>& make, std::optional<std::string_view> body = {});

/// Runs a change in one writing transaction.
template <typename Work>
auto write(Call& call, Work&& work) {
  std::optional<decltype(work(std::declval<Transaction&>()))> result;
  call.app.store.write([&](Transaction& transaction) { result.emplace(work(transaction)); });
  return std::move(*result);
}
/// Asks on a snapshot, among the searches when it may take long.
template <typename Work>
auto read(Call& call, Work&& work, bool search = false) {
  std::optional<decltype(work(std::declval<Transaction&>()))> result;
  const auto run = [&](Transaction& transaction) { result.emplace(work(transaction)); };
  search ? call.app.store.search(run) : call.app.store.read(run);
  return std::move(*result);
}

}  // namespace klotterkoll
