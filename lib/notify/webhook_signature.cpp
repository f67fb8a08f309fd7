#include "notify/webhook_signature.h"

#include <sodium.h>

#include "base/error.h"
#include "notify/base64.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kMinKeyBytes = 24, kMaxKeyBytes = 64;

std::string key_of(const std::string& secret) {
  std::string key(kMaxKeyBytes, '\0');
  std::size_t size = 0;
  if (!secret.starts_with(kSecretPrefix) ||
      sodium_base642bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), secret.data() + kSecretPrefix.size(),
                        secret.size() - kSecretPrefix.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      size < kMinKeyBytes)
    throw Error{ErrorCode::refused, "A webhook's secret is \"whsec_\" and 24 to 64 bytes in base64."};
  key.resize(size);
  return key;
}

}  // namespace

std::string webhook_signature(const std::vector<std::string>& secrets, const std::string& id, Instant at, const std::string& body) {
  if (secrets.empty()) throw Error{ErrorCode::refused, "A webhook's call is signed with at least one secret."};
  const std::string head = id + "." + std::to_string(to_unix(at)) + ".";
  std::string signatures;
  for (const std::string& secret : secrets) {
    const std::string key = key_of(secret);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(head.data()), head.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(body.data()), body.size());
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_final(&state, mac);
    signatures += (signatures.empty() ? "v1," : " v1,") + base64({reinterpret_cast<const char*>(mac), sizeof mac});
  }
  return signatures;
}

}  // namespace klotterkoll
