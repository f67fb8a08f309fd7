#include "domain/api_key.h"

#include "base/error.h"
#include "base/text.h"

namespace klotterkoll {

std::string issue_secret(ApiKey& key, IdSource& ids) {
  constexpr std::size_t kSecretBytes = 32;
  std::string secret = "kk_" + random_token(ids, kSecretBytes);
  key.key_digest = digest(secret);
  return secret;
}

void validate(const ApiKey& key) {
  if (key.name.empty())
    throw Error{ErrorCode::refused, "A key has a name: who or what uses it, such as HFAB driftsystem.", "/name"};
  if (!is_clean_text(key.name)) throw Error{ErrorCode::refused, kUncleanText, "/name"};
}

}  // namespace klotterkoll
