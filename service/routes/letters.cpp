#include <sodium.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/values.h"
#include "notify/base64.h"
#include "notify/letter.h"
#include "router.h"
#include "workflow/closing_links.h"

namespace klotterkoll {
namespace {

/// The page has one style, which stands in it; everything else stays forbidden.
std::string policy() {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  const std::string_view style = LetterTexts::style();
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(style.data()), style.size());
  return "default-src 'none'; style-src 'sha256-" + base64({reinterpret_cast<const char*>(hash.data()), hash.size()}) + "'; frame-ancestors 'none'";
}

LetterContent letter_of(const Settings& settings, const ReferenceCipher& references, const CaseRow& row, const Owner& owner, const nlohmann::json& body,
                        Instant now) {
  LetterContent letter;
  letter.language = code_in<Language>(body, "language").value_or(owner.mail.language);
  letter.zone = settings.zone;
  letter.municipality_name = settings.municipality.name;
  letter.to = body.value("to", std::vector<std::string>{});
  if (letter.to.empty()) letter.to.push_back(owner.name);
  letter.contact = text_in(body, "contact");
  const Limit& limit = policy_of_version(settings.policies, row.policy_version).limit_for(row.category, row.category_confirmed);
  (limit.mode == CountingMode::hours ? letter.limit_hours : letter.limit_days) = limit.amount;
  if (limit.mode == CountingMode::hours) letter.limit_days = 0;
  letter.written_at = now;
  letter.item.reference = references.encode(row.id);
  letter.item.category = row.category;
  letter.item.surface = row.surface;
  letter.item.object_type = row.object_type;
  letter.item.place = in_words(row.place);
  letter.item.at = now;
  letter.item.due_at = row.due_at;
  return letter;
}

/// Each letter holds a link of its own, so it is made by a POST; a GET that did so would make one for every look.
void post_letter(Call& call) {
  call.allow_query({});
  static const LetterTexts texts;
  static const std::string kPolicy = policy();
  const nlohmann::json body = call.body("letter");
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    const CaseId id = call.case_id();
    const auto row = id.municipality() == settings->municipality.id ? transaction.cases().find_to_change(id) : std::nullopt;
    if (!row) throw Error{ErrorCode::not_found, "There is no such case in " + settings->municipality.name + "."};
    if (row->state != CaseState::assigned)
      throw Error{ErrorCode::conflict, "A letter goes to the owner of an open case; this one is " + std::string{to_code(row->state)} + "."};
    const Owner owner = transaction.owners().find(settings->municipality.id, row->owner_id).value();
    LetterContent letter = letter_of(*settings, call.app.store.references(), *row, owner, body, call.now);
    letter.item.closing_url = closing_url_for(transaction, *settings, *row, call.app.public_url, "", call.app.ids, call.now);
    call.response.headers.erase("Content-Security-Policy");
    call.response.set_header("Content-Security-Policy", kPolicy);
    Created created;
    created.body = texts.write(letter);
    created.location = "/municipalities/" + settings->municipality.code + "/cases/" + letter.item.reference;
    created.secret = true;
    created.content_type = "text/html; charset=utf-8";
    return [created = std::move(created)] { return created; };
  });
}

}  // namespace

std::vector<Route> letter_routes() {
  return {with_json({"POST", "/api/v1/municipalities/{}/cases/{}/letters", {Role::municipality}, post_letter})};
}

}  // namespace klotterkoll
