// Who is told, and what a mail tells: each topic, what is overtaken, and what the recipient may not see.

#include "workflow/mail.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "domain/mail_address.h"
#include "support/post_office.h"
#include "workflow/closing_links.h"
#include "workflow/recipients.h"
#include "workflow/reporter_addresses.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = Destination::Kind;

namespace {

struct Mailing {
  Town town;
  PostOffice office{town};

  /// A citizen's report with an address, or one that the police or the municipality entered.
  Taken report_by(const std::string& email, const std::string& address = "Storgatan 12", const Actor& actor = kCitizen,
                  std::optional<CaseId> joins = {}) {
    ReportDraft draft = tag_at(address);
    draft.joins = joins;
    draft.contact = {"Bo Ek", email, "070-1"};
    draft.description = "Stor tagg";
    return town.report(draft, actor);
  }
  std::string reference(CaseId id) { return town.store->references().encode(id); }
  std::string token_of(const Posted& posted) { return posted.content.unsubscribe_url.substr(posted.content.unsubscribe_url.rfind('/') + 1); }
  void confirm(const Posted& posted) {
    town.store->write([&](Transaction& transaction) { confirm_address(transaction, town.id, token_of(posted), town.clock.now()); });
  }
  void stop(const Posted& posted) {
    town.store->write([&](Transaction& transaction) { stop_mail(transaction, town.id, token_of(posted), town.clock.now()); });
  }
  void change_owner(const std::string& owner_id, const std::function<void(Owner&)>& change) {
    Owner owner = read(*town.store, [&](Transaction& transaction) { return transaction.owners().find(town.id, owner_id).value(); });
    change(owner);
    town.add_owner(owner);
  }
  std::string to_hfab() {
    for (const Posted& posted : office.post())
      if (posted.kind == Kind::owner && posted.ref == "hfab") return posted.topics();
    return "";
  }
};

}  // namespace

TEST_CASE("mail: an owner hears of its case, with what it needs to act") {
  Mailing m;
  const CaseId id = m.report_by("").row.id;
  const Posted posted = PostOffice::only(m.office.post(), Kind::owner);
  CHECK(posted.mail.to == "drift@hfab.se");
  CHECK(posted.mail.message_id.ends_with("@klotter.example.se"));
  CHECK(posted.mail.thread_id == "case." + m.reference(id) + "@klotter.example.se");
  CHECK(posted.mail.unsubscribe_url.empty());
  CHECK(posted.content.frame == MailFrame::notices);
  CHECK(posted.content.recipient_name == "Höörs Fastighets AB");
  REQUIRE(posted.content.items.size() == 1);
  const MailItem& item = posted.content.items[0];
  CHECK(item.topic == MailTopic::new_case);
  CHECK(item.reference == m.reference(id));
  CHECK(item.place == "Storgatan 12");
  CHECK(item.description == "Stor tagg");
  CHECK(item.due_at == nov(19, "23:59:59"));
  CHECK(item.hours_left == 85);
  CHECK(item.closing_url.starts_with("https://klotter.example.se/atgarda/1267/"));
  CHECK(m.office.post().empty());
}

TEST_CASE("mail: owners read nothing of what the police wrote, nor who reported") {
  Mailing m;
  m.report_by("polis@example.se", "Storgatan 12", kPolice);
  const Posted posted = PostOffice::only(m.office.post(), Kind::owner);
  CHECK(posted.content.items[0].description.empty());
  m.report_by("", "Storgatan 12");  // a citizen's words of the same case may be read
  m.town.clock.pass(hours{80});
  m.town.sweep();
  for (const Posted& one : m.office.post()) {
    for (const MailItem& item : one.content.items) {
      CHECK(item.description.find("polis@") == std::string::npos);
      CHECK(item.note.find("070-1") == std::string::npos);
    }
  }
}

TEST_CASE("mail: 200 cases of one owner in one sweep make one mail, and of more than it can tell it knows the number") {
  Mailing m;
  m.town.store->write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().settings(m.town.id);
    for (int i = 1; i <= 200; ++i) take_report(transaction, *settings, tag_at("Storgatan " + std::to_string(100 + i)), kPolice, m.town.clock.now());
  });
  m.office.post();
  m.town.clock.set(nov(18, "07:00"));
  m.town.sweep();
  int items = 0;
  SUBCASE("it has room for all of them") { items = 200; }
  SUBCASE("it has room for all but one") { items = 199; }
  m.office.most_items = static_cast<std::size_t>(items);
  const auto all = m.office.post();
  const Posted posted = PostOffice::only(all, Kind::owner);
  CHECK(std::ssize(posted.content.items) == items);
  CHECK(posted.content.more == 200 - items);
  CHECK(posted.mail.thread_id.empty());
  CHECK(std::ranges::all_of(posted.content.items, [](const MailItem& item) { return item.topic == MailTopic::due_soon && !item.closing_url.empty(); }));
}

TEST_CASE("mail: what the case has overtaken is not told, and what undid itself not at all") {
  Mailing m;
  const CaseId id = m.town.report().row.id;
  SUBCASE("given and taken away") {
    m.town.assign(id, "eon");
    CHECK(m.to_hfab().empty());
  }
  SUBCASE("taken away after it was told") {
    CHECK(m.to_hfab() == "new_case ");
    m.town.assign(id, "eon");
    CHECK(m.to_hfab() == "left_you ");
  }
  SUBCASE("taken away and given back: its clock of being told runs anew") {
    CHECK(m.to_hfab() == "new_case ");
    m.town.assign(id, "eon");
    m.town.assign(id, "hfab");
    CHECK(m.to_hfab() == "new_case ");
  }
  SUBCASE("new, warned of and overdue before the mail left: it is new") {
    m.town.clock.set(nov(19, "08:00"));
    m.town.sweep();
    CHECK(m.to_hfab() == "new_case ");
  }
  SUBCASE("a warning of a case that has been removed") {
    CHECK(m.to_hfab() == "new_case ");
    m.town.clock.set(nov(18, "07:00"));
    m.town.sweep();
    m.town.remove(id, {}, kHfab);
    CHECK(m.to_hfab().empty());
  }
  SUBCASE("a warning whose deadline has moved") {
    CHECK(m.to_hfab() == "new_case ");
    m.town.clock.set(nov(18, "07:00"));
    m.town.sweep();
    m.town.hold(id, nov(20));
    CHECK(m.to_hfab() == "hold_started ");
  }
  SUBCASE("a warning after the deadline gives way to that it has passed") {
    CHECK(m.to_hfab() == "new_case ");
    m.town.clock.set(nov(18, "07:00"));
    m.town.sweep();
    m.town.clock.set(nov(20, "00:00:00"));
    CHECK(m.to_hfab().empty());  // nothing of a warning is told after what it warned of
    m.town.sweep();
    CHECK(m.to_hfab() == "overdue ");
  }
  SUBCASE("decided by an officer, and undone") {
    CHECK(m.to_hfab() == "new_case ");
    m.town.dismiss(id);
    CHECK(m.to_hfab() == "decided ");
    m.town.undo(id);
    CHECK(m.to_hfab() == "reopened ");
    m.town.dismiss(id);
    m.town.undo(id);
    CHECK(m.to_hfab().empty());
  }
  SUBCASE("merged, and taken out again") {
    const CaseId other = m.town.report(tag_at("Storgatan 14")).row.id;
    m.to_hfab();
    m.town.merge(other, id);
    CHECK(m.to_hfab() == "merged ");
    m.town.undo_merge(other);
    CHECK(m.to_hfab() == "merge_undone ");
    m.town.merge(other, id);
    m.town.undo_merge(other);
    CHECK(m.to_hfab().empty());
  }
  SUBCASE("a pause that is over when the mail leaves") {
    CHECK(m.to_hfab() == "new_case ");
    m.town.hold(id, nov(16, "12:00"));
    m.town.clock.set(nov(16, "12:00"));
    m.town.sweep();
    CHECK(m.to_hfab() == "hold_ended ");
  }
}

TEST_CASE("mail: the second contact hears of the last warning and the breach, if the owner has one") {
  Mailing m;
  m.change_owner("hfab", [](Owner& owner) { owner.second_email = "chef@hfab.se"; });
  m.town.report();
  m.office.post();
  m.town.clock.set(nov(18, "07:00"));
  m.town.sweep();
  auto all = m.office.post();
  CHECK(all.size() == 1);  // the first warning is the owner's alone
  m.town.clock.set(nov(19, "07:00"));
  m.town.sweep();
  const Posted last = PostOffice::only(m.office.post(), Kind::second_contact);
  CHECK(last.mail.to == "chef@hfab.se");
  CHECK(last.topics() == "due_soon ");
  CHECK_FALSE(last.content.items[0].closing_url.empty());
  m.town.clock.set(nov(20, "00:00:00"));
  m.town.sweep();
  CHECK(PostOffice::only(m.office.post(), Kind::second_contact).topics() == "overdue ");
}

TEST_CASE("mail: officers hear of what nobody acts on, what is asked of them, and the breach") {
  Mailing m;
  const auto anna = std::to_string(m.office.add_officer("anna.ek@hoor.se"));
  const CaseId nobodys = m.town.report(tag_at("Ringvägen 1")).row.id;
  const CaseId hfabs = m.town.report().row.id;
  m.office.post();
  m.town.clock.pass(hours{2});
  m.town.sweep();
  Posted posted = PostOffice::only(m.office.post(), Kind::officer, anna);
  CHECK(posted.topics() == "unassigned ");
  CHECK(posted.content.items[0].reference == m.reference(nobodys));
  CHECK(posted.content.items[0].closing_url.empty());
  m.town.hold(hfabs, nov(20), kHfab, HoldReason::access);
  posted = PostOffice::only(m.office.post(), Kind::officer, anna);
  CHECK(posted.topics() == "hold_requested ");
  CHECK(posted.content.items[0].owner_name == "Höörs Fastighets AB");
  CHECK(posted.content.items[0].reason == "access");
  // Given to somebody before the mail leaves, it is nobody's worry any more.
  const CaseId other = m.town.report(tag_at("Ringvägen 2")).row.id;
  m.town.clock.pass(hours{2});
  m.town.sweep();
  m.town.assign(other, "eon");
  for (const Posted& one : m.office.post()) CHECK(one.kind != Kind::officer);
  // Who was deactivated, or wants no notices, gets none.
  m.town.store->write([&](Transaction& transaction) {
    User user = transaction.users().find(std::stoll(anna)).value();
    user.deactivated_at = m.town.clock.now();
    transaction.users().update(user);
  });
  m.town.clock.set(nov(20, "00:00:00"));
  m.town.sweep();
  for (const Posted& one : m.office.post()) CHECK(one.kind != Kind::officer);
}

TEST_CASE("mail: an address that a citizen typed gets one mail, and no more until it is confirmed") {
  Mailing m;
  const CaseId id = m.report_by("bo@example.se").row.id;
  Posted posted = PostOffice::only(m.office.post(), Kind::reporter);
  CHECK(posted.content.frame == MailFrame::confirm_address);
  CHECK(posted.mail.to == "bo@example.se");
  CHECK(posted.topics() == "received ");
  CHECK(posted.content.recipient_name.empty());          // the name that came with it may be anything
  CHECK(posted.content.items[0].description.empty());
  CHECK(posted.content.confirm_url == "https://klotter.example.se/post/1267/" + m.token_of(posted));
  CHECK(posted.mail.unsubscribe_url == "https://klotter.example.se/api/v1/municipalities/1267/mail-addresses/" + m.token_of(posted) + "/stop");
  CHECK(m.token_of(posted).size() == 43);
  CHECK(m.town.store.ask("SELECT COUNT(*) FROM reporter_tokens WHERE token_digest = '" + m.token_of(posted) + "'") == 0);
  // A thousand reports with it, spelled differently, and what becomes of them: nothing more.
  for (int i = 0; i < 40; ++i) m.report_by(i % 2 ? "BO@example.se" : "bo@example.se", "Storgatan " + std::to_string(200 + i));
  m.town.remove(id);
  m.office.gather();
  for (const Posted& one : m.office.send()) CHECK(one.kind != Kind::reporter);

  m.confirm(posted);
  m.town.reopen(id);
  const Posted again = PostOffice::only(m.office.post(), Kind::reporter);
  CHECK(again.content.frame == MailFrame::notices);
  CHECK(again.topics() == "under_work_again ");
  CHECK(again.content.confirm_url.empty());
  CHECK(m.token_of(again) != m.token_of(posted));

  m.stop(posted);  // of the first mail, which still works
  m.town.remove(id);
  m.report_by("bo@example.se", "Storgatan 300");
  for (const Posted& one : m.office.post()) CHECK(one.kind != Kind::reporter);
  m.confirm(again);
  m.report_by("bo@example.se", "Storgatan 302");
  CHECK(PostOffice::only(m.office.post(), Kind::reporter).topics() == "received ");
}

TEST_CASE("mail: a thousand reports with a stranger's address before the first mail leaves make one mail of one report") {
  Mailing m;
  for (int i = 0; i < 30; ++i) m.report_by("offer@example.se", "Storgatan " + std::to_string(200 + i));
  const Posted posted = PostOffice::only(m.office.post(), Kind::reporter);
  CHECK(posted.content.items.size() == 1);
  CHECK(posted.content.more == 0);
}

TEST_CASE("mail: what police or municipality entered counts as confirmed") {
  Mailing m;
  const CaseId id = m.report_by("ring@example.se", "Storgatan 12", kOfficer).row.id;
  CHECK(PostOffice::only(m.office.post(), Kind::reporter).content.frame == MailFrame::notices);
  m.town.dismiss(id, DismissalReason::legal_wall);
  const Posted posted = PostOffice::only(m.office.post(), Kind::reporter);
  CHECK(posted.topics() == "dismissed ");
  CHECK(posted.content.items[0].reason == "legal_wall");
  // An address that a citizen had typed is confirmed by it too.
  m.report_by("bo@example.se", "Storgatan 14");
  m.office.post();
  m.report_by("bo@example.se", "Storgatan 16", kPolice);
  CHECK(PostOffice::only(m.office.post(), Kind::reporter).content.frame == MailFrame::notices);
}

TEST_CASE("mail: reporters of merged cases hear too, each of the case that they know") {
  Mailing m;
  const CaseId first = m.report_by("bo@example.se", "Storgatan 12", kOfficer).row.id;
  const CaseId second = m.report_by("eva@example.se", "Storgatan 14", kOfficer).row.id;
  m.office.post();
  m.town.merge(second, first);
  m.town.clock.pass(hours{1});
  m.office.post();
  m.town.remove(first);
  const auto all = m.office.post();
  const auto digest_of = [&](const char* email) { return mail_address_digest(m.town.store->references(), email); };
  const Posted bo = PostOffice::only(all, Kind::reporter, digest_of("bo@example.se")), eva = PostOffice::only(all, Kind::reporter, digest_of("eva@example.se"));
  CHECK(bo.content.items[0].reference == m.reference(first));
  CHECK(eva.topics() == "removed ");
  CHECK(eva.content.items[0].reference == m.reference(second));
  CHECK(eva.content.items[0].place == "Storgatan 14");
  CHECK(eva.content.items[0].removed_at == m.town.clock.now());
}

TEST_CASE("mail: who was promised three days and did not get them is told why, once for each address") {
  Mailing m;
  const CaseId bos = m.report_by("bo@example.se", "Storgatan 12", kOfficer).row.id;
  m.report_by("bo@example.se", "Storgatan 12", kPolice, bos);
  const CaseId nobodys = m.report_by("eva@example.se", "Ringvägen 1", kOfficer).row.id;
  const CaseId held = m.report_by("ulf@example.se", "Storgatan 16", kOfficer).row.id;
  m.office.post();
  m.town.hold(held, nov(18, "07:00"));
  m.town.clock.set(nov(21, "00:00:00"));
  m.town.sweep();
  std::map<std::string, std::string> reasons;
  for (const Posted& posted : m.office.post()) {
    if (posted.kind != Kind::reporter) continue;
    REQUIRE(posted.content.items.size() == 1);
    CHECK(posted.topics() == "not_in_time ");
    reasons[posted.mail.to] = posted.content.items[0].reason;
  }
  CHECK(reasons == std::map<std::string, std::string>{{"bo@example.se", "owner"}, {"eva@example.se", "unassigned"}, {"ulf@example.se", "held"}});
  m.town.assign(nobodys, "hfab");
  m.town.give_up(nobodys);
  CHECK(PostOffice::only(m.office.post(), Kind::reporter).topics() == "not_removed ");
}

TEST_CASE("mail: a hateful or a private place is told to reporters no more exactly than to everybody") {
  Mailing m;
  ReportDraft draft = tag_at("Storgatan 7");  // a private person's
  draft.place.point = kCentre;
  draft.contact.email = "bo@example.se";
  m.town.report(draft, kOfficer);
  ReportDraft hate = tag_at("Storgatan 21");
  hate.category = Category::hate;
  hate.contact.email = "bo@example.se";
  m.town.report(hate, kOfficer);
  const Posted posted = PostOffice::only(m.office.post(), Kind::reporter);
  REQUIRE(posted.content.items.size() == 2);
  for (const MailItem& item : posted.content.items) {
    CHECK(item.place == "Storgatan");
    CHECK(item.owner_name.empty());
    CHECK(item.map_url.find("55.9362") == std::string::npos);
  }
}

TEST_CASE("mail: an erased contact gets nothing, and its address is forgotten when no other report has it") {
  Mailing m;
  const Taken first = m.report_by("bo@example.se", "Storgatan 12", kOfficer), second = m.report_by("Bo@Example.se", "Storgatan 14", kOfficer);
  m.office.post();
  const auto erase = [&](ReportId report, const std::string& email) {
    m.town.store.tamper("UPDATE report_texts SET contact_name = '', contact_email = '', contact_phone = '', address_digest = '' WHERE report_id = " + std::to_string(report.value));
    m.town.store->write([&](Transaction& transaction) { forget_erased_address(transaction, m.town.store->references(), report, email); });
  };
  m.town.remove(first.row.id);
  m.office.gather();
  erase(first.report.id, "bo@example.se");
  CHECK(m.town.store.ask("SELECT COUNT(*) FROM reporter_addresses") == 1);
  for (const Posted& posted : m.office.send()) CHECK(posted.kind != Kind::reporter);  // between the event and the mail
  erase(second.report.id, "Bo@Example.se");
  CHECK(m.town.store.ask("SELECT COUNT(*) FROM reporter_addresses") == 0);
  CHECK(m.town.store.ask("SELECT COUNT(*) FROM reporter_tokens") == 0);
  m.town.remove(second.row.id);
  for (const Posted& posted : m.office.post()) CHECK(posted.kind != Kind::reporter);
}

TEST_CASE("mail: nobody gets mail at what is no address, and an owner without one has no mailbox") {
  Mailing m;
  m.report_by("bo@example.se,all@example.se", "Storgatan 12", kOfficer);
  m.report_by("x", "Skolgatan 1", kOfficer);
  for (const Posted& posted : m.office.post()) CHECK((posted.kind == Kind::owner && posted.ref == "hfab"));
}

TEST_CASE("mail: digests of addresses need the installation's secret, and forgive spelling") {
  const ReferenceCipher one{{1}}, other{{2}};
  CHECK(mail_address_digest(one, "bo@example.se") == mail_address_digest(one, "BO@Example.SE"));
  CHECK(mail_address_digest(one, "bo@example.se") != mail_address_digest(other, "bo@example.se"));
  CHECK(mail_address_digest(one, "bo@example.se") != mail_address_digest(one, "bo@example.com"));
  CHECK(mail_address_digest(one, "bo@example.se").find("bo") == std::string::npos);
}

TEST_CASE("recipients: officers hear also of what belongs to no case, such as messages that were given up") {
  Town hoor;
  const auto officers = write(*hoor.store, [&](Transaction& transaction) {
    transaction.users().add({.email = "anna.ek@hoor.example.se", .name = "Anna Ek", .scopes = {{.municipality = hoor.id}}, .created_at = hoor.clock.now()});
    return recipients_of(transaction, *transaction.municipalities().settings(hoor.id), hoor.store->references(), Event{}, {Audience::officers, ""});
  });
  REQUIRE(officers.size() == 1);
  CHECK(officers[0].kind == Destination::Kind::officer);
}

TEST_CASE("reporters: what is added to an address to tell mails apart leaves it one inbox") {
  Town hoor;
  const ReferenceCipher& references = hoor.store->references();
  const auto digest_of = [&](const char* address) { return mail_address_digest(references, address); };
  CHECK(digest_of("asa+klotter@example.se") == digest_of("Asa@example.se"));
  CHECK(digest_of("asa@example.se") != digest_of("asb@example.se"));
  CHECK(digest_of("+@example.se") != digest_of("@example.se"));
  CHECK(inbox_key("asa@a+b.se") == "asa@a+b.se");
}

TEST_CASE("reporters: an address that wants no mail stays known as that when its report is erased") {
  Town hoor;
  const auto after_forgetting = [&](bool stopped) {
    return write(*hoor.store, [&](Transaction& transaction) {
      ReporterAddress address{.address_digest = "asa", .first_mail_at = hoor.clock.now()};
      if (stopped) address.stopped_at = hoor.clock.now();
      transaction.users().save_address(hoor.id, address);
      transaction.users().forget_address(hoor.id, "asa");
      return transaction.users().find_address(hoor.id, "asa").has_value();
    });
  };
  CHECK_FALSE(after_forgetting(false));
  CHECK(after_forgetting(true));
}
