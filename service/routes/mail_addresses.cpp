#include <nlohmann/json.hpp>

#include "json/values.h"
#include "router.h"
#include "workflow/reporter_addresses.h"

namespace klotterkoll {
namespace {

const std::string kAddress = "/api/v1/municipalities/{}/mail-addresses/{}";

/// What a form of a page, or a mail program's one click (RFC 8058), sends along. Who may say it follows from the token, what
/// is said from the path.
constexpr std::size_t kFormBody = 4096;

template <typename Say>
void answer_with(Call& call, Say&& say) {
  // A form's members come as parameters do; whatever they are, they are not looked at.
  const ReporterAddress address = write(call, [&](Transaction& transaction) {
    return say(transaction, call.settings(transaction)->municipality.id, call.parameter(1), call.now);
  });
  call.no_store();
  call.answer(nlohmann::json{{"mail", address.wants_mail() ? "wanted" : "stopped"}, {"confirmed_at", shown(address.confirmed_at)},
                             {"stopped_at", shown(address.stopped_at)}});
}

void post_confirmation(Call& call) { answer_with(call, confirm_address); }
void post_stop(Call& call) { answer_with(call, stop_mail); }

Route with_form(Route route) {
  route.body_limit = kFormBody;
  route.content_types = {"application/x-www-form-urlencoded", "multipart/form-data", "application/json"};
  return route;
}

}  // namespace

std::vector<Route> mail_address_routes() {
  return {with_form({"POST", kAddress + "/confirmation", kPublic, post_confirmation}),
          with_form({"POST", kAddress + "/stop", kPublic, post_stop})};
}

}  // namespace klotterkoll
