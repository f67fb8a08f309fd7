#include <nlohmann/json.hpp>

#include "base/error.h"
#include "domain/mail_address.h"
#include "domain/notice.h"
#include "json/policy_json.h"
#include "json/values.h"
#include "router.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kMunicipalities = "/api/v1/municipalities";

json municipality_to_json(Transaction& transaction, const Municipality& municipality, const std::string& api_url) {
  const std::string self = api_url + "/municipalities/" + municipality.code;
  const auto& area = municipality.area;
  json links;
  links["self"] = {{"href", self}};
  for (const char* name : {"cases", "policy", "owners", "deadline"}) links[name] = {{"href", self + '/' + name}};
  links["compliance"] = {{"href", self + "/statistics/compliance"}};
  return {{"code", municipality.code},
          {"name", municipality.name},
          {"time_zone", municipality.time_zone},
          {"calendar", to_code(municipality.calendar)},
          {"host", shown(municipality.host)},
          {"notice_reply_to", shown(transaction.notices().reply_to(municipality.id))},
          {"area", area ? json{{"south", area->south}, {"west", area->west}, {"north", area->north}, {"east", area->east}} : json{}},
          {"_links", links}};
}

std::optional<Area> area_from_json(const json& body) {
  const auto at = body.find("area");
  if (at == body.end() || at->is_null()) return std::nullopt;
  return Area{at->at("south").get<double>(), at->at("west").get<double>(), at->at("north").get<double>(), at->at("east").get<double>()};
}

void list_municipalities(Call& call) {
  call.allow_query({"limit", "page"});
  const Page page = call.page();
  read(call, [&](Transaction& transaction) {
    const auto all = transaction.municipalities().list();
    json items = json::array();
    for (const Municipality& one : page_of(all, page)) items.push_back(municipality_to_json(transaction, one, call.api_url()));
    call.answer_list(items, std::ssize(all), page);
    return true;
  });
}

void post_municipality(Call& call) {
  call.allow_query({});
  const json body = call.body("municipality");
  create(call, [&](Transaction& transaction) -> Render {
    Municipality municipality;
    municipality.code = body.value("code", "");
    municipality.name = body.value("name", "");
    municipality.time_zone = body.value("time_zone", municipality.time_zone);
    municipality.calendar = code_from<Calendar>(body.value("calendar", "se")).value_or(Calendar::se);
    municipality.host = body.value("host", "");
    municipality.area = area_from_json(body);
    const auto mode = code_in<CountingMode>(body, "mode").value_or(CountingMode::calendar_days);
    const Policy policy = first_policy(municipality, mode, whole_in(body, "limit"));
    municipality.id = transaction.municipalities().add(municipality, policy);
    Created created;
    created.body = municipality_to_json(transaction, municipality, call.api_url()).dump();
    created.location = "/municipalities/" + municipality.code;
    return [created = std::move(created)] { return created; };
  });
}

void get_municipality(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    call.answer(municipality_to_json(transaction, call.settings(transaction)->municipality, call.api_url()));
    return true;
  });
}

/// A JSON merge patch: what is absent stays, null takes away.
void patch_municipality(Call& call) {
  call.allow_query({});
  const json body = call.body("municipality_patch");
  const std::string changed = write(call, [&](Transaction& transaction) {
    Municipality municipality = call.settings(transaction)->municipality;
    if (body.contains("name")) municipality.name = body["name"].is_null() ? "" : body["name"].get<std::string>();
    if (body.contains("host")) municipality.host = body["host"].is_null() ? "" : body["host"].get<std::string>();
    if (body.contains("area")) municipality.area = area_from_json(body);
    validate(municipality);
    if (body.contains("notice_reply_to")) {
      const std::string email = text_in(body, "notice_reply_to");
      if (!email.empty() && !is_mail_address(email))
        throw Error{ErrorCode::refused, "\"" + email + "\" is no mail address; write one such as gata@hoor.se.", "/notice_reply_to"};
      transaction.notices().set_reply_to(municipality.id, email);
    }
    transaction.municipalities().update(municipality);
    return municipality_to_json(transaction, municipality, call.api_url()).dump();
  });
  call.answer(changed);
}

}  // namespace

std::vector<Route> municipality_routes() {
  return {{"GET", kMunicipalities, kAnyone, list_municipalities},
          with_json({"POST", kMunicipalities, {Role::admin}, post_municipality}),
          {"GET", kMunicipalities + "/{}", kAnyone, get_municipality},
          with_json({"PATCH", kMunicipalities + "/{}", {Role::admin}, patch_municipality})};
}

}  // namespace klotterkoll
