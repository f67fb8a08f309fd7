#include "router.h"

#include <algorithm>

namespace klotterkoll {
namespace {

constexpr std::string_view kVariable = "{}";

template <typename Visit>
void each_part(std::string_view path, Visit&& visit) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = std::min(path.find('/'), path.size());
    visit(path.substr(0, end));
    path.remove_prefix(end);
  }
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  if (path.starts_with('/')) each_part(path, [&](std::string_view part) { parts.push_back(part); });
  return parts;
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string_view>& parts) {
  return std::ranges::equal(pattern, parts, [](const std::string& wanted, std::string_view part) {
    if (!wanted.starts_with(kVariable)) return wanted == part;
    const std::string_view end = std::string_view{wanted}.substr(kVariable.size());
    return part.size() > end.size() && part.ends_with(end);
  });
}

}  // namespace

void Router::add(std::vector<Route> routes) {
  for (Route& route : routes) {
    std::vector<std::string> parts;
    each_part(route.pattern, [&](std::string_view part) { parts.emplace_back(part); });
    parts_.push_back(std::move(parts));
    routes_.push_back(std::move(route));
  }
}

RouteInfo Router::info(const std::string& method, const std::string& path) const {
  RouteInfo info;
  const auto parts = parts_of(path);
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!fits(parts_[i], parts)) continue;
    if (std::ranges::find(info.methods, routes_[i].method) == info.methods.end()) info.methods.push_back(routes_[i].method);
    if (routes_[i].method != method) continue;
    info.body_limit = routes_[i].body_limit;
    info.content_types = routes_[i].content_types;
    info.form_limit = routes_[i].form_limit;
  }
  return info;
}

std::optional<Router::Match> Router::find(const std::string& method, const std::string& path) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : std::string_view{method};
  const auto parts = parts_of(path);
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (routes_[i].method != wanted || !fits(parts_[i], parts)) continue;
    Match match{&routes_[i], {}};
    for (std::size_t n = 0; n < parts.size(); ++n)
      if (const std::string& variable = parts_[i][n]; variable.starts_with(kVariable))
        match.parameters.emplace_back(parts[n].substr(0, parts[n].size() - (variable.size() - kVariable.size())));
    return match;
  }
  return std::nullopt;
}

}  // namespace klotterkoll
