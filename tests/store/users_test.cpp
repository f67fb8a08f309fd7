// Users, the mailboxes of who is told, and what is kept of reporters' addresses.

#include "domain/user.h"

#include <doctest/doctest.h>

#include "support/refusal.h"
#include "support/store_fixture.h"
#include "support/clocks.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;

namespace {

User anna(MunicipalityId home) {
  User user;
  user.email = "Anna.Ek@hoor.se";
  user.name = kOdd;
  user.home = home;
  user.scopes = {{home, Role::municipality, "", true}};
  user.mail.language = Language::en;
  user.mail.digest_at = {hours{8}, hours{13}};
  user.mail.quiet_from = hours{20};
  user.mail.quiet_to = hours{7};
  user.mail.weekend_digest = true;
  user.created_at = nov(16);
  return user;
}

}  // namespace

TEST_CASE("users: everything of one is kept, found by its address in any case, and given once") {
  Fixture fixture;
  User user = anna(fixture.id);
  user.id = write(*fixture.store, [&](Transaction& transaction) { return transaction.users().add(user); });
  const auto find = [&](const std::string& email) {
    return read(*fixture.store, [&](Transaction& transaction) { return std::pair{transaction.users().find_by_email(email), 0}; }).first;
  };
  CHECK(find("anna.ek@HOOR.se") == user);
  CHECK_FALSE(find("anna@hoor.se"));
  CHECK(refusal([&] { fixture.store->write([&](Transaction& transaction) { transaction.users().add(user); }); }).code() == ErrorCode::conflict);
  user.deactivated_at = nov(17);
  user.mail = {};
  fixture.store->write([&](Transaction& transaction) { transaction.users().update(user); });
  CHECK(refusal([&] { fixture.store->write([&](Transaction& transaction) { transaction.users().update(user); }); }).code() == ErrorCode::stale);
  ++user.version;
  CHECK(find("anna.ek@hoor.se") == user);
}

TEST_CASE("users: the officers are the active users of the municipality who want notices") {
  Fixture fixture;
  const auto other = write(*fixture.store, [](Transaction& transaction) { return transaction.municipalities().add({.code = "1266", .name = "Hörby"}, Policy{}); });
  const auto add = [&](const std::string& email, Role role, bool notices, MunicipalityId where) {
    User user = anna(where);
    user.email = email;
    user.scopes = {{where, role, role == Role::owner ? "hfab" : "", notices}};
    return write(*fixture.store, [&](Transaction& transaction) { return transaction.users().add(user); });
  };
  const auto officer = add("a@hoor.se", Role::municipality, true, fixture.id);
  add("b@hoor.se", Role::municipality, false, fixture.id);
  add("c@hoor.se", Role::police, true, fixture.id);
  add("d@hoor.se", Role::owner, true, fixture.id);
  const auto neighbour = add("e@horby.se", Role::municipality, true, other);
  fixture.store->read([&](Transaction& transaction) {
    CHECK(transaction.users().officers(fixture.id) == std::vector{officer});
    CHECK(transaction.users().list(fixture.id).size() == 4);
    const auto box = transaction.users().mailbox(fixture.id, Destination::Kind::officer, std::to_string(officer));
    REQUIRE(box.has_value());
    CHECK(box->email == "a@hoor.se");
    CHECK(box->mail == anna(1).mail);
    CHECK_FALSE(transaction.users().mailbox(fixture.id, Destination::Kind::officer, std::to_string(neighbour)));
    CHECK_FALSE(transaction.users().mailbox(fixture.id, Destination::Kind::officer, "1; DROP TABLE users"));
    CHECK_FALSE(transaction.users().mailbox(fixture.id, Destination::Kind::owner, "hfab"));
    CHECK(transaction.users().timed_mailboxes(fixture.id).size() == 1);
  });
}

TEST_CASE("users: an owner's second contact and wishes are kept") {
  Fixture fixture;
  Owner owner{.owner_id = "hfab", .name = "HFAB", .email = "drift@hfab.se", .second_email = "chef@hfab.se"};
  owner.mail = anna(1).mail;
  fixture.store->write([&](Transaction& transaction) { transaction.owners().save(*transaction.municipalities().settings(fixture.id), owner); });
  fixture.store->read([&](Transaction& transaction) {
    CHECK(transaction.owners().find(fixture.id, "hfab") == owner);
    CHECK(transaction.owners().list(fixture.id).front().mail == owner.mail);
    CHECK(transaction.users().mailbox(fixture.id, Destination::Kind::owner, "hfab")->email == "drift@hfab.se");
    CHECK(transaction.users().mailbox(fixture.id, Destination::Kind::second_contact, "hfab")->email == "chef@hfab.se");
  });
}

TEST_CASE("users: a reporter's address, its tokens and warnings told ahead belong to one municipality") {
  Fixture fixture;
  const ToldAhead warned{CaseId{1, 7}, nov(19), 1, Destination::Kind::owner, "hfab"};
  fixture.store->write([&](Transaction& transaction) {
    UserTable& users = transaction.users();
    users.save_address(1, {"d1", nov(16), {}, {}});
    users.save_address(1, {"d1", nov(16), nov(17), {}});
    users.add_token(1, "t1", "d1", nov(16));
    users.add_token(1, "t2", "d1", nov(17));
    CHECK(users.find_address(1, "d1") == ReporterAddress{"d1", nov(16), nov(17), {}});
    CHECK_FALSE(users.find_address(2, "d1"));
    CHECK(users.address_of_token(1, "t1") == "d1");
    CHECK_FALSE(users.address_of_token(2, "t1"));
    CHECK(users.note_told_ahead(warned, 1));
    CHECK_FALSE(users.note_told_ahead(warned, 1));
    CHECK(users.was_told_ahead(warned, 1));
    CHECK(users.was_told_of(warned));
    ToldAhead other = warned;
    other.warning = 0;
    CHECK_FALSE(users.was_told_ahead(other, 1));
    CHECK(users.was_told_of(other));
    other.due_at = nov(20);
    CHECK_FALSE(users.was_told_of(other));
    users.forget_told_ahead(1, nov(19));
    CHECK(users.was_told_ahead(warned, 1));
    users.forget_told_ahead(1, nov(19, "10:00:01"));
    CHECK_FALSE(users.was_told_ahead(warned, 1));
    users.forget_address(1, "d1");
    CHECK_FALSE(users.address_of_token(1, "t2"));
  });
}

TEST_CASE("users: what cannot be one is refused, every fault at once") {
  const auto pointers = [](const std::function<void(User&)>& change) {
    User user = anna(1);
    user.name = "Anna";
    change(user);
    std::string all;
    try {
      validate(user);
    } catch (const Error& error) {
      for (const Fault& fault : error.faults()) all += fault.pointer + " ";
    }
    return all;
  };
  CHECK(pointers([](User&) {}).empty());
  CHECK(pointers([](User& user) { user.email = "anna"; user.name = ""; }) == "/email /name ");
  for (const char* address : {"", "@", "a@", "@b", "a@b@c", "a b@c.se", "a@c.se\r\nBcc: x@y.se", "<a@c.se>", "a@c.se,d@e.se", "\"a\"@c.se"})
    CHECK(pointers([&](User& user) { user.email = address; }) == "/email ");
  CHECK(pointers([](User& user) { user.email = "åsa@höör.se"; }).empty());
  CHECK(pointers([](User& user) { user.scopes[0].role = Role::admin; }) == "/role ");
  CHECK(pointers([](User& user) { user.scopes[0].role = Role::owner; }) == "/owner_id ");
  CHECK(pointers([](User& user) { user.scopes[0].owner_id = "hfab"; }) == "/owner_id ");
  CHECK(pointers([](User& user) { user.mail.quiet_to.reset(); }) == "/mail/quiet_to ");
}
