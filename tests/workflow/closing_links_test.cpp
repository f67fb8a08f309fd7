#include "workflow/closing_links.h"

#include <doctest/doctest.h>

#include "support/refusal.h"
#include "support/town.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const std::string kHead = "https://klotter.example.se/atgarda/1267/";

struct Linked {
  Town town;
  CaseId id = town.report().row.id;
  std::string token = make();

  std::string make(const std::string& email = "") {
    RandomIdSource ids;
    const std::string url = write(*town.store, [&](Transaction& transaction) {
      return closing_url_for(transaction, *transaction.municipalities().settings(town.id), *transaction.cases().find(id), "https://klotter.example.se", email, ids, town.clock.now());
    });
    REQUIRE(url.starts_with(kHead));
    return url.substr(kHead.size());
  }
  LinkState state(const std::string& of) {
    return read(*town.store, [&](Transaction& transaction) { return open_link(transaction, *transaction.municipalities().settings(town.id), of, town.clock.now()).value().state; });
  }
  LinkState state() { return state(token); }
  template <typename Work>
  CaseRow act(Work&& work) {
    return write(*town.store, [&](Transaction& transaction) {
      const Settings settings = *transaction.municipalities().settings(town.id);
      return work(transaction, settings, open_link_to_act(transaction, settings, token, town.clock.now()).value());
    });
  }
  CaseRow close(Instant removed_at, const std::string& note = "") {
    return act([&](auto& transaction, auto& settings, const OpenedLink& opened) {
      return close_by_link(transaction, settings, opened, {removed_at, RemovalMethod::washed}, note, {}, town.clock.now());
    });
  }
  CaseRow give_back() {
    return act([&](auto& transaction, auto& settings, const OpenedLink& opened) {
      return reject_by_link(transaction, settings, opened, "not_ours", "Grannens", town.clock.now());
    });
  }
  CaseRow pause(Instant until, HoldReason reason = HoldReason::weather) {
    return act([&](auto& transaction, auto& settings, const OpenedLink& opened) {
      return hold_by_link(transaction, settings, opened, reason, until, "", town.clock.now());
    });
  }
};

}  // namespace

TEST_CASE("closing links: a link's secret is 256 random bits and lies nowhere") {
  Linked linked;
  CHECK(linked.token.size() == 43);
  CHECK(linked.make() != linked.token);
  CHECK(linked.town.store.ask("SELECT COUNT(*) FROM closing_links WHERE link_digest = '" + linked.token + "'") == 0);
  CHECK(linked.town.store.ask("SELECT COUNT(*) FROM closing_links WHERE link_digest = '" + digest(linked.token) + "'") == 1);
  CHECK(linked.state() == LinkState::good);
}

TEST_CASE("closing links: nobody's case has no link") {
  Linked linked;
  linked.town.act([&](auto& transaction, auto& settings) { return unassign_case(transaction, settings, linked.town.action(linked.id)); });
  RandomIdSource ids;
  CHECK(refusal([&] {
          write(*linked.town.store, [&](Transaction& transaction) {
            return closing_url_for(transaction, *transaction.municipalities().settings(linked.town.id), *transaction.cases().find(linked.id), "", "", ids, linked.town.clock.now());
          });
        }).code() == ErrorCode::conflict);
}

TEST_CASE("closing links: an owner closes its case through one, and it is used then") {
  Linked linked;
  linked.town.clock.pass(hours{3});
  const Instant when = linked.town.clock.now();
  const CaseRow closed = linked.close(when, "Tvättat");
  CHECK(closed.state == CaseState::removed);
  CHECK(closed.removed_at == when);
  CHECK(linked.state() == LinkState::used);
  const Event event = linked.town.events(linked.id).back();
  CHECK(event.type == EventType::removal_recorded);
  CHECK(event.by == Actor{Role::owner, 0, ""});  // whose it is, is the event's owner
  CHECK(event.owner_id == "hfab");
  linked.close(when, "Tvättat");
  CHECK(linked.town.count(linked.id, EventType::removal_recorded) == 1);
  CHECK(linked.town.count(linked.id, EventType::removal_corrected) == 0);
}

TEST_CASE("closing links: what was closed is corrected for 24 hours, not a second longer") {
  Linked linked;
  linked.town.clock.pass(hours{3});
  const Instant closed_at = linked.town.clock.now();
  linked.close(closed_at);
  linked.town.clock.pass(hours{24} - seconds{1});
  CHECK(linked.close(closed_at - hours{1}).removed_at == closed_at - hours{1});
  CHECK(linked.town.count(linked.id, EventType::removal_corrected) == 1);
  linked.town.clock.pass(seconds{1});
  CHECK(refusal([&] { linked.close(closed_at - hours{2}); }).code() == ErrorCode::conflict);
}

TEST_CASE("closing links: it closes once, so that a reopened case needs another") {
  Linked linked;
  const Instant closed_at = linked.town.clock.now();
  linked.close(closed_at);
  linked.town.clock.pass(seconds{1});
  linked.town.reopen(linked.id);
  CHECK(linked.state() == LinkState::used);
  CHECK(refusal([&] { linked.close(closed_at); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { linked.give_back(); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { linked.pause(closed_at + days{2}); }).code() == ErrorCode::conflict);
  CHECK(linked.state(linked.make()) == LinkState::good);
}

TEST_CASE("closing links: what the owner closed otherwise is not closed again through a link") {
  Linked linked;
  linked.town.remove(linked.id, {}, kHfab);
  CHECK(linked.state() == LinkState::good);
  linked.town.clock.pass(hours{1});
  CHECK(refusal([&] { linked.close(linked.town.clock.now()); }).code() == ErrorCode::conflict);
  CHECK(linked.town.count(linked.id, EventType::removal_corrected) == 0);
}

TEST_CASE("closing links: a case that went to another, or was given anew, has taken its links along") {
  Linked linked;
  linked.town.clock.pass(seconds{1});
  linked.town.assign(linked.id, "eon");
  CHECK(linked.state() == LinkState::revoked);
  CHECK(refusal([&] { linked.close(linked.town.clock.now()); }).code() == ErrorCode::conflict);
  linked.town.clock.pass(seconds{1});
  linked.town.assign(linked.id, "hfab");
  CHECK(linked.state() == LinkState::revoked);
  CHECK(linked.state(linked.make()) == LinkState::good);
}

TEST_CASE("closing links: giving the case back is said once, and the link says so") {
  Linked linked;
  CHECK(linked.give_back().state == CaseState::unassigned);
  CHECK(linked.state() == LinkState::given_back);
  linked.give_back();
  CHECK(linked.town.count(linked.id, EventType::case_rejected) == 1);
  linked.town.clock.pass(seconds{1});
  linked.town.assign(linked.id, "eon");
  CHECK(linked.state() == LinkState::revoked);
}

TEST_CASE("closing links: a pause that waits for a decision is not asked for twice") {
  Linked linked;
  const Instant until = linked.town.clock.now() + days{2};
  linked.pause(until);
  linked.pause(until);
  CHECK(linked.town.count(linked.id, EventType::hold_requested) == 1);
  linked.pause(until + days{1});
  CHECK(linked.town.count(linked.id, EventType::hold_requested) == 2);
}

TEST_CASE("closing links: a link is good for 90 days, and for 14 after the deadline when that is later") {
  Linked linked;
  const Instant made_at = linked.town.clock.now();
  linked.town.clock.set(made_at + kLinkGood - seconds{1});
  CHECK(linked.state() == LinkState::good);
  linked.town.clock.set(made_at + kLinkGood);
  CHECK(linked.state() == LinkState::expired);
  CHECK(refusal([&] { linked.close(linked.town.clock.now()); }).code() == ErrorCode::conflict);

  Policy slow;
  slow.limit = {CountingMode::calendar_days, 100};
  Linked late{Town{slow}};
  const Instant due_at = late.town.row(late.id).due_at;
  late.town.clock.set(due_at + kLinkGoodAfterDue - seconds{1});
  CHECK(late.state() == LinkState::good);
  late.town.clock.set(due_at + kLinkGoodAfterDue);
  CHECK(late.state() == LinkState::expired);
}

TEST_CASE("closing links: what expired 30 days ago is forgotten, and nothing else") {
  Linked linked;
  linked.town.clock.pass(days{1});
  const std::string younger = linked.make();
  const Instant remembered_to = nov(16) + kLinkGood + kLinkRemembered;
  CHECK(forget_links(*linked.town.store, remembered_to) == 0);
  CHECK(forget_links(*linked.town.store, remembered_to + seconds{1}) == 1);
  const auto found = [&](const std::string& token) {
    return read(*linked.town.store, [&](Transaction& transaction) { return open_link(transaction, *transaction.municipalities().settings(linked.town.id), token, remembered_to).has_value(); });
  };
  CHECK_FALSE(found(linked.token));
  CHECK(found(younger));
}

TEST_CASE("closing links: many that expired are forgotten in steps, all of them") {
  Linked linked;
  for (int i = 0; i < 20; ++i)
    write(*linked.town.store, [&](Transaction& transaction) {
      RandomIdSource ids;
      for (int n = 0; n < 51; ++n)
        closing_url_for(transaction, *transaction.municipalities().settings(linked.town.id), *transaction.cases().find(linked.id), "", "", ids, linked.town.clock.now());
      return true;
    });
  CHECK(forget_links(*linked.town.store, linked.town.clock.now() + days{365}) == 1021);
  CHECK(linked.town.store.ask("SELECT COUNT(*) FROM closing_links") == 0);
}

TEST_CASE("closing links: a token is good in its own municipality only") {
  Linked linked;
  const MunicipalityId neighbour = linked.town.add_neighbour();
  const bool found = read(*linked.town.store, [&](Transaction& transaction) {
    return open_link(transaction, *transaction.municipalities().settings(neighbour), linked.token, linked.town.clock.now()).has_value();
  });
  CHECK_FALSE(found);
  for (const std::string& guess : {std::string{}, linked.token + "x", linked.token.substr(1), digest(linked.token)})
    CHECK_FALSE(read(*linked.town.store, [&](Transaction& transaction) {
      return open_link(transaction, *transaction.municipalities().settings(linked.town.id), guess, linked.town.clock.now()).has_value();
    }));
}

TEST_CASE("external references: the owner's number goes with the owner, and saying it again changes nothing") {
  Town town;
  const CaseId id = town.report().row.id;
  const auto set = [&](const std::string& text, const Actor& actor) {
    return town.act([&](auto& transaction, auto& settings) { return set_external_reference_of_case(transaction, settings, town.action(id, actor), text); });
  };
  const auto seen = [&](const std::string& owner_id) {
    return read(*town.store, [&](Transaction& transaction) { return transaction.links().external_reference(id, owner_id); });
  };
  const std::int64_t version = town.row(id).version;
  CHECK(set("AO-1", kHfab).version == version + 1);
  CHECK(set("AO-1", kOfficer).version == version + 1);
  CHECK(town.count(id, EventType::external_reference_set) == 1);
  CHECK(set("AO-2", kOfficer).version == version + 2);
  CHECK(seen("hfab") == "AO-2");
  CHECK(refusal([&] { set("X", kEon); }).code() == ErrorCode::forbidden);
  CHECK(refusal([&] { set("a\nb", kHfab); }).code() == ErrorCode::refused);
  CHECK(refusal([&] { set(std::string(101, 'x'), kHfab); }).code() == ErrorCode::refused);
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "å";
  set(hundred, kHfab);
  CHECK(seen("hfab") == hundred);
  town.clock.pass(seconds{1});
  town.assign(id, "eon");
  CHECK(seen("eon").empty());
  set("", kEon);
  CHECK(town.count(id, EventType::external_reference_set) == 3);
  town.act([&](auto& transaction, auto& settings) { return unassign_case(transaction, settings, town.action(id)); });
  CHECK(refusal([&] { set("X", kOfficer); }).code() == ErrorCode::conflict);
}

TEST_CASE("tellings: an officer records a call, and what is known by then changes nothing") {
  Town town;
  const CaseId id = town.report().row.id;
  const auto tell = [&](Instant told_at) {
    return town.act([&](auto& transaction, auto& settings) { return tell_owner_of_case(transaction, settings, town.action(id), Channel::call, told_at); });
  };
  const Instant given_at = *town.row(id).assigned_at;
  town.clock.pass(hours{5});
  CHECK(refusal([&] { tell(town.clock.now() + seconds{1}); }).code() == ErrorCode::refused);
  CHECK(refusal([&] { tell(given_at - seconds{1}); }).code() == ErrorCode::refused);
  CHECK(tell(given_at + hours{2}).told_at == given_at + hours{2});
  CHECK(tell(given_at + hours{2}).told_at == given_at + hours{2});
  CHECK(tell(given_at + hours{3}).told_at == given_at + hours{2});
  CHECK(town.count(id, EventType::owner_told) == 1);
  CHECK(tell(given_at).told_at == given_at);
  CHECK(town.count(id, EventType::owner_told) == 2);
  town.remove(id);
  CHECK(refusal([&] { tell(given_at); }).code() == ErrorCode::conflict);
}
