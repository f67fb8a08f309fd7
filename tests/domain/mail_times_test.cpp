// When mails leave: tables of cases in local time, and what must hold whatever is chosen.

#include "domain/mail_times.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

#include "domain/notice.h"
#include "support/clocks.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const TimeZone kStockholm{"Europe/Stockholm"};

/// "2026-11-16 08:00" or with seconds, on the wall in Höör.
Instant wall(const std::string& text) {
  const auto day = parse_date(text.substr(0, 10)).value();
  const auto time = parse_time_of_day(text.substr(11, 5)).value();
  const seconds second{text.size() > 16 ? std::stoi(text.substr(17, 2)) : 0};
  return kStockholm.to_instant(LocalTime{day} + time + second);
}

MailPreferences wishes(std::vector<minutes> digest_at, std::optional<minutes> from = {}, std::optional<minutes> to = {}) {
  MailPreferences mail;
  mail.digest_at = std::move(digest_at);
  mail.quiet_from = from;
  mail.quiet_to = to;
  return mail;
}

const MailPreferences kAtOnce;
const MailPreferences kNights = wishes({}, hours{20}, hours{7});
const MailPreferences kTwice = wishes({hours{8}, hours{13}});
const MailPreferences kBoth = wishes({hours{8}, hours{13}}, hours{18}, hours{7});
const MailPreferences kMidday = wishes({}, hours{11}, hours{14});

std::string leaves(const MailPreferences& mail, const std::string& created, const std::string& due = "") {
  const auto due_at = due.empty() ? std::nullopt : std::optional{wall(due)};
  return format_local(leaves_at(mail, kStockholm, wall(created), due_at), kStockholm).substr(0, 19);
}

std::string faults_of(const MailPreferences& mail) {
  std::vector<Fault> faults;
  check(mail, "/mail", faults);
  std::string pointers;
  for (const Fault& fault : faults) pointers += fault.pointer + " ";
  return pointers;
}

}  // namespace

TEST_CASE("mail times: at once is a few seconds later, so that one sweep makes one mail") {
  CHECK(leaves(kAtOnce, "2026-11-16 03:00") == "2026-11-16T03:00:05");
  CHECK(leaves(kAtOnce, "2026-11-16 03:00", "2026-11-19 23:59:59") == "2026-11-16T03:00:05");
  // Not after the deadline, also when that is in these seconds; one that has passed holds nothing up.
  CHECK(leaves(kAtOnce, "2026-11-19 23:59:57", "2026-11-19 23:59:59") == "2026-11-19T23:59:59");
  CHECK(leaves(kAtOnce, "2026-11-20 00:00:00", "2026-11-19 23:59:59") == "2026-11-20T00:00:05");
}

TEST_CASE("mail times: a digest leaves at the next of the chosen hours, but never after the deadline") {
  CHECK(leaves(kTwice, "2026-11-16 07:59:59") == "2026-11-16T08:00:00");
  CHECK(leaves(kTwice, "2026-11-16 08:00:00") == "2026-11-16T08:00:00");
  CHECK(leaves(kTwice, "2026-11-16 08:00:01") == "2026-11-16T13:00:00");
  CHECK(leaves(kTwice, "2026-11-16 13:00:01") == "2026-11-17T08:00:00");
  // The deadline at the digest's second, and one before it.
  CHECK(leaves(kTwice, "2026-11-16 07:00", "2026-11-16 08:00:00") == "2026-11-16T08:00:00");
  CHECK(leaves(kTwice, "2026-11-16 07:00", "2026-11-16 07:59:59") == "2026-11-16T07:00:05");
  CHECK(leaves(kTwice, "2026-11-19 14:00", "2026-11-19 23:59:59") == "2026-11-19T14:00:05");
  CHECK(leaves(kTwice, "2026-11-19 12:00", "2026-11-19 23:59:59") == "2026-11-19T13:00:00");
  // What is overdue already waits as anything else.
  CHECK(leaves(kTwice, "2026-11-20 00:00:20", "2026-11-19 23:59:59") == "2026-11-20T08:00:00");
}

TEST_CASE("mail times: what arises in quiet hours leaves at their end, unless the deadline comes before that") {
  CHECK(leaves(kNights, "2026-11-16 19:59:50") == "2026-11-16T19:59:55");
  CHECK(leaves(kNights, "2026-11-16 19:59:58") == "2026-11-16T19:59:59");
  CHECK(leaves(kNights, "2026-11-16 19:59:59") == "2026-11-16T19:59:59");
  CHECK(leaves(kNights, "2026-11-16 20:00:00") == "2026-11-17T07:00:00");
  CHECK(leaves(kNights, "2026-11-17 06:59:59") == "2026-11-17T07:00:00");
  CHECK(leaves(kNights, "2026-11-17 07:00:00") == "2026-11-17T07:00:05");
  CHECK(leaves(kNights, "2026-11-16 22:00", "2026-11-17 07:00:00") == "2026-11-17T07:00:00");
  CHECK(leaves(kNights, "2026-11-16 22:00", "2026-11-17 06:59:59") == "2026-11-16T22:00:05");
  CHECK(leaves(kNights, "2026-11-20 00:00:00", "2026-11-19 23:59:59") == "2026-11-20T07:00:00");  // overdue: nothing is saved by a night mail
  CHECK(leaves(kMidday, "2026-11-16 10:59") == "2026-11-16T10:59:05");
  CHECK(leaves(kMidday, "2026-11-16 11:00") == "2026-11-16T14:00:00");
  CHECK(leaves(kMidday, "2026-11-16 23:00") == "2026-11-16T23:00:05");
}

TEST_CASE("mail times: with both, the digest after the night; or the night's end, or at once, when the deadline comes before it") {
  CHECK(leaves(kBoth, "2026-11-16 17:00") == "2026-11-17T08:00:00");
  CHECK(leaves(kBoth, "2026-11-16 19:00") == "2026-11-17T08:00:00");
  CHECK(leaves(kBoth, "2026-11-16 19:00", "2026-11-17 07:59") == "2026-11-17T07:00:00");
  CHECK(leaves(kBoth, "2026-11-16 19:00", "2026-11-17 06:59") == "2026-11-16T19:00:05");
  CHECK(leaves(kBoth, "2026-11-16 17:00", "2026-11-16 23:59:59") == "2026-11-16T17:00:05");
}

TEST_CASE("mail times: the hours are those on the wall, on both days on which the clocks change") {
  // Spring: 29 March 2026 has no 02:30. Autumn: 25 October 2026 has it twice, and the first is meant.
  const MailPreferences night = wishes({}, hours{22}, minutes{150});
  CHECK(leaves_at(night, kStockholm, wall("2026-03-28 23:00"), {}) == parse_instant("2026-03-29T01:30:00Z"));   // 03:30 summer time
  CHECK(leaves_at(night, kStockholm, wall("2026-10-24 23:00"), {}) == parse_instant("2026-10-25T00:30:00Z"));   // 02:30 summer time
  CHECK(leaves_at(night, kStockholm, *parse_instant("2026-10-25T01:30:00Z"), {}) == parse_instant("2026-10-25T01:30:05Z"));  // the second 02:30
  CHECK(leaves(kNights, "2026-03-28 23:00") == "2026-03-29T07:00:00");
  CHECK(leaves(kNights, "2026-10-24 23:00") == "2026-10-25T07:00:00");
  const MailPreferences early = wishes({minutes{150}});
  CHECK(leaves_at(early, kStockholm, wall("2026-03-29 00:00"), {}) == parse_instant("2026-03-29T01:30:00Z"));
  CHECK(leaves_at(early, kStockholm, wall("2026-10-25 00:00"), {}) == parse_instant("2026-10-25T00:30:00Z"));
  CHECK(leaves(kTwice, "2026-03-29 03:00") == "2026-03-29T08:00:00");
  // In the spring night 02:10 to 02:50 is shifted as a whole; 02:30 to 03:10 is empty, and holds nothing up.
  CHECK(quiet_at(wishes({}, minutes{130}, minutes{170}), kStockholm, *parse_instant("2026-03-29T01:20:00Z")).has_value());
  for (int minute = -120; minute < 180; ++minute)
    CHECK_FALSE(quiet_at(wishes({}, minutes{150}, minutes{190}), kStockholm, *parse_instant("2026-03-29T01:00:00Z") + minutes{minute}));
  CHECK(quiet_after(wishes({}, minutes{150}, minutes{190}), kStockholm, wall("2026-03-29 00:00"))->from == wall("2026-03-30 02:30"));
}

TEST_CASE("mail times: before quiet hours, within a quarter of an hour, it is time to tell ahead") {
  const auto ahead = [](const MailPreferences& mail, const std::string& now) -> std::string {
    const auto found = ahead_at(mail, kStockholm, wall(now));
    return found ? format_local(found->leaves_at, kStockholm).substr(11, 8) : "";
  };
  CHECK(ahead(kNights, "2026-11-16 19:43:59").empty());
  CHECK(ahead(kNights, "2026-11-16 19:44:00") == "19:59:00");
  CHECK(ahead(kNights, "2026-11-16 19:59:00") == "19:59:00");
  CHECK(ahead(kNights, "2026-11-16 19:59:59") == "19:59:59");
  CHECK(ahead(kNights, "2026-11-16 20:00:00").empty());
  CHECK(ahead_at(kNights, kStockholm, wall("2026-11-16 19:50"))->quiet == QuietHours{wall("2026-11-16 20:00"), wall("2026-11-17 07:00")});
  // Who has chosen hours is told in the last of them, and what has come since then still before the night.
  CHECK(ahead(kBoth, "2026-11-16 12:44:59").empty());
  CHECK(ahead(kBoth, "2026-11-16 12:45:00") == "13:00:00");
  CHECK(ahead(kBoth, "2026-11-16 13:00:00") == "13:00:00");
  CHECK(ahead(kBoth, "2026-11-16 13:00:01").empty());
  CHECK(ahead(kBoth, "2026-11-16 17:50:00") == "17:59:00");
  CHECK(ahead(kAtOnce, "2026-11-16 19:50").empty());
  CHECK(ahead(kTwice, "2026-11-16 12:50").empty());
}

TEST_CASE("mail times: the mail about the weekend") {
  const LocalDate friday = parse_date("2026-11-20").value();
  const auto at = [&](const MailPreferences& mail) { return weekend_mail_at(mail, kStockholm, friday); };
  CHECK(at(kAtOnce) == wall("2026-11-20 12:00"));
  CHECK(at(kTwice) == wall("2026-11-20 13:00"));
  CHECK(at(kMidday) == wall("2026-11-20 10:59"));
  CHECK(at(wishes({}, hours{22}, hours{15})) == wall("2026-11-20 15:00"));  // quiet since Thursday
  CHECK(weekend_ends(kStockholm, friday) == wall("2026-11-24 00:00"));
}

TEST_CASE("mail times: what cannot be met is refused, every fault at once") {
  CHECK(faults_of(kBoth).empty());
  CHECK(faults_of(wishes({hours{13}, hours{8}})) == "/mail/digest_at/1 ");
  CHECK(faults_of(wishes({hours{8}, hours{8}})) == "/mail/digest_at/1 ");
  CHECK(faults_of(wishes({hours{24}})) == "/mail/digest_at/0 ");
  CHECK(faults_of(wishes({minutes{1439}})).empty());
  CHECK(faults_of(wishes({hours{7}}, hours{20}, hours{7})).empty());
  CHECK(faults_of(wishes({minutes{419}}, hours{20}, hours{7})) == "/mail/digest_at/0 ");
  CHECK(faults_of(wishes({hours{20}}, hours{20}, hours{7})) == "/mail/digest_at/0 ");
  CHECK(faults_of(wishes({minutes{1199}}, hours{20}, hours{7})).empty());
  CHECK(faults_of(wishes({}, hours{20})) == "/mail/quiet_to ");
  CHECK(faults_of(wishes({}, {}, hours{7})) == "/mail/quiet_from ");
  CHECK(faults_of(wishes({}, hours{7}, hours{7})) == "/mail/quiet_to ");
  CHECK(faults_of(wishes({}, minutes{-1}, hours{24})) == "/mail/quiet_from /mail/quiet_to ");
  MailPreferences many;
  for (int i = 0; i < 25; ++i) many.digest_at.push_back(minutes{i});
  CHECK(faults_of(many) == "/mail/digest_at ");
}

TEST_CASE("mail times: whatever is chosen, nothing leaves before it arose, after its deadline, or in quiet hours that can be kept") {
  rc::check([] {
    const TimeZone zone{*rc::gen::element<std::string>("Europe/Stockholm", "America/New_York", "Africa/Cairo", "Pacific/Chatham")};
    MailPreferences mail;
    for (const int time : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1440)))
      if (mail.digest_at.size() < 5) mail.digest_at.push_back(minutes{time});
    std::ranges::sort(mail.digest_at);
    mail.digest_at.erase(std::unique(mail.digest_at.begin(), mail.digest_at.end()), mail.digest_at.end());
    if (*rc::gen::arbitrary<bool>()) {
      mail.quiet_from = minutes{*rc::gen::inRange(0, 1440)};
      mail.quiet_to = minutes{(mail.quiet_from->count() + *rc::gen::inRange(1, 1440)) % 1440};
    }
    std::vector<Fault> faults;
    check(mail, "", faults);
    RC_PRE(faults.empty());
    // Around a change of clocks, or on any day.
    const Instant near = *rc::gen::element(*parse_instant("2026-03-29T00:00:00Z"), *parse_instant("2026-10-25T00:00:00Z"), nov(16));
    const Instant created = near + seconds{*rc::gen::inRange(-2 * 86400, 2 * 86400)};
    const auto due = *rc::gen::arbitrary<bool>() ? std::optional{created + seconds{*rc::gen::inRange(-86400, 3 * 86400)}} : std::nullopt;
    const Instant at = leaves_at(mail, zone, created, due);
    RC_ASSERT(at >= created);
    const bool ahead = due && *due >= created;
    if (ahead) RC_ASSERT(at <= *due);
    if (const auto quiet = quiet_at(mail, zone, at)) {
      RC_ASSERT(ahead);
      RC_ASSERT(quiet->to > *due);  // they could not be kept
    }
    if (!ahead && mail.digest_at.empty() && !mail.quiet_from) RC_ASSERT(at == created + kGathered);
    if (!ahead && !mail.digest_at.empty()) {
      const Instant digest = digest_from(mail, zone, created).value();
      RC_ASSERT(at == digest || (quiet_at(mail, zone, digest) && at == quiet_at(mail, zone, digest)->to));
      RC_ASSERT(at - created <= hours{26});
    }
    // What is told ahead leaves before the quiet hours.
    if (const auto told = ahead_at(mail, zone, created)) {
      RC_ASSERT(told->leaves_at >= created);
      RC_ASSERT(told->leaves_at < told->quiet.from);
      RC_ASSERT(!quiet_at(mail, zone, told->leaves_at));
    }
  });
}
