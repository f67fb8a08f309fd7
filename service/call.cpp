#include "call.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/error.h"
#include "base/number.h"
#include "edge_server.h"
#include "json/json_writer.h"
#include "json/schema_check.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kDefaultLimit = 20, kMostLimit = 500;
constexpr std::size_t kShortestIdempotencyKey = 16, kLongestIdempotencyKey = 255;

Error malformed(const std::string& name, const std::string& message) { return {ErrorCode::malformed, message, name}; }

template <typename KeyType>
KeyType found(const std::optional<KeyType>& key, const char* what) {
  if (!key) throw Error{ErrorCode::not_found, std::string{"There is no such "} + what + "."};
  return *key;
}

/// Which requests with an Idempotency-Key are being worked on in this process.
class InFlight {
 public:
  explicit InFlight(std::string key) : key_(std::move(key)) {
    const std::lock_guard lock{mutex()};
    if (!keys().insert(key_).second)
      throw Error{ErrorCode::conflict, "The same request is being worked on; ask again shortly with the same Idempotency-Key."};
  }
  ~InFlight() {
    const std::lock_guard lock{mutex()};
    keys().erase(key_);
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  static std::set<std::string>& keys() {
    static std::set<std::string> all;
    return all;
  }
  std::string key_;
};

std::string idempotency_key(const httplib::Request& request) {
  std::string key = request.get_header_value("Idempotency-Key");
  if (key.size() >= 2 && key.front() == '"' && key.back() == '"') key = key.substr(1, key.size() - 2);
  if (key.size() < kShortestIdempotencyKey || key.size() > kLongestIdempotencyKey)
    throw malformed("Idempotency-Key", "An Idempotency-Key has 16 to 255 characters, best a UUID made anew for each request.");
  return key;
}

/// The path as we would write it: a case's reference may be spelled in several ways, and names one case in all of them.
std::string canonical_path(const Call& call) {
  const std::string& path = call.request.path;
  constexpr std::string_view kCases = "/cases/";
  const auto at = path.find(kCases);
  if (at == path.npos) return path;
  const auto start = at + kCases.size(), size = std::min(path.find('/', start), path.size()) - start;
  const auto id = call.app.store.references().decode_case(path.substr(start, size));
  return id ? std::string{path}.replace(start, size, call.app.store.references().encode(*id)) : path;
}

void send(Call& call, int status, const std::string& location, const std::string& body, const char* content_type) {
  call.response.status = status;
  if (!location.empty()) call.response.set_header("Location", call.api_url() + location);
  call.response.set_content(body, content_type);
  call.no_store();
}

}  // namespace

std::shared_ptr<const Settings> Call::settings(Transaction& transaction) const {
  auto settings = transaction.municipalities().find_settings(parameter(0));
  if (!settings || !caller.belongs_to(settings->municipality.id))
    throw Error{ErrorCode::not_found, "There is no municipality \"" + parameter(0) + "\" here for you."};
  return settings;
}

CaseId Call::case_id() const { return found(app.store.references().decode_case(parameter(1)), "case"); }
ReportId Call::report_id() const { return found(app.store.references().decode_report(parameter(1)), "report"); }

void Call::allow_query(std::initializer_list<std::string_view> names) const {
  std::vector<Fault> faults;
  for (auto at = request.params.begin(); at != request.params.end(); at = request.params.upper_bound(at->first)) {
    if (std::ranges::find(names, at->first) == names.end()) {
      std::string known;
      for (const auto name : names) known += (known.empty() ? "" : ", ") + std::string{name};
      faults.push_back({at->first, "The parameter \"" + at->first + "\" is not known here" +
                                       (known.empty() ? "; there are none." : "; known are " + known + ".")});
    } else if (request.params.count(at->first) > 1) {
      faults.push_back({at->first, "The parameter \"" + at->first + "\" is given twice."});
    }
  }
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
}

std::optional<std::string> Call::query(const std::string& name) const {
  const auto at = request.params.find(name);
  return at == request.params.end() || at->second.empty() ? std::nullopt : std::optional{at->second};
}

std::string Call::required_query(const std::string& name) const {
  const auto text = query(name);
  if (!text) throw malformed(name, "The parameter \"" + name + "\" is missing.");
  return *text;
}

std::optional<Instant> Call::query_instant(const std::string& name) const {
  const auto text = query(name);
  if (!text) return std::nullopt;
  const auto instant = parse_instant(*text);
  if (!instant)
    throw malformed(name, "\"" + *text + "\" is no time; write it with its zone, as 2026-11-20T21:10:00+01:00 (a + is %2B in a query).");
  return instant;
}

LocalDate Call::required_date(const std::string& name) const {
  const auto date = parse_date(required_query(name));
  if (!date) throw malformed(name, "\"" + *query(name) + "\" is no date; write it as 2026-11-20.");
  return *date;
}

std::optional<std::int64_t> Call::query_whole(const std::string& name, std::int64_t least, std::int64_t most) const {
  const auto text = query(name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (fault != std::errc{} || end != text->data() + text->size() || number < least || number > most)
    throw malformed(name, "\"" + *text + "\" must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ".");
  return number;
}

Page Call::page() const {
  const std::int64_t limit = query_whole("limit", 1, kMostLimit).value_or(kDefaultLimit);
  const std::int64_t number = query_whole("page", 1, 1'000'000'000).value_or(1);
  if ((number - 1) * limit >= kCountedUpTo)
    throw malformed("page", "A list ends at 10,000 records; narrow it with filters, or take the streamed form (cases.ndjson, cases.csv, changes).");
  return {limit, (number - 1) * limit};
}

nlohmann::json Call::body(std::string_view schema) const { return read_json(schema, request.body); }

bool Call::is_form() const { return !EdgeServer::context().form_type.empty(); }

std::vector<FormField> Call::form() const { return read_form(EdgeServer::context().form_type, request.body); }

std::optional<std::int64_t> Call::if_match() const {
  if (!request.has_header("If-Match")) return std::nullopt;
  std::string_view tag;
  const std::string value = request.get_header_value("If-Match");
  tag = value;
  if (tag == "*") return std::nullopt;
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  std::int64_t version = 0;
  if (tag.size() > 2 && tag.front() == '"') {
    const auto [end, fault] = std::from_chars(tag.data() + 1, tag.data() + tag.size(), version);
    if (fault == std::errc{} && (*end == '.' || *end == '"')) return version;
  }
  throw malformed("If-Match", "If-Match carries the ETag that was seen, such as \"7.municipality.on_track.51\" with its quotes.");
}

std::int64_t Call::required_if_match() const {
  if (const auto version = if_match()) return *version;
  throw Error{ErrorCode::precondition_required, "Send the ETag that was seen as If-Match, so that nobody's change is lost."};
}

std::string Call::api_url_of(const App& app) {
  const Origin& origin = EdgeServer::context().origin;
  if (!app.public_url_is_set && !origin.host.empty() && !origin.scheme.empty()) return origin.scheme + "://" + origin.host + origin.prefix + "/api/v1";
  return app.public_url + "/api/v1";
}

std::string Call::municipality_url(const Settings& settings) const { return api_url() + "/municipalities/" + settings.municipality.code; }

void Call::answer(std::string text, int status) const {
  response.status = status;
  response.set_content(std::move(text), "application/json; charset=utf-8");
}

void Call::answer(const nlohmann::json& body, int status) const {
  answer(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), status);
}

void Call::answer_list(const nlohmann::json& items, std::int64_t total, const Page& page) const {
  answer_list(items.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), std::ssize(items), total, page);
}

void Call::answer_list(const std::string& items, std::int64_t count, std::int64_t total, const Page& page) const {
  const std::int64_t counted = std::min(total, kCountedUpTo), number = page.offset / page.limit + 1;
  const std::int64_t last = std::max<std::int64_t>(1, (counted + page.limit - 1) / page.limit);
  // As it was sent, since there it is encoded: a reference may be written with spaces.
  const std::string path = request.target.substr(0, request.target.find('?'));
  std::string address = api_url() + path.substr(std::string_view{"/api/v1"}.size()) + "?";
  for (const auto& [name, value] : request.params)
    if (name != "page") address += name + "=" + httplib::detail::encode_query_param(value) + "&";
  std::vector<std::pair<std::string, std::string>> links;
  const auto link = [&](const char* relation, std::int64_t to) { links.emplace_back(relation, address + "page=" + std::to_string(to)); };
  link("self", number);
  link("first", 1);
  if (number > 1) link("prev", std::min(number - 1, last));
  if (number < last) link("next", number + 1);
  if (total <= kCountedUpTo) link("last", last);
  std::string header;
  for (const auto& [relation, target] : links)
    header += (header.empty() ? "<" : ", <") + target + ">; rel=\"" + relation + "\"";
  response.set_header("Link", header);
  answer(json_text([&](JsonWriter& out) {
    out.object([&] {
      out.raw_member("items", items);
      out.object("_meta", [&] {
        out.member("total_records", counted);
        out.member("total_is_exact", total <= kCountedUpTo);
        out.member("page", number);
        out.member("limit", page.limit);
        out.member("count", count);
      });
      out.object("_links", [&] {
        for (const auto& [relation, target] : links) out.object(relation, [&] { out.member("href", target); });
      });
    });
  }));
}

bool Call::tagged(const std::string& etag) const {
  response.set_header("ETag", etag);
  // A cache may name several tags, and a proxy that compresses makes them weak (W/). Ours hold no comma.
  const std::string seen = request.get_header_value("If-None-Match");
  if (seen != "*" && ("," + seen + ",").find(etag) == std::string::npos) return false;
  response.status = 304;
  return true;
}

void Call::refuse_code(const std::string& name, const std::string& text, const std::vector<std::string_view>& names) {
  std::string known;
  for (const auto code : names) known += (known.empty() ? "" : ", ") + std::string{code};
  throw malformed(name, "\"" + text + "\" is not known for " + name + "; it is one of " + known + ".");
}

void create(Call& call, const std::function<Render(Transaction&)>& make, std::optional<std::string_view> body) {
  if (!call.request.has_header("Idempotency-Key")) {
    Render render;
    call.app.store.write([&](Transaction& transaction) { render = make(transaction); });
    const Created created = render();
    return send(call, created.status, created.location, created.body, created.content_type);
  }
  Created created;
  const std::string key = idempotency_key(call.request);
  const std::string holder = call.caller.key ? "key:" + std::to_string(call.caller.key->id) : "address:" + call.request.remote_addr;
  const std::string route = canonical_path(call);
  const std::string body_digest = digest(body.value_or(call.request.body));
  const InFlight only{holder + '\n' + route + '\n' + key};
  std::optional<StoredAnswer> first;
  call.app.store.write([&](Transaction& transaction) {
    first.reset();
    const MunicipalityId municipality = transaction.municipalities().find_id(call.parameter_or("", 0)).value_or(0);
    first = transaction.idempotency().find(municipality, holder, route, key);
    if (first && first->created_at + std::chrono::hours{24} > call.now) return;
    if (first) transaction.idempotency().remove(municipality, holder, route, key);
    first.reset();
    created = make(transaction)();
    if (!created.kept) return;
    StoredAnswer answer{body_digest, created.status, created.location, created.secret ? "" : created.body, call.now};
    transaction.idempotency().save(municipality, holder, route, key, answer);
  });
  if (!first) return send(call, created.status, created.location, created.body, created.content_type);
  if (first->body_digest != body_digest)
    throw Error{ErrorCode::refused, "This Idempotency-Key was used with another body; make a new one for another request.", "Idempotency-Key"};
  if (first->answer.empty())
    throw Error{ErrorCode::conflict, "This request was answered already; its answer held a secret, which is shown once only."};
  send(call, first->status, first->location, first->answer, Created{}.content_type);
}

}  // namespace klotterkoll
