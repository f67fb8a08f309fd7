// Users, an owner's contact, and what reporters say about mail, over HTTP.

#include <doctest/doctest.h>

#include "domain/user.h"
#include "support/test_service.h"
#include "workflow/reporter_addresses.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

const std::string kUsers = kHoor + "/users";

json anna() { return {{"email", "Anna.Ek@hoor.se"}, {"name", "Anna Ek"}, {"role", "municipality"}}; }

Headers if_match(const json& user) { return {{"If-Match", "\"" + std::to_string(user["version"].get<int>()) + "\""}}; }

}  // namespace

TEST_CASE("users: an officer adds, changes and deactivates one, and everything is off until it is chosen") {
  TestService service;
  const Answer made = service.post(kUsers, service.officer, anna());
  REQUIRE(made.status == 201);
  json user = made.json();
  CHECK(made.header("location") == service.url() + kUsers + "/" + user["user_id"].get<std::string>());
  CHECK(user["mail"] == json{{"language", "sv"}, {"digest_at", json::array()}, {"quiet_from", nullptr}, {"quiet_to", nullptr}, {"weekend_digest", false}});
  CHECK(user["notices"] == true);
  CHECK(user["home"] == "1267");
  const std::string path = kUsers + "/" + user["user_id"].get<std::string>();
  CHECK(service.get(path, service.officer).json() == user);

  json wanted = anna();
  wanted["mail"] = {{"language", "en"}, {"digest_at", {"08:00", "13:00"}}, {"quiet_from", "20:00"}, {"quiet_to", "07:00"}, {"weekend_digest", true}};
  wanted["notices"] = false;
  CHECK(service.put(path, service.officer, wanted).status == 428);
  const Answer changed = service.put(path, service.officer, wanted, if_match(user));
  REQUIRE(changed.status == 200);
  CHECK(changed.json()["mail"] == wanted["mail"]);
  CHECK(changed.json()["notices"] == false);
  CHECK(service.put(path, service.officer, anna(), if_match(user)).status == 412);
  // Left out, the wishes stay; said again, nothing changes.
  const json kept = service.put(path, service.officer, anna(), if_match(changed.json())).json();
  CHECK(kept["mail"] == wanted["mail"]);
  CHECK(service.put(path, service.officer, anna(), if_match(kept)).json()["version"] == kept["version"]);

  CHECK(service.post(kUsers, service.officer, anna()).status == 409);
  CHECK(service.erase(path, service.officer, if_match(kept)).status == 204);
  const json gone = service.get(path, service.officer).json();
  CHECK(gone["deactivated_at"] == format_instant(service.clock.now()));
  CHECK(service.get(kUsers, service.officer).items().size() == 1);
  CHECK(service.post(kUsers, service.officer, anna()).json()["deactivated_at"] == nullptr);  // and active again
}

TEST_CASE("users: what is wrong is refused with its pointer") {
  TestService service;
  const auto fault = [&](const json& change) {
    json body = anna();
    body.update(change);
    return service.post(kUsers, service.officer, body).pointers();
  };
  CHECK(fault({{"email", "anna"}}) == "/email ");
  CHECK(fault({{"role", "admin"}}) == "/role ");
  CHECK(fault({{"role", "owner"}}) == "/owner_id ");
  CHECK(fault({{"role", "owner"}, {"owner_id", "nobody"}}) == "/owner_id ");
  CHECK(fault({{"mail", {{"digest_at", {"25:00"}}}}}) == "/mail/digest_at/0 ");
  CHECK(fault({{"mail", {{"digest_at", {"21:00"}}, {"quiet_from", "20:00"}, {"quiet_to", "07:00"}}}}) == "/mail/digest_at/0 ");
  CHECK(fault({{"mail", {{"quiet_from", "20:00"}}}}) == "/mail/quiet_to ");
  CHECK(fault({{"password", "x"}}) == "/password ");
  CHECK(service.store.ask("SELECT COUNT(*) FROM users") == 0);
}

TEST_CASE("users: one of another municipality gets a part here, and neither address nor wishes are shown or changed") {
  TestService service;
  REQUIRE(service.post(kHorby + "/users", service.horby_officer, anna()).status == 201);
  json body = anna();
  body["name"] = "Somebody else";
  const Answer made = service.post(kUsers, service.officer, body);
  REQUIRE(made.status == 201);
  const json part = made.json();
  CHECK(part["email"] == nullptr);
  CHECK(part["mail"] == nullptr);
  CHECK(part["name"] == "Anna Ek");
  CHECK(part["home"] == "1266");
  CHECK(made.body.find("hoor.se") == std::string::npos);
  CHECK(service.get(kUsers, service.officer).body.find("@hoor.se") == std::string::npos);
  const std::string path = kUsers + "/" + part["user_id"].get<std::string>();
  CHECK(service.put(path, service.officer, anna(), if_match(part)).pointers() == "/email ");
  CHECK(service.put(path, service.officer, {{"role", "police"}, {"name", "X"}}, if_match(part)).pointers() == "/name ");
  const json police = service.put(path, service.officer, {{"role", "police"}}, if_match(part)).json();
  CHECK(police["role"] == "police");
  const std::string at_home = kHorby + "/users/" + part["user_id"].get<std::string>();
  CHECK(service.get(at_home, service.horby_officer).json()["role"] == "municipality");
  // What this municipality sends to its user cannot be sent elsewhere by the one that the user belongs to.
  json moved = anna();
  moved["email"] = "somebody.else@horby.example.se";
  const Answer home = service.get(at_home, service.horby_officer);
  CHECK(service.put(at_home, service.horby_officer, moved, if_match(home.json())).pointers() == "/email ");
  CHECK(service.erase(path, service.officer, if_match(police)).status == 204);
  CHECK(service.get(path, service.officer).status == 404);
  CHECK(service.get(at_home, service.horby_officer).json()["deactivated_at"] == nullptr);
}

TEST_CASE("owners: an owner reads and changes its own contact, officers every one, and nothing else of it") {
  TestService service;
  const std::string path = kHoor + "/owners/eon/contact";
  const json before = service.get(path, service.eon).json();
  const json wanted{{"email", "drift@eon.se"}, {"second_email", "chef@eon.se"}, {"mail", {{"language", "en"}, {"quiet_from", "18:00"}, {"quiet_to", "07:00"}}}};
  CHECK(service.put(path, service.eon, wanted).status == 428);
  CHECK(service.put(path, service.hfab, wanted, if_match(before)).status == 404);
  CHECK(service.put(path, service.police, wanted, if_match(before)).status == 403);
  const Answer changed = service.put(path, service.eon, wanted, if_match(before));
  REQUIRE(changed.status == 200);
  CHECK(changed.json()["second_email"] == "chef@eon.se");
  CHECK(changed.json()["mail"]["quiet_from"] == "18:00");
  const json owner = service.get(kHoor + "/owners/eon", service.officer).json();
  CHECK(owner["email"] == "drift@eon.se");
  CHECK(owner["address_prefixes"] == json{"Industrigatan"});
  CHECK(owner["mail"]["language"] == "en");
  // A PUT of the owner that does not say how mail is wanted leaves that to the owner.
  json replaced{{"owner_id", "eon"}, {"name", "E.ON"}, {"email", "ny@eon.se"}, {"address_prefixes", {"Industrigatan"}}};
  const json after = service.put(kHoor + "/owners/eon", service.officer, replaced, if_match(owner)).json();
  CHECK(after["second_email"] == nullptr);
  CHECK(after["mail"]["language"] == "en");
  CHECK(service.put(path, service.eon, {{"email", "kein"}}, if_match(after)).pointers() == "/email ");
  CHECK(service.put(path, service.eon, {{"name", "Nytt"}}, if_match(after)).pointers() == "/name ");
  CHECK(service.get(kHoor + "/owners/eon", service.police).body.find("@eon.se") == std::string::npos);
}

TEST_CASE("mail addresses: a token confirms and stops, with one click, by whoever holds it, and tells nothing of the address") {
  TestService service;
  std::string token;
  RandomIdSource ids;
  service.store->write([&](Transaction& transaction) {
    transaction.users().save_address(1, {"digest", service.clock.now(), {}, {}});
    token = make_address_token(transaction, 1, "digest", ids, service.clock.now());
  });
  const std::string path = kHoor + "/mail-addresses/" + token;
  CHECK(service.get(path + "/confirmation").status == 405);  // what follows links changes nothing
  CHECK(service.get(path + "/stop").status == 405);
  CHECK(service.store.ask("SELECT COUNT(*) FROM reporter_addresses WHERE confirmed_at IS NULL AND stopped_at IS NULL") == 1);
  const Answer confirmed = service.send("POST", path + "/confirmation", "");
  REQUIRE(confirmed.status == 200);
  CHECK(confirmed.json() == json{{"mail", "wanted"}, {"confirmed_at", format_instant(service.clock.now())}, {"stopped_at", nullptr}});
  CHECK(confirmed.header("cache-control") == "no-store");
  const Answer stopped = service.send("POST", path + "/stop", "", "List-Unsubscribe=One-Click", {}, "application/x-www-form-urlencoded");
  CHECK(stopped.json()["mail"] == "stopped");
  CHECK(service.send("POST", path + "/stop", "", "", {}, "application/x-www-form-urlencoded").status == 200);
  CHECK(service.send("POST", path + "/confirmation", "").json()["mail"] == "wanted");
  CHECK(service.send("POST", kHorby + "/mail-addresses/" + token + "/stop", "").status == 404);
  CHECK(service.send("POST", kHoor + "/mail-addresses/digest/stop", "").status == 404);
  CHECK(service.send("POST", kHoor + "/mail-addresses/%27%20OR%201=1/stop", "").status == 404);
}
