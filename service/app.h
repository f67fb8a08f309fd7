#pragma once

#include <functional>
#include <string>
#include <vector>

#include "access.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/network.h"
#include "domain/store.h"
#include "rate_limit.h"

namespace klotterkoll {

struct Maps;
class Metrics;
class Sessions;
class Tenants;
class PhotoDecoder;
class PhotoStore;

/// What every route works with: the store, the clock, and the service's own parts. Nothing in it outlives a request but
/// caches, so that any number of nodes may serve one database.
struct App {
  Store& store;
  const Clock& clock;
  IdSource& ids;
  KeyRing& keys;
  Sessions& sessions;
  Tenants& tenants;
  Metrics& metrics;
  PhotoStore& photo_store;
  PhotoDecoder& photo_decoder;
  std::string public_url;  ///< "https://klotter.example.se", without a slash at its end
  bool public_url_is_set;  ///< by the operator, whose word goes before what a proxy passes on
  bool demo;                 ///< people may walk in as any role: all data is made up
  std::vector<Network> webhook_allow;  ///< networks that webhooks may call although they are not public
  Maps& maps;
};

}  // namespace klotterkoll
