#pragma once

#include <string>

#include "store/batching_writer.h"

namespace klotterkoll {

/// The writing threads of a node on PostgreSQL: each has its connection, and its slot in counters and tallies, that no
/// other connection of any node has at the same time.
class PostgresWriter final : public BatchingWriter {
 public:
  PostgresWriter(const std::string& url, std::size_t threads, std::size_t batch, SettingsCache& settings);
};

}  // namespace klotterkoll
