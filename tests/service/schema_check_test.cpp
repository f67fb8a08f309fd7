#include "json/schema_check.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include "base/error.h"
#include "schemas.h"

using namespace klotterkoll;
using nlohmann::json;

namespace {

std::vector<Fault> faults_of(const std::function<void()>& act) {
  try {
    act();
    return {};
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    return error.faults();
  }
}

std::vector<Fault> parse_faults(const std::string& body) {
  return faults_of([&] { parse_json(body); });
}

std::vector<Fault> faults(std::string_view schema, const json& body) {
  return faults_of([&] { check_schema(schema, body); });
}

const json kReport = {{"location", {{"address", "Storgatan 12"}}}, {"category", "tag"}};

json report_with(const std::string& member, const json& value) {
  json report = kReport;
  report[member] = value;
  return report;
}

std::string nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("parse: what JSON says is read") {
  const json value = parse_json("{\"a\": [1, -2, 2.5, true, null, \"\\u00e5 \xC3\xA5\"], \"b\": {}}\n");
  CHECK(value == json{{"a", {1, -2, 2.5, true, nullptr, "\xC3\xA5 \xC3\xA5"}}, {"b", json::object()}});
  CHECK(parse_json("9223372036854775807") == json(9223372036854775807));
  CHECK(parse_json("-9223372036854775808").get<long long>() == std::numeric_limits<long long>::min());
}

TEST_CASE("parse: what is refused is named with its place and a reason") {
  struct Row {
    std::string body, pointer, message;
  };
  const std::vector<Row> rows = {
      {"", "", "the body is empty; it must be JSON"},
      {" \n", "", "the body is empty; it must be JSON"},
      {"\xEF\xBB\xBF{}", "", "the body begins with a byte order mark; leave it out"},
      {"{\"a\": 1", "", "the body is not JSON at line 1, column 8: unexpected end of input; expected '}'"},
      {"{\n  \"å\": x}", "", "the body is not JSON at line 2, column 8: invalid literal"},
      {"{} {}", "", "the body is not JSON at line 1, column 4: unexpected '{'; expected end of input"},
      {"[NaN]", "", "the body is not JSON at line 1, column 2: invalid literal"},
      {"[\"a\nb\"]", "",
       "the body is not JSON at line 1, column 4: invalid string: control character U+000A (LF) must be "
       "escaped to "
       "\\u000A or \\n"},
      {"[\"\xC3\x28\"]", "",
       "the body is not JSON at line 1, column 4: invalid string: ill-formed UTF-8 byte"},
      {"[\"\xED\xA0\x80\"]", "",
       "the body is not JSON at line 1, column 4: invalid string: ill-formed UTF-8 byte"},
      {R"({"a": {"b": 1, "b": 1}})", "/a/b", "a.b stands twice in the same object"},
      {R"({"a/~": 1, "a/~": 1})", "/a~1~0", "a/~ stands twice in the same object"},
      {R"({"n": 9223372036854775808})", "/n", "n is a number out of range"},
      {R"({"n": -9223372036854775809})", "/n", "n is a number out of range"},
      {R"({"n": [0, 123456789012345678901234567890]})", "/n/1", "n.1 is a number out of range"},
      {R"({"n": 1e999})", "/n", "n is a number out of range"},
      {R"({"t": ["\u0000"]})", "/t/0",
       "t.0 contains a control character; only tab and line feed are allowed"},
      {R"({"t": "a\rb"})", "/t", "t contains a control character; only tab and line feed are allowed"},
      {R"({"t": "\u007f"})", "/t", "t contains a control character; only tab and line feed are allowed"},
      {R"({"t": "\u0085"})", "/t", "t contains a control character; only tab and line feed are allowed"},
      {R"({"t": {"a\u0001": 1}})", "/t", "t has a member whose name contains a control character"},
      {nested(33), "/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0",
       "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 is nested too deep; at most 32 "
       "levels are "
       "allowed"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const auto found = parse_faults(row.body);
    REQUIRE(found.size() == 1);
    CHECK(found[0].pointer == row.pointer);
    CHECK(found[0].message == row.message);
  }
}

TEST_CASE("parse: line ends become LF, tabs and other characters stay") {
  CHECK(parse_json(R"(["a\r\nb\tc\n"])") == json{"a\nb\tc\n"});
  CHECK(parse_json("[\"\xC2\xA0\xF0\x9F\x8E\xA8\"]") == json{"\xC2\xA0\xF0\x9F\x8E\xA8"});
}

TEST_CASE("parse: depth is bounded without using the stack") {
  CHECK_NOTHROW(parse_json(nested(32)));
  CHECK(parse_faults(nested(1'000'000)).size() == 1);
  CHECK(parse_faults(std::string(1'000'000, '[')).size() == 1);
}

TEST_CASE("parse: values are counted, so that small text does not become a large tree") {
  const auto list_of = [](std::size_t size, const std::string& value) {
    std::string body = "[";
    for (std::size_t i = 0; i < size; ++i) body += (i == 0 ? "" : ",") + value;
    return body + "]";
  };
  // The list itself counts.
  CHECK_NOTHROW(parse_json(list_of(9, "{}"), 10));
  for (const char* value : {"{}", "[]", "1", "-1", "1.5", "\"a\"", "true", "null"}) {
    CAPTURE(value);
    CHECK(parse_faults(list_of(kSpareValues - 1, value)).empty());
    const auto found = parse_faults(list_of(kSpareValues, value));
    REQUIRE(found.size() == 1);
    CHECK(found[0].message == "the body holds more than 2000 values, far more than can have a meaning here");
  }
  CHECK(parse_faults("{\"a\": " + list_of(kSpareValues, "{\"b\": 1}") + "}").size() == 1);
}

TEST_CASE("schema check: a body may hold what its schema has room for, and the spare values") {
  CHECK(most_values("comment") == 3 + kSpareValues);  // itself, text, visibility
  CHECK(most_values("report") < 60 + kSpareValues);
  CHECK(most_values("owner") > 2000 + kSpareValues);
  CHECK(most_values("batch") > 1000 * (most_values("report") - kSpareValues));
  json photos = json::array();
  for (int i = 0; i < 1900; ++i) photos.push_back("x");
  const auto read_faults = [&] { return faults_of([&] { read_json("report", report_with("photo_ids", photos).dump()); }); };
  CHECK(read_faults() == std::vector<Fault>{{"/photo_ids", "photo_ids must have at most 5 elements; it has 1900"}});
  for (int i = 0; i < 200; ++i) photos.push_back("x");
  REQUIRE(read_faults().size() == 1);
  CHECK(read_faults()[0].pointer == "");
}

TEST_CASE("schema check: a plain report passes, with and without its optional members") {
  CHECK_NOTHROW(check_schema("report", kReport));
  for (const RequestSchema& schema : request_schemas()) {
    const json source = json::parse(schema.json);
    REQUIRE(!source.at("examples").empty());
    for (const json& example : source.at("examples")) CHECK_NOTHROW(check_schema(schema.name, example));
  }
}

TEST_CASE("schema check: every fault is named, with its pointer and what would be right") {
  const json body = {{"location", {{"lat", 95}, {"lon", "13.5"}}},
                     {"colour/1", "red"},
                     {"surface", "roof"},
                     {"photo_ids", {"a", 7}},
                     {"contact", {{"name", std::string(201, 'x')}}}};
  CHECK(
      faults("report", body) ==
      std::vector<Fault>{
          {"/category", "category is missing"},
          {"/colour~11",
           "colour/1 is not known here; known are municipality, location, category, surface, object_type, "
           "object_label, description, observed_at, reported_at, received_at, source, intake, "
           "police_reference, "
           "external_id, owner_id, joins, photo_ids, contact"},
          {"/contact/name", "contact.name must have at most 200 characters; it has 201"},
          {"/location/lat", "location.lat must be between -90 and 90"},
          {"/location/lon", "location.lon must be a number"},
          {"/photo_ids/1", "photo_ids.1 must be text"},
          {"/surface", "surface must be one of wall, garage_door, door, window, fence, sign, ground, other"},
      });
}

TEST_CASE("schema check: both sides of each bound") {
  CHECK(faults("report", report_with("description", std::string(4000, 'x'))).empty());
  CHECK(faults("report", report_with("description", std::string(4001, 'x'))).size() == 1);
  // Four thousand characters are eight thousand bytes when they are all of them å.
  std::string swedish;
  for (int i = 0; i < 4000; ++i) swedish += "\xC3\xA5";
  CHECK(faults("report", report_with("description", swedish)).empty());
  CHECK(faults("report", report_with("description", swedish + "x")).size() == 1);
  CHECK(faults("policy", {{"mode", "hours"}, {"limit", 1}}).empty());
  CHECK(faults("policy", {{"mode", "hours"}, {"limit", 0}}) ==
        std::vector<Fault>{{"/limit", "limit must be between 1 and 9999"}});
  CHECK(faults("policy", {{"mode", "hours"}, {"limit", 3.0}}) ==
        std::vector<Fault>{{"/limit", "limit must be a whole number"}});
  CHECK(faults("report", report_with("location", {{"lat", 90}, {"lon", -180}})).empty());
  CHECK(faults("batch", {{"items", json::array()}}) ==
        std::vector<Fault>{{"/items", "items must have at least 1 elements"}});
  CHECK(faults("batch", {{"items", std::vector<json>(1000, kReport)}}).empty());
  CHECK(faults("batch", {{"items", std::vector<json>(1001, kReport)}}).size() == 1);
}

TEST_CASE("schema check: an empty text counts as absent") {
  CHECK(faults("report", report_with("surface", "")).empty());
  CHECK(faults("report", report_with("category", "")) ==
        std::vector<Fault>{{"/category", "category is missing"}});
  CHECK(faults("comment", {{"text", ""}}) == std::vector<Fault>{{"/text", "text is missing"}});
  CHECK(faults("report", report_with("colour", "")).size() == 1);
  CHECK(read_json("report",
                  R"({"category": "tag", "surface": "", "location": {"lat": 1, "lon": 2, "address": ""},
                               "contact": {"name": "", "email": "", "phone": ""}})") ==
        json{{"category", "tag"}, {"location", {{"lat", 1}, {"lon", 2}}}, {"contact", json::object()}});
}

TEST_CASE("schema check: null is refused but where it removes something") {
  CHECK(faults("report", report_with("surface", nullptr)) ==
        std::vector<Fault>{{"/surface", "surface must be text"}});
  CHECK(faults("municipality_patch", {{"host", nullptr}, {"area", nullptr}}).empty());
  CHECK(faults("municipality_patch", {{"area", 1}}) ==
        std::vector<Fault>{{"/area", "area must be an object or null"}});
}

TEST_CASE("schema check: the rows of a batch are left to be checked one by one") {
  CHECK(faults("batch", {{"items", {kReport, 7, {{"colour", "red"}}}}}).empty());
}

TEST_CASE("schema check: a body that is no object is refused, a made-up name repeated only in part") {
  CHECK(faults("report", 7) == std::vector<Fault>{{"", "the body must be an object"}});
  CHECK(faults("report", json::array()) == std::vector<Fault>{{"", "the body must be an object"}});
  const auto found =
      faults("report", report_with(std::string(59, 'x') + "\xC3\xA5" + std::string(5000, 'x'), 1));
  REQUIRE(found.size() == 1);
  CHECK(found[0].pointer == "/" + std::string(59, 'x'));
  json many = kReport;
  for (int i = 0; i < 1000; ++i) many["m" + std::to_string(i)] = i;
  CHECK(faults("report", many).size() == 50);
}

TEST_CASE("schema check: a schema nobody wrote is our own mistake") {
  CHECK_THROWS_AS(check_schema("raport", kReport), std::out_of_range);
}

namespace {

/// valijson's verdict on the schema without what the walker leaves to others: patterns, formats, the rows of
/// a batch.
class Reference {
 public:
  explicit Reference(const RequestSchema& schema) {
    const json source = reduced(json::parse(schema.json));
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(source), schema_);
  }
  bool accepts(const json& body) const {
    valijson::Validator validator;
    return validator.validate(schema_, valijson::adapters::NlohmannJsonAdapter(body), nullptr);
  }

 private:
  static json reduced(json node) {
    if (node.is_object()) {
      for (const char* keyword : {"pattern", "format"})
        if (node.contains(keyword) && node[keyword].is_string()) node.erase(keyword);
      if (node.contains("x-rows-checked-one-by-one")) node.erase("items");
    }
    if (node.is_structured())
      for (json& inner : node) inner = reduced(inner);
    return node;
  }

  valijson::Schema schema_;
};

/// A body with a value for every member, made from the members' examples.
json filled(const json& schema) {
  if (schema.contains("example")) return schema["example"];
  if (schema.contains("properties")) {
    json body = json::object();
    for (const auto& [name, member] : schema["properties"].items()) body[name] = filled(member);
    return body;
  }
  if (schema.contains("items")) return json::array({filled(schema["items"])});
  throw std::logic_error("no example in " + schema.dump());
}

using Random = std::mt19937;
std::size_t below(Random& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

void mutate(json& value, Random& random) {
  static const std::vector<json> strange = {nullptr,
                                            true,
                                            0,
                                            1,
                                            -1,
                                            3.5,
                                            -1e300,
                                            1e300,
                                            9223372036854775807,
                                            "x",
                                            "tag",
                                            "hours",
                                            std::string(33, 'x'),
                                            std::string(301, 'x'),
                                            std::string(5000, 'x'),
                                            json::array(),
                                            json::object(),
                                            {"x"},
                                            {{"mode", "hours"}}};
  if (value.is_structured() && !value.empty() && below(random, 4) != 0) {
    auto inner = value.begin();
    std::advance(inner, below(random, value.size()));
    if (below(random, 4) == 0)
      value.erase(inner);
    else
      mutate(*inner, random);
  } else if (value.is_object() && below(random, 2) == 0) {
    value["colour"] = strange[below(random, strange.size())];
  } else if (value.is_array() && !value.empty() && below(random, 2) == 0) {
    value = std::vector<json>(below(random, 1500), value[0]);
  } else {
    value = strange[below(random, strange.size())];
  }
}

}  // namespace

TEST_CASE("schema check: its verdict on thousands of spoiled bodies is valijson's") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  Random random(seed);
  int accepted = 0;
  int refused = 0;
  for (const RequestSchema& schema : request_schemas()) {
    const Reference reference(schema);
    const json source = json::parse(schema.json);
    for (int i = 0; i < 300; ++i) {
      json body = below(random, 2) == 0 ? filled(source) : source["examples"][0];
      drop_empty_members(body);
      for (std::size_t n = below(random, 3); n > 0; --n) mutate(body, random);
      CAPTURE(schema.name);
      CAPTURE(body.dump().substr(0, 2000));
      const bool passes = faults(schema.name, body).empty();
      REQUIRE(passes == reference.accepts(body));
      ++(passes ? accepted : refused);
    }
  }
  CHECK(accepted > 1000);
  CHECK(refused > 1000);
}
