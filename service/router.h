#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access.h"
#include "call.h"
#include "guard.h"

namespace klotterkoll {

/// One route: what it answers, who may ask, what body it takes, and the handler, which parses, calls one workflow or
/// query, and renders.
struct Route {
  std::string method;
  /// "/api/v1/municipalities/{}/cases/{}": {} stands for one part of the path, or for its beginning as in "{}.csv". Of
  /// several that fit the first counts.
  std::string pattern;
  Roles roles;
  std::function<void(Call&)> handle;
  std::size_t body_limit = 0;  ///< bytes; 0: it takes no body
  std::vector<std::string> content_types = {};
  std::size_t form_limit = 0;  ///< bytes of a multipart form, where the route takes one; 0: body_limit
  int hourly_without_key = 0;  ///< requests an hour of one address without a key, beside the general rate; 0: that alone
  int form_weight = 1;         ///< how many of those a multipart form counts for
};

/// Most bytes of a body. The longest text of any single document is 4,000 characters.
inline constexpr std::size_t kJsonBody = 64 * 1024;
/// An owner has up to 1,000 streets and 1,000 designations.
inline constexpr std::size_t kOwnerBody = 1024 * 1024;
/// A property of 10,000 corners; larger ones come in files.
inline constexpr std::size_t kLandBody = 1024 * 1024;
inline constexpr std::size_t kBatchBody = 8 * 1024 * 1024;
/// A form with photos.
inline constexpr std::size_t kFormBody = 25 * 1024 * 1024;

/// Everybody, with a key or without.
inline constexpr Roles kAnyone{Role::citizen, Role::police, Role::owner, Role::municipality, Role::channel, Role::admin};
/// Everybody who has to do with a municipality.
inline constexpr Roles kPublic{Role::citizen, Role::police, Role::owner, Role::municipality, Role::channel};

/// A route whose body is JSON.
inline Route with_json(Route route, std::size_t body_limit = kJsonBody) {
  route.body_limit = body_limit;
  route.content_types = {"application/json"};
  return route;
}

/// The one table of routes and the roles they admit. Matching compares path parts and runs no pattern of the library.
class Router {
 public:
  void add(std::vector<Route> routes);
  const std::vector<Route>& routes() const { return routes_; }

  /// What the guard wants to know before anything is read.
  RouteInfo info(const std::string& method, const std::string& path) const;

  struct Match {
    const Route* route;
    std::vector<std::string> parameters;
  };
  /// HEAD is answered as GET.
  std::optional<Match> find(const std::string& method, const std::string& path) const;

 private:
  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> parts_;  ///< of each route's pattern
};

// One list of routes per resource.
std::vector<Route> report_routes();
std::vector<Route> case_routes();
std::vector<Route> case_action_routes();
std::vector<Route> change_routes();
std::vector<Route> confirmation_routes();
std::vector<Route> claim_routes();
std::vector<Route> owner_routes();
std::vector<Route> land_routes();
std::vector<Route> policy_routes();
std::vector<Route> key_routes();
std::vector<Route> notice_routes();
std::vector<Route> letter_routes();
std::vector<Route> webhook_routes();
std::vector<Route> user_routes();
std::vector<Route> mail_address_routes();
std::vector<Route> municipality_routes();
std::vector<Route> photo_routes();
std::vector<Route> statistics_routes();
std::vector<Route> feed_routes();
std::vector<Route> mail_page_routes();
std::vector<Route> closing_routes();
std::vector<Route> sign_in_routes();
std::vector<Route> figure_routes();
std::vector<Route> figure_list_routes();
std::vector<Route> figure_more_routes();
std::vector<Route> account_routes();
std::vector<Route> police_routes();
std::vector<Route> police_batch_routes();
std::vector<Route> picture_routes();
std::vector<Route> owner_page_routes();
std::vector<Route> owner_case_page_routes();
std::vector<Route> map_routes();
std::vector<Route> contract_routes();
std::vector<Route> health_routes();
/// Handlers that do nothing behind the same guard, keys and reading of a report: what scripts/bench measures others by.
std::vector<Route> bench_routes();

}  // namespace klotterkoll
