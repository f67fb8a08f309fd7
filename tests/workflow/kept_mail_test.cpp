// What goes out is right when it goes: a mail that waits for its next attempt is composed anew when what it rests on has changed.

#include "workflow/kept_mail.h"

#include <doctest/doctest.h>

#include "domain/user.h"
#include "support/dispatch.h"
#include "workflow/closing_links.h"
#include "workflow/erasure.h"
#include "workflow/owner_contact.h"
#include "workflow/reporter_addresses.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Waiting : Dispatch {
  void erase(ReportId report) {
    const Erasure erasure{kOfficer, clock.now(), store->references(), [](const std::string& answer, const std::string&) { return answer; }};
    store->write([&](Transaction& transaction) { erase_report(transaction, *transaction.municipalities().settings(id), report, erasure); });
  }
  std::optional<LinkState> state(const std::string& token) {
    return read(*store, [&](Transaction& transaction) {
      const auto opened = open_link(transaction, *transaction.municipalities().settings(id), token, clock.now());
      return opened ? std::optional{opened->state} : std::nullopt;
    });
  }
  std::string token_of(const OutgoingMail& mail) {
    const std::string head = "/mail-addresses/";
    return mail.unsubscribe_url.substr(mail.unsubscribe_url.find(head) + head.size(), 43);
  }
};

const std::string kOwner = "drift@hfab.se", kBo = "bo@example.se";

}  // namespace

TEST_CASE("kept mail: nothing has changed, so the same goes again, with the same links") {
  Waiting hoor;
  hoor.report_by(kBo, kOfficer);
  const auto first = hoor.put_off(), again = hoor.put_off(minutes{10});
  REQUIRE(first.size() == 2);
  REQUIRE(again.size() == 2);
  for (const auto& [to, mail] : first) {
    CHECK(again.at(to).text == mail.text);
    CHECK(again.at(to).date == mail.date);
    CHECK(again.at(to).message_id == mail.message_id);
  }
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM closing_links") == 1);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM reporter_tokens") == 1);
}

TEST_CASE("kept mail: an erased contact gets nothing, what it wrote goes to nobody, and neither stays behind") {
  Waiting hoor;
  const Taken taken = hoor.report_by(kBo, kOfficer);
  const auto first = hoor.put_off();
  REQUIRE(first.contains(kBo));
  CHECK(first.at(kOwner).text.find("Stor tagg") != std::string::npos);
  hoor.erase(taken.report.id);
  CHECK(hoor.bodies() == 0);
  const auto again = hoor.accept(hours{1});
  REQUIRE(again.size() == 1);
  CHECK(hoor.dropped == 1);
  CHECK(again.at(kOwner).text.find("Stor tagg") == std::string::npos);
  CHECK(again.at(kOwner).message_id == first.at(kOwner).message_id);
  CHECK(hoor.row(taken.row.id).told_at == hoor.clock.now());
  CHECK(hoor.accept(hours{10}).empty());
}

TEST_CASE("kept mail: who has stopped mail gets none of what waits") {
  Waiting hoor;
  hoor.report_by(kBo, kOfficer);
  const auto first = hoor.put_off();
  REQUIRE(first.contains(kBo));
  hoor.store->write([&](Transaction& transaction) { stop_mail(transaction, hoor.id, hoor.token_of(first.at(kBo)), hoor.clock.now()); });
  CHECK(hoor.bodies() == 1);  // the owner's
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM message_bodies WHERE body LIKE '%bo@example.se%'") == 0);
  const auto again = hoor.accept(hours{1});
  CHECK(again.size() == 1);
  CHECK_FALSE(again.contains(kBo));
}

TEST_CASE("kept mail: a corrected address gets what waited, and the former one's links are good for nothing") {
  Waiting hoor;
  hoor.report();
  const auto first = hoor.put_off();
  const std::string former = Dispatch::closing_token(first.at(kOwner));
  REQUIRE(hoor.state(former) == LinkState::good);
  Owner owner = read(*hoor.store, [&](Transaction& transaction) { return transaction.owners().find(hoor.id, "hfab").value(); });
  owner.email = "rätt@hfab.se";
  SUBCASE("by whatever way") { hoor.add_owner(owner); }
  SUBCASE("as it is done") {
    hoor.store->write([&](Transaction& transaction) { save_owner(transaction, *transaction.municipalities().settings(hoor.id), owner, hoor.clock.now()); });
  }
  CHECK(hoor.state(former).value_or(LinkState::revoked) == LinkState::revoked);
  const auto again = hoor.accept(hours{1});
  REQUIRE(again.contains("rätt@hfab.se"));
  CHECK(again.at("rätt@hfab.se").message_id == first.at(kOwner).message_id);
  CHECK_FALSE(hoor.state(former));
  const std::string present = Dispatch::closing_token(again.at("rätt@hfab.se"));
  CHECK(present != former);
  CHECK(hoor.state(present) == LinkState::good);
}

TEST_CASE("kept mail: a case that went to another, or was closed, is not told of any more; the others are, with the links they had") {
  Waiting hoor;
  const CaseId one = hoor.report().row.id, other = hoor.report(tag_at("Storgatan 14")).row.id;
  const auto first = hoor.put_off();
  const auto link_of = [&](const OutgoingMail& mail, CaseId id) {
    const auto line = mail.text.find(hoor.store->references().encode(id));
    return line == mail.text.npos ? "" : mail.text.substr(line, mail.text.find('\n', line) - line);
  };
  REQUIRE(link_of(first.at(kOwner), one) != "");
  SUBCASE("reassigned") { hoor.assign(one, "eon"); }
  SUBCASE("closed") { hoor.remove(one); }
  const auto again = hoor.put_off(hours{1});
  REQUIRE(again.contains(kOwner));
  CHECK(again.at(kOwner).message_id == first.at(kOwner).message_id);
  CHECK(link_of(again.at(kOwner), one).empty());
  CHECK(link_of(again.at(kOwner), other) == link_of(first.at(kOwner), other));
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM closing_links") == 1);
  hoor.dismiss(other);
  CHECK_FALSE(hoor.put_off(hours{5}).contains(kOwner));
  CHECK(hoor.dropped == 1);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM closing_links") == 0);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM message_bodies WHERE body LIKE '%drift@hfab.se%'") == 0);
}

TEST_CASE("kept mail: given away and back again the owner's link of before is none, so the mail that waits has another") {
  Waiting hoor;
  const CaseId id = hoor.report().row.id;
  const std::string former = Dispatch::closing_token(hoor.put_off().at(kOwner));
  hoor.clock.pass(seconds{1});
  hoor.assign(id, "eon");
  hoor.clock.pass(seconds{1});
  hoor.assign(id, "hfab");
  const std::string present = Dispatch::closing_token(hoor.put_off(hours{1}).at(kOwner));
  CHECK(present != former);
  CHECK(hoor.state(present) == LinkState::good);
  CHECK_FALSE(hoor.state(former));
}

TEST_CASE("kept mail: how much time is left is told as it is, and a warning of what has passed not at all") {
  Waiting hoor;
  hoor.report();
  hoor.accept();
  hoor.clock.set(nov(18, "07:00"));
  hoor.sweep();
  const auto first = hoor.put_off();
  CHECK(first.at(kOwner).text.starts_with("due_soon"));
  CHECK(hoor.put_off(minutes{1}).at(kOwner).date == first.at(kOwner).date);
  const auto later = hoor.put_off(hours{2});
  CHECK(later.at(kOwner).date == hoor.clock.now());
  hoor.clock.set(nov(20, "00:00:00"));
  CHECK(hoor.accept().empty());
  CHECK(hoor.dropped == 1);
}

TEST_CASE("kept mail: an officer who was deactivated gets nothing of what waits, one whose address was changed gets it there") {
  Waiting hoor;
  const auto number = write(*hoor.store, [&](Transaction& transaction) {
    User user{.email = "anna.ek@hoor.se", .name = "Anna Ek", .home = hoor.id, .scopes = {{.municipality = hoor.id}}, .created_at = hoor.clock.now()};
    return transaction.users().add(user);
  });
  const auto change = [&](const std::function<void(User&)>& make) {
    hoor.store->write([&](Transaction& transaction) {
      User user = transaction.users().find(number).value();
      make(user);
      transaction.users().update(user);
    });
  };
  hoor.report(tag_at("Storgatan 7"));  // of an owner whom nothing reaches
  hoor.put_off();
  const auto first = hoor.put_off();
  REQUIRE(first.contains("anna.ek@hoor.se"));
  SUBCASE("deactivated") {
    change([&](User& user) { user.deactivated_at = hoor.clock.now(); });
    CHECK(hoor.accept(hours{1}).empty());
    CHECK(hoor.dropped == 1);
  }
  SUBCASE("changed") {
    change([&](User& user) { user.email = "anna.berg@hoor.se"; });
    const auto again = hoor.accept(hours{1});
    REQUIRE(again.size() == 1);
    CHECK(again.at("anna.berg@hoor.se").message_id == first.at("anna.ek@hoor.se").message_id);
  }
}

TEST_CASE("kept mail: what is given up leaves neither its words nor its links") {
  Waiting hoor;
  hoor.report_by(kBo, kOfficer);
  const auto refused = hoor.refuse();
  REQUIRE(refused.size() == 2);
  CHECK(hoor.messages("parked") == 2);
  CHECK(hoor.bodies() == 0);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM closing_links") == 0);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM reporter_tokens") == 0);
}

TEST_CASE("reporters: tokens are forgotten a year after, to the second, in steps") {
  Waiting hoor;
  hoor.store->write([&](Transaction& transaction) {
    for (int i = 0; i < 1001; ++i) make_address_token(transaction, hoor.id, "asa", hoor.ids, hoor.clock.now());
  });
  CHECK(forget_address_tokens(*hoor.store, hoor.clock.now() + kAddressTokenGood) == 0);
  CHECK(forget_address_tokens(*hoor.store, hoor.clock.now() + kAddressTokenGood + seconds{1}) == 1001);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM reporter_tokens") == 0);
}
