#include "json/schema_check.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "json/text.h"
#include "schemas.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

/// More faults than a person reads only make small requests large answers.
constexpr std::size_t kMostFaults = 50;

enum Type : unsigned {
  kNull = 1,
  kBoolean = 2,
  kInteger = 4,
  kNumber = 8,
  kString = 16,
  kArray = 32,
  kObject = 64
};

/// A JSON Schema of the few keywords that we use, ready to be walked.
struct Schema {
  unsigned types = 0;
  std::vector<std::string> codes;  ///< enum
  std::optional<double> minimum, maximum;
  std::size_t min_size = 0;  ///< characters or elements
  std::size_t max_size = std::numeric_limits<std::size_t>::max();
  std::unique_ptr<Schema> items;
  std::map<std::string, Schema, std::less<>> properties;
  std::vector<std::string> order;  ///< the names of `properties` as the file has them
  std::vector<std::string> required;
  std::size_t most_values = 1;  ///< in a body that passes
};

unsigned type_of(const std::string& name) {
  static const std::map<std::string, unsigned> types = {
      {"null", kNull},     {"boolean", kBoolean}, {"integer", kInteger}, {"number", kNumber | kInteger},
      {"string", kString}, {"array", kArray},     {"object", kObject}};
  return types.at(name);
}

/// Throws on a keyword it does not know: a rule that stands in the contract must not silently go unchecked.
Schema compiled(const nlohmann::ordered_json& source) {
  Schema schema;
  bool closed = false;
  bool rows = false;
  for (const auto& [keyword, value] : source.items()) {
    if (keyword == "type") {
      for (const auto& name : value.is_array() ? value : nlohmann::ordered_json::array({value}))
        schema.types |= type_of(name);
    } else if (keyword == "enum") {
      schema.codes = value.get<std::vector<std::string>>();
    } else if (keyword == "minimum") {
      schema.minimum = value.get<double>();
    } else if (keyword == "maximum") {
      schema.maximum = value.get<double>();
    } else if (keyword == "minLength" || keyword == "minItems") {
      schema.min_size = value;
    } else if (keyword == "maxLength" || keyword == "maxItems") {
      schema.max_size = value;
    } else if (keyword == "items") {
      schema.items = std::make_unique<Schema>(compiled(value));
    } else if (keyword == "properties") {
      for (const auto& [name, member] : value.items()) {
        schema.properties.emplace(name, compiled(member));
        schema.order.push_back(name);
      }
    } else if (keyword == "required") {
      schema.required = value.get<std::vector<std::string>>();
    } else if (keyword == "additionalProperties") {
      closed = value == false;
    } else if (keyword == "x-rows-checked-one-by-one") {
      rows = true;
    } else if (keyword != "$schema" && keyword != "title" && keyword != "description" &&
               keyword != "example" && keyword != "examples" && keyword != "default" &&
               keyword != "pattern" && keyword != "format") {
      throw std::logic_error("a request schema uses the keyword " + keyword);
    }
  }
  if ((schema.types & kObject) && !closed) throw std::logic_error("a request schema admits any member");
  if (schema.items) {
    if (schema.max_size == std::numeric_limits<std::size_t>::max()) throw std::logic_error("a list in a request schema has no end");
    schema.most_values += schema.max_size * schema.items->most_values;
  }
  for (const auto& [name, member] : schema.properties) schema.most_values += member.most_values;
  if (rows) schema.items.reset();
  return schema;
}

const Schema& schema_named(std::string_view name) {
  static const auto schemas = [] {
    std::map<std::string_view, Schema> made;
    for (const RequestSchema& schema : request_schemas())
      made.emplace(schema.name, compiled(nlohmann::ordered_json::parse(schema.json)));
    return made;
  }();
  const auto found = schemas.find(name);
  if (found == schemas.end()) throw std::out_of_range("no request schema is called " + std::string(name));
  return found->second;
}

/// Where in the body a value stands, as a chain up to the root: nothing is copied unless there is a fault.
struct Place {
  const Place* parent = nullptr;
  std::string_view member;
  std::size_t element = 0;  ///< in a list, where `member` is empty
  bool in_list = false;

  std::string name() const { return in_list ? std::to_string(element) : shown_name(member); }
  /// "/location/lat"
  std::string pointer() const { return parent ? parent->pointer() + pointer_step(name()) : ""; }
  /// "location.lat", as a sentence begins with it
  std::string words() const {
    if (!parent) return "the body";
    return parent->parent ? parent->words() + "." + name() : name();
  }
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// A bound, which is a whole number in all schemas.
std::string number(double bound) { return std::to_string(static_cast<long long>(bound)); }

std::string description_of(unsigned types) {
  std::string text = types & kString    ? "text"
                     : types & kBoolean ? "true or false"
                     : types & kNumber  ? "a number"
                     : types & kInteger ? "a whole number"
                     : types & kArray   ? "a list"
                                        : "an object";
  return types & kNull ? text + " or null" : text;
}

unsigned type_of(const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      return kNull;
    case json::value_t::boolean:
      return kBoolean;
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
      return kInteger;
    case json::value_t::number_float:
      return kNumber;
    case json::value_t::string:
      return kString;
    case json::value_t::array:
      return kArray;
    default:
      return kObject;
  }
}

bool is_empty_text(const json& value) {
  return value.is_string() && value.get_ref<const std::string&>().empty();
}

class Walk {
 public:
  std::vector<Fault> faults;

  void check(const Schema& schema, const json& value, const Place& place) {
    const unsigned type = type_of(value);
    if (!(schema.types & type)) return fault(place, "must be " + description_of(schema.types));
    switch (type) {
      case kInteger:
      case kNumber:
        return check_number(schema, value.get<double>(), place);
      case kString:
        return check_text(schema, value.get_ref<const std::string&>(), place);
      case kArray:
        return check_list(schema, value, place);
      case kObject:
        return check_object(schema, value, place);
      default:
        return;
    }
  }

 private:
  void fault(const Place& place, const std::string& what) {
    if (faults.size() < kMostFaults) faults.push_back({place.pointer(), place.words() + " " + what});
  }

  void check_number(const Schema& schema, double value, const Place& place) {
    const bool low = schema.minimum && value < *schema.minimum;
    const bool high = schema.maximum && value > *schema.maximum;
    if (!low && !high) return;
    if (schema.minimum && schema.maximum)
      fault(place, "must be between " + number(*schema.minimum) + " and " + number(*schema.maximum));
    else
      fault(place, low ? "must be at least " + number(*schema.minimum)
                       : "must be at most " + number(*schema.maximum));
  }

  void check_text(const Schema& schema, const std::string& value, const Place& place) {
    if (!schema.codes.empty()) {
      if (std::find(schema.codes.begin(), schema.codes.end(), value) == schema.codes.end())
        fault(place, "must be one of " + joined(schema.codes));
      return;
    }
    // Counting characters is only worth it near a bound: there are never more of them than bytes.
    if (value.size() <= schema.max_size && schema.min_size == 0) return;
    check_size(schema, utf8_length(value), place, " characters");
  }

  void check_list(const Schema& schema, const json& value, const Place& place) {
    check_size(schema, value.size(), place, " elements");
    if (!schema.items || value.size() > schema.max_size) return;
    for (std::size_t i = 0; i < value.size(); ++i) check(*schema.items, value[i], {&place, {}, i, true});
  }

  void check_size(const Schema& schema, std::size_t size, const Place& place, const char* unit) {
    if (size > schema.max_size)
      fault(place, "must have at most " + std::to_string(schema.max_size) + unit + "; it has " +
                       std::to_string(size));
    if (size < schema.min_size) fault(place, "must have at least " + std::to_string(schema.min_size) + unit);
  }

  void check_object(const Schema& schema, const json& value, const Place& place) {
    for (const std::string& name : schema.required) {
      const auto member = value.find(name);
      if (member == value.end() || is_empty_text(*member)) fault({&place, name}, "is missing");
    }
    for (const auto& [name, member] : value.get_ref<const json::object_t&>()) {
      const Place inner{&place, name};
      const auto known = schema.properties.find(name);
      if (known == schema.properties.end())
        fault(inner, "is not known here; known are " + joined(schema.order));
      else if (!is_empty_text(member))
        check(known->second, member, inner);
    }
  }
};

}  // namespace

void check_schema(std::string_view schema_name, const json& body) {
  Walk walk;
  walk.check(schema_named(schema_name), body, Place{});
  if (!walk.faults.empty()) throw Error(ErrorCode::malformed, std::move(walk.faults));
}

std::size_t most_values(std::string_view schema_name) { return schema_named(schema_name).most_values + kSpareValues; }

void drop_empty_members(json& body) {
  if (body.is_object())
    for (auto member = body.begin(); member != body.end();)
      member = is_empty_text(*member) ? body.erase(member) : std::next(member);
  if (body.is_structured())
    for (json& inner : body) drop_empty_members(inner);
}

json read_json(std::string_view schema_name, std::string_view body) {
  json value = parse_json(body, most_values(schema_name));
  check_schema(schema_name, value);
  drop_empty_members(value);
  return value;
}

}  // namespace klotterkoll
