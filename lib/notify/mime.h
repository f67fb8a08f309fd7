#pragma once

#include <string>
#include <string_view>

#include "domain/outgoing.h"

namespace klotterkoll {

/// The address as the protocols want it: of an internationalised domain the ASCII form.
/// Throws Error{refused} when it is no address for mail, with a sentence. Refused are also local parts outside ASCII, which not
/// all mail servers take, and quoted ones.
std::string ascii_address(const std::string& address);

/// The mail as RFC 5322 and MIME have it, lines ended by CR LF: text and HTML as alternatives, UTF-8 in quoted-printable.
///
/// The same mail gives the same bytes. Nothing in it can become a header or a part of its own: header values are ASCII letters,
/// digits and little else, or encoded words; the boundary cannot occur in what is encoded.
/// `mail_from` the address of From, and of Reply-To when the mail has none that is valid.
/// Throws      Error{refused} as `ascii_address` does for `to` and `mail_from`.
std::string to_mime(const OutgoingMail& mail, const std::string& mail_from);

}  // namespace klotterkoll
