#include "commands/feature_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "commands/ogr2ogr.h"

namespace klotterkoll {
namespace {

namespace fs = std::filesystem;

/// An open file, read from its beginning.
class OpenFile {
 public:
  explicit OpenFile(const fs::path& path) : path_(path), handle_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (handle_ < 0) throw Error{ErrorCode::not_found, "The file " + path.string() + " cannot be read."}.because(std::strerror(errno));
  }
  ~OpenFile() { ::close(handle_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_regular() const {
    struct stat what {};
    return ::fstat(handle_, &what) == 0 && S_ISREG(what.st_mode);
  }
  std::size_t read(char* to, std::size_t size) const {
    for (;;) {
      const auto count = ::read(handle_, to, size);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) throw Error{ErrorCode::unavailable, "The file " + path_.string() + " cannot be read."}.because(std::strerror(errno));
    }
  }

 private:
  fs::path path_;
  int handle_;
};

}  // namespace

FeatureFile::FeatureFile(const std::string& path, std::string layer) : path_(path), layer_(std::move(layer)) {
  std::error_code unknown;
  if (fs::is_directory(path_, unknown) && is_for_ogr2ogr(path_)) return;
  // A pipe can be read once only, and waits for whoever writes it.
  if (!OpenFile{path_}.is_regular()) throw Error{ErrorCode::malformed, path + " is no file; it is read twice, so a pipe or a folder will not do."};
}

void FeatureFile::read(const std::function<void(LocatedFeature&)>& take) const {
  if (is_for_ogr2ogr(path_)) {
    Ogr2ogr process{path_, layer_};
    return read_by([&](char* to, std::size_t size) { return process.read(to, size); }, take, true);
  }
  const OpenFile file{path_};
  read_by([&](char* to, std::size_t size) { return file.read(to, size); }, take, false);
}

void FeatureFile::read_by(const ByteSource& source, const std::function<void(LocatedFeature&)>& take, bool any_system) const {
  LocatedFeature located;
  const auto locate = [&](Feature& feature) {
    located = {};
    try {
      located.shape = shape_of(feature, sweref_);
    } catch (const Error& error) {
      located.fault = error.what();
    }
    located.feature = std::move(feature);
    take(located);
  };
  const auto check_system = [&](int epsg) {
    constexpr std::array kRead{4326, 4258, 4619, kSweref99Tm};  // ETRS 89 and SWEREF 99 in degrees are WGS 84 to a metre
    if (any_system || std::ranges::find(kRead, epsg) != kRead.end()) return;
    throw Error{ErrorCode::malformed, "The file's coordinates are in " + (epsg ? "EPSG:" + std::to_string(epsg) : std::string{"a system without a number"}) +
                                          "; GeoJSON is read in WGS 84 and SWEREF 99 TM. Save it as GeoPackage, which is read in any."};
  };
  read_geojson(source, locate, check_system);
}

}  // namespace klotterkoll
