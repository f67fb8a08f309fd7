#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "origin.h"

namespace klotterkoll {

/// What `klotterkoll serve` was told, checked.
struct ServeOptions {
  std::string database = "sqlite:klotterkoll.db";
  std::string host = "127.0.0.1";  ///< a name or address without brackets
  int port = 8080;                 ///< 0: any free one
  std::string public_url;          ///< how the service is reached from outside, without a slash at its end; "": as a
                                   ///< trusted proxy says, else by host and port
  std::vector<std::string> trusted_proxies;  ///< networks (CIDR) whose `proxy_headers` are believed
  ProxyHeaders proxy_headers = ProxyHeaders::x_forwarded;
  std::vector<std::string> webhook_allow;  ///< networks (CIDR) that webhooks may call although they are not public
  /// Requests a minute that one key or address may make; none: no limit.
  std::optional<int> rate_limit = 600;
  std::chrono::seconds sweep_every{30};  ///< zero: no sweeps
  std::string smtp = "smtp://localhost:25";  ///< the server that takes our mails; "off": none, they wait
  std::string mail_from;                     ///< "": klotterkoll@ the host of public_url
  std::string tiles;              ///< address of the base map's tiles with the marks {z}, {x} and {y}; "": no base map
  std::string tiles_attribution;  ///< who made it, as its licence wants it told
  int tiles_zoom = 18;            ///< the closest zoom of which there are tiles
  bool hurried_delivery = false;             ///< tries again after seconds, for tests
  std::size_t commit_batch = 64;
  std::size_t readers = 0;  ///< database connections that read at once; 0: as StoreOptions has it
  std::size_t writers = 3;  ///< database connections that write at once, on PostgreSQL
  std::string log_level = "info";  ///< debug, info (each request a line), warning or error
  bool demo = false;        ///< lets everybody walk in as each role; for demonstration data only
  bool bench_noop = false;  ///< adds bench_routes()
};

}  // namespace klotterkoll
