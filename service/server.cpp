#include "server.h"

#include <spdlog/spdlog.h>

#include "background.h"
#include "base/error.h"
#include "pages/citizen.h"
#include "pages/kommun_routes.h"
#include "pages/visit.h"

namespace klotterkoll {
namespace {

/// What the thread knows of the request it answers, from before the body is read until the answer is complete.
struct Present {
  std::optional<Router::Match> match;
  Caller caller;
};
thread_local Present present;

/// W3C Trace Context: 00-32 hex-16 hex-2 hex.
bool is_traceparent(const std::string& text) {
  if (text.size() != 55) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 2 || i == 35 || i == 52;
    const char c = text[i];
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return text.substr(3, 32) != std::string(32, '0');
}

/// The path as it is logged: the secret in a mail's link is cut, since who reads logs may not act for an owner.
std::string without_secrets(const std::string& path) {
  constexpr std::size_t kLongestShown = 32;  // references, ids and codes are shorter
  std::string shown;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    shown += end - begin > kLongestShown ? path.substr(begin, 4) + "..." : path.substr(begin, end - begin);
    if (end < path.size()) shown += '/';
    begin = end + 1;
  }
  return shown;
}

/// Who is counted: a key, or the address with its network.
std::string holder_of(const Caller& caller, const std::string& address) {
  if (caller.key) return "k" + std::to_string(caller.key->id);
  const auto parsed = parse_address(address);
  return parsed ? format_address(network_of(*parsed)) : address;
}

}  // namespace

Service::Service(const ServeOptions& options, EdgeOptions edge, Store& store, const Clock& clock, IdSource& ids, PhotoStore& photo_store,
                 PhotoDecoder& photo_decoder)
    : options_(options), store_(store), keys_(store), sessions_(store, clock), tenants_(store), maps_(store, options.tiles, options.tiles_attribution, options.tiles_zoom),
      app_{store, clock, ids, keys_, sessions_, tenants_, metrics_, photo_store, photo_decoder, options.public_url, !options.public_url.empty(), options.demo,
           {options.webhook_allow.begin(), options.webhook_allow.end()}, maps_} {
  for (auto& routes : {report_routes(), case_routes(), case_action_routes(), change_routes(), confirmation_routes(), claim_routes(),
                       owner_routes(), land_routes(), policy_routes(), key_routes(), user_routes(), mail_address_routes(),
                       letter_routes(), webhook_routes(), notice_routes(), photo_routes(), municipality_routes(), statistics_routes(),
                       feed_routes(), closing_routes(), mail_page_routes(), contract_routes(), health_routes(), picture_routes(),
                       sign_in_routes(), owner_page_routes(), owner_case_page_routes(), citizen_case_routes(), citizen_report_routes(),
                       citizen_start_routes(), citizen_overview_routes(), citizen_about_routes(), figure_routes(), figure_list_routes(),
                       figure_more_routes(), account_routes(), police_routes(), police_batch_routes(), kommun_front_routes(),
                       kommun_triage_routes(), kommun_list_routes(), kommun_case_routes(), kommun_waiting_routes(), kommun_message_routes(), map_routes()})
    router_.add(routes);
  if (options.bench_noop) router_.add(bench_routes());
  for (const std::string& proxy : options.trusted_proxies) edge.trusted_proxies.emplace_back(proxy);
  edge.proxy_headers = options.proxy_headers;
  edge.find_route = [this](const std::string& method, const std::string& path) { return router_.info(method, path); };
  edge.before_route = [this](const auto& request, auto& response) { return before_route(request, response); };
  edge.dress_problem = [this](const auto& request, auto& response) { return dress_as_page(app_, request, response); };
  edge.after_route = [this](const auto& request, auto& response) {
    const auto took = std::chrono::steady_clock::now() - EdgeServer::context().since;
    metrics_.count_request(response.status, took);
    spdlog::info("{} {} {} {} {}us {} {}", EdgeServer::context().request_id, request.method, without_secrets(request.path), response.status,
                  std::chrono::duration_cast<std::chrono::microseconds>(took).count(), request.remote_addr,
                  request.get_header_value("traceparent"));
  };
  edge.on_refused = [this](const RequestContext& context, const Refusal& refusal) {
    metrics_.count_request(refusal.status, std::chrono::steady_clock::now() - context.since);
    spdlog::info("{} refused {} from {}: {}", context.request_id, refusal.status, context.origin.address, refusal.detail);
  };
  edge.on_fault = [](const RequestContext& context, const std::string& what) { spdlog::error("{} failed: {}", context.request_id, what); };
  server_ = std::make_unique<EdgeServer>(std::move(edge), ids);
  // The library reads a body only on its own way to a handler; everything else is answered before its patterns are tried.
  const auto handler = [this](const httplib::Request& request, httplib::Response& response) { dispatch(request, response); };
  server_->Post(".*", handler);
  server_->Put(".*", handler);
  server_->Patch(".*", handler);
  server_->Delete(".*", handler);
}

int Service::listen(const std::string& host, int port) {
  const int bound = server_->listen_on(host, port);
  if (!app_.public_url_is_set) {
    const bool is_v6 = host.find(':') != std::string::npos;
    app_.public_url = "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(bound);
  }
  return bound;
}

httplib::Server::HandlerResponse Service::before_route(const httplib::Request& request, httplib::Response& response) {
  present = {router_.find(request.method, request.path), {}};
  if (const std::string trace = request.get_header_value("traceparent"); is_traceparent(trace)) response.set_header("traceparent", trace);
  admit(request, response);
  if (present.match->route->body_limit > 0) return httplib::Server::HandlerResponse::Unhandled;
  dispatch(request, response);
  return httplib::Server::HandlerResponse::Handled;
}

void Service::admit(const httplib::Request& request, httplib::Response& response) {
  // How the service is asked by what watches over it: without a key, and as often as it likes.
  const bool page = is_page(request.path);
  if (!page && !request.path.starts_with("/api/")) return;
  // An unknown key counts against the address it came from, so that keys cannot be guessed without limit.
  if (options_.rate_limit) {
    const Rate rate{*options_.rate_limit, std::chrono::seconds{60}};
    std::exception_ptr unknown;
    try {
      identify(request);
    } catch (const Error&) {
      unknown = std::current_exception();
    }
    const std::string holder = holder_of(present.caller, request.remote_addr);
    auto verdict = limiter_.count(holder, rate, EdgeServer::context().since);
    // To write costs the service more than to read, and nobody vouches for who has no key.
    if (!present.caller.key && request.method != "GET" && request.method != "HEAD")
      if (const auto writes = limiter_.count("w" + holder, Rate{std::max<std::int64_t>(1, rate.requests / 10), rate.window}, EdgeServer::context().since);
          verdict.admitted && writes.remaining < verdict.remaining)
        verdict = writes;
    const std::int64_t weight = EdgeServer::context().form_type.empty() ? 1 : present.match->route->form_weight;
    if (const int hourly = present.match->route->hourly_without_key; hourly > 0 && !present.caller.key)
      if (const auto rare = limiter_.count("h" + holder, Rate{hourly, std::chrono::hours{1}}, EdgeServer::context().since, weight);
          verdict.admitted && (!rare.admitted || rare.remaining < verdict.remaining))
        verdict = rare;
    const std::string window = std::to_string(rate.window.count());
    response.set_header("RateLimit-Policy", "\"default\";q=" + std::to_string(rate.requests) + ";w=" + window);
    response.set_header("RateLimit", "\"default\";r=" + std::to_string(verdict.remaining) + ";t=" + std::to_string(verdict.resets_in.count()));
    if (!verdict.admitted) {
      response.set_header("Retry-After", std::to_string(verdict.resets_in.count()));
      throw Error{ErrorCode::busy, "Too many requests; try again in " + std::to_string(verdict.resets_in.count()) + " seconds."};
    }
    if (unknown) std::rethrow_exception(unknown);
  } else {
    identify(request);
  }
  // Pages ask to sign in, and keep what was typed.
  if (!page) require_role(present.match->route->roles, present.caller);
}

void Service::identify(const httplib::Request& request) {
  present.caller = is_page(request.path) ? caller_of_page(app_, request, *present.match->route, present.match->parameters)
                                         : keys_.identify(request.get_header_value("Authorization"));
}

void Service::dispatch(const httplib::Request& request, httplib::Response& response) {
  Call call{app_, request, response, present.caller, std::move(present.match->parameters)};
  present.match->route->handle(call);
}

}  // namespace klotterkoll
