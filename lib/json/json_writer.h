#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/time.h"
#include "domain/codes.h"

namespace klotterkoll {

/// A text as a value that is null when it is empty.
inline std::optional<std::string_view> or_null(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

/// Writes JSON from left to right, for the documents that are made most: cases, reports, events. A tree of nodes costs
/// several times as much, most of it in small allocations. Codes are written as their words, instants as RFC 3339 in
/// UTC, what is absent as null. Text must be valid UTF-8.
class JsonWriter {
 public:
  template <typename Body>
  void object(Body&& body) {
    writer_.StartObject();
    body();
    writer_.EndObject();
  }
  template <typename Body>
  void array(Body&& body) {
    writer_.StartArray();
    body();
    writer_.EndArray();
  }
  template <typename Body>
  void object(std::string_view name, Body&& body) {
    key(name);
    object(body);
  }
  template <typename Body>
  void array(std::string_view name, Body&& body) {
    key(name);
    array(body);
  }
  template <typename T>
  void member(std::string_view name, const T& value) {
    key(name);
    write(value);
  }
  /// A member whose value is JSON already.
  void raw_member(std::string_view name, std::string_view json) {
    key(name);
    writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  }
  void key(std::string_view name) { writer_.Key(name.data(), size_of(name)); }

  void write(std::string_view text) { writer_.String(text.data(), size_of(text)); }
  void write(const std::string& text) { write(std::string_view{text}); }
  void write(const char* text) { write(std::string_view{text}); }
  void write(std::nullptr_t) { writer_.Null(); }
  void write(bool value) { writer_.Bool(value); }
  void write(double value) { writer_.Double(value); }
  void write(int value) { writer_.Int(value); }
  void write(std::int64_t value) { writer_.Int64(value); }
  void write(Instant instant) { write(format_instant(instant)); }
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void write(Enum code) {
    write(to_code(code));
  }
  template <typename T>
  void write(const std::optional<T>& value) {
    if (value)
      write(*value);
    else
      writer_.Null();
  }

  /// All that was written.
  std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  static rapidjson::SizeType size_of(std::string_view text) { return static_cast<rapidjson::SizeType>(text.size()); }

  static constexpr std::size_t kFirst = 4096;  ///< a case with its links fits

  rapidjson::StringBuffer buffer_{nullptr, kFirst};
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

/// The text of one document that `write` writes.
template <typename Write>
std::string json_text(Write&& write) {
  JsonWriter out;
  write(out);
  return out.text();
}

}  // namespace klotterkoll
