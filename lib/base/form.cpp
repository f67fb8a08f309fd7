#include "base/form.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kLongestBoundary = 70;

[[noreturn]] void refuse(const std::string& sentence) { throw Error{ErrorCode::malformed, sentence}; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_alphanumeric(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9'); }
bool is_among(char c, std::string_view others) { return others.find(c) != others.npos; }
/// RFC 9110, 5.6.2.
bool is_token(char c) { return is_alphanumeric(c) || is_among(c, "!#$%&'*+-.^_`|~"); }
/// RFC 2046, 5.1.1.
bool is_of_boundary(char c) { return is_alphanumeric(c) || is_among(c, "'()+_,-./:=? "); }

/// A header's value: `form-data; name="a"; filename="b"`.
struct HeaderValue {
  std::string_view word;                                            ///< before the first semicolon
  std::vector<std::pair<std::string_view, std::string>> parameters;  ///< their values without quotes

  const std::string* find(std::string_view name) const {
    const auto found = std::ranges::find_if(parameters, [&](const auto& one) { return same_word(one.first, name); });
    return found == parameters.end() ? nullptr : &found->second;
  }
};

/// Reads a value from its front on.
class Reading {
 public:
  explicit Reading(std::string_view text) : rest_(text) {}

  HeaderValue value() {
    HeaderValue value;
    value.word = word("/");
    for (spaces(); !rest_.empty(); spaces()) {
      if (!take(';')) fail();
      spaces();
      if (rest_.empty()) break;  // a semicolon at the end is forgiven
      const std::string_view name = word("");
      if (!take('=')) fail();
      std::string text = rest_.starts_with('"') ? quoted() : std::string{word("'()+_,-./:=?")};
      if (value.find(name)) fail();
      value.parameters.emplace_back(name, std::move(text));
    }
    return value;
  }

 private:
  [[noreturn]] static void fail() { refuse("The form cannot be read: the header of a field, or of the whole, is not well-formed."); }

  void spaces() {
    while (!rest_.empty() && is_among(rest_.front(), " \t")) rest_.remove_prefix(1);
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view word(std::string_view others) {
    const auto end = std::ranges::find_if(rest_, [&](char c) { return !is_token(c) && !is_among(c, others); });
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    if (size == 0) fail();
    const auto found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }
  /// Browsers write a quotation mark as %22 and a backslash as itself; others write \" and \\.
  std::string quoted() {
    std::string text;
    for (rest_.remove_prefix(1); !rest_.empty(); rest_.remove_prefix(1)) {
      if (take('"')) return text;
      if (rest_.starts_with("\\\"") || rest_.starts_with("\\\\")) rest_.remove_prefix(1);
      text += rest_.front();
    }
    fail();
  }

  std::string_view rest_;
};

std::string boundary_of(std::string_view content_type) {
  const HeaderValue value = Reading{content_type}.value();
  if (!same_word(value.word, "multipart/form-data")) refuse("A form is sent as multipart/form-data.");
  const std::string* boundary = value.find("boundary");
  if (!boundary || boundary->empty() || boundary->size() > kLongestBoundary || !std::ranges::all_of(*boundary, is_of_boundary) || boundary->ends_with(' '))
    refuse("A form names its boundary, of 1 to 70 characters, in its Content-Type.");
  return *boundary;
}

/// What a browser has written of a name.
std::string unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> kEscapes[] = {{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}};
  std::string result;
  while (!text.empty()) {
    const auto escape = std::ranges::find_if(kEscapes, [&](const auto& one) { return same_word(text.substr(0, 3), one.first); });
    const bool escaped = escape != std::end(kEscapes);
    result += escaped ? escape->second : text.front();
    text.remove_prefix(escaped ? 3 : 1);
  }
  return result;
}

std::string name_in(std::string_view text, const char* what) {
  std::string name = unescaped(text);
  if (!is_utf8(name) || std::ranges::any_of(name, is_control))
    refuse(std::string{"The form cannot be read: the name of a "} + what + " is not UTF-8 without control characters.");
  return name;
}

/// The name after the last slash or backslash: some clients send where the file lay.
std::string without_path(std::string name) { return name.substr(name.find_last_of("/\\") + 1); }

FormField read_head(std::string_view head) {
  FormField field;
  bool named = false;
  while (!head.empty()) {
    const auto end = std::min(head.find(kLineEnd), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + kLineEnd.size(), head.size()));
    const auto colon = line.find(':');
    if (colon == 0 || colon == line.npos || !std::ranges::all_of(line.substr(0, colon), is_token) ||
        std::ranges::any_of(line, [](char c) { return is_control(c) && c != '\t'; }))
      refuse("The form cannot be read: a line in the head of a field is no header.");
    const std::string_view name = line.substr(0, colon), all = line.substr(colon + 1);
    const std::string_view text = all.substr(std::min(all.find_first_not_of(" \t"), all.size()));
    if (same_word(name, "Content-Type") && same_word(text.substr(0, 10), "multipart/")) refuse("A form holds no other form; send each file in a field of its own.");
    if (same_word(name, "Content-Transfer-Encoding") && !same_word(text, "binary") && !same_word(text, "8bit") && !same_word(text, "7bit"))
      refuse("Send what is in a form as it is; an encoding is not accepted.");
    if (!same_word(name, "Content-Disposition")) continue;
    const HeaderValue value = Reading{text}.value();
    const std::string* called = value.find("name");
    if (named || !same_word(value.word, "form-data") || !called || called->empty())
      refuse("The form cannot be read: each field has one Content-Disposition, which is form-data and has its name.");
    named = true;
    field.name = name_in(*called, "field");
    // The second is how mail spells names in other alphabets: RFC 7578, 4.2 forbids it, and some send it all the same.
    if (const std::string* file = value.find("filename")) field.file_name = without_path(name_in(*file, "file"));
    else if (const std::string* extended = value.find("filename*")) field.file_name = without_path(name_in(extended->substr(extended->rfind('\'') + 1), "file"));
  }
  if (!named) refuse("The form cannot be read: a field has no name.");
  return field;
}

}  // namespace

std::vector<FormField> read_form(std::string_view content_type, std::string_view form, const FormLimits& limits) {
  // The first boundary stands at the very beginning, each other one after the line end that is its own.
  const std::string separator = std::string{kLineEnd} + "--" + boundary_of(content_type);
  const std::string_view first = std::string_view{separator}.substr(kLineEnd.size());
  if (form.starts_with(kLineEnd)) form.remove_prefix(kLineEnd.size());
  if (!form.starts_with(first)) refuse("The form does not begin with its boundary.");
  form.remove_prefix(first.size());

  std::vector<FormField> fields;
  for (std::size_t count = 0; !form.starts_with("--");) {
    if (!form.starts_with(kLineEnd)) refuse("The form cannot be read: something stands beside its boundary.");
    if (++count > limits.fields) refuse("A form has at most " + std::to_string(limits.fields) + " fields.");
    form.remove_prefix(kLineEnd.size());
    const auto head = form.substr(0, limits.head_bytes + 2 * kLineEnd.size()).find("\r\n\r\n");
    if (head == form.npos) refuse("The form cannot be read: the head of a field has no end, or more than " + std::to_string(limits.head_bytes) + " bytes.");
    FormField field = read_head(form.substr(0, head));
    // With one line end still before it, because a boundary may follow at once.
    form.remove_prefix(head + kLineEnd.size());
    // A line of the file that only begins like the boundary is none.
    auto end = form.find(separator);
    const auto is_boundary = [&] {
      const auto after = form.substr(end + separator.size(), 2);
      return after == "--" || after == kLineEnd;
    };
    while (end != form.npos && !is_boundary()) end = form.find(separator, end + kLineEnd.size());
    if (end == form.npos) refuse("The form has no end; something of it was lost on its way.");
    field.value = end == 0 ? std::string_view{} : form.substr(kLineEnd.size(), end - kLineEnd.size());
    form.remove_prefix(end + separator.size());
    if (!field.file_name && !is_utf8(field.value)) refuse("The field \"" + shortened(field.name, 60) + "\" is neither a file nor text in UTF-8.");
    if (!field.file_name || !field.file_name->empty() || !field.value.empty()) fields.push_back(std::move(field));
  }
  if (const auto rest = form.substr(2); !rest.empty() && rest != kLineEnd) refuse("The form has something behind its end.");
  return fields;
}

}  // namespace klotterkoll
