#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace klotterkoll {

/// A municipality's number in the installation, 1 to 16,383: the high bits of every key, so that all rows of a
/// municipality lie together and a distributed database can shard by it.
using MunicipalityId = std::int64_t;

inline constexpr int kKeyNumberBits = 36;
inline constexpr MunicipalityId kMaxMunicipalityId = (1 << 14) - 1;

/// The high bits of a row's number are the slot of the writer that gave it, 0 to 255, so that several writers count each
/// for itself: 268 million rows of a kind, of a municipality and of a slot.
inline constexpr int kSlotNumberBits = 28;
inline constexpr int kSlots = 1 << (kKeyNumberBits - kSlotNumberBits);

/// The internal key of a row: 14 bits municipality, 36 bits number. Typed, so that a report's key is never taken for
/// a case's. 0 is no key.
template <typename Tag>
struct Key {
  std::int64_t value = 0;

  Key() = default;
  constexpr explicit Key(std::int64_t raw) : value(raw) {}
  constexpr Key(MunicipalityId municipality, std::int64_t number) : value(municipality << kKeyNumberBits | number) {}

  constexpr MunicipalityId municipality() const { return value >> kKeyNumberBits; }
  constexpr explicit operator bool() const { return value != 0; }
  auto operator<=>(const Key&) const = default;
};

using CaseId = Key<struct CaseTag>;
using ReportId = Key<struct ReportTag>;
using EventId = Key<struct EventTag>;
using HoldId = Key<struct HoldTag>;
using DestinationId = Key<struct DestinationTag>;
using NoticeId = Key<struct NoticeTag>;
using MessageId = Key<struct MessageTag>;
using WebhookId = Key<struct WebhookTag>;
using LinkId = Key<struct LinkTag>;
using PhotoId = Key<struct PhotoTag>;
using PropertyId = Key<struct PropertyTag>;
using ObjectId = Key<struct ObjectTag>;
using QueueId = Key<struct QueueTag>;

/// Random bytes: keys, secrets, request ids. An argument wherever randomness is needed, so that tests can repeat it.
class IdSource {
 public:
  virtual ~IdSource() = default;
  virtual void fill(std::span<unsigned char> bytes) = 0;
};

/// The operating system's generator (libsodium). Safe to call from several threads.
class RandomIdSource final : public IdSource {
 public:
  void fill(std::span<unsigned char> bytes) override;
};

/// Base64url without padding of `bytes` random bytes.
std::string random_token(IdSource& ids, std::size_t bytes);
/// A random (version 4) UUID, as in "urn:uuid:...".
std::string random_uuid(IdSource& ids);

/// A keyed one-way digest of a secret that itself is random (API keys): 32 bytes as hex.
std::string digest(std::string_view secret);

/// Public names of internal keys: a keyed permutation of the 50 bits, written in Crockford base32 as HR7K-2M9Q-X4.
/// Unguessable without the secret, free of collisions, readable over a telephone; needs no index.
///
/// A Feistel network of two 25-bit halves with SipHash-2-4 (libsodium) as its round function; the table's name is the
/// tweak, so that a report and a case with the same number have unrelated names.
class ReferenceCipher {
 public:
  using Secret = std::array<unsigned char, 16>;
  explicit ReferenceCipher(const Secret& secret) : secret_(secret) {}

  std::string encode(CaseId key) const { return encode("case", key.value); }
  std::string encode(ReportId key) const { return encode("report", key.value); }
  std::string encode(EventId key) const { return encode("event", key.value); }
  std::string encode(HoldId key) const { return encode("hold", key.value); }
  std::string encode(PhotoId key) const { return encode("photo", key.value); }
  std::string encode(PropertyId key) const { return encode("property", key.value); }
  std::string encode(ObjectId key) const { return encode("object", key.value); }
  std::string encode(QueueId key) const { return encode("queue", key.value); }
  std::string encode(MessageId key) const { return encode("message", key.value); }
  std::string encode(WebhookId key) const { return encode("webhook", key.value); }

  /// Dashes, spaces, lower case, and O for 0, I and L for 1 are forgiven. Nothing when it cannot be such a name.
  std::optional<CaseId> decode_case(std::string_view text) const;
  std::optional<ReportId> decode_report(std::string_view text) const;
  std::optional<HoldId> decode_hold(std::string_view text) const;
  std::optional<PhotoId> decode_photo(std::string_view text) const;
  std::optional<PropertyId> decode_property(std::string_view text) const;
  std::optional<ObjectId> decode_object(std::string_view text) const;
  std::optional<QueueId> decode_queued(std::string_view text) const;
  std::optional<MessageId> decode_message(std::string_view text) const;
  std::optional<WebhookId> decode_webhook(std::string_view text) const;

 private:
  std::string encode(std::string_view tweak, std::int64_t value) const;
  std::optional<std::int64_t> decode(std::string_view tweak, std::string_view text) const;
  std::uint32_t round(std::string_view tweak, int number, std::uint32_t half) const;

  Secret secret_;
};

}  // namespace klotterkoll

template <typename Tag>
struct std::hash<klotterkoll::Key<Tag>> {
  std::size_t operator()(const klotterkoll::Key<Tag>& key) const noexcept { return std::hash<std::int64_t>{}(key.value); }
};
