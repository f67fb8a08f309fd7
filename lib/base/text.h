#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace klotterkoll {

// Text is UTF-8 everywhere inside; `decode_text` (base/tabular.h) is where other encodings end.

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// Without white space at both ends; the no-break spaces and byte-order marks that office programs leave
/// count as such.
std::string trimmed(std::string_view text);

/// A key for searching and comparing: "HÖÖR  Kvarnbäck\t1:23" and "höör kvarnbäck 1:23" give the same.
///
/// Unicode case folding, composed form (a Mac's å is an a and a ring), every kind of space and dash as the
/// ASCII one, soft hyphens and zero-width characters left out, white space trimmed and collapsed to one
/// space. In text that is not UTF-8 only ASCII is folded.
std::string fold(std::string_view text);

/// The same treatment in capitals, as the property register writes designations.
std::string fold_upper(std::string_view text);

/// CR LF and lone CR become LF.
std::string normalise_newlines(std::string_view text);

/// A control character of ASCII, tab and line feed among them.
inline bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// A C0 or C1 control character or DEL, line feed and tab excepted (so do `normalise_newlines` first).
bool has_control_characters(std::string_view text);

/// What may be stored as somebody's words: UTF-8 without control characters. JSON bodies are this by their parser.
bool is_clean_text(std::string_view text);
inline constexpr const char* kUncleanText = "Text is UTF-8 without control characters other than tab and line feed.";

/// At most `bytes` bytes of it, cut between characters and ended by "...": what a sentence quotes of
/// somebody's text.
std::string shortened(std::string_view text, std::size_t bytes);

}  // namespace klotterkoll
