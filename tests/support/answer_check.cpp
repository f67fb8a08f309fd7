#include "support/answer_check.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include "schemas.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const json& contract() {
  static const json document = json::parse(openapi_json());
  return document;
}

/// What `node` refers to, if it does.
const json& resolved(const json& node) {
  const auto reference = node.find("$ref");
  return reference == node.end() ? node
                                 : contract().at(json::json_pointer(reference->get<std::string>().substr(1)));
}

/// A copy of `node` with every reference replaced by what it refers to; no schema refers to itself. Without
/// `format`, which valijson asks of null as well; times and dates have a `pattern` that says more.
json expanded(const json& node) {
  if (node.is_object() && node.contains("$ref")) return expanded(resolved(node));
  json copy = node;
  if (copy.is_object() && copy.contains("format") && copy["format"].is_string()) copy.erase("format");
  if (copy.is_structured())
    for (json& inner : copy) inner = expanded(inner);
  return copy;
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> found;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    found.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return found;
}

/// How much of `path` the template names literally, or -1 when it is not one of its paths.
int literal_matches(std::string_view path_template, std::string_view path) {
  const auto expected = segments(path_template);
  const auto given = segments(path);
  if (expected.size() != given.size()) return -1;
  int literal = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (expected[i] == given[i]) {
      literal += 2;
      continue;
    }
    // "{police_reference}.csv" says more than "{police_reference}".
    if (!expected[i].starts_with('{')) return -1;
    const auto end = expected[i].substr(expected[i].find('}') + 1);
    if (given[i].size() <= end.size() || !given[i].ends_with(end)) return -1;
    literal += end.empty() ? 0 : 1;
  }
  return literal;
}

/// The contract's entry for a path: the template with most literal segments: reports/batches is no report.
const json* path_item(std::string_view path) {
  constexpr std::string_view kRoot = "/api/v1";
  const bool in_api = path.starts_with("/api/v1/");
  const std::string_view inner = in_api ? path.substr(kRoot.size()) : path;
  const json* best = nullptr;
  int most = -1;
  for (const auto& [path_template, item] : contract().at("paths").items()) {
    const bool outside = item.begin()->contains("servers");
    if (outside == in_api) continue;
    if (const int literal = literal_matches(path_template, inner); literal > most) {
      most = literal;
      best = &item;
    }
  }
  return best;
}

const valijson::Schema& compiled(const json& schema) {
  static std::mutex mutex;
  static std::map<const json*, std::unique_ptr<valijson::Schema>> made;
  const std::lock_guard lock(mutex);
  auto& entry = made[&schema];
  if (!entry) {
    entry = std::make_unique<valijson::Schema>();
    const json whole = expanded(schema);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(whole), *entry);
  }
  return *entry;
}

/// What does not fit, or nothing.
std::string misfit(const json& schema, std::string_view text) {
  const json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return "the body is not JSON: " + std::string(text.substr(0, 200));
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(compiled(schema), valijson::adapters::NlohmannJsonAdapter(value), &results))
    return "";
  std::string found;
  for (const auto& error : results) {
    std::string place;
    for (const std::string& step : error.context) place += step;
    found += "\n  " + place + ": " + error.description;
  }
  return found + "\n" + value.dump(1, ' ', false, json::error_handler_t::replace).substr(0, 2000);
}

void check_content(const std::string& what, const json& response, std::string_view content_type,
                   std::string_view body) {
  const auto content = response.find("content");
  if (content == response.end()) {
    if (!body.empty()) throw std::runtime_error(what + " has a body; the contract knows none");
    return;
  }
  const std::string type(content_type.substr(0, content_type.find(';')));
  if (!content->contains(type)) {
    std::string listed;
    for (const auto& [name, unused] : content->items()) listed += " " + name;
    throw std::runtime_error(what + " is of type '" + type + "'; the contract lists" + listed);
  }
  const json& schema = content->at(type).at("schema");
  std::string found;
  if (type == "application/x-ndjson") {
    while (!body.empty() && found.empty()) {
      const auto end = body.find('\n');
      if (end == std::string_view::npos) throw std::runtime_error(what + " ends without a line feed");
      found = misfit(schema, body.substr(0, end));
      body.remove_prefix(end + 1);
    }
  } else if (type.ends_with("json")) {
    found = misfit(schema, body);
  }
  if (!found.empty()) throw std::runtime_error(what + " does not fit its schema: " + found);
}

}  // namespace

bool is_in_contract(std::string_view path) {
  constexpr std::string_view kTold[] = {"/api/", "/atgarda/", "/post/", "/healthz", "/readyz", "/metrics"};
  return std::ranges::any_of(kTold, [&](std::string_view start) { return path.starts_with(start); });
}

void check_answer(std::string_view method, std::string_view path, int status, std::string_view content_type,
                  std::string_view body) {
  if (method == "OPTIONS") return;
  path = path.substr(0, path.find('?'));
  const std::string code = std::to_string(status);
  const std::string what = std::string(method) + " " + std::string(path) + " " + code;
  const json& shared = contract().at("components").at("responses");

  const json* item = path_item(path);
  if (!item) {
    if (status != 404) throw std::runtime_error(what + ": the contract does not know this path");
    return check_content(what, shared.at("404"), content_type, body);
  }
  std::string verb = method == "HEAD" ? "get" : std::string(method);
  std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!item->contains(verb)) {
    if (status != 405) throw std::runtime_error(what + ": the contract does not know this method here");
    return check_content(what, shared.at("405"), content_type, body);
  }
  const json& responses = item->at(verb).at("responses");
  if (!responses.contains(code)) {
    std::string listed;
    for (const auto& [name, unused] : responses.items()) listed += " " + name;
    throw std::runtime_error(what + ": the contract does not list this status; it lists" + listed);
  }
  if (method == "HEAD") {
    if (!body.empty()) throw std::runtime_error(what + " has a body");
    return;
  }
  check_content(what, resolved(responses.at(code)), content_type, body);
}

}  // namespace klotterkoll
