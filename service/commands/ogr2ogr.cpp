#include "commands/ogr2ogr.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace klotterkoll {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostWords = 8192;

/// A kind of file: the library would go by its content, and some content (a VRT) names other files and servers.
struct Kind {
  std::string_view extension, name;
  std::string_view begins;  ///< its first bytes; empty: not looked at
};
constexpr std::array kKinds{Kind{".gpkg", "GeoPackage", "sqlite format 3"},
                            Kind{".shp", "shapefile", std::string_view{"\0\0\x27\x0A", 4}},
                            Kind{".fgb", "FlatGeobuf", "fgb"},
                            Kind{".gml", "GML file", ""},
                            Kind{".kml", "KML file", ""},
                            Kind{".tab", "MapInfo table", "!table"},
                            Kind{".gdb", "file geodatabase", ""}};

const Kind* kind_of(const fs::path& file) {
  const auto at = std::ranges::find(kKinds, fold(file.extension().string()), &Kind::extension);
  return at == kKinds.end() ? nullptr : &*at;
}

std::string first_bytes(const fs::path& file, std::size_t count) {
  std::string bytes(count, '\0');
  std::ifstream stream{file, std::ios::binary};
  stream.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

void check_beginning(const fs::path& file, const Kind& kind) {
  const std::string begin = first_bytes(file, 4096);
  const bool is_xml_of_another = kind.begins.empty() && begin.find("OGRVRT") != std::string::npos;
  const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b); };
  const bool begins = begin.size() >= kind.begins.size() && std::equal(kind.begins.begin(), kind.begins.end(), begin.begin(), same);
  if (!begins || is_xml_of_another)
    throw Error{ErrorCode::malformed, file.filename().string() + " is no " + std::string{kind.name} + ", by its first bytes."};
}

/// A table beside a shapefile that tells nothing of its encoding (no .cpg, language 0) is Windows-1252, a superset of Latin-1.
bool has_unknown_encoding(const fs::path& shapefile) {
  fs::path beside = shapefile;
  for (const char* extension : {".cpg", ".CPG"})
    if (fs::exists(beside.replace_extension(extension))) return false;
  for (const char* extension : {".dbf", ".DBF"})
    if (const std::string head = first_bytes(beside.replace_extension(extension), 30); head.size() == 30) return head[29] == '\0';
  return false;
}

/// Its surroundings: no debugging noise, no network, nothing that reads on elsewhere; our own settings are no business of its.
std::vector<std::string> environment_for(const fs::path& file) {
  std::vector<std::string> variables{"LC_ALL=C.UTF-8", "CPL_DEBUG=OFF", "GDAL_PAM_ENABLED=NO", "PROJ_NETWORK=OFF",
                                     "GML_DOWNLOAD_SCHEMA=NO", "GML_SKIP_RESOLVE_ELEMS=ALL", "OGR_ENABLE_PARTIAL_REPROJECTION=NO",
                                     "OGR_SKIP=OGR_VRT,HTTP,WFS,OAPIF,CSW,OGCAPI,Carto,AmigoCloud,Elasticsearch,NGW,PLSCENES,EEDA,ODBC,PGeo,MSSQLSpatial,PostgreSQL,MySQL"};
  if (const char* path = std::getenv("PATH")) variables.push_back(std::string{"PATH="} + path);
  if (kind_of(file)->extension == ".shp" && has_unknown_encoding(file)) variables.emplace_back("SHAPE_ENCODING=CP1252");
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error{ErrorCode::unavailable, "ogr2ogr cannot be started."}.because(std::strerror(errno));
  return ends;
}

void close_end(int& end) {
  if (end >= 0) ::close(end);
  end = -1;
}

/// The first error among its words, without "ERROR 1: ".
std::string first_error(const std::string& words) {
  const auto begin = words.find("ERROR ");
  if (begin == std::string::npos) return "";
  std::string line = words.substr(begin, words.find('\n', begin) - begin);
  if (const auto colon = line.find(": "); colon != std::string::npos) line.erase(0, colon + 2);
  return shortened(line, 300);
}

}  // namespace

bool is_for_ogr2ogr(const fs::path& file) { return kind_of(file) != nullptr; }

Ogr2ogr::Ogr2ogr(const fs::path& file, const std::string& layer) : name_(file.filename().string()) {
  const Kind& kind = *kind_of(file);
  if (layer.starts_with('-')) throw Error{ErrorCode::malformed, "--layer: \"" + layer + "\" is no layer's name."};
  if (!fs::is_directory(file)) check_beginning(file, kind);
  // Whole, so that no name is taken for an option or for one of the library's own places; a link to one is none of them.
  start(fs::canonical(file), layer);
}

void Ogr2ogr::start(const fs::path& file, const std::string& layer) {
  if (file.string().starts_with("/vsi")) throw Error{ErrorCode::malformed, "A file under /vsi is not read."};
  std::vector<std::string> command{"ogr2ogr", "-f", "GeoJSONSeq", "-lco", "RS=YES", "/vsistdout/", file.string()};
  if (!layer.empty()) command.push_back(layer);
  std::vector<std::string> variables = environment_for(file);
  auto out = make_pipe(), err = make_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  const int fault = posix_spawnp(&process_, "ogr2ogr", &actions, nullptr, pointers(command).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close_end(out[1]);
  close_end(err[1]);
  out_ = out[0];
  err_ = err[0];
  if (fault == 0) return;
  process_ = -1;
  close_end(out_);
  close_end(err_);
  if (fault == ENOENT)
    throw Error{ErrorCode::unavailable, name_ + " is read by ogr2ogr, which is not installed: apt install gdal-bin. GeoJSON needs nothing more."};
  throw Error{ErrorCode::unavailable, "ogr2ogr cannot be started."}.because(std::strerror(fault));
}

Ogr2ogr::~Ogr2ogr() {
  close_end(out_);
  close_end(err_);
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

/// Takes what it says without waiting, and keeps the beginning.
void Ogr2ogr::listen() {
  std::array<char, 4096> bytes{};
  const auto count = ::read(err_, bytes.data(), bytes.size());
  if (count > 0) words_.append(bytes.data(), std::min(static_cast<std::size_t>(count), kMostWords - std::min(kMostWords, words_.size())));
  if (count == 0 || (count < 0 && errno != EINTR)) close_end(err_);
}

std::size_t Ogr2ogr::read(char* to, std::size_t size) {
  while (out_ >= 0) {
    std::array<pollfd, 2> ends{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
    if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) throw Error{ErrorCode::internal, "poll failed"};
    if (ends[1].revents != 0 && err_ >= 0) listen();
    if (ends[0].revents == 0) continue;
    const auto count = ::read(out_, to, size);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count < 0 && errno == EINTR) continue;
    close_end(out_);
  }
  finish();
  return 0;
}

void Ogr2ogr::finish() {
  if (process_ < 0) return;
  while (err_ >= 0) listen();
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {}
  process_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const std::string error = first_error(words_);
  throw Error{ErrorCode::malformed, name_ + " cannot be read" + (error.empty() ? "" : ": ogr2ogr says \"" + error + "\"") + "."};
}

}  // namespace klotterkoll
