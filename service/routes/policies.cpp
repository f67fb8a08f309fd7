#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/deadline_json.h"
#include "json/policy_json.h"
#include "json/values.h"
#include "router.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

json shown_policy(const Policy& policy) {
  json out = policy_to_json(policy);
  out["version"] = policy.version;
  out["effective_from"] = policy.effective_from == LocalDate::min() ? json{} : json(format_date(policy.effective_from));
  return out;
}

constexpr std::chrono::days kFurthest{731};
/// Between these the reckoning of holidays, and the writing of dates, is right.
constexpr LocalDate kEarliest{std::chrono::year{1900} / 1 / 1}, kLatest{std::chrono::year{2200} / 1 / 1};

const Policy& in_force(const Settings& settings, Instant now) { return policy_on(settings.policies, settings.zone.date_of(now)); }

/// The newest version, which a PUT comes after, also while it is not in force yet; and the one in force, which is shown.
std::string etag(const Policy& newest, const Policy& shown) {
  return '"' + std::to_string(newest.version) + '.' + std::to_string(shown.version) + '"';
}

void get_policy(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Policy& policy = in_force(*settings, call.now);
    if (!call.tagged(etag(settings->policies.back(), policy))) call.answer(shown_policy(policy));
    return true;
  });
}

/// The policy in the body as the next version; it takes effect tomorrow at the earliest.
Policy next_policy(const json& body, const Settings& settings, Instant now) {
  const Policy& newest = settings.policies.back();
  json whole = body;
  if (!whole.contains("time_zone")) whole["time_zone"] = newest.time_zone;
  if (!whole.contains("calendar")) whole["calendar"] = to_code(newest.calendar);
  Policy policy = policy_from_json(whole);
  policy.version = newest.version + 1;
  const LocalDate tomorrow = settings.zone.date_of(now) + std::chrono::days{1};
  policy.effective_from = tomorrow;
  if (body.contains("effective_from")) {
    const auto date = parse_date(body["effective_from"].get<std::string>());
    if (!date) throw Error{ErrorCode::malformed, "effective_from is a date, such as " + format_date(tomorrow) + ".", "/effective_from"};
    policy.effective_from = *date;
  }
  if (policy.effective_from < tomorrow)
    throw Error{ErrorCode::refused, "A new rule takes effect tomorrow, " + format_date(tomorrow) + ", at the earliest: what was promised stays.", "/effective_from"};
  if (policy.effective_from > tomorrow + kFurthest)
    throw Error{ErrorCode::refused, "A new rule takes effect within two years; no other could come before it.", "/effective_from"};
  if (policy.effective_from < newest.effective_from)
    throw Error{ErrorCode::refused, "Version " + std::to_string(newest.version) + " takes effect on " + format_date(newest.effective_from) + "; the next one not before it.", "/effective_from"};
  if (policy.time_zone != settings.municipality.time_zone)
    throw Error{ErrorCode::refused, "The time zone is the municipality's, " + settings.municipality.time_zone + ", and stays as it is.", "/time_zone"};
  validate(policy);
  return policy;
}

void put_policy(Call& call) {
  call.allow_query({});
  const std::int64_t version = call.required_if_match();
  const json body = call.body("policy");
  std::string tag;
  const Policy added = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Policy& newest = settings->policies.back();
    if (newest.version != version)
      throw Error{ErrorCode::stale, "The policy has changed since version " + std::to_string(version) + "; it is now at " + std::to_string(newest.version) + "."};
    Policy policy = next_policy(body, *settings, call.now);
    transaction.municipalities().add_policy(settings->municipality.id, policy);
    tag = etag(policy, in_force(*settings, call.now));
    return policy;
  });
  call.response.set_header("ETag", tag);
  call.answer(shown_policy(added));
}

void get_deadline(Call& call) {
  call.allow_query({"received_at", "mode", "limit", "category"});
  call.required_query("received_at");
  const Instant received_at = *call.query_instant("received_at");
  if (received_at < Instant{kEarliest.time_since_epoch()} || received_at >= Instant{kLatest.time_since_epoch()})
    throw Error{ErrorCode::malformed, "received_at lies between the years 1900 and 2200.", "received_at"};
  const auto mode = call.query_code<CountingMode>("mode");
  const auto amount = call.query_whole("limit", 1, 8760);
  const auto category = call.query_code<Category>("category");
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Policy& policy = policy_on(settings->policies, settings->zone.date_of(received_at));
    Limit limit = category ? policy.limit_for(*category, true) : policy.limit;
    if (mode) {
      if (*mode == CountingMode::hours && limit.mode != CountingMode::hours) limit.amount *= 24;
      if (*mode != CountingMode::hours && limit.mode == CountingMode::hours) limit.amount = std::max(1, limit.amount / 24);
      limit.mode = *mode;
    }
    if (amount) limit.amount = static_cast<int>(*amount);
    call.answer(deadline_json(reckon_deadline(policy, limit, received_at), policy, mode || amount ? 0 : policy.version));
    return true;
  });
}

}  // namespace

std::vector<Route> policy_routes() {
  const std::string municipality = "/api/v1/municipalities/{}";
  return {{"GET", municipality + "/policy", kPublic, get_policy},
          with_json({"PUT", municipality + "/policy", {Role::municipality}, put_policy}),
          {"GET", municipality + "/deadline", kPublic, get_deadline}};
}

}  // namespace klotterkoll
