// Addresses that strangers type: what the one mail to them holds, and how many of them leave.

#include "workflow/first_mails.h"

#include <doctest/doctest.h>

#include "domain/mail_address.h"
#include "support/dispatch.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Strangers : Dispatch {
  void type(int from, int count) {
    for (int i = from; i < from + count; ++i) report_by("offer" + std::to_string(i) + "@example.se", kCitizen, "Okända vägen " + std::to_string(i));
  }
};

}  // namespace

TEST_CASE("first mails: nothing that a stranger sent stands in the mail to an address that the stranger typed") {
  Dispatch hoor;
  ReportDraft draft = tag_at("Köp billigt på ond.example.com");
  draft.place.point = kCentre;
  draft.category = Category::obscene;
  draft.surface = Surface::wall;
  draft.object_type = ObjectType::bridge;
  draft.object_label = "ond.example.com";
  draft.description = "ond.example.com";
  draft.contact = {"Ond Example", "offer@example.se", "ond"};
  const Taken taken = hoor.report(draft, kCitizen);
  MailContent content;
  struct Keeping final : MailWriter {
    explicit Keeping(MailContent& to) : kept(to) {}
    MailText write(const MailContent& written) const override {
      kept = written;
      return {"subject", "text", "html"};
    }
    MailContent& kept;
  } keeping{content};
  hoor.teller.compose_mail = [&](Transaction& transaction, const Settings& used, const Destination& destination, const Message& message,
                                 std::span<const QueuedNotice> notices, const KeptMail* kept, Instant now) {
    return compose_mail(transaction, used, destination, message, notices, kept,
                        {"https://klotter.example.se", "klotter.example.se", keeping, hoor.store->references()}, hoor.ids, now);
  };
  REQUIRE(hoor.accept().contains("offer@example.se"));
  CHECK(content.frame == MailFrame::confirm_address);
  CHECK(content.recipient_name.empty());
  REQUIRE(content.items.size() == 1);
  const MailItem& item = content.items[0];
  CHECK(item.reference == hoor.store->references().encode(taken.row.id));
  for (const std::string& text : {item.place, item.description, item.note, item.owner_name, item.photo_url, item.map_url, item.case_url, item.reason})
    CHECK(text.empty());
  CHECK(item.category == Category::other);
  CHECK_FALSE(item.surface);
  CHECK_FALSE(item.object_type);
  CHECK_FALSE(item.due_at);
}

TEST_CASE("first mails: of a municipality sixty leave in an hour, and those beyond one after the other when it is over") {
  Strangers hoor;
  hoor.type(0, kFirstMailsAnHour - 1);
  CHECK(std::ssize(hoor.accept()) == kFirstMailsAnHour - 1);
  const Instant first_at = hoor.clock.now();
  hoor.clock.pass(minutes{10});
  hoor.type(100, 3);
  CHECK(hoor.accept().size() == 1);  // the sixtieth
  hoor.report_by("ring@example.se", kOfficer, "Okända vägen 500");
  CHECK(hoor.accept().size() == 1);  // who told an officer is none of those
  CHECK(hoor.messages("waiting") == 2);
  hoor.clock.set(first_at + hours{1} - seconds{1});
  CHECK(hoor.accept(seconds{0}).empty());
  CHECK(hoor.accept(seconds{1}).size() == 2);
  CHECK(hoor.messages("waiting") == 0);
}

TEST_CASE("first mails: what has waited a day for its turn does not leave any more") {
  Strangers hoor;
  hoor.type(0, 1);
  const Instant made_at = hoor.clock.now();
  const std::string digest = mail_address_digest(hoor.store->references(), "offer0@example.se");
  const auto admitted = [&](Instant now) {
    return read(*hoor.store, [&](Transaction& transaction) { return admit(transaction, hoor.id, digest, MessageId{hoor.id, 7}, made_at, false, now).admitted; });
  };
  CHECK(admitted(made_at + kFirstMailWaits));
  CHECK_FALSE(admitted(made_at + kFirstMailWaits + seconds{1}));
}

TEST_CASE("first mails: one address gets three in a day, whichever municipality it is typed in") {
  Town hoor;
  for (const char* code : {"a", "b", "c"})
    hoor.store->write([&](Transaction& transaction) {
      Municipality more;
      more.code = more.name = code;
      transaction.municipalities().add(more, Policy{});
    });
  const auto ask = [&](MunicipalityId municipality, Instant now) {
    return write(*hoor.store, [&](Transaction& transaction) {
      const MessageId message{municipality, 1};
      const Admission admission = admit(transaction, municipality, "asa", message, now, false, now);
      CHECK_FALSE(admission.later);
      if (admission.admitted) note_mail_to(transaction, municipality, "asa", admission, message, now);
      return admission.admitted;
    });
  };
  const Instant began = hoor.clock.now();
  for (MunicipalityId municipality = 1; municipality <= 3; ++municipality) CHECK(ask(municipality, began));
  CHECK_FALSE(ask(4, began + hours{24} - seconds{1}));
  CHECK(ask(4, began + hours{24}));
}

TEST_CASE("first mails: one that was refused goes once more when an officer sends it again, and no other does") {
  Strangers hoor;
  hoor.type(0, 1);
  const auto refused = hoor.refuse();
  REQUIRE(refused.contains("offer0@example.se"));
  REQUIRE(hoor.messages("parked") == 1);
  const MessageId id{hoor.store.ask("SELECT id FROM messages WHERE state = 'parked'")};
  hoor.clock.pass(hours{30});
  hoor.store->write([&](Transaction& transaction) { send_again(transaction, *transaction.municipalities().settings(hoor.id), id, hoor.clock.now()); });
  const auto again = hoor.put_off(seconds{0});
  REQUIRE(again.contains("offer0@example.se"));
  CHECK(again.at("offer0@example.se").message_id == refused.at("offer0@example.se").message_id);
  CHECK(again.at("offer0@example.se").subject == refused.at("offer0@example.se").subject);
  CHECK(hoor.accept(hours{1}).size() == 1);  // and is tried again as any other
  hoor.report_by("offer0@example.se", kCitizen, "Okända vägen 900");
  CHECK(hoor.accept(hours{1}).empty());
}
