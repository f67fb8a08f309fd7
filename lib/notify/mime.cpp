#include "notify/mime.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/error.h"
#include "base/id.h"
#include "base/text.h"
#include "notify/base64.h"
#include "notify/gmime_library.h"

namespace klotterkoll {
namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Valid UTF-8 without control characters and line separators, each of which becomes a space.
std::string line_of(std::string_view text) {
  if (!is_utf8(text)) throw Error{ErrorCode::refused, "The text of a mail is UTF-8."};
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    const bool c1 = rest.starts_with('\xC2') && static_cast<unsigned char>(rest[1]) < 0xA0;
    const bool separator = rest.starts_with("\u2028") || rest.starts_with("\u2029");
    line += c1 || separator || is_control(text[i]) ? ' ' : text[i];
    i += separator ? 2 : c1 ? 1 : 0;
  }
  return line;
}

/// A subject or a name: as it is when it is short and cannot be mistaken for anything else, or as encoded words (RFC 2047) of
/// whole characters, one a line. Quoting is never needed.
std::string words(std::string_view text) {
  constexpr std::size_t kPlainMost = 60, kWordMost = 39;  // bytes; base64 of 39 is 52, a whole encoded word 64, after "Subject: " 73
  std::string line = line_of(text);
  const bool plain = line.size() <= kPlainMost && std::ranges::all_of(line, [](char c) { return is_letter_or_digit(c) || c == ' '; }) &&
                     line.find("  ") == line.npos && !line.starts_with(' ') && !line.ends_with(' ');
  if (plain) return line;
  std::string out;
  for (std::string_view rest = line; !rest.empty();) {
    std::size_t end = std::min(rest.size(), kWordMost);
    while (end < rest.size() && (static_cast<unsigned char>(rest[end]) & 0xC0) == 0x80) --end;
    out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(rest.substr(0, end)) + "?=";
    rest.remove_prefix(end);
  }
  return out;
}

/// What stands between < and >: an identification or a URL that we made. What could end it is left out.
std::string bracketed(std::string_view text) {
  std::string out = "<";
  for (const char c : text)
    if (c > ' ' && c < 0x7F && c != '<' && c != '>') out += c;
  return out + ">";
}

std::string mailbox(const std::string& name, const std::string& address) {
  return name.empty() ? "<" + address + ">" : words(name) + "\r\n <" + address + ">";
}

std::string date_of(Instant at) {
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = to_unix(at);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char rest[40];
  std::strftime(rest, sizeof rest, " %Y %H:%M:%S +0000", &utc);
  return std::string{days[static_cast<std::size_t>(utc.tm_wday)]} + ", " + std::to_string(utc.tm_mday) + " " +
         months[static_cast<std::size_t>(utc.tm_mon)] + rest;
}

std::string quoted_printable(std::string_view text) {
  if (!is_utf8(text)) throw Error{ErrorCode::refused, "The text of a mail is UTF-8."};
  std::string lines = normalise_newlines(text);
  if (!lines.ends_with('\n')) lines += '\n';
  GMimeEncoding encoder;
  g_mime_encoding_init_encode(&encoder, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  std::string encoded(g_mime_encoding_outlen(&encoder, lines.size()), '\0');
  encoded.resize(g_mime_encoding_flush(&encoder, lines.data(), lines.size(), encoded.data()));
  std::string out;
  out.reserve(encoded.size() + encoded.size() / 40);
  for (const char c : encoded) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

std::string part(const std::string& boundary, const char* type, std::string_view text) {
  return "--" + boundary + "\r\nContent-Type: " + type +
         "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted_printable(text);
}

/// "=_" cannot occur in quoted-printable, so no text can hold the boundary, whoever guesses it.
std::string boundary_of(const std::string& message_id) { return "=_" + digest(message_id).substr(0, 24); }

[[noreturn]] void refuse_address(const char* why) { throw Error{ErrorCode::refused, why}; }

}  // namespace

std::string ascii_address(const std::string& address) {
  constexpr const char* kNone = "This is no mail address; write one such as drift@hfab.se.";
  const auto at = address.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == address.size() || address.size() > 254 || !is_utf8(address)) refuse_address(kNone);
  const std::string local = address.substr(0, at);
  std::string domain = address.substr(at + 1);
  if (!is_ascii(local)) refuse_address("The part of a mail address before @ has letters outside a-z, which not all mail servers take.");
  // RFC 5321's dot-string. Quoted forms are nobody's, and a way to smuggle.
  const auto is_atom = [](char c) { return is_letter_or_digit(c) || std::string_view{"!#$%&'*+-/=?^_`{|}~."}.find(c) != std::string_view::npos; };
  if (local.size() > 64 || !std::ranges::all_of(local, is_atom) || local.starts_with('.') || local.ends_with('.') ||
      local.find("..") != local.npos)
    refuse_address(kNone);
  if (!is_ascii(domain)) {
    start_gmime();
    const std::string stripped = line_of(domain);
    if (stripped != domain || domain.find_first_of(" <>@,;:\"()[]\\") != domain.npos) refuse_address(kNone);
    const Gmime<InternetAddress> mailbox{internet_address_mailbox_new("", ("x@" + domain).c_str())};
    const char* converted = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(mailbox.get()));
    const std::string whole = converted != nullptr ? converted : "";
    if (!is_ascii(whole) || !whole.starts_with("x@")) refuse_address("The domain of a mail address has letters that domains do not have.");
    domain = whole.substr(2);
  }
  const auto is_host = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; };
  if (domain.size() > 253 || !std::ranges::all_of(domain, is_host) || domain.starts_with('.') || domain.ends_with('.') ||
      domain.starts_with('-') || domain.find("..") != domain.npos)
    refuse_address(kNone);
  return local + "@" + domain;
}

std::string to_mime(const OutgoingMail& mail, const std::string& mail_from) {
  start_gmime();
  const std::string from = ascii_address(mail_from);
  std::string reply_to;
  try {
    if (!mail.reply_to.empty()) reply_to = ascii_address(mail.reply_to);
  } catch (const Error&) {
    // A kommun's faulty setting is no reason to keep its owners uninformed: answers then go to From.
  }
  const std::string boundary = boundary_of(mail.message_id);
  std::string out;
  const auto header = [&](const char* name, const std::string& value) { out += std::string{name} + ": " + value + "\r\n"; };
  header("Date", date_of(mail.date));
  header("From", mailbox(mail.from_name, from));
  if (!reply_to.empty()) header("Reply-To", mailbox("", reply_to));
  header("To", mailbox("", ascii_address(mail.to)));
  header("Subject", words(mail.subject));
  header("Message-ID", bracketed(mail.message_id));
  if (!mail.thread_id.empty() && mail.thread_id != mail.message_id) {
    header("In-Reply-To", bracketed(mail.thread_id));
    header("References", bracketed(mail.thread_id));
  }
  header("Auto-Submitted", "auto-generated");
  header("X-Auto-Response-Suppress", "All");
  if (!mail.unsubscribe_url.empty()) {
    header("List-Unsubscribe", bracketed(mail.unsubscribe_url));
    header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  }
  header("Content-Language", std::string{to_code(mail.language)});
  header("MIME-Version", "1.0");
  header("Content-Type", "multipart/alternative; boundary=\"" + boundary + "\"");
  out += "\r\n" + part(boundary, "text/plain", mail.text) + "\r\n" + part(boundary, "text/html", mail.html) + "\r\n--" + boundary + "--\r\n";
  return out;
}

}  // namespace klotterkoll
