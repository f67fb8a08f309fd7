// `import properties` and `import addresses` by the real binary, on files that are made here, those of other formats by
// ogr2ogr itself.

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "store/sqlite_connection.h"
#include "support/workshop.h"

using klotterkoll::SqliteConnection;
using klotterkoll::test::CommandResult;
using klotterkoll::test::Workshop;
using nlohmann::json;

namespace {

/// A database with Höör and HFAB in it.
struct Register : Workshop {
  Register() {
    REQUIRE(run({"migrate"}).exit_code == 0);
    REQUIRE(run({"municipality", "add", "--code", "1267", "--name", "Höör"}).exit_code == 0);
    REQUIRE(run({"owner", "add", "--municipality", "1267", "--id", "hfab", "--name", "Höörs Fastighets AB"}).exit_code == 0);
  }
  CommandResult import(const std::string& what, const std::string& file, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"import", what, file, "--municipality", "1267", "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  json properties(const std::string& file, const std::vector<std::string>& more = {}) const { return parsed(import("properties", file, more)); }
  json addresses(const std::string& file, const std::vector<std::string>& more = {}) const { return parsed(import("addresses", file, more)); }

  std::string value(const std::string& sql) const {
    SqliteConnection connection{path("klotterkoll.db"), SqliteConnection::Use::reader};
    std::string all;
    connection.query(sql, [&](const klotterkoll::Row& row) { all += (all.empty() ? "" : " | ") + row.text(0); });
    return all;
  }
  void change(const std::string& sql) const {
    SqliteConnection connection{path("klotterkoll.db"), SqliteConnection::Use::writer};
    connection.execute(sql);
  }
  std::string intervals() const {
    return value("SELECT designation_key || ' ' || owner_id || ' ' || COALESCE(valid_from, '') || '-' || COALESCE(valid_to, '') FROM properties ORDER BY designation_key, COALESCE(valid_from, 0)");
  }

 private:
  static json parsed(const CommandResult& result) {
    CAPTURE(result.err);
    REQUIRE(result.exit_code != 2);
    return json::parse(result.out);
  }
};

/// A square of `size` degrees.
json square(double lat, double lon, double size = 0.001) {
  return {{"type", "Polygon"}, {"coordinates", {{{lon, lat}, {lon + size, lat}, {lon + size, lat + size}, {lon, lat + size}, {lon, lat}}}}};
}
json feature(json properties, json geometry) {
  return {{"type", "Feature"}, {"properties", std::move(properties)}, {"geometry", std::move(geometry)}};
}
json property(const std::string& designation, const std::string& owner, double lon = 13.54) {
  return feature({{"designation", designation}, {"owner_name", owner}}, square(55.93, lon));
}
std::string collection(const std::vector<json>& features) { return json{{"type", "FeatureCollection"}, {"features", features}}.dump(); }

/// `count` properties beside each other, owned by turns of `owners`.
std::string town(int count, const std::string& owner, int first = 1) {
  std::string lines;
  for (int i = first; i < first + count; ++i)
    lines += feature({{"designation", "Kvarnbäck 1:" + std::to_string(i)}, {"owner_name", owner}},
                     square(55.9 + 0.0005 * (i / 100), 13.4 + 0.0005 * (i % 100), 0.0005)).dump() + "\n";
  return lines;
}

}  // namespace

TEST_CASE("import properties: polygons with owners, addresses and days are taken, by our names or others'") {
  const Register hoor;
  json shape = square(55.93, 13.54, 0.01);
  shape["coordinates"].push_back(square(55.932, 13.542)["coordinates"][0]);
  hoor.write("a.geojson", collection({
      feature({{"FASTIGHET", "HÖÖR KVARNBÄCK 1:23"}, {"agare", "Höörs fastighets ab"}, {"adresser", {"Storgatan 12", "Storgatan 14"}}, {"FROM", "2020-02-01"}}, shape),
      feature({{"FASTIGHET", "Höör  Kvarnbäck 1:24"}, {"agare", "Åsas Måleri & Färg"}, {"adresser", "Storgatan 16; storgatan 16 ; Storgatan 18"}, {"FROM", "2020/02/01"}}, square(55.95, 13.54)),
      feature({{"FASTIGHET", "eldaren 5"}, {"agare", "HFAB"}}, nullptr)}));
  const std::vector<std::string> maps{"--map", "designation=fastighet", "--map", "owner_name=Agare", "--map", "addresses=adresser", "--map", "valid_from=from"};
  auto more = maps;
  more.insert(more.end(), {"--owner", "HFAB=hfab"});
  const json result = hoor.properties("a.geojson", more);
  CHECK(result["features"] == 3);
  CHECK(result["refused"] == 0);
  CHECK(result["properties"]["added"] == 3);
  CHECK(result["owners_added"] == json::array({{{"owner_id", "asas-maleri-farg"}, {"name", "Åsas Måleri & Färg"}, {"same_name_as", ""}}}));
  CHECK(hoor.value("SELECT designation || ': ' || owner_id FROM properties ORDER BY id") ==
        "HÖÖR KVARNBÄCK 1:23: hfab | HÖÖR KVARNBÄCK 1:24: asas-maleri-farg | HÖÖR ELDAREN 5: hfab");
  CHECK(hoor.value("SELECT address FROM property_addresses ORDER BY address") == "Storgatan 12 | Storgatan 14 | Storgatan 16 | Storgatan 18");
  CHECK_FALSE(hoor.exists("a.geojson.rejected.csv"));
  // Again it changes nothing.
  const json again = hoor.properties("a.geojson", more);
  CHECK(again["properties"]["unchanged"] == 3);
  CHECK(again["properties"]["added"] == 0);
  CHECK(again["owners_added"].empty());
}

TEST_CASE("import properties: a second file is a difference, and nothing of the former is lost") {
  const Register hoor;
  hoor.write("a.geojson", collection({property("Kvarnbäck 1:1", "Höörs Fastighets AB", 13.50), property("Kvarnbäck 1:2", "Lindqvist", 13.51),
                                      property("Kvarnbäck 1:3", "Lindqvist", 13.52), property("Kvarnbäck 1:4", "Lindqvist", 13.53)}));
  CHECK(hoor.properties("a.geojson")["properties"]["added"] == 4);
  hoor.write("b.geojson", collection({property("Kvarnbäck 1:1", "Lindqvist", 13.50), property("Kvarnbäck 1:2", "Lindqvist", 13.515),
                                      property("Kvarnbäck 1:3", "Lindqvist", 13.52), property("Kvarnbäck 1:5", "Lindqvist", 13.55)}));
  const std::string before = hoor.intervals();
  const json foreseen = hoor.properties("b.geojson", {"--dry-run"});
  CHECK(hoor.intervals() == before);  // nothing was written
  const json done = hoor.properties("b.geojson");
  for (const json& result : {foreseen, done}) {
    const json& counts = result["properties"];
    CHECK(counts["added"] == 1);
    CHECK(counts["new_owner"] == 1);
    CHECK(counts["changed"] == 1);
    CHECK(counts["ended"] == 1);
    CHECK(counts["unchanged"] == 1);
    CHECK(counts["first"]["added"] == json{"HÖÖR KVARNBÄCK 1:5: lindqvist"});
    CHECK(counts["first"]["new_owner"] == json{"HÖÖR KVARNBÄCK 1:1: hfab -> lindqvist"});
    CHECK(counts["first"]["changed"] == json{"HÖÖR KVARNBÄCK 1:2: shape"});
    CHECK(counts["first"]["ended"] == json{"HÖÖR KVARNBÄCK 1:4: lindqvist"});
  }
  CHECK(foreseen["dry_run"] == true);
  const std::string day = hoor.value("SELECT valid_to FROM properties WHERE designation_key LIKE '%1:4'");
  CHECK(hoor.intervals() == "höör kvarnbäck 1:1 hfab -" + day + " | höör kvarnbäck 1:1 lindqvist " + day + "- | höör kvarnbäck 1:2 lindqvist - | höör kvarnbäck 1:3 lindqvist - | "
                            "höör kvarnbäck 1:4 lindqvist -" + day + " | höör kvarnbäck 1:5 lindqvist -");
  const json third = hoor.properties("b.geojson");
  CHECK(third["properties"]["unchanged"] == 4);
  CHECK(third["properties"]["ended"] == 0);
  // A part of the register ends nothing, and what ended begins again.
  hoor.write("c.geojson", collection({property("Kvarnbäck 1:4", "Lindqvist", 13.53)}));
  const json part = hoor.properties("c.geojson", {"--partial"});
  CHECK(part["properties"]["added"] == 1);
  CHECK(part["properties"]["ended"] == 0);
  CHECK(hoor.run({"verify"}).exit_code == 0);
}

TEST_CASE("import properties: geometry that lies is named with its feature number, the rest is imported") {
  const Register hoor;
  const auto polygon = [](const json& rings) { return json{{"type", "Polygon"}, {"coordinates", rings}}; };
  const double a = 55.93, b = 13.54, c = 55.94, d = 13.55;
  struct Lie {
    json geometry;
    const char* says;
  };
  const json hole_outside = {{{b, a}, {d, a}, {d, c}, {b, c}, {b, a}}, {{d + 0.1, a}, {d + 0.2, a}, {d + 0.2, c}, {d + 0.1, a}}};
  const std::vector<Lie> lies{
      {polygon({{{b, a}, {d, c}, {d, a}, {b, c + 0.01}, {b, a}}}), "crosses itself"},
      {polygon({{{b, a}, {d, a}, {d, c}, {b, c}}}), "is open"},
      {polygon({{{b, a}, {d, a}, {b, a}}}), "corners"},
      {polygon(json::array()), "is empty"},
      {polygon({{{a, b}, {a, d}, {c, d}, {a, b}}}), "are swapped"},
      {polygon({{{6199940.0, 408827.0}, {6199990.0, 408827.0}, {6199990.0, 408877.0}, {6199940.0, 408827.0}}}), "North and east are swapped"},
      {polygon({{{2.35, 48.85}, {2.36, 48.85}, {2.36, 48.86}, {2.35, 48.85}}}), "outside Sweden"},
      {polygon({{{b, a}, {"x", a}, {d, c}, {b, a}}}), "no number but \"x\""},
      {polygon({{{b, a}, {nullptr, a}, {d, c}, {b, a}}}), "no finite number"},
      {polygon({{{1e300, a}, {1e300, a}, {d, c}, {b, a}}}), "1e+300, 55.93 is neither WGS 84"},
      {polygon(hole_outside), "hole lies outside"},
      {json{{"type", "Point"}, {"coordinates", {b, a}}}, "A property is a polygon; this is a Point."},
      {json{{"type", "GeometryCollection"}, {"geometries", json::array()}}, "GeometryCollection is not read"},
      {json{{"type", "Polygon"}, {"coordinates", {{{{b, a}}}}}}, "not nested"}};
  std::vector<json> features{property("Kvarnbäck 1:1", "Höörs Fastighets AB", 13.6)};
  for (std::size_t i = 0; i < lies.size(); ++i)
    features.push_back(feature({{"designation", "Kvarnbäck 2:" + std::to_string(i + 1)}, {"owner_id", "hfab"}}, lies[i].geometry));
  features.push_back(property("Kvarnbäck 1:1", "Höörs Fastighets AB", 13.7));  // twice
  features.push_back(property("Ingen beteckning", "Höörs Fastighets AB"));
  features.push_back(feature({{"owner_id", "hfab"}}, square(55.93, 13.54)));
  features.push_back(property("Kvarnbäck 3:1", ""));
  features.push_back(feature({{"designation", "Kvarnbäck 3:2"}, {"owner_id", "hfab"}, {"valid_from", "2026-01-02"}, {"valid_to", "2026-01-02"}}, square(55.93, 13.54)));
  features.push_back(feature({{"designation", "Kvarnbäck 3:3"}, {"owner_id", "hfab"}, {"valid_from", "11/12/2026"}}, square(55.93, 13.54)));
  features.push_back(property("Kvarnbäck 1:2", "Höörs Fastighets AB", 13.8));
  hoor.write("a.geojson", collection(features));
  const CommandResult result = hoor.import("properties", "a.geojson");
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  const json counts = json::parse(result.out);
  CHECK(counts["properties"]["added"] == 2);
  CHECK(counts["refused"] == lies.size() + 6);
  CHECK(counts["refused_file"] == "a.geojson.rejected.csv");
  const std::string told = hoor.read("a.geojson.rejected.csv");
  CAPTURE(told);
  const auto says = [&](std::size_t number, const std::string& words) {
    const auto line = told.find("\r\n" + std::to_string(number) + ";");
    const bool found = line != std::string::npos && told.substr(line + 2, told.find("\r\n", line + 2) - line).find(words) != std::string::npos;
    CHECK_MESSAGE(found, number << ": " << words);
  };
  for (std::size_t i = 0; i < lies.size(); ++i) says(i + 2, i == 7 ? "no number but" : lies[i].says);
  const std::size_t next = lies.size() + 2;
  says(next, "stands twice: feature 1");
  says(next + 1, "is no designation such as HÖÖR KVARNBÄCK 1:23");
  says(next + 2, "neither designation nor object_type");
  says(next + 3, "names no owner");
  says(next + 4, "does not lie after valid_from");
  says(next + 5, "is no day");
  CHECK(result.err.find("Feature 2 (Kvarnbäck 2:1): The polygon crosses itself.") != std::string::npos);
  CHECK(result.err.find("more.") != std::string::npos);
}

TEST_CASE("import properties: what is refused leaves what is in the register as it is") {
  const Register hoor;
  hoor.write("a.geojson", collection({property("Kvarnbäck 1:1", "Lindqvist", 13.5), property("Kvarnbäck 1:2", "Lindqvist", 13.6)}));
  hoor.properties("a.geojson");
  const std::string before = hoor.intervals();
  json broken = property("Kvarnbäck 1:1", "Lindqvist");
  broken["geometry"]["coordinates"] = {{{13.5, 55.9}, {13.6, 55.9}}};
  json days = property("Kvarnbäck 1:2", "Lindqvist");
  days["properties"]["valid_from"] = "i fjol";
  hoor.write("b.geojson", collection({broken, days}));
  const json result = hoor.properties("b.geojson");
  CHECK(result["refused"] == 2);
  CHECK_FALSE(result.contains("properties"));  // nothing was added, changed or ended
  CHECK(hoor.intervals() == before);
}

TEST_CASE("import properties: several areas are one property") {
  const Register hoor;
  json second = property("Kvarnbäck 1:1", "Lindqvist", 13.6), third = property("HÖÖR KVARNBÄCK 1:1 > 3", "Lindqvist", 13.7);
  second["properties"]["area"] = 2;
  hoor.write("a.geojson", collection({property("Kvarnbäck 1:1>1", "Lindqvist", 13.5), property("Kvarnbäck 1:2", "Lindqvist", 13.55), second, third}));
  CHECK(hoor.properties("a.geojson")["properties"]["added"] == 2);
  CHECK(hoor.value("SELECT designation FROM properties ORDER BY designation_key") == "HÖÖR KVARNBÄCK 1:1 | HÖÖR KVARNBÄCK 1:2");
  CHECK(hoor.properties("a.geojson")["properties"]["unchanged"] == 2);
}

TEST_CASE("import properties: objects are points and lines with a type, the same by their label") {
  const Register hoor;
  const auto object = [](const std::string& type, const std::string& label, json geometry, const std::string& owner = "E.ON") {
    return feature({{"object_type", type}, {"label", label}, {"owner_name", owner}}, std::move(geometry));
  };
  const json here{{"type", "Point"}, {"coordinates", {13.5421, 55.9335}}}, there{{"type", "Point"}, {"coordinates", {13.55, 55.94}}};
  const json line{{"type", "LineString"}, {"coordinates", {{13.54, 55.93}, {13.55, 55.94}}}};
  hoor.write("a.geojson", collection({object("power_cabinet", "HÖR 0412", here), object("Elskåp", "HÖR 0413", there), object("järnväg", "", line, "Trafikverket"),
                                      object("power_cabinet", "hör 0412", there), object("raket", "x", here), object("bridge", "x", square(55.93, 13.54)),
                                      object("bridge", "y", nullptr), property("Kvarnbäck 1:1", "Lindqvist")}));
  json result = hoor.properties("a.geojson");
  CHECK(result["objects"]["added"] == 3);
  CHECK(result["properties"]["added"] == 1);
  CHECK(result["refused"] == 4);
  CHECK(hoor.value("SELECT object_type || ' ' || label || ' ' || owner_id FROM objects ORDER BY id") == "power_cabinet HÖR 0412 e-on | power_cabinet HÖR 0413 e-on | rail  trafikverket");
  // A file of cabinets: one sold, one moved away; rail and properties are none of its business.
  hoor.write("b.geojson", collection({object("power_cabinet", "HÖR 0412", there, "Ellevio"), object("power_cabinet", "HÖR 0500", there)}));
  result = hoor.properties("b.geojson");
  CHECK(result["objects"]["new_owner"] == 1);
  CHECK(result["objects"]["added"] == 1);
  CHECK(result["objects"]["ended"] == 1);
  CHECK(result["objects"]["first"]["ended"] == json{"power_cabinet HÖR 0413: e-on"});
  CHECK_FALSE(result.contains("properties"));
  CHECK(hoor.value("SELECT COUNT(*) FROM objects WHERE valid_to IS NULL") == "3");
  CHECK(hoor.properties("b.geojson")["objects"]["unchanged"] == 2);
}

TEST_CASE("import properties: a file that would end a tenth of the register is refused, naming the figures") {
  const Register hoor;
  hoor.write("a.geojsonl", town(210, "Lindqvist"));
  CHECK(hoor.properties("a.geojsonl")["properties"]["added"] == 210);
  hoor.write("b.geojsonl", town(189, "Lindqvist") + town(5, "Lindqvist", 1000));
  const std::string before = hoor.intervals();
  hoor.write("half.geojsonl", town(188, "Lindqvist"));
  const CommandResult refused = hoor.import("properties", "half.geojsonl");
  CHECK(refused.exit_code == 2);
  CHECK(refused.err == "klotterkoll: 22 of 210 properties in the register are not in this file and would end. If they are to, say --force; if the file "
                       "holds only a part, say --partial.\n");
  CHECK(hoor.import("properties", "half.geojsonl", {"--dry-run"}).exit_code == 2);
  CHECK(hoor.intervals() == before);
  CHECK(hoor.properties("b.geojsonl")["properties"]["ended"] == 21);  // a tenth is not more than a tenth
  CHECK(hoor.properties("half.geojsonl", {"--partial"})["properties"]["ended"] == 0);
  CHECK(hoor.properties("half.geojsonl", {"--force"})["properties"]["ended"] == 6);
}

TEST_CASE("import properties: GeoPackage, shapefile and FlatGeobuf in any system are read by ogr2ogr") {
  const Register hoor;
  json one = property("HÖÖR KVARNBÄCK 1:23", "Åsas Måleri"), two = property("Kvarnbäck 1:24", "Höörs Fastighets AB", 13.56);
  hoor.write("a.geojson", collection({one, two}));
  const auto make = [&](std::vector<std::string> command) {
    command.insert(command.begin(), "ogr2ogr");
    const CommandResult made = hoor.run_program(command);
    CAPTURE(made.err);
    REQUIRE(made.exit_code == 0);
  };
  const std::string shape = "SELECT shape FROM properties ORDER BY designation_key, id LIMIT 1";
  CHECK(hoor.properties("a.geojson")["properties"]["added"] == 2);
  const std::string as_written = hoor.value(shape);
  make({"-f", "GPKG", "a.gpkg", "a.geojson", "-t_srs", "EPSG:3006"});
  make({"-f", "ESRI Shapefile", "latin.shp", "a.geojson", "-t_srs", "EPSG:3008", "-lco", "ENCODING=ISO-8859-1"});
  make({"-f", "ESRI Shapefile", "bare.shp", "a.geojson", "-t_srs", "EPSG:3006", "-lco", "ENCODING=ISO-8859-1"});
  make({"-f", "FlatGeobuf", "a.fgb", "a.geojson"});
  make({"-f", "GeoJSON", "sweref.geojson", "a.geojson", "-t_srs", "EPSG:3006"});
  make({"-f", "GeoJSONSeq", "seq.json", "a.geojson", "-lco", "RS=YES"});
  // No encoding and no system are told: Latin-1 and SWEREF 99 TM are seen by themselves.
  for (const char* name : {"bare.cpg", "bare.prj"}) std::filesystem::remove(hoor.path(name));
  { std::fstream dbf{hoor.path("bare.dbf"), std::ios::in | std::ios::out | std::ios::binary}; dbf.seekp(29).put('\0'); }
  CHECK(hoor.read("sweref.geojson").find("EPSG::3006") != std::string::npos);
  for (const auto& [file, more] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"a.gpkg", {}}, {"latin.shp", {"--map", "designation=designatio"}}, {"bare.shp", {"--map", "designation=designatio"}},
           {"a.fgb", {}}, {"sweref.geojson", {}}, {"seq.json", {}}}) {
    CAPTURE(file);
    const json result = hoor.properties(file, more);
    CHECK(result["refused"] == 0);
    CHECK(result["owners_added"].empty());
    // To the centimetre it is the same: at most the last figure of a corner differs.
    CHECK(result["properties"]["unchanged"].get<int>() + result["properties"]["changed"].get<int>() == 2);
    CHECK(hoor.value(shape).substr(0, 4) == as_written.substr(0, 4));
    CHECK(hoor.value("SELECT COUNT(*) FROM properties") == "2");
  }
  CHECK(hoor.value("SELECT name FROM owners WHERE owner_id = 'asas-maleri'") == "Åsas Måleri");
  // Layers: both, or one.
  make({"-f", "GPKG", "a.gpkg", "a.geojson", "-nln", "other", "-update"});
  CHECK(hoor.properties("a.gpkg")["features"] == 4);
  CHECK(hoor.properties("a.gpkg", {"--layer", "other"})["features"] == 2);
  const CommandResult missing = hoor.import("properties", "a.gpkg", {"--layer", "none"});
  CHECK(missing.exit_code == 2);
  CHECK(missing.err == "klotterkoll: a.gpkg cannot be read: ogr2ogr says \"Couldn't fetch requested layer 'none'!\".\n");
}

TEST_CASE("import properties: what ogr2ogr cannot read, or is not there to read, is one sentence") {
  const Register hoor;
  hoor.write("a.geojson", collection({property("Kvarnbäck 1:1", "Höörs Fastighets AB")}));
  REQUIRE(hoor.run_program({"ogr2ogr", "-f", "GPKG", "a.gpkg", "a.geojson"}).exit_code == 0);
  const auto refused = [&](const std::string& file, const std::vector<std::string>& more = {}) {
    const CommandResult result = hoor.import("properties", file, more);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(std::ranges::count(result.err, '\n') == 1);
    return result.err;
  };
  const CommandResult without = hoor.run_program({"env", "PATH=/nowhere", KLOTTERKOLL_BINARY, "import", "properties", "a.gpkg", "--municipality", "1267"});
  CHECK(without.exit_code == 2);
  CHECK(without.err == "klotterkoll: a.gpkg is read by ogr2ogr, which is not installed: apt install gdal-bin. GeoJSON needs nothing more.\n");
  const std::string whole = hoor.read("a.gpkg");
  hoor.write("cut.gpkg", whole.substr(0, 3000));
  CHECK(refused("cut.gpkg").starts_with("klotterkoll: cut.gpkg cannot be read: ogr2ogr says \""));
  hoor.write("junk.shp", "this is no shapefile");
  CHECK(refused("junk.shp") == "klotterkoll: junk.shp is no shapefile, by its first bytes.\n");
  hoor.write("lone.shp", std::string("\0\0\x27\x0A", 4) + std::string(96, '\0'));
  CHECK(refused("lone.shp").find("cannot be read") != std::string::npos);
  // A virtual format names other files and servers, whatever the file is called.
  hoor.write("a.gml", "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>a.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>");
  CHECK(refused("a.gml") == "klotterkoll: a.gml is no GML file, by its first bytes.\n");
  // Neither names nor layers become options or the library's own places.
  hoor.write("-where.gpkg", whole);
  CHECK(hoor.properties("./-where.gpkg")["features"] == 1);
  CHECK(refused("a.gpkg", {"--layer=-sql"}).starts_with("klotterkoll: --layer: \"-sql\" is no layer's name."));
  CHECK(refused("/vsicurl/http://127.0.0.1:9/a.gpkg").find("cannot be read") != std::string::npos);
  CHECK(refused("PG:dbname=x").find("cannot be read") != std::string::npos);
  CHECK(refused("nowhere.gpkg").find("The file nowhere.gpkg cannot be read.") != std::string::npos);
}

TEST_CASE("import properties: a pipe, a folder, junk and half a file are refused, and nothing is written") {
  const Register hoor;
  const auto refused = [&](const std::string& file) {
    const CommandResult result = hoor.import("properties", file);
    CHECK(result.exit_code == 2);
    return result.err;
  };
  REQUIRE(mkfifo(hoor.path("pipe.geojson").c_str(), 0600) == 0);
  CHECK(refused("pipe.geojson").find("is no file") != std::string::npos);
  CHECK(refused(".").find("is no file") != std::string::npos);
  CHECK(refused("/dev/zero").find("is no file") != std::string::npos);
  hoor.write("empty.geojson", "");
  CHECK(refused("empty.geojson").find("holds no features") != std::string::npos);
  hoor.write("none.geojson", collection({}));
  CHECK(refused("none.geojson") == "klotterkoll: none.geojson holds no features.\n");
  hoor.write("deep.geojson", R"({"type":"FeatureCollection","features":)" + std::string(1'000'000, '['));
  CHECK(refused("deep.geojson").find("nested deeper than 64") != std::string::npos);
  hoor.write("rt90.geojson", R"({"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:3021"}},"features":[]})");
  CHECK(refused("rt90.geojson").find("EPSG:3021") != std::string::npos);
  hoor.write("other.geojson", collection({feature({{"name", "x"}, {"n", 1}}, square(55.93, 13.54))}));
  CHECK(refused("other.geojson").find("The first feature's members are: n, name.") != std::string::npos);
  hoor.write("good.geojsonl", town(1500, "Lindqvist"));
  std::vector<json> features;
  for (int i = 1; i <= 1200; ++i) features.push_back(property("Kvarnbäck 2:" + std::to_string(i), "Lindqvist"));
  const std::string whole = collection(features);
  hoor.write("cut.geojson", whole.substr(0, whole.size() - 60));
  CHECK(refused("cut.geojson").find("it ends too early") != std::string::npos);
  CHECK(hoor.value("SELECT COUNT(*) FROM properties") == "0");  // although 1,200 features before the end were whole
  const CommandResult map = hoor.import("properties", "good.geojsonl", {"--map", "designation=FASTIGHET"});
  CHECK(map.exit_code == 2);
  CHECK(map.err.find("no feature tells \"fastighet\"") != std::string::npos);
  CHECK(hoor.import("properties", "good.geojsonl", {"--map", "beteckning=x"}).err.find("is no field; there are designation, ") != std::string::npos);
  CHECK(hoor.import("properties", "good.geojsonl", {"--default-owner", "x"}).err.find("there is no owner \"x\"") != std::string::npos);
}

TEST_CASE("import properties: killed on the way and run again, the register ends the same") {
  const Register hoor, other;
  const std::string before = town(3000, "Lindqvist"), after = town(1500, "Höörs Fastighets AB") + town(2500, "Lindqvist", 2901);
  for (const Register* one : {&hoor, &other}) {
    one->write("a.geojsonl", before);
    one->write("b.geojsonl", after);
    REQUIRE(one->properties("a.geojsonl")["properties"]["added"] == 3000);
  }
  const std::vector<std::string> command{"import", "properties", "b.geojsonl", "--municipality", "1267", "--force", "--format", "json"};
  // At different points of the way, the last time to its end.
  int killed = 0;
  for (const int after_ms : {60, 200, 350, 500, 700}) {
    const pid_t process = hoor.start(command);
    usleep(static_cast<useconds_t>(after_ms) * 1000);
    kill(process, SIGKILL);
    killed += hoor.wait(process).exit_code == 128 + SIGKILL;
  }
  CHECK(killed > 0);
  CHECK(hoor.run(command).exit_code == 0);
  CHECK(other.run(command).exit_code == 0);
  CHECK(hoor.intervals() == other.intervals());
  CHECK(hoor.properties("b.geojsonl", {"--force"})["properties"]["unchanged"] == 4000);
}

TEST_CASE("import properties: a large file and a feature of 100 MB need no more memory than a small one") {
  const Register hoor;
  const auto peak_kb = [&](const std::string& file) {
    rusage usage{};
    const pid_t process = hoor.start({"import", "properties", file, "--municipality", "1267", "--dry-run", "--format", "json"});
    int status = 0;
    REQUIRE(wait4(process, &status, 0, &usage) == process);
    REQUIRE(WIFEXITED(status));
    return usage.ru_maxrss;
  };
  hoor.write("small.geojsonl", town(100, "Lindqvist"));
  {
    std::ofstream large{hoor.path("large.geojsonl")};
    for (int part = 0; part < 20; ++part) large << town(1000, "Lindqvist", 1 + part * 1000);
    std::ofstream heavy{hoor.path("heavy.geojson")};
    heavy << R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"designation":"Kvarnbäck 1:1","owner_id":"hfab"},"geometry":{"type":"Polygon","coordinates":[[)";
    std::string positions;
    for (int i = 0; i < 1000; ++i) positions += "[13.54" + std::to_string(i) + ",55.9300000000000" + std::to_string(i) + "],";
    for (int i = 0; i < 3300; ++i) heavy << positions;
    heavy << "[13.54,55.93]]]}}," << property("Kvarnbäck 1:2", "Lindqvist").dump() << "]}";
    heavy.close();
    CHECK(std::filesystem::file_size(hoor.path("heavy.geojson")) > 100'000'000);
  }
  const auto small = peak_kb("small.geojsonl");
  CHECK(peak_kb("large.geojsonl") < small + 10'000);
  CHECK(peak_kb("heavy.geojson") < small + 10'000);  // kB; the points that are kept take 3 MB
  CHECK(hoor.read("stderr") == "Feature 1 (Kvarnbäck 1:1): The geometry has more than 100,000 points; simplify it.\n");
  CHECK(json::parse(hoor.read("stdout"))["properties"]["added"] == 1);
}

TEST_CASE("import addresses: points with addresses and other names are taken, and a second file is a difference") {
  const Register hoor;
  const auto at = [](const std::string& address, double lon, json more = json::object()) {
    more["adress"] = address;
    return feature(more, {{"type", "Point"}, {"coordinates", {lon, 55.9362}}});
  };
  hoor.write("a.geojson", collection({at("Storgatan 12, 243 30 Höör", 13.5405, {{"designation", "kvarnbäck 1:23>1"}, {"alias", "Biblioteket; Medborgarhuset"}}),
                                      at("Storgatan 14", 13.541), at("Sätoftaskolan", 13.53, {{"alias", true}}), at("Storgatan 12", 13.6), at("", 13.6),
                                      at("Storgatan 16", 2.0), feature({{"adress", "Storgatan 18"}}, square(55.93, 13.54)),
                                      at("Storgatan 20", 13.54, {{"designation", "ingen"}})}));
  const std::vector<std::string> map{"--map", "address=adress"};
  const CommandResult result = hoor.import("addresses", "a.geojson", map);
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  const json counts = json::parse(result.out);
  CHECK(counts["addresses"]["added"] == 5);
  CHECK(counts["refused"] == 5);
  CHECK(result.err.find("Feature 4 (Storgatan 12): The address stands in the file before") != std::string::npos);
  CHECK(result.err.find("Feature 5: It tells no address.") != std::string::npos);
  CHECK(result.err.find("Feature 6 (Storgatan 16): It lies outside Sweden") != std::string::npos);
  CHECK(hoor.value("SELECT address || ' ' || designation || ' ' || is_alias FROM addresses ORDER BY address_key") ==
        "Biblioteket HÖÖR KVARNBÄCK 1:23 1 | Medborgarhuset HÖÖR KVARNBÄCK 1:23 1 | Storgatan 12, 243 30 Höör HÖÖR KVARNBÄCK 1:23 0 | Storgatan 14  0 | Sätoftaskolan  1");
  CHECK(hoor.addresses("a.geojson", map)["addresses"]["unchanged"] == 5);
  // A table with metres, of addresses only: the other names stay, one address has moved, one is gone.
  hoor.write("b.csv", "Adress;N;E\nStorgatan 12;6199950,91;408827,945\nStorgatan 22;6199940,91;408827,945\nStorgatan 24;55,93;13,54\nStorgatan 26;x;y\nStorgatan 28;408827;6199940\n");
  const std::vector<std::string> table{"--map", "address=adress", "--map", "north=N", "--map", "east=E"};
  const json foreseen = hoor.addresses("b.csv", {"--map", "address=adress", "--map", "north=N", "--map", "east=E", "--dry-run"});
  CHECK(foreseen["addresses"]["ended"] == 1);
  const CommandResult second = hoor.import("addresses", "b.csv", table);
  CHECK(second.exit_code == 1);
  const json changes = json::parse(second.out);
  CHECK(changes["addresses"]["changed"] == 1);
  CHECK(changes["addresses"]["added"] == 2);
  CHECK(changes["addresses"]["ended"] == 1);
  CHECK(changes["addresses"]["first"]["ended"] == json{"Storgatan 14"});
  CHECK(second.err.find("Line 5 (Storgatan 26): \"x\" and \"y\" are not both numbers") != std::string::npos);
  CHECK(second.err.find("Line 6 (Storgatan 28): North and east are swapped") != std::string::npos);
  CHECK(hoor.value("SELECT designation FROM addresses WHERE address_key = 'storgatan 12'") == "HÖÖR KVARNBÄCK 1:23");  // not told, so it stays
  CHECK(hoor.value("SELECT COUNT(*) FROM addresses WHERE is_alias = 1") == "3");
}

TEST_CASE("import addresses: what an officer has said of an address stays, and a file that has it moves it") {
  const Register hoor;
  hoor.write("a.csv", "address,lat,lon,alias\nStorgatan 12,55.93,13.54,\nBiblioteket,55.93,13.54,ja\n");
  CHECK(hoor.addresses("a.csv")["addresses"]["added"] == 2);
  hoor.change("INSERT INTO addresses (municipality_id, address_key, address, lat, lon, cell, designation, is_alias, by_officer) "
              "SELECT municipality_id, 'gamla mejeriet', 'Gamla mejeriet', lat, lon, cell, '', 1, 1 FROM addresses WHERE is_alias = 1");
  hoor.write("b.csv", "address,lat,lon,alias\nStorgatan 12,55.93,13.54,\nKiosken,55.93,13.54,ja\n");
  const json ended = hoor.addresses("b.csv")["addresses"];
  CHECK(ended["ended"] == 1);
  CHECK(ended["first"]["ended"] == json{"Biblioteket"});
  hoor.write("c.csv", "address,lat,lon,alias\nStorgatan 12,55.93,13.54,\nKiosken,55.93,13.54,ja\nGamla mejeriet,55.94,13.55,\n");
  CHECK(hoor.addresses("c.csv")["addresses"]["changed"] == 1);
  CHECK(hoor.value("SELECT lat || ' ' || is_alias || ' ' || by_officer FROM addresses WHERE address_key = 'gamla mejeriet'") == "55.94 0 1");
  CHECK(hoor.addresses("b.csv")["addresses"]["unchanged"] == 2);
  CHECK(hoor.value("SELECT COUNT(*) FROM addresses") == "3");
}

TEST_CASE("import addresses: many that are gone are refused, and a table may have degrees") {
  const Register hoor;
  std::string text = "address,lat,lon,alias\n";
  for (int i = 1; i <= 100; ++i) text += "Storgatan " + std::to_string(i) + ",55.93" + std::to_string(i) + ",13.54,\n";
  hoor.write("a.csv", text);
  CHECK(hoor.addresses("a.csv")["addresses"]["added"] == 100);
  hoor.write("b.csv", "address,lat,lon\nStorgatan 1,55.931,13.54\n");
  const CommandResult refused = hoor.import("addresses", "b.csv");
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("99 of 100 addresses in the register") != std::string::npos);
  CHECK(hoor.addresses("b.csv", {"--partial"})["addresses"]["unchanged"] == 1);
  CHECK(hoor.addresses("b.csv", {"--force"})["addresses"]["ended"] == 99);
  hoor.write("c.csv", "lat,lon\n55.9,13.5\n");
  CHECK(hoor.import("addresses", "c.csv").err.find("Nothing tells address") != std::string::npos);
  CHECK(hoor.import("addresses", "a.csv", {"--map", "street=address"}).exit_code == 2);
}
