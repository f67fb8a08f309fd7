#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pages/form.h"
#include "pages/page.h"
#include "pages/template.h"
#include "sessions.h"

namespace klotterkoll {

// The pages of a municipality. With one municipality, or by its host name, they lie at /anmal; else at /1267/anmal.

/// The parts of the service, each with its menu.
enum class Section { citizen, police, owner, municipality };

/// One visit to a page: who looks, at whose page, in which language, and where links from it lead.
class Visit {
 public:
  Visit(Call& made, Municipality tenant, bool code_in_path, std::shared_ptr<const Visitor> signed_in);

  Call& call;
  const Municipality municipality;  ///< as it was a second ago; its settings are in settings()
  const std::shared_ptr<const Visitor> visitor;  ///< null: nobody has signed in
  const std::string root;  ///< root_path
  const std::string base;  ///< where the municipality's pages begin: `root`, or `root` and its code
  const Words words;

  /// The n-th variable part of the page's own pattern.
  const std::string& parameter(std::size_t n) const { return call.parameter(n + skipped_); }
  /// The case that the n-th names. Error{not_found} when it can be none of this municipality.
  CaseId case_id(std::size_t n = 0) const;
  std::shared_ptr<const Settings> settings(Transaction& transaction) const;
  /// Who acts: somebody who has signed in, as the API's keys act, or a citizen.
  const Actor& actor() const { return actor_; }
  const TimeZone& zone(const Settings& settings) const { return settings.zone; }

  /// The address of a page, with the language when this one was asked for in it: link("/anmal") is "/1267/anmal?lang=en".
  std::string link(const std::string& path, const std::vector<std::pair<std::string, std::string>>& parameters = {}) const;
  /// This page with other parameters in place of its own.
  std::string here(const std::vector<std::pair<std::string, std::string>>& parameters = {}) const;
  /// The same with the host, for mails, QR codes and previews.
  std::string whole_address(const std::string& path) const;

  /// The form that was sent, read once. Error{malformed} when there is none.
  Form& form();

  /// What every template may use: `base`, `root`, `lang_query` ("?lang=en" or nothing), `lang_and` ("&lang=en"), `lang` (its
  /// code when it was asked for), `form_token`, `municipality` (its name).
  TemplateData values() const;
  /// What stands around a page of a section; with its menu. Citizens' pages are open, others secret.
  PageFrame frame(Section section, std::string title) const;
  void answer(const PageFrame& frame, std::string_view template_name, const TemplateData& values) const;

 private:
  std::size_t skipped_;      ///< variable parts before the page's own
  std::string path_;         ///< of the page, without `base`
  std::string asked_language_;
  Actor actor_;
  std::optional<Form> form_;
};

/// One page of each municipality, as the table of routes knows it.
struct PageRoute {
  std::string method;
  std::string pattern;  ///< "/arende/{}", without the municipality
  Roles roles;
  std::function<void(Visit&)> handle;
  std::size_t form_limit = 0;  ///< bytes of the form that it takes; 0: none
  int hourly_without_key = 0;  ///< Route::hourly_without_key
};
/// A form without files.
inline constexpr std::size_t kTextForm = 256 * 1024;

/// Each page twice, without and with the municipality's code. Whoever may not see it is asked to sign in; a form that was sent
/// after a session had ended can be sent again with all that was typed.
std::vector<Route> page_routes_of(std::vector<PageRoute> pages);

/// Who calls a page: by the session's cookie, as what the user is in the page's municipality.
Caller caller_of_page(App& app, const httplib::Request& request, const Route& route, const std::vector<std::string>& parameters);

/// Where somebody of that role begins: "/kommun".
std::string first_page_of(Role role);

}  // namespace klotterkoll
