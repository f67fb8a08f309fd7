#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/tabular.h"
#include "domain/police_reference.h"
#include "json/case_json.h"
#include "json/photo_json.h"
#include "json/values.h"
#include "router.h"
#include "workflow/claim.h"

namespace klotterkoll {
namespace {

const std::string kClaims = "/api/v1/municipalities/{}/claims/{}";

/// What the caller may see of a K-number: police and the municipality all of it, an owner its own cases.
struct Claim {
  std::shared_ptr<const Settings> settings;
  Actor actor;
  std::string police_reference;
  std::vector<CaseRow> cases;
};

Claim load_claim(const Call& call, Transaction& transaction) {
  Claim claim;
  claim.settings = call.settings(transaction);
  claim.actor = call.actor(*claim.settings);
  const std::string& written = call.parameter(1);
  if (const auto parsed = parse_police_reference(written)) {
    claim.police_reference = *parsed;
    claim.cases = cases_of_claim(transaction, *claim.settings, *parsed);
  }
  if (claim.actor.role == Role::owner)
    std::erase_if(claim.cases, [&](const CaseRow& row) { return row.owner_id.empty() || row.owner_id != claim.actor.owner_id; });
  if (claim.cases.empty()) throw Error{ErrorCode::not_found, "There is no case here under such a number for you; it is written as 5000-K123456-26."};
  return claim;
}

std::string owner_name(const CaseRow& row, const Settings& settings) {
  const auto at = settings.owners.find(row.owner_id);
  return at == settings.owners.end() ? "" : at->second.name;
}

void write_claimed(JsonWriter& out, Transaction& transaction, const CaseRow& row, const Settings& settings, const ReferenceCipher& references,
                   const Actor& actor) {
  out.object([&] {
    out.member("reference", references.encode(row.id));
    out.member("state", row.state);
    out.member("category", row.category);
    out.member("surface", row.surface);
    out.member("object_type", row.object_type);
    out.object("location", [&] { write_place_members(out, row.place); });
    out.member("owner_id", or_null(row.owner_id));
    out.member("owner_name", or_null(owner_name(row, settings)));
    out.member("reported_at", row.first_reported_at);
    out.member("received_at", row.first_received_at);
    out.member("removed_at", row.removed_at);
    out.member("method", row.method);
    out.member("cost_sek", row.cost_sek);
    out.member("merged_into", row.merged_into ? std::optional{references.encode(row.merged_into)} : std::nullopt);
    out.array("photo_ids", [&] {
      for (const ShownPhoto& shown : photos_shown(transaction, row, actor)) out.write(references.encode(shown.photo.id));
    });
  });
}

void get_claim(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const Claim claim = load_claim(call, transaction);
    const ClaimTotal total = total_of(claim.cases);
    call.no_store();
    call.answer(json_text([&](JsonWriter& out) {
      out.object([&] {
        out.member("police_reference", claim.police_reference);
        out.member("municipality", claim.settings->municipality.code);
        out.member("cases", total.cases);
        out.member("removed", total.removed);
        out.member("costed", total.costed);
        out.member("cost_sek", total.cost_sek);
        out.array("items", [&] {
          for (const CaseRow& row : claim.cases) write_claimed(out, transaction, row, *claim.settings, call.app.store.references(), claim.actor);
        });
      });
    }));
    return true;
  });
}

void get_claim_csv(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const Claim claim = load_claim(call, transaction);
    const ReferenceCipher& references = call.app.store.references();
    const auto number = [](const auto& value) { return value ? nlohmann::json(*value).dump() : std::string{}; };
    const auto word = [](const auto& code) { return code ? std::string{to_code(*code)} : std::string{}; };
    std::string table =
        "police_reference,reference,state,category,surface,object_type,lat,lon,address,designation,owner_id,owner_name,reported_at,"
        "received_at,removed_at,method,cost_sek,merged_into,photo_ids\r\n";
    for (const CaseRow& row : claim.cases) {
      std::string photo_ids;
      for (const ShownPhoto& shown : photos_shown(transaction, row, claim.actor)) photo_ids += (photo_ids.empty() ? "" : " ") + references.encode(shown.photo.id);
      const auto& point = row.place.point;
      const std::vector<std::string> cells = {
          claim.police_reference, references.encode(row.id), std::string{to_code(row.state)}, std::string{to_code(row.category)},
          word(row.surface), word(row.object_type), number(point ? std::optional{point->lat} : std::nullopt),
          number(point ? std::optional{point->lon} : std::nullopt), row.place.address, row.place.designation, row.owner_id,
          owner_name(row, *claim.settings), format_instant(row.first_reported_at), format_instant(row.first_received_at),
          row.removed_at ? format_instant(*row.removed_at) : "", word(row.method), number(row.cost_sek),
          row.merged_into ? references.encode(row.merged_into) : "", photo_ids};
      table += csv_row(cells, ',');
    }
    call.no_store();
    call.response.set_header("Content-Disposition", "attachment; filename=\"" + claim.police_reference + ".csv\"");
    call.response.set_content(table, "text/csv; charset=utf-8");
    return true;
  });
}

}  // namespace

std::vector<Route> claim_routes() {
  const Roles who{Role::police, Role::owner, Role::municipality};
  return {{"GET", kClaims + ".csv", who, get_claim_csv}, {"GET", kClaims, who, get_claim}};
}

}  // namespace klotterkoll
