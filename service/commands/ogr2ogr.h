#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace klotterkoll {

/// May `ogr2ogr` be asked to read a file of this name? By its extension: GeoPackage, shapefile and what else offices have.
bool is_for_ogr2ogr(const std::filesystem::path& file);

/// A file as GeoJSONSeq in WGS 84, read by Debian's ogr2ogr (gdal-bin) in a process of its own, without a shell. It is ended
/// with this object.
class Ogr2ogr {
 public:
  /// `file` a regular file, or the folder of a .gdb; `layer` one of its layers, empty for all, one after the other.
  /// Throws Error{malformed} when the file's first bytes are not those of its extension, or for a layer that begins with a
  /// dash; Error{unavailable} saying what to install when there is no ogr2ogr.
  Ogr2ogr(const std::filesystem::path& file, const std::string& layer);
  ~Ogr2ogr();
  Ogr2ogr(const Ogr2ogr&) = delete;
  Ogr2ogr& operator=(const Ogr2ogr&) = delete;

  /// The next bytes, at most `size`; 0 when it has ended well. Throws Error{malformed} with what it said when it has not.
  std::size_t read(char* to, std::size_t size);

 private:
  void start(const std::filesystem::path& file, const std::string& layer);
  void listen();
  void finish();

  std::string name_;   // of the file, as the user knows it
  std::string words_;  // the beginning of what it says on standard error
  pid_t process_ = -1;
  int out_ = -1, err_ = -1;
};

}  // namespace klotterkoll
