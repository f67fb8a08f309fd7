#include "pages/page.h"
#include "pages/template.h"
#include "workflow/reporter_addresses.h"

namespace klotterkoll {
namespace {

const std::string kPage = "/post/{}/{}";
/// A form with nothing in it but what a browser adds.
constexpr std::size_t kFormBody = 4096;

struct Shown {
  ReporterAddress address;
  std::string municipality;
};

/// Nothing when the municipality or the token is not there: that tells nobody which of them.
std::optional<Shown> find(const Call& call, Transaction& transaction) {
  const auto settings = transaction.municipalities().find_settings(call.parameter(0));
  if (!settings) return std::nullopt;
  auto address = address_of_token(transaction, settings->municipality.id, call.parameter(1));
  return address ? std::optional{Shown{std::move(*address), settings->municipality.name}} : std::nullopt;
}

std::string path_of(const Call& call) { return root_path(call.app) + "/post/" + call.parameter(0) + "/" + call.parameter(1); }

std::string query_of(const Call& call) {
  const std::string language = call.request.get_param_value("lang");
  return find_language(language) ? "?lang=" + language : "";
}

void get_page(Call& call) {
  const auto shown = read(call, [&](Transaction& transaction) { return find(call, transaction); });
  PageFrame frame;
  frame.language = &language_of(call.request, Language::sv);
  frame.root = root_path(call.app);
  frame.address = path_of(call);
  const Words words{*frame.language};
  if (!shown) {
    frame.status = 404;
    return answer_message(call.response, frame, words("unknown_heading"), {words("mail_unknown")});
  }
  frame.tenant = shown->municipality;
  const char* const state = shown->address.stopped_at ? "stopped" : shown->address.confirmed_at ? "wanted" : "asked";
  frame.title = words(std::string{"mail_"} + state + "_heading");
  TemplateData values;
  values.set("heading", frame.title);
  values.set("text", words(std::string{"mail_"} + state, {{"{municipality}", shown->municipality}}));
  values.set("may_confirm", !shown->address.wants_mail());
  values.set("may_stop", !shown->address.stopped_at);
  values.set("yes", path_of(call) + "/ja" + query_of(call));
  values.set("no", path_of(call) + "/nej" + query_of(call));
  answer_page(call.response, frame, render("mail", words.language(), values));
}

void to_page(const Call& call) {
  call.response.status = 303;
  call.response.set_header("Location", path_of(call) + query_of(call));
  call.response.set_header("Referrer-Policy", "no-referrer");
  call.no_store();
}

template <typename Say>
void post(Call& call, Say&& say) {
  require_same_site(call);
  call.app.store.write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().find_settings(call.parameter(0));
    // The page tells what is not there, as it does when it is looked at.
    if (settings && address_of_token(transaction, settings->municipality.id, call.parameter(1)))
      say(transaction, settings->municipality.id, call.parameter(1), call.now);
  });
  to_page(call);
}

Route with_form(Route route) {
  route.body_limit = kFormBody;
  route.content_types = {"application/x-www-form-urlencoded"};
  return route;
}

}  // namespace

std::vector<Route> mail_page_routes() {
  return {{"GET", kPage, kAnyone, get_page},
          {"GET", kPage + "/ja", kAnyone, [](Call& call) { to_page(call); }},
          with_form({"POST", kPage + "/ja", kAnyone, [](Call& call) { post(call, confirm_address); }}),
          {"GET", kPage + "/nej", kAnyone, [](Call& call) { to_page(call); }},
          with_form({"POST", kPage + "/nej", kAnyone, [](Call& call) { post(call, stop_mail); }})};
}

}  // namespace klotterkoll
