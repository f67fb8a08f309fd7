#include "domain/mail_address.h"

#include <algorithm>

#include "base/text.h"

namespace klotterkoll {

bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  return text.size() <= 254 && at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
         text.find_first_of(" \t\r\n<>(),;:\\\"[]") == std::string_view::npos && is_clean_text(text);
}

std::string mail_address_key(std::string_view address) { return fold(address); }

std::string inbox_key(std::string_view address) {
  std::string key = mail_address_key(address);
  const auto at = key.rfind('@'), tag = key.find('+');
  if (at != std::string::npos && tag != std::string::npos && tag > 0 && tag < at) key.erase(tag, at - tag);
  return key;
}

std::string mail_address_digest(const ReferenceCipher& references, std::string_view address) {
  // Names of keys that no row ever has, because there is no municipality 0: nobody has seen them, and four make a key.
  std::string keyed = "mail address";
  for (std::int64_t number = 1; number <= 4; ++number) keyed += ' ' + references.encode(MessageId{number});
  return digest(keyed + ' ' + inbox_key(address));
}

}  // namespace klotterkoll
