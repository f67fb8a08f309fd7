// Who includes whom (style.md, Layout): read from the sources themselves, so that a layer cannot be crossed
// by accident.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Include {
  std::string file;   ///< "lib/domain/case.cpp"
  std::string name;   ///< what stands between the quotes or brackets
  bool ours = false;  ///< in quotes
};

std::string layer_of(const std::string& path) {
  const auto slash = path.find('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::vector<Include> includes_in(const std::string& folder) {
  const fs::path source{KLOTTERKOLL_SOURCE_DIR};
  std::vector<Include> includes;
  for (const auto& entry : fs::recursive_directory_iterator{source / folder}) {
    if (entry.path().extension() != ".h" && entry.path().extension() != ".cpp") continue;
    std::ifstream file{entry.path()};
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("#include ")) continue;
      const auto begin = line.find_first_of("<\"") + 1, end = line.find_first_of(">\"", begin);
      includes.push_back({fs::relative(entry.path(), source).string(), line.substr(begin, end - begin),
                          line[begin - 1] == '"'});
    }
  }
  return includes;
}

/// The sources that include a library's header, other than those that may.
std::vector<std::string> intruders(const std::string& header, const std::vector<std::string>& allowed) {
  std::vector<std::string> found;
  for (const auto* folder : {"lib", "service"})
    for (const auto& include : includes_in(folder))
      if (!include.ours && include.name.starts_with(header) &&
          std::ranges::none_of(allowed, [&](const auto& begin) { return include.file.starts_with(begin); }))
        found.push_back(include.file + " includes " + include.name);
  return found;
}

}  // namespace

TEST_CASE("layers: each folder of the library includes only what lies below it") {
  const std::map<std::string, std::set<std::string>> may{
      {"base", {"base"}},
      {"domain", {"domain", "base"}},
      {"workflow", {"workflow", "domain", "base"}},
      {"json", {"json", "domain", "base"}},
      {"geo", {"geo", "domain", "base"}},
      {"photo", {"photo", "domain", "base"}},
      {"notify", {"notify", "domain", "base"}},
      {"store",
       {"store", "json", "domain", "base", ""}},  // "": schemas.h, the migrations built into the binary
  };
  const auto includes = includes_in("lib");
  CHECK(includes.size() > 100);  // the folder was found
  for (const auto& include : includes) {
    if (!include.ours) continue;
    const std::string layer = layer_of(include.file.substr(4));
    CAPTURE(include.file);
    CAPTURE(include.name);
    REQUIRE(may.contains(layer));
    CHECK(may.at(layer).contains(layer_of(include.name)));
    if (layer_of(include.name).empty()) CHECK(include.name == "schemas.h");
  }
}

TEST_CASE("layers: library headers stay at the edge") {
  CHECK(intruders("SQLiteCpp/", {"lib/store/sqlite_connection"}) == std::vector<std::string>{});
  CHECK(intruders("sqlite3.h", {"lib/store/sqlite_connection"}) == std::vector<std::string>{});
  CHECK(intruders("libpq", {"lib/store/postgres_connection"}) == std::vector<std::string>{});
  CHECK(intruders("httplib", {"service/"}) == std::vector<std::string>{});
  CHECK(intruders("date/", {"lib/base/time.cpp"}) == std::vector<std::string>{});
  CHECK(intruders("nlohmann/", {"lib/json/", "lib/store/", "service/"}) == std::vector<std::string>{});
  CHECK(intruders("boost/", {"lib/geo/"}) == std::vector<std::string>{});
  CHECK(intruders("proj.h", {"lib/geo/sweref"}) == std::vector<std::string>{});
  CHECK(intruders("vips/", {"lib/photo/"}) == std::vector<std::string>{});
  CHECK(intruders("kainjow/", {"lib/notify/", "service/pages/template"}) == std::vector<std::string>{});
  CHECK(intruders("qrencode", {"lib/notify/qr_code.cpp"}) == std::vector<std::string>{});
  CHECK(intruders("curl/", {"lib/notify/"}) == std::vector<std::string>{});
  CHECK(intruders("gmime/", {"lib/notify/gmime_library.h"}) == std::vector<std::string>{});
  CHECK(intruders("pugixml", {"service/feeds/"}) == std::vector<std::string>{});
  CHECK(intruders("seccomp", {"lib/photo/sandbox.cpp"}) == std::vector<std::string>{});
  CHECK(intruders("sodium", {"lib/base/", "lib/notify/", "service/"}) == std::vector<std::string>{});
}

TEST_CASE("layers: the service knows the ports of storage, photos and places; only its commands know what is behind them") {
  for (const auto& include : includes_in("service")) {
    const std::string layer = layer_of(include.name);
    if (!include.ours || (layer != "store" && layer != "photo" && layer != "geo")) continue;
    CAPTURE(include.file);
    CAPTURE(include.name);
    constexpr const char* kMeet[] = {"service/main.cpp", "service/serve.cpp", "service/config.cpp", "service/commands/"};
    CHECK(std::ranges::any_of(kMeet, [&](const char* begin) { return include.file.starts_with(begin); }));
  }
}
