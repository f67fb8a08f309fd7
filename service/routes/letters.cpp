#include <sodium.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/values.h"
#include "notify/base64.h"
#include "notify/letter.h"
#include "router.h"
#include "routes/letter_answer.h"
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

LetterContent letter_of(const Settings& settings, const ReferenceCipher& references, const CaseRow& row, const Owner& owner, const LetterWish& wish,
                        Instant now) {
  LetterContent letter;
  letter.language = wish.language.value_or(owner.mail.language);
  letter.zone = settings.zone;
  letter.municipality_name = settings.municipality.name;
  letter.to = wish.to;
  if (letter.to.empty()) letter.to.push_back(owner.name);
  letter.contact = wish.contact;
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
  const nlohmann::json body = call.body("letter");
  const LetterWish wish{code_in<Language>(body, "language"), body.value("to", std::vector<std::string>{}), text_in(body, "contact")};
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    const CaseId id = call.case_id();
    Created created;
    created.body = letter_to_owner(call, transaction, *settings, id, {}, wish);
    created.location = "/municipalities/" + settings->municipality.code + "/cases/" + call.app.store.references().encode(id);
    created.secret = true;
    created.content_type = "text/html; charset=utf-8";
    return [created = std::move(created)] { return created; };
  });
}

}  // namespace

std::string letter_to_owner(const Call& call, Transaction& transaction, const Settings& settings, CaseId id, std::optional<std::int64_t> version,
                            const LetterWish& wish) {
  static const LetterTexts texts;
  static const std::string kPolicy = policy();
  const auto row = id.municipality() == settings.municipality.id ? transaction.cases().find_to_change(id) : std::nullopt;
  if (!row) throw Error{ErrorCode::not_found, "There is no such case in " + settings.municipality.name + "."};
  if (version && row->version != *version) throw Error{ErrorCode::stale, "The case has changed since."};
  if (row->state != CaseState::assigned)
    throw Error{ErrorCode::conflict, "A letter goes to the owner of an open case; this one is " + std::string{to_code(row->state)} + "."};
  const Owner owner = transaction.owners().find(settings.municipality.id, row->owner_id).value();
  LetterContent letter = letter_of(settings, call.app.store.references(), *row, owner, wish, call.now);
  letter.item.closing_url = closing_url_for(transaction, settings, *row, call.app.public_url, "", call.app.ids, call.now);
  call.response.headers.erase("Content-Security-Policy");
  call.response.set_header("Content-Security-Policy", kPolicy);
  return texts.write(letter);
}

std::vector<Route> letter_routes() {
  return {with_json({"POST", "/api/v1/municipalities/{}/cases/{}/letters", {Role::municipality}, post_letter})};
}

}  // namespace klotterkoll
