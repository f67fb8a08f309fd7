#pragma once

#include <string>

#include "store/batching_writer.h"

namespace klotterkoll {

/// The one writing thread of a SQLite database. A second thread moves the log into the file, so that a write never waits
/// for that.
class SqliteWriter final : public BatchingWriter {
 public:
  /// From so many pages of 4 kB on, about 80 MB, the log is moved into the file.
  static constexpr int kCheckpointPages = 20'000;

  SqliteWriter(const std::string& path, std::size_t batch, SettingsCache& settings, int checkpoint_pages = kCheckpointPages);
};

}  // namespace klotterkoll
