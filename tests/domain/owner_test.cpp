#include "domain/owner.h"

#include <doctest/doctest.h>

#include "domain/api_key.h"
#include "support/refusal.h"
#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

const Municipality kHoor{.code = "1267", .name = "Höör", .host = "klotter.hoor.se"};

template <typename Change>
std::vector<Fault> faults(Change change) {
  Municipality municipality = kHoor;
  change(municipality);
  return refusal([&] { validate(municipality); }).faults();
}

Policy from(int version, std::string_view day) {
  Policy policy;
  policy.version = version;
  policy.effective_from = day.empty() ? LocalDate::min() : on(day);
  return policy;
}

}  // namespace

TEST_CASE("policies: the one in force on a day is the last that has begun, the first has no beginning") {
  const Policies policies{from(1, ""), from(2, "2026-03-01"), from(3, "2026-06-01")};
  CHECK(policy_on(policies, on("1999-01-01")).version == 1);
  CHECK(policy_on(policies, on("2026-02-28")).version == 1);
  CHECK(policy_on(policies, on("2026-03-01")).version == 2);
  CHECK(policy_on(policies, on("2026-05-31")).version == 2);
  CHECK(policy_on(policies, on("2030-01-01")).version == 3);
  CHECK(policy_of_version(policies, 2).effective_from == on("2026-03-01"));
  CHECK(refusal([&] { policy_of_version(policies, 4); }).code() == ErrorCode::internal);
}

TEST_CASE("municipality: a right one passes, and every fault of a wrong one is told at once") {
  CHECK_NOTHROW(validate(kHoor));
  const auto all = faults([](Municipality& wrong) {
    wrong = {.code = "Höör", .name = "", .time_zone = "Europe/Hoor", .host = "https://hoor.se"};
    wrong.area = Area{56, 13, 55, 14};
  });
  REQUIRE(all.size() == 5);
  CHECK(all[0].pointer == "/code");
  CHECK(all[1].pointer == "/name");
  CHECK(all[2].pointer == "/host");
  CHECK(all[3].pointer == "/area");
  CHECK(all[4].pointer == "/time_zone");
}

TEST_CASE("municipality: a code has 1 to 32 characters, an owner's id 1 to 64") {
  const auto with_code = [](std::size_t length) {
    return [length](Municipality& municipality) { municipality.code = std::string(length, 'a'); };
  };
  Municipality longest = kHoor;
  with_code(32)(longest);
  CHECK_NOTHROW(validate(longest));
  CHECK(faults(with_code(33)).front().pointer == "/code");
  CHECK(faults(with_code(0)).front().pointer == "/code");
  CHECK_NOTHROW(validate(Owner{.owner_id = std::string(64, 'h'), .name = "HFAB"}));
  CHECK(refusal([] { validate(Owner{.owner_id = std::string(65, 'h'), .name = "HFAB"}); })
            .faults()
            .front()
            .pointer == "/owner_id");
}

TEST_CASE("owner: a name is needed, and a mail address is one") {
  CHECK_NOTHROW(validate(Owner{.owner_id = "hfab", .name = "Höörs Fastighets AB", .email = "drift@hfab.se"}));
  CHECK(refusal([] { validate(Owner{.owner_id = "hfab", .name = ""}); }).faults().front().pointer == "/name");
  for (const auto wrong : {"drift", "drift @hfab.se", "a@b.se\r\nBcc: x@y.se"})
    CHECK(refusal([&] { validate(Owner{.owner_id = "hfab", .name = "HFAB", .email = wrong}); })
              .faults()
              .front()
              .pointer == "/email");
}

TEST_CASE("owner: every text of it, and a municipality's name, is UTF-8 without control characters") {
  const auto pointer_of = [](auto change) {
    Owner owner{.owner_id = "hfab", .name = "HFAB", .email = "drift@hfab.se"};
    change(owner);
    const auto faults = refusal([&] { validate(owner); }).faults();
    CHECK(faults.size() == 1);
    return faults.front().pointer;
  };
  for (const std::string& wrong :
       std::vector<std::string>{"Sm\xE5land", "a\x07", "a\r", {'a', '\0'}, "\xC2\x85", "\xED\xA0\x80"}) {
    CAPTURE(wrong);
    CHECK(pointer_of([&](Owner& owner) { owner.name = wrong; }) == "/name");
    CHECK(pointer_of([&](Owner& owner) { owner.email = wrong + "@hfab.se"; }) == "/email");
    CHECK(pointer_of([&](Owner& owner) { owner.phone = wrong; }) == "/phone");
    CHECK(pointer_of([&](Owner& owner) { owner.address_prefixes = {"Storgatan", wrong}; }) == "/address_prefixes/1");
    CHECK(pointer_of([&](Owner& owner) { owner.designations = {wrong}; }) == "/designations/0");
    CHECK(faults([&](Municipality& municipality) { municipality.name = wrong; }).front().pointer == "/name");
    CHECK(refusal([&] { ApiKey key; key.name = wrong; validate(key); }).faults().front().pointer == "/name");
  }
  const std::string right = "Ån \"Ö\"\tå\n€ 🧽";
  CHECK_NOTHROW(validate(Owner{.owner_id = "hfab", .name = right, .phone = right, .address_prefixes = {right}, .designations = {right}}));
  Municipality named = kHoor;
  named.name = right;
  CHECK_NOTHROW(validate(named));
}

TEST_CASE("municipality: it begins with its own zone and calendar, and three days or 72 hours") {
  Municipality boston{.code = "boston", .name = "Boston", .time_zone = "America/New_York", .calendar = Calendar::none};
  const Policy policy = first_policy(boston, CountingMode::calendar_days, {});
  CHECK(policy.limit == Limit{CountingMode::calendar_days, 3});
  CHECK(policy.time_zone == "America/New_York");
  CHECK(policy.calendar == Calendar::none);
  CHECK(first_policy(kHoor, CountingMode::hours, {}).limit == Limit{CountingMode::hours, 72});
  CHECK(first_policy(kHoor, CountingMode::hours, 48).limit.amount == 48);
  CHECK(refusal([] { first_policy(kHoor, CountingMode::hours, 0); }).faults().front().pointer == "/limit");
  boston.name = "";
  CHECK(refusal([&] { first_policy(boston, CountingMode::hours, 0); }).faults().front().pointer == "/name");
}

TEST_CASE("owner: public bodies may be named in the open, others not") {
  CHECK(is_public_body(OwnerKind::municipality));
  CHECK(is_public_body(OwnerKind::public_company));
  CHECK(is_public_body(OwnerKind::authority));
  CHECK_FALSE(is_public_body(OwnerKind::company));
  CHECK_FALSE(is_public_body(OwnerKind::private_owner));
}
