#include "domain/address.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"

namespace klotterkoll {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_ascii_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/// "243 30 höör", "24330", "se-243 30 höör": five digits that no sixth follows.
bool begins_with_postcode(std::string_view text) {
  std::size_t digits = 0;
  for (const std::string_view country : {"se-", "s-"})
    if (text.starts_with(country)) text.remove_prefix(country.size());
  for (const char c : text) {
    if (c == ' ' && digits == 3) continue;
    if (!is_digit(c)) break;
    ++digits;
  }
  return digits == 5;
}

/// The folded address up to a comma after which a postcode stands.
std::string_view without_postcode(std::string_view folded) {
  for (auto comma = folded.find(','); comma != folded.npos; comma = folded.find(',', comma + 1)) {
    const auto next = folded.find_first_not_of(' ', comma + 1);
    if (next != folded.npos && begins_with_postcode(folded.substr(next))) return folded.substr(0, comma);
  }
  return folded;
}

/// Whether a prefix of the key may have this size: it ends with a word, or with a number before a letter.
bool may_end_at(std::string_view key, std::size_t size) {
  if (size == 0) return false;
  if (size == key.size()) return true;
  return key[size] == ' ' || (is_digit(key[size - 1]) && !is_digit(key[size]));
}

}  // namespace

std::string address_key(std::string_view address) {
  const std::string folded = fold(address);
  std::string words{without_postcode(folded)};
  std::replace_if(words.begin(), words.end(), is_ascii_punctuation, ' ');

  std::string key;
  bool after_number = false;
  for (std::string_view rest = words; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (word.empty()) continue;
    const bool single_letter = word.size() == 1 && word[0] >= 'a' && word[0] <= 'z';
    if (!key.empty() && !(after_number && single_letter)) key += ' ';
    key += word;
    after_number = std::all_of(word.begin(), word.end(), is_digit);
  }
  return key;
}

std::vector<std::string> address_prefixes(std::string_view address) {
  const std::string key = address_key(address);
  std::vector<std::string> prefixes;
  for (std::size_t size = key.size(); size > 0; --size)
    if (may_end_at(key, size)) prefixes.push_back(key.substr(0, size));
  return prefixes;
}

std::vector<std::string> distinct_addresses(std::vector<std::string> addresses) {
  std::unordered_set<std::string> keys;
  std::erase_if(addresses, [&](const std::string& address) {
    std::string key = address_key(address);
    return key.empty() || !keys.insert(std::move(key)).second;
  });
  return addresses;
}

}  // namespace klotterkoll
