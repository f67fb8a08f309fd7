#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "geo/feature_shape.h"

namespace klotterkoll {

/// A feature where it lies. `fault` tells why it cannot be taken; then its shape may be empty.
struct LocatedFeature {
  Feature feature;
  Shape shape;
  std::string fault;
};

/// A file of features on disk: GeoJSON and GeoJSONSeq by ourselves, other formats by ogr2ogr. Read as a stream, as often as
/// is wanted, in memory that does not grow with it.
class FeatureFile {
 public:
  /// Throws Error{not_found} when there is no such file, Error{malformed} when it is none (a pipe, a device, a folder).
  FeatureFile(const std::string& path, std::string layer);
  /// Shows every feature in order. Throws as `read_geojson` and `Ogr2ogr` do.
  void read(const std::function<void(LocatedFeature&)>& take) const;

 private:
  void read_by(const ByteSource& source, const std::function<void(LocatedFeature&)>& take, bool any_system) const;

  std::filesystem::path path_;
  std::string layer_;
  Sweref sweref_;
};

}  // namespace klotterkoll
