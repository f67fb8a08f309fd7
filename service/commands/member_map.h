#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "domain/codes.h"
#include "geo/geojson_reader.h"

namespace klotterkoll {

/// Which member of a feature tells which field: one that is called like the field, or as --map says, compared by `fold`.
/// `Field` is an enumeration with names_of.
template <typename Field>
class MemberMap {
 public:
  static constexpr std::size_t kFields = names_of(Field{}).size();

  /// `maps` "FIELD=NAME". Throws Error{malformed}: another form, no such field, a field mapped twice.
  explicit MemberMap(const std::vector<std::string>& maps) {
    for (const std::string& map : maps) {
      const auto equals = map.find('=');
      if (equals == std::string::npos) refuse("\"" + map + "\" is not FIELD=NAME, such as designation=FASTIGHET.");
      const std::string name = trimmed(map.substr(0, equals));
      const auto field = code_from<Field>(name);
      if (!field) refuse("\"" + name + "\" is no field; there are " + listed(names_of(Field{})) + ".");
      auto& mapped = mapped_[index_of(*field)];
      if (mapped) refuse("the field " + name + " is mapped twice.");
      mapped = fold(map.substr(equals + 1));
    }
    for (std::size_t i = 0; i < kFields; ++i) names_[mapped_[i].value_or(fold(names_of(Field{})[i]))].push_back(i);
  }

  /// What one feature tells, by field. Views into the feature.
  class Values {
   public:
    bool has(Field field) const { return values_[index_of(field)] != nullptr; }
    /// The first value, trimmed; empty when there is none.
    std::string text(Field field) const { return has(field) ? trimmed(values_[index_of(field)]->front()) : ""; }
    /// All of them, and each split at semicolons; trimmed, none empty.
    std::vector<std::string> list(Field field) const {
      std::vector<std::string> all;
      if (!has(field)) return all;
      for (const std::string& value : *values_[index_of(field)])
        for (std::size_t begin = 0; begin <= value.size();) {
          const auto end = std::min(value.find(';', begin), value.size());
          if (std::string part = trimmed(value.substr(begin, end - begin)); !part.empty()) all.push_back(std::move(part));
          begin = end + 1;
        }
      return all;
    }

   private:
    friend MemberMap;
    std::array<const std::vector<std::string>*, kFields> values_{};
  };

  Values of(const Feature& feature) {
    if (first_names_.empty())
      for (const auto& [name, values] : feature.members) first_names_.push_back(name);
    Values told;
    for (const auto& [name, values] : feature.members)
      for (const std::size_t i : fields_of(name))
        if (!told.values_[i]) told.values_[i] = &values, met_[i] = true;
    return told;
  }
  /// Has any feature told it?
  bool met(Field field) const { return met_[index_of(field)]; }
  /// Throws Error{malformed} when --map names a member that no feature had.
  void require_mapped() const {
    for (std::size_t i = 0; i < kFields; ++i)
      if (mapped_[i] && !met_[i]) refuse("no feature tells \"" + *mapped_[i] + "\". The first one's members are: " + first_names() + ".");
  }
  /// The names that the first feature with members has.
  std::string first_names() const { return first_names_.empty() ? "none" : listed(first_names_); }

 private:
  static std::size_t index_of(Field field) { return static_cast<std::size_t>(field); }
  [[noreturn]] static void refuse(const std::string& what) { throw Error{ErrorCode::malformed, "--map: " + what}; }
  template <typename Names>
  static std::string listed(const Names& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + shortened(std::string{name}, 40);
    return text;
  }
  const std::vector<std::size_t>& fields_of(const std::string& name) {
    static const std::vector<std::size_t> none;
    constexpr std::size_t kMostNames = 10'000;  // a file may have other names in every feature
    if (const auto at = seen_.find(name); at != seen_.end()) return at->second;
    const auto at = names_.find(fold(name));
    const auto& fields = at == names_.end() ? none : at->second;
    return seen_.size() < kMostNames ? seen_.emplace(name, fields).first->second : fields;
  }

  std::array<std::optional<std::string>, kFields> mapped_;
  std::map<std::string, std::vector<std::size_t>> names_;             // folded
  std::unordered_map<std::string, std::vector<std::size_t>> seen_;    // as written
  std::array<bool, kFields> met_{};
  std::vector<std::string> first_names_;
};

}  // namespace klotterkoll
