#include "base/id.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <numeric>
#include <string>
#include <string_view>
#include <unordered_set>

using namespace klotterkoll;

namespace {

constexpr ReferenceCipher::Secret kSecret{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/// Bytes 0, 1, 2, ... so that what is made of them can be written down.
struct CountingIds final : IdSource {
  void fill(std::span<unsigned char> bytes) override {
    std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
  }
};

}  // namespace

TEST_CASE("id: a key holds its municipality in the high bits") {
  const CaseId key{MunicipalityId{1267}, 42};
  CHECK(key.value == (std::int64_t{1267} << 36) + 42);
  CHECK(key.municipality() == 1267);
  CHECK(CaseId{kMaxMunicipalityId, (std::int64_t{1} << 36) - 1}.municipality() == kMaxMunicipalityId);
  CHECK_FALSE(static_cast<bool>(CaseId{}));
  CHECK(static_cast<bool>(key));
  CHECK(CaseId{1, 9} < CaseId{2, 1});
}

TEST_CASE("id: a reference is ten characters of Crockford base32 in groups of 4, 4 and 2") {
  const ReferenceCipher cipher{kSecret};
  CHECK(rc::check("shape of a reference", [&] {
    const auto reference = cipher.encode(CaseId{*rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 50)});
    RC_ASSERT(reference.size() == 12u);
    for (std::size_t i = 0; i < reference.size(); ++i) {
      if (i == 4 || i == 9)
        RC_ASSERT(reference[i] == '-');
      else
        RC_ASSERT(std::string_view{"0123456789ABCDEFGHJKMNPQRSTVWXYZ"}.find(reference[i]) !=
                  std::string_view::npos);
    }
  }));
}

TEST_CASE("id: decoding a reference gives the key back") {
  const ReferenceCipher cipher{kSecret};
  CHECK(rc::check("decode(encode(key)) == key", [&] {
    const auto value = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 50);
    RC_ASSERT(cipher.decode_case(cipher.encode(CaseId{value})) == CaseId{value});
    RC_ASSERT(cipher.decode_report(cipher.encode(ReportId{value})) == ReportId{value});
    RC_ASSERT(cipher.decode_hold(cipher.encode(HoldId{value})) == HoldId{value});
  }));
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{1}, (std::int64_t{1} << 50) - 1})
    CHECK(cipher.decode_case(cipher.encode(CaseId{value})) == CaseId{value});
}

TEST_CASE("id: every name belongs to one key, so that encoding what was decoded gives the name back") {
  const ReferenceCipher cipher{kSecret};
  CHECK(rc::check("encode(decode(name)) == name", [&] {
    auto name = *rc::gen::container<std::string>(
        10, rc::gen::elementOf(std::string{"0123456789ABCDEFGHJKMNPQRSTVWXYZ"}));
    const auto key = cipher.decode_case(name);
    RC_ASSERT(key.has_value());
    RC_ASSERT(cipher.encode(*key) == name.substr(0, 4) + '-' + name.substr(4, 4) + '-' + name.substr(8));
  }));
}

TEST_CASE("id: a hundred thousand consecutive cases have different references") {
  const ReferenceCipher cipher{kSecret};
  std::unordered_set<std::string> references;
  for (std::int64_t number = 1; number <= 100'000; ++number)
    references.insert(cipher.encode(CaseId{1267, number}));
  CHECK(references.size() == 100'000);
}

TEST_CASE("id: consecutive references have little in common") {
  // Each of the ten characters agrees by chance once in 32: over 10,000 neighbours about 3,125 agreements are
  // to be expected, and a reference that counted visibly would show more than 80,000.
  const ReferenceCipher cipher{kSecret};
  int agreements = 0;
  for (std::int64_t number = 1; number <= 10'000; ++number) {
    const auto one = cipher.encode(CaseId{1267, number}), next = cipher.encode(CaseId{1267, number + 1});
    for (std::size_t i = 0; i < one.size(); ++i) agreements += one[i] != '-' && one[i] == next[i];
  }
  CHECK(agreements > 2800);
  CHECK(agreements < 3450);
}

TEST_CASE("id: a report and a case with the same number have unrelated names") {
  const ReferenceCipher cipher{kSecret};
  const std::unordered_set<std::string> names{
      cipher.encode(CaseId{1267, 42}), cipher.encode(ReportId{1267, 42}), cipher.encode(EventId{1267, 42}),
      cipher.encode(HoldId{1267, 42})};
  CHECK(names.size() == 4);
  CHECK(cipher.decode_case(cipher.encode(ReportId{1267, 42})) != CaseId{1267, 42});
}

TEST_CASE("id: another secret gives other references") {
  auto secret = kSecret;
  secret[15] ^= 1;
  CHECK(ReferenceCipher{kSecret}.encode(CaseId{1267, 42}) !=
        ReferenceCipher{secret}.encode(CaseId{1267, 42}));
}

TEST_CASE("id: decoding forgives case, dashes, spaces and letters that look like digits") {
  const ReferenceCipher cipher{kSecret};
  const auto key = cipher.decode_case("01AB-C01D-10");
  REQUIRE(key.has_value());
  for (const std::string_view text : {"01abc01d10", "OIAB COLD IO", "olab-cold-lo", " 01-AB-C0-1D-10 "}) {
    CAPTURE(text);
    CHECK(cipher.decode_case(text) == key);
  }
}

TEST_CASE("id: what cannot be a reference decodes to nothing") {
  const ReferenceCipher cipher{kSecret};
  for (const std::string_view text :
       {"", "01AB-C01D-1", "01AB-C01D-100", "01AB-C01D-1U", "01AB_C01D_10", "01AB-C01D-1Å"}) {
    CAPTURE(text);
    CHECK_FALSE(cipher.decode_case(text).has_value());
  }
}

TEST_CASE("id: tokens are base64url without padding and differ every time") {
  CountingIds counting;
  CHECK(random_token(counting, 32) == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  RandomIdSource random;
  CHECK(random_token(random, 32).size() == 43);
  CHECK(random_token(random, 32) != random_token(random, 32));
}

TEST_CASE("id: a UUID says that it is random") {
  CountingIds counting;
  CHECK(random_uuid(counting) == "00010203-0405-4607-8809-0a0b0c0d0e0f");
}

TEST_CASE("id: the digest of a secret is BLAKE2b with 256 bits") {
  CHECK(digest("abc") == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}
