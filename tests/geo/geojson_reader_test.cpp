#include "geo/geojson_reader.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "support/refusal.h"

using namespace klotterkoll;
using nlohmann::json;

namespace {

/// The text, `chunk` bytes at a time.
ByteSource source_of(std::string text, std::size_t chunk = 1 << 16) {
  return [text = std::move(text), at = std::size_t{0}, chunk](char* to, std::size_t size) mutable {
    const std::size_t count = std::min({size, chunk, text.size() - at});
    text.copy(to, count, at);
    at += count;
    return count;
  };
}

std::vector<Feature> read(const std::string& text, std::size_t chunk = 1 << 16) {
  std::vector<Feature> features;
  read_geojson(source_of(text, chunk), [&](Feature& one) { features.push_back(one); }, [](int) {});
  return features;
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    return error.what();
  }
  return "";
}

std::string collection(const std::string& features) { return R"({"type":"FeatureCollection","features":[)" + features + "]}"; }
std::string feature(const std::string& type, const std::string& coordinates) {
  return R"({"type":"Feature","properties":{"a":"b"},"geometry":{"type":")" + type + R"(","coordinates":)" + coordinates + "}}";
}
std::string fault_of(const std::string& type, const std::string& coordinates) {
  const auto features = read(collection(feature(type, coordinates) + "," + feature("Point", "[1,2]")));
  REQUIRE(features.size() == 2);  // the next one is read whatever the first one holds
  CHECK(features[1].fault.empty());
  CHECK(features[1].number == 2);
  CHECK(features[1].coordinates.positions == std::vector<Position>{{1, 2}});
  return features[0].fault;
}

}  // namespace

TEST_CASE("geojson: positions come in order, with the ends of rings and polygons") {
  const auto features = read(collection(
      feature("Point", "[13.5,55.9,120]") + "," + feature("LineString", "[[1,2],[3,4]]") + "," +
      feature("Polygon", "[[[0,0],[4,0],[4,4],[0,0]],[[1,1],[2,1],[2,2],[1,1]]]") + "," +
      feature("MultiPolygon", "[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]")));
  REQUIRE(features.size() == 4);
  for (const Feature& one : features) CHECK(one.fault.empty());
  CHECK(features[0].coordinates == Coordinates{{{13.5, 55.9}}, {}, {}, 1});
  CHECK(features[1].coordinates == Coordinates{{{1, 2}, {3, 4}}, {2}, {}, 2});
  CHECK(features[2].coordinates.ends == std::vector<std::size_t>{4, 8});
  CHECK(features[2].coordinates.group_ends == std::vector<std::size_t>{2});
  CHECK(features[2].coordinates.level == 3);
  CHECK(features[3].coordinates.ends == std::vector<std::size_t>{4, 8});
  CHECK(features[3].coordinates.group_ends == std::vector<std::size_t>{1, 2});
  CHECK(features[3].number == 4);
}

TEST_CASE("geojson: members are texts, lists of them, numbers and truths; null, empty and nested ones are left out") {
  const auto features = read(R"({"properties":{"name":"Bj\u00f6rk \"A\"","list":["x","",null,7],"n":1267,"big":55612345678901234567,"yes":true,
    "none":null,"empty":"","nested":{"a":1},"listed":[[1],{"b":2}]},"geometry":null,"id":5,"type":"Feature"})");
  REQUIRE(features.size() == 1);
  using Members = std::vector<std::pair<std::string, std::vector<std::string>>>;
  CHECK(features[0].members == Members{{"name", {"Björk \"A\""}}, {"list", {"x", "7"}}, {"n", {"1267"}}, {"big", {"55612345678901234567"}}, {"yes", {"true"}}});
  CHECK(features[0].geometry_type.empty());
  CHECK(features[0].fault.empty());
}

TEST_CASE("geojson: a sequence is read by lines, by record separators, and without either") {
  const std::string point = feature("Point", "[1,2]");
  for (const std::string& text : {point + "\n" + point + "\n", point + "\n\r\n" + point, "\x1E" + point + "\n\x1E" + point + "\n",
                                  "\x1E" + json::parse(point).dump(2) + "\x1E" + point, point + " " + point, "\xEF\xBB\xBF" + point + "\n" + point}) {
    CAPTURE(text);
    CHECK(read(text).size() == 2);
  }
}

TEST_CASE("geojson: a broken record of a sequence is a fault of its own") {
  const std::string point = feature("Point", "[1,2]");
  for (const std::string& broken : {std::string{"{\"type\":\"Feature\",\"proper"}, std::string{"{]"}, std::string{"\"unclosed"}, std::string(3, '\0'),
                                    std::string{"{\"type\":\"Feature\",\"geometry\":"} + std::string(100, '[') + std::string(100, ']') + "}"})
    for (const std::string& text : {point + "\n" + broken + "\n" + point + "\n", "\x1E" + point + "\x1E" + broken + "\x1E" + point}) {
      CAPTURE(text);
      const auto features = read(text);
      REQUIRE(features.size() == 3);
      CHECK(features[0].fault.empty());
      CHECK(features[1].fault.starts_with("It is not JSON: "));
      CHECK(features[2].fault.empty());
      CHECK(features[2].number == 3);
    }
}

TEST_CASE("geojson: a coordinate that is no finite number is named, and the rest is read") {
  for (const char* number : {"NaN", "nan", "Infinity", "-Infinity", "1e999", "-1e400", "null", "1e-999",
                             "111111111111111111111111111111111111111111111111111111111111111111111111"}) {
    CAPTURE(number);
    CHECK(fault_of("Point", "[13.5," + std::string{number} + "]") == "A coordinate is no finite number; it is null, NaN, infinite or too large.");
  }
  CHECK(fault_of("Point", "[13.5,\"55.9\"]") == "A coordinate is no number but \"55.9\".");
  CHECK(fault_of("Point", "[13.5,true]") == "A coordinate is no number but \"true\".");
  CHECK(fault_of("Point", "[1.35e1,-5.59E+1]").empty());
}

TEST_CASE("geojson: arrays that are not nested as positions are named, and the rest is read") {
  CHECK(fault_of("Polygon", "[[[0,0],[4,0],[4,4],0]]") == "The coordinates are not nested as those of a Polygon.");
  CHECK(fault_of("Polygon", "[[[0,0],[[4,0]],[4,4]]]") == "The coordinates are not nested as those of a Polygon.");
  CHECK(fault_of("Polygon", "[[[0,0],{\"x\":1},[4,4]]]") == "The coordinates are not nested as those of a Polygon.");
  CHECK(fault_of("Polygon", "[[[[[[[[0,0]]]]]]]]") == "The coordinates are not nested as those of a Polygon.");
  CHECK(fault_of("Polygon", "[[]]") == "The coordinates hold an empty part.");
  CHECK(fault_of("Polygon", "[[[0,0],[]]]") == "The coordinates hold an empty part.");
  CHECK(fault_of("Point", "[13.5]") == "A position has fewer than two numbers.");
}

TEST_CASE("geojson: at most 100,000 points, and a text of 64 kB") {
  const auto ring = [](std::size_t points) {
    std::string text = "[[";
    for (std::size_t i = 0; i < points; ++i) text += (i ? ",[" : "[") + std::to_string(i % 90) + ",1]";
    return text + "]]";
  };
  CHECK(fault_of("Polygon", ring(100'000)).empty());
  CHECK(fault_of("Polygon", ring(100'001)) == "The geometry has more than 100,000 points; simplify it.");
  const auto with_text = [](std::size_t bytes) {
    return read(collection(R"({"type":"Feature","geometry":null,"properties":{"a":")" + std::string(bytes, 'x') + R"("}},)" + feature("Point", "[1,2]"))).at(0).fault;
  };
  CHECK(with_text(65'536).empty());
  CHECK(with_text(65'537).starts_with("The member a is too long"));
  CHECK(with_text(3'000'000).starts_with("The member a is too long"));  // beyond what the filter keeps
}

TEST_CASE("geojson: a long text of escapes is cut, and what follows is read") {
  std::string escapes;
  for (int i = 0; i < 300'000; ++i) escapes += i % 3 ? "\\u00e5\\\"" : "å\\\\";
  const auto features = read(collection(R"({"type":"Feature","geometry":null,"properties":{"a":")" + escapes + R"(","b":"c"}},)" + feature("Point", "[1,2]")));
  REQUIRE(features.size() == 2);
  CHECK(features[0].fault.starts_with("The member a is too long"));
  CHECK(features[1].fault.empty());
}

TEST_CASE("geojson: what is not JSON, ends too early or is nested too deep is refused with the place") {
  const std::string whole = collection(feature("Point", "[1,2]") + "," + feature("Point", "[1,2]"));
  CHECK(refusal(whole.substr(0, whole.size() - 1)).find("it ends too early") != std::string::npos);
  CHECK(refusal(whole.substr(0, whole.size() - 60)).find("after 1 features") != std::string::npos);
  CHECK(refusal("<osm></osm>").starts_with("The file is not GeoJSON: "));
  CHECK(refusal(std::string("\x7f" "ELF\0\0\1", 7)).starts_with("The file is not GeoJSON: "));
  CHECK(refusal(R"({"type":"FeatureCollection","features":[{"x":)" + std::string(100'000, '[')).find("nested deeper than 64") != std::string::npos);
  CHECK(refusal(std::string(100'000, '{')).find("not GeoJSON") != std::string::npos);
  CHECK(refusal(R"({"type":"FeatureCollection","features":[}]})").find("near byte 4") != std::string::npos);
  CHECK(refusal("") == "The file holds no features; a GeoJSON FeatureCollection or a sequence of Features is read.");
  CHECK(refusal(" \n\x1E ").starts_with("The file holds no features"));
  CHECK(refusal(R"({"type":"Polygon","coordinates":[]})").starts_with("The file holds a Polygon;"));
  CHECK(refusal("[1,2]").starts_with("The file holds no features"));
  CHECK(refusal(R"({"type":"Topology","objects":{}})").starts_with("The file holds a Topology;"));
  CHECK(read(collection("")).empty());
}

TEST_CASE("geojson: the coordinate system is told by its number") {
  const auto system = [](const std::string& name) {
    std::vector<int> codes;
    read_geojson(source_of(R"({"type":"FeatureCollection","crs":{"type":"name","properties":{"name":")" + name + R"("}},"features":[]})"), [](Feature&) {},
                 [&](int code) { codes.push_back(code); });
    return codes;
  };
  CHECK(system("urn:ogc:def:crs:OGC:1.3:CRS84") == std::vector<int>{4326});
  CHECK(system("urn:ogc:def:crs:EPSG::3006") == std::vector<int>{3006});
  CHECK(system("EPSG:3008") == std::vector<int>{3008});
  CHECK(system("RT90") == std::vector<int>{0});
  CHECK(system("urn:ogc:def:crs:EPSG::30x6") == std::vector<int>{0});
}

TEST_CASE("geojson: what was written is read again, in pieces of any size") {
  CHECK(rc::check([] {
    const auto count = *rc::gen::inRange(0, 6);
    json written = json::array();
    std::vector<std::vector<Position>> lines;
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
      lines.emplace_back();
      json coordinates = json::array();
      for (int k = *rc::gen::inRange(2, 5); k > 0; --k) {
        const Position p{*rc::gen::inRange(-1'800'000'000, 1'800'000'000) / 1e7, *rc::gen::inRange(-900'000'000, 900'000'000) / 1e7};
        lines.back().push_back(p);
        coordinates.push_back({p.x, p.y});
      }
      names.push_back(*rc::gen::map(rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)), [](std::string text) { return "n" + text; }));
      written.push_back({{"type", "Feature"}, {"properties", {{"name", names.back()}}}, {"geometry", {{"type", "LineString"}, {"coordinates", coordinates}}}});
    }
    std::string text;
    if (*rc::gen::arbitrary<bool>() || count == 0) text = json{{"type", "FeatureCollection"}, {"features", written}}.dump(*rc::gen::element(-1, 2));
    else for (const json& one : written) text += one.dump() + "\n";
    const auto features = read(text, *rc::gen::inRange<std::size_t>(1, 50));
    RC_ASSERT(features.size() == lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      RC_ASSERT(features[i].fault.empty());
      RC_ASSERT(features[i].coordinates.positions == lines[i]);
      RC_ASSERT(features[i].members.front().second.front() == names[i]);
    }
  }));
}

TEST_CASE("geojson: no bytes whatever do harm") {
  CHECK(rc::check([] {
    std::string text = collection(feature("Polygon", "[[[0,0],[4,0],[4,4],[0,0]]]") + "," + feature("Point", "[1,2]"));
    if (*rc::gen::arbitrary<bool>()) text = feature("Point", "[1,2]") + "\n" + text + "\n\x1E" + feature("Point", "[1,2]");
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      const char byte = *rc::gen::element('{', '}', '[', ']', '"', '\\', ',', ':', '\n', '\x1E', '\0', 'N', '-', '9', 'e', '\xC3', ' ');
      if (*rc::gen::arbitrary<bool>()) text[at] = byte;
      else text.insert(at, 1, byte);
    }
    try {
      read(text, *rc::gen::inRange<std::size_t>(1, 50));
    } catch (const Error& error) {
      RC_ASSERT(error.code() == ErrorCode::malformed);
    }
  }));
}
