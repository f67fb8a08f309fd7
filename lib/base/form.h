#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace klotterkoll {

/// What a form may hold; the bytes of the whole are bounded by whoever reads them.
struct FormLimits {
  std::size_t fields = 20;
  std::size_t head_bytes = 1024;  ///< of one field's head: what it is called, and what its file is
};

/// One field of a form.
struct FormField {
  std::string name;  ///< UTF-8 without control characters, not empty
  /// What the client calls the file; set when the field is one. Never a path, and says nothing of what is in it.
  std::optional<std::string> file_name;
  std::string_view value;  ///< within the form as sent; of what is no file UTF-8
};

/// The fields of a form as browsers send it (multipart/form-data), in their order; a field for a file in which none was
/// chosen is left out. `content_type` with its boundary, `form` the bytes behind it, in which the values lie.
///
/// Throws Error{malformed} for everything else: another type, no end, forms within forms, encodings, too much.
/// Takes time in proportion to the bytes, and no memory but for what is returned, whatever they are.
///
/// Own code, because what Debian has for mail reads forms leniently where they are cut off, and takes gigabytes and seconds for
/// 20 MB of header lines (GMime 3.2.13); and cpp-httplib 0.11 matches header lines with a pattern that takes 14 s for 2,000 bytes.
///
/// Source   RFC 7578; RFC 2046, 5.1; WHATWG HTML, multipart/form-data encoding algorithm (names have %22, %0D and %0A).
std::vector<FormField> read_form(std::string_view content_type, std::string_view form, const FormLimits& limits = {});

}  // namespace klotterkoll
