#include "base/id.h"

#include <sodium.h>

#include <cstring>
#include <stdexcept>
#include <vector>

namespace klotterkoll {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr int kHalfBits = 25;
constexpr std::uint32_t kHalfMask = (1u << kHalfBits) - 1;
constexpr int kRounds = 8;
constexpr std::size_t kCharacters = 10;

void require_sodium() {
  // sodium_init is idempotent and thread-safe; -1 means that the machine has no source of randomness.
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not be initialised");
}

int crockford_value(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const auto at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

void RandomIdSource::fill(std::span<unsigned char> bytes) {
  require_sodium();
  randombytes_buf(bytes.data(), bytes.size());
}

std::string random_token(IdSource& ids, std::size_t bytes) {
  require_sodium();
  std::vector<unsigned char> raw(bytes);
  ids.fill(raw);
  std::string text(sodium_base64_encoded_len(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), raw.data(), raw.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.resize(std::strlen(text.c_str()));
  return text;
}

std::string random_uuid(IdSource& ids) {
  std::array<unsigned char, 16> raw;
  ids.fill(raw);
  raw[6] = static_cast<unsigned char>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<unsigned char>((raw[8] & 0x3f) | 0x80);
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += hex[raw[i] >> 4];
    text += hex[raw[i] & 15];
  }
  return text;
}

std::string digest(std::string_view secret) {
  require_sodium();
  std::array<unsigned char, crypto_generichash_BYTES> hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                     nullptr, 0);
  std::string text(hash.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
  text.pop_back();
  return text;
}

std::uint32_t ReferenceCipher::round(std::string_view tweak, int number, std::uint32_t half) const {
  std::array<unsigned char, 16> input{};
  for (int i = 0; i < 4; ++i) input[i] = static_cast<unsigned char>(half >> (8 * i));
  input[4] = static_cast<unsigned char>(number);
  std::memcpy(input.data() + 5, tweak.data(), std::min<std::size_t>(tweak.size(), input.size() - 5));
  std::array<unsigned char, crypto_shorthash_BYTES> hash;
  crypto_shorthash(hash.data(), input.data(), input.size(), secret_.data());
  return (hash[0] | hash[1] << 8 | hash[2] << 16 | static_cast<std::uint32_t>(hash[3]) << 24) & kHalfMask;
}

std::string ReferenceCipher::encode(std::string_view tweak, std::int64_t value) const {
  auto left = static_cast<std::uint32_t>(value >> kHalfBits) & kHalfMask;
  auto right = static_cast<std::uint32_t>(value) & kHalfMask;
  for (int i = 0; i < kRounds; ++i) {
    const auto mixed = left ^ round(tweak, i, right);
    left = right;
    right = mixed;
  }
  auto bits = static_cast<std::uint64_t>(left) << kHalfBits | right;
  std::string text(kCharacters + 2, '-');
  std::size_t at = text.size();
  for (std::size_t i = 0; i < kCharacters; ++i, bits >>= 5) {
    if (at == 10 || at == 5) --at;
    text[--at] = kAlphabet[bits & 31];
  }
  return text;
}

std::optional<std::int64_t> ReferenceCipher::decode(std::string_view tweak, std::string_view text) const {
  std::uint64_t bits = 0;
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '-' || c == ' ') continue;
    const int digit = crockford_value(c);
    if (digit < 0 || ++count > kCharacters) return std::nullopt;
    bits = bits << 5 | static_cast<std::uint64_t>(digit);
  }
  if (count != kCharacters) return std::nullopt;
  auto left = static_cast<std::uint32_t>(bits >> kHalfBits) & kHalfMask;
  auto right = static_cast<std::uint32_t>(bits) & kHalfMask;
  for (int i = kRounds - 1; i >= 0; --i) {
    const auto mixed = right ^ round(tweak, i, left);
    right = left;
    left = mixed;
  }
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) << kHalfBits | right);
}

std::optional<CaseId> ReferenceCipher::decode_case(std::string_view text) const {
  const auto value = decode("case", text);
  return value ? std::optional{CaseId{*value}} : std::nullopt;
}
std::optional<ReportId> ReferenceCipher::decode_report(std::string_view text) const {
  const auto value = decode("report", text);
  return value ? std::optional{ReportId{*value}} : std::nullopt;
}
std::optional<HoldId> ReferenceCipher::decode_hold(std::string_view text) const {
  const auto value = decode("hold", text);
  return value ? std::optional{HoldId{*value}} : std::nullopt;
}

std::optional<PhotoId> ReferenceCipher::decode_photo(std::string_view text) const {
  const auto value = decode("photo", text);
  return value ? std::optional{PhotoId{*value}} : std::nullopt;
}

std::optional<PropertyId> ReferenceCipher::decode_property(std::string_view text) const {
  const auto value = decode("property", text);
  return value ? std::optional{PropertyId{*value}} : std::nullopt;
}

std::optional<ObjectId> ReferenceCipher::decode_object(std::string_view text) const {
  const auto value = decode("object", text);
  return value ? std::optional{ObjectId{*value}} : std::nullopt;
}

std::optional<QueueId> ReferenceCipher::decode_queued(std::string_view text) const {
  const auto value = decode("queue", text);
  return value ? std::optional{QueueId{*value}} : std::nullopt;
}
std::optional<MessageId> ReferenceCipher::decode_message(std::string_view text) const {
  const auto value = decode("message", text);
  return value ? std::optional{MessageId{*value}} : std::nullopt;
}
std::optional<WebhookId> ReferenceCipher::decode_webhook(std::string_view text) const {
  const auto value = decode("webhook", text);
  return value ? std::optional{WebhookId{*value}} : std::nullopt;
}

}  // namespace klotterkoll
