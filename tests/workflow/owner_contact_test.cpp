#include "workflow/owner_contact.h"

#include <doctest/doctest.h>

#include "domain/mail_content.h"
#include "support/dispatch.h"
#include "support/refusal.h"
#include "workflow/closing_links.h"
#include "workflow/returned_mail.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Changing : Dispatch {
  void change(const std::string& email, const std::string& second_email = "") {
    store->write([&](Transaction& transaction) {
      Owner owner = transaction.owners().find(id, "hfab").value();
      owner.email = email;
      owner.second_email = second_email;
      save_owner(transaction, *transaction.municipalities().settings(id), owner, clock.now());
    });
  }
  LinkState state(const std::string& token) {
    return read(*store, [&](Transaction& transaction) { return open_link(transaction, *transaction.municipalities().settings(id), token, clock.now()).value().state; });
  }
  static std::string frame(MailFrame of) { return std::to_string(static_cast<int>(of)); }
};

const std::string kFormer = "drift@hfab.se", kPresent = "ny@hfab.se";

}  // namespace

TEST_CASE("owner's contact: a new address is told of the open cases in one mail, and the former that it is none any more") {
  Changing hoor;
  const CaseId open = hoor.report().row.id, late = hoor.report(tag_at("Storgatan 14")).row.id, closed = hoor.report(tag_at("Storgatan 16")).row.id;
  const std::string former = Dispatch::closing_token(hoor.accept().at(kFormer));
  hoor.remove(closed);
  hoor.accept();
  hoor.clock.set(nov(20, "00:00:00"));
  hoor.sweep();
  hoor.accept();
  hoor.clock.pass(hours{1});
  hoor.change(kPresent);
  const auto mails = hoor.accept();
  REQUIRE(mails.size() == 2);
  const OutgoingMail& told = mails.at(kPresent);
  CHECK(told.subject == Changing::frame(MailFrame::open_cases));
  for (const CaseId id : {open, late}) CHECK(told.text.find(hoor.store->references().encode(id)) != std::string::npos);
  CHECK(told.text.find(hoor.store->references().encode(closed)) == std::string::npos);
  CHECK(hoor.state(Dispatch::closing_token(told)) == LinkState::good);
  CHECK(hoor.state(former) == LinkState::revoked);
  // Whose it was, and what there is, the former address does not hear of: it may never have been theirs.
  CHECK(mails.at(kFormer).subject == Changing::frame(MailFrame::address_changed));
  CHECK(mails.at(kFormer).text == "||\n");
  CHECK(mails.at(kFormer).unsubscribe_url.empty());
  CHECK(hoor.bodies() == 0);
  CHECK(hoor.accept(hours{24}).empty());
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("owner's contact: what a wrong address was told counts when the right one has heard of it") {
  Changing hoor;
  const CaseId id = hoor.report().row.id;
  const auto first = hoor.accept();
  REQUIRE(hoor.row(id).told_at);
  const std::vector<std::string> unreached{kFormer};
  take_returned_mail(*hoor.store, first.at(kFormer).message_id, unreached, "It came back", hoor.clock.now());
  REQUIRE(hoor.row(id).attention == Attention::bounced);
  hoor.change(kPresent);
  hoor.accept();
  CHECK(hoor.row(id).told_at == hoor.clock.now());
  CHECK_FALSE(hoor.row(id).attention);
}

TEST_CASE("owner's contact: an address that only moves, or is spelled otherwise, is no change of who knows") {
  Changing hoor;
  hoor.report();
  const std::string token = Dispatch::closing_token(hoor.accept().at(kFormer));
  SUBCASE("spelled otherwise") { hoor.change("Drift@HFAB.se"); }
  SUBCASE("a second one beside it") { hoor.change(kFormer, "chef@hfab.se"); }
  CHECK(hoor.accept().empty());
  CHECK(hoor.state(token) == LinkState::good);
}

TEST_CASE("owner's contact: the former address as second contact keeps its links; a second contact that goes loses them") {
  Changing hoor;
  hoor.report();
  const std::string token = Dispatch::closing_token(hoor.accept().at(kFormer));
  hoor.change(kPresent, kFormer);
  CHECK(hoor.accept().size() == 1);  // of the open case, and nobody is sent away
  CHECK(hoor.state(token) == LinkState::good);
  hoor.change(kPresent, "");
  const auto mails = hoor.accept();
  CHECK(mails.size() == 1);
  CHECK(mails.contains(kFormer));
  CHECK(hoor.state(token) == LinkState::revoked);
}

TEST_CASE("owner's contact: what the former address has refused keeps nothing from the new one") {
  Changing hoor;
  hoor.report();
  for (int i = 0; i < 6; ++i) hoor.put_off(hours{1});
  REQUIRE(hoor.messages("waiting") == 1);
  hoor.change(kPresent);
  const auto mails = hoor.accept();
  CHECK(mails.contains(kFormer));
  REQUIRE(mails.contains(kPresent));  // what has waited
  CHECK(hoor.accept(seconds{0}).size() == 1);
  CHECK(hoor.messages("waiting") == 0);
}

TEST_CASE("owner's contact: the mail to the former address is tried again as any other, and its address goes with it") {
  Changing hoor;
  hoor.change(kPresent);
  CHECK(hoor.put_off().at(kFormer).subject == Changing::frame(MailFrame::address_changed));
  CHECK(hoor.bodies() == 1);
  CHECK(hoor.refuse(minutes{10}).contains(kFormer));
  CHECK(hoor.bodies() == 0);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM destinations WHERE ref LIKE '%@%'") == 0);
}

TEST_CASE("owner's contact: addresses are changed ten times in a day and no more, since each change writes to somebody") {
  Changing hoor;
  const Instant began = hoor.clock.now();
  hoor.report();
  for (std::int64_t i = 0; i < kContactChangesADay; ++i) hoor.change("offer" + std::to_string(i) + "@example.se");
  CHECK(refusal([&] { hoor.change("offer@example.se"); }).code() == ErrorCode::busy);
  hoor.clock.set(began + hours{24} - seconds{1});
  CHECK(refusal([&] { hoor.change("offer@example.se"); }).code() == ErrorCode::busy);
  hoor.clock.pass(seconds{1});
  hoor.change("offer@example.se");
  // However often it was changed, it is one mail, of each case once.
  const auto mails = hoor.accept();
  REQUIRE(mails.contains("offer@example.se"));
  const std::string& text = mails.at("offer@example.se").text;
  CHECK(text.find("new_case") == text.rfind("new_case"));
}

TEST_CASE("closing links: one that was handed over otherwise is good whatever the owner's address is") {
  Changing hoor;
  const CaseRow row = hoor.report().row;
  const std::string url = write(*hoor.store, [&](Transaction& transaction) {
    return closing_url_for(transaction, *transaction.municipalities().settings(hoor.id), row, "", "", hoor.ids, hoor.clock.now());
  });
  hoor.change(kPresent);
  CHECK(hoor.state(url.substr(url.rfind('/') + 1)) == LinkState::good);
}
