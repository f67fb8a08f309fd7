#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "json/schema_check.h"
#include "json/text.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 32;

/// "line 3, column 14" of the byte at `position`; columns count characters.
std::string line_and_column(std::string_view body, std::size_t position) {
  const std::string_view before = body.substr(0, position);
  const std::size_t line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(utf8_length(before.substr(start)) + 1);
}

/// Makes CR LF to LF and says whether the text is then free of control characters other than tab and line feed.
bool tidy_text(std::string& text) {
  if (text.find('\r') != std::string::npos) {
    std::string tidied;
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text.compare(i, 2, "\r\n") != 0) tidied += text[i];
    text = std::move(tidied);
  }
  return !has_control_characters(text);
}

/// Builds the value from the parser's events and stops at the first thing that is refused. The parser is a
/// loop and keeps its own stack, so deep input costs no frames.
class Builder final : public nlohmann::json_sax<json> {
 public:
  Builder(std::string_view body, std::size_t most_values) : body_(body), most_values_(most_values) {}

  json take() {
    if (fault_) throw Error(ErrorCode::malformed, {std::move(*fault_)});
    return std::move(root_);
  }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(json::number_integer_t value) override { return add(value); }
  bool number_unsigned(json::number_unsigned_t value) override {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return add(value);
    return add(nullptr) && refuse("is a number out of range");
  }
  bool number_float(json::number_float_t value, const std::string& token) override {
    if (!add(value)) return false;
    // A whole number that does not fit 64 bits arrives here, already rounded.
    return token.find_first_of(".eE") != std::string::npos || refuse("is a number out of range");
  }
  bool string(std::string& value) override {
    const bool clean = tidy_text(value);
    return add(std::move(value)) && (clean || refuse("contains a control character; only tab and line feed are allowed"));
  }
  bool binary(json::binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    if (!tidy_text(name)) {
      open_.pop_back();  // the fault is the object's
      names_.pop_back();
      return refuse("has a member whose name contains a control character");
    }
    auto [member, is_new] = open_.back()->get_ref<json::object_t&>().try_emplace(name);
    names_.back() = &member->first;
    member_ = &member->second;
    return is_new || refuse("stands twice in the same object");
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& reason) override {
    if (dynamic_cast<const json::out_of_range*>(&reason)) {
      return add(nullptr) && refuse("is a number out of range");
    }
    // The library's words without what it read last, which may be half a character of the client's.
    std::string_view words = reason.what();
    words = words.substr(0, words.find("; last read"));
    if (const auto dash = words.rfind(" - "); dash != std::string_view::npos) words.remove_prefix(dash + 3);
    fault_ = Fault{"", "the body is not JSON at " + line_and_column(body_, position == 0 ? 0 : position - 1) +
                           ": " + std::string(words)};
    return false;
  }

 private:
  bool add(json&& value) { return place(std::move(value)) != nullptr; }

  /// Null when there are too many: a value of two bytes costs a hundred in memory.
  json* place(json&& value) {
    if (++values_ > most_values_) {
      fault_ = Fault{"", "the body holds more than " + std::to_string(most_values_) + " values, far more than can have a meaning here"};
      return nullptr;
    }
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_object()) return &(*member_ = std::move(value));
    return &open_.back()->get_ref<json::array_t&>().emplace_back(std::move(value));
  }

  bool open(json&& value) {
    json* placed = place(std::move(value));
    if (!placed) return false;
    if (open_.size() == kDeepest) return refuse("is nested too deep; at most 32 levels are allowed");
    open_.push_back(placed);
    names_.push_back(nullptr);
    return true;
  }

  bool close() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  /// Refuses the value that was placed last.
  bool refuse(const std::string& what) {
    std::string pointer;
    std::string words;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const std::string name = names_[i] ? shown_name(*names_[i]) : std::to_string(open_[i]->size() - 1);
      words += (words.empty() ? "" : ".") + name;
      pointer += pointer_step(name);
    }
    fault_ = Fault{pointer, (words.empty() ? "the body" : words) + " " + what};
    return false;
  }

  std::string_view body_;
  std::size_t most_values_, values_ = 0;
  json root_;
  std::vector<json*> open_;  ///< the objects and lists around the present value, outermost first
  std::vector<const std::string*> names_;  ///< beside each object in `open_` the member being read
  json* member_ = nullptr;
  std::optional<Fault> fault_;
};

}  // namespace

json parse_json(std::string_view body, std::size_t most_values) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw Error(ErrorCode::malformed, "the body is empty; it must be JSON", "");
  if (body.substr(0, 3) == "\xEF\xBB\xBF")
    throw Error(ErrorCode::malformed, "the body begins with a byte order mark; leave it out", "");
  Builder builder(body, most_values);
  json::sax_parse(body, &builder);
  return builder.take();
}

}  // namespace klotterkoll
