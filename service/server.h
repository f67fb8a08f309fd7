#pragma once

#include <memory>
#include <string>

#include "app.h"
#include "edge_server.h"
#include "maps.h"
#include "metrics.h"
#include "router.h"
#include "serve_options.h"
#include "sessions.h"
#include "tenants.h"

namespace klotterkoll {

/// The service: every route behind the edge, with keys, roles and rate limits checked from the one table of routes before
/// a body is read. For `serve` and for tests alike.
class Service {
 public:
  /// `edge` for what tests make shorter; its callbacks and proxies are set here. The others must outlive the service.
  Service(const ServeOptions& options, EdgeOptions edge, Store& store, const Clock& clock, IdSource& ids, PhotoStore& photo_store,
          PhotoDecoder& photo_decoder);

  /// Returns the port; Error{unavailable} when it cannot be had.
  int listen(const std::string& host, int port);
  /// Answers until stop().
  void run() { server_->run(); }
  void stop() {
    if (maps_.tiles) maps_.tiles->stop();
    server_->stop();
  }
  const Router& router() const { return router_; }
  Metrics& metrics() { return metrics_; }
  Maps& maps() { return maps_; }
  /// As links in mails begin. To be asked after listen().
  const std::string& public_url() const { return app_.public_url; }

 private:
  httplib::Server::HandlerResponse before_route(const httplib::Request& request, httplib::Response& response);
  void dispatch(const httplib::Request& request, httplib::Response& response);
  void admit(const httplib::Request& request, httplib::Response& response);
  /// Who calls: by the key, or for a page by the session.
  void identify(const httplib::Request& request);

  const ServeOptions options_;
  Store& store_;
  KeyRing keys_;
  Sessions sessions_;
  Tenants tenants_;
  Maps maps_;
  RateLimiter limiter_;
  Metrics metrics_;
  Router router_;
  App app_;
  std::unique_ptr<EdgeServer> server_;
};

/// Opens the store, serves and sweeps until SIGINT or SIGTERM. Returns the exit code.
int serve(const ServeOptions& options);

}  // namespace klotterkoll
