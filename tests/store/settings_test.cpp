// Municipalities, their policies, owners and keys in the store.

#include <doctest/doctest.h>

#include <functional>

#include "domain/store.h"
#include "support/clocks.h"
#include "support/refusal.h"
#include "support/store_fixture.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

TEST_CASE("store: a municipality comes back as it went in, its code and host are its own") {
  Fixture fixture;
  Municipality boston{.code = "boston",
                      .name = kOdd,
                      .time_zone = "America/New_York",
                      .calendar = Calendar::none,
                      .host = "graffiti.boston.example",
                      .area = Area{42.2, -71.2, 42.4, -70.9},
                      .demo = true};
  Policy policy;
  policy.limit = {CountingMode::hours, 48};
  policy.time_zone = "America/New_York";
  policy.limits[Category::hate] = {CountingMode::working_days, 1};
  policy.starts_from = StartsFrom::reported;
  policy.warnings = {{Warning::Kind::lead, std::chrono::minutes{90}},
                     {Warning::Kind::weekday_before_due, std::chrono::minutes{427}}};
  policy.record_within_hours = 24;
  policy.calendar = Calendar::none;
  policy.extra_days = {on("2026-12-23"), on("2027-01-05")};
  policy.hold_cap_days = 5;
  boston.id = write(*fixture.store, [&](Transaction& transaction) {
    return transaction.municipalities().add(boston, policy);
  });
  CHECK(boston.id == 2);
  const auto settings = [&] {
    return read(*fixture.store,
                [&](Transaction& transaction) { return *transaction.municipalities().settings(2); });
  };
  CHECK(settings().municipality == boston);
  REQUIRE(settings().policies.size() == 1);
  CHECK(settings().policies.front() == policy);
  CHECK(settings().zone == TimeZone{"America/New_York"});

  boston.name = "Boston";
  boston.host = "";
  boston.area.reset();
  Policy second = policy;
  second.version = 2;
  second.effective_from = on("2027-03-01");
  fixture.store->write([&](Transaction& transaction) {
    transaction.municipalities().update(boston);
    transaction.municipalities().add_policy(2, second);
  });
  CHECK(settings().municipality.name == "Boston");
  CHECK_FALSE(settings().municipality.area);
  CHECK(settings().policies.at(1) == second);
  fixture.store->read([&](Transaction& transaction) {
    CHECK(transaction.municipalities().list().size() == 2);
    CHECK(transaction.municipalities().find("boston")->id == 2);
    CHECK_FALSE(transaction.municipalities().find("lund"));
    CHECK(refusal([&] { transaction.municipalities().settings(3); }).code() == ErrorCode::not_found);
  });
  const auto adding = [&](const Municipality& another) {
    return refusal([&] {
      fixture.store->write(
          [&](Transaction& transaction) { transaction.municipalities().add(another, Policy{}); });
    });
  };
  CHECK(adding({.code = "boston", .name = "B"}).faults().front().pointer == "/code");
  fixture.store->write([&](Transaction& transaction) {
    boston.host = "graffiti.boston.example";
    transaction.municipalities().update(boston);
  });
  CHECK(adding({.code = "b", .name = "B", .host = "graffiti.boston.example"}).faults().front().pointer ==
        "/host");
  CHECK(adding({.code = "b", .name = "B", .host = "graffiti.boston.example"}).code() == ErrorCode::conflict);
}

TEST_CASE(
    "store: settings that were undone are never seen again, neither of a change nor of a new municipality") {
  Fixture fixture;
  const auto undone = [&](const std::function<void(Transaction&)>& work) {
    CHECK_THROWS(fixture.store->write([&](Transaction& transaction) {
      work(transaction);
      throw std::runtime_error("changed my mind");
    }));
  };
  undone([&](Transaction& transaction) {
    auto changed = transaction.municipalities().find("1267").value();
    changed.name = "Undone";
    transaction.municipalities().update(changed);
    transaction.municipalities().settings(1);
  });
  fixture.store->write([](Transaction& transaction) {
    auto changed = transaction.municipalities().find("1267").value();
    changed.name = "Höörs kommun";
    transaction.municipalities().update(changed);
  });
  CHECK(fixture.settings().municipality.name == "Höörs kommun");
  undone([](Transaction& transaction) {
    transaction.municipalities().settings(
        transaction.municipalities().add({.code = "9999", .name = "Undone"}, Policy{}));
  });
  fixture.store->write([](Transaction& transaction) {
    transaction.municipalities().add({.code = "1266", .name = "Hörby"}, Policy{});
  });
  CHECK(read(*fixture.store, [](Transaction& transaction) {
          return transaction.municipalities().settings(2)->municipality.name;
        }) == "Hörby");
}

TEST_CASE("store: an owner comes back as it went in, and what is one's is not another's") {
  Fixture fixture;
  const Settings settings = fixture.settings();
  Owner hfab{.owner_id = "hfab",
             .name = kOdd,
             .kind = OwnerKind::public_company,
             .email = "drift@hfab.se",
             .phone = "0413",
             .address_prefixes = {"Storgatan", "Å-gatan 1"},
             .designations = {"HÖÖR KVARNBÄCK 1:23", "Höör 2:1"}};
  const auto save = [&](const Owner& owner) {
    fixture.store->write([&](Transaction& transaction) { transaction.owners().save(settings, owner); });
  };
  const auto find = [&](const std::string& owner_id) {
    return read(*fixture.store,
                [&](Transaction& transaction) { return transaction.owners().find(1, owner_id); });
  };
  save(hfab);
  CHECK(find("hfab") == hfab);
  hfab.address_prefixes = {"Storgatan 12"};
  hfab.designations.clear();
  hfab.name = "HFAB";
  save(hfab);
  hfab.version = 2;
  CHECK(find("hfab") == hfab);
  CHECK_FALSE(find("eon"));

  const Owner thief{.owner_id = "thief", .name = "T", .address_prefixes = {"Nygatan", "STORGATAN  12"}};
  const Error conflict = refusal([&] { save(thief); });
  CHECK(conflict.code() == ErrorCode::conflict);
  CHECK(conflict.faults().front().pointer == "/address_prefixes/1");
  CHECK_FALSE(find("thief"));
  CHECK(read(*fixture.store, [](Transaction& transaction) { return transaction.owners().list(1).size(); }) ==
        1);

  // One that has had cases stays, one that has not can go.
  fixture.store->write([&](Transaction& transaction) {
    transaction.owners().mark_has_had_cases(1, "hfab");
    transaction.owners().mark_has_had_cases(1, "hfab");
    transaction.owners().save(settings, {.owner_id = "eon", .name = "E.ON", .address_prefixes = {"Elgatan"}});
  });
  CHECK(refusal([&] {
          fixture.store->write([](Transaction& transaction) { transaction.owners().remove(1, "hfab"); });
        }).code() == ErrorCode::conflict);
  // Nor one for which keys are valid, in this municipality, even beside others: they would serve whoever gets its id next.
  std::int64_t key_id = 0;
  fixture.store->write([&](Transaction& transaction) {
    ApiKey key;
    key.role = Role::owner;
    key.name = "E.ON driftsystem";
    key.scopes = {{1, "eon"}};
    key_id = transaction.keys().add(key);
    key.key_digest = "of another owner";
    key.scopes = {{1, "hfab"}};
    transaction.keys().add(key);
  });
  const auto remove_eon = [&] {
    fixture.store->write([](Transaction& transaction) { transaction.owners().remove(1, "eon"); });
  };
  const Error valid = refusal(remove_eon);
  CHECK(valid.code() == ErrorCode::conflict);
  CHECK(std::string{valid.what()} ==
        "The owner eon has keys that are valid: " + std::to_string(key_id) + " (E.ON driftsystem); revoke them first.");
  CHECK(find("eon"));
  fixture.store->write([&](Transaction& transaction) { transaction.keys().revoke(key_id, at("2026-11-16T10:00:00Z")); });
  remove_eon();
  CHECK_FALSE(find("eon"));
  // A new one of the id begins without a past.
  save({.owner_id = "eon", .name = "E.ON", .address_prefixes = {"Elgatan"}});
  remove_eon();
  CHECK_FALSE(find("eon"));
}

TEST_CASE("store: whose it is is found by designation and by the longest address prefix") {
  Fixture fixture;
  fixture.store->write([&](Transaction& transaction) {
    const Settings settings = *transaction.municipalities().settings(1);
    transaction.owners().save(settings, {.owner_id = "street",
                                         .name = "S",
                                         .address_prefixes = {"Storgatan"},
                                         .designations = {"Kvarnbäck 1:23"}});
    transaction.owners().save(settings,
                              {.owner_id = "house", .name = "H", .address_prefixes = {"Storgatan 12"}});
  });
  fixture.store->read([](Transaction& transaction) {
    auto& owners = transaction.owners();
    CHECK(owners.by_address(1, "storgatan 1") == "street");
    CHECK(owners.by_address(1, "storgatan 12") == "house");
    CHECK(owners.by_address(1, "storgatan 12a") == "house");
    CHECK(owners.by_address(1, "storgatan 121") == "street");
    CHECK_FALSE(owners.by_address(1, "storgatanvägen 1"));
    CHECK_FALSE(owners.by_address(1, ""));
    CHECK_FALSE(owners.by_address(2, "storgatan 12"));
    CHECK(owners.by_designation(1, "höör kvarnbäck 1:23") == "street");
    CHECK_FALSE(owners.by_designation(1, "höör kvarnbäck 1:2"));
  });
}

TEST_CASE("store: a key is found by its digest, keeps its scopes, and is revoked once") {
  Fixture fixture;
  fixture.store->write([](Transaction& transaction) {
    transaction.municipalities().add({.code = "1266", .name = "Hörby"}, Policy{});
  });
  const auto version = [&] {
    return read(*fixture.store, [](Transaction& transaction) { return transaction.keys().version(); });
  };
  const auto before = version();
  ApiKey police{.key_digest = "ab12",
                .role = Role::police,
                .name = kOdd,
                .scopes = {{1, ""}, {2, ""}},
                .created_at = nov(1)};
  ApiKey hfab{.key_digest = "cd34",
              .role = Role::owner,
              .name = "HFAB",
              .scopes = {{1, "hfab"}},
              .created_at = nov(2)};
  ApiKey admin{
      .key_digest = "ef56", .role = Role::admin, .name = "drift", .scopes = {}, .created_at = nov(3)};
  fixture.store->write([&](Transaction& transaction) {
    for (ApiKey* key : {&police, &hfab, &admin}) key->id = transaction.keys().add(*key);
  });
  CHECK(version() == before + 3);
  fixture.store->read([&](Transaction& transaction) {
    const ApiKey found = transaction.keys().find_by_digest("ab12").value();
    CHECK(found.id == police.id);
    CHECK(found.name == kOdd);
    CHECK(found.role == Role::police);
    CHECK(found.created_at == nov(1));
    CHECK_FALSE(found.revoked_at);
    REQUIRE(found.scopes.size() == 2);
    CHECK(found.scopes[1].municipality == 2);
    CHECK(transaction.keys().find(hfab.id)->scopes.at(0).owner_id == "hfab");
    CHECK(transaction.keys().find(admin.id)->scopes.empty());
    CHECK_FALSE(transaction.keys().find_by_digest(""));
    CHECK(transaction.keys().list({}).size() == 3);
    CHECK(transaction.keys().list(2).size() == 1);
  });
  fixture.store->write([&](Transaction& transaction) { transaction.keys().revoke(police.id, nov(5)); });
  fixture.store->write([&](Transaction& transaction) { transaction.keys().revoke(police.id, nov(6)); });
  CHECK(read(*fixture.store, [&](Transaction& transaction) {
          return transaction.keys().find(police.id)->revoked_at;
        }) == nov(5));
  CHECK(refusal([&] {
          fixture.store->write([&](Transaction& transaction) { transaction.keys().add(hfab); });
        }).code() == ErrorCode::conflict);
}
