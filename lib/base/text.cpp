#include "base/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace klotterkoll {
namespace {

const utf8proc_uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// Only ASCII and composed letters of Latin-1 (U+00C0 to U+00FF are C3 80 to C3 BF), as nearly every Swedish text: these
/// need no tables to fold. The sharp s is left out, because it folds to two letters.
bool is_plain_swedish(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (byte_at(text, i) < 0x80) continue;
    if (byte_at(text, i) != 0xC3 || i + 1 == text.size()) return false;
    const unsigned char low = byte_at(text, ++i);
    if (low < 0x80 || low > 0xBF || low == 0x9F) return false;
  }
  return true;
}

/// Space, tab, LF, VT, FF, CR; the other spaces have become ASCII ones where this is asked.
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string lower_and_collapse(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool gap = false;
  for (const char c : text) {
    if (is_space(c)) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    const bool after_c3 = !out.empty() && byte_at(out, out.size() - 1) == 0xC3;
    const auto byte = static_cast<unsigned char>(c);
    const bool latin_capital = after_c3 && byte >= 0x80 && byte <= 0x9E && byte != 0x97;  // 97 is the sign of times
    out += (c >= 'A' && c <= 'Z') || latin_capital ? static_cast<char>(c + 0x20) : c;
  }
  return out;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {  // nearly every byte of a large file
      text.remove_prefix(1);
      continue;
    }
    utf8proc_int32_t codepoint = 0;
    const auto size =
        utf8proc_iterate(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &codepoint);
    if (size <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

std::string trimmed(std::string_view text) {
  // No-break space, thin space, narrow no-break space, byte-order mark.
  constexpr std::array<std::string_view, 4> wide = {"\u00A0", "\u2009", "\u202F", "\uFEFF"};
  for (bool again = true; again && !text.empty();) {
    if (is_space(text.front())) {
      text.remove_prefix(1);
    } else if (is_space(text.back())) {
      text.remove_suffix(1);
    } else {
      again = false;
      for (const auto space : wide) {
        if (text.starts_with(space)) text.remove_prefix(space.size()), again = true;
        if (text.ends_with(space)) text.remove_suffix(space.size()), again = true;
      }
    }
  }
  return std::string{text};
}

std::string fold(std::string_view text) {
  if (is_plain_swedish(text)) return lower_and_collapse(text);
  constexpr auto options = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_LUMP);
  utf8proc_uint8_t* mapped = nullptr;
  const auto size =
      utf8proc_map(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &mapped, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner{mapped, &std::free};
  if (size < 0) return lower_and_collapse(text);
  return lower_and_collapse({reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)});
}

std::string fold_upper(std::string_view text) {
  const std::string folded = fold(text);
  std::string out;
  out.reserve(folded.size());
  for (std::string_view rest = folded; !rest.empty();) {
    utf8proc_int32_t codepoint = 0;
    const auto size =
        utf8proc_iterate(bytes_of(rest), static_cast<utf8proc_ssize_t>(rest.size()), &codepoint);
    if (size <= 0) {
      out += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    std::array<utf8proc_uint8_t, 4> encoded;
    const auto written = utf8proc_encode_char(utf8proc_toupper(codepoint), encoded.data());
    out.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(written));
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
  return out;
}

std::string normalise_newlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i] == '\r' ? '\n' : text[i];
  }
  return out;
}

bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_control(text[i]) && text[i] != '\n' && text[i] != '\t') return true;
    // U+0080 to U+009F are C2 80 to C2 9F.
    if (byte_at(text, i) == 0xC2 && i + 1 < text.size() && byte_at(text, i + 1) < 0xA0) return true;
  }
  return false;
}

bool is_clean_text(std::string_view text) { return is_utf8(text) && !has_control_characters(text); }

std::string shortened(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string{text};
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return std::string{text.substr(0, bytes)} + "...";
}

}  // namespace klotterkoll
