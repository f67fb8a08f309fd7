#include "json/policy_json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/refusal.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

/// Reads a policy with this change and checks it, as the API does.
Policy checked(const json& change) {
  json body{{"mode", "calendar_days"}, {"limit", 3}};
  body.update(change);
  Policy policy = policy_from_json(body);
  validate(policy);
  return policy;
}

std::string refused_at(const json& change) {
  return refusal([&] { checked(change); }).faults().front().pointer;
}

json lead(const std::string& text) { return {{"warnings", {{{"lead", text}}}}}; }

}  // namespace

TEST_CASE("policy json: what is written is read again") {
  Policy policy;
  policy.limit = {CountingMode::hours, 48};
  policy.limits[Category::hate] = {CountingMode::working_days, 1};
  policy.warnings.push_back({Warning::Kind::lead, std::chrono::minutes{90}});
  policy.record_within_hours = 24;
  policy.hold_cap_days = 0;
  CHECK(policy_from_json(policy_to_json(policy)) == policy);
}

TEST_CASE("policy json: a lead is hours or minutes within its bounds, however many digits it has") {
  using std::chrono::minutes;
  CHECK(checked(lead("720h")).warnings.front().offset == minutes{720 * 60});
  CHECK(checked(lead("1m")).warnings.front().offset == minutes{1});
  CHECK(checked(lead("43200m")).warnings.front().offset == minutes{43'200});
  // 35791395 hours and 2147483647 minutes overflow an int when multiplied by 60.
  for (const char* wrong : {"721h", "43201m", "0h", "0m", "-1h", "99999999h", "35791395h", "2147483647h", "2147483648h",
                            "-2147483648h", "-2147483649h", "2147483647m", "9223372036854775807m", "99999999999999999999h"}) {
    CAPTURE(wrong);
    CHECK(refused_at(lead(wrong)) == "/warnings/0");
  }
  for (const char* wrong : {"", "h", "24", "24 h", "1.5h", "0x1h", "24hh", "+24h"}) {
    CAPTURE(wrong);
    CHECK(refused_at(lead(wrong)) == "/warnings/0/lead");
  }
}

TEST_CASE("policy json: numbers beyond an int are refused as beyond their bounds, not cut to fit them") {
  const std::vector<json> extremes{std::int64_t{2147483648},  std::int64_t{4294967299}, std::int64_t{4294967296} * 100 + 3,
                                   std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::uint64_t>::max(), 1e300, -1e300, -1};
  for (const json& number : extremes) {
    CAPTURE(number.dump());
    CHECK(refused_at({{"limit", number}}) == "/limit");
    CHECK(refused_at({{"mode", "hours"}, {"limit", number}}) == "/limit");
    CHECK(refused_at({{"limits", {{"hate", {{"mode", "hours"}, {"limit", number}}}}}}) == "/limits/hate/limit");
    CHECK(refused_at({{"record_within_hours", number}}) == "/record_within_hours");
    CHECK(refused_at({{"hold_cap_days", number}}) == "/hold_cap_days");
  }
  CHECK(checked({{"limit", 365}}).limit.amount == 365);
  CHECK(checked({{"mode", "hours"}, {"limit", 8760}}).limit.amount == 8760);
  CHECK(checked({{"record_within_hours", 0}, {"hold_cap_days", 365}}).hold_cap_days == 365);
}
