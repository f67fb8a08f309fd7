#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace klotterkoll {

/// What `klotterkoll serve` was told, checked.
struct ServeOptions {
  std::string database = "sqlite:klotterkoll.db";
  std::string host = "127.0.0.1";  ///< a name or address without brackets
  int port = 8080;                 ///< 0: any free one
  bool demo = false;               ///< shows the demonstration's page and keys
  std::string public_url;          ///< how the service is reached from outside, without a slash at its end
  std::vector<std::string> trusted_proxies;  ///< networks (CIDR) whose X-Forwarded-For is believed
  /// Requests a minute that one key or address may make; none: no limit.
  std::optional<int> rate_limit = 600;
  std::chrono::seconds sweep_every{30};  ///< zero: no sweeps
  std::size_t commit_batch = 64;
  std::size_t readers = 0;  ///< database connections that read at once; 0: as StoreOptions has it
  std::size_t writers = 3;  ///< database connections that write at once, on PostgreSQL
  std::string log_level = "info";  ///< debug, info (each request a line), warning or error
  bool bench_noop = false;  ///< adds bench_routes()
};

}  // namespace klotterkoll
