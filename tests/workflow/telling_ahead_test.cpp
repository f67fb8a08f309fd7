// When notices leave in a town whose people have chosen hours: warnings ahead of quiet hours, and the weekend's mail.

#include "workflow/telling_ahead.h"

#include <doctest/doctest.h>

#include <thread>

#include "support/post_office.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::minutes;
using Kind = Destination::Kind;

namespace {

MailPreferences quiet(int from, int to) {
  MailPreferences mail;
  mail.quiet_from = hours{from};
  mail.quiet_to = hours{to};
  return mail;
}

/// A policy whose limit is 72 hours, with warnings 24 and 4 hours before it.
Policy in_hours() {
  Policy policy = without_attention();
  policy.limit = {CountingMode::hours, 72};
  return policy;
}

struct Ahead {
  explicit Ahead(const MailPreferences& mail, const Policy& policy = in_hours()) : town(policy), office(town) {
    Owner owner = read(*town.store, [&](Transaction& transaction) { return transaction.owners().find(town.id, "hfab").value(); });
    owner.mail = mail;
    owner.second_email = "chef@hfab.se";
    town.add_owner(owner);
  }
  Town town;
  PostOffice office;

  /// What has been queued ahead, as "kind ref leaves_at" in local time, each with a line feed.
  std::string queued() {
    std::string all;
    town.store->read([&](Transaction& transaction) {
      all.clear();
      for (const auto& [kind, ref] : {std::pair{Kind::owner, std::string{"hfab"}}, {Kind::second_contact, "hfab"}, {Kind::officer, "1"}})
        if (const auto to = transaction.notices().find_destination(town.id, kind, ref))
          for (const QueuedNotice& notice : transaction.notices().ready_notices(to->id, nov(30), 1000))
            all += std::string{to_code(notice.kind)} + ' ' + std::string{to_code(kind)} + ' ' + local(notice.leaves_at).substr(0, 19) + '\n';
    });
    return all;
  }
  /// Puts what was queued for a mailbox into the office, to be composed.
  void collect(Kind kind, const std::string& ref) {
    town.store->read([&](Transaction& transaction) {
      const auto to = transaction.notices().find_destination(town.id, kind, ref);
      REQUIRE(to.has_value());
      for (const QueuedNotice& notice : transaction.notices().ready_notices(to->id, nov(30), 1000)) office.put(kind, ref, notice);
    });
  }
  void run(Instant now) {
    town.clock.set(now);
    tell_ahead(*town.store, now);
  }
};

}  // namespace

TEST_CASE("telling ahead: a warning that will fall into quiet hours is told before them, once, and not again when it comes") {
  Ahead a{quiet(18, 8)};
  a.town.clock.set(nov(16, "23:00"));
  const CaseId id = a.town.report().row.id;  // due on Thursday at 23:00; warned of on Wednesday at 23:00 and Thursday at 19:00
  a.office.post();
  a.run(nov(18, "17:43"));
  CHECK(a.queued().empty());
  a.run(nov(18, "17:44"));
  a.run(nov(18, "17:50"));
  CHECK(a.queued() == "warning_ahead owner 2026-11-18T17:59:00\n");
  a.collect(Kind::owner, "hfab");
  a.town.clock.set(nov(18, "17:59"));
  const Posted posted = PostOffice::only(a.office.send(), Kind::owner);
  CHECK(posted.topics() == "due_soon ");
  CHECK(posted.content.items[0].due_at == nov(19, "23:00"));
  CHECK_FALSE(posted.content.items[0].closing_url.empty());
  a.town.clock.set(nov(18, "23:00"));
  a.town.sweep();
  CHECK(a.town.count(id, EventType::case_due_soon) == 1);
  CHECK(a.office.post().empty());
  // The last warning too, and the second contact's with it.
  a.run(nov(19, "17:50"));
  CHECK(a.queued() == "warning_ahead owner 2026-11-18T17:59:00\nwarning_ahead owner 2026-11-19T17:59:00\nwarning_ahead second_contact 2026-11-19T17:59:00\n");
  a.town.clock.set(nov(19, "19:00"));
  a.town.sweep();
  CHECK(a.office.post().empty());
}

TEST_CASE("telling ahead: what is overtaken between the telling and the mail is dropped") {
  Ahead a{quiet(18, 8)};
  a.town.clock.set(nov(16, "23:00"));
  const CaseId id = a.town.report().row.id;
  a.office.post();
  a.run(nov(18, "17:50"));
  a.collect(Kind::owner, "hfab");
  SUBCASE("the case is removed") { a.town.remove(id, {}, kHfab); }
  SUBCASE("its deadline moves") {
    a.town.hold(id, nov(20));
    a.office.gather();  // of the pause the owner is told in the same mail
    for (const Posted& posted : a.office.send()) CHECK(posted.topics() == "hold_started ");
  }
  SUBCASE("it goes to another") { a.town.assign(id, "eon"); }
  CHECK(a.office.send().empty());
}

TEST_CASE("telling ahead: only warnings within the coming quiet hours, and no officers unless the policy tells them") {
  Ahead a{quiet(18, 8)};
  a.office.add_officer("anna@hoor.se", quiet(18, 8));
  a.town.clock.set(nov(16, "10:00"));
  a.town.report();  // warned of on Wednesday at 10:00 and Thursday at 06:00
  a.office.post();
  a.run(nov(17, "17:50"));
  CHECK(a.queued().empty());
  a.run(nov(18, "17:50"));
  CHECK(a.queued() == "warning_ahead owner 2026-11-18T17:59:00\nwarning_ahead second_contact 2026-11-18T17:59:00\n");
}

TEST_CASE("telling ahead: nothing of a notice leaves after the deadline, whatever hours are chosen") {
  MailPreferences mail = quiet(18, 8);
  mail.digest_at = {hours{9}};
  Ahead a{mail};
  a.town.clock.set(nov(16, "20:30"));
  a.town.report();  // due on Thursday at 20:30
  const auto leaves = [&](Kind kind) {
    Instant at;
    a.town.store->read([&](Transaction& transaction) {
      const auto settings = transaction.municipalities().settings(a.town.id);
      std::vector<std::int64_t> cursor;
      const Event event = transaction.events().after(a.town.id, cursor, 100).back().event;
      at = leaves_at(transaction, *settings, {kind, "hfab", {}}, event, a.town.clock.now());
    });
    return local(at).substr(0, 19);
  };
  CHECK(leaves(Kind::owner) == "2026-11-17T09:00:00");
  CHECK(leaves(Kind::second_contact) == "2026-11-17T08:00:00");  // its owner's digests are not its own
  a.town.clock.set(nov(19, "10:00"));
  CHECK(leaves(Kind::owner) == "2026-11-19T10:00:05");
  a.town.clock.set(nov(19, "19:00"));
  CHECK(leaves(Kind::owner) == "2026-11-19T19:00:05");
  CHECK(leaves(Kind::second_contact) == "2026-11-19T19:00:05");
}

TEST_CASE("telling ahead: on Friday, what runs out before the end of Monday; nothing when nothing does") {
  MailPreferences mail;
  mail.weekend_digest = true;
  Ahead a{mail, without_attention()};
  a.office.add_officer("anna@hoor.se", mail);
  a.run(nov(20, "12:00"));
  CHECK(a.queued().empty());
  a.town.clock.set(nov(19, "10:00"));
  const CaseId sunday = a.town.report().row.id;  // due on Sunday
  a.town.clock.set(nov(20, "09:00"));
  const CaseId monday = a.town.report(tag_at("Ringvägen 3")).row.id;  // nobody's, due on Monday
  a.run(nov(20, "11:44"));
  CHECK(a.queued().empty());
  a.run(nov(20, "11:45"));
  a.run(nov(20, "12:10"));
  CHECK(a.queued() == "weekend owner 2026-11-20T12:00:00\nweekend officer 2026-11-20T12:00:00\n");
  a.town.clock.set(nov(20, "12:00"));
  a.collect(Kind::owner, "hfab");
  a.collect(Kind::officer, "1");
  const auto all = a.office.send();
  const Posted owner = PostOffice::only(all, Kind::owner), officer = PostOffice::only(all, Kind::officer);
  CHECK(owner.content.frame == MailFrame::weekend);
  REQUIRE(owner.content.items.size() == 1);
  CHECK(owner.content.items[0].reference == a.town.store->references().encode(sunday));
  CHECK(officer.content.items.size() == 2);
  CHECK(officer.content.items[1].reference == a.town.store->references().encode(monday));
  a.town.remove(sunday);
  a.collect(Kind::owner, "hfab");
  CHECK(a.office.send().empty());
}

TEST_CASE("telling ahead: the weekend's mail names the first and counts the rest, whatever else is overdue") {
  MailPreferences mail;
  mail.weekend_digest = true;
  Ahead a{mail, without_attention()};
  a.office.most_items = 2;
  a.town.clock.set(nov(10, "10:00"));
  for (int n = 0; n < 4; ++n) a.town.report(tag_at("Storgatan " + std::to_string(10 + n)));  // overdue by then
  a.town.clock.set(nov(18, "10:00"));
  std::vector<CaseId> due;
  for (int n = 0; n < 3; ++n) {
    a.town.clock.pass(hours{24 * (n == 2)});
    due.push_back(a.town.report(tag_at("Storgatan " + std::to_string(20 + n))).row.id);
  }
  a.run(nov(20, "11:50"));
  CHECK(a.queued() == "weekend owner 2026-11-20T12:00:00\n");
  a.town.clock.set(nov(20, "12:00"));
  a.collect(Kind::owner, "hfab");
  const Posted owner = PostOffice::only(a.office.send(), Kind::owner);
  REQUIRE(owner.content.items.size() == 2);
  for (std::size_t n = 0; n < 2; ++n) CHECK(owner.content.items[n].reference == a.town.store->references().encode(due[n]));
  CHECK(owner.content.more == 1);
}

TEST_CASE("telling ahead: several nodes at once tell each thing once") {
  Ahead a{quiet(18, 8)};
  a.town.clock.set(nov(16, "23:00"));
  for (int i = 0; i < 20; ++i) a.town.report(tag_at("Storgatan " + std::to_string(100 + i)));
  a.town.clock.set(nov(18, "17:50"));
  const auto other = a.town.store.open_again();
  std::thread second{[&] { tell_ahead(*other, nov(18, "17:50")); }};
  tell_ahead(*a.town.store, nov(18, "17:50"));
  second.join();
  CHECK(a.town.store.ask("SELECT COUNT(*) FROM notices") == 20);
}
