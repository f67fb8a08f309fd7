#pragma once

#include <httplib.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "problem.h"

namespace klotterkoll {

/// What the table of routes knows about a path, asked before anything of the body is read.
struct RouteInfo {
  std::vector<std::string> methods;        ///< that the path answers; none: no route has this path
  std::size_t body_limit = 0;              ///< bytes that the asked method takes; 0 when it takes no body
  std::vector<std::string> content_types;  ///< of the body, such as "application/json" or "image/*"; empty: any but
                                           ///< forms, which must be listed ("multipart/form-data")
  std::size_t form_limit = 0;              ///< bytes of a multipart form, where it is another; 0: body_limit
};

/// `path` is decoded. GET answers HEAD too, and every known path answers OPTIONS; neither needs listing.
using FindRoute = std::function<RouteInfo(const std::string& method, const std::string& path)>;

struct RequestLimits {
  std::size_t path = 512;     ///< characters of the decoded path: it is matched against regular expressions
  std::size_t target = 2048;  ///< characters of path and query as sent; a list's link may carry many parameters
  std::size_t headers = 64;
};

/// Turns away what no route should see, and what the library would misread. A pure function: it runs before the body
/// is read and before any pattern is matched. `find_route` is asked once, when the path itself is sound.
///
/// The connection has checked framing on the raw lines; it is checked here again on what the library made of them,
/// since it decodes percent signs in header values.
std::optional<Refusal> check(const httplib::Request& request, const RequestLimits& limits, const FindRoute& find_route);

/// Whether a Content-Type is multipart, of whatever kind and however it is written.
bool is_multipart(std::string_view content_type);

/// The value of Allow: the methods, HEAD where GET is, OPTIONS always.
std::string allow(const std::vector<std::string>& methods);

}  // namespace klotterkoll
