#pragma once

#include <string>
#include <string_view>

#include "base/id.h"

namespace klotterkoll {

/// Can mail be sent there? One "@" with something on both sides, no spaces, and nothing that would end an address in a
/// header. Whether anybody reads it is for the receiving server to say.
bool is_mail_address(std::string_view text);

/// Two spellings of one address have the same key.
std::string mail_address_key(std::string_view address);

/// The same, without what somebody adds to the own address to tell mails apart ("asa+klotter@example.se"): all of these are
/// one inbox, which gets one mail before it is confirmed.
std::string inbox_key(std::string_view address);

/// By what a reporter's address is known where the address itself must not stand: a keyed digest, which without the secret of
/// the installation's references cannot be found by trying addresses.
std::string mail_address_digest(const ReferenceCipher& references, std::string_view address);

}  // namespace klotterkoll
